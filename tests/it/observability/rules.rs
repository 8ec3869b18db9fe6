//! Tests of the alerts: the fields that each must have, and promtool's verdict on when they fire.

use std::collections::{BTreeMap, BTreeSet};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::Command;

use promql_parser::parser::{self, Expr};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::exported::{by_prometheus, by_rabbitmq, by_worker};
use super::helm;
use super::query::check;
use crate::project::{assert_none, read};

const RULES: &str = "rules/pricing-worker.yaml";

#[derive(Deserialize)]
struct RulesFile {
    groups: Vec<Group>,
}

#[derive(Deserialize)]
struct Group {
    rules: Vec<Alert>,
}

/// A rule of the file, which must be an alert.
#[derive(Deserialize)]
pub struct Alert {
    #[serde(rename = "alert")]
    pub name: String,
    pub expr: String,
    labels: BTreeMap<String, String>,
    annotations: BTreeMap<String, String>,
}

impl Alert {
    pub fn severity(&self) -> &str {
        self.labels.get("severity").map_or("none", String::as_str)
    }
}

#[derive(Deserialize)]
struct TestFile {
    tests: Vec<RuleTest>,
}

#[derive(Deserialize)]
struct RuleTest {
    name: String,
    input_series: Vec<Series>,
    promql_expr_test: Vec<Row>,
}

#[derive(Deserialize)]
struct Series {
    series: String,
}

/// A row of a promtool test: the alerts in `exp_samples` fire at that time.
#[derive(Deserialize)]
struct Row {
    expr: String,
    exp_samples: Vec<serde::de::IgnoredAny>,
}

/// Every alert.
pub fn alerts() -> Vec<Alert> {
    let file: RulesFile = yaml(RULES);
    file.groups.into_iter().flat_map(|group| group.rules).collect()
}

fn yaml<T: DeserializeOwned>(path: &str) -> T {
    serde_saphyr::from_str(&read(helm(path))).unwrap_or_else(|error| panic!("helm/{path}: {error}"))
}

/// The promtool test files, by their path below helm/.
fn test_files() -> Vec<String> {
    let folder = std::fs::read_dir(helm("rules/tests")).expect("helm/rules/tests can be read");
    let mut names: Vec<String> = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names.into_iter().map(|name| format!("rules/tests/{name}")).collect()
}

/// Runs promtool; returns its output if it fails.
pub fn promtool(arguments: &[&str], files: &[PathBuf]) -> Result<(), String> {
    let output =
        Command::new("promtool").args(arguments).args(files).output().unwrap_or_else(|error| match error.kind() {
            ErrorKind::NotFound => {
                panic!("promtool is not installed: tests/run installs it, or apt-get install prometheus")
            }
            _ => panic!("promtool: {error}"),
        });
    let said = [output.stdout, output.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    if output.status.success() { Ok(()) } else { Err(said) }
}

#[test]
fn promtool_can_read_the_rules() {
    let arguments = ["check", "rules", "--lint=all", "--lint-fatal"];
    promtool(&arguments, &[helm(RULES)]).unwrap_or_else(|said| panic!("promtool {arguments:?}:\n{said}"));
}

#[test]
fn alerts_fire_when_they_must_and_are_silent_when_not() {
    let files: Vec<PathBuf> = test_files().iter().map(|path| helm(path)).collect();
    promtool(&["test", "rules"], &files).unwrap_or_else(|said| panic!("promtool test rules:\n{said}"));
}

#[test]
fn a_threshold_that_is_moved_is_found() {
    let folder = tempfile::tempdir().expect("a folder");
    let tests = folder.path().join("tests/broker.yaml");
    std::fs::create_dir(folder.path().join("tests")).expect("a folder");
    std::fs::copy(helm("rules/tests/broker.yaml"), &tests).expect("a copy");
    let rules =
        read(helm(RULES)).replace("(avg_over_time(pricing_amqp_blocked[1m])) >= 0.5", "(pricing_amqp_blocked) >= 0.5");
    assert_ne!(rules, read(helm(RULES)), "the rule that is changed here is another one now");
    std::fs::write(folder.path().join("pricing-worker.yaml"), rules).expect("the changed rules");
    let said = promtool(&["test", "rules"], &[tests]).expect_err("a spike makes it fire");
    assert!(said.contains("FAILED") && said.contains("PricingPublisherBlocked"), "{said}");
}

#[test]
fn every_alert_says_how_bad_it_is_and_what_to_do() {
    let mut problems = Vec::new();
    for alert in alerts() {
        let name = &alert.name;
        if !["critical", "warning"].contains(&alert.severity()) {
            problems.push(format!("{name}: severity {}", alert.severity()));
        }
        for (annotation, parts) in [
            ("summary", &[][..]),
            ("description", &["$labels.job"]),
            ("runbook", &["Means: ", "\nLook first: ", "\n- "]),
        ] {
            let text = alert.annotations.get(annotation).map_or("", String::as_str);
            if text.is_empty() || parts.iter().any(|part| !text.contains(part)) {
                problems.push(format!("{name}: its {annotation} must have {parts:?}: {text:?}"));
            }
        }
    }
    assert_none("alerts that leave an operator alone", &problems);
}

#[tokio::test]
async fn an_alerts_text_names_labels_that_it_has() {
    let all = by_worker().and(by_rabbitmq().await).and(by_prometheus());
    let mut problems = Vec::new();
    for alert in alerts() {
        let labels = check(&alert.expr, &all).labels;
        for text in alert.annotations.values() {
            let named = text
                .split("$labels.")
                .skip(1)
                .map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next().expect("a split has a part"));
            problems.extend(
                named
                    .filter(|label| !labels.contains(*label))
                    .map(|label| format!("{}: no label {label}, but {labels:?}", alert.name)),
            );
        }
    }
    assert_none("texts with a hole", &problems);
}

