//! Numbers, with and without a unit.

use std::time::Duration;

use bytesize::ByteSize;

use super::{Bounds, ParseText, ValueKind};

/// A whole number.
#[derive(Debug, Clone, Copy)]
pub struct WholeNumber {
    /// The least.
    pub least: u32,
    /// The most.
    pub most: u32,
}

impl ValueKind for WholeNumber {
    fn value_name(&self) -> &'static str {
        "N"
    }

    fn expected(&self, _default: &str) -> String {
        format!("a whole number from {} to {}", self.least, self.most)
    }

    fn accepts(&self, text: &str) -> bool {
        self.parse(text).is_some()
    }

    fn bounds(&self) -> Bounds {
        Bounds::Whole(self.least, self.most)
    }
}

impl ParseText for WholeNumber {
    type Value = u32;

    fn parse(&self, text: &str) -> Option<u32> {
        text.parse().ok().filter(|number| (self.least..=self.most).contains(number))
    }
}

/// A number of bytes, which may have a unit: `512MiB`.
#[derive(Debug, Clone, Copy)]
pub struct Bytes {
    /// The least.
    pub least: u64,
}

impl ValueKind for Bytes {
    fn value_name(&self) -> &'static str {
        "BYTES"
    }

    fn expected(&self, default: &str) -> String {
        format!("bytes, at least {}, like {default}", ByteSize::b(self.least).display().iec())
    }

    fn accepts(&self, text: &str) -> bool {
        self.parse(text).is_some()
    }
}

impl ParseText for Bytes {
    type Value = u64;

    fn parse(&self, text: &str) -> Option<u64> {
        text.parse().ok().map(|size: ByteSize| size.as_u64()).filter(|&bytes| bytes >= self.least)
    }
}

/// A length of time with its unit: `5m`, `1h 30m`.
#[derive(Debug, Clone, Copy)]
pub struct Time {
    /// The shortest.
    pub least: Duration,
    /// The longest.
    pub most: Duration,
}

impl ValueKind for Time {
    fn value_name(&self) -> &'static str {
        "TIME"
    }

    fn expected(&self, default: &str) -> String {
        let [least, most] = [self.least, self.most].map(humantime::format_duration);
        format!("a length of time from {least} to {most}, like {default}")
    }

    fn accepts(&self, text: &str) -> bool {
        self.parse(text).is_some()
    }
}

impl ParseText for Time {
    type Value = Duration;

    fn parse(&self, text: &str) -> Option<Duration> {
        humantime::parse_duration(text).ok().filter(|duration| (self.least..=self.most).contains(duration))
    }
}
