//! Tests of the structure in ARCHITECTURE.md: the core is pure, dependencies point down, rooms stay separate, files
//! stay small.

mod named_paths;
mod rooms;
mod sources;

use std::path::Path;

use self::named_paths::named_paths;
use self::sources::{Source, leads_to, lines_of_code, rust_files, sources};
use crate::project::{read, root};

/// The modules without I/O and environment.
const PURE: [&str; 9] =
    ["appraise", "contract", "driver", "format", "measure", "mesh", "pricing", "quantity", "section"];
/// The parts of the standard library and of allowed libraries that do I/O, which pure modules must not name.
/// [`shell_libraries`] are the shell's libraries.
const WORLD: [&str; 13] = [
    "std::env",
    "std::fs",
    "std::io::stdin",
    "std::io::stdout",
    "std::io::stderr",
    "std::net",
    "std::os",
    "std::process",
    "std::thread",
    "std::time",
    "jiff::Timestamp::now",
    "jiff::Zoned::now",
    "jiff::tz::TimeZone::system",
];
/// The client libraries, which configuration must not name: it stands below the adapters that use them. All of the AWS
/// SDK's crates begin with `aws`, all of OpenTelemetry's with `opentelemetry`.
const CLIENTS: [&str; 6] = ["aws", "axum", "lapin", "opentelemetry", "tokio", "tracing"];
/// The only source that reads the system's environment, and the functions that read it.
const ENVIRONMENT: &str = "config/environment.rs";
const ENVIRONMENT_READS: [&str; 2] = ["std::env", "std::thread::available_parallelism"];
/// Each module, and the modules of this crate that it may use. Dependencies point down only.
const LAYERS: [(&str, &[&str]); 16] = [
    ("contract", &[]),
    ("quantity", &["contract"]),
    ("mesh", &[]),
    ("section", &["mesh"]),
    ("measure", &["mesh"]),
    ("format", &["mesh", "contract"]),
    ("driver", &["measure", "mesh", "quantity", "contract"]),
    ("pricing", &["driver", "quantity", "contract"]),
    ("appraise", &["format", "pricing", "driver", "mesh", "contract"]),
    ("worker", &["appraise", "pricing", "mesh", "contract"]),
    ("config", &[]),
    ("adapter", &["config", "worker", "contract"]),
    ("telemetry", &["config"]),
    ("admin", &["worker"]),
    (
        "cli",
        &[
            "adapter",
            "admin",
            "appraise",
            "config",
            "contract",
            "mesh",
            "pricing",
            "quantity",
            "section",
            "telemetry",
            "worker",
        ],
    ),
    ("main", &["cli", "config"]),
];
/// The most lines of code of a source file, without its tests. A longer file does two things.
const MOST_LINES: usize = 300;

/// Every place where one of these sources uses a forbidden name.
fn namings(is_meant: impl Fn(&Source) -> bool, is_wrong: impl Fn(&str) -> bool) -> Vec<String> {
    let meant = sources().iter().filter(|source| is_meant(source));
    let named = meant.flat_map(|source| source.names.iter().map(move |name| (source, name)));
    named
        .filter(|(_, name)| is_wrong(name))
        .map(|(source, name)| format!("{}: {name}", source.path.display()))
        .collect()
}

/// The libraries that Cargo.toml lists for the shell, by their names in code.
fn shell_libraries() -> Vec<String> {
    let manifest = read("Cargo.toml");
    let after = manifest.split_once("\n# The shell.\n").expect("Cargo.toml says which libraries are the shell's").1;
    let listed = after.split_once("\n[").expect("a section follows the libraries").0.lines();
    let listed = listed.filter(|line| !line.starts_with('#')).filter_map(|line| line.split_once(" = "));
    listed.map(|(name, _)| name.replace('-', "_")).collect()
}

#[test]
fn the_core_is_pure() {
    let shell = shell_libraries();
    assert!(shell.iter().any(|name| name == "tokio"), "tokio is the shell's: {shell:?}");
    let world = || shell.iter().map(String::as_str).chain(WORLD);
    let wrong =
        namings(|source| PURE.contains(&source.module.as_str()), |name| world().any(|world| leads_to(name, world)));
    assert!(wrong.is_empty(), "pure modules name the world:\n{}", wrong.join("\n"));
}

