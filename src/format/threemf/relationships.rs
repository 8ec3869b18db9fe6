//! The relationships of a package, of which one names the model.

use crate::contract::Reason;
use crate::format::xml::{Document, Element};

/// How the type of the relationship to the model ends.
const MODEL_TYPE: &str = "/3dmodel";

/// Reads relationships.
#[derive(Debug, Default)]
pub(super) struct Relationships {
    /// The path of the model.
    pub model: Option<String>,
}

impl Document for Relationships {
    fn start(&mut self, element: &Element<'_>) -> Result<(), Reason> {
        let is_model = element.attribute("Type").is_some_and(|kind| kind.to_ascii_lowercase().ends_with(MODEL_TYPE));
        if element.name == "Relationship" && is_model && self.model.is_none() {
            self.model = element.attribute("Target").map(Into::into);
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Reason> {
        Ok(())
    }
}
