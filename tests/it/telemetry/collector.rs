//! A trace collector in this process: OTLP over HTTP, in protobuf.

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::routing::post;
use axum::serve::Listener;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::{AnyValue, KeyValue, any_value};
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;
use opentelemetry_proto::tonic::trace::v1::status::StatusCode;
use prost::Message;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::support::eventually;
use crate::support::tls::Identity;

/// A collector that keeps the exported spans until the test ends.
pub struct Collector {
    url: String,
    spans: Arc<Mutex<Vec<Span>>>,
    _server: JoinSet<()>,
}

/// A span as the tests read it. Ids are hexadecimal; a root's parent is empty.
#[derive(Debug, Clone)]
pub struct Span {
    pub service: String,
    pub trace: String,
    pub id: String,
    pub parent: String,
    pub name: String,
    pub kind: SpanKind,
    pub is_error: bool,
    pub started_ns: u64,
    pub ended_ns: u64,
    pub attributes: BTreeMap<String, String>,
}

impl Collector {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        Self::serving(url, listener)
    }

    /// A collector behind TLS, with a certificate for 127.0.0.1.
    pub async fn over_tls(identity: &Identity) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("https://{}", listener.local_addr().expect("its address"));
        Self::serving(url, Tls { listener, acceptor: TlsAcceptor::from(Arc::new(identity.server())) })
    }

    fn serving<L: Listener<Addr: Debug>>(url: String, listener: L) -> Self {
        let spans = Arc::default();
        let routes = Router::new().route("/v1/traces", post(take)).with_state(Arc::clone(&spans));
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, routes).await.expect("it serves") });
        Self { url, spans, _server: server }
    }

    /// The environment that makes the program export here, with a short delay.
    pub fn environment(&self) -> [(&'static str, String); 2] {
        [("OTEL_EXPORTER_OTLP_ENDPOINT", self.url.clone()), ("OTEL_BSP_SCHEDULE_DELAY", "50".into())]
    }

    /// Waits for the span with this id.
    pub async fn span(&self, id: &str) -> Span {
        eventually(&format!("a span {id}"), async || self.spans().into_iter().find(|span| span.id == id)).await
    }

    /// Waits until it has a number of spans.
    pub async fn so_many(&self, count: usize) -> Vec<Span> {
        eventually(&format!("{count} spans"), async || {
            let spans = self.spans();
            (spans.len() >= count).then_some(spans)
        })
        .await
    }

    fn spans(&self) -> Vec<Span> {
        self.spans.lock().expect("no panic").clone()
    }
}

/// Accepts TLS connections; one whose handshake fails is not a connection.
struct Tls {
    listener: TcpListener,
    acceptor: TlsAcceptor,
}

impl Listener for Tls {
    type Io = TlsStream<TcpStream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, Self::Addr) {
        loop {
            let (stream, address) = Listener::accept(&mut self.listener).await;
            if let Ok(stream) = self.acceptor.accept(stream).await {
                return (stream, address);
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

async fn take(State(spans): State<Arc<Mutex<Vec<Span>>>>, body: Bytes) {
    let request = ExportTraceServiceRequest::decode(body).expect("what is exported is OTLP");
    for resource in request.resource_spans {
        let about = attributes(resource.resource.expect("a resource").attributes);
        for span in resource.scope_spans.into_iter().flat_map(|scope| scope.spans) {
            let span = Span {
                service: about["service.name"].clone(),
                trace: hex(&span.trace_id),
                id: hex(&span.span_id),
                parent: hex(&span.parent_span_id),
                kind: span.kind(),
                is_error: span.status.as_ref().is_some_and(|status| status.code() == StatusCode::Error),
                started_ns: span.start_time_unix_nano,
                ended_ns: span.end_time_unix_nano,
                name: span.name,
                attributes: attributes(span.attributes),
            };
            spans.lock().expect("no panic").push(span);
        }
    }
}

fn attributes(list: Vec<KeyValue>) -> BTreeMap<String, String> {
    let text = |value: Option<AnyValue>| match value.and_then(|value| value.value) {
        Some(any_value::Value::StringValue(text)) => text,
        Some(any_value::Value::IntValue(number)) => number.to_string(),
        other => format!("{other:?}"),
    };
    list.into_iter().map(|pair| (pair.key, text(pair.value))).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}
