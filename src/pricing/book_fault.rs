//! The errors that a price book can have: one variant per reason, with the values that its message shows.
//!
//! [`super::BookError`] adds the place. Every message says what was found and what was expected.

use super::limits;

/// A reason why a text is no valid price book. Later versions add reasons.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BookFault {
    /// More than [`limits::BOOK_BYTES`].
    #[error("the price book has {bytes} bytes; it may have {}", limits::BOOK_BYTES)]
    BookTooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Bytes that are no UTF-8.
    #[error("this is not UTF-8; save the price book as UTF-8 text")]
    NotUtf8,
    /// The text breaks the rules of TOML.
    #[error("not TOML: {message}")]
    Syntax {
        /// The TOML parser's own words.
        message: String,
    },
    /// An unknown key.
    #[error("unknown key {} in {record}{}", quoted(key), choices(*nearest, known))]
    UnknownKey {
        /// The key.
        key: String,
        /// The table that it is in: `a material`.
        record: &'static str,
        /// The known key that it resembles most.
        nearest: Option<&'static str>,
        /// The keys of the table.
        known: Vec<&'static str>,
    },
    /// A missing key.
    #[error("missing key `{key}` in {record}, such as: {key} = {example}")]
    MissingKey {
        /// The key.
        key: &'static str,
        /// The table that lacks it: `a material`.
        record: &'static str,
        /// A valid value.
        example: &'static str,
    },
    /// A value of the wrong TOML type.
    #[error("expected {expected}, found {found}")]
    WrongType {
        /// The expected type.
        expected: &'static str,
        /// The type that was found.
        found: &'static str,
    },
    /// A bare number where a text is expected.
    #[error(
        "expected a text in quotes, such as {example}, found a bare number; decimal numbers are never floating point"
    )]
    BareNumber {
        /// A valid value.
        example: &'static str,
    },
    /// An array without elements.
    #[error("expected at least one {what}")]
    Empty {
        /// The name of the elements.
        what: &'static str,
    },
    /// An array with too many elements.
    #[error("{count} {what}s; at most {most}")]
    TooMany {
        /// The name of the elements.
        what: &'static str,
        /// The number of elements.
        count: usize,
        /// The most that are allowed.
        most: usize,
    },
    /// A name or an id that is empty, too long, or has control characters or blanks at its ends.
    #[error(
        "expected 1 to {} characters, none of them a control character, and no blank at either end",
        limits::TEXT_CHARACTERS
    )]
    BadText,
    /// Another version of the price book's format.
    #[error("schema {found}; this program reads schema 1")]
    WrongSchema {
        /// The version.
        found: String,
    },
    /// A text that is no decimal number.
    #[error("expected a decimal number, such as 0.58, found {}{}", quoted(found), comma_hint(found))]
    NotADecimal {
        /// The text.
        found: String,
    },
    /// A number with too many digits.
    #[error(
        "{}: at most {} digits before the point and {} after it",
        quoted(found),
        limits::WHOLE_DIGITS,
        limits::DECIMAL_DIGITS
    )]
    TooManyDigits {
        /// The number.
        found: String,
    },
    /// A number below zero.
    #[error("negative {what}: {}; it must not be below 0", quoted(found))]
    Negative {
        /// The name of the value.
        what: &'static str,
        /// The number.
        found: String,
    },
    /// Zero where the value must be greater.
    #[error("the {what} must be greater than 0")]
    Zero {
        /// The name of the value.
        what: &'static str,
    },
    /// A whole number out of its range.
    #[error("{found}: expected a whole number from {least} to {most}")]
    OutOfRange {
        /// The number.
        found: String,
        /// The smallest that it may be.
        least: u32,
        /// The largest that it may be.
        most: u32,
    },
    /// A percentage above 100.
    #[error("{found} percent: expected 0 to 100")]
    PercentOutOfRange {
        /// The percentage.
        found: String,
    },
    /// A word that is none of the choices: a driver, `per`.
    #[error("unknown {what} {}{}", quoted(found), choices(*nearest, known))]
    UnknownChoice {
        /// The name of the value.
        what: &'static str,
        /// The word.
        found: String,
        /// The choice that it resembles most.
        nearest: Option<&'static str>,
        /// The choices.
        known: Vec<&'static str>,
    },
    /// A unit that does not exist.
    #[error("unknown unit {}{}", quoted(found), choices(*nearest, known))]
    UnknownUnit {
        /// The unit.
        found: String,
        /// The unit that it resembles most.
        nearest: Option<&'static str>,
        /// The units.
        known: Vec<&'static str>,
    },
    /// A number without its unit.
    #[error("missing unit: expected {expected}")]
    MissingUnit {
        /// The expected quantity, with an example.
        expected: String,
    },
    /// A quantity of the wrong dimension.
    #[error("wrong dimension: {found}; expected {expected}")]
    WrongDimension {
        /// The expected quantity, with an example.
        expected: String,
        /// The quantity that was found.
        found: String,
    },
    /// A rate without a currency.
    #[error("missing currency: expected an amount of money, such as {example}")]
    MissingCurrency {
        /// A valid amount.
        example: String,
    },
    /// Not a code of ISO 4217.
    #[error("unknown currency {}: expected an ISO 4217 code, such as {example}", quoted(found))]
    UnknownCurrency {
        /// The text.
        found: String,
        /// A valid code: the intended one, where it can be told.
        example: String,
    },
    /// Another currency than the book's own.
    #[error("{found} in a price book in {own}: every price must be in {own}")]
    OtherCurrency {
        /// The currency.
        found: String,
        /// The book's own.
        own: String,
    },
    /// Unexpected text in a quantity, or its unexpected end.
    #[error("unexpected {}: expected {expected}", if found.is_empty() { "end".to_owned() } else { quoted(found) })]
    UnexpectedText {
        /// The text; empty at its end.
        found: String,
        /// The expected quantity, with an example.
        expected: String,
    },
    /// An id that appears twice.
    #[error("duplicate {what} id {}; the first one is in line {first_line}", quoted(id))]
    DuplicateId {
        /// The thing that has the id.
        what: &'static str,
        /// The id.
        id: String,
        /// The line of the first one.
        first_line: usize,
    },
    /// A discount step that is not above the one before it.
    #[error("discount steps out of order: from {from} after from {previous}; each must be above the one before")]
    StepsOutOfOrder {
        /// The step's quantity.
        from: u32,
        /// The quantity of the step before it.
        previous: u32,
    },
    /// A parameter that the charge's driver does not take.
    #[error("a {parameter} {purpose} of {}; this charge has {found}", drivers_of(drivers))]
    ParameterOfAnotherDriver {
        /// The key of the parameter.
        parameter: &'static str,
        /// Its purpose.
        purpose: &'static str,
        /// The drivers that take it.
        drivers: Vec<&'static str>,
        /// The driver of the charge, or its lack of one.
        found: String,
    },
    /// A parameter of a driver that the material lacks.
    #[error("driver `{driver}` needs the material's {parameter}, such as: {parameter} = {example}")]
    MissingParameter {
        /// The driver.
        driver: &'static str,
        /// The key of the parameter.
        parameter: &'static str,
        /// A valid value.
        example: &'static str,
    },
    /// A minimum price that is no multiple of the rounding step.
    #[error("{found} is not a multiple of the book's rounding, {step}: no total could be it")]
    OffStep {
        /// The minimum price.
        found: String,
        /// The rounding step.
        step: String,
    },
}

