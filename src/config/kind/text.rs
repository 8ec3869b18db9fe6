//! Text of a certain form: addresses, and words out of a list.

use std::net::SocketAddr;

use super::{Bounds, ParseText, ValueKind};

/// An IP address and a port.
#[derive(Debug, Clone, Copy)]
pub struct Address;

impl ValueKind for Address {
    fn value_name(&self) -> &'static str {
        "IP:PORT"
    }

    fn expected(&self, default: &str) -> String {
        format!("an IP address and a port, like {default}")
    }

    fn accepts(&self, text: &str) -> bool {
        self.parse(text).is_some()
    }
}

impl ParseText for Address {
    type Value = SocketAddr;

    fn parse(&self, text: &str) -> Option<SocketAddr> {
        text.parse().ok()
    }
}

/// One of a few words, in upper or lower case.
#[derive(Debug, Clone, Copy)]
pub struct Words<T: 'static> {
    /// The word for any of them in the usage of a flag.
    pub value_name: &'static str,
    /// Each word and what it stands for.
    pub words: &'static [(&'static str, T)],
}

impl<T: Copy + Sync> ValueKind for Words<T> {
    fn value_name(&self) -> &'static str {
        self.value_name
    }

    fn expected(&self, _default: &str) -> String {
        self.words.iter().map(|&(word, _)| word).collect::<Vec<_>>().join(" or ")
    }

    fn accepts(&self, text: &str) -> bool {
        self.parse(text).is_some()
    }

    fn bounds(&self) -> Bounds {
        Bounds::Words(self.words.iter().map(|&(word, _)| word).collect())
    }
}

impl<T: Copy + Sync> ParseText for Words<T> {
    type Value = T;

    fn parse(&self, text: &str) -> Option<T> {
        self.words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|&(_, value)| value)
    }
}

/// Text that is parsed where it is used.
#[derive(Debug, Clone, Copy)]
pub struct FreeText {
    /// What it has to be.
    pub expected: &'static str,
}

impl ValueKind for FreeText {
    fn value_name(&self) -> &'static str {
        "TEXT"
    }

    fn expected(&self, _default: &str) -> String {
        self.expected.into()
    }
}

impl ParseText for FreeText {
    type Value = String;

    fn parse(&self, text: &str) -> Option<String> {
        Some(text.to_owned())
    }
}
