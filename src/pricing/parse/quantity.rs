//! Quantities in texts: `0.58 EUR/cm3`, `1.01 g/cm3`, `330 x 330 x 580 mm`, `0.8 mm`, `5`.
//!
//! A number, then its unit, with or without blanks between them. A fault has the place of the wrong part, so that a report
//! underlines a misspelt unit and not its number.

use std::ops::Range;

use rust_decimal::Decimal;

use super::toml_reader::{BookText, Faults};
use crate::pricing::book_fault::{BookFault, nearest};
use crate::pricing::{currency, limits};
use crate::quantity::rational::{self, Rational};
use crate::quantity::units::{self, Dimension, MeasureUnit, UNITS};

/// A rate: `0.58 EUR/cm3`, or `4.00 EUR`.
pub(super) struct Rate {
    /// None where it is wrong and its fault was noted; the unit is checked all the same.
    pub price: Option<Decimal>,
    /// The text, with one blank after the number and none around the slash.
    pub text: String,
    /// The unit and its place; none where the rate is money alone.
    pub unit: Option<(&'static MeasureUnit, Range<usize>)>,
}

/// A position in a text that is read from left to right.
struct Cursor<'a, 'f, 't> {
    text: &'a BookText<'a>,
    at: usize,
    faults: &'f mut Faults<'t>,
}

/// Reads a number.
pub(super) fn number(text: &BookText<'_>, what: &'static str, faults: &mut Faults<'_>) -> Option<Decimal> {
    let mut cursor = Cursor { text, at: 0, faults };
    let (number, _) = cursor.number(what)?;
    cursor.end("a number alone, such as 0.58")?;
    number
}

/// Reads a length, in millimetres.
pub(super) fn length(text: &BookText<'_>, what: &'static str, faults: &mut Faults<'_>) -> Option<Rational> {
    const EXPECTED: &str = "a length, such as 0.8 mm";
    let mut cursor = Cursor { text, at: 0, faults };
    let (number, _) = cursor.number(what)?;
    let unit = cursor.unit_of(Dimension::Length, EXPECTED)?;
    cursor.end(EXPECTED)?;
    Some(rational::from_decimal(number?) * unit.in_base())
}

/// Reads the sides of a box, in millimetres.
pub(super) fn sides(text: &BookText<'_>, faults: &mut Faults<'_>) -> Option<[Rational; 3]> {
    const EXPECTED: &str = "three lengths, such as 330 x 330 x 580 mm";
    let mut cursor = Cursor { text, at: 0, faults };
    let (x, _) = cursor.number("side")?;
    cursor.expect(&['x', '×'], EXPECTED)?;
    let (y, _) = cursor.number("side")?;
    cursor.expect(&['x', '×'], EXPECTED)?;
    let (z, _) = cursor.number("side")?;
    let unit = cursor.unit_of(Dimension::Length, EXPECTED)?;
    cursor.end(EXPECTED)?;
    let sides = [x?, y?, z?];
    if sides.iter().any(Decimal::is_zero) {
        faults.add(text.span(), BookFault::Zero { what: "sides of the build volume" });
        return None;
    }
    Some(sides.map(|side| rational::from_decimal(side) * unit.in_base()))
}

/// Reads a density, in grams per cubic millimetre.
pub(super) fn density(text: &BookText<'_>, faults: &mut Faults<'_>) -> Option<Rational> {
    const EXPECTED: &str = "a mass for a volume, such as 1.01 g/cm3";
    let mut cursor = Cursor { text, at: 0, faults };
    let (number, _) = cursor.number("density")?;
    let mass = cursor.unit_of(Dimension::Mass, EXPECTED);
    if mass.is_none() && cursor.rest().is_empty() {
        return None;
    }
    cursor.expect(&['/'], EXPECTED)?;
    let volume = cursor.unit_of(Dimension::Volume, EXPECTED);
    cursor.end(EXPECTED)?;
    let number = number?;
    if number.is_zero() {
        faults.add(text.span(), BookFault::Zero { what: "density" });
        return None;
    }
    Some(rational::from_decimal(number) * mass?.in_base() / volume?.in_base())
}

/// Reads a rate. `own` is the book's currency; none where it is missing or wrong.
pub(super) fn rate(text: &BookText<'_>, own: Option<&str>, faults: &mut Faults<'_>) -> Option<Rate> {
    const EXPECTED: &str = "money for one unit, such as 0.58 EUR/cm3, or money alone, such as 4.00 EUR";
    let mut cursor = Cursor { text, at: 0, faults };
    let (price, written) = cursor.number("rate")?;
    let currency = cursor.currency(own);
    let unit = if cursor.eat(&['/']) {
        let place = cursor.at;
        let unit = cursor.unit(EXPECTED.to_owned())?;
        Some((unit, text.part(place..cursor.at)))
    } else {
        None
    };
    cursor.end(EXPECTED)?;
    let per = unit.as_ref().map(|(unit, _)| format!("/{}", unit.name)).unwrap_or_default();
    Some(Rate { price, text: format!("{written} {currency}{per}"), unit })
}

