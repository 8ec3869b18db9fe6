//! The job of `price`: the worker's price job for a file on this machine.
//!
//! Only the command line has models without a bucket, and requests of unlimited length.

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::appraise::{Answer, QuoteRequest};
use crate::contract::{EventHeaders, Item, ObjectInfo, RequestError, RequestIdentity, SOURCE, Unit};
use crate::worker::job::price::Price;
use crate::worker::job::{Job, JobContext, JobError, JobKinds};
use crate::worker::ports::ObjectStore;

/// The request for one file: the payload of an in-process message.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct FileRequest {
    /// The path, which is the request's id and the object's key.
    pub path: String,
    /// The unit of the coordinates, where the command line declares one.
    pub unit: Option<Unit>,
    /// The items to quote.
    pub items: Vec<Item>,
}

impl FileRequest {
    /// The payload of the message.
    pub fn to_payload(&self) -> Bytes {
        serde_json::to_vec(self).expect("plain data with string keys always serialises").into()
    }
}

impl From<FileRequest> for QuoteRequest {
    fn from(request: FileRequest) -> Self {
        let identity = RequestIdentity::new(SOURCE, &*request.path, &request);
        let FileRequest { path, unit, items } = request;
        Self {
            identity,
            time: None,
            order_id: None,
            object: ObjectInfo { key: Some(path), ..ObjectInfo::default() },
            format: None,
            unit,
            items,
            deadline: None,
        }
    }
}

/// The one kind of job that `price` runs.
pub(super) struct FileJob(Price);

impl JobKinds for FileJob {
    const TYPES: &'static [&'static str] = &[];

    fn parse(_headers: &EventHeaders, body: &[u8]) -> Result<Self, RequestError> {
        let request: FileRequest =
            serde_json::from_slice(body).map_err(|error| RequestError::Undecodable(error.to_string()))?;
        Ok(Self(Price::new(request)))
    }

    async fn run<S: ObjectStore>(&self, context: &JobContext<S>) -> Result<Answer, JobError> {
        self.0.run(context).await
    }
}
