//! The port of the converter of CAD files.

use std::fmt::Debug;

use bytes::Bytes;
use futures_util::stream::BoxStream;

pub use crate::appraise::Conversion;
use crate::contract::Reason;
use crate::worker::ports::{Body, StoreError};

/// Converts CAD files to the stream that the core reads.
///
/// Strangers made the files, and what reads them may be led to anything: a conversion shares nothing with the worker but bytes, and
/// takes no more memory and time than it was given. Its end, whatever the end, is one of that file alone.
pub trait CadConverter: Debug + Send + Sync + 'static {
    /// Converts a file, and gives the stream. The conversion begins when the stream is first asked for; it stops when the stream is
    /// dropped. A stream that ends without an error is whole.
    fn convert(&self, conversion: Conversion, file: Body) -> ConvertedBody;
}

/// The bytes of a converter's stream in order. It has ended after an error.
pub type ConvertedBody = BoxStream<'static, Result<Bytes, ConversionError>>;

/// Why a file was not converted.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConversionError {
    /// The store did not give the file.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file cannot be converted within its limits.
    #[error("{0}")]
    Refused(#[from] Reason),
    /// No file can be converted now: the converter did not start.
    #[error("the CAD converter did not start: {0}")]
    Unavailable(String),
}
