//! Traces, by OpenTelemetry: collected for every job, and exported over OTLP where the environment says where to.
//!
//! The SDK exports on a thread of its own, from a bounded queue that drops what does not fit: a collector that is slow or
//! gone costs a job nothing. Where nothing is exported, spans still have ids: logs and messages carry them.

use std::sync::Once;
use std::time::Duration;

use opentelemetry::{Key, KeyValue, Value};
use opentelemetry_otlp::SpanExporter;
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;

use super::TelemetryError;
use crate::config::Traces;

/// For the last spans to be exported, when the process ends.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(3);

/// What this program is called where nobody names it (`OTEL_SERVICE_NAME`).
const SERVICE_NAME: &str = "pricing-worker";

/// Collects traces while it lives. To be dropped where waiting a moment for the last of them does no harm.
pub(super) struct Collecting(pub SdkTracerProvider);

impl Drop for Collecting {
    fn drop(&mut self) {
        // A collector that does not take the last spans has missed them.
        let _ = self.0.shutdown_with_timeout(FLUSH_TIMEOUT);
    }
}

/// Begins to collect. The rest of what can be set (`OTEL_*`) is the SDK's own.
pub(super) fn collect(traces: &Traces) -> Result<Collecting, TelemetryError> {
    let provider = SdkTracerProvider::builder().with_resource(resource());
    let provider = match traces {
        Traces::Collected { .. } => provider,
        Traces::Exported { .. } => {
            install_cryptography();
            let exporter = SpanExporter::builder().with_http().build();
            provider.with_batch_exporter(exporter.map_err(|error| TelemetryError::Exporter(error.to_string()))?)
        }
    };
    Ok(Collecting(provider.build()))
}

/// Who says all this.
fn resource() -> Resource {
    let resource = Resource::builder().with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    let named = Resource::builder().build().get(&Key::new("service.name")).is_some_and(|name| !is_placeholder(&name));
    if named { resource.build() } else { resource.with_service_name(SERVICE_NAME).build() }
}

/// What the SDK says where nobody named the service.
fn is_placeholder(name: &Value) -> bool {
    name.as_str().starts_with("unknown_service")
}

/// The exporter's HTTP client takes TLS from whoever provides it for the process: the one that all here use.
fn install_cryptography() {
    static INSTALLED: Once = Once::new();
    // It fails where there is one already, which will do.
    INSTALLED.call_once(|| drop(rustls::crypto::ring::default_provider().install_default()));
}
