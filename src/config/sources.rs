//! The sources of a section's values: its flags, and below them the environment.

use std::ffi::{OsStr, OsString};

use super::SettingError;
use super::environment::Environment;
use super::setting::AnySetting;

/// The flags of one section and the environment. Nothing has parsed them yet, and there is no `Debug`: a flag may be a secret.
#[derive(Clone, Copy)]
pub struct Sources<'a> {
    flags: &'a [(&'static str, OsString)],
    environment: &'a Environment,
}

impl<'a> Sources<'a> {
    /// Flags, each with its setting's name, and an environment.
    pub(super) fn new(flags: &'a [(&'static str, OsString)], environment: &'a Environment) -> Self {
        Self { flags, environment }
    }

    /// The environment alone, for a section that has no flags or whose flags do not matter.
    pub fn of_environment(environment: &'a Environment) -> Self {
        Self { flags: &[], environment }
    }

    /// The environment.
    pub(super) fn environment(&self) -> &'a Environment {
        self.environment
    }

    /// What was given for a setting; none where that is empty. A flag wins over the variable.
    pub(super) fn raw(&self, setting: &dyn AnySetting) -> Option<&'a OsStr> {
        let flag = self.flags.iter().find(|(name, _)| *name == setting.name()).map(|(_, text)| text.as_os_str());
        flag.or_else(|| self.environment.variable(setting.variable())).filter(|value| !value.is_empty())
    }

    /// The same as text, without spaces around it.
    pub(super) fn text(&self, setting: &dyn AnySetting) -> Result<Option<&'a str>, SettingError> {
        let Some(raw) = self.raw(setting) else { return Ok(None) };
        let text = raw
            .to_str()
            .ok_or_else(|| SettingError::NotUtf8 { variable: setting.variable().to_owned(), flag: setting.flag() })?;
        Ok(Some(text.trim()).filter(|text| !text.is_empty()))
    }
}
