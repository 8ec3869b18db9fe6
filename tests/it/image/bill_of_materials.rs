//! Checks the software bill of materials, made by the command in docs/operations.md, against the crates that cargo links.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;

use serde_json::Value;

use super::stages::Image;
use super::{context, output, repository};

/// The packages linked into the program, without its own: `name@version`, from `cargo metadata`.
fn linked() -> BTreeSet<String> {
    let target = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let mut command = Command::new("cargo");
    command.args(["metadata", "--locked", "--format-version", "1", "--filter-platform", &target]);
    let metadata: Value = serde_json::from_str(&output(command.current_dir(repository()), "")).expect("JSON");
    let list = |value: &Value| value.as_array().expect("a list").clone();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    // By id: the dependencies that belong neither to a build script nor to a test.
    let nodes: BTreeMap<String, Vec<String>> = list(&metadata["resolve"]["nodes"])
        .iter()
        .map(|node| {
            let normal = |dep: &&Value| list(&dep["dep_kinds"]).iter().any(|kind| kind["kind"].is_null());
            let deps = list(&node["deps"]).iter().filter(normal).map(|dep| text(&dep["pkg"])).collect();
            (text(&node["id"]), deps)
        })
        .collect();
    let own = text(&metadata["resolve"]["root"]);
    let mut seen = BTreeSet::from([own.clone()]);
    let mut next = vec![own.clone()];
    while let Some(id) = next.pop() {
        next.extend(nodes[&id].iter().filter(|dep| seen.insert((*dep).clone())).cloned());
    }
    list(&metadata["packages"])
        .iter()
        .filter(|package| seen.contains(package["id"].as_str().expect("an id")) && package["id"] != own.as_str())
        .map(|package| format!("{}@{}", text(&package["name"]), text(&package["version"])))
        .collect()
}

/// Cargo and the bill count proc macros as linked: the code that they generate is in the program.
#[test]
#[ignore = "long: tests/run --long"]
fn the_documented_command_lists_everything_that_is_linked_with_its_licence() {
    let document = fs::read_to_string(repository().join("docs/operations.md")).expect("there is one");
    let command = document.lines().find(|line| line.starts_with("cargo cyclonedx "));
    let command = command.expect("docs/operations.md has a line that begins with `cargo cyclonedx`");
    let command = command.split(" #").next().unwrap_or(command).trim();

    // The bill is written among the files that the image is built from, where it leaves nothing behind.
    let folder = Image::folder().join("bill-of-materials");
    if folder.exists() {
        fs::remove_dir_all(&folder).expect("what an earlier run made is taken away");
    }
    for file in context::files(&repository()) {
        let to = folder.join(&file);
        fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
        fs::copy(repository().join(&file), to).expect("copied");
    }
    let mut shell = Command::new("sh");
    shell.args(["-e", "-c", command]).current_dir(&folder);
    output(&mut shell, "tests/run --long installs cargo-cyclonedx");

    let written = fs::read_to_string(folder.join("pricing-worker.cdx.json")).expect("the command says that it is here");
    let bill: Value = serde_json::from_str(&written).expect("JSON");
    assert_eq!(bill["bomFormat"], "CycloneDX");
    assert_eq!(bill["metadata"]["component"]["version"], env!("CARGO_PKG_VERSION"));
    let components = bill["components"].as_array().expect("components");
    let name = |component: &Value| format!("{}@{}", component["name"], component["version"]).replace('"', "");
    let listed: BTreeSet<String> = components.iter().map(name).collect();
    let linked = linked();
    assert!(linked.len() > 100, "cargo metadata was misread: {linked:?}");
    let missing: Vec<_> = linked.difference(&listed).collect();
    assert!(missing.is_empty(), "linked into the program, and not in the bill of materials: {missing:?}");
    let besides: Vec<_> = listed.difference(&linked).collect();
    assert!(besides.is_empty(), "in the bill of materials, and not linked into the program: {besides:?}");
    for component in components {
        let licences = component["licenses"].as_array().map_or(0, Vec::len);
        assert!(licences > 0, "no licence: {component}");
        assert!(component["purl"].as_str().is_some_and(|purl| purl.starts_with("pkg:cargo/")), "no purl: {component}");
        assert!(component["hashes"][0]["content"].is_string(), "no checksum: {component}");
    }
}
