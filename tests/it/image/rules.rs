//! Tests of the Dockerfile's text.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use super::dockerfile::{Dockerfile, Instruction, Stage, expand, ours};
use super::{context, output, repository};
use crate::cli::program;

/// hadolint as `tests/run` installs it, and no other, so that every machine runs the same version.
const HADOLINT: &str = "target/hadolint-2.15.1/bin/hadolint";

/// The stage that becomes the image.
fn last(file: &Dockerfile) -> &Stage {
    file.stages.last().expect("there are stages")
}

/// The labels of the image when it is built without arguments.
fn labels() -> BTreeMap<String, String> {
    let file = ours();
    let mut variables = file.arguments.clone();
    let mut labels = BTreeMap::new();
    for instruction in &last(&file).instructions {
        match instruction {
            Instruction::Arg(name, Some(value)) => _ = variables.insert(name.clone(), value.clone()),
            Instruction::Label(pairs) => labels.extend(
                pairs
                    .iter()
                    .map(|(name, value)| (name.clone(), expand(value, &variables).expect("its ARGs are there"))),
            ),
            _ => {}
        }
    }
    labels
}

#[test]
fn hadolint_passes() {
    let hadolint = |path: &Path| {
        let mut command = Command::new(repository().join(HADOLINT));
        command.args(["--no-color", "--failure-threshold", "style"]).arg(path);
        command.output().unwrap_or_else(|error| panic!("{HADOLINT}: {error}; tests/run installs it"))
    };
    let found = hadolint(&repository().join("Dockerfile"));
    assert!(
        found.status.success(),
        "{}{}",
        String::from_utf8_lossy(&found.stdout),
        String::from_utf8_lossy(&found.stderr)
    );

    // hadolint reports a faulty Dockerfile.
    let folder = tempfile::tempdir().expect("a folder");
    let spoiled = folder.path().join("Dockerfile");
    std::fs::write(&spoiled, "FROM debian\nRUN cd /tmp\n").expect("written");
    let found = hadolint(&spoiled);
    assert_eq!(found.status.code(), Some(1), "{}", String::from_utf8_lossy(&found.stderr));
    assert!(String::from_utf8_lossy(&found.stdout).contains("DL3006"), "an image without a tag");
}

#[test]
fn the_last_stage_only_adds_files_to_a_distroless_base() {
    let file = ours();
    let stage = last(&file);
    assert!(expand(&stage.base, &file.arguments).is_ok_and(|base| base.contains("/distroless/cc-")), "{}", stage.base);
    for instruction in &stage.instructions {
        // The image has no shell that could run a command.
        assert!(!matches!(instruction, Instruction::Run(_)), "{instruction:?}");
    }
    let users: Vec<_> = stage
        .instructions
        .iter()
        .filter_map(|i| if let Instruction::User(user) = i { Some(user) } else { None })
        .collect();
    let [user] = users[..] else { panic!("one USER, not {users:?}") };
    let ids: Vec<u32> = user.split(':').map(|id| id.parse().expect("a number, not a name")).collect();
    assert!(ids.len() == 2 && ids.iter().all(|&id| id != 0), "a user and a group that are not root: {user}");
    assert!(
        stage.instructions.contains(&Instruction::Cmd(vec!["run".into()])),
        "it is the worker, unless told otherwise"
    );
    assert!(stage.instructions.contains(&Instruction::StopSignal("SIGTERM".into())), "what `run` listens to");
}

#[test]
fn the_port_is_the_one_that_probes_are_answered_on() {
    let file = ours();
    let ports: Vec<_> = last(&file)
        .instructions
        .iter()
        .filter_map(|i| if let Instruction::Expose(port) = i { Some(format!("0.0.0.0:{port}")) } else { None })
        .collect();
    let checked = output(program().arg("check"), "");
    let admin = checked.lines().find_map(|line| line.strip_prefix("admin")).expect("`check` says it").trim();
    assert_eq!(ports, [admin]);
}

#[test]
fn both_bases_can_be_given_and_fit_each_other_and_the_program() {
    let file = ours();
    let bases: Vec<&str> = file.stages.iter().map(|stage| stage.base.as_str()).collect();
    assert_eq!(
        bases,
        ["${BUILD_IMAGE}", "${BUILD_IMAGE}", "dependencies", "${RUNTIME_IMAGE}"],
        "no base that a mirror cannot stand for"
    );
    let [build, runtime] = ["BUILD_IMAGE", "RUNTIME_IMAGE"].map(|name| file.arguments[name].as_str());
    let tag = build.rsplit(':').next().expect("a tag");
    let (rust, debian) = tag.split_once('-').expect("a version and a release of Debian");
    assert_eq!(rust, env!("CARGO_PKG_RUST_VERSION"), "the Rust of {build}; Cargo.toml has another");
    // The glibc that the program links against must not be newer than the one that it runs on.
    assert_eq!(debian, "slim-bookworm", "of Debian 12, as {runtime}; see program.rs, which holds its glibc");
    assert!(runtime.ends_with("/cc-debian12:nonroot"), "of Debian 12, as {build}: {runtime}");
}

#[test]
fn labels_say_what_the_package_says() {
    let labels = labels();
    let base = &ours().arguments["RUNTIME_IMAGE"];
    let expected = [
        ("title", env!("CARGO_PKG_NAME")),
        ("description", env!("CARGO_PKG_DESCRIPTION")),
        ("version", env!("CARGO_PKG_VERSION")),
        // The CAD kernel within the converter has one of its own.
        ("licenses", &format!("({}) AND LGPL-2.1-only", env!("CARGO_PKG_LICENSE"))),
        ("base.name", base),
        // Only the person who builds the image knows these.
        ("source", ""),
        ("revision", ""),
        ("created", ""),
    ];
    let expected = expected.map(|(name, value)| (format!("org.opencontainers.image.{name}"), value.to_owned()));
    assert_eq!(labels, expected.into(), "left: the Dockerfile's; right: Cargo.toml's");
}

#[test]
fn a_builder_is_sent_what_is_copied_and_nothing_else() {
    let file = ours();
    let copied: Vec<&String> = file
        .stages
        .iter()
        .flat_map(|stage| &stage.instructions)
        .filter_map(|i| if let Instruction::Copy { from: None, sources, .. } = i { Some(sources) } else { None })
        .flatten()
        .collect();
    let sent = context::files(&repository());
    for source in &copied {
        assert!(sent.iter().any(|path| path.starts_with(source)), "COPY {source}: .dockerignore leaves it out");
    }
    for path in &sent {
        assert!(copied.iter().any(|source| path.starts_with(source)), "{} is sent for nothing", path.display());
    }
}

/// docs/operations.md shows a build with a mirror and with labels: their names exist.
#[test]
fn the_documents_name_arguments_that_exist() {
    let file = ours();
    let document = std::fs::read_to_string(repository().join("docs/operations.md")).expect("there is one");
    let named: Vec<&str> =
        document.split("--build-arg ").skip(1).filter_map(|rest| rest.split_once('=')).map(|arg| arg.0).collect();
    for name in ["BUILD_IMAGE", "RUNTIME_IMAGE"] {
        assert!(named.contains(&name), "docs/operations.md shows no --build-arg {name}=");
    }
    for name in named {
        let declared = |i: &Instruction| matches!(i, Instruction::Arg(declared, _) if declared == name);
        assert!(
            file.arguments.contains_key(name) || last(&file).instructions.iter().any(declared),
            "docs/operations.md: the Dockerfile has no ARG {name}"
        );
    }
}
