//! Tests that the documents' tables are complete: every code, command, metric and alert is in its table.

use std::collections::BTreeSet;

use pricing_worker::contract::{RejectionCode, schema};
use pricing_worker::worker::settle::DeliveryError;
use serde_json::Value;

use super::markdown::rows;
use crate::cli::program;
use crate::project::{read, root};

/// The code words in the first column of the table with this head.
fn first_column(document: &str, head: &str) -> BTreeSet<String> {
    let text = read(document);
    assert!(text.lines().any(|line| line == head), "{document} has no table {head}");
    let table = rows(text.lines().skip_while(|line| *line != head));
    table.iter().flat_map(|row| row[0].split(", ").map(str::to_owned).collect::<Vec<_>>()).collect()
}

#[test]
fn every_rejection_code_is_explained() {
    let all: BTreeSet<String> = RejectionCode::ALL.iter().map(ToString::to_string).collect();
    assert_eq!(first_column("docs/messages.md", "| code | means |"), all);
}

#[test]
fn every_finding_is_explained() {
    let completed: Value = serde_json::to_value(schema("completed").expect("there is one")).expect("JSON");
    let codes = completed["$defs"]["FindingCode"]["oneOf"].as_array().expect("a list of codes");
    let all: BTreeSet<_> = codes.iter().map(|code| code["const"].as_str().expect("a code").to_owned()).collect();
    assert_eq!(first_column("docs/messages.md", "| finding | severity | means |"), all);
}

#[test]
fn every_reason_of_a_dead_letter_is_explained() {
    let all: BTreeSet<_> = DeliveryError::DEAD_LETTERED.iter().map(|reason| (*reason).to_owned()).collect();
    assert_eq!(first_column("docs/messages.md", "| reason | means |"), all);
}

#[test]
fn every_alert_is_in_the_runbook_with_its_severity() {
    let rules = std::fs::read_to_string(root().join("helm/rules/pricing-worker.yaml")).expect("there are rules");
    let rules: Value = serde_saphyr::from_str(&rules).expect("YAML");
    let alerts =
        rules["groups"].as_array().expect("groups").iter().flat_map(|group| group["rules"].as_array().expect("rules"));
    let all: BTreeSet<_> = alerts
        .map(|rule| format!("{} {}", rule["alert"].as_str().unwrap(), rule["labels"]["severity"].as_str().unwrap()))
        .collect();
    assert_eq!(first_column("docs/operations.md", "| alert | fires when | first thing to do |"), all);
}

#[test]
fn every_metric_is_listed() {
    let listed = first_column("docs/operations.md", "| name | what |");
    let listed: BTreeSet<_> = listed.iter().map(|name| name.split('{').next().expect("a name")).collect();
    // The sources name each metric in quotes; other tests compare exported metrics with the alerts and the dashboard.
    let mut missing = BTreeSet::new();
    for source in walkdir::WalkDir::new(root().join("src/worker/observe")) {
        let source = source.expect("the sources can be read");
        let Ok(text) = std::fs::read_to_string(source.path()) else { continue };
        let text = text.split("#[cfg(test)]\nmod ").next().expect("a first part").to_owned();
        let names = text.split('"').filter(|word| {
            (word.starts_with("pricing_") || word.starts_with("messaging_"))
                && word.chars().all(|letter| letter.is_ascii_lowercase() || letter == '_')
        });
        missing.extend(names.filter(|name| !listed.contains(name)).map(str::to_owned));
    }
    assert!(missing.is_empty(), "docs/operations.md, Metrics, leaves out {missing:?}");
}

#[test]
fn every_command_is_in_the_readme() {
    let help = String::from_utf8(program().arg("--help").output().expect("it starts").stdout).expect("UTF-8");
    let commands = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let commands =
        commands.filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' '))?.split(' ').next());
    let all: BTreeSet<_> = commands.filter(|command| *command != "help").map(str::to_owned).collect();
    let named = first_column("README.md", "| command | does |");
    let named: BTreeSet<_> =
        named.iter().map(|command| command.split(' ').next().expect("a word").to_owned()).collect();
    assert_eq!(named, all);
}

/// The changelog has this version, and lists for every version the messages and the price book that it reads.
#[test]
fn the_changelog_has_this_version_and_the_versions_of_what_others_rely_on() {
    let text = read("CHANGELOG.md");
    let versions: Vec<_> = text.split("\n## [").skip(1).collect();
    assert!(versions.iter().any(|version| version.starts_with(concat!(env!("CARGO_PKG_VERSION"), "]"))));
    for version in versions {
        let line = version.lines().nth(2).unwrap_or_default();
        assert!(line.starts_with("Messages v") && line.contains("price book schema "), "CHANGELOG.md: {line:?}");
    }
}
