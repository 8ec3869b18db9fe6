//! Text logs: the library's own format without the fields that are for traces only.

use std::fmt;

use tracing::field::{Field, Visit};
use tracing_subscriber::field::{RecordFields, VisitOutput};
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::{DefaultVisitor, Writer};

use super::is_for_traces;

/// Formats the fields of an event or a span.
pub(super) struct TextFields;

impl<'writer> FormatFields<'writer> for TextFields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'writer>, fields: R) -> fmt::Result {
        let mut visitor = ForPeople(DefaultVisitor::new(writer, true));
        fields.record(&mut visitor);
        visitor.0.finish()
    }
}

struct ForPeople<'writer>(DefaultVisitor<'writer>);

impl Visit for ForPeople<'_> {
    fn record_str(&mut self, field: &Field, value: &str) {
        if !is_for_traces(field.name()) {
            self.0.record_str(field, value);
        }
    }

    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if !is_for_traces(field.name()) {
            self.0.record_debug(field, value);
        }
    }
}
