//! The chart as Helm's own engine renders it, by ../shared/tools/helm-render, held against the schemas of Kubernetes, KEDA and
//! the Prometheus operator, by ../shared/tools/manifest-check, and against what they cannot say.
//!
//! Helm keeps two things apart from a release's manifests: the pods of `helm test`, and NOTES.txt. So a copy of the chart
//! is rendered, in which both are plain manifests, with stand-ins for the rules and the dashboard, which are long and
//! in review anyhow. [`engine`] holds that all the rest of it is what the chart itself gives.

mod cases;
mod engine;
mod manifests;
mod policies;
mod refused;
mod scaling;
mod settings;

use serde_json::Value;

/// What became of one set of values.
struct Rendered {
    /// The case, or the value that was changed.
    name: String,
    /// The values that were given, beside the defaults.
    values: Value,
    /// The manifests, as Helm wrote them.
    text: String,
    /// The same, read.
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

    /// The only manifest of a kind.
    fn the(&self, kind: &str) -> &Value {
        self.find(kind).unwrap_or_else(|| panic!("{}: no {kind}", self.name))
    }

    /// The pod that the Deployment makes.
    fn pod(&self) -> &Value {
        &self.the("Deployment")["spec"]["template"]
    }

    /// The worker's container.
    fn container(&self) -> &Value {
        &self.pod()["spec"]["containers"][0]
    }

    /// The text of a variable of the worker's; none where it is not set, or set from elsewhere.
    fn variable(&self, name: &str) -> Option<&str> {
        let variables = self.container()["env"].as_array().expect("variables");
        variables.iter().find(|variable| variable["name"] == name)?["value"].as_str()
    }

    /// A value: what was given, or the schema's default.
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

/// Whether everything in `part` is in `whole`, as a selector's labels are in those of its pods.
fn is_within(part: &Value, whole: &Value) -> bool {
    let (part, whole) = (part.as_object().expect("labels"), whole.as_object().expect("labels"));
    !part.is_empty() && part.iter().all(|(name, value)| whole.get(name) == Some(value))
}
