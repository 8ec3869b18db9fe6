//! Reads a large object by several GETs at once, in order.
//!
//! One connection to a store seldom fills the line: a connection to Amazon S3 gives some 90 MB/s, on a line of ten times
//! that. So an object is read in parts, each by a GET of its range of the same version, resumed where it breaks. Parts
//! arrive on tasks of their own, also while earlier bytes are computed.
//!
//! - The GET that opens an object asks for all of it, since its size is not known yet: a small object takes one
//!   request, no proxy or store has to understand ranges for it, and the SDK can check it against the store's own
//!   checksum. Of a larger object the body of this GET is read as the first part; later bytes that are under way by then
//!   are lost, with the connection. A first GET of a range would save them, and cost every small object the above.
//! - Two parts are in flight at first: the one that is read, and the next. Whenever the reader has waited for the bytes of a
//!   part, one more is added, up to a bound; a reader that is slower than one connection never waits.
//! - A part is begun when an earlier one was read to its end, so that memory holds no more than the parts in flight,
//!   however slow the reader. All parts end with the body.
//! - Where the store gives neither an entity tag nor a version, parts could be of two objects: then one GET reads the
//!   object.

use std::collections::VecDeque;
use std::sync::Arc;

use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;
use futures_util::{StreamExt, stream};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};
use tokio_util::task::AbortOnDropHandle;
use tracing::Instrument;

use super::body::{PinnedObject, RangeReader};
use crate::worker::ports::{Body, StoreError};

/// The largest object that is read by one GET.
const WHOLE_BYTES: u64 = 16 << 20;
/// The size of a part: a fraction of a second on one connection, and many times the latency of a GET.
const PART_BYTES: u64 = 8 << 20;
/// Parts in flight at first.
const AT_FIRST: usize = 2;
/// Parts in flight at most.
const AT_MOST: usize = 4;

/// Reads a large object in parts.
pub(super) struct PartsReader {
    object: Arc<PinnedObject>,
    /// The first part, before anything is read.
    first: Option<RangeReader>,
    /// Where the part after those in flight begins.
    next_byte: u64,
    in_flight: VecDeque<ArrivingPart>,
    at_once: usize,
}

/// A part that arrives. Its chunks wait in a channel, which holds no more than the part.
struct ArrivingPart {
    chunks: UnboundedReceiver<Result<Bytes, StoreError>>,
    left_bytes: u64,
    /// Whether the reader has waited for its bytes.
    waited_for: bool,
    _arriving: AbortOnDropHandle<()>,
}

impl PartsReader {
    /// Whether it reads an object: a large and pinned one.
    pub fn reads(object: &PinnedObject) -> bool {
        object.size_bytes > WHOLE_BYTES && object.is_pinned()
    }

    /// The most bytes that have arrived and are not read yet.
    pub const AHEAD_BYTES: u64 = AT_MOST as u64 * PART_BYTES;

    /// Reads an object whose first bytes are in the body that it was opened with. Reads nothing yet.
    pub fn new(object: Arc<PinnedObject>, body: ByteStream) -> Self {
        let first = RangeReader::start(Arc::clone(&object), body, PART_BYTES);
        Self { object, first: Some(first), next_byte: PART_BYTES, in_flight: VecDeque::new(), at_once: AT_FIRST }
    }

    /// As a stream.
    pub fn into_body(self) -> Body {
        let next = async |mut reader: Self| Ok(reader.next().await?.map(|chunk| (chunk, reader)));
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
            self.in_flight.push_back(ArrivingPart::begin(first));
        }
        while self.in_flight.len() < self.at_once && self.next_byte < self.object.size_bytes {
            let end = self.object.size_bytes.min(self.next_byte + PART_BYTES);
            self.in_flight
                .push_back(ArrivingPart::begin(RangeReader::part(Arc::clone(&self.object), self.next_byte..end)));
            self.next_byte = end;
        }
    }
}

impl ArrivingPart {
    fn begin(mut reader: RangeReader) -> Self {
        let left_bytes = reader.left_bytes();
        let (sender, chunks) = unbounded_channel();
        let arriving = async move {
            while let Some(chunk) = reader.next().await.transpose() {
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
            // After the last byte the wait is for the end of the channel.
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
