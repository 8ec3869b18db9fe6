//! One setting: a row of the table, and the way from its text to its value.

use std::fmt;
use std::io::Read;
use std::path::{Path, PathBuf};

use bytesize::ByteSize;

use super::kind::{AnyValue, BrokerUrl, FilePath, ParseText, ValueKind};
use super::sources::Sources;
use super::{AmqpUrl, Authorities, SettingError};

/// The largest file with a secret: a URL, not a disk given by mistake.
const MOST_SECRET_BYTES: u64 = 64 << 10;

/// The largest file of certificates: every authority that browsers trust takes a quarter of it.
const MOST_CERTIFICATES_BYTES: u64 = 1 << 20;

/// A row of the table. Its kind says what its values are; its default is [`Text`] or [`Described`].
#[derive(Debug, Clone, Copy)]
pub struct Setting<K, D> {
    /// The name, in the words of the flag and of the variable.
    pub name: &'static str,
    /// The flag. A variable that other programs read too has none.
    pub flag: Option<&'static str>,
    /// The environment variable.
    pub variable: &'static str,
    /// What holds where nothing is given.
    pub default: D,
    /// What its values are.
    pub kind: K,
    /// Where the chart sets it.
    pub chart: Chart,
    /// The help of its flag.
    pub help: &'static str,
    /// What the documentation says beside the help; may be empty.
    pub note: &'static str,
}

/// A default that is a text of the setting's kind.
#[derive(Debug, Clone, Copy)]
pub struct Text(pub &'static str);

/// A default that follows from something else: how, in words. Empty: nothing.
#[derive(Debug, Clone, Copy)]
pub struct Described(pub &'static str);

/// Where the Helm chart sets a variable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Chart {
    /// From one value, whose text becomes the variable's.
    Value(&'static str),
    /// From several values, or by more than their text.
    Made(&'static [&'static str]),
    /// Nowhere: the reason.
    Absent(&'static str),
}

/// A row of the table, whatever its kind.
pub trait AnySetting: Sync {
    /// The name.
    fn name(&self) -> &'static str;
    /// The flag, where there is one.
    fn flag(&self) -> Option<&'static str>;
    /// The environment variable.
    fn variable(&self) -> &'static str;
    /// The default, where it is a text of the setting's kind.
    fn default_text(&self) -> Option<&'static str>;
    /// The default in words: that text, or what it follows from. Empty: nothing.
    fn default_shown(&self) -> &'static str;
    /// What its values are.
    fn kind(&self) -> &dyn ValueKind;
    /// Where the chart sets it.
    fn chart(&self) -> Chart;
    /// The help of its flag.
    fn help(&self) -> &'static str;
    /// What the documentation says beside the help.
    fn note(&self) -> &'static str;
}

impl<K: ValueKind, D: DefaultValue> AnySetting for Setting<K, D> {
    fn name(&self) -> &'static str {
        self.name
    }

    fn flag(&self) -> Option<&'static str> {
        self.flag
    }

    fn variable(&self) -> &'static str {
        self.variable
    }

    fn default_text(&self) -> Option<&'static str> {
        self.default.text()
    }

    fn default_shown(&self) -> &'static str {
        self.default.shown()
    }

    fn kind(&self) -> &dyn ValueKind {
        &self.kind
    }

    fn chart(&self) -> Chart {
        self.chart
    }

    fn help(&self) -> &'static str {
        self.help
    }

    fn note(&self) -> &'static str {
        self.note
    }
}

/// Both kinds of defaults.
pub trait DefaultValue: Sync {
    /// A text of the setting's kind.
    fn text(&self) -> Option<&'static str>;
    /// The text, or what the default follows from.
    fn shown(&self) -> &'static str;
}

impl DefaultValue for Text {
    fn text(&self) -> Option<&'static str> {
        Some(self.0)
    }

    fn shown(&self) -> &'static str {
        self.0
    }
}

impl DefaultValue for Described {
    fn text(&self) -> Option<&'static str> {
        None
    }

    fn shown(&self) -> &'static str {
        self.0
    }
}

impl<K: ParseText> Setting<K, Text> {
    /// The value: what was given, or the default.
    pub(super) fn value(&self, sources: &Sources<'_>) -> Result<K::Value, SettingError> {
        match self.read(sources)? {
            Some(value) => Ok(value),
            None => self.parse(self.default.0),
        }
    }
}

impl<K: ParseText> Setting<K, Described> {
    /// The value that was given, if any.
    pub(super) fn optional(&self, sources: &Sources<'_>) -> Result<Option<K::Value>, SettingError> {
        self.read(sources)
    }
}

impl<K: ParseText, D: DefaultValue> Setting<K, D> {
    fn read(&self, sources: &Sources<'_>) -> Result<Option<K::Value>, SettingError> {
        sources.text(self)?.map(|text| self.parse(text)).transpose()
    }

    fn parse(&self, text: &str) -> Result<K::Value, SettingError> {
        self.kind.parse(text).ok_or_else(|| SettingError::Unexpected {
            variable: self.variable,
            flag: self.flag,
            found: self.kind.shown(text),
            expected: self.kind.expected(self.default.shown()),
        })
    }
}

impl Setting<BrokerUrl, Text> {
    /// The URL that was given, as text; it is parsed where it is known whether a file holds it.
    pub(super) fn url_text<'a>(&self, sources: &Sources<'a>) -> Result<Option<&'a str>, SettingError> {
        sources.text(self)
    }
}

impl Setting<AnyValue, Described> {
    /// Whether it is set to anything.
    pub(super) fn is_set(&self, sources: &Sources<'_>) -> bool {
        sources.raw(self).is_some()
    }
}

impl<D: DefaultValue> Setting<FilePath, D> {
    /// The path that was given, if any.
    pub(super) fn path(&self, sources: &Sources<'_>) -> Option<PathBuf> {
        sources.raw(self).map(PathBuf::from)
    }

    /// The URL in a file that holds a secret, without the newline that editors add.
    pub(super) fn url_in(&self, path: &Path) -> Result<AmqpUrl, SettingError> {
        let text = String::from_utf8(self.bytes_of(path, MOST_SECRET_BYTES)?);
        // The error would repeat the bytes.
        let text = text.map_err(|_| self.unusable(path, "it is not UTF-8"))?;
        AmqpUrl::of(self.variable, text.trim())
    }

    /// The authorities in a file.
    pub(super) fn authorities_in(&self, path: &Path) -> Result<Authorities, SettingError> {
        Authorities::parse(&self.pem_in(path)?).map_err(|invalid| self.unusable(path, invalid))
    }

    /// The bytes of a file of certificates or keys.
    pub(super) fn pem_in(&self, path: &Path) -> Result<Vec<u8>, SettingError> {
        self.bytes_of(path, MOST_CERTIFICATES_BYTES)
    }

    /// The bytes of a file that has at most `most_bytes`.
    fn bytes_of(&self, path: &Path, most_bytes: u64) -> Result<Vec<u8>, SettingError> {
        let unreadable = |error| SettingError::Unreadable { variable: self.variable, path: path.into(), error };
        let file = std::fs::File::open(path).map_err(unreadable)?;
        let mut bytes = Vec::new();
        file.take(most_bytes + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > most_bytes {
            return Err(self.unusable(path, format!("it is larger than {}", ByteSize::b(most_bytes).display().iec())));
        }
        Ok(bytes)
    }

    /// The error of a file that can be read and does not hold what the setting needs.
    pub(super) fn unusable(&self, path: &Path, problem: impl fmt::Display) -> SettingError {
        SettingError::Unusable { variable: self.variable, path: path.into(), problem: problem.to_string() }
    }
}