/// Every alert has a test in which it fires and ends, and one in which it never fires though all its metrics exist.
#[test]
fn every_alert_is_tested_firing_over_and_silent() {
    let tests: Vec<RuleTest> = test_files().iter().flat_map(|path| yaml::<TestFile>(path).tests).collect();
    let everything = by_worker();
    let alerts = alerts();
    let mut problems = Vec::new();
    for alert in &alerts {
        let name = &alert.name;
        let (mut fires, mut is_over, mut is_silent) = (false, false, false);
        for test in &tests {
            let rows = test.promql_expr_test.iter().filter(|row| asks_for(row, name));
            let firing: Vec<bool> = rows.map(|row| !row.exp_samples.is_empty()).collect();
            match firing.iter().rposition(|firing| *firing) {
                Some(last) => {
                    fires |= firing.first() == Some(&false);
                    is_over |= last + 1 < firing.len();
                }
                None => is_silent |= !firing.is_empty() && has_all_of_worker(test, alert, &everything),
            }
        }
        for (holds, what) in [
            (fires, "first does not fire and then does"),
            (is_over, "no longer fires once it is over"),
            (is_silent, "never fires, though all that it reads of the worker is there"),
        ] {
            if !holds {
                problems.push(format!("{name}: there is no test in which it {what}"));
            }
        }
    }
    for test in &tests {
        if !test.promql_expr_test.iter().all(|row| alerts.iter().any(|alert| asks_for(row, &alert.name))) {
            problems.push(format!("{:?} asks for no alert that exists", test.name));
        }
    }
    assert_none("alerts that are not tested", &problems);
}

/// Whether a row asks whether this alert fires.
fn asks_for(row: &Row, alert: &str) -> bool {
    row.expr == format!("ALERTS{{alertname={alert:?}, alertstate=\"firing\"}}")
}

/// Whether a test has every worker metric that an alert reads.
fn has_all_of_worker(test: &RuleTest, alert: &Alert, everything: &super::exposition::Exported) -> bool {
    let given: BTreeSet<String> = test.input_series.iter().filter_map(|series| metric(&series.series)).collect();
    let read = check(&alert.expr, everything).metrics;
    read.iter().filter(|name| everything.metric(name).is_ok()).all(|name| given.contains(name))
}

fn metric(series: &str) -> Option<String> {
    match parser::parse(series) {
        Ok(Expr::VectorSelector(selector)) => selector.name,
        _ => None,
    }
}

#[test]
fn nothing_else_lies_among_the_rules() {
    let extension = |path: &String| Path::new(path).extension().is_some_and(|extension| extension == "yaml");
    assert!(test_files().iter().all(extension), "promtool is given helm/rules/tests/*.yaml: {:?}", test_files());
}
