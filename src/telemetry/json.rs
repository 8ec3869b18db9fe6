//! JSON logs: one flat object a line, with the fields of the event and its spans, and the ids of the trace and the span.

use std::fmt::Write as _;

use opentelemetry::trace::TraceContextExt;
use serde_json::{Map, Value};
use tracing::dispatcher::get_default;
use tracing::field::{Field, Visit};
use tracing::span::Id;
use tracing::{Event, Subscriber};
use tracing_opentelemetry::get_otel_context;
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormattedFields};
use tracing_subscriber::registry::LookupSpan;

use super::is_for_traces;

/// Formats an event as one flat JSON object. The library's own format nests the fields of each span, so that every query of
/// a log store would have to know the spans.
pub(super) struct FlatJson;

impl<S> FormatEvent<S, JsonFields> for FlatJson
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, JsonFields>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> std::fmt::Result {
        let mut line = Line(Map::new());
        for span in context.event_scope().into_iter().flat_map(tracing_subscriber::registry::Scope::from_root) {
            let extensions = span.extensions();
            let fields = extensions.get::<FormattedFields<JsonFields>>();
            if let Some(Ok(Value::Object(fields))) = fields.map(|fields| serde_json::from_str::<Value>(fields)) {
                line.0.extend(fields.into_iter().filter(|(name, _)| !is_for_traces(name)));
            }
        }
        if let Some(span) = context.event_scope().and_then(|mut scope| scope.next()) {
            line.place(&span.id());
        }
        event.record(&mut line);
        let metadata = event.metadata();
        line.put("timestamp", jiff::Timestamp::now().to_string());
        line.put("level", metadata.level().as_str());
        line.put("target", metadata.target());
        let line = serde_json::to_string(&line.0).map_err(|_| std::fmt::Error)?;
        writeln!(writer, "{line}")
    }
}

/// The fields of one line; an inner span's field replaces an outer one's.
struct Line(Map<String, Value>);

impl Line {
    fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Adds the ids of the trace and the span, where traces are collected.
    fn place(&mut self, span: &Id) {
        let context = get_default(|collector| get_otel_context(span, collector));
        if let Some(context) = context.filter(|context| context.span().span_context().is_valid()) {
            let context = context.span().span_context().clone();
            self.put("trace_id", context.trace_id().to_string());
            self.put("span_id", context.span_id().to_string());
        }
    }
}

impl Visit for Line {
    fn record_f64(&mut self, field: &Field, value: f64) {
        self.put(field.name(), value);
    }
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field.name(), value);
    }
    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field.name(), value);
    }
    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field.name(), value);
    }
    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field.name(), value);
    }
    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        let mut text = String::new();
        let _ = write!(text, "{value:?}");
        self.put(field.name(), text);
    }
}
