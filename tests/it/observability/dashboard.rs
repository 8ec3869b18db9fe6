//! Tests of the dashboard: Grafana can draw it, and each of its graphs has a description.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::{Value, json};

use super::exported::{by_prometheus, by_rabbitmq, by_worker};
use super::helm;
use super::query::{Labels, check};
use super::rules::promtool;
use crate::project::{assert_none, read};

const DASHBOARD: &str = "dashboards/pricing-worker.json";
const COLUMNS: u32 = 24;
/// The data source of each panel and variable.
const SOURCE: &str = "${datasource}";

#[derive(Deserialize)]
struct Dashboard {
    uid: String,
    annotations: List<Annotation>,
    templating: List<Variable>,
    panels: Vec<Panel>,
}

#[derive(Deserialize)]
struct List<T> {
    list: Vec<T>,
}

#[derive(Deserialize)]
struct Annotation {
    expr: String,
    datasource: Source,
}

#[derive(Deserialize)]
struct Variable {
    name: String,
    #[serde(rename = "type")]
    kind: String,
    definition: Option<String>,
    datasource: Option<Source>,
}

#[derive(Deserialize)]
struct Source {
    uid: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Panel {
    id: u32,
    #[serde(rename = "type")]
    kind: String,
    title: String,
    #[serde(default)]
    description: String,
    datasource: Option<Source>,
    grid_pos: Place,
    #[serde(default)]
    field_config: Value,
    #[serde(default)]
    targets: Vec<Target>,
}

#[derive(Deserialize, Clone, Copy)]
struct Place {
    x: u32,
    y: u32,
    w: u32,
    h: u32,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Target {
    ref_id: String,
    expr: String,
    legend_format: String,
}

impl Place {
    fn overlaps(self, other: Self) -> bool {
        let apart = |from: u32, size: u32, from_2: u32, size_2: u32| from + size <= from_2 || from_2 + size_2 <= from;
        !apart(self.x, self.w, other.x, other.w) && !apart(self.y, self.h, other.y, other.h)
    }
}

impl Dashboard {
    fn read() -> Self {
        serde_json::from_str(&read(helm(DASHBOARD))).unwrap_or_else(|error| panic!("helm/{DASHBOARD}: {error}"))
    }

    /// The panels that show data: not the titles of rows.
    fn graphs(&self) -> impl Iterator<Item = &Panel> {
        self.panels.iter().filter(|panel| panel.kind != "row")
    }

    fn variables(&self) -> impl Iterator<Item = &str> {
        self.templating.list.iter().map(|variable| variable.name.as_str())
    }

