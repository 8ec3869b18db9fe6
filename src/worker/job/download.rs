//! An object's body in batches, checked against its announced length.
//!
//! A store gives chunks as small as a network read; a batch is as many as are worth a hop to the computing pool.
//! Chunks are passed on and never copied. The store resumes a body that breaks, where it can. What a converter makes of an
//! object is read the same way; its length is not known before.

use bytes::Bytes;
use futures_util::stream::{BoxStream, Fuse};
use futures_util::{StreamExt, stream};

use crate::worker::ports::{Body, StoreError};

/// A batch is passed on once it has this many bytes.
const BATCH_BYTES: usize = 1 << 20;

/// Reads a body in batches.
pub(super) struct Download<E = StoreError> {
    body: Fuse<BoxStream<'static, Result<Bytes, E>>>,
    /// The chunks that were read for the head: the first ones of the next batch.
    head: Vec<Bytes>,
    /// The announced length; none where there is none.
    size_bytes: Option<u64>,
    read_bytes: u64,
}

impl Download {
    /// Reads a body of an announced length.
    pub fn new(body: Body, size_bytes: u64) -> Self {
        Self { body: body.fuse(), head: Vec::new(), size_bytes: Some(size_bytes), read_bytes: 0 }
    }

    /// The rest of the body, with what was read for the head. It is held against its length as well.
    pub fn into_body(self) -> Body {
        let next = |mut download: Self| async {
            let head = (!download.head.is_empty()).then(|| download.head.remove(0));
            let chunk = if head.is_some() { head } else { download.next_chunk().await? };
            Ok(chunk.map(|chunk| (chunk, download)))
        };
        stream::try_unfold(self, next).boxed()
    }
}

impl<E: From<StoreError>> Download<E> {
    /// Reads a body whose length nobody announced: its end is an error where it is none.
    pub fn of_unknown_length(body: BoxStream<'static, Result<Bytes, E>>) -> Self {
        Self { body: body.fuse(), head: Vec::new(), size_bytes: None, read_bytes: 0 }
    }

    /// The first bytes of the body, so many or all; they are read with the next batch once more. No more chunks are taken
    /// than that needs.
    pub async fn head(&mut self, most_bytes: usize) -> Result<Vec<u8>, E> {
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
    pub async fn next_batch(&mut self) -> Result<Vec<Bytes>, E> {
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

    async fn next_chunk(&mut self) -> Result<Option<Bytes>, E> {
        let Some(chunk) = self.body.next().await.transpose()? else {
            return Ok(self.end()?);
        };
        self.read_bytes += chunk.len() as u64;
        match self.size_bytes {
            Some(size_bytes) if self.read_bytes > size_bytes => {
                let message = format!("the object grew beyond its {size_bytes} bytes while it was read");
                Err(StoreError::Changed(message).into())
            }
            _ => Ok(Some(chunk)),
        }
    }

    fn end(&self) -> Result<Option<Bytes>, StoreError> {
        match self.size_bytes {
            Some(size_bytes) if self.read_bytes < size_bytes => {
                Err(StoreError::CutShort { read_bytes: self.read_bytes, size_bytes })
            }
            _ => Ok(None),
        }
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
