//! The environment of the process: its variables, and the number of cores that it may use.
//!
//! The program asks the system for either here, once, and nowhere else; a test of the sources holds that. Tests put
//! variables of their own in its place. Libraries read some variables by themselves: the AWS SDK, OpenTelemetry and rayon.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::Command;
use std::{fmt, io};

/// Variables and cores. `Debug` shows no value: any of them may be a secret.
#[derive(Clone, Default)]
pub struct Environment {
    variables: BTreeMap<OsString, OsString>,
    cores: usize,
}

impl Environment {
    /// Reads the environment of this process.
    pub fn of_process() -> Self {
        Self::new(std::env::vars_os(), std::thread::available_parallelism().map_or(1, usize::from))
    }

    /// An environment of these variables and cores.
    pub fn new<N: Into<OsString>, V: Into<OsString>>(
        variables: impl IntoIterator<Item = (N, V)>,
        cores: usize,
    ) -> Self {
        Self { variables: variables.into_iter().map(|(name, value)| (name.into(), value.into())).collect(), cores }
    }

    /// The cores that the process may use; at least one.
    pub fn cores(&self) -> usize {
        self.cores.max(1)
    }

    /// A variable's value. An empty variable is one that is not set: that is what `PRICING_X=` means in a compose file or
    /// a chart.
    pub fn variable(&self, name: &str) -> Option<&OsStr> {
        self.variables.get(OsStr::new(name)).map(OsString::as_os_str).filter(|value| !value.is_empty())
    }

    /// Finds a program that is installed: beside this one, or else in the folders of PATH.
    pub fn find_program(&self, name: &str) -> Option<PathBuf> {
        let beside = std::env::current_exe().ok().map(|program| program.with_file_name(name));
        let folders = self.variable("PATH").map(std::env::split_paths).into_iter().flatten();
        beside.into_iter().chain(folders.map(|folder| folder.join(name))).find(|program| program.is_file())
    }

    /// Starts the program anew, as the same process, with the same arguments and one more variable. Returns only the error, if
    /// the system does not let it.
    pub fn restart_with(&self, name: &str, value: &str) -> io::Error {
        let program = match std::env::current_exe() {
            Ok(program) => program,
            Err(error) => return error,
        };
        let mut arguments = std::env::args_os();
        let shown = arguments.next().unwrap_or_else(|| program.clone().into());
        Command::new(program).arg0(shown).args(arguments).env(name, value).exec()
    }

    /// The variables whose name starts with `prefix` and whose value is not UTF-8. A library takes such a variable for
    /// one that is not set.
    pub(super) fn not_utf8<'a>(&'a self, prefix: &'a str) -> impl Iterator<Item = &'a str> {
        let broken = self.variables.iter().filter(|(_, value)| value.to_str().is_none());
        broken.filter_map(|(name, _)| name.to_str()).filter(move |name| name.starts_with(prefix))
    }
}

impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Environment")
            .field("variables", &self.variables.len())
            .field("cores", &self.cores)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_variable_is_not_set_and_no_value_is_shown() {
        let environment = Environment::new([("EMPTY", ""), ("FULL", "a-secret")], 0);
        assert_eq!(environment.variable("EMPTY"), None);
        assert_eq!(environment.variable("ABSENT"), None);
        assert_eq!(environment.variable("FULL"), Some(OsStr::new("a-secret")));
        assert_eq!(environment.cores(), 1);
        assert!(!format!("{environment:?}").contains("a-secret"));
    }
}
