//! The shape of DESIGN.md, held against the sources: the core is pure, arrows point down, files stay small.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The modules that know nothing of the world around them.
const PURE: [&str; 7] = ["appraise", "contract", "driver", "format", "mesh", "pricing", "quantity"];
/// What they must not name: the world.
const WORLD: [&str; 14] = [
    "tokio",
    "lapin",
    "aws",
    "s3",
    "axum",
    "tracing",
    "futures_util",
    "std::env",
    "std::time",
    "std::fs",
    "std::net",
    "std::io::stdin",
    "Timestamp::now",
    "SystemTime",
];
/// The client libraries, which configuration does not know: it stands below the adapters that use them.
const CLIENTS: [&str; 6] = ["tokio", "lapin", "aws", "axum", "opentelemetry", "tracing"];
/// The only source that asks the system for the environment, and what it asks for.
const ENVIRONMENT: (&str, [&str; 4]) =
    ("config/environment.rs", ["std::env", "env::var", "env::var_os", "available_parallelism"]);
/// Each module, and the modules of this crate that it may use. Arrows point down only.
const LAYERS: [(&str, &[&str]); 14] = [
    ("contract", &[]),
    ("quantity", &[]),
    ("mesh", &[]),
    ("format", &["mesh", "contract"]),
    ("driver", &["mesh", "quantity", "contract"]),
    ("pricing", &["driver", "quantity", "contract"]),
    ("appraise", &["format", "pricing", "driver", "mesh", "contract"]),
    ("worker", &["appraise", "pricing", "contract"]),
    ("config", &[]),
    ("adapter", &["config", "worker", "contract"]),
    ("telemetry", &["config"]),
    ("admin", &["worker"]),
    ("cli", &["adapter", "admin", "appraise", "config", "contract", "pricing", "telemetry", "worker"]),
    ("main", &["cli", "config"]),
];
/// Lines of a source file, tests within it aside. Past this it does two things.
const MOST_LINES: usize = 350;

/// Every source of a module by its path, without comments and without its unit tests.
fn sources() -> BTreeMap<PathBuf, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    walkdir::WalkDir::new(&root)
        .into_iter()
        .map(|entry| entry.expect("the sources can be read").into_path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a source can be read");
            (path.strip_prefix(&root).expect("it is below the root").to_owned(), code(&text))
        })
        .collect()
}

/// The code of a source: no comments, and nothing after the start of its unit tests.
fn code(text: &str) -> String {
    let text = text.split("#[cfg(test)]\nmod ").next().unwrap_or(text);
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}

/// The module that a source belongs to: the first folder, or the file's own name.
fn module(path: &Path) -> String {
    let first = path.iter().next().expect("a path has a first part");
    Path::new(first).file_stem().expect("and a name").to_string_lossy().into_owned()
}

/// Every path that code names, with the groups of `use` taken apart: `std::{fs, io::Read}` is `std::fs`, `std::io::Read`.
fn paths(code: &str) -> Vec<String> {
    let mut prefixes: Vec<String> = Vec::new();
    let mut current = String::new();
    let mut found = Vec::new();
    for character in code.chars() {
        match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '_' | ':' => current.push(character),
            '{' if current.ends_with("::") => prefixes.push(std::mem::take(&mut current)),
            '{' => {
                // A block, not a group: nothing in it continues what stands before it.
                current.clear();
                prefixes.push(String::new());
            }
            _ => {
                let path = std::mem::take(&mut current);
                if !path.trim_matches(':').is_empty() {
                    let group = prefixes.iter().rposition(String::is_empty).map_or(0, |block| block + 1);
                    found.push(prefixes[group..].concat() + path.trim_start_matches(':'));
                }
                if character == '}' {
                    prefixes.pop();
                }
            }
        }
    }
    found.push(current);
    found
}

/// Whether a path is a name or leads through it, at the borders of its parts: `aws` is in `aws_sdk_s3::Client`, and
/// `std::env` in `std::env::var`; `env!` and `laws` are not meant.
fn names(path: &str, name: &str) -> bool {
    let after = |rest: &str| rest.is_empty() || rest.starts_with("::") || rest.starts_with('_');
    path.match_indices(name).any(|(at, _)| {
        let before = &path[..at];
        (before.is_empty() || before.ends_with("::")) && after(&path[at + name.len()..])
    })
}

/// Every place where one of these sources names one of these names.
fn namings(is_meant: impl Fn(&Path) -> bool, wanted: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for (path, code) in sources().into_iter().filter(|(path, _)| is_meant(path)) {
        let is_named = |named: &String| wanted.iter().any(|name| names(named, name));
        found.extend(paths(&code).into_iter().filter(is_named).map(|named| format!("{}: {named}", path.display())));
    }
    found
}

#[test]
fn the_core_is_pure() {
    let wrong = namings(|path| PURE.contains(&module(path).as_str()), &WORLD);
    assert!(wrong.is_empty(), "pure modules name the world:\n{}", wrong.join("\n"));
}

