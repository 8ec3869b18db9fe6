//! Tests of job kinds, to which a kind is added by one file and one row, and of the files that go with an answer.

mod priced_with_files;

use std::time::Duration;

use bytes::Bytes;
use pricing_worker::appraise::{Appraiser, Limits};
use pricing_worker::job_kinds;
use pricing_worker::pricing::PriceBook;
use pricing_worker::worker::job::price::Price;
use pricing_worker::worker::ports::{Delivery, StoreError};
use pricing_worker::worker::{Handler, Health, WorkerLimits};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

use self::priced_with_files::PricedWithFiles;
use crate::geometry::shapes::cube;
use crate::support::recorder::{Recorder, bounds, delivery};
use crate::support::store::{Open, Put, Scripted, Stored};
use crate::support::{eventually, soon, still_pending};

job_kinds! {
    /// The worker's job kind, and a test-only one.
    enum TestJob {
        Price(Price),
        PricedWithFiles(PricedWithFiles),
    }
}

fn appraiser() -> Appraiser {
    let limits = Limits { object_bytes: 1 << 30, topology_triangles: 100_000 };
    Appraiser::new(PriceBook::sample(), limits)
}

fn handler(store: &Scripted, bounds: &WorkerLimits) -> Handler<Scripted, TestJob> {
    Handler::with_kinds(store.clone(), appraiser(), bounds, &Health::starting().0)
}

/// A request of the given type, with keys of files.
fn request(event_type: &str, files: &[&str]) -> Bytes {
    let model = json!({ "bucket": "models", "key": "cube.stl" });
    let data = json!({ "model": model, "files": files });
    json!({ "id": "r1", "source": "mes", "type": event_type, "data": data }).to_string().into()
}

fn with_files(files: &[&str]) -> Bytes {
    request("test.priced_with_files.requested.v1", files)
}

fn gives() -> Open {
    Open::Gives(cube(10).binary().into(), "e1")
}

/// Runs one delivery at an attempt, in a draining worker; returns the calls to the port.
async fn done(store: &Scripted, body: Bytes, attempt: u32) -> Recorder {
    settled(store, delivery(body, attempt)).await
}

async fn settled(store: &Scripted, delivery: Delivery<()>) -> Recorder {
    let (port, draining) = (Recorder::default(), CancellationToken::new());
    draining.cancel();
    let handler = handler(store, &bounds());
    soon("the settlement", handler.handle(&port, delivery, &draining)).await;
    assert_eq!(handler.memory().used_bytes(), 0, "all memory is given back");
    port
}

/// The one event that was published.
fn event(port: &Recorder) -> Value {
    let published = port.published.lock().expect("no panic");
    let [message] = &published[..] else { panic!("one message: {published:?}") };
    serde_json::from_slice(&message.body).expect("JSON")
}

fn text(key: &str) -> Stored {
    Stored {
        bucket: Some("models".into()),
        key: key.into(),
        content_type: Some("text/plain".into()),
        bytes: Bytes::copy_from_slice(key.as_bytes()),
    }
}

#[tokio::test]
async fn each_message_is_answered_by_the_kind_of_its_type() {
    let rows = [("pricing.requested.v1", vec![]), ("test.priced_with_files.requested.v1", vec![text("a"), text("b")])];
    for (event_type, files) in rows {
        let store = Scripted::new([gives()]);
        let port = done(&store, request(event_type, &["a", "b"]), 1).await;
        assert_eq!(port.done(), ["completed", "ack"], "{event_type}");
        assert_eq!(store.stored(), files, "{event_type}");
    }
}

#[tokio::test]
async fn a_type_without_a_row_is_a_dead_letter_that_names_the_rows() {
    let port = done(&Scripted::new([gives()]), request("test.other.v1", &[]), 1).await;
    assert_eq!(port.done(), ["dead: unsupported_schema after 1", "ack"]);
    let both = "type \"test.other.v1\"; this worker reads pricing.requested.v1, test.priced_with_files.requested.v1";
    let error = |port: &Recorder| {
        let published = port.published.lock().expect("no panic");
        published[0].failure.as_ref().expect("a failure").error.clone()
    };
    assert_eq!(error(&port), both);

    // The program's own table has no such row.
    let (port, draining, bounds) = (Recorder::default(), CancellationToken::new(), bounds());
    let handler = Handler::new(Scripted::new([gives()]), appraiser(), &bounds, &Health::starting().0);
    soon("the settlement", handler.handle(&port, delivery(with_files(&[]), 1), &draining)).await;
    let one = "type \"test.priced_with_files.requested.v1\"; this worker reads pricing.requested.v1";
    assert_eq!(error(&port), one);
}

#[tokio::test]
async fn an_invalid_request_of_any_kind_is_rejected() {
    let body = json!({ "id": "r1", "type": "test.priced_with_files.requested.v1", "data": { "files": ["a"] } });
    let store = Scripted::new([gives()]);
    assert_eq!(done(&store, body.to_string().into(), 1).await.done(), ["rejected: invalid_request", "ack"]);
    assert_eq!(store.stored(), []);
}

