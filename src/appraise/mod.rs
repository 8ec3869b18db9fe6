//! The appraisal of one model: bytes, a request and a price book in, a completed or rejected event out.
//!
//! The caller owns the clock, the store and the threads. It calls [`Appraiser::accept`] before the download, and
//! [`Appraiser::plan`] with the head of the model. It reserves the memory of the plan, and runs [`Appraisal::push`] and
//! [`Appraisal::finish`] on its compute threads. Chunks have any size: a mapped file, a body in memory and a download in
//! progress take the same path.

mod answer;
mod appraisal;
mod conversion;
mod exact;
mod findings;
mod format_hints;
mod geometry;
mod measuring_sink;
mod model_parts;
mod no_solid;
mod outcome;
mod plan;
mod quote_request;
mod stop;
mod unit;

use jiff::Timestamp;

use crate::contract::{
    COMPLETED_TYPE, Completed, ENGINE_VERSION, Engine, Event, ObjectInfo, REJECTED_TYPE, Reason, Rejected,
    RejectionCode, RequestIdentity, Severity, event_id,
};
use crate::format::{self, FORMATS, Formats, Head};
use crate::pricing::PriceBook;

pub use self::answer::{Answer, Artifact};
pub use self::appraisal::{Appraisal, MeasuredModel, Unread};
pub use self::conversion::Conversion;
pub use self::no_solid::stopped;
pub use self::outcome::Outcome;
pub use self::plan::{Allowance, Plan, least_memory_bytes};
pub use self::quote_request::QuoteRequest;
pub use self::stop::Stop;
pub use crate::format::HEAD_BYTES;
pub use crate::mesh::catches_panics;

/// The limits of a model, the same on every replica of a fleet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// The largest object, in bytes.
    pub object_bytes: u64,
    /// The largest mesh whose topology is examined, in triangles; a larger one is measured as it streams.
    pub topology_triangles: u64,
}

/// Appraises models by one price book and one set of limits.
#[derive(Debug)]
pub struct Appraiser {
    book: PriceBook,
    limits: Limits,
    engine: Engine,
    formats: Formats,
    /// The memory of the converter of CAD files, in bytes; none where there is no converter.
    converter_bytes: Option<u64>,
}

impl Appraiser {
    /// An appraiser by a price book.
    pub fn new(book: PriceBook, limits: Limits) -> Self {
        let engine = Engine { version: ENGINE_VERSION.into(), topology_triangles: Some(limits.topology_triangles) };
        Self { book, limits, engine, formats: &FORMATS, converter_bytes: None }
    }

    /// The same appraiser with another table of formats.
    #[must_use]
    pub fn reading(self, formats: Formats) -> Self {
        Self { formats, ..self }
    }

    /// The same appraiser, which reads CAD files too: the caller has a converter, with so much memory for each file.
    #[must_use]
    pub fn converting(self, converter_bytes: u64) -> Self {
        Self { converter_bytes: Some(converter_bytes), ..self }
    }

    /// The price book.
    pub fn book(&self) -> &PriceBook {
        &self.book
    }

    /// The least memory budget, in bytes: that of the largest model whose topology is examined.
    pub fn least_memory_bytes(&self) -> u64 {
        least_memory_bytes(self.limits.topology_triangles, &self.book)
    }

    /// The engine that its results name.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// Rejects a request by what it says alone: a deadline that has passed, an unknown material or lead time, a format that
    /// is not read.
    pub fn accept(&self, request: &QuoteRequest, now: Timestamp) -> Result<(), Reason> {
        if let Some(deadline) = request.deadline
            && now > deadline
        {
            let message = format!("the deadline was {deadline}");
            return Err(Reason::new(RejectionCode::DeadlineExceeded, message));
        }
        let formats = self.formats;
        if let Some(format) = request.format.as_deref().filter(|format| format::find(formats, format).is_none()) {
            let are = if formats.len() == 1 { "is" } else { "are" };
            let message = format!("the format {format:?} is not read; {} {are}", format::names(formats));
            return Err(Reason::new(RejectionCode::UnknownFormat, message));
        }
        self.book.select(&request.items).map(|_| ())
    }

    /// Plans the reading of a model. `head` is its first [`HEAD_BYTES`] bytes, or all of them. The first plan of a model has the
    /// default allowance.
    pub fn plan(
        &self,
        request: &QuoteRequest,
        size_bytes: u64,
        head: &[u8],
        allowance: Allowance,
    ) -> Result<Plan, Reason> {
        let head = Head { bytes: head, size_bytes };
        let Self { limits, book, formats, converter_bytes, .. } = self;
        Plan::of(request, &head, limits, book, formats, *converter_bytes, allowance)
    }

    /// Adds to a plan the content type that the store has for the model.
    #[must_use]
    pub fn with_content_type(&self, mut plan: Plan, content_type: Option<&str>) -> Plan {
        if let Some(content_type) = content_type {
            plan.format_hints.add_content_type(content_type, self.formats);
        }
        plan
    }

    /// Begins to read a model, from its first byte.
    pub fn begin(&self, plan: Plan, stop: Stop) -> Appraisal {
        Appraisal::begin(plan, stop)
    }

    /// Quotes a measured model. `object` is as the store opened it.
    pub fn quote(
        &self,
        request: &QuoteRequest,
        object: &ObjectInfo,
        measured: MeasuredModel,
    ) -> Result<Completed, Reason> {
        let MeasuredModel { model, geometry, mut findings, measures, other_units } = measured;
        let selection = self.book.select(&request.items)?;
        let quotes = self.book.quote(&selection, &measures)?;
        let first = selection.first();
        unit::add_other_units(&mut findings, &other_units, |measures| {
            self.book.quote(&first, measures).ok()?.into_iter().next()
        });
        findings.extend(self.book.findings(&selection, measures.basic()));
        Ok(Completed {
            request_id: request.identity.id.clone(),
            order_id: request.order_id.clone(),
            object: object.clone(),
            model,
            geometry,
            measures: measures.into_stored(),
            review_required: findings.iter().any(|finding| finding.severity == Severity::Review),
            findings,
            quotes,
            price_book: self.book.identity().clone(),
            engine: self.engine.clone(),
        })
    }

    /// The event that answers a request. `object` has what is known of the object.
    pub fn outcome(&self, request: &QuoteRequest, object: &ObjectInfo, result: Result<Completed, Reason>) -> Outcome {
        let QuoteRequest { identity, time, order_id, .. } = request;
        match result {
            Ok(data) => {
                let id = event_id(COMPLETED_TYPE, identity, object, &self.book.identity().sha256, &self.engine);
                Outcome::Completed(Box::new(Event::new(id, COMPLETED_TYPE, time.clone(), data)))
            }
            Err(reason) => {
                let (request_id, order_id, object) = (identity.id.clone(), order_id.clone(), object.clone());
                self.rejected(identity, time.clone(), Rejected { request_id, order_id, object, reason })
            }
        }
    }

    /// The event that rejects a request, valid or not.
    pub fn rejected(&self, identity: &RequestIdentity, time: Option<String>, data: Rejected) -> Outcome {
        let id = event_id(REJECTED_TYPE, identity, &data.object, &self.book.identity().sha256, &self.engine);
        Outcome::Rejected(Box::new(Event::new(id, REJECTED_TYPE, time, data)))
    }
}
