//! The whole core in one place: bytes + request + price book → completed or rejected.
//!
//! Bytes are pushed as they come, in chunks of any size: a mapped file, a body in memory and a download that is still
//! arriving are the same path. The caller owns the clock, the store and the threads; it asks [`Appraiser::accept`]
//! before it fetches anything, reserves [`Appraiser::memory_needed`], and runs [`Appraisal::push`] and
//! [`Appraisal::finish`], which compute, where computing is done.

mod answer;
mod appraisal;
mod findings;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use jiff::Timestamp;
use serde::Serialize;

use crate::contract::{
    COMPLETED_TYPE, Completed, ENGINE_VERSION, Engine, Event, ObjectInfo, REJECTED_TYPE, Reason, Rejected,
    RejectionCode, Request, Severity, event_id,
};
use crate::pricing::{Part, PriceBook};

pub use answer::{Answer, Artifact};
pub use appraisal::{Appraisal, Measured};

/// What a model may be, whatever the request says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest object, in bytes.
    pub object_bytes: u64,
    /// The memory that one model may take, in bytes; one that takes more is measured without its topology.
    pub memory_bytes: u64,
}

/// Tells a computation to stop: it does, within a block, with `job_timeout`.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Asks every holder of this flag to stop.
    pub fn stop(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether to stop.
    pub fn is_stopped(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Appraises models by one price book, within one set of limits.
#[derive(Debug)]
pub struct Appraiser {
    book: PriceBook,
    limits: Limits,
}

/// The answer to a request.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// It is priced.
    Completed(Box<Event<Completed>>),
    /// It has no price, for a reason.
    Rejected(Box<Event<Rejected>>),
}

impl Appraiser {
    /// An appraiser by a price book.
    pub fn new(book: PriceBook, limits: Limits) -> Self {
        Self { book, limits }
    }

    /// The price book.
    pub fn book(&self) -> &PriceBook {
        &self.book
    }

    /// Refuses what needs no bytes to be refused: a deadline that has passed, materials and lead times that do not
    /// exist, a format that is not read.
    pub fn accept(&self, request: &Request, now: Timestamp) -> Result<(), Reason> {
        if let Some(deadline) = request.data.deadline
            && now > deadline
        {
            let message = format!("the deadline was {deadline}");
            return Err(Reason::new(RejectionCode::DeadlineExceeded, message));
        }
        if let Some(format) = request.data.model.format.as_deref().filter(|format| !appraisal::reads(format)) {
            let message = format!("the format {format:?} is not read; stl is");
            return Err(Reason::new(RejectionCode::UnknownFormat, message));
        }
        self.book.select(&request.data.items).map(|_| ())
    }

    /// The memory, in bytes, that a model of this size takes at most while it is appraised: reserve it before
    /// [`Appraiser::begin`], hold it until the outcome.
    pub fn memory_needed(&self, size_bytes: u64) -> u64 {
        appraisal::Plan::of(size_bytes, self.limits.memory_bytes).memory_bytes
    }

    /// Begins to read a model of a known size.
    pub fn begin(&self, request: &Request, size_bytes: u64, stop: Stop) -> Result<Appraisal, Reason> {
        Appraisal::begin(&request.data.model, size_bytes, &self.limits, stop)
    }

    /// Quotes a measured model. `object` is the object as the store opened it.
    pub fn quote(&self, request: &Request, object: &ObjectInfo, measured: Measured) -> Result<Completed, Reason> {
        let Measured { model, geometry, mut findings } = measured;
        let part = Part {
            volume_mm3: geometry.volume_mm3,
            surface_area_mm2: geometry.surface_area_mm2,
            extents_mm: geometry.extents_mm,
        };
        let selection = self.book.select(&request.data.items)?;
        let quotes = self.book.quote(&selection, &part)?;
        findings.extend(self.book.findings(&selection, &part));
        Ok(Completed {
            request_id: request.id.clone(),
            order_id: request.data.order_id.clone(),
            object: object.clone(),
            model,
            geometry,
            review_required: findings.iter().any(|finding| finding.severity == Severity::Review),
            findings,
            quotes,
            price_book: self.book.identity().clone(),
            engine: Engine { version: ENGINE_VERSION.into() },
        })
    }

    /// The event that answers a request. `object` is the object as far as it is known.
    pub fn outcome(&self, request: &Request, object: &ObjectInfo, result: Result<Completed, Reason>) -> Outcome {
        let book_sha256 = &self.book.identity().sha256;
        let time = request.time.clone();
        match result {
            Ok(data) => {
                let id = event_id(COMPLETED_TYPE, request, object, book_sha256);
                Outcome::Completed(Box::new(Event::new(id, COMPLETED_TYPE, time, data)))
            }
            Err(reason) => {
                let id = event_id(REJECTED_TYPE, request, object, book_sha256);
                let data = Rejected {
                    request_id: request.id.clone(),
                    order_id: request.data.order_id.clone(),
                    object: object.clone(),
                    reason,
                };
                Outcome::Rejected(Box::new(Event::new(id, REJECTED_TYPE, time, data)))
            }
        }
    }
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