#[test]
fn configuration_knows_no_client() {
    let wrong = namings(
        |source| source.module == "config",
        |name| CLIENTS.iter().any(|client| name.split("::").next().is_some_and(|library| library.starts_with(client))),
    );
    assert!(wrong.is_empty(), "configuration names a client library:\n{}", wrong.join("\n"));
}

#[test]
fn the_environment_is_read_in_one_place() {
    let reads = |name: &str| ENVIRONMENT_READS.iter().any(|read| leads_to(name, read));
    let wrong = namings(|source| source.path != Path::new(ENVIRONMENT), reads);
    assert!(wrong.is_empty(), "only src/{ENVIRONMENT} may ask for the environment:\n{}", wrong.join("\n"));
    let right = namings(|source| source.path == Path::new(ENVIRONMENT), reads);
    for read in ENVIRONMENT_READS {
        assert!(right.iter().any(|found| found.contains(read)), "src/{ENVIRONMENT} does not ask for {read}: {right:?}");
    }
}

#[test]
fn arrows_point_down() {
    let mut wrong = Vec::new();
    for source in sources().iter().filter(|source| source.module != "lib") {
        let Some((module, below)) = LAYERS.iter().find(|(name, _)| *name == source.module) else {
            wrong.push(format!("{}: {} is in no layer; add it to this test", source.path.display(), source.module));
            continue;
        };
        let targets = source.names.iter().filter_map(|name| name.strip_prefix("crate::")?.split("::").next());
        for target in targets.filter(|target| target != module && !below.contains(target)) {
            wrong.push(format!("{}: {module} -> {target}", source.path.display()));
        }
    }
    assert!(wrong.is_empty(), "arrows that point up or aside:\n{}", wrong.join("\n"));
}

#[test]
fn files_stay_small() {
    for Source { path, lines, .. } in sources() {
        assert!(*lines <= MOST_LINES, "{}: {lines} lines of code, and at most {MOST_LINES}", path.display());
    }
    assert!(read("src/main.rs").lines().count() < 100, "the composition root grows");
}

#[test]
fn no_source_includes_another_by_its_path_or_allows_dead_code() {
    let mut count = 0;
    for file in rust_files(root()) {
        count += 1;
        let file_parsed = syn::parse_file(&read(&file)).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        let mut forbidden = ForbiddenAttributes::default();
        syn::visit::Visit::visit_file(&mut forbidden, &file_parsed);
        assert!(forbidden.found.is_empty(), "{}: {:?}", file.display(), forbidden.found);
    }
    assert!(count > sources().len(), "tests, benches and fuzz targets are looked at too");
}

/// Attributes that include a source by its path, or that keep dead code without a reason.
#[derive(Default)]
struct ForbiddenAttributes {
    found: Vec<String>,
}

impl<'ast> syn::visit::Visit<'ast> for ForbiddenAttributes {
    fn visit_attribute(&mut self, attribute: &'ast syn::Attribute) {
        if attribute.path().is_ident("path") {
            self.found.push("#[path]".into());
        }
        if let syn::Meta::List(list) = &attribute.meta {
            let tokens = list.tokens.to_string();
            let is = |word: &str| attribute.path().is_ident(word);
            let keeps_dead_code = ["allow", "expect", "cfg_attr"].into_iter().any(is) && tokens.contains("dead_code");
            // The compiler reports an `expect` that is no longer needed.
            let is_reasoned = is("expect") && tokens.contains("reason =");
            if keeps_dead_code && !is_reasoned || is("cfg_attr") && tokens.contains("path =") {
                self.found.push(format!("#[… {tokens}]"));
            }
        }
    }
}

