//! The rendering engine: `render` for a chart and values, and the cases that several tests share, rendered once.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{LazyLock, Once};

use rayon::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::super::generated::values_are_current;
use super::super::schema::{Node, merge, nested};
use super::super::{folder, read};
use super::{Rendered, name};

/// The newest Kubernetes release whose schemas the tests use.
const NEWEST: &str = "1.34";

/// The outcome of a tool's run.
struct Ran {
    succeeded: bool,
    stdout: String,
    stderr: String,
}

fn tool<A: AsRef<OsStr>>(tool: &str, arguments: impl IntoIterator<Item = A>, input: &str) -> Ran {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/tools").join(tool);
    let mut command = Command::new(&path);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|error| {
        panic!("{}: {error}: it needs python3 and python3-venv, which tests/run installs", path.display())
    });
    let mut stdin = child.stdin.take().expect("it is piped");
    // Neither tool writes before it has read all of its input.
    stdin.write_all(input.as_bytes()).expect("it reads its input");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let text = |bytes| String::from_utf8(bytes).expect("it writes UTF-8");
    Ran { succeeded: output.status.success(), stdout: text(output.stdout), stderr: text(output.stderr) }
}

/// The first run makes the tool's Python environment; this lock keeps two from making it at once.
static PREPARED: Once = Once::new();

fn helm<A: AsRef<OsStr>>(chart: &Path, arguments: impl IntoIterator<Item = A>) -> Ran {
    let run = |arguments: Vec<&OsStr>| tool("helm-render", arguments, "");
    PREPARED.call_once(|| drop(run(vec![folder().as_os_str(), "--lint".as_ref()])));
    let arguments: Vec<_> = arguments.into_iter().collect();
    let further = arguments.iter().map(AsRef::as_ref);
    run(std::iter::once(chart.as_os_str()).chain(further).collect())
}

/// Renders a chart with values on top of its defaults, or returns Helm's refusal.
pub fn try_render(chart: &Path, values: &Value, options: &[&str]) -> Result<String, String> {
    values_are_current();
    let values = values.to_string();
    let ran = helm(chart, options.iter().copied().chain(["--set-json", &values]));
    if ran.succeeded { Ok(ran.stdout) } else { Err(ran.stderr) }
}

/// Renders the copy of the chart in which all parts are manifests.
pub fn render(name: impl Into<String>, values: Value, options: &[&str]) -> Rendered {
    let name = name.into();
    let text = try_render(SHOWN.path(), &values, options).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
    Rendered { manifests: parse(&text), name, values, text }
}

pub fn parse(text: &str) -> Vec<Value> {
    let manifests: Vec<Value> = serde_saphyr::from_multiple(text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    manifests.into_iter().filter(|manifest| !manifest.is_null()).collect()
}

/// The problems that manifest-check finds in manifests.
fn problems(manifests: &str, kubernetes: &str) -> Result<(), String> {
    static ONE_AT_A_TIME: std::sync::Mutex<()> = std::sync::Mutex::new(());
    let _first = ONE_AT_A_TIME.lock();
    let ran = tool("manifest-check", ["--kubernetes", kubernetes], manifests);
    if ran.succeeded { Ok(()) } else { Err(format!("{}{}", ran.stdout, ran.stderr)) }
}

/// Asserts that each manifest fits the schema of its kind.
pub fn assert_valid(manifests: &str) {
    problems(manifests, NEWEST).unwrap_or_else(|problems| panic!("{problems}"));
}

/// The name and the values of a case file.
fn read_case(path: &Path) -> (String, Value) {
    let text = std::fs::read_to_string(path).expect("a case");
    let values: Option<Value> =
        serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let name = path.file_stem().expect("a name").to_str().expect("UTF-8").to_owned();
    (name, values.filter(|values| !values.is_null()).unwrap_or(json!({})))
}

/// The rendered cases of helm/tests/cases, in the order of their names.
pub static CASES: LazyLock<Vec<Rendered>> = LazyLock::new(|| {
    let entries = std::fs::read_dir(folder().join("tests/cases")).expect("helm/tests/cases");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.sort();
    paths.into_par_iter().map(|path| read_case(&path)).map(|(name, values)| render(name, values, &[])).collect()
});

/// A rendered case, by its name.
pub fn case(name: &str) -> &'static Rendered {
    CASES.iter().find(|case| case.name == name).unwrap_or_else(|| panic!("helm/tests/cases has no {name}.yaml"))
}

