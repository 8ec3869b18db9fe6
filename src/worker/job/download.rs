//! An object's body in batches, checked against its announced length.
//!
//! A store gives chunks as small as a network read; a batch is as many as are worth a hop to the computing pool.
//! Chunks are passed on and never copied. The store resumes a body that breaks, where it can.

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::Fuse;

use crate::worker::ports::{Body, StoreError};

/// A batch is passed on once it has this many bytes.
const BATCH_BYTES: usize = 1 << 20;

/// Reads a body in batches.
pub(super) struct Download {
    body: Fuse<Body>,
    /// The chunks that were read for the head: the first ones of the next batch.
    head: Vec<Bytes>,
    size_bytes: u64,
    read_bytes: u64,
}

impl Download {
    /// Reads a body of an announced length.
    pub fn new(body: Body, size_bytes: u64) -> Self {
        Self { body: body.fuse(), head: Vec::new(), size_bytes, read_bytes: 0 }
    }

    /// The first bytes of the body, so many or all; they are read with the next batch once more. No more chunks are taken
    /// than that needs.
    pub async fn head(&mut self, most_bytes: usize) -> Result<Vec<u8>, StoreError> {
        let mut head = Vec::new();
        while head.len() < most_bytes {
            let Some(chunk) = self.next_chunk().await? else { break };
            let missing = chunk.len().min(most_bytes - head.len());
            head.extend_from_slice(&chunk[..missing]);
            self.head.push(chunk);
        }
        Ok(head)
    }

    /// The next chunks, a mebibyte or more together but for the last; empty at the end, once all was read.
    pub async fn next_batch(&mut self) -> Result<Vec<Bytes>, StoreError> {
        let mut batch = std::mem::take(&mut self.head);
        let mut batch_bytes: usize = batch.iter().map(Bytes::len).sum();
        while batch_bytes < BATCH_BYTES {
            let Some(chunk) = self.next_chunk().await? else { break };
            batch_bytes += chunk.len();
            batch.push(chunk);
        }
        Ok(batch)
    }

    /// Whether the last batch was the last of the body; unknown, and so false, where it was full.
    pub fn has_ended(&self) -> bool {
        self.body.is_done() && self.head.is_empty()
    }

    async fn next_chunk(&mut self) -> Result<Option<Bytes>, StoreError> {
        let Some(chunk) = self.body.next().await.transpose()? else {
            return self.end();
        };
        self.read_bytes += chunk.len() as u64;
        if self.read_bytes > self.size_bytes {
            let message = format!("the object grew beyond its {} bytes while it was read", self.size_bytes);
            return Err(StoreError::Changed(message));
        }
        Ok(Some(chunk))
    }

    fn end(&self) -> Result<Option<Bytes>, StoreError> {
        if self.read_bytes < self.size_bytes {
            return Err(StoreError::CutShort { read_bytes: self.read_bytes, size_bytes: self.size_bytes });
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::stream;

    use super::*;

    /// Chunks; whether the connection breaks after them; the announced length; what comes out.
    type Row = (&'static [usize], bool, u64, Result<usize, StoreError>);

    #[tokio::test]
    async fn a_body_is_held_against_its_length() {
        let short = |read_bytes, size_bytes| StoreError::CutShort { read_bytes, size_bytes };
        let down = StoreError::Unavailable("reset".into());
        let rows: Vec<Row> = vec![
            (&[], false, 0, Ok(0)),
            (&[684], false, 684, Ok(684)),
            (&[1 << 20, 1 << 20, 7], false, (2 << 20) + 7, Ok((2 << 20) + 7)),
            (&[600], false, 684, Err(short(600, 684))),
            (&[], false, 684, Err(short(0, 684))),
            (&[600], true, 684, Err(down.clone())),
            (
                &[600, 85],
                false,
                684,
                Err(StoreError::Changed("the object grew beyond its 684 bytes while it was read".into())),
            ),
        ];
        for (chunks, breaks, size_bytes, expected) in rows {
            let chunks = chunks.iter().map(|&length| Ok(Bytes::from(vec![0; length])));
            let body = stream::iter(chunks.chain(breaks.then(|| Err(down.clone()))).collect::<Vec<_>>()).boxed();
            let mut download = Download::new(body, size_bytes);
            let mut total = Ok(0);
            loop {
                match download.next_batch().await {
                    Ok(batch) if batch.is_empty() => break,
                    Ok(batch) => total = total.map(|sum| sum + batch.iter().map(Bytes::len).sum::<usize>()),
                    Err(error) => {
                        total = Err(error);
                        break;
                    }
                }
            }
            assert_eq!(total, expected, "{size_bytes} bytes announced");
        }
    }

    #[tokio::test]
    async fn small_chunks_are_batched_and_not_copied() {
        let chunk = Bytes::from(vec![1; 16 << 10]);
        let chunks: Vec<_> = (0..100).map(|_| Ok(chunk.clone())).collect();
        let mut download = Download::new(stream::iter(chunks).boxed(), 100 * (16 << 10));
        let first = download.next_batch().await.unwrap();
        assert_eq!(first.len(), 64);
        assert_eq!(first[0].as_ptr(), chunk.as_ptr());
        assert!(!download.has_ended());
        assert_eq!(download.next_batch().await.unwrap().len(), 36);
        assert!(download.has_ended(), "what is shorter than a batch is known to be the last");
        assert!(download.next_batch().await.unwrap().is_empty());
    }
}
