//! The flags of a section, as clap takes them: text that nothing has parsed yet.
//!
//! clap parses no value and reads no variable, so that all that is wrong is reported at once, and no message of clap's own
//! shows a secret.

use std::ffi::OsString;
use std::fmt;
use std::marker::PhantomData;

use clap::{Arg, ArgAction, ArgMatches, Args, Command, Error, FromArgMatches, value_parser};

use super::ConfigErrors;
use super::environment::Environment;
use super::setting::AnySetting;
use super::sources::Sources;
use super::table::SettingGroup;

/// A section of the configuration: a group of settings, and the values that they come to.
pub trait Section: Sized {
    /// Its settings.
    const GROUP: &'static SettingGroup;

    /// Parses what was given, and reports all that is wrong with it.
    fn parse(sources: &Sources<'_>) -> Result<Self, ConfigErrors>;
}

/// The flags that were given for a section. `Debug` shows no secret.
pub struct Flags<S> {
    texts: Vec<(&'static str, OsString)>,
    section: PhantomData<fn() -> S>,
}

impl<S: Section> Flags<S> {
    /// Parses the section from these flags and, where there is none, from the environment.
    pub fn parse(&self, environment: &Environment) -> Result<S, ConfigErrors> {
        S::parse(&Sources::new(&self.texts, environment))
    }

    fn settings() -> impl Iterator<Item = &'static dyn AnySetting> {
        S::GROUP.settings.iter().copied().filter(|setting| setting.flag().is_some())
    }
}

impl<S> Default for Flags<S> {
    fn default() -> Self {
        Self { texts: Vec::new(), section: PhantomData }
    }
}

impl<S: Section> Args for Flags<S> {
    fn augment_args(command: Command) -> Command {
        Self::settings().fold(command, |command, setting| {
            let argument = Arg::new(setting.name())
                .long(setting.name())
                .value_name(setting.kind().value_name())
                .value_parser(value_parser!(OsString))
                .action(ArgAction::Set)
                .global(S::GROUP.is_global)
                .help_heading(S::GROUP.heading)
                .help(help(setting));
            command.arg(argument)
        })
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}

impl<S: Section> FromArgMatches for Flags<S> {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, Error> {
        let mut flags = Self::default();
        flags.update_from_arg_matches(matches)?;
        Ok(flags)
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), Error> {
        for setting in Self::settings() {
            if let Some(text) = matches.get_one::<OsString>(setting.name()) {
                self.texts.retain(|(name, _)| *name != setting.name());
                self.texts.push((setting.name(), text.clone()));
            }
        }
        Ok(())
    }
}

impl<S: Section> fmt::Debug for Flags<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_secret =
            |name: &str| Self::settings().any(|setting| setting.name() == name && setting.kind().is_secret());
        let shown = self
            .texts
            .iter()
            .map(|(name, text)| (name, if is_secret(name) { "(secret)".as_ref() } else { text.as_os_str() }));
        f.debug_map().entries(shown).finish()
    }
}

/// The help of a flag, with its default and its variable.
fn help(setting: &dyn AnySetting) -> String {
    let default = match setting.default_shown() {
        "" => String::new(),
        default => format!(" [default: {default}]"),
    };
    format!("{}{default} [env: {}]", setting.help(), setting.variable())
}
