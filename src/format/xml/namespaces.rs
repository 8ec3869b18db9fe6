//! Namespaces in XML: W3C, "Namespaces in XML 1.0". The prefixes that are bound at a place of a file.

use super::error::XmlError;

/// The most bindings at one place, and the most bytes of each.
const LIMIT_BINDINGS: usize = 100;
const LIMIT_BINDING_BYTES: usize = 1000;

/// The prefixes that are bound.
#[derive(Debug, Default)]
pub(super) struct Namespaces {
    /// The innermost is the last one.
    bindings: Vec<Binding>,
}

#[derive(Debug)]
struct Binding {
    prefix: String,
    namespace: String,
    /// The depth of the element that binds it.
    depth: usize,
}

impl Namespaces {
    /// Binds a prefix, within an element at this depth.
    pub fn bind(&mut self, prefix: &str, namespace: &str, depth: usize) -> Result<(), XmlError> {
        if self.bindings.len() == LIMIT_BINDINGS || prefix.len() + namespace.len() > LIMIT_BINDING_BYTES {
            return Err(XmlError::TooManyNamespaces);
        }
        self.bindings.push(Binding { prefix: prefix.into(), namespace: namespace.into(), depth });
        Ok(())
    }

    /// Forgets what the element at this depth bound.
    pub fn unbind(&mut self, depth: usize) {
        while self.bindings.pop_if(|binding| binding.depth >= depth).is_some() {}
    }

    /// The namespace of a prefix; empty if it is not bound.
    pub fn of(&self, prefix: &str) -> &str {
        let binding = self.bindings.iter().rev().find(|binding| binding.prefix == prefix);
        binding.map_or("", |binding| &binding.namespace)
    }
}
