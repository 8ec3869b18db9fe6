//! The messages that others rely on: plain types, their versions and their JSON Schemas.
//!
//! Everything here is data. What a field means to geometry or money is written where it is computed; what may
//! be asked for, and how much of it, is checked once, in [`request`]. Nothing here reads a socket or a clock.

mod completed;
mod date_time;
mod event;
mod rejected;
pub mod request;
mod schema;
mod wording;

pub use completed::{
    Bounds, Completed, DriverName, Engine, Finding, FindingCode, Geometry, Measure, ModelInfo, Per, PriceBookIdentity,
    Quote, QuoteLine, Severity, UnitInfo, UnitSource,
};
pub use event::{CONTENT_TYPE, Event, ObjectInfo, RequestIdentity, SOURCE, event_id};
pub use rejected::{Position, Reason, Rejected, RejectionCode};
pub use request::{Envelope, Format, Item, ModelRef, Request, RequestError, Requested, Unit};
pub use schema::{MESSAGE_NAMES, schema};

/// The type of a request.
pub const REQUESTED_TYPE: &str = "pricing.requested.v1";
/// The type of a priced result.
pub const COMPLETED_TYPE: &str = "pricing.completed.v1";
/// The type of a rejection.
pub const REJECTED_TYPE: &str = "pricing.rejected.v1";
/// The version that results name as their engine: the crate's.
pub const ENGINE_VERSION: &str = env!("CARGO_PKG_VERSION");
