//! The formats that a request and its object name. The content tells the format; these only break ties, and are checked against it.

use super::QuoteRequest;
use crate::contract::{Finding, FindingCode, Format, Severity};
use crate::format::{self, Formats, Hints};

/// The formats that are named, each with who names it.
#[derive(Debug, Default)]
pub(super) struct FormatHints(Vec<(&'static str, Format)>);

impl FormatHints {
    /// The formats that the request and the name of its object name, of those that are read.
    pub fn of(request: &QuoteRequest, formats: Formats) -> Self {
        let of_request = request.format.as_deref();
        let extension =
            request.object.key.as_deref().and_then(|key| key.rsplit_once('.')).map(|(_, extension)| extension);
        let named = [("the request", of_request), ("the extension of its name", extension)];
        let known = |(who, name): (_, Option<&str>)| Some((who, format::find(formats, name?)?));
        Self(named.into_iter().filter_map(known).collect())
    }

    /// Adds the format of the content type that the store has.
    pub fn add_content_type(&mut self, content_type: &str, formats: Formats) {
        self.0.extend(format::find_media_type(formats, content_type).map(|format| ("its content type", format)));
    }

    /// What decides between formats that both may be meant: the request, or else the name.
    pub fn hints(&self) -> Hints {
        Hints { format: self.0.first().map(|(_, format)| *format) }
    }

    /// The finding about names that differ from the content.
    pub fn finding(&self, content: Format) -> Option<Finding> {
        let wrong: Vec<_> = self.0.iter().filter(|(_, format)| *format != content).collect();
        let names: Vec<_> = wrong.iter().map(|(who, format)| format!("{who} says {format}")).collect();
        let message = format!("the content is {content} and was read as such; {}", names.join(", "));
        (!wrong.is_empty()).then_some(Finding { code: FindingCode::FormatHintWrong, severity: Severity::Info, message })
    }
}
