//! The answer to a request of any kind that breaks the rules of the contract.

use super::JobContext;
use crate::appraise::Outcome;
use crate::contract::request::InvalidRequest;
use crate::worker::ports::ObjectStore;

/// The rejection of an invalid request: nothing is fetched for it.
pub(in crate::worker) fn reject<S: ObjectStore>(invalid: InvalidRequest, context: &JobContext<S>) -> Outcome {
    let InvalidRequest { identity, time, rejected } = invalid;
    context.record().request(&identity.id, rejected.order_id.as_deref(), time.as_deref());
    context.appraiser().rejected(&identity, time, rejected)
}
