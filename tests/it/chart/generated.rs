//! Generates values.yaml and the table in helm/README.md from values.schema.json, the source of every chart value, and
//! checks them.

use std::fmt::Write;
use std::sync::Once;

use serde_json::Value;

use super::schema::Node;
use super::{assert_current, read};

/// The width of a comment in values.yaml.
const WIDTH: usize = 110;

/// Maps with free names that the operator chooses. Every other unknown name is refused.
const FREE_MAPS: [&str; 13] = [
    "commonAnnotations",
    "commonLabels",
    "dashboard.annotations",
    "dashboard.labels",
    "extraEnv",
    "global",
    "nodeSelector",
    "otlp.resourceAttributes",
    "podAnnotations",
    "podLabels",
    "prometheusRule.labels",
    "serviceAccount.annotations",
    "serviceMonitor.labels",
];

/// Values that null takes away, and what that means then. Every other value must stay.
const NULLABLE: [&str; 2] = ["podSecurityContext.runAsUser", "podSecurityContext.runAsGroup"];

/// Writes values.yaml or compares it with the schema: once, before any test renders with it.
pub fn values_are_current() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let mut yaml =
            "# Made from values.schema.json by `UPDATE_FIXTURES=1 tests/run chart`: change it there.\n".to_owned();
        write_values(&mut yaml, Node::root(), 0);
        assert_current("values.yaml", &yaml);
    });
}

fn write_values(yaml: &mut String, group: &Node, depth: usize) {
    let indent = "  ".repeat(depth);
    for (name, node) in group.group().expect("a group") {
        if depth == 0 {
            yaml.push('\n');
        }
        for line in wrapped(&meaning(node), WIDTH - indent.len()) {
            let _ = writeln!(yaml, "{indent}# {line}");
        }
        if node.group().is_some() {
            let _ = writeln!(yaml, "{indent}{name}:");
            write_values(yaml, node, depth + 1);
        } else {
            let default = node.default.as_ref().unwrap_or_else(|| panic!("{name} has no default"));
            let _ = writeln!(yaml, "{indent}{name}: {}", plain(default));
        }
    }
}

/// The description of a value, and its allowed words.
fn meaning(node: &Node) -> String {
    let description = node.description.clone().unwrap_or_default();
    let Some(words) = &node.words else { return description };
    let words: Vec<_> = words.iter().map(|word| format!("`{}`", plain(word))).collect();
    if words.iter().all(|word| description.contains(word)) {
        return description;
    }
    format!("{description} One of {}.", words.join(", "))
}

/// A value as YAML in one line: JSON, which is YAML, but with plain words unquoted.
fn plain(value: &Value) -> String {
    let is_word = |text: &str| {
        let starts_as_one = text.starts_with(|first: char| first.is_ascii_alphabetic());
        starts_as_one && text.chars().all(|letter| letter.is_ascii_alphanumeric() || "-._/".contains(letter))
    };
    match value {
        Value::String(text) if is_word(text) => text.clone(),
        Value::Array(items) => format!("[{}]", items.iter().map(plain).collect::<Vec<_>>().join(", ")),
        Value::Object(fields) if fields.is_empty() => "{}".to_owned(),
        Value::Object(fields) => {
            let fields: Vec<_> = fields.iter().map(|(name, value)| format!("{name}: {}", plain(value))).collect();
            format!("{{ {} }}", fields.join(", "))
        }
        other => other.to_string(),
    }
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let line = lines.last_mut().expect("there is one");
        if line.is_empty() {
            line.push_str(word);
        } else if line.chars().count() + 1 + word.chars().count() <= width - 2 {
            let _ = write!(line, " {word}");
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}

#[test]
fn values_follow_from_the_schema() {
    values_are_current();
}

#[test]
fn the_table_of_values_follows_from_the_schema() {
    let mut table = "| value | default | meaning |\n| --- | --- | --- |\n".to_owned();
    for (path, node) in Node::root().walk() {
        let default = node.default.as_ref().map_or(String::new(), |default| format!("`{}`", plain(default)));
        let name = if node.group().is_some() { format!("**`{path}`**") } else { format!("`{path}`") };
        let _ = writeln!(table, "| {name} | {default} | {} |", meaning(node).replace('|', "\\|"));
    }
    let readme = read("README.md");
    let [opening, closing] = ["<!-- values -->\n", "<!-- /values -->"];
    let (before, rest) = readme.split_once(opening).expect("helm/README.md has the opening mark");
    let (_, after) = rest.split_once(closing).expect("helm/README.md has the closing mark");
    assert_current("README.md", &format!("{before}{opening}{table}{closing}{after}"));
}

#[test]
fn every_value_is_described_and_has_a_default_of_its_own_kind() {
    let schema: Value = serde_json::from_str(&read("values.schema.json")).expect("JSON");
    jsonschema::meta::validate(&schema).expect("a schema of its draft");
    for (path, node) in Node::root().walk() {
        let description = node.description.as_deref().unwrap_or_default();
        assert!(description.ends_with('.'), "{path} is not described by a sentence: {description:?}");
        assert!(node.kind.is_some() || node.words.is_some(), "{path} has no type");
        assert!(node.group().is_some() != node.default.is_some(), "{path} has no default");
        if let Some(default) = &node.default {
            let part = schema.pointer(&format!("/properties/{}", path.replace('.', "/properties/"))).expect("there");
            let valid = jsonschema::draft7::validate(part, default).map_err(|error| error.to_string());
            assert_eq!(valid, Ok(()), "the default of {path}");
        }
    }
}

#[test]
fn an_unknown_name_is_refused_but_where_names_are_the_operators_own() {
    let root = Node::root();
    let mut free = Vec::new();
    for (path, node) in std::iter::once((String::new(), root)).chain(root.walk()) {
        if node.kind == Some("object".into()) {
            // An umbrella chart gives `global` names of other charts beside ours.
            if node.properties.is_none() || path == "global" {
                free.push(path);
            } else {
                assert_eq!(
                    node.additional_properties,
                    Some(false.into()),
                    "{path:?} takes names that it does not know"
                );
            }
        }
    }
    free.sort();
    assert_eq!(free, FREE_MAPS);
}

#[test]
fn a_value_that_is_taken_away_is_missed() {
    // `--set resources.limits=null` removes a value, and `--reuse-values` may lack one.
    let schema: Value = serde_json::from_str(&read("values.schema.json")).expect("JSON");
    let root = Node::root();
    let groups = root.walk().into_iter().filter(|(_, node)| node.group().is_some());
    for (path, group) in std::iter::once((String::new(), root)).chain(groups) {
        let pointer =
            if path.is_empty() { String::new() } else { format!("/properties/{}", path.replace('.', "/properties/")) };
        let required = &schema.pointer(&pointer).expect("it is there")["required"];
        let names = group.group().expect("a group").iter().map(|(name, _)| name.as_str());
        let names: Vec<_> = names.filter(|name| !NULLABLE.contains(&format!("{path}.{name}").as_str())).collect();
        assert_eq!(*required, Value::from(names), "`required` of {path:?}");
    }
}

#[test]
fn what_values_yaml_says_is_what_the_schema_says() {
    values_are_current();
    let values: Value = serde_saphyr::from_str(&read("values.yaml")).expect("values.yaml is YAML");
    for (path, node) in Node::root().walk() {
        if let Some(default) = &node.default {
            let found = values.pointer(&format!("/{}", path.replace('.', "/")));
            assert_eq!(found, Some(default), "{path}");
        }
    }
}
