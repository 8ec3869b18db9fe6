//! How logs look.

use crate::config::table::own::LOG;
use crate::config::table::shared::{NO_COLOR, RUST_LOG};
use crate::config::table::{self, SettingGroup};
use crate::config::{ConfigErrors, Environment, Section, Sources};

/// Which logs are written, and how they look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The format; none where it follows from the terminal.
    pub format: Option<LogFormat>,
    /// `RUST_LOG`, where it is set. Its levels are parsed where they are filtered.
    pub filter: Option<String>,
    /// Whether a terminal may show colours.
    pub allows_colors: bool,
}

/// How logs look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

impl Section for Log {
    const GROUP: &'static SettingGroup = &table::LOG;

    fn parse(sources: &Sources<'_>) -> Result<Self, ConfigErrors> {
        let mut problems = ConfigErrors::default();
        let format = problems.keep_one(LOG.optional(sources));
        let filter = problems.keep_one(RUST_LOG.optional(sources));
        match (format, filter) {
            (Some(format), Some(filter)) => {
                Ok(Self { format, filter, allows_colors: allows_colors(sources.environment()) })
            }
            _ => Err(problems),
        }
    }
}

/// Whether a terminal may show colours: <https://no-color.org>.
pub fn allows_colors(environment: &Environment) -> bool {
    !NO_COLOR.is_set(&Sources::of_environment(environment))
}