impl<'a> Cursor<'a, '_, '_> {
    fn rest(&self) -> &'a str {
        &self.text.value[self.at..]
    }

    fn skip_blanks(&mut self) {
        self.at += self.rest().len() - self.rest().trim_start_matches([' ', '\t']).len();
    }

    /// Skips blanks and takes the characters that match, with their place.
    fn take(&mut self, is_part: impl Fn(char) -> bool) -> (&'a str, Range<usize>) {
        self.skip_blanks();
        let rest = self.rest();
        let length = rest.find(|character| !is_part(character)).unwrap_or(rest.len());
        let start = self.at;
        self.at += length;
        (&rest[..length], start..self.at)
    }

    fn eat(&mut self, characters: &[char]) -> bool {
        self.skip_blanks();
        let next = self.rest().chars().next().filter(|next| characters.contains(next));
        self.at += next.map_or(0, char::len_utf8);
        next.is_some()
    }

    fn fault(&mut self, range: Range<usize>, fault: BookFault) {
        let span = self.text.part(range);
        self.faults.add(span, fault);
    }

    /// Takes one of these characters, or notes a fault.
    fn expect(&mut self, characters: &[char], expected: &str) -> Option<()> {
        if self.eat(characters) {
            return Some(());
        }
        self.unexpected(expected);
        None
    }

    /// Notes a fault where anything but blanks is left.
    fn end(&mut self, expected: &str) -> Option<()> {
        self.skip_blanks();
        if self.rest().is_empty() {
            return Some(());
        }
        self.unexpected(expected);
        None
    }

    fn unexpected(&mut self, expected: &str) {
        let (found, start) = (self.rest().trim_end(), self.at);
        let fault = BookFault::UnexpectedText { found: found.to_owned(), expected: expected.to_owned() };
        self.fault(start..start + found.len(), fault);
    }

    /// A number that is not negative, and its text. A wrong number is none, so that the caller reads on; without any number
    /// the whole is none.
    fn number(&mut self, what: &'static str) -> Option<(Option<Decimal>, &'a str)> {
        let (written, range) = self.take(|character| character.is_ascii_digit() || "+-.,_'".contains(character));
        if written.is_empty() {
            let (found, range) = self.word();
            self.fault(range, BookFault::NotADecimal { found: found.to_owned() });
            return None;
        }
        match decimal(written, what) {
            Ok(number) => Some((Some(number), written)),
            Err(fault) => {
                self.fault(range, fault);
                Some((None, written))
            }
        }
    }

    fn word(&mut self) -> (&'a str, Range<usize>) {
        self.take(|character| !character.is_whitespace() && character != '/')
    }

    fn unit(&mut self, expected: String) -> Option<&'static MeasureUnit> {
        let (found, range) = self.word();
        if found.is_empty() {
            self.fault(range, BookFault::MissingUnit { expected });
            return None;
        }
        let unit = units::find(found);
        if unit.is_none() {
            let known: Vec<_> = UNITS.iter().map(|unit| unit.name).collect();
            let nearest = nearest(found, &known);
            self.fault(range, BookFault::UnknownUnit { found: found.to_owned(), nearest, known });
        }
        unit
    }

    fn unit_of(&mut self, dimension: Dimension, expected: &str) -> Option<&'static MeasureUnit> {
        self.skip_blanks();
        let start = self.at;
        let unit = self.unit(expected.to_owned())?;
        if unit.dimension == dimension {
            return Some(unit);
        }
        let found = format!("`{}` is a unit of {}", unit.name, unit.dimension);
        let range = start..self.at;
        self.fault(range, BookFault::WrongDimension { expected: expected.to_owned(), found });
        None
    }

    /// The currency, or the text in its place, whose fault is noted.
    fn currency(&mut self, own: Option<&str>) -> &'a str {
        let start = self.at;
        let (found, range) = self.word();
        let example = own.unwrap_or("EUR").to_owned();
        if found.is_empty() || units::find(found).is_some() {
            // The currency is missing and the unit follows: the caller reads it.
            self.at = start;
            self.fault(range, BookFault::MissingCurrency { example: format!("0.58 {example}") });
        } else if !currency::is_code(found) {
            let capitals = found.to_uppercase();
            let example = if currency::is_code(&capitals) { capitals } else { example };
            self.fault(range, BookFault::UnknownCurrency { found: found.to_owned(), example });
        } else if example != found && own.is_some() {
            self.fault(range, BookFault::OtherCurrency { found: found.to_owned(), own: example });
        }
        found
    }
}

/// A decimal number that is not negative, within the limits of digits.
fn decimal(written: &str, what: &'static str) -> Result<Decimal, BookFault> {
    let (negative, digits) = written.strip_prefix('-').map_or((false, written), |digits| (true, digits));
    let (whole, decimals) = digits.split_once('.').map_or((digits, None), |(whole, decimals)| (whole, Some(decimals)));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let found = || written.to_owned();
    if !are_digits(whole) || !decimals.is_none_or(are_digits) {
        return Err(BookFault::NotADecimal { found: found() });
    }
    if negative {
        return Err(BookFault::Negative { what, found: found() });
    }
    if whole.len() > limits::WHOLE_DIGITS || decimals.is_some_and(|decimals| decimals.len() > limits::DECIMAL_DIGITS) {
        return Err(BookFault::TooManyDigits { found: found() });
    }
    Decimal::from_str_exact(digits).map_err(|_| BookFault::NotADecimal { found: found() })
}
