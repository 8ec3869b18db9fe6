//! Tests of the Helm chart in helm/.
//!
//! [`generated`] checks the files made from values.schema.json. [`rendered`] checks the manifests that Helm's own
//! engine makes. It needs the tools of ../shared/tools; without them tests/run skips it, and says so.

mod generated;
mod metadata;
mod rendered;
mod schema;
mod worker_settings;

use std::path::{Path, PathBuf};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("helm")
}

fn read(name: &str) -> String {
    let path = folder().join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn is_updating() -> bool {
    std::env::var_os("UPDATE_FIXTURES").is_some()
}

/// Asserts that a file of helm/ has this text; with `UPDATE_FIXTURES`, writes it instead.
#[track_caller]
fn assert_current(name: &str, text: &str) {
    let path = folder().join(name);
    let found = std::fs::read_to_string(&path).unwrap_or_default();
    if found == text {
        return;
    }
    if is_updating() {
        std::fs::create_dir_all(path.parent().expect("it has one")).expect("made");
        std::fs::write(&path, text).expect("written");
        return;
    }
    let (line, old, new) = first_difference(&found, text);
    panic!(
        "helm/{name} is not what this version makes: from line {line}, it has\n  {old}\nin place of\n  {new}\n\
         If that is meant, run UPDATE_FIXTURES=1 tests/run chart, and look at the difference before it is committed."
    );
}

/// The number of the first line that differs, and both versions of it.
fn first_difference<'a>(old: &'a str, new: &'a str) -> (usize, &'a str, &'a str) {
    let end = std::iter::repeat("(the end)");
    let pairs = old.lines().chain(end.clone()).zip(new.lines().chain(end)).enumerate();
    let most = old.lines().count().max(new.lines().count()) + 1;
    let different = pairs.take(most).find(|(_, (old, new))| old != new);
    different.map_or((0, "other line ends", "these"), |(number, (old, new))| (number + 1, old, new))
}