    /// A query as Grafana sends it, with a value for each variable.
    fn substitute(&self, query: &str) -> String {
        let query = query.replace("$__rate_interval", "1m");
        let query = self.variables().fold(query, |query, name| query.replace(&format!("${name}"), name));
        assert!(!query.contains('$'), "a variable that there is not: {query}");
        query
    }
}

/// Every query of the dashboard: of its panels, of its annotations, and of its variables. A variable's
/// `label_values(SELECTOR, LABEL)` becomes `count by (LABEL) (SELECTOR)`.
pub fn queries() -> Vec<String> {
    let dashboard = Dashboard::read();
    let of_variables = dashboard.templating.list.iter().filter_map(|variable| {
        let definition = variable.definition.as_ref()?;
        let inner = definition.strip_prefix("label_values(").and_then(|rest| rest.strip_suffix(')'));
        let (selector, label) = inner.and_then(|inner| inner.rsplit_once(", ")).expect("label_values(SELECTOR, LABEL)");
        Some(format!("count by ({label}) ({selector})"))
    });
    let of_annotations = dashboard.annotations.list.iter().map(|annotation| annotation.expr.clone());
    let of_panels = dashboard.graphs().flat_map(|panel| panel.targets.iter().map(|target| target.expr.clone()));
    let queries: Vec<String> = of_variables.chain(of_annotations).chain(of_panels).collect();
    queries.iter().map(|query| dashboard.substitute(query)).collect()
}

/// The other checks use a parser that is not Prometheus' own.
#[test]
fn prometheus_can_read_every_query() {
    let rules: Vec<Value> =
        queries().iter().map(|query| json!({ "record": "dashboard:query", "expr": query })).collect();
    let file = tempfile::NamedTempFile::new().expect("a file");
    // JSON is YAML.
    let text = json!({ "groups": [{ "name": "dashboard", "rules": rules }] }).to_string();
    std::fs::write(file.path(), text).expect("the queries");
    let arguments = ["check", "rules", "--lint=none"];
    promtool(&arguments, &[file.path().to_owned()]).unwrap_or_else(|said| panic!("promtool {arguments:?}:\n{said}"));
}

#[test]
fn panels_have_a_place_of_their_own() {
    let dashboard = Dashboard::read();
    assert_eq!(dashboard.uid, "pricing-worker", "links lead to it by its uid");
    let mut problems = Vec::new();
    for (number, panel) in dashboard.panels.iter().enumerate() {
        let Panel { id, title, grid_pos: place, .. } = panel;
        if place.w == 0 || place.h == 0 || place.x + place.w > COLUMNS {
            problems.push(format!("{title} does not fit into {COLUMNS} columns"));
        }
        for other in &dashboard.panels[..number] {
            if other.id == *id || other.title == *title {
                problems.push(format!("{title} and {} share an id or a title", other.title));
            }
            if place.overlaps(other.grid_pos) {
                problems.push(format!("{title} lies over {}", other.title));
            }
        }
    }
    assert_none("panels", &problems);
}

#[test]
fn four_graphs_come_first() {
    let dashboard = Dashboard::read();
    let first: Vec<(&str, u32)> =
        dashboard.panels[1..5].iter().map(|panel| (&*panel.title, panel.grid_pos.y)).collect();
    assert_eq!(first, [("Jobs by outcome", 1), ("Queue age", 1), ("Queue depth", 1), ("Room left", 1)]);
    assert!(dashboard.panels[5..].iter().all(|panel| panel.grid_pos.y > 1), "there are others in the first row");
}

#[test]
fn every_panel_explains_itself() {
    let dashboard = Dashboard::read();
    let mut problems = Vec::new();
    for panel in dashboard.graphs() {
        let unit = panel.field_config["defaults"]["unit"].as_str().unwrap_or_default();
        let references: BTreeSet<&str> = panel.targets.iter().map(|target| target.ref_id.as_str()).collect();
        for (holds, what) in [
            (!panel.title.is_empty(), "a title"),
            (panel.description.ends_with('.'), "a description in sentences"),
            (!unit.is_empty(), "a unit"),
            (panel.datasource.as_ref().is_some_and(|source| source.uid == SOURCE), "the variable as its data source"),
            (!panel.targets.is_empty() && references.len() == panel.targets.len(), "queries, each with its own refId"),
            (panel.targets.iter().all(|target| !target.legend_format.is_empty()), "a legend for each query"),
        ] {
            if !holds {
                problems.push(format!("{} needs {what}", panel.title));
            }
        }
    }
    assert_none("panels", &problems);
}

#[test]
fn variables_are_used_and_read_the_chosen_source() {
    let dashboard = Dashboard::read();
    let text = read(helm(DASHBOARD));
    for variable in &dashboard.templating.list {
        let name = &variable.name;
        let uses =
            [format!("${name}"), format!("${{{name}}}")].iter().map(|used| text.matches(used).count()).sum::<usize>();
        assert!(uses > 0, "nothing uses ${name}");
        let source = variable.datasource.as_ref().map(|source| source.uid.as_str());
        assert_eq!(source, (variable.kind == "query").then_some(SOURCE), "{name}");
    }
    assert!(dashboard.annotations.list.iter().all(|annotation| annotation.datasource.uid == SOURCE));
}

#[tokio::test]
async fn legends_name_labels_that_are_there() {
    let all = by_worker().and(by_rabbitmq().await).and(by_prometheus());
    let dashboard = Dashboard::read();
    let mut problems = Vec::new();
    for panel in dashboard.graphs() {
        for target in &panel.targets {
            let labels: Labels = check(&dashboard.substitute(&target.expr), &all).labels;
            let named = target.legend_format.split("{{").skip(1).filter_map(|rest| rest.split("}}").next());
            problems.extend(named.filter(|label| !labels.contains(*label)).map(|label| {
                format!("{}: {} names {label}, and there are {labels:?}", panel.title, target.legend_format)
            }));
            // Unnamed lines cannot be told apart.
            let unnamed = labels.iter().filter(|label| !target.legend_format.contains(label.as_str()));
            if panel.kind != "table" && unnamed.count() > 0 {
                problems.push(format!("{}: {} does not name all of {labels:?}", panel.title, target.legend_format));
            }
        }
    }
    assert_none("legends", &problems);
}
