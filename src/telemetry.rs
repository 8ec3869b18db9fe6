//! The set-up of logs and traces. Metrics are in [`Metrics`](crate::worker::Metrics).
//!
//! Logs go to standard error: text on a terminal, elsewhere one JSON object a line. Only commands that send or receive
//! messages collect traces.

mod json;
mod otlp_client;
mod text;
mod traces;

use std::io::{self, IsTerminal};

use opentelemetry::trace::TracerProvider;
use tracing::Level;
use tracing_subscriber::filter::{FilterExt, LevelFilter, Targets, filter_fn};
use tracing_subscriber::fmt::format::JsonFields;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{EnvFilter, Layer};

use self::json::FlatJson;
use self::text::TextFields;
use self::traces::{Collecting, collect};
use crate::config::{Log, LogFormat, Traces};

/// The error of a set-up that fails.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// `RUST_LOG` is no filter.
    #[error("RUST_LOG: {found:?}: {problem}; expected levels like info or warn,pricing_worker=debug")]
    Filter {
        /// Its value.
        found: String,
        /// The parser's error.
        problem: String,
    },
    /// Traces cannot be exported as the environment says.
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT: {0}")]
    Exporter(String),
}

/// Keeps traces collected while it lives. Its drop exports the last spans.
#[must_use]
pub struct Telemetry {
    _collecting: Option<Collecting>,
}

/// Starts logs, at `levels` where `RUST_LOG` is not set, and traces where they are given. Call it once per process.
pub fn init(log: &Log, levels: &str, traces: Option<&Traces>) -> Result<Telemetry, TelemetryError> {
    let directives = log.filter.as_deref().unwrap_or(levels);
    let filter = EnvFilter::try_new(directives)
        .map_err(|error| TelemetryError::Filter { found: directives.to_owned(), problem: error.to_string() })?;
    let collecting = traces.map(collect).transpose()?;
    let spans = collecting.as_ref().map(|Collecting(provider)| {
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer(THIS_CRATE))
            // Spans have the attributes that the contract lists, and no places in the sources.
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_level(false)
            .with_tracked_inactivity(false)
            // The delivery sets the span's status when it settles; an error that a retry mends is none.
            .with_error_events_to_status(false)
            .with_error_events_to_exceptions(false)
            .with_error_records_to_exceptions(false)
            .with_context_activation(false)
            .with_filter(filter_fn(|metadata| {
                is_own(metadata.target()) && (metadata.is_span() || *metadata.level() <= Level::WARN)
            }))
    });
    let on_terminal = io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    let lines = match log.format.unwrap_or(if on_terminal { LogFormat::Text } else { LogFormat::Json }) {
        LogFormat::Text => lines.with_ansi(on_terminal && log.allows_colors).fmt_fields(TextFields).boxed(),
        LogFormat::Json => lines.fmt_fields(JsonFields::new()).event_format(FlatJson).boxed(),
    };
    let registry = tracing_subscriber::registry().with(spans);
    let said = filter.and(ceiling());
    if traces.is_some() {
        // At every level a line names its request, whose fields are in the spans.
        let spans = filter_fn(|metadata| metadata.is_span() && is_own(metadata.target()));
        registry.with(lines.with_filter(spans.or(said))).init();
    } else {
        registry.with(lines.with_filter(said)).init();
    }
    Ok(Telemetry { _collecting: collecting })
}

const THIS_CRATE: &str = env!("CARGO_CRATE_NAME");

fn is_own(target: &str) -> bool {
    target.starts_with(THIS_CRATE)
}

/// Whether a field is for traces only.
fn is_for_traces(field: &str) -> bool {
    field.starts_with("otel.")
}

/// The most verbose level of each crate, even where `RUST_LOG` asks for more. This crate logs no secret and no contents at
/// any level; libraries do. The AMQP client traces the password, and its warnings have whole returned messages. The AWS SDK
/// traces profiles with their keys and, where a variable of its own says so, the bodies of objects; its warnings about
/// credentials have the whole answer of the service. The OpenTelemetry SDK logs headers, which may hold a key.
fn ceiling() -> Targets {
    Targets::new()
        .with_default(LevelFilter::DEBUG)
        .with_target(THIS_CRATE, LevelFilter::TRACE)
        .with_target("aws_config", LevelFilter::ERROR)
        .with_target("lapin", LevelFilter::ERROR)
        .with_target("opentelemetry", LevelFilter::WARN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn libraries_never_say_what_passes_through_them() {
        let table = [
            ("pricing_worker::worker::handler", Level::TRACE, true),
            ("aws_smithy_runtime::client::orchestrator", Level::DEBUG, true),
            ("aws_smithy_runtime::client::orchestrator", Level::TRACE, false),
            ("aws_runtime::env_config", Level::TRACE, false),
            ("aws_config::web_identity_token", Level::WARN, false),
            ("a_library_of_tomorrow", Level::TRACE, false),
            ("opentelemetry-otlp", Level::WARN, true),
            ("opentelemetry_sdk", Level::INFO, false),
            ("lapin::io_loop", Level::ERROR, true),
            ("lapin::io_loop", Level::TRACE, false),
            ("lapin::returned_messages", Level::WARN, false),
        ];
        for (target, level, expected) in table {
            assert_eq!(ceiling().would_enable(target, &level), expected, "{target} at {level}");
        }
    }
}
