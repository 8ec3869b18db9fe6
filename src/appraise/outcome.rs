//! The event that answers a request.

use serde::Serialize;

use crate::contract::{Completed, Event, Rejected};

/// The event that answers a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// The model is priced.
    Completed(Box<Event<Completed>>),
    /// The request is rejected.
    Rejected(Box<Event<Rejected>>),
}

impl Outcome {
    /// The event's id.
    pub fn event_id(&self) -> &str {
        match self {
            Self::Completed(event) => &event.id,
            Self::Rejected(event) => &event.id,
        }
    }

    /// The event's type.
    pub fn event_type(&self) -> &str {
        match self {
            Self::Completed(event) => &event.event_type,
            Self::Rejected(event) => &event.event_type,
        }
    }

    /// The event as it is published: JSON, with no newline in it.
    pub fn to_json(&self) -> Vec<u8> {
        fn bytes<D: Serialize>(event: &Event<D>) -> Vec<u8> {
            serde_json::to_vec(event).expect("an event has string keys and finite numbers")
        }
        match self {
            Self::Completed(event) => bytes(event),
            Self::Rejected(event) => bytes(event),
        }
    }
}
