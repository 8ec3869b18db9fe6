//! The converter of CAD files.

use std::path::PathBuf;
use std::time::Duration;

use crate::config::table::own::{CAD, CAD_MEMORY, CAD_TIMEOUT};
use crate::config::table::{self, SettingGroup};
use crate::config::{ConfigErrors, Section, SettingError, Sources};

/// The value that stands for no converter.
const OFF: &str = "off";

/// The converter of CAD files, and what one conversion may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cad {
    /// The program.
    pub source: CadSource,
    /// The memory of one conversion.
    pub memory_bytes: u64,
    /// The time of one conversion.
    pub timeout: Duration,
}

/// Where the converter is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CadSource {
    /// Beside the program or in the PATH, where it is installed.
    Installed,
    /// This file.
    Program(PathBuf),
    /// Nowhere: no CAD files are read.
    Off,
}

impl Section for Cad {
    const GROUP: &'static SettingGroup = &table::CAD;

    fn parse(sources: &Sources<'_>) -> Result<Self, ConfigErrors> {
        let mut problems = ConfigErrors::default();
        let source = problems.keep_one(CAD.path(sources).map_or(Ok(CadSource::Installed), CadSource::named));
        let memory = problems.keep_one(CAD_MEMORY.value(sources));
        let timeout = problems.keep_one(CAD_TIMEOUT.value(sources));
        match (source, memory, timeout) {
            (Some(source), Some(memory_bytes), Some(timeout)) => Ok(Self { source, memory_bytes, timeout }),
            _ => Err(problems),
        }
    }
}

impl CadSource {
    /// The converter of this path, which must be a file.
    fn named(path: PathBuf) -> Result<Self, SettingError> {
        if path.as_os_str() == OFF {
            return Ok(Self::Off);
        }
        let variable = CAD.variable;
        match path.metadata() {
            Ok(metadata) if metadata.is_file() => Ok(Self::Program(path)),
            Ok(_) => Err(SettingError::Unusable { variable, path, problem: "it is no file".into() }),
            Err(error) => Err(SettingError::Unreadable { variable, path, error }),
        }
    }
}
