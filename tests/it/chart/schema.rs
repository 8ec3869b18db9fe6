//! values.schema.json as a tree that keeps the order of its values.

use std::fmt;
use std::sync::LazyLock;

use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::Value;

/// One value, or a group of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Node {
    pub description: Option<String>,
    #[serde(rename = "type")]
    pub kind: Option<Value>,
    #[serde(rename = "enum")]
    pub words: Option<Vec<Value>>,
    pub default: Option<Value>,
    pub minimum: Option<Value>,
    pub maximum: Option<Value>,
    pub properties: Option<Properties>,
    pub additional_properties: Option<Value>,
}

/// The members of an object, by name.
#[derive(Debug, Clone)]
pub struct Properties(pub Vec<(String, Node)>);

impl Node {
    /// The whole schema, which no test writes.
    pub fn root() -> &'static Self {
        static ROOT: LazyLock<Node> = LazyLock::new(|| {
            serde_json::from_str(&super::read("values.schema.json")).expect("values.schema.json is a schema")
        });
        &ROOT
    }

    /// The values of a group; none for a single value, whose parts Kubernetes defines.
    pub fn group(&self) -> Option<&[(String, Self)]> {
        match (&self.properties, &self.default) {
            (Some(properties), None) => Some(&properties.0),
            _ => None,
        }
    }

    /// Every value and group below this one, with its path, in order.
    pub fn walk(&self) -> Vec<(String, &Self)> {
        let mut found = Vec::new();
        for (name, node) in self.group().unwrap_or_default() {
            found.push((name.clone(), node));
            found.extend(node.walk().into_iter().map(|(path, node)| (format!("{name}.{path}"), node)));
        }
        found
    }

    /// The value at a path.
    pub fn at(&self, path: &str) -> &Self {
        let found = self.walk().into_iter().find(|(name, _)| name == path);
        found.unwrap_or_else(|| panic!("values.schema.json has no {path}")).1
    }
}

/// A JSON object with one value, at a path with dots.
pub fn nested(path: &str, value: Value) -> Value {
    path.rsplit('.').fold(value, |inner, name| serde_json::json!({ name: inner }))
}

/// Adds the values of one JSON object to another, whose own they replace.
pub fn merge(base: &mut Value, extra: Value) {
    match (base, extra) {
        (Value::Object(base), Value::Object(extra)) => {
            for (name, value) in extra {
                merge(base.entry(name).or_insert(Value::Null), value);
            }
        }
        (base, extra) => *base = extra,
    }
}

impl<'de> Deserialize<'de> for Properties {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Properties;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of schemas")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Properties, A::Error> {
                let mut properties = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    properties.push(entry);
                }
                Ok(Properties(properties))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}
