//! Errors of the configuration: one line for each setting that cannot be used.

use std::fmt;
use std::path::PathBuf;

use bytesize::ByteSize;

use super::environment::Environment;

/// Why a setting cannot be used. The value of a secret is left out.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SettingError {
    /// The text is not of the setting's kind, or out of its bounds.
    #[error("{variable}{}: {found:?}; expected {expected}", in_brackets(*flag))]
    Unexpected {
        /// The environment variable.
        variable: &'static str,
        /// The flag.
        flag: Option<&'static str>,
        /// What was given.
        found: String,
        /// What would be right, with an example.
        expected: String,
    },
    /// A secret is not of the setting's kind.
    #[error("{variable}: {problem} (its value is a secret, and not shown)")]
    UnexpectedSecret {
        /// The environment variable.
        variable: &'static str,
        /// What is wrong with it and what was expected.
        problem: String,
    },
    /// The value is not UTF-8. Its bytes are not shown.
    #[error("{variable}{}: its value is not UTF-8", in_brackets(*flag))]
    NotUtf8 {
        /// The environment variable.
        variable: String,
        /// The flag.
        flag: Option<&'static str>,
    },
    /// Two settings that exclude each other are both given.
    #[error("{one} and {other} are both set; set one of them")]
    Both {
        /// An environment variable.
        one: &'static str,
        /// The other.
        other: &'static str,
    },
    /// One of two settings that need each other is not given.
    #[error("{given} is set and {missing} is not; set both of them, or neither")]
    Alone {
        /// The environment variable that is set.
        given: &'static str,
        /// The one that is not.
        missing: &'static str,
    },
    /// The file that a setting names cannot be read.
    #[error("{variable}: {} cannot be read: {error}", .path.display())]
    Unreadable {
        /// The environment variable.
        variable: &'static str,
        /// The file.
        path: PathBuf,
        /// Why.
        error: std::io::Error,
    },
    /// The file that a setting names can be read, but does not hold what the setting needs. Its bytes are not shown.
    #[error("{variable}: {}: {problem}", .path.display())]
    Unusable {
        /// The environment variable.
        variable: &'static str,
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The memory budget cannot hold the largest mesh whose topology is to be examined.
    #[error(
        "PRICING_MEMORY_BUDGET (--memory-budget): {} is too little for a mesh of PRICING_TOPOLOGY_TRIANGLES \
         (--topology-triangles), {topology_triangles}; expected at least {}MiB, or fewer triangles",
        ByteSize::b(*memory_budget_bytes).display().iec(), least_budget_bytes.div_ceil(1 << 20)
    )]
    BudgetTooSmall {
        /// The memory budget.
        memory_budget_bytes: u64,
        /// The largest mesh whose topology is to be examined.
        topology_triangles: u64,
        /// The least memory budget for such a mesh.
        least_budget_bytes: u64,
    },
}

fn in_brackets(flag: Option<&str>) -> String {
    flag.map_or_else(String::new, |flag| format!(" ({flag})"))
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
    /// Keeps a section of the configuration that is right, and collects the errors of one that is wrong.
    pub fn keep<T>(&mut self, section: Result<T, Self>) -> Option<T> {
        section.map_err(|errors| self.0.extend(errors.0)).ok()
    }

    /// Collects the variables whose name starts with `prefix` and whose value is not UTF-8: the library that reads them would
    /// take them for variables that are not set.
    pub(super) fn require_utf8(&mut self, environment: &Environment, prefix: &str) {
        let broken = environment.not_utf8(prefix);
        self.0.extend(broken.map(|variable| SettingError::NotUtf8 { variable: variable.to_owned(), flag: None }));
    }

    /// Keeps a setting that is right, and collects the error of one that is wrong.
    pub(super) fn keep_one<T>(&mut self, setting: Result<T, SettingError>) -> Option<T> {
        self.keep(setting.map_err(Self::from))
    }
}
