//! Tests of the chart as Helm's own engine renders it (../shared/tools/helm-render), against the schemas of Kubernetes,
//! KEDA and the Prometheus operator (../shared/tools/manifest-check), and against rules beyond the schemas.
//!
//! Helm keeps two things apart from a release's manifests: the pods of `helm test`, and NOTES.txt. So the tests render
//! a copy of the chart in which both are plain manifests. Stand-ins replace the rules and the dashboard, which are long
//! and reviewed anyway. [`engine`] checks that everything else equals the chart's own output.

mod additions;
mod alerts;
mod cases;
mod engine;
mod manifests;
mod policies;
mod refused;
mod scaling;
mod settings;

use serde_json::Value;

/// The rendering of one set of values.
struct Rendered {
    /// The case, or the changed value.
    name: String,
    /// The given values, on top of the defaults.
    values: Value,
    /// The manifests, as Helm wrote them.
    text: String,
    /// The same manifests, parsed.
    manifests: Vec<Value>,
}

impl Rendered {
    /// All manifests of a kind.
    fn all(&self, kind: &str) -> Vec<&Value> {
        self.manifests.iter().filter(|manifest| manifest["kind"] == kind).collect()
    }

    /// The only manifest of a kind, if there is one.
    fn find(&self, kind: &str) -> Option<&Value> {
        let found = self.all(kind);
        assert!(found.len() < 2, "{}: {} manifests are a {kind}", self.name, found.len());
        found.first().copied()
    }

    /// The only manifest of a kind; it must exist.
    fn the(&self, kind: &str) -> &Value {
        self.find(kind).unwrap_or_else(|| panic!("{}: no {kind}", self.name))
    }

    /// The Deployment's pod template.
    fn pod(&self) -> &Value {
        &self.the("Deployment")["spec"]["template"]
    }

    /// The worker's container.
    fn container(&self) -> &Value {
        &self.pod()["spec"]["containers"][0]
    }

    /// The text of a worker variable; none if it is unset, or set from another object.
    fn variable(&self, name: &str) -> Option<&str> {
        let variables = self.container()["env"].as_array().expect("variables");
        variables.iter().find(|variable| variable["name"] == name)?["value"].as_str()
    }

    /// A value: the given one, or the schema's default.
    fn value(&self, path: &str) -> Value {
        let given = self.values.pointer(&format!("/{}", path.replace('.', "/"))).cloned();
        given.unwrap_or_else(|| super::schema::Node::root().at(path).default.clone().expect("a default"))
    }
}

/// The items of a list; none where there is no list.
fn items(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

/// The name of a manifest.
fn name(manifest: &Value) -> &str {
    manifest["metadata"]["name"].as_str().expect("every manifest has a name")
}

/// Whether `whole` contains everything in `part`, as pods' labels contain those of their selector.
fn is_within(part: &Value, whole: &Value) -> bool {
    let (part, whole) = (part.as_object().expect("labels"), whole.as_object().expect("labels"));
    !part.is_empty() && part.iter().all(|(name, value)| whole.get(name) == Some(value))
}
