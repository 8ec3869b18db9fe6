//! Kinds of values that settings have: how each is parsed, its bounds, and the words for what it expects.

mod quantity;
mod text;
mod unparsed;
mod url;

pub use quantity::{Bytes, Time, WholeNumber};
pub use text::{Address, FreeText, Words};
pub use unparsed::{AnyValue, BrokerUrl, FilePath};
pub use url::{CollectorUrl, ProxyUrl};

/// The most characters of a wrong value that an error repeats: a megabyte given by mistake is not sent to the terminal.
const MOST_SHOWN: usize = 100;

/// What a kind says of itself to the command line, the documentation and the tests of the chart.
pub trait ValueKind: Sync {
    /// The word for a value in the usage of a flag.
    fn value_name(&self) -> &'static str;

    /// What a value has to be. `default` is an example of one.
    fn expected(&self, default: &str) -> String;

    /// Whether a text, which is not empty, is a value.
    fn accepts(&self, _text: &str) -> bool {
        true
    }

    /// The bounds that a schema can state.
    fn bounds(&self) -> Bounds {
        Bounds::Text
    }

    /// Whether a value may hold a secret, which nothing may show.
    fn is_secret(&self) -> bool {
        false
    }
}

/// The bounds of a kind, as a JSON Schema states them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bounds {
    /// A whole number, from the first to the second.
    Whole(u32, u32),
    /// One of these words.
    Words(Vec<&'static str>),
    /// Text, which [`ValueKind::accepts`] decides on.
    Text,
}

/// A kind whose values are parsed from text.
pub trait ParseText: ValueKind {
    /// The parsed value.
    type Value;

    /// Parses text that is trimmed and not empty.
    fn parse(&self, text: &str) -> Option<Self::Value>;

    /// What an error may show of a wrong value.
    fn shown(&self, text: &str) -> String {
        shortened(text)
    }
}

fn shortened(text: &str) -> String {
    text.chars().take(MOST_SHOWN).collect()
}