/// A choice of a value, by its path.
type Choice = (String, Value);

/// The values that must go with a choice.
fn companions((path, choice): &Choice) -> Value {
    match (path.as_str(), choice.as_str()) {
        ("keda.authenticationRef.kind", Some("ClusterTriggerAuthentication")) => {
            json!({ "keda": { "authenticationRef": { "name": "rabbitmq" } } })
        }
        ("dnsPolicy", Some("None")) => json!({ "dnsConfig": { "nameservers": ["192.0.2.53"] } }),
        _ => json!({}),
    }
}

/// Every choice of the schema that is not the default: the other of a boolean, and each other word.
fn switches() -> Vec<Choice> {
    let mut switches = Vec::new();
    for (path, node) in Node::root().walk() {
        let choices = match &node.default {
            Some(Value::Bool(on)) => vec![json!(!on)],
            _ => node.words.clone().unwrap_or_default(),
        };
        let others = choices.into_iter().filter(|choice| Some(choice) != node.default.as_ref());
        switches.extend(others.map(|choice| (path.clone(), choice)));
    }
    switches
}

/// The values for some choices at once.
fn values_of(choices: &[Choice]) -> Value {
    let mut values = json!({});
    for choice in choices {
        merge(&mut values, nested(&choice.0, choice.1.clone()));
        merge(&mut values, companions(choice));
    }
    values
}

/// The choices of the schema, each alone, and all together: every switch on, every switch off, every last word.
static SWITCHED: LazyLock<Vec<Rendered>> = LazyLock::new(|| {
    let all_at = |on: bool| {
        let booleans = Node::root().walk().into_iter().filter(|(_, node)| matches!(node.default, Some(Value::Bool(_))));
        values_of(&booleans.map(|(path, _)| (path, json!(on))).collect::<Vec<_>>())
    };
    let words: Vec<_> = switches().into_iter().filter(|(_, choice)| !choice.is_boolean()).collect();
    let mut together = all_at(true);
    merge(&mut together, values_of(&words));
    let together = [
        ("all on".to_owned(), all_at(true)),
        ("all off".to_owned(), all_at(false)),
        ("all words".to_owned(), together),
    ];
    let alone = switches().into_iter().map(|choice| (format!("{}={}", choice.0, choice.1), values_of(&[choice])));
    let all: Vec<_> = together.into_iter().chain(alone).collect();
    all.into_par_iter().map(|(name, values)| render(name, values, &[])).collect()
});

/// Takes a value away, at a path with dots.
fn take_away(values: &mut Value, path: &str) {
    let (group, name) = path.rsplit_once('.').unwrap_or(("", path));
    let group =
        if group.is_empty() { Some(values) } else { values.pointer_mut(&format!("/{}", group.replace('.', "/"))) };
    group.and_then(Value::as_object_mut).expect("it was given").remove(name);
}

/// All renderings, for rules that hold for any values.
pub fn everything() -> impl Iterator<Item = &'static Rendered> {
    CASES.iter().chain(SWITCHED.iter())
}

