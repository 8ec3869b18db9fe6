//! A scripted object store, for answers that a real one gives seldom, or not when a test needs them.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, TryStreamExt, stream};
use pricing_worker::appraise::HEAD_BYTES;
use pricing_worker::worker::ports::{Body, NewObject, Object, ObjectRef, ObjectStore, StoreError};
use tokio::sync::Semaphore;

/// A store with a scripted answer for each open and each probe; the last one is repeated.
#[derive(Clone)]
pub struct Scripted {
    opens: Arc<Mutex<VecDeque<Open>>>,
    asked: Arc<Mutex<Vec<ObjectRef>>>,
    probed: Arc<Mutex<Vec<Option<String>>>>,
    /// A scripted answer for each put; further puts succeed.
    puts: Arc<Mutex<VecDeque<Put>>>,
    stored: Arc<Mutex<Vec<Stored>>>,
    /// The gate: delayed bodies and puts wait for one of its permits.
    pub gate: Arc<Semaphore>,
    /// The most unread bytes that its bodies claim to hold.
    pub ahead_bytes: u64,
}

/// The answer to an open.
#[derive(Clone)]
pub enum Open {
    /// The object, with an entity tag, at once.
    Gives(Bytes, &'static str),
    /// The object: its head at once, and the rest once the gate has a permit.
    GivesLater(Bytes, &'static str),
    /// Fewer bytes than the announced size.
    GivesLess(Bytes),
    /// An error.
    Fails(StoreError),
}

/// The answer to a put.
#[derive(Clone)]
pub enum Put {
    /// Stores the object, once there is a permit of the gate.
    TakesLater,
    /// Fails.
    Fails(StoreError),
}

/// An object that was put.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stored {
    /// The bucket.
    pub bucket: Option<String>,
    /// The key.
    pub key: String,
    /// The media type.
    pub content_type: Option<String>,
    /// The contents.
    pub bytes: Bytes,
}

impl Scripted {
    /// A store with a script.
    pub fn new(opens: impl IntoIterator<Item = Open>) -> Self {
        let opens = Arc::new(Mutex::new(opens.into_iter().collect()));
        Self {
            opens,
            asked: Arc::default(),
            probed: Arc::default(),
            puts: Arc::default(),
            stored: Arc::default(),
            gate: Arc::new(Semaphore::new(0)),
            ahead_bytes: 0,
        }
    }

    /// Adds a script for its puts.
    #[must_use]
    pub fn putting(self, puts: impl IntoIterator<Item = Put>) -> Self {
        Self { puts: Arc::new(Mutex::new(puts.into_iter().collect())), ..self }
    }

    /// The objects that were put, in order.
    pub fn stored(&self) -> Vec<Stored> {
        self.stored.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The buckets that were probed, in order; none is the store itself.
    pub fn probed(&self) -> Vec<Option<String>> {
        self.probed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn next_open(&self) -> Open {
        let mut opens = self.opens.lock().unwrap_or_else(PoisonError::into_inner);
        let next = if opens.len() > 1 { opens.pop_front() } else { opens.front().cloned() };
        next.expect("a script")
    }

    /// Replaces the script by one answer.
    pub fn now(&self, open: Open) {
        self.script([open]);
    }

    /// Replaces the script.
    pub fn script(&self, opens: impl IntoIterator<Item = Open>) {
        *self.opens.lock().unwrap_or_else(PoisonError::into_inner) = opens.into_iter().collect();
    }

    /// The objects that were opened, in order.
    pub fn asked(&self) -> Vec<ObjectRef> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl ObjectStore for Scripted {
    async fn open(&self, model: &ObjectRef) -> Result<Object, StoreError> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).push(model.clone());
        let object = |size: usize, etag: &str, body| Object {
            size_bytes: size as u64,
            etag: Some(etag.to_owned()),
            version_id: None,
            content_type: None,
            ahead_bytes: self.ahead_bytes,
            body,
        };
        let at_once = |bytes: Bytes| stream::iter([Ok(bytes)]).boxed();
        match self.next_open() {
            Open::Gives(bytes, etag) => Ok(object(bytes.len(), etag, at_once(bytes))),
            Open::GivesLater(bytes, etag) => {
                let (gate, size) = (Arc::clone(&self.gate), bytes.len());
                assert!(size > HEAD_BYTES, "an object that is all head would be there at once");
                let (head, rest) = (bytes.slice(..HEAD_BYTES), bytes.slice(HEAD_BYTES..));
                let later = async move {
                    gate.acquire().await.expect("the gate stays").forget();
                    Ok(rest)
                };
                Ok(object(size, etag, at_once(head).chain(later.into_stream()).boxed()))
            }
            Open::GivesLess(bytes) => Ok(object(bytes.len() + 1, "short", at_once(bytes))),
            Open::Fails(error) => Err(error),
        }
    }

    async fn put(&self, object: &NewObject<'_>, body: Body) -> Result<(), StoreError> {
        let put = self.puts.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        match put {
            Some(Put::Fails(error)) => return Err(error),
            Some(Put::TakesLater) => self.gate.acquire().await.expect("the gate stays").forget(),
            None => {}
        }
        let bytes = body.try_fold(Vec::new(), async |bytes, chunk| Ok([&bytes[..], &chunk].concat())).await?;
        assert_eq!(bytes.len() as u64, object.size_bytes, "the announced length");
        self.stored.lock().unwrap_or_else(PoisonError::into_inner).push(Stored {
            bucket: object.bucket.map(str::to_owned),
            key: object.key.into(),
            content_type: object.content_type.map(str::to_owned),
            bytes: bytes.into(),
        });
        Ok(())
    }

    async fn probe(&self, bucket: Option<&str>) -> Result<(), StoreError> {
        self.probed.lock().unwrap_or_else(PoisonError::into_inner).push(bucket.map(str::to_owned));
        match self.next_open() {
            Open::Fails(error @ StoreError::Unavailable(_)) => Err(error),
            _ => Ok(()),
        }
    }
}
