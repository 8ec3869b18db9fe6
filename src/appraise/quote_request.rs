//! What is asked about one model, wherever it came from: a message, or a command line.

use jiff::Timestamp;

use crate::contract::{Item, ObjectInfo, Request, RequestIdentity, Unit};

/// A request for quotes of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct QuoteRequest {
    /// Which request it is.
    pub identity: RequestIdentity,
    /// When it was made, RFC 3339, as it was written.
    pub time: Option<String>,
    /// The order that the model belongs to.
    pub order_id: Option<String>,
    /// The object as it is asked for: it has no bucket where it is a file on this machine.
    pub object: ObjectInfo,
    /// The format that the request declares.
    pub format: Option<String>,
    /// The unit that the request declares.
    pub unit: Option<Unit>,
    /// What to quote; nothing: every material, one piece, the book's first lead time.
    pub items: Vec<Item>,
    /// After it the request is rejected unpriced.
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