impl BookFault {
    /// Whether it says that something is missing. A syntax error can cause such a fault.
    pub(super) fn is_absence(&self) -> bool {
        matches!(self, Self::MissingKey { .. } | Self::Empty { .. } | Self::MissingParameter { .. })
    }
}

/// A part of the book for a message: shortened, with control characters escaped.
fn quoted(text: &str) -> String {
    const MOST: usize = 60;
    let shown: String = text.chars().take(MOST).flat_map(char::escape_debug).collect();
    let more = if text.chars().nth(MOST).is_some() { "…" } else { "" };
    format!("`{shown}{more}`")
}

fn choices(nearest: Option<&'static str>, known: &[&'static str]) -> String {
    match nearest {
        Some(nearest) => format!(": did you mean `{nearest}`?"),
        None => format!(": expected one of {}", known.join(", ")),
    }
}

fn drivers_of(names: &[&'static str]) -> String {
    let names: Vec<_> = names.iter().map(|name| format!("`{name}`")).collect();
    format!("driver{} {}", if names.len() == 1 { "" } else { "s" }, names.join(", "))
}

fn comma_hint(found: &str) -> &'static str {
    if found.contains(',') { "; decimals follow a point, and thousands are not set apart" } else { "" }
}

/// The known word that a text resembles most, within a third of its letters.
pub(super) fn nearest(text: &str, known: &[&'static str]) -> Option<&'static str> {
    // A comparison takes time by the product of the lengths; no known word is nearly as long.
    if text.len() > 40 {
        return None;
    }
    let text = text.to_lowercase();
    let distance = |word: &&'static str| (strsim::damerau_levenshtein(&text, word), *word);
    let (distance, word) = known.iter().map(distance).min()?;
    (distance <= text.len().max(word.len()) / 3).then_some(word)
}
