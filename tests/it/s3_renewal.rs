//! Tests of credentials that the store refuses: they are made anew, once for all calls that fail, and the call is made once
//! more, whichever it is.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use aws_config::{BehaviorVersion, Region};
use aws_sdk_s3::config::Credentials;
use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::{StreamExt, TryStreamExt, stream};
use pricing_worker::adapter::S3;
use pricing_worker::worker::ports::{NewObject, ObjectRef, ObjectStore, StoreError};

use crate::support::http_server::answering;
use crate::support::s3::Bucket;
use crate::support::soon;

/// The larger objects are read and written in parts.
const LARGE_BYTES: usize = (33 << 20) + 5;

/// The store's client of a test, and how often its credentials were made.
struct Client {
    store: S3,
    made: Arc<AtomicU32>,
}

impl Client {
    /// A client with these keys at first, and with those that are in `keys` whenever it makes others.
    async fn new(endpoint: SocketAddr, keys: impl Fn() -> (String, String) + Send + Sync + 'static) -> Self {
        let made = Arc::<AtomicU32>::default();
        let count = Arc::clone(&made);
        let config = move || {
            count.fetch_add(1, Ordering::Relaxed);
            let (access_key, secret_key) = keys();
            aws_config::defaults(BehaviorVersion::latest())
                .endpoint_url(format!("http://{endpoint}"))
                .region(Region::from_static("us-east-1"))
                .credentials_provider(Credentials::new(access_key, secret_key, None, None, "test"))
        };
        Self { store: S3::load(config, true).await, made }
    }

    fn made(&self) -> u32 {
        self.made.load(Ordering::Relaxed)
    }

    async fn put(&self, bucket: &str, key: &str, bytes: Bytes) -> Result<(), StoreError> {
        let object = NewObject { bucket: Some(bucket), key, content_type: None, size_bytes: bytes.len() as u64 };
        self.store.put(&object, Box::pin(stream::iter([Ok(bytes)]))).await
    }

    async fn get(&self, bucket: &str, key: &str) -> Result<Vec<u8>, StoreError> {
        let object = ObjectRef { bucket: Some(bucket.into()), key: key.into(), ..ObjectRef::default() };
        let chunks: Vec<Bytes> = self.store.open(&object).await?.body.try_collect().await?;
        Ok(chunks.concat())
    }
}

/// Lets the time pass within which credentials are made no more than once.
async fn some_seconds_pass() {
    tokio::time::pause();
    tokio::time::advance(std::time::Duration::from_secs(6)).await;
    tokio::time::resume();
}

/// A client of a bucket whose key is rotated after the client was made.
async fn rotated() -> (Bucket, Client) {
    let bucket = Bucket::own().await;
    let keys = bucket.keys.clone();
    let client = Client::new(bucket.address(), move || keys.current()).await;
    bucket.keys.rotate("renewed", "renewed-secret");
    (bucket, client)
}

#[tokio::test]
async fn a_key_that_was_rotated_is_in_use_from_the_next_call_on_whichever_that_is() {
    for bytes in [Bytes::from_static(b"small"), Bytes::from(vec![7; LARGE_BYTES])] {
        let (bucket, client) = rotated().await;
        let key = bucket.key("put");
        assert_eq!(client.put(&bucket.name, &key, bytes.clone()).await, Ok(()));
        assert_eq!(client.made(), 2, "made at first, and once more");
        assert_eq!(client.get(&bucket.name, &key).await.as_deref(), Ok(&bytes[..]));

        let (bucket, client) = rotated().await;
        bucket.put(&bucket.key("got"), bytes.to_vec()).await;
        assert_eq!(client.get(&bucket.name, &bucket.key("got")).await.as_deref(), Ok(&bytes[..]));
        assert_eq!(client.made(), 2, "made at first, and once more");
    }
}

