//! Requests: the envelope of every kind, and one file a kind.
//!
//! [`Envelope::read`] is the only way from a message to an event, and [`limits`] has every limit of a request. `pricing`
//! checks materials and lead times against the price book.

mod envelope;
mod error;
mod event_headers;
mod json_text;
mod price;
mod unchecked_event;

pub use envelope::Envelope;
pub use error::{InvalidRequest, RequestError};
pub use event_headers::EventHeaders;
pub use price::{Item, ModelRef, Request, Requested};

/// The limits of a request.
pub mod limits {
    /// Bytes in a whole message.
    pub const MESSAGE_BYTES: usize = 1 << 20;
    /// Bytes in the id of an event: an AMQP short string, which carries it as `message_id`.
    pub const ID_BYTES: usize = 255;
    /// Bytes in an object's key: S3's own limit.
    pub const KEY_BYTES: usize = 1024;
    /// Bytes in any other text.
    pub const TEXT_BYTES: usize = 1024;
    /// Items in a request.
    pub const ITEMS: usize = 100;
    /// Quantities, and lead times, in one item.
    pub const CHOICES: usize = 100;
    /// Quotes that a request asks for: over its items, quantities × lead times.
    pub const QUOTES: usize = 1000;
    /// Pieces of one quote.
    pub const QUANTITY: u32 = 1_000_000;
}
