//! Logs, set up in one place. Metrics and traces are not here yet.
//!
//! Logs go to standard error: standard output is for results. On a terminal they are text; elsewhere one JSON object a
//! line, flat, with the fields of the spans around the event (`request_id`, `order_id`, …) beside its own.

use std::fmt::Write as _;
use std::io::{self, IsTerminal};

use serde_json::{Map, Value};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::fmt::format::{JsonFields, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormattedFields};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::registry::LookupSpan;
use tracing_subscriber::util::SubscriberInitExt;

use crate::config::{Log, LogFormat};

/// Why logs cannot be set up.
#[derive(Debug, thiserror::Error)]
#[error("RUST_LOG: {found:?}: {problem}; expected levels like info or warn,pricing_worker=debug")]
pub struct FilterError {
    found: String,
    problem: String,
}

/// Starts logging, at `levels` where `RUST_LOG` is not set. Once a process.
pub fn init(log: &Log, levels: &str) -> Result<(), FilterError> {
    let directives = log.filter.as_deref().unwrap_or(levels);
    let filter = EnvFilter::try_new(directives)
        .map_err(|error| FilterError { found: directives.to_owned(), problem: error.to_string() })?;
    let on_terminal = io::stderr().is_terminal();
    let format = log.format.unwrap_or(if on_terminal { LogFormat::Text } else { LogFormat::Json });
    let registry = tracing_subscriber::registry().with(filter).with(ceiling());
    let layer = tracing_subscriber::fmt::layer().with_writer(io::stderr);
    match format {
        LogFormat::Text => registry.with(layer.with_ansi(on_terminal && !no_color())).init(),
        LogFormat::Json => registry.with(layer.fmt_fields(JsonFields::new()).event_format(FlatJson)).init(),
    }
    Ok(())
}

/// What each crate may say at most, whatever `RUST_LOG` asks for: this one all, since it logs no secret and no content at
/// any level. Libraries do. In the traces of the AMQP client is the password, and in its warnings a whole message that
/// was returned. In those of the AWS SDK are profiles with their keys and, where a variable of its own asks for it, the
/// bodies of objects; where it loads credentials, its warnings have the whole answer of the service that gave them.
fn ceiling() -> Targets {
    Targets::new()
        .with_default(LevelFilter::DEBUG)
        .with_target(env!("CARGO_CRATE_NAME"), LevelFilter::TRACE)
        .with_target("aws_config", LevelFilter::ERROR)
        .with_target("lapin", LevelFilter::ERROR)
}

/// Whether the user asked for no colours: <https://no-color.org>.
pub fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

/// One flat JSON object a line. The library's own format nests the fields of each span, which every query of a log
/// store would have to know.
struct FlatJson;

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
            if let Some(Ok(Value::Object(fields))) = fields.map(|fields| serde_json::from_str(fields)) {
                line.0.extend(fields);
            }
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

/// The fields of one event; the inner ones win.
struct Line(Map<String, Value>);

impl Line {
    fn put(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
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

#[cfg(test)]
mod tests {
    use tracing::Level;

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
            ("lapin::io_loop", Level::ERROR, true),
            ("lapin::io_loop", Level::TRACE, false),
            ("lapin::returned_messages", Level::WARN, false),
        ];
        for (target, level, expected) in table {
            assert_eq!(ceiling().would_enable(target, &level), expected, "{target} at {level}");
        }
    }
}
