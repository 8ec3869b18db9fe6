//! Tests of the documents: links and paths lead to files, examples match the program, tables are complete.

mod examples;
mod markdown;
mod reference;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use self::markdown::{headings, links, slug};
use crate::project::{assert_none, read, root};

/// The most lines of README.md.
const README_LINES: usize = 200;
/// The folders whose files the documents name by their path.
const FOLDERS: [&str; 6] = ["benches/", "docs/", "fixtures/", "fuzz/", "src/", "tests/"];
/// Paths that exist only after a build or a run, or that name a file for the reader to make.
const MADE: [&str; 1] = ["fuzz/artifacts"];

/// The documents, by their path below the root: README.md and the files beside it, those in docs/, and the chart's own.
fn documents() -> Vec<PathBuf> {
    let markdown = |folder: &Path| {
        let entries = fs::read_dir(folder).expect("the folder can be read");
        let paths = entries.map(|entry| entry.expect("an entry").path());
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "md")).collect::<Vec<_>>()
    };
    let all =
        [root().to_owned(), root().join("docs"), root().join("helm")].into_iter().flat_map(|folder| markdown(&folder));
    let mut all: Vec<_> = all.map(|path| path.strip_prefix(root()).expect("it is below the root").to_owned()).collect();
    all.sort();
    all
}

#[test]
fn the_readme_is_a_page() {
    let lines = read("README.md").lines().count();
    assert!(lines <= README_LINES, "README.md has {lines} lines; at most {README_LINES}: the rest goes to docs/");
}

#[test]
fn every_document_is_reached_from_the_readme() {
    let readme = read("README.md");
    let linked: BTreeSet<_> = links(&readme).into_iter().map(|link| PathBuf::from(file_of(&link).0)).collect();
    let lost: Vec<_> = documents()
        .into_iter()
        .filter(|path| path != Path::new("README.md") && !linked.contains(path))
        .map(|path| path.display().to_string())
        .collect();
    assert_none("documents that README.md does not link to", &lost);
}

#[test]
fn every_relative_link_leads_to_a_file_and_a_heading() {
    let mut problems = Vec::new();
    for document in documents() {
        let text = read(&document);
        for link in links(&text).iter().filter(|link| !link.contains("://") && !link.starts_with("mailto:")) {
            let (file, heading) = file_of(link);
            let target = if file.is_empty() {
                document.clone()
            } else {
                document.parent().expect("a document is in a folder").join(file)
            };
            if !root().join(&target).exists() {
                problems.push(format!("{}: {link}: there is no such file", document.display()));
            } else if let Some(heading) = heading
                && !headings(&read(&target)).iter().any(|found| slug(found) == heading)
            {
                problems.push(format!("{}: {link}: there is no such heading", document.display()));
            }
        }
    }
    assert_none("links that lead nowhere", &problems);
}

/// The file and the heading of a link.
fn file_of(link: &str) -> (&str, Option<&str>) {
    link.split_once('#').map_or((link, None), |(file, heading)| (file, Some(heading)))
}

#[test]
fn every_path_that_is_named_exists() {
    let mut problems = Vec::new();
    for document in documents() {
        // The chart's README names files below helm/.
        let base = if document.starts_with("helm") { root().join("helm") } else { root().to_owned() };
        for path in paths(&read(&document)) {
            if !root().join(&path).exists() && !base.join(&path).exists() {
                problems.push(format!("{}: {path}", document.display()));
            }
        }
    }
    assert_none("paths that are not there", &problems);
}

/// The paths below [`FOLDERS`] that a text names, each starting at its folder.
fn paths(text: &str) -> Vec<String> {
    let is_part = |character: char| character.is_ascii_alphanumeric() || "_-./".contains(character);
    let words = text.split(|character: char| !is_part(character));
    let named = words.map(|word| word.trim_start_matches("./").trim_end_matches(['.', '/']));
    let named = named.filter(|word| FOLDERS.iter().any(|folder| word.starts_with(folder)));
    named.filter(|word| !MADE.iter().any(|made| word.starts_with(made))).map(str::to_owned).collect()
}

/// The documents name the image with this version.
#[test]
fn the_image_has_this_version() {
    let mut problems = Vec::new();
    for document in documents() {
        let text = read(&document);
        let tags = text
            .split("pricing-worker:")
            .skip(1)
            .filter(|rest| rest.starts_with(|letter: char| letter.is_ascii_digit()));
        let tags = tags
            .map(|rest| rest.split(|letter: char| letter != '.' && !letter.is_ascii_digit()).next().expect("a part"));
        let others = tags.filter(|tag| *tag != env!("CARGO_PKG_VERSION"));
        problems.extend(others.map(|tag| format!("{}: pricing-worker:{tag}", document.display())));
    }
    assert_none("images of another version", &problems);
}

#[test]
fn what_the_checks_look_for_is_found() {
    let text =
        "See [a](docs/a.md#one), `src/lib.rs`, src/worker/, and ![p](b.svg).\n```sh\n[no](link)\n```\n# One: two's\n";
    assert_eq!(links(text), ["docs/a.md#one", "b.svg"]);
    assert_eq!(paths(text), ["docs/a.md", "src/lib.rs", "src/worker"]);
    assert_eq!(headings(text).iter().map(|heading| slug(heading)).collect::<Vec<_>>(), ["one-twos"]);
}

/// docs/terminal.svg shows the program's output on a terminal.
#[test]
fn the_picture_of_a_terminal_is_what_the_program_prints() {
    let program = env!("CARGO_BIN_EXE_pricing-worker");
    let mut drawing = Command::new("python3");
    drawing.arg(root().join("docs/terminal.py")).args(["--program", program]);
    if std::env::var_os("UPDATE_FIXTURES").is_none() {
        drawing.arg("--check");
    }
    let drawn = drawing.output().expect("python3 is installed: tests/run installs it");
    let said = String::from_utf8_lossy(&drawn.stderr);
    assert!(drawn.status.success(), "{said}\nIf that is meant: UPDATE_FIXTURES=1 tests/run documents");
}
