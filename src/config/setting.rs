//! One setting: from the text that was given, or its default, to a value; and what to say where that cannot be.
//!
//! An empty variable is one that is not set: that is what `PRICING_X=` means in a compose file or a chart.

use std::fmt;
use std::io::Read;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use bytesize::ByteSize;

/// The largest secret file: a URL, not a disk given by mistake.
const MOST_SECRET_BYTES: u64 = 64 << 10;

/// A setting by its names.
#[derive(Debug, Clone, Copy)]
pub(super) struct Setting {
    /// The environment variable.
    pub variable: &'static str,
    /// The flag; empty where there is none.
    pub flag: &'static str,
    /// The text that stands for nothing given; empty where the default is no text.
    pub default: &'static str,
}

/// Why a setting cannot be used. Secrets are not shown, only named.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingError {
    /// The text is not of the setting's kind, or out of its range.
    #[error("{variable}{}: {found:?}; expected {expected}", in_brackets(flag))]
    Unexpected {
        /// The environment variable.
        variable: &'static str,
        /// The flag; empty where there is none.
        flag: &'static str,
        /// What was given.
        found: String,
        /// What would be right, with an example.
        expected: String,
    },
    /// A secret is not of the setting's kind; its text is left out.
    #[error("{variable}: {problem} (its value is a secret, and not shown)")]
    UnexpectedSecret {
        /// The environment variable.
        variable: &'static str,
        /// What is wrong with it and what was expected.
        problem: &'static str,
    },
    /// Two settings that say the same thing are both given.
    #[error("{one} and {other} are both set; set one of them")]
    Both {
        /// An environment variable.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
    /// A file that a setting names cannot be read.
    #[error("{variable}: {} cannot be read: {error}", .path.display())]
    Unreadable {
        /// The environment variable.
        variable: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// A file that a setting names is not what the setting needs. What is in it is not shown.
    #[error("{variable}: {}: {problem}", .path.display())]
    Unusable {
        /// The environment variable.
        variable: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
}

fn in_brackets(flag: &str) -> String {
    if flag.is_empty() { String::new() } else { format!(" ({flag})") }
}

/// Everything that is wrong with the configuration: one line each.
#[derive(Debug, Default)]
pub struct ConfigErrors(pub Vec<SettingError>);

impl fmt::Display for ConfigErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, error) in self.0.iter().enumerate() {
            let newline = if number == 0 { "" } else { "\n" };
            write!(f, "{newline}{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for ConfigErrors {}

impl From<SettingError> for ConfigErrors {
    fn from(error: SettingError) -> Self {
        Self(vec![error])
    }
}

impl ConfigErrors {
    /// Keeps what is right of a part of the configuration, and remembers what is wrong with it.
    pub fn keep<T>(&mut self, part: Result<T, Self>) -> Option<T> {
        part.map_err(|errors| self.0.extend(errors.0)).ok()
    }

    /// Keeps a setting that is right, and remembers one that is wrong.
    pub(super) fn keep_one<T>(&mut self, setting: Result<T, SettingError>) -> Option<T> {
        self.keep(setting.map_err(Self::from))
    }
}

impl Setting {
    /// A setting by its names and its default.
    pub const fn new(variable: &'static str, flag: &'static str, default: &'static str) -> Self {
        Self { variable, flag, default }
    }

    /// What was given, unless it is empty.
    pub fn given(text: Option<&str>) -> Option<&str> {
        text.map(str::trim).filter(|text| !text.is_empty())
    }

    pub fn unexpected(&self, found: &str, expected: impl Into<String>) -> SettingError {
        // A megabyte given by mistake is not repeated to the terminal.
        let found = found.chars().take(100).collect();
        SettingError::Unexpected { variable: self.variable, flag: self.flag, found, expected: expected.into() }
    }

    /// A whole number from 1 to `most`.
    pub fn whole_number(&self, text: Option<&str>, default: usize, most: usize) -> Result<usize, SettingError> {
        let Some(text) = Self::given(text) else { return Ok(default.min(most)) };
        let number = text.parse().ok().filter(|number| (1..=most).contains(number));
        number.ok_or_else(|| self.unexpected(text, format!("a whole number from 1 to {most}")))
    }

    /// A number of bytes, at least `least`.
    pub fn bytes(&self, text: Option<&str>, least: u64) -> Result<u64, SettingError> {
        let text = Self::given(text).unwrap_or(self.default);
        let bytes = text.parse().ok().map(|size: ByteSize| size.as_u64()).filter(|&bytes| bytes >= least);
        let least = ByteSize::b(least).display().iec();
        bytes.ok_or_else(|| self.unexpected(text, format!("bytes, at least {least}, like {}", self.default)))
    }

    /// A length of time from `least` to `most`.
    pub fn duration(&self, text: Option<&str>, least: Duration, most: Duration) -> Result<Duration, SettingError> {
        let text = Self::given(text).unwrap_or(self.default);
        let duration = humantime::parse_duration(text).ok().filter(|duration| (least..=most).contains(duration));
        duration.ok_or_else(|| {
            let [least, most] = [least, most].map(humantime::format_duration);
            self.unexpected(text, format!("a length of time from {least} to {most}, like {}", self.default))
        })
    }

    /// An IP address and a port.
    pub fn address(&self, text: Option<&str>) -> Result<SocketAddr, SettingError> {
        let text = Self::given(text).unwrap_or(self.default);
        let expected = || self.unexpected(text, format!("an IP address and a port, like {}", self.default));
        text.parse().map_err(|_| expected())
    }

    /// One of a few words, or none where nothing was given.
    pub fn choice<T: Copy>(&self, text: Option<&str>, words: &[(&str, T)]) -> Result<Option<T>, SettingError> {
        let Some(text) = Self::given(text) else { return Ok(None) };
        let chosen = words.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
        chosen.map(|&(_, value)| Some(value)).ok_or_else(|| {
            let words: Vec<_> = words.iter().map(|&(word, _)| word).collect();
            self.unexpected(text, words.join(" or "))
        })
    }

    /// The text of a file that holds a secret, without the newline that editors add.
    pub fn file(&self, path: &Path) -> Result<String, SettingError> {
        let text = String::from_utf8(self.bytes_of(path, MOST_SECRET_BYTES)?);
        // The error would repeat the bytes.
        let text = text.map_err(|_| self.unusable(path, "it is not UTF-8"))?;
        Ok(text.trim().to_owned())
    }

    /// The bytes of a file, at most so many.
    pub fn bytes_of(&self, path: &Path, most_bytes: u64) -> Result<Vec<u8>, SettingError> {
        let unreadable = |error| SettingError::Unreadable { variable: self.variable, path: path.into(), error };
        let file = std::fs::File::open(path).map_err(unreadable)?;
        let mut bytes = Vec::new();
        file.take(most_bytes + 1).read_to_end(&mut bytes).map_err(unreadable)?;
        if bytes.len() as u64 > most_bytes {
            return Err(self.unusable(path, format!("it is larger than {}", ByteSize::b(most_bytes).display().iec())));
        }
        Ok(bytes)
    }

    /// A file that can be read, and is not what the setting needs.
    pub fn unusable(&self, path: &Path, problem: impl fmt::Display) -> SettingError {
        SettingError::Unusable { variable: self.variable, path: path.into(), problem: problem.to_string() }
    }
}
