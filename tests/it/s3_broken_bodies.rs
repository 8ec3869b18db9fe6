//! Tests of broken bodies over a scripted S3 server: which resumed answers the adapter accepts, and which it refuses.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use futures_util::TryStreamExt;
use pricing_worker::adapter::S3;
use pricing_worker::worker::ports::{ObjectRef, ObjectStore, StoreError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use crate::support::{s3, soon};

const BODY: &[u8] = b"0123456789";
/// Announces the whole object, and closes the connection after four bytes.
const BREAKS: &str = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"e\"\r\n\r\n0123";

/// A server that gives these answers, one per connection, and then closes each new one; and the requests that it got.
async fn store(answers: Vec<String>) -> (S3, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let store = s3::at(listener.local_addr().expect("its address")).await;
    let requests = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&requests);
    tokio::spawn(async move {
        let mut answers = answers.into_iter();
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            let Some(answer) = answers.next() else { continue };
            let mut request = vec![0; 8192];
            let length = stream.read(&mut request).await.expect("a request");
            request.truncate(length);
            let request = String::from_utf8(request).expect("headers are text").to_lowercase();
            seen.lock().unwrap_or_else(PoisonError::into_inner).push(request);
            stream.write_all(answer.as_bytes()).await.expect("an answer");
        }
    });
    (store, requests)
}

fn rest(from: usize, range: &str, etag: &str) -> String {
    let body = String::from_utf8_lossy(&BODY[from..]);
    let length = body.len();
    let head = format!("HTTP/1.1 206 Partial Content\r\nContent-Length: {length}\r\nETag: \"{etag}\"");
    format!("{head}\r\nContent-Range: bytes {range}\r\n\r\n{body}")
}

fn error(status: &str, code: &str) -> String {
    let body = format!("<Error><Code>{code}</Code></Error>");
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}

async fn read(store: &S3) -> Result<Vec<u8>, StoreError> {
    let model = ObjectRef { bucket: Some("models".into()), key: "model.stl".into(), ..ObjectRef::default() };
    let object = store.open(&model).await?;
    assert_eq!(object.size_bytes, 10);
    let chunks: Vec<Bytes> = object.body.try_collect().await?;
    Ok(chunks.concat())
}

#[tokio::test]
async fn a_body_that_breaks_is_taken_up_where_it_stopped() {
    let rest_that_breaks = rest(4, "4-9/10", "e").replace("456789", "45");
    let rows = [
        vec![BREAKS.to_owned(), rest(4, "4-9/10", "e")],
        vec![BREAKS.to_owned(), rest_that_breaks, rest(6, "6-9/10", "e")],
        // The adapter retries a request that a busy store refused.
        vec![BREAKS.to_owned(), error("503 Slow Down", "SlowDown"), rest(4, "4-9/10", "e")],
    ];
    for answers in rows {
        let count = answers.len();
        let (store, requests) = store(answers).await;
        let body = soon("the whole body", read(&store)).await;
        assert_eq!(body.as_deref(), Ok(BODY));
        let requests = requests.lock().unwrap_or_else(PoisonError::into_inner);
        assert_eq!(requests.len(), count);
        assert!(!requests[0].contains("range: ") && !requests[0].contains("if-match: "), "{}", requests[0]);
        assert!(
            requests[1].contains("range: bytes=4-9\r\n") && requests[1].contains("if-match: \"e\""),
            "{}",
            requests[1]
        );
    }
}

/// Whether an error is the expected one.
type Expected = fn(&StoreError) -> bool;

#[tokio::test]
async fn a_rest_of_another_object_is_never_taken() {
    let changed = |error: &StoreError| matches!(error, StoreError::Changed(_));
    let gone = |error: &StoreError| matches!(error, StoreError::NotFound(_));
    let forbidden = |error: &StoreError| matches!(error, StoreError::Forbidden(_));
    let unavailable = |error: &StoreError| matches!(error, StoreError::Unavailable(_));
    let rows: [(&str, String, Expected); 8] = [
        ("replaced", error("412 Precondition Failed", "PreconditionFailed"), changed),
        ("shorter", error("416 Range Not Satisfiable", "InvalidRange"), changed),
        ("another tag, by a store that ignores conditions", rest(4, "4-9/10", "other"), changed),
        ("another length", rest(4, "4-11/12", "e"), changed),
        ("lost", error("404 Not Found", "NoSuchKey"), gone),
        ("forbidden", error("403 Forbidden", "AccessDenied"), forbidden),
        ("the whole again, by a store that ignores ranges", BREAKS.to_owned(), unavailable),
        ("a proxy that knows nothing", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".into(), unavailable),
    ];
    for (what, answer, expected) in rows {
        let (store, _) = store(vec![BREAKS.to_owned(), answer]).await;
        let error = soon(what, read(&store)).await.expect_err(what);
        assert!(expected(&error), "{what}: {error:?}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_again_and_again_is_given_up() {
    let (store, requests) =
        store(vec![BREAKS.to_owned(); 1].into_iter().chain(vec![rest_of_nothing(); 20]).collect()).await;
    let error = soon("the end", read(&store)).await.expect_err("it never gets on");
    assert!(matches!(error, StoreError::Unavailable(_) | StoreError::CutShort { .. }), "{error:?}");
    assert_eq!(requests.lock().unwrap_or_else(PoisonError::into_inner).len(), 6, "the first and five more");
}

/// The head of a resumed answer, without a body.
fn rest_of_nothing() -> String {
    rest(4, "4-9/10", "e").replace("456789", "")
}

#[tokio::test]
async fn what_cannot_be_pinned_is_not_taken_up() {
    let (store, requests) = store(vec![BREAKS.replace("ETag: \"e\"\r\n", ""), rest(4, "4-9/10", "e")]).await;
    soon("the end", read(&store)).await.expect_err("nothing tells the rest from another's");
    assert_eq!(requests.lock().unwrap_or_else(PoisonError::into_inner).len(), 1);
}

#[tokio::test]
async fn bytes_that_are_not_those_of_the_stores_own_checksum_are_no_body() {
    // The CRC-32 of the body, and that of another body.
    for (crc32, whole) in [("poTHxg==", true), ("AAAAAA==", false)] {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"e\"\r\nx-amz-checksum-crc32: {crc32}");
        let (store, requests) = store(vec![format!("{head}\r\n\r\n0123456789")]).await;
        let body = soon("the body", read(&store)).await;
        assert_eq!(body.is_ok(), whole, "{body:?}");
        assert!(whole || matches!(body, Err(StoreError::Unavailable(_))), "{body:?}");
        assert_eq!(requests.lock().unwrap_or_else(PoisonError::into_inner).len(), 1);
    }
}
