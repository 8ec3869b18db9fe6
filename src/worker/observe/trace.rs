//! The spans of a job, under the contract's names, and the trace context that messages carry.
//!
//! ```text
//! process {queue}            consumer; its parent is the span that published the request
//! ├─ s3.download             from opening the object to its last byte
//! ├─ mesh.measure            from the first bytes to the measures; it overlaps the download
//! ├─ price.quote
//! ├─ s3.upload               each file that goes with the answer
//! └─ publish {exchange}      producer; what it publishes carries it on
//! ```
//!
//! Spans are `tracing`'s: where traces are not collected a span costs one check, and a message carries on the trace
//! context that came. Names with dots are OpenTelemetry attributes; they are set on the OpenTelemetry span only, so that
//! a log line has the contract's fields and no others.

use std::borrow::Cow;
use std::collections::HashMap;

use opentelemetry::propagation::TextMapPropagator;
use opentelemetry::trace::{Status, TraceContextExt};
use opentelemetry::{Context, Key, Value};
use opentelemetry_sdk::propagation::TraceContextPropagator;
use tracing::{Span, field, info_span};
use tracing_opentelemetry::OpenTelemetrySpanExt;

use crate::contract::Completed;
use crate::worker::observe::stage::Stage;
use crate::worker::ports::{Delivery, JobQueue, NewObject, Outgoing, TraceContext};

/// The span of one delivery, from receipt to settlement.
pub(in crate::worker) fn process<R>(system: &'static str, delivery: &Delivery<R>) -> Span {
    let Delivery { queue: JobQueue { name: queue, .. }, attempt, .. } = delivery;
    let span = info_span!(
        "process",
        otel.name = %format_args!("process {queue}"),
        otel.kind = "consumer",
        request_id = field::Empty,
        order_id = field::Empty,
        attempt
    );
    if span.is_disabled() {
        return span;
    }
    // It fails where traces are not collected.
    let _ = span.set_parent(read(&delivery.trace));
    describe(&span, system, "process", queue, delivery.message_id.as_deref(), &delivery.routing_key);
    span
}

/// The span of one stage; a child of the current span. [`of_message`] adds what a publish span says of its message.
pub fn stage(stage: Stage, order_id: Option<&str>) -> Span {
    let span = match stage {
        Stage::Download => info_span!("s3.download", otel.kind = "client"),
        Stage::Convert => info_span!("cad.convert"),
        Stage::Measure => info_span!("mesh.measure"),
        Stage::Price => info_span!("price.quote"),
        Stage::Publish => info_span!("publish", otel.name = field::Empty, otel.kind = "producer"),
    };
    of_order(&span, order_id);
    span
}

/// The span of the upload of a file that goes with an answer; a child of the current span.
pub fn upload(object: &NewObject<'_>, order_id: Option<&str>) -> Span {
    let span = info_span!("s3.upload", otel.kind = "client");
    of_order(&span, order_id);
    of_object(&span, object.bucket, object.key);
    span
}

/// Adds the message and its destination to a publish span.
pub fn of_message(span: &Span, system: &'static str, destination: &'static str, message: &Outgoing) {
    if !span.is_disabled() {
        span.record("otel.name", field::display(format_args!("publish {destination}")));
        describe(span, system, "publish", destination, message.message_id.as_deref(), message.route.routing_key());
    }
}

/// Adds the attributes of a messaging operation: <https://opentelemetry.io/docs/specs/semconv/messaging/>.
fn describe(
    span: &Span,
    system: &'static str,
    operation: &'static str,
    destination: &'static str,
    message_id: Option<&str>,
    routing_key: &str,
) {
    span.set_attribute("messaging.system", system);
    span.set_attribute("messaging.operation.name", operation);
    // There is one other operation, `publish`, whose type is `send`.
    span.set_attribute("messaging.operation.type", if operation == "publish" { "send" } else { operation });
    span.set_attribute("messaging.destination.name", destination);
    set(span, "messaging.message.id", message_id);
    set(span, "messaging.rabbitmq.destination.routing_key", Some(routing_key));
}

/// Adds the request and its order to a process span.
pub(in crate::worker) fn of_request(span: &Span, request_id: &str, order_id: Option<&str>) {
    span.record("request_id", request_id);
    span.record("order_id", order_id);
    of_order(span, order_id);
}

fn of_order(span: &Span, order_id: Option<&str>) {
    set(span, "order.id", order_id);
}

/// Adds the object to a span.
pub fn of_object(span: &Span, bucket: Option<&str>, key: &str) {
    set(span, "aws.s3.bucket", bucket);
    set(span, "aws.s3.key", Some(key));
}

/// Adds the size of a model to a span.
pub fn of_size(span: &Span, size_bytes: u64) {
    span.set_attribute("model.size_bytes", size_bytes.cast_signed());
}

/// Adds the facts of a measured model to a span.
pub(in crate::worker) fn of_model(span: &Span, completed: &Completed) {
    set(span, "model.format", Some(&completed.model.format.to_string()));
    span.set_attribute("model.triangle_count", completed.geometry.triangle_count.cast_signed());
}

/// Marks a span as failed.
pub(in crate::worker) fn failed(span: &Span, error_type: &str, error: &dyn std::fmt::Display) {
    set(span, "error.type", Some(error_type));
    span.set_status(Status::Error { description: Cow::Owned(error.to_string()) });
}

/// Adds the code of a rejection, which is an answer and so no error of the span.
pub(in crate::worker) fn rejected(span: &Span, code: &str) {
    set(span, "error.type", Some(code));
}

fn set(span: &Span, key: impl Into<Key>, value: Option<&str>) {
    if let Some(value) = value {
        span.set_attribute(key, Value::from(value.to_owned()));
    }
}

/// The context that a message carries on: the span's, or, where traces are not collected, the context that came.
pub fn context_of(span: &Span, came: &TraceContext) -> TraceContext {
    let context = span.context();
    if !context.span().span_context().is_valid() {
        return came.clone();
    }
    let mut carrier = HashMap::new();
    TraceContextPropagator::new().inject_context(&context, &mut carrier);
    let tracestate = carrier.remove(TRACESTATE).filter(|state| !state.is_empty());
    TraceContext { traceparent: carrier.remove(TRACEPARENT), tracestate }
}

const TRACEPARENT: &str = "traceparent";
const TRACESTATE: &str = "tracestate";

/// The context of a message; an empty one where the message has none or one that cannot be read.
fn read(trace: &TraceContext) -> Context {
    let carrier: HashMap<String, String> = [(TRACEPARENT, &trace.traceparent), (TRACESTATE, &trace.tracestate)]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?)))
        .collect();
    TraceContextPropagator::new().extract_with_context(&Context::new(), &carrier)
}
