//! The request for quotes of one model, from a message or from the command line.

use jiff::Timestamp;

use crate::contract::{Item, ObjectInfo, Request, RequestIdentity, Unit};

/// A request for quotes of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct QuoteRequest {
    /// The identity of the request.
    pub identity: RequestIdentity,
    /// The request's time, RFC 3339, as it was written.
    pub time: Option<String>,
    /// The order that the model belongs to.
    pub order_id: Option<String>,
    /// The object as the request names it; a file on this machine has no bucket.
    pub object: ObjectInfo,
    /// The format that the request declares.
    pub format: Option<String>,
    /// The unit that the request declares.
    pub unit: Option<Unit>,
    /// The items to quote; where empty: every material, one piece, the book's first lead time.
    pub items: Vec<Item>,
    /// The time after which the request is rejected unpriced.
    pub deadline: Option<Timestamp>,
}

impl From<Request> for QuoteRequest {
    fn from(request: Request) -> Self {
        let Request { identity, time, data } = request;
        let object = data.object();
        Self {
            identity,
            time,
            order_id: data.order_id,
            object,
            format: data.model.format,
            unit: data.model.unit,
            items: data.items,
            deadline: data.deadline,
        }
    }
}
