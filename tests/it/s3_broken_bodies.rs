//! Tests of broken bodies over a scripted S3 server: which resumed answers the adapter accepts, and which it refuses.

use bytes::Bytes;
use futures_util::TryStreamExt;
use pricing_worker::adapter::S3;
use pricing_worker::worker::ports::{ObjectRef, ObjectStore, StoreError};

use crate::support::scripted_s3::{self, ScriptedS3};
use crate::support::soon;

const BODY: &[u8] = b"0123456789";
/// Announces the whole object, and closes the connection after four bytes.
const BREAKS: &str = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"e\"\r\n\r\n0123";

fn rest(from: usize, range: &str, etag: &str) -> String {
    let body = String::from_utf8_lossy(&BODY[from..]);
    let length = body.len();
    let head = format!("HTTP/1.1 206 Partial Content\r\nContent-Length: {length}\r\nETag: \"{etag}\"");
    format!("{head}\r\nContent-Range: bytes {range}\r\n\r\n{body}")
}

fn error(status: &str, code: &str) -> String {
    scripted_s3::error(status, code, "")
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
        let server = ScriptedS3::new(answers).await;
        let body = soon("the whole body", read(&server.store)).await;
        assert_eq!(body.as_deref(), Ok(BODY));
        let requests = server.requests();
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
    let denied = |error: &StoreError| matches!(error, StoreError::Denied(_));
    let unavailable = |error: &StoreError| matches!(error, StoreError::Unavailable(_));
    let untold = rest(4, "4-9/10", "e").replace("ETag: \"e\"\r\n", "");
    assert!(!untold.contains("ETag"), "{untold}");
    let rows: [(&str, String, Expected); 9] = [
        ("replaced", error("412 Precondition Failed", "PreconditionFailed"), changed),
        ("shorter", error("416 Range Not Satisfiable", "InvalidRange"), changed),
        ("another tag, by a store that ignores conditions", rest(4, "4-9/10", "other"), changed),
        ("no tag, by a store that may ignore conditions", untold, changed),
        ("another length", rest(4, "4-11/12", "e"), changed),
        ("lost", error("404 Not Found", "NoSuchKey"), gone),
        ("denied", error("403 Forbidden", "AccessDenied"), denied),
        ("the whole again, by a store that ignores ranges", BREAKS.to_owned(), unavailable),
        ("a proxy that knows nothing", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".into(), unavailable),
    ];
    for (what, answer, expected) in rows {
        let server = ScriptedS3::new([BREAKS.to_owned(), answer]).await;
        let error = soon(what, read(&server.store)).await.expect_err(what);
        assert!(expected(&error), "{what}: {error:?}");
    }
}

#[tokio::test]
async fn a_body_that_breaks_again_and_again_is_given_up() {
    let answers = [BREAKS.to_owned()].into_iter().chain(vec![rest_of_nothing(); 20]);
    let server = ScriptedS3::new(answers).await;
    let error = soon("the end", read(&server.store)).await.expect_err("it never gets on");
    assert!(matches!(error, StoreError::Unavailable(_) | StoreError::CutShort { .. }), "{error:?}");
    assert_eq!(server.requests().len(), 6, "the first and five more");
}

/// The head of a resumed answer, without a body.
fn rest_of_nothing() -> String {
    rest(4, "4-9/10", "e").replace("456789", "")
}

#[tokio::test]
async fn what_cannot_be_pinned_is_not_taken_up() {
    let server = ScriptedS3::new([BREAKS.replace("ETag: \"e\"\r\n", ""), rest(4, "4-9/10", "e")]).await;
    soon("the end", read(&server.store)).await.expect_err("nothing tells the rest from another's");
    assert_eq!(server.requests().len(), 1);
}

#[tokio::test]
async fn bytes_that_are_not_those_of_the_stores_own_checksum_are_no_body() {
    // The CRC-32 of the body, and that of another body.
    for (crc32, whole) in [("poTHxg==", true), ("AAAAAA==", false)] {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: \"e\"\r\nx-amz-checksum-crc32: {crc32}");
        let server = ScriptedS3::new([format!("{head}\r\n\r\n0123456789")]).await;
        let body = soon("the body", read(&server.store)).await;
        assert_eq!(body.is_ok(), whole, "{body:?}");
        assert!(whole || matches!(body, Err(StoreError::Unavailable(_))), "{body:?}");
        assert_eq!(server.requests().len(), 1);
    }
}