#[tokio::test]
async fn a_key_that_is_rotated_in_the_middle_of_a_download_or_an_upload_breaks_neither() {
    let large = Bytes::from(vec![7; LARGE_BYTES]);
    let bucket = Bucket::own().await;
    let keys = bucket.keys.clone();
    let client = Client::new(bucket.address(), move || keys.current()).await;
    let key = bucket.key("large");
    // The key changes between two parts of the upload.
    let (keys, chunk) = (bucket.keys.clone(), large.clone());
    // Another secret of the same key: the server takes the parts of an upload from the one that began it.
    let access_key = keys.current().0;
    let chunks = stream::iter(0..2).map(move |half| {
        if half == 1 {
            keys.rotate(&access_key, "second");
        }
        let middle = chunk.len() / 2;
        Ok(if half == 0 { chunk.slice(..middle) } else { chunk.slice(middle..) })
    });
    let object =
        NewObject { bucket: Some(&bucket.name), key: &key, content_type: None, size_bytes: large.len() as u64 };
    assert_eq!(client.store.put(&object, Box::pin(chunks)).await, Ok(()));
    assert_eq!(client.made(), 2);

    // The key changes after the first bytes of the download: its later parts are asked for with the old one at first.
    some_seconds_pass().await;
    let object = ObjectRef { bucket: Some(bucket.name.clone()), key, ..ObjectRef::default() };
    let mut body = client.store.open(&object).await.expect("an object").body;
    let first = body.try_next().await.expect("a chunk").expect("a chunk");
    bucket.keys.rotate(&bucket.keys.current().0, "third");
    let rest: Vec<Bytes> = body.try_collect().await.expect("the rest");
    assert!([&first[..], &rest.concat()].concat() == large, "other bytes");
    assert_eq!(client.made(), 3);
}

#[tokio::test]
async fn calls_that_fail_at_once_make_credentials_once() {
    let (bucket, client) = rotated().await;
    bucket.put(&bucket.key("got"), b"small".to_vec()).await;
    let key = bucket.key("got");
    let got = join_all((0..50).map(|_| client.get(&bucket.name, &key))).await;
    assert!(got.iter().all(|got| got.as_deref() == Ok(b"small")), "{got:?}");
    assert_eq!(client.made(), 2);
}

#[tokio::test]
async fn a_store_that_keeps_refusing_is_asked_for_no_more_than_once_in_seconds() {
    let bucket = Bucket::own().await;
    let client = Client::new(bucket.address(), || ("unknown".into(), "secret".into())).await;
    for expected in [2, 3] {
        for _ in 0..5 {
            let error = client.get(&bucket.name, "key").await.expect_err("no such key");
            assert!(matches!(&error, StoreError::Unavailable(why) if why.contains("InvalidAccessKeyId")), "{error:?}");
        }
        assert_eq!(client.made(), expected);
        some_seconds_pass().await;
    }
}

/// A store that refuses the first credentials with an answer of its own, and takes others. It reads requests to their end.
async fn refusing(status: &'static str, code: &'static str, message: &'static str) -> SocketAddr {
    answering(move |head| {
        let body = if head.contains("Credential=first/") {
            format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>")
        } else {
            "a model".to_owned()
        };
        let status = if body == "a model" { "200 OK" } else { status };
        let length = body.len();
        format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nETag: \"e\"\r\nConnection: close\r\n\r\n{body}")
    })
    .await
}

#[tokio::test]
async fn what_stores_say_of_credentials_makes_them_anew_and_nothing_else_does() {
    let rows = [
        ("400 Bad Request", "ExpiredToken", "The provided token has expired.", true),
        ("403 Forbidden", "ExpiredTokenException", "", true),
        ("403 Forbidden", "InvalidAccessKeyId", "", true),
        ("403 Forbidden", "SignatureDoesNotMatch", "", true),
        ("400 Bad Request", "InvalidToken", "", true),
        ("400 Bad Request", "TokenRefreshRequired", "", true),
        ("403 Forbidden", "AccessDenied", "Forbidden: No such key: GK02c4d4568dba5e91fdc329ff", true),
        ("403 Forbidden", "AccessDenied", "Forbidden: Invalid signature", true),
        ("403 Forbidden", "AccessDenied", "Access Denied", false),
        ("403 Forbidden", "RequestTimeTooSkewed", "", false),
        ("404 Not Found", "NoSuchKey", "", false),
        ("301 Moved Permanently", "PermanentRedirect", "", false),
    ];
    for (status, code, message, is_renewed) in rows {
        let number = Arc::<AtomicU32>::default();
        let next = move || {
            let name = if number.fetch_add(1, Ordering::Relaxed) == 0 { "first" } else { "second" };
            (name.to_owned(), "secret".to_owned())
        };
        let client = Client::new(refusing(status, code, message).await, next).await;
        let got = soon("an answer", client.get("models", "model.stl")).await;
        assert_eq!((got.is_ok(), client.made()), (is_renewed, 1 + u32::from(is_renewed)), "{code} {message}: {got:?}");
    }
}
