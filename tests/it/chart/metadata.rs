//! Tests of Chart.yaml: what it says of the program is what Cargo.toml says.

use serde_json::{Value, json};

use super::read;

fn chart() -> Value {
    serde_saphyr::from_str(&read("Chart.yaml")).expect("Chart.yaml is YAML")
}

/// An annotation of Artifact Hub's that is YAML itself.
fn annotation(name: &str) -> Value {
    let text = chart()["annotations"][format!("artifacthub.io/{name}")].as_str().map(str::to_owned);
    let text = text.unwrap_or_else(|| panic!("helm/Chart.yaml has no annotation artifacthub.io/{name}"));
    serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("artifacthub.io/{name}: {error}"))
}

#[test]
fn it_is_the_programs_version_and_home() {
    let (chart, version) = (chart(), env!("CARGO_PKG_VERSION"));
    let [home, source] = [env!("CARGO_PKG_HOMEPAGE"), env!("CARGO_PKG_REPOSITORY")];
    let is_prerelease = version.contains('-').to_string();
    let table = [
        ("/version", json!(version)),
        ("/appVersion", json!(version)),
        ("/home", json!(home)),
        ("/sources", json!([source])),
        ("/maintainers", json!([{ "name": "The pricing-worker authors", "url": home }])),
        ("/icon", json!(format!("{source}/raw/main/docs/icon.svg"))),
        ("/annotations/artifacthub.io~1license", json!(env!("CARGO_PKG_LICENSE"))),
        ("/annotations/artifacthub.io~1prerelease", json!(is_prerelease)),
    ];
    for (path, expected) in table {
        assert_eq!(chart.pointer(path), Some(&expected), "helm/Chart.yaml: {path} follows from Cargo.toml");
    }
    assert!(super::folder().join("../docs/icon.svg").is_file(), "docs/icon.svg, which `icon` leads to");
}

#[test]
fn artifact_hub_can_read_its_annotations() {
    let image = format!("pricing-worker:{}", env!("CARGO_PKG_VERSION"));
    assert_eq!(annotation("images"), json!([{ "name": "pricing-worker", "image": image }]));
    for link in annotation("links").as_array().expect("a list") {
        assert!(
            link["name"].is_string() && link["url"].as_str().is_some_and(|url| url.starts_with("https://")),
            "{link}"
        );
    }
    let changes = annotation("changes");
    let kinds = ["added", "changed", "deprecated", "removed", "fixed", "security"];
    for change in changes.as_array().expect("a list") {
        assert!(kinds.iter().any(|kind| change["kind"] == *kind), "{change}: one of {kinds:?}");
        assert!(change["description"].is_string(), "{change}: it has to be one text");
    }
}
