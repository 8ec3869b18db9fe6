//! Python environments that the benches create, for the programs that they compare with this one.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Returns the interpreter of a virtual environment with some packages, each with its version: `numpy==2.4.6`. It is
/// below `$XDG_CACHE_HOME`, and is created if it is missing or has other packages.
pub fn interpreter(name: &str, packages: &[&str]) -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    let home = cache.expect("XDG_CACHE_HOME or HOME").join(name);
    let (python, ready, wanted) = (home.join("bin/python"), home.join("packages"), packages.join("\n"));
    // Written last: an unfinished environment is created again.
    if fs::read_to_string(&ready).is_ok_and(|found| found == wanted) {
        return python;
    }
    println!("making {} with {}", home.display(), packages.join(", "));
    must(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home), "on Debian and Ubuntu: python3-venv");
    must(
        Command::new(&python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(packages),
        "pip needs a package index; the bench's --help says how to leave this part out",
    );
    fs::write(ready, wanted).expect("the environment is ours");
    python
}

fn must(command: &mut Command, help: &str) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}; {help}"));
    assert!(status.success(), "{command:?}: {status}; {help}");
}
