//! Whether traces are exported, and where to.

use std::fmt;
use std::time::Duration;

use crate::config::table::shared::{
    OTEL_DISABLED, OTLP_ENDPOINT, OTLP_PROTOCOL, OTLP_TIMEOUT, OTLP_TRACES_ENDPOINT, OTLP_TRACES_PROTOCOL,
    OTLP_TRACES_TIMEOUT, TRACES_EXPORTER,
};
use crate::config::table::{self, SettingGroup};
use crate::config::{ConfigErrors, Section, SettingError, Sources};

/// Whether traces are exported, and where to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Traces {
    /// They are collected, for the ids in logs and messages, and not exported.
    Collected {
        /// Why they are not.
        because: &'static str,
    },
    /// They are exported over OTLP.
    Exported {
        /// Where to: scheme, host and port. The rest of the URL may be a secret.
        collector: String,
        /// The longest that one export may take.
        timeout: Duration,
    },
}

impl Section for Traces {
    const GROUP: &'static SettingGroup = &table::TRACES;

    /// The OpenTelemetry SDK reads the rest of its variables. What it would ignore without a message is an error here.
    fn parse(sources: &Sources<'_>) -> Result<Self, ConfigErrors> {
        let mut problems = ConfigErrors::default();
        problems.require_utf8(sources.environment(), "OTEL_");
        if !problems.0.is_empty() {
            return Err(problems);
        }
        if !is_enabled(sources)? {
            return Ok(Self::Collected { because: "OTEL_SDK_DISABLED or OTEL_TRACES_EXPORTER says so" });
        }
        let collector = problems.keep_one(collector(sources));
        if collector == Some(None) {
            return Ok(Self::Collected { because: "OTEL_EXPORTER_OTLP_ENDPOINT is not set" });
        }
        let protocol = problems.keep_one(protocol(sources));
        let timeout = problems.keep_one(timeout(sources));
        match (collector.flatten(), protocol, timeout) {
            (Some(collector), Some(()), Some(timeout)) => Ok(Self::Exported { collector, timeout }),
            _ => Err(problems),
        }
    }
}

fn is_enabled(sources: &Sources<'_>) -> Result<bool, SettingError> {
    let disabled = OTEL_DISABLED.optional(sources)?.is_some_and(|text| text.eq_ignore_ascii_case("true"));
    Ok(!disabled && TRACES_EXPORTER.value(sources)?)
}

fn collector(sources: &Sources<'_>) -> Result<Option<String>, SettingError> {
    match OTLP_TRACES_ENDPOINT.optional(sources)? {
        None => OTLP_ENDPOINT.optional(sources),
        of_traces => Ok(of_traces),
    }
}

/// Holds that the protocol is one that the program was compiled with.
fn protocol(sources: &Sources<'_>) -> Result<(), SettingError> {
    match OTLP_TRACES_PROTOCOL.optional(sources)? {
        None => OTLP_PROTOCOL.value(sources),
        Some(()) => Ok(()),
    }
}

fn timeout(sources: &Sources<'_>) -> Result<Duration, SettingError> {
    let timeout_ms = match OTLP_TRACES_TIMEOUT.optional(sources)? {
        None => OTLP_TIMEOUT.value(sources)?,
        Some(of_traces) => of_traces,
    };
    Ok(Duration::from_millis(timeout_ms.into()))
}

impl fmt::Display for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Collected { because } => write!(f, "not exported: {because}"),
            Self::Exported { collector, .. } => write!(f, "exported to {collector}"),
        }
    }
}
