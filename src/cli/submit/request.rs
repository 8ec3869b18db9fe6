//! The submission of one file: its upload under a unique key, and its request.

use std::path::Path;

use bytes::Bytes;
use jiff::Timestamp;
use tracing::Instrument;
use ulid::Ulid;

use crate::adapter::amqp::{self, Publisher};
use crate::adapter::files::Files;
use crate::contract::{Event, Item, ModelRef, REQUESTED_TYPE, Request, RequestError, Requested, Unit};
use crate::worker::observe::stage::Stage;
use crate::worker::observe::trace;
use crate::worker::ports::{
    NewObject, ObjectRef, ObjectStore, Outgoing, PublishError, Route, StoreError, TraceContext,
};

/// The `source` of the requests.
const SOURCE: &str = "pricing-worker/submit";

/// The parts that all requests of one command share.
#[derive(Debug, Clone)]
pub(super) struct Submission {
    pub(super) bucket: String,
    pub(super) order_id: Option<String>,
    pub(super) items: Vec<Item>,
    pub(super) unit: Option<Unit>,
    pub(super) route: Route,
}

/// The error of a file that was not submitted.
#[derive(Debug, thiserror::Error)]
pub(super) enum SubmitError {
    /// The file cannot be read. Other files can still be submitted.
    #[error("{0}")]
    File(StoreError),
    /// The store refuses the object, and would refuse others.
    #[error("not uploaded: {0}")]
    Store(StoreError),
    /// The broker refuses the request.
    #[error("not enqueued: {0}")]
    Broker(#[from] PublishError),
}

impl Submission {
    /// A new id: for the request, and for the folder of its object.
    pub(super) fn id() -> String {
        Ulid::generate().to_string()
    }

    /// The key of a file's object, which the id makes unique.
    fn key(id: &str, path: &Path) -> String {
        let name = path.file_name().map_or_else(|| "model".into(), |name| name.to_string_lossy());
        format!("{id}/{name}")
    }

    /// The request for an object.
    fn event(&self, id: &str, key: &str, time: Timestamp) -> Vec<u8> {
        let Self { bucket, order_id, items, unit, .. } = self.clone();
        let model = ModelRef { bucket, key: key.to_owned(), unit, ..ModelRef::default() };
        let data = Requested { order_id, model, items, deadline: None };
        let event = Event::new(id.to_owned(), REQUESTED_TYPE, Some(time.to_string()), data);
        let event = Event { source: SOURCE.to_owned(), ..event };
        serde_json::to_vec(&event).expect("an event has string keys and finite numbers")
    }

    /// Checks, before any upload, that a worker would accept such requests.
    pub(super) fn check(&self) -> Result<(), RequestError> {
        let id = Self::id();
        Request::parse(&self.event(&id, &Self::key(&id, Path::new("model")), Timestamp::now())).map(|_| ())
    }

    /// Uploads a file, enqueues its request, and gives the key of its object.
    pub(super) async fn submit(
        &self,
        id: &str,
        path: &Path,
        store: &impl ObjectStore,
        publisher: &Publisher,
    ) -> Result<String, SubmitError> {
        let key = Self::key(id, path);
        let name =
            path.to_str().ok_or_else(|| SubmitError::File(StoreError::NotFound("its path is not UTF-8".into())))?;
        let file = ObjectRef { key: name.to_owned(), ..ObjectRef::default() };
        let file = Files.open(&file).await.map_err(SubmitError::File)?;
        let object =
            NewObject { bucket: Some(&self.bucket), key: &key, content_type: None, size_bytes: file.size_bytes };
        store.put(&object, file.body).await.map_err(|error| match error {
            StoreError::Changed(_) | StoreError::CutShort { .. } => SubmitError::File(error),
            error => SubmitError::Store(error),
        })?;
        let request = Outgoing {
            route: self.route.clone(),
            message_id: Some(id.to_owned()),
            correlation_id: Some(id.to_owned()),
            event_type: Some(REQUESTED_TYPE.to_owned()),
            trace: TraceContext::default(),
            failure: None,
            body: Bytes::from(self.event(id, &key, Timestamp::now())),
        };
        let span = trace::stage(Stage::Publish, self.order_id.as_deref());
        trace::of_message(&span, amqp::SYSTEM, Publisher::exchange(&self.route), &request);
        let request = Outgoing { trace: trace::context_of(&span, &TraceContext::default()), ..request };
        publisher.publish(&request).instrument(span).await?;
        Ok(key)
    }
}
