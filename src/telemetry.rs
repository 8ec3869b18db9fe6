//! Logs and traces, set up in one place. Metrics need no setting up: see [`Metrics`](crate::worker::Metrics).
//!
//! Logs go to standard error: standard output is for results. On a terminal they are text; elsewhere one JSON object a
//! line. Traces are for the commands that have messages under way; the others would only pay for them.

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

/// Why telemetry cannot be set up.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TelemetryError {
    /// `RUST_LOG` is none.
    #[error("RUST_LOG: {found:?}: {problem}; expected levels like info or warn,pricing_worker=debug")]
    Filter {
        /// What it says.
        found: String,
        /// What is wrong with it.
        problem: String,
    },
    /// Traces cannot be exported as the environment says.
    #[error("OTEL_EXPORTER_OTLP_ENDPOINT: {0}")]
    Exporter(String),
}

/// Telemetry that is under way. Dropped, it sends what is left.
#[must_use]
pub struct Telemetry {
    _collecting: Option<Collecting>,
}

/// Starts logging, at `levels` where `RUST_LOG` is not set, and collecting traces, where they are asked for. Once a process.
pub fn init(log: &Log, levels: &str, traces: Option<&Traces>) -> Result<Telemetry, TelemetryError> {
    let directives = log.filter.as_deref().unwrap_or(levels);
    let filter = EnvFilter::try_new(directives)
        .map_err(|error| TelemetryError::Filter { found: directives.to_owned(), problem: error.to_string() })?;
    let collecting = traces.map(collect).transpose()?;
    let spans = collecting.as_ref().map(|Collecting(provider)| {
        tracing_opentelemetry::layer()
            .with_tracer(provider.tracer(THIS_CRATE))
            // A span says what the contract lists, not where in the sources it is made.
            .with_location(false)
            .with_threads(false)
            .with_target(false)
            .with_level(false)
            .with_tracked_inactivity(false)
            // An error is told where it is settled; what is mended meanwhile is none.
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
        LogFormat::Text => lines.with_ansi(on_terminal && !no_color()).fmt_fields(TextFields).boxed(),
        LogFormat::Json => lines.fmt_fields(JsonFields::new()).event_format(FlatJson).boxed(),
    };
    let registry = tracing_subscriber::registry().with(spans);
    let said = filter.and(ceiling());
    if traces.is_some() {
        // Whatever levels are asked for, a line says whose request it is about: that is in the spans.
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

/// Whether a field tells the trace what a span is, and a reader of logs nothing.
fn is_for_traces(field: &str) -> bool {
    field.starts_with("otel.")
}

/// What each crate may say at most, whatever `RUST_LOG` asks for: this one all, since it logs no secret and no content at
/// any level. Libraries do. In the traces of the AMQP client is the password, and in its warnings a whole message that
/// was returned. In those of the AWS SDK are profiles with their keys and, where a variable of its own asks for it, the
/// bodies of objects; where it loads credentials, its warnings have the whole answer of the service that gave them. The
/// SDK of the traces is chatty, and the headers that it sends may hold a key.
fn ceiling() -> Targets {
    Targets::new()
        .with_default(LevelFilter::DEBUG)
        .with_target(THIS_CRATE, LevelFilter::TRACE)
        .with_target("aws_config", LevelFilter::ERROR)
        .with_target("lapin", LevelFilter::ERROR)
        .with_target("opentelemetry", LevelFilter::WARN)
}

/// Whether the user asked for no colours: <https://no-color.org>.
pub fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
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
