//! The build context: the files of this repository that `.dockerignore` does not exclude.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The rules of a `.dockerignore`, in order: the last one that matches a file decides.
#[derive(Debug)]
pub struct Rules(Vec<Rule>);

#[derive(Debug)]
struct Rule {
    /// The parts of a path; `*` in a part stands for any characters.
    pattern: Vec<String>,
    /// Whether the rule starts with `!`: it includes the files that it matches.
    sent: bool,
}

impl Rules {
    pub fn parse(text: &str) -> Result<Self, String> {
        let lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
        let rule = |line: &str| {
            let (pattern, sent) = line.strip_prefix('!').map_or((line, false), |pattern| (pattern, true));
            let pattern: Vec<_> = pattern.split('/').map(str::to_owned).collect();
            let unknown =
                |part: &String| ["", ".", "..", "**"].contains(&part.as_str()) || part.contains(['?', '[', '\\', '!']);
            if pattern.iter().any(unknown) { Err(format!("not known: {line}")) } else { Ok(Rule { pattern, sent }) }
        };
        lines.map(rule).collect::<Result<_, _>>().map(Self)
    }

    /// Whether a file is in the context. A rule that matches a folder matches everything below it, and, unlike in git,
    /// a later rule can include a file of an excluded folder.
    fn send(&self, path: &Path) -> bool {
        let parts: Vec<_> = path.iter().map(|part| part.to_str().expect("paths here are UTF-8")).collect();
        let fits = |rule: &&Rule| {
            rule.pattern.len() <= parts.len()
                && rule.pattern.iter().zip(&parts).all(|(pattern, part)| part_fits(pattern, part))
        };
        self.0.iter().rfind(fits).is_none_or(|rule| rule.sent)
    }
}

/// Whether a part of a path matches a pattern.
fn part_fits(pattern: &str, part: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == part,
        Some((start, rest)) => part
            .strip_prefix(start)
            .is_some_and(|left| left.char_indices().any(|(at, _)| part_fits(rest, &left[at..])) || part_fits(rest, "")),
    }
}

/// The files in the context, by their paths within the repository.
pub fn files(repository: &Path) -> BTreeSet<PathBuf> {
    let path = repository.join(".dockerignore");
    let rules = fs::read_to_string(&path).map_err(|error| error.to_string()).and_then(|text| Rules::parse(&text));
    let rules = rules.unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    // An excluded `target` is not walked: it has gigabytes, and changes during the walk.
    let large = |entry: &walkdir::DirEntry| {
        entry.depth() == 1 && entry.file_name() == "target" && !rules.send(Path::new("target"))
    };
    walkdir::WalkDir::new(repository)
        .into_iter()
        .filter_entry(|entry| !large(entry))
        .map(|entry| entry.expect("the repository can be read"))
        .filter(|entry| !entry.file_type().is_dir())
        .map(|entry| entry.path().strip_prefix(repository).expect("it is below").to_owned())
        .filter(|path| rules.send(path))
        .collect()
}

#[test]
fn rules_are_followed_as_a_builder_follows_them() {
    let ours = "# All but:\n*\n!src\n!LICENSE-*\n!deep/er/one.toml\nsrc/*.tmp\n";
    // Rules; a path; whether it is in the context.
    let table = [
        ("", "anything", true),
        ("target", "target/debug/x", false),
        ("target", "targets", true),
        ("target", "deep/target", true),
        ("*.md", "README.md", false),
        ("*.md", "docs/README.md", true),
        ("*/*.md", "docs/README.md", false),
        ("a*c*e", "abcde", false),
        ("a*c*e", "ace", false),
        ("a*c*e", "aec", true),
        (ours, "src/main.rs", true),
        (ours, "src/deep/main.rs", true),
        (ours, "src/x.tmp", false),
        (ours, "LICENSE-MIT", true),
        (ours, "README.md", false),
        (ours, ".git", false),
        (ours, "deep/er/one.toml", true),
        (ours, "deep/er/two.toml", false),
        (ours, "deep/other", false),
    ];
    for (rules, path, sent) in table {
        assert_eq!(Rules::parse(rules).expect("rules").send(Path::new(path)), sent, "{path} by {rules:?}");
    }
    for unknown in ["**/x", "/x", "a?", "[ab]", "a/../b", "!!a"] {
        assert!(Rules::parse(unknown).is_err(), "{unknown}");
    }
}
