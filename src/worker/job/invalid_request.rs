//! The answer to a request of any kind that breaks the rules of the contract.

use super::JobContext;
use crate::appraise::Outcome;
use crate::contract::request::InvalidRequest;
use crate::contract::{ModelRef, ObjectInfo, Request, Requested};
use crate::worker::ports::ObjectStore;

/// The rejection of an invalid request: nothing is fetched for it.
pub(in crate::worker) fn reject<S: ObjectStore>(invalid: InvalidRequest, context: &JobContext<S>) -> Outcome {
    let InvalidRequest { time, rejected } = invalid;
    let ObjectInfo { bucket, key, .. } = rejected.object.clone();
    let model = ModelRef { bucket, key: key.unwrap_or_default(), ..ModelRef::default() };
    let data = Requested { order_id: rejected.order_id, model, items: Vec::new(), deadline: None };
    let request = Request { id: rejected.request_id, time, data };
    context.record().request(&request.id, request.data.order_id.as_deref(), request.time.as_deref());
    context.appraiser().outcome(&request, &rejected.object, Err(rejected.reason))
}
