//! What can be wrong with a price book: one variant a reason, with what a person needs in order to mend it.
//!
//! Where it is wrong is in [`super::BookError`]. Every message says what was found and what was expected.

use super::limits;

/// A reason why a text is no price book. Later versions add reasons.
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
    /// A key that means nothing here.
    #[error("unknown key {} in {record}{}", quoted(key), choices(*nearest, known))]
    UnknownKey {
        /// The key.
        key: String,
        /// What it stands in: `a material`.
        record: &'static str,
        /// The known key that it resembles.
        nearest: Option<&'static str>,
        /// The keys that may stand there.
        known: Vec<&'static str>,
    },
    /// A key that must be there.
    #[error("missing key `{key}` in {record}, such as: {key} = {example}")]
    MissingKey {
        /// The key.
        key: &'static str,
        /// What it is missing in: `a material`.
        record: &'static str,
        /// A value that it may have.
        example: String,
    },
    /// A value of another TOML type.
    #[error("expected {expected}, found {found}")]
    WrongType {
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A bare number where a text is expected.
    #[error(
        "expected a text in quotes, such as {example}, found a bare number; decimal numbers are never floating point"
    )]
    BareNumber {
        /// A value that may stand there.
        example: &'static str,
    },
    /// An array without elements.
    #[error("expected at least one {what}")]
    Empty {
        /// Of what there is none.
        what: &'static str,
    },
    /// An array with too many elements.
    #[error("{count} {what}s; at most {most}")]
    TooMany {
        /// Of what there are too many.
        what: &'static str,
        /// How many.
        count: usize,
        /// How many there may be.
        most: usize,
    },
    /// A name or an id that cannot be printed or asked for.
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
        /// What it is.
        what: &'static str,
        /// The number.
        found: String,
    },
    /// Zero where there must be something.
    #[error("the {what} must be greater than 0")]
    Zero {
        /// What it is.
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
        /// What is chosen.
        what: &'static str,
        /// The word.
        found: String,
        /// The choice that it resembles.
        nearest: Option<&'static str>,
        /// The choices.
        known: Vec<&'static str>,
    },
    /// A unit that does not exist.
    #[error("unknown unit {}{}", quoted(found), choices(*nearest, known))]
    UnknownUnit {
        /// The unit.
        found: String,
        /// The unit that it resembles.
        nearest: Option<&'static str>,
        /// The units.
        known: Vec<&'static str>,
    },
    /// A number without its unit.
    #[error("missing unit: expected {expected}")]
    MissingUnit {
        /// What it should be, with an example.
        expected: String,
    },
    /// A quantity of another dimension than is needed there.
    #[error("wrong dimension: {found}; expected {expected}")]
    WrongDimension {
        /// What it should be, with an example.
        expected: String,
        /// What it is.
        found: String,
    },
    /// A rate without a currency.
    #[error("missing currency: expected an amount of money, such as {example}")]
    MissingCurrency {
        /// What it may be.
        example: String,
    },
    /// Not a code of ISO 4217.
    #[error("unknown currency {}: expected an ISO 4217 code, such as {example}", quoted(found))]
    UnknownCurrency {
        /// The text.
        found: String,
        /// A code that was meant, or may be.
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
    /// More text than a quantity has, or less.
    #[error("unexpected {}: expected {expected}", if found.is_empty() { "end".to_owned() } else { quoted(found) })]
    UnexpectedText {
        /// The text; empty at its end.
        found: String,
        /// What the whole should be, with an example.
        expected: String,
    },
    /// An id that is there twice.
    #[error("duplicate {what} id {}; the first one is in line {first_line}", quoted(id))]
    DuplicateId {
        /// What has the id.
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
    /// A value that the charge's driver does not take.
    #[error("a {parameter} {purpose} of {}; this charge has {found}", drivers_of(drivers))]
    ParameterOfAnotherDriver {
        /// The key of the value.
        parameter: &'static str,
        /// What it is for.
        purpose: &'static str,
        /// The drivers that take it.
        drivers: Vec<&'static str>,
        /// What the charge has instead.
        found: String,
    },
    /// A driver that needs a value of the material, which does not have it.
    #[error("driver `{driver}` needs the material's {parameter}, such as: {parameter} = {example}")]
    MissingParameter {
        /// The driver.
        driver: &'static str,
        /// The key of the value.
        parameter: &'static str,
        /// A value that it may have.
        example: &'static str,
    },
    /// A minimum price that no total can be.
    #[error("{found} is not a multiple of the book's rounding, {step}: no total could be it")]
    OffStep {
        /// The minimum price.
        found: String,
        /// The rounding step.
        step: String,
    },
}

impl BookFault {
    /// Whether it says that something is missing: not to be trusted where the text around it could not be read.
    pub(super) fn is_absence(&self) -> bool {
        matches!(self, Self::MissingKey { .. } | Self::Empty { .. } | Self::MissingParameter { .. })
    }
}

/// A piece of the book for a message: short, and without what a terminal would act on.
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

/// The known word that a text was meant to be.
pub(super) fn nearest(text: &str, known: &[&'static str]) -> Option<&'static str> {
    // Comparing costs the product of the lengths, and no word of a price book is nearly as long.
    if text.len() > 40 {
        return None;
    }
    let text = text.to_lowercase();
    let distance = |word: &&'static str| (strsim::damerau_levenshtein(&text, word), *word);
    let (distance, word) = known.iter().map(distance).min()?;
    (distance <= text.len().max(word.len()) / 3).then_some(word)
}