#[tokio::test]
async fn files_are_put_one_after_the_other_before_the_answer_is_published() {
    let store = Scripted::new([gives()]).putting([Put::TakesLater, Put::TakesLater]);
    let handler = handler(&store, &bounds());
    let (port, draining) = (Recorder::default(), CancellationToken::new());
    let mut handled = Box::pin(handler.handle(&port, delivery(with_files(&["b", "a"]), 1), &draining));
    let steps = [vec![], vec![text("b")], vec![text("b"), text("a")]];
    for (stored, last) in steps.into_iter().zip([false, false, true]) {
        if last {
            soon("the answer", &mut handled).await;
        } else {
            let there = async || {
                let ready = store.stored() == stored && handler.memory().used_bytes() > 0;
                ready.then_some(())
            };
            let waiting = eventually("the file before is stored, and the job holds its memory", there);
            tokio::select! {
                () = &mut handled => panic!("it waits for the store"),
                () = waiting => {}
            }
            still_pending("it waits for the store", &mut handled).await;
            assert_eq!(port.done(), [""; 0], "nothing is published before");
            assert!(handler.memory().used_bytes() > 0, "what is stored is of the job's memory");
            store.gate.add_permits(1);
        }
        assert_eq!(store.stored(), stored);
    }
    assert_eq!(port.done(), ["completed", "ack"]);
    assert_eq!(handler.memory().used_bytes(), 0);
}

#[tokio::test]
async fn a_file_that_the_store_denies_is_a_rejection_that_names_it() {
    let rows = [
        (StoreError::Forbidden("no".into()), "object_forbidden"),
        (StoreError::NotFound("there is no such bucket".into()), "object_not_found"),
    ];
    for (error, code) in rows {
        let reject = async || {
            let store = Scripted::new([gives()]).putting([Put::Fails(error.clone())]);
            let port = done(&store, with_files(&["a.png", "b.png"]), 1).await;
            assert_eq!(port.done(), [format!("rejected: {code}"), "ack".into()]);
            assert_eq!(store.stored(), [], "and no other is put");
            event(&port)
        };
        let rejected = reject().await;
        assert_eq!(rejected["data"]["reason"]["message"], json!(format!("cannot store \"a.png\": {error}")));
        assert_eq!(rejected["data"]["object"]["etag"], json!("e1"), "it says what was read");
        assert_eq!(rejected, reject().await, "the same bytes at each attempt");
        let completed = event(&done(&Scripted::new([gives()]), with_files(&[]), 1).await);
        assert_ne!(rejected["id"], completed["id"]);
    }
}

#[tokio::test]
async fn a_file_that_is_denied_is_tried_once_more() {
    for (attempt, expected) in [(1, "retry in 10s: object_forbidden after 1"), (2, "rejected: object_forbidden")] {
        let last_reason = (attempt == 2).then(|| "object_forbidden".to_owned());
        let denied = StoreError::Denied("the object may not be written".into());
        let store = Scripted::new([gives()]).putting([Put::Fails(denied)]);
        let port = settled(&store, Delivery { last_reason, ..delivery(with_files(&["a.png"]), attempt) }).await;
        assert_eq!(port.done(), [expected, "ack"]);
        if attempt == 2 {
            let message = &event(&port)["data"]["reason"]["message"];
            assert_eq!(*message, json!("cannot store \"a.png\": the object may not be written"));
        }
    }
}

#[tokio::test]
async fn a_store_that_fails_on_one_file_is_asked_again_later() {
    for (attempt, expected) in [(1, "retry in 10s"), (2, "retry in 10m"), (3, "dead")] {
        // The bucket that worked last is the one that fails: the store is asked about itself.
        let answers = Open::Fails(StoreError::NotFound("there is no such object".into()));
        let fails = Put::Fails(StoreError::Unavailable("503".into()));
        let store = Scripted::new([gives(), answers]).putting([fails]);
        let expected = [format!("{expected}: store_unavailable after {attempt}"), "ack".into()];
        assert_eq!(done(&store, with_files(&["a"]), attempt).await.done(), expected);
        assert_eq!(store.probed(), [None]);
    }
}

#[tokio::test]
async fn a_store_that_is_down_when_a_file_is_put_burns_no_attempts() {
    let down = || StoreError::Unavailable("503".into());
    let store = Scripted::new([gives(), Open::Fails(down()), gives()]).putting([Put::Fails(down())]);
    let handler = handler(&store, &bounds());
    let port = Recorder::default();
    soon("the answer", handler.handle(&port, delivery(with_files(&["a"]), 3), &CancellationToken::new())).await;
    assert_eq!(port.done(), ["completed", "ack"]);
    assert_eq!(store.stored(), [text("a")]);
}

#[tokio::test]
async fn a_file_is_put_within_the_jobs_time() {
    let store = Scripted::new([gives()]).putting([Put::TakesLater]);
    let handler = handler(&store, &WorkerLimits { job_timeout: Duration::from_millis(500), ..bounds() });
    let port = Recorder::default();
    soon("the answer", handler.handle(&port, delivery(with_files(&["a"]), 1), &CancellationToken::new())).await;
    assert_eq!(port.done(), ["rejected: job_timeout", "ack"]);
    assert_eq!(handler.memory().used_bytes(), 0);
}
