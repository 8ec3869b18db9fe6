//! OpenTelemetry traces: collected for every job, and exported over OTLP where the environment names a collector.
//!
//! The SDK exports on its own thread, from a bounded queue that drops spans when it is full: a slow or absent collector
//! delays no job. Without a collector spans still have ids, which logs and messages carry.

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

/// Collects traces while it lives. Its drop waits up to [`FLUSH_TIMEOUT`] for the last export: drop it at the process's end.
pub(super) struct Collecting(pub SdkTracerProvider);

impl Drop for Collecting {
    fn drop(&mut self) {
        // The spans that a collector does not take now are lost.
        let _ = self.0.shutdown_with_timeout(FLUSH_TIMEOUT);
    }
}

/// Starts to collect. The SDK reads the other variables (`OTEL_*`) itself.
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