#[test]
fn what_the_checks_look_for_is_found() {
    // Code; a name; whether the code names it.
    let table = [
        ("use std::fs;", "std::fs", true),
        ("use std::{fmt, fs};", "std::fs", true),
        ("use std::{io::{self, Read}, time::Instant};", "std::time", true),
        ("use std::fs::{self};", "std::fs", true),
        ("use std::*;", "std::fs", true),
        ("use std::fmt::*;", "std::fs", false),
        ("fn f() { let now = std::time::Instant::now(); }", "std::time", true),
        ("use std as s; fn f() { s::fs::read(\"x\"); }", "std::fs", true),
        ("use std::{self as s}; fn f() -> s::time::Instant {}", "std::time", true),
        ("use jiff as clock; fn f() { use clock::Timestamp as T; T::now() }", "jiff::Timestamp::now", true),
        ("use jiff::Timestamp; fn f(now: Timestamp) {}", "jiff::Timestamp::now", false),
        ("use aws_sdk_s3::Client;", "aws_sdk_s3", true),
        ("extern crate tokio as t;", "tokio", true),
        ("fn f() { tokio::spawn(x) }", "tokio", true),
        ("#[tokio::main] async fn main() {}", "tokio", true),
        ("#[derive(serde::Serialize)] struct S;", "serde", true),
        ("fn f() { println!(\"{}\", std::fs::read(x)); }", "std::fs", true),
        ("use std::fs; fn f() { vec![fs::read(x)] }", "std::fs::read", true),
        ("macro_rules! m { () => { use std::{fmt, env}; } }", "std::env", true),
        ("macro_rules! m { ($t:ty) => { <$t as crate::pricing::Book>::new() } }", "crate::pricing", true),
        ("fn f() -> impl Iterator<Item = std::net::IpAddr> {}", "std::net", true),
        ("fn f(x: <T as tokio::Trait>::Out) {}", "tokio", true),
        ("fn f() { match x { crate::pricing::Fault::One => {} } }", "crate::pricing", true),
        ("const V: &str = env!(\"CARGO_PKG_VERSION\");", "std::env", false),
        ("use std::{env, thread};", "std::env", true),
        ("fn f() { std::thread::available_parallelism(); }", "std::thread::available_parallelism", true),
        ("use std::fmt; mod fs {}", "std::fs", false),
        ("fn f() { let laws = draws; }", "aws", false),
        ("fn f(bytes: &[u8]) { bytes.len(); g(bytes) }", "bytes", false),
        ("fn f() { format!(\"tokio::spawn\"); /* std::fs */ }", "tokio", false),
        ("use crate::{mesh::Part, pricing};", "crate::pricing", true),
        ("use super::weld::weld;", "crate::mesh::weld", true),
        ("use super::super::pricing;", "crate::pricing", true),
        ("use self::near::Part;", "crate::mesh::room::near", true),
        ("mod near; fn f() { near::part() }", "crate::mesh::room::near::part", true),
        ("mod inner { fn f() { super::super::weld() } }", "crate::mesh::weld", true),
        ("fn f() { pricing_worker::cli::run() }", "crate::cli", true),
        ("#[cfg(test)] mod tests { use std::fs; }", "std::fs", false),
        ("#[cfg(test)] use std::fs;", "std::fs", false),
        ("#[cfg(not(test))] use std::fs;", "std::fs", true),
        ("#[cfg(feature = \"x\")] mod armed { use std::fs; }", "std::fs", true),
    ];
    for (code, name, expected) in table {
        let named = named_paths(code, "crate::mesh::room");
        assert_eq!(named.iter().any(|path| leads_to(path, name)), expected, "{code}: {name}: {named:?}");
    }
}

#[test]
fn lines_of_tests_and_comments_are_no_code() {
    let table = [
        ("fn f() {}\n", 1),
        ("//! A\n\nfn f() {}\n", 2),
        ("fn f() {}\n#[cfg(test)]\nmod tests {\n    fn g() {}\n}\n", 1),
        ("#[cfg(test)]\nmod tests {\n    fn g() {}\n}\nfn f() {}\n", 1),
    ];
    for (code, lines) in table {
        assert_eq!(lines_of_code(code), lines, "{code}");
    }
}

#[test]
fn attributes_that_are_forbidden_are_found() {
    let table = [
        ("#[path = \"a.rs\"] mod a;", true),
        ("#[allow(dead_code)] fn f() {}", true),
        ("#![allow(unused, dead_code)]", true),
        ("struct S { #[expect(dead_code)] x: u8 }", true),
        ("#[expect(dead_code, reason = \"of a schema\")] struct S;", false),
        ("#[allow(dead_code, reason = \"of a schema\")] struct S;", true),
        ("#[cfg_attr(windows, path = \"a.rs\")] mod a;", true),
        ("#[cfg_attr(windows, allow(dead_code))] fn f() {}", true),
        ("mod a; // #[path]", false),
        ("#[allow(clippy::pedantic)] fn f() {}", false),
    ];
    for (code, expected) in table {
        let mut forbidden = ForbiddenAttributes::default();
        syn::visit::Visit::visit_file(&mut forbidden, &syn::parse_file(code).expect("it is Rust"));
        assert_eq!(!forbidden.found.is_empty(), expected, "{code}: {:?}", forbidden.found);
    }
}