#[test]
fn configuration_knows_no_client() {
    let mut wrong = namings(|path| module(path) == "config", &CLIENTS);
    // Without a path behind it, it is a word in a text: a help names them.
    wrong.retain(|found| found.contains("::"));
    assert!(wrong.is_empty(), "configuration names a client library:\n{}", wrong.join("\n"));
}

#[test]
fn the_environment_is_read_in_one_place() {
    let (place, reads) = ENVIRONMENT;
    let wrong = namings(|path| path != Path::new(place), &reads);
    assert!(wrong.is_empty(), "only src/{place} may ask for the environment:\n{}", wrong.join("\n"));
    let right = namings(|path| path == Path::new(place), &reads);
    for read in ["std::env", "available_parallelism"] {
        assert!(right.iter().any(|found| found.contains(read)), "src/{place} does not ask for {read}: {right:?}");
    }
}

#[test]
fn arrows_point_down() {
    let mut wrong = Vec::new();
    for (path, code) in sources() {
        let module = module(&path);
        if module == "lib" {
            continue;
        }
        let Some((_, below)) = LAYERS.iter().find(|(name, _)| *name == module) else {
            wrong.push(format!("{}: module {module} is in no layer; add it to this test", path.display()));
            continue;
        };
        for used in paths(&code) {
            let target = used.strip_prefix("crate::").or_else(|| used.strip_prefix("pricing_worker::"));
            let Some(target) = target.and_then(|target| target.split("::").next()) else { continue };
            let known = LAYERS.iter().any(|(name, _)| *name == target);
            if known && target != module && !below.contains(&target) {
                wrong.push(format!("{}: {module} -> {target}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that point up or aside:\n{}", wrong.join("\n"));
}

/// Rooms of the shell by the start of their paths, and what none of their sources may name.
const ROOMS: [(&str, &[&str]); 5] = [
    // Settling knows nothing of models.
    ("worker/settle", &["crate::appraise", "crate::contract", "crate::worker::consume"]),
    // A job knows nothing of acknowledgements, routes and retries.
    (
        "worker/job",
        &[
            "crate::worker::settle",
            "crate::worker::consume",
            "crate::worker::ports::MessagePort",
            "crate::worker::ports::Delivery",
            "crate::worker::ports::Outgoing",
            "crate::worker::ports::Route",
            "crate::worker::ports::Tier",
        ],
    ),
    ("worker/consume", &["crate::appraise", "crate::contract"]),
    // What is asked about a model is known to the jobs alone.
    ("worker/observe", &["crate::appraise", "crate::contract::Request", "crate::contract::ModelRef"]),
    ("adapter", &["crate::contract::Request", "crate::contract::ModelRef"]),
];

#[test]
fn the_rooms_of_the_shell_keep_apart() {
    let sources = sources();
    let mut wrong = Vec::new();
    for (room, strangers) in ROOMS {
        let inside: Vec<_> = sources.iter().filter(|(path, _)| path.starts_with(room)).collect();
        assert!(!inside.is_empty(), "there is no {room}");
        for (path, code) in inside {
            let used = paths(code);
            let named = strangers.iter().filter(|name| used.iter().any(|path| names(path, name)));
            wrong.extend(named.map(|name| format!("{}: {name}", path.display())));
        }
    }
    assert!(wrong.is_empty(), "rooms that know of others:\n{}", wrong.join("\n"));
}

#[test]
fn files_stay_small() {
    let long: Vec<_> = sources()
        .into_iter()
        .map(|(path, code)| (code.lines().count(), path))
        .filter(|(lines, _)| *lines > MOST_LINES)
        .collect();
    assert!(long.is_empty(), "more than {MOST_LINES} lines of code: {long:?}");
    let main = fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("src/main.rs")).expect("there is a main");
    assert!(main.lines().count() < 100, "the composition root grows");
}

#[test]
fn what_the_checks_look_for_is_found() {
    // Code; a name; whether the code names it.
    let table = [
        ("use std::fs;", "std::fs", true),
        ("use std::{fmt, fs};", "std::fs", true),
        ("use std::{io::{self, Read}, time::Instant};", "std::time", true),
        ("fn f() { let now = std::time::Instant::now(); }", "std::time", true),
        ("use aws_sdk_s3::Client;", "aws", true),
        ("tokio::spawn(x)", "tokio", true),
        ("jiff::Timestamp::now()", "Timestamp::now", true),
        ("const V: &str = env!(\"CARGO_PKG_VERSION\");", "std::env", false),
        ("use std::{env, thread};", "std::env", true),
        ("let cores = std::thread::available_parallelism();", "available_parallelism", true),
        ("use std::fmt; mod fs {}", "std::fs", false),
        ("let laws = draws;", "aws", false),
        ("use crate::{mesh::Part, pricing};", "crate::pricing", true),
    ];
    for (code, name, expected) in table {
        assert_eq!(paths(code).iter().any(|path| names(path, name)), expected, "{code}: {name}: {:?}", paths(code));
    }
}