/// A copy of the chart in which the test's pod and the notes are manifests. The rest of the chart is unchanged.
static SHOWN: LazyLock<TempDir> = LazyLock::new(|| {
    values_are_current();
    let copy = copied(|path, text| match path {
        "templates/tests/check.yaml" => text.replace(r#""helm.sh/hook" "test""#, r#""shown" "hook""#),
        "rules/pricing-worker.yaml" => "groups: [] # The rules are in rules/pricing-worker.yaml.\n".into(),
        "dashboards/pricing-worker.json" => "(dashboards/pricing-worker.json)\n".into(),
        _ => text,
    });
    let templates = copy.path().join("templates");
    let text = std::fs::read_to_string(templates.join("NOTES.txt")).expect("it was copied");
    std::fs::remove_file(templates.join("NOTES.txt")).expect("removed");
    std::fs::write(templates.join("notes.yaml"), notes(&text)).expect("written");
    copy
});

/// A copy of the chart whose files are changed, by their paths.
fn copied(change: impl Fn(&str, String) -> String) -> TempDir {
    let copy = tempfile::tempdir().expect("a folder");
    for entry in walkdir::WalkDir::new(folder()) {
        let entry = entry.expect("an entry");
        let path = entry.path().strip_prefix(folder()).expect("it is below");
        if entry.file_type().is_dir() {
            std::fs::create_dir_all(copy.path().join(path)).expect("made");
        } else {
            let path = path.to_str().expect("UTF-8");
            std::fs::write(copy.path().join(path), change(path, read(path))).expect("written");
        }
    }
    copy
}

/// NOTES.txt as a manifest, with the files that a packaged chart has beside its templates.
fn notes(text: &str) -> String {
    format!(
        r#"{{{{ define "notes" -}}}}{text}{{{{ end -}}}}
apiVersion: v1
kind: ConfigMap
metadata:
  name: shown-notes
data:
  {{{{- dict "NOTES.txt" (include "notes" .) | toYaml | nindent 2 }}}}
  {{{{- $files := list }}}}{{{{ range $path, $_ := .Files.Glob "**" }}}}{{{{ $files = append $files $path }}}}{{{{ end }}}}
  files: {{{{ sortAlpha $files | join " " }}}}
"#
    )
}

/// Whether only the copy of the chart has this manifest.
fn is_of_the_copy(manifest: &Value) -> bool {
    manifest["kind"] == "Pod" || name(manifest) == "shown-notes"
}

#[test]
fn what_is_shown_is_what_is_installed() {
    for shown in ["defaults", "everything"].map(case) {
        let installed = parse(&try_render(&folder(), &shown.values, &[]).expect("it renders"));
        let without_files = |manifests: &[Value]| {
            let kept = manifests.iter().filter(|manifest| !is_of_the_copy(manifest)).cloned();
            let mut kept: Vec<_> = kept.filter(|manifest| manifest["kind"] != "PrometheusRule").collect();
            for manifest in &mut kept {
                if name(manifest).ends_with("-dashboard") {
                    manifest["data"] = Value::Null;
                }
            }
            kept
        };
        assert_eq!(without_files(&shown.manifests), without_files(&installed), "{}", shown.name);
    }
}

#[test]
fn every_value_is_in_a_case() {
    // `alerts` tests the values of each alert, of which the cases show none.
    let values = Node::root().walk().into_iter().filter(|(path, _)| !path.starts_with("prometheusRule.alerts"));
    let left_out: Vec<_> = values
        .filter(|(_, node)| node.group().is_none())
        .filter(|(path, node)| !CASES.iter().any(|case| Some(&case.value(path)) != node.default.as_ref()))
        .map(|(path, _)| path)
        .collect();
    assert_eq!(
        left_out,
        Vec::<String>::new(),
        "set each in one of helm/tests/cases, to another value than its default"
    );
}

#[test]
#[ignore = "it renders the chart once for each value: more than a minute"]
fn every_value_changes_what_is_rendered() {
    let values = Node::root().walk().into_iter().filter(|(path, _)| !path.starts_with("prometheusRule.alerts"));
    let without_effect: Vec<_> = values
        .collect::<Vec<_>>()
        .into_par_iter()
        .filter(|(_, node)| node.group().is_none())
        .filter(|(path, node)| {
            let given = CASES.iter().filter(|case| Some(&case.value(path)) != node.default.as_ref());
            let has_effect = |case: &Rendered| {
                let mut values = case.values.clone();
                take_away(&mut values, path);
                // A refusal is an effect.
                try_render(SHOWN.path(), &values, &[]).map_or(true, |text| text != case.text)
            };
            !given.into_iter().any(has_effect)
        })
        .map(|(path, _)| path)
        .collect();
    assert_eq!(without_effect, Vec::<String>::new(), "no manifest shows these values");
}

#[test]
fn the_dashboard_is_taken_over_as_it_is() {
    let text = try_render(&folder(), &json!({ "dashboard": { "enabled": true } }), &[]).expect("it renders");
    let manifests = parse(&text);
    let dashboard = manifests.iter().find(|manifest| name(manifest).ends_with("-dashboard")).expect("it is there");
    assert_eq!(dashboard["data"]["pricing-worker.json"], read("dashboards/pricing-worker.json"));
    serde_json::from_str::<Value>(&read("dashboards/pricing-worker.json")).expect("the dashboard is JSON");
    assert_valid(&text);
}

#[test]
fn every_manifest_is_of_its_kind_in_the_oldest_and_the_newest_kubernetes() {
    let chart: Value = serde_saphyr::from_str(&read("Chart.yaml")).expect("YAML");
    let oldest = chart["kubeVersion"].as_str().and_then(|range| range.strip_prefix(">=")?.strip_suffix(".0-0"));
    let oldest = oldest.expect("helm/Chart.yaml: kubeVersion is >=N.N.0-0");
    // Most manifests are the same in most renderings.
    let manifests: BTreeSet<_> =
        everything().flat_map(|rendered| rendered.text.split("\n---\n")).map(str::trim).collect();
    assert!(manifests.len() > 50, "only {} different manifests", manifests.len());
    let manifests = Vec::from_iter(manifests).join("\n---\n");
    for kubernetes in [oldest, NEWEST] {
        if let Err(problems) = problems(&manifests, kubernetes) {
            let bad: Vec<_> = problems.lines().filter(|line| !line.starts_with("ok ")).collect();
            panic!("Kubernetes {kubernetes}:\n{}", bad.join("\n"));
        }
    }
}

#[test]
fn helm_has_nothing_to_say_against_the_chart() {
    values_are_current();
    // The tool prints Helm's messages, and fails where Helm has none: the copy lacks the icon, which Helm recommends.
    let copy = copied(|path, text| {
        let without_icon = || text.lines().filter(|line| !line.starts_with("icon: ")).map(|line| format!("{line}\n"));
        if path == "Chart.yaml" { without_icon().collect() } else { text }
    });
    let ran = helm(copy.path(), ["--lint"]);
    assert!(ran.succeeded, "{}{}", ran.stdout, ran.stderr);
    assert_eq!(ran.stdout.lines().count(), 1, "{}", ran.stdout);
    assert!(ran.stdout.starts_with("info: "), "{}", ran.stdout);
}

#[test]
fn the_package_has_what_the_templates_read_and_no_tests() {
    let defaults = CASES.first().expect("cases");
    let notes =
        defaults.all("ConfigMap").into_iter().find(|manifest| name(manifest) == "shown-notes").expect("it is there");
    let files: Vec<_> = notes["data"]["files"].as_str().expect("text").split(' ').collect();
    for wanted in ["README.md", "rules/pricing-worker.yaml", "dashboards/pricing-worker.json"] {
        assert!(files.contains(&wanted), "{wanted} is not in the package: {files:?}");
    }
    let tests: Vec<_> = files.iter().filter(|file| file.contains("tests/")).collect();
    assert!(tests.is_empty(), "helm/.helmignore lets tests into the package: {tests:?}");
}
