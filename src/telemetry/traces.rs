//! Traces by OpenTelemetry: collected for every job, and exported over OTLP where the environment names a collector.
//!
//! The SDK exports on a thread of its own, from a bounded queue that drops what does not fit: a collector that is slow or
//! gone costs a job nothing. Where nothing is exported, spans still have ids: logs and messages carry them.

use std::time::Duration;

use opentelemetry::{Key, KeyValue, Value};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;

use super::TelemetryError;
use super::otlp_client::OtlpClient;
use crate::config::Traces;

/// The longest that the end of the process waits for the export of the last spans.
const FLUSH_TIMEOUT: Duration = Duration::from_secs(3);

/// The service's name where `OTEL_SERVICE_NAME` gives none.
const SERVICE_NAME: &str = "pricing-worker";

/// Collects traces while it lives. Its drop waits a moment for the last of them, so it belongs at the process's end.
pub(super) struct Collecting(pub SdkTracerProvider);

impl Drop for Collecting {
    fn drop(&mut self) {
        // The spans that a collector does not take now are lost.
        let _ = self.0.shutdown_with_timeout(FLUSH_TIMEOUT);
    }
}

/// Begins to collect. The SDK reads the other variables (`OTEL_*`) itself.
pub(super) fn collect(traces: &Traces) -> Result<Collecting, TelemetryError> {
    let provider = SdkTracerProvider::builder().with_resource(resource());
    let provider = match traces {
        Traces::Collected { .. } => provider,
        Traces::Exported { timeout, .. } => {
            let client = OtlpClient::new(*timeout).map_err(|error| TelemetryError::Exporter(error.to_string()))?;
            let exporter = SpanExporter::builder().with_http().with_http_client(client).with_timeout(*timeout).build();
            provider.with_batch_exporter(exporter.map_err(|error| TelemetryError::Exporter(error.to_string()))?)
        }
    };
    Ok(Collecting(provider.build()))
}

/// The service that the spans come from.
fn resource() -> Resource {
    let resource = Resource::builder().with_attribute(KeyValue::new("service.version", env!("CARGO_PKG_VERSION")));
    let named = Resource::builder().build().get(&Key::new("service.name")).is_some_and(|name| !is_placeholder(&name));
    if named { resource.build() } else { resource.with_service_name(SERVICE_NAME).build() }
}

/// Whether the name is the one that the SDK gives a service without a name.
fn is_placeholder(name: &Value) -> bool {
    name.as_str().starts_with("unknown_service")
}
