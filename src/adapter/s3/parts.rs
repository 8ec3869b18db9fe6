//! A large object by several GETs at once, in order.
//!
//! One connection to a store seldom fills the line: Amazon's own gives some 90 MB/s, on a line of ten times that. So an
//! object is read by parts, each a GET of its range of the same version, taken up where it breaks. They arrive on
//! tasks of their own, also while what came before is computed.
//!
//! - The GET that opens an object asks for all of it, since its size is not known yet: a small object takes one
//!   request, no proxy or store has to understand ranges for it, and the SDK can hold it against the store's own
//!   checksum. Of a larger one the body of this GET is read as the first part; what of the rest is on its way by then
//!   is lost, with the connection. A range of the first bytes would save that, and cost every small object the rest.
//! - Two parts at first: one that is read, and the one after it. Another joins whenever the reader has waited for
//!   the bytes of a part, up to a bound; a reader that is slower than one connection never gets there.
//! - A part is begun when one before it was read to its end, so that no more is held than the parts that are in flight,
//!   however slow the reader. All of them end with the body.
//! - Where the store gives neither an entity tag nor a version, parts could be of two objects: then the object is read by
//!   the one GET.

use std::collections::VecDeque;
use std::sync::Arc;

use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::body::{Opened, Reading};
use crate::worker::ports::{Body, StoreError};

/// The largest object that is read by one GET.
const WHOLE_BYTES: u64 = 16 << 20;
/// A part: a fraction of a second on one connection, many times what it takes to ask for it.
const PART_BYTES: u64 = 8 << 20;
/// Parts in flight at first.
const AT_FIRST: usize = 2;
/// Parts in flight at most.
const AT_MOST: usize = 4;

/// A large object that is being read.
pub(super) struct Parts {
    object: Arc<Opened>,
    /// The first part, before anything is read.
    first: Option<Reading>,
    /// Where the part after those in flight begins.
    next_byte: u64,
    in_flight: VecDeque<Part>,
    at_once: usize,
}

/// A part that arrives. What has arrived waits in a channel; no more than the part fits.
struct Part {
    chunks: UnboundedReceiver<Result<Bytes, StoreError>>,
    left_bytes: u64,
    /// Whether the reader was faster.
    waited_for: bool,
    _arriving: AbortOnDropHandle<()>,
}

impl Parts {
    /// Whether an object is read by parts.
    pub fn are_of(object: &Opened) -> bool {
        object.size_bytes > WHOLE_BYTES && object.is_pinned()
    }

    /// What has arrived and was not read yet, at most.
    pub const AHEAD_BYTES: u64 = AT_MOST as u64 * PART_BYTES;

    /// The parts of an object, of which the first are in the body that it was opened with. Nothing is read yet.
    pub fn new(object: Arc<Opened>, body: ByteStream) -> Self {
        let first = Reading::start(Arc::clone(&object), body, PART_BYTES);
        Self { object, first: Some(first), next_byte: PART_BYTES, in_flight: VecDeque::new(), at_once: AT_FIRST }
    }

    /// As a stream.
    pub fn into_body(self) -> Body {
        let next = async |mut parts: Self| Ok(parts.next().await?.map(|chunk| (chunk, parts)));
        stream::try_unfold(self, next).boxed()
    }

    /// The next chunk; none at the end of the object.
    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        loop {
            self.begin();
            let Some(part) = self.in_flight.front_mut() else { return Ok(None) };
            if let Some(chunk) = part.next().await? {
                return Ok(Some(chunk));
            }
            if part.waited_for {
                self.at_once = AT_MOST.min(self.at_once + 1);
            }
            self.in_flight.pop_front();
        }
    }

    /// Begins as many parts as may be in flight.
    fn begin(&mut self) {
        if let Some(first) = self.first.take() {
            self.in_flight.push_back(Part::begin(first));
        }
        while self.in_flight.len() < self.at_once && self.next_byte < self.object.size_bytes {
            let end = self.object.size_bytes.min(self.next_byte + PART_BYTES);
            self.in_flight.push_back(Part::begin(Reading::part(Arc::clone(&self.object), self.next_byte..end)));
            self.next_byte = end;
        }
    }
}

impl Part {
    fn begin(mut reading: Reading) -> Self {
        let left_bytes = reading.left_bytes();
        let (sender, chunks) = unbounded_channel();
        let arriving = async move {
            while let Some(chunk) = reading.next().await.transpose() {
                let broken = chunk.is_err();
                if sender.send(chunk).is_err() || broken {
                    break;
                }
            }
        };
        let arriving = AbortOnDropHandle::new(tokio::spawn(arriving.in_current_span()));
        Self { chunks, left_bytes, waited_for: false, _arriving: arriving }
    }

    async fn next(&mut self) -> Result<Option<Bytes>, StoreError> {
        let arrived = if let Ok(chunk) = self.chunks.try_recv() {
            Some(chunk)
        } else {
            // At the end it is not the bytes that are waited for.
            self.waited_for |= self.left_bytes > 0;
            self.chunks.recv().await
        };
        match arrived {
            Some(chunk) => {
                let chunk = chunk?;
                self.left_bytes -= chunk.len() as u64;
                Ok(Some(chunk))
            }
            None if self.left_bytes == 0 => Ok(None),
            None => Err(StoreError::Unavailable("the download was broken off".into())),
        }
    }
}
