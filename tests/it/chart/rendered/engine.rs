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
use super::super::schema::{Node, nested};
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

fn parse(text: &str) -> Vec<Value> {
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

/// The values of a case file.
fn case(path: &Path) -> (String, Value) {
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
    paths.into_par_iter().map(|path| case(&path)).map(|(name, values)| render(name, values, &[])).collect()
});

/// The rendering of each boolean value inverted, and of each allowed word that is not the default.
static SWITCHED: LazyLock<Vec<Rendered>> = LazyLock::new(|| {
    let mut switches = Vec::new();
    for (path, node) in Node::root().walk() {
        let choices = match &node.default {
            Some(Value::Bool(on)) => vec![json!(!on)],
            _ => node.words.clone().unwrap_or_default(),
        };
        let others = choices.into_iter().filter(|choice| Some(choice) != node.default.as_ref());
        switches.extend(others.map(|choice| (path.clone(), choice)));
    }
    let render_one = |(path, choice): (String, Value)| render(format!("{path}={choice}"), nested(&path, choice), &[]);
    switches.into_par_iter().map(render_one).collect()
});

/// All renderings, for rules that hold for any values.
pub fn everything() -> impl Iterator<Item = &'static Rendered> {
    CASES.iter().chain(SWITCHED.iter())
}

/// A copy of the chart in which the test's pod and the notes are manifests. The rest of the chart is unchanged.
static SHOWN: LazyLock<TempDir> = LazyLock::new(|| {
    values_are_current();
    let copy = tempfile::tempdir().expect("a folder");
    let mut files = Vec::new();
    for entry in walkdir::WalkDir::new(folder()) {
        let entry = entry.expect("an entry");
        if entry.file_type().is_file() {
            files.push(entry.path().strip_prefix(folder()).expect("it is below").to_owned());
        }
    }
    let write = |path: &Path, text: &str| {
        let path = copy.path().join(path);
        std::fs::create_dir_all(path.parent().expect("it has one")).expect("made");
        std::fs::write(path, text).expect("written");
    };
    for path in files {
        let text = read(path.to_str().expect("UTF-8"));
        match path.to_str().expect("UTF-8") {
            "templates/NOTES.txt" => write("templates/notes.yaml".as_ref(), &notes(&text)),
            "templates/tests/check.yaml" => write(&path, &text.replace("helm.sh/hook: test", "shown: hook")),
            "rules/pricing-worker.yaml" => write(&path, "groups: [] # The rules are in rules/pricing-worker.yaml.\n"),
            "dashboards/pricing-worker.json" => write(&path, "(dashboards/pricing-worker.json)\n"),
            _ => write(&path, &text),
        }
    }
    copy
});

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
    for case in ["defaults", "everything"] {
        let shown = CASES.iter().find(|shown| shown.name == case).expect("the case is there");
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
        assert_eq!(without_files(&shown.manifests), without_files(&installed), "{case}");
    }
}

#[test]
fn the_rules_and_the_dashboard_are_taken_over_as_they_are() {
    let values = json!({ "prometheusRule": { "enabled": true }, "dashboard": { "enabled": true } });
    let text = try_render(&folder(), &values, &[]).expect("it renders");
    let manifests = parse(&text);
    let rules: Value = serde_saphyr::from_str(&read("rules/pricing-worker.yaml")).expect("YAML");
    let rule = manifests.iter().find(|manifest| manifest["kind"] == "PrometheusRule").expect("it is there");
    assert_eq!(rule["spec"], rules);
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
    let ran = helm(&folder(), ["--lint"]);
    let objections: Vec<_> = ran.stdout.lines().filter(|line| !line.starts_with("info: ")).collect();
    assert!(ran.succeeded && objections.is_empty(), "{}{}", ran.stdout, ran.stderr);
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
