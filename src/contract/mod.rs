//! The messages that other systems rely on: plain types, their versions and their JSON Schemas.
//!
//! [`request`] checks once what a request may ask for. The price book's schema is in `pricing`, as it depends on the
//! drivers. Nothing here reads a socket or a clock.

mod completed;
mod date_time;
mod event;
mod format;
mod geometry;
mod rejected;
pub mod request;
mod schema;
mod unit;
mod wording;

pub use completed::{
    Completed, DriverName, Engine, Finding, FindingCode, Measure, ModelInfo, Per, PriceBookIdentity, Quote, QuoteLine,
    Severity, UnitInfo, UnitSource,
};
pub use event::{CONTENT_TYPE, Event, ObjectInfo, RequestIdentity, SOURCE, event_id, rejection_id};
pub use format::Format;
pub use geometry::{Bounds, Geometry, MOST_PARTS, Part};
pub use rejected::{Position, Reason, Rejected, RejectionCode};
pub use request::{Envelope, EventHeaders, Item, ModelRef, Request, RequestError, Requested};
pub use schema::{MESSAGE_NAMES, schema};
pub use unit::Unit;

/// The type of a request.
pub const REQUESTED_TYPE: &str = "pricing.requested.v1";
/// The type of a priced result.
pub const COMPLETED_TYPE: &str = "pricing.completed.v1";
/// The type of a rejection.
pub const REJECTED_TYPE: &str = "pricing.rejected.v1";
/// The version of the crate, which results name as their engine.
pub const ENGINE_VERSION: &str = env!("CARGO_PKG_VERSION");
