//! Tests of one delivery, from receipt to settlement: the published message, and the settlement that follows it.

use std::time::Duration;

use bytes::Bytes;
use futures_util::future::join_all;
use jiff::Timestamp;
use pricing_worker::appraise::{Appraiser, Limits};
use pricing_worker::pricing::PriceBook;
use pricing_worker::worker::ports::{Delivery, FailedAttempt, FirstFailure, PublishError, Route, StoreError};
use pricing_worker::worker::{Handler, Health, WorkerLimits};
use serde_json::{Value, json};
use test_support::formats::dense_obj;
use tokio_util::sync::CancellationToken;

use crate::geometry::shapes::{cube, sphere};
use crate::support::recorder::{Recorder, bounds, delivery};
use crate::support::store::{Open, Scripted};
use crate::support::{eventually, soon};

fn handler(store: Scripted, bounds: &WorkerLimits) -> Handler<Scripted> {
    let limits = Limits { object_bytes: 1 << 30, topology_triangles: 100_000 };
    let (health, _) = Health::starting();
    Handler::new(store, Appraiser::new(PriceBook::sample(), limits), bounds, &health)
}

fn request(data: &Value) -> Bytes {
    let event =
        json!({ "specversion": "1.0", "id": "r1", "source": "mes", "type": "pricing.requested.v1", "data": data });
    event.to_string().into()
}

fn good() -> Bytes {
    request(&json!({ "model": { "bucket": "models", "key": "cube.stl" } }))
}

/// Runs one delivery at an attempt, in a draining worker, which waits for no dependency; returns the calls to the port.
async fn done(store: Vec<Open>, body: Bytes, attempt: u32, publishing: Vec<PublishError>) -> Vec<String> {
    done_with(store, delivery(body, attempt), publishing).await
}

async fn done_with(store: Vec<Open>, delivery: Delivery<()>, publishing: Vec<PublishError>) -> Vec<String> {
    let port = Recorder::failing(publishing);
    let draining = CancellationToken::new();
    draining.cancel();
    let handler = handler(Scripted::new(store), &bounds());
    soon("the settlement", handler.handle(&port, delivery, &draining)).await;
    assert_eq!(handler.memory().used_bytes(), 0, "all memory is given back");
    port.done()
}

fn cube_bytes() -> Bytes {
    cube(10).binary().into()
}

/// A model longer than its head.
fn ball_bytes() -> Bytes {
    sphere(10.0, 6, 8).binary().into()
}

fn gives() -> Open {
    Open::Gives(cube_bytes(), "e1")
}

#[tokio::test]
async fn an_answer_is_published_and_acknowledged_only_then() {
    assert_eq!(done(vec![gives()], good(), 1, vec![]).await, ["completed", "ack"]);
}

#[tokio::test]
async fn what_is_the_requests_fault_is_answered() {
    let model = |model: Value| request(&json!({ "model": model }));
    let items = |material: &str| json!([{ "material": material }]);
    let cube = json!({ "bucket": "models", "key": "cube.stl" });
    let rows = [
        (gives(), request(&json!({})), "invalid_request"),
        (gives(), request(&json!({ "model": cube, "items": items("unobtainium") })), "unknown_material"),
        (gives(), request(&json!({ "model": cube, "deadline": "2000-01-01T00:00:00Z" })), "deadline_exceeded"),
        (gives(), model(json!({ "bucket": "b", "key": "k", "format": "dxf" })), "unknown_format"),
        (gives(), model(json!({ "bucket": "b", "key": "k", "sha256": "0".repeat(64) })), "checksum_mismatch"),
        (Open::Gives(cube_bytes().slice(..534), "e1"), good(), "truncated"),
        (Open::Fails(StoreError::NotFound("gone".into())), good(), "object_not_found"),
        (Open::Fails(StoreError::Forbidden("no".into())), good(), "object_forbidden"),
        (Open::Fails(StoreError::Invalid("odd".into())), good(), "invalid_request"),
        (Open::Fails(StoreError::Changed("other".into())), good(), "object_changed"),
    ];
    for (store, body, code) in rows {
        assert_eq!(done(vec![store], body, 1, vec![]).await, [format!("rejected: {code}"), "ack".into()]);
    }
}

#[tokio::test]
async fn what_nobody_can_answer_is_a_dead_letter() {
    let later = good().to_vec();
    let later = String::from_utf8(later).expect("JSON").replace("requested.v1", "requested.v2");
    for (body, reason) in [("not JSON".to_owned(), "undecodable"), (later, "unsupported_schema")] {
        let expected = [format!("dead: {reason} after 1"), "ack".into()];
        assert_eq!(done(vec![gives()], body.into(), 1, vec![]).await, expected);
    }
}

#[tokio::test]
async fn a_store_that_fails_on_one_object_is_asked_again_later_and_not_for_ever() {
    let unavailable = || Open::Fails(StoreError::Unavailable("503".into()));
    let short = || Open::GivesLess(cube_bytes());
    // The store answers about itself.
    let answers = || Open::Fails(StoreError::NotFound("there is no such object".into()));
    for store in [unavailable, short] {
        let at = async |attempt| done(vec![store(), answers()], good(), attempt, vec![]).await;
        assert_eq!(at(1).await, ["retry in 10s: store_unavailable after 1", "ack"]);
        assert_eq!(at(2).await, ["retry in 10m: store_unavailable after 2", "ack"]);
        assert_eq!(at(3).await, ["dead: store_unavailable after 3", "ack"]);
    }
}

/// A request for an object of a bucket.
fn about(bucket: &str, key: &str) -> Bytes {
    request(&json!({ "model": { "bucket": bucket, "key": key } }))
}

/// A delivery whose last attempt failed for a reason.
fn after(reason: &str, body: Bytes, attempt: u32) -> Delivery<()> {
    Delivery { last_reason: Some(reason.into()), ..delivery(body, attempt) }
}

fn denies() -> Open {
    Open::Fails(StoreError::Denied("the object does not exist, or may not be read".into()))
}

#[tokio::test]
async fn a_denied_object_is_tried_once_more_and_then_rejected() {
    assert_eq!(done(vec![denies()], good(), 1, vec![]).await, ["retry in 10s: object_forbidden after 1", "ack"]);
    for attempt in [2, 3, u32::MAX] {
        for reason in ["object_forbidden", "bucket_denied"] {
            let again = after(reason, good(), attempt);
            assert_eq!(done_with(vec![denies()], again, vec![]).await, ["rejected: object_forbidden", "ack"]);
        }
    }
    // A failure of another kind says nothing of the object.
    let first = after("store_unavailable", good(), 2);
    assert_eq!(done_with(vec![denies()], first, vec![]).await, ["retry in 10s: object_forbidden after 2", "ack"]);
    assert_eq!(done(vec![gives()], good(), 2, vec![]).await, ["completed", "ack"], "it was allowed meanwhile");
}

#[tokio::test]
async fn a_rejection_of_a_denied_object_says_so_in_the_same_bytes_at_each_attempt() {
    let mut bodies = Vec::new();
    for attempt in [2, 3] {
        let (port, handler) = (Recorder::default(), handler(Scripted::new([denies()]), &bounds()));
        handler.handle(&port, after("object_forbidden", good(), attempt), &CancellationToken::new()).await;
        bodies.push(port.published.lock().expect("no panic")[0].body.clone());
    }
    assert_eq!(bodies[0], bodies[1]);
    let event: Value = serde_json::from_slice(&bodies[0]).expect("JSON");
    assert_eq!(event["data"]["reason"]["message"], json!("the object does not exist, or may not be read"));
}

#[tokio::test]
async fn where_every_object_of_a_bucket_is_denied_its_requests_wait_for_the_operator() {
    let store = Scripted::new([denies()]);
    let handler = handler(store.clone(), &bounds());
    let handle = async |body, attempt| {
        let port = Recorder::default();
        handler.handle(&port, after("object_forbidden", body, attempt), &CancellationToken::new()).await;
        port.done().remove(0)
    };
    // Two objects, one of them twice, are not every object.
    for key in ["1.stl", "2.stl", "1.stl"] {
        assert_eq!(handle(about("denied", key), 2).await, "rejected: object_forbidden", "{key}");
    }
    let expected = ["retry in 10s", "retry in 10m", "dead"];
    for (attempt, expected) in (1..).zip(expected) {
        let expected = format!("{expected}: bucket_denied after {attempt}");
        assert_eq!(handle(about("denied", "3.stl"), attempt).await, expected);
        assert_eq!(handle(about("denied", "1.stl"), attempt).await, expected, "whatever its object");
    }
    assert_eq!(handle(about("other", "1.stl"), 2).await, "rejected: object_forbidden", "another bucket");
    // The policy is mended: what is denied now is an object.
    store.now(gives());
    assert_eq!(handle(about("denied", "1.stl"), 2).await, "completed");
    store.now(denies());
    assert_eq!(handle(about("denied", "2.stl"), 2).await, "rejected: object_forbidden");
}

#[tokio::test]
async fn the_store_is_asked_about_the_bucket_that_worked_last() {
    let down = || Open::Fails(StoreError::Unavailable("503".into()));
    let store = Scripted::new([gives()]);
    let handler = handler(store.clone(), &bounds());
    let handle = async |body| {
        let port = Recorder::default();
        soon("the settlement", handler.handle(&port, delivery(body, 1), &CancellationToken::new())).await;
        port.done().remove(0)
    };
    assert_eq!(handle(about("good", "cube.stl")).await, "completed");
    store.script([down(), gives()]);
    assert_eq!(handle(about("bad", "cube.stl")).await, "retry in 10s: store_unavailable after 1");
    assert_eq!(store.probed(), [Some("good".to_owned())]);
}

#[tokio::test]
async fn where_bodies_of_a_bucket_stall_half_of_the_jobs_wait_and_a_job_alone_does_not() {
    let store = Scripted::new([Open::GivesLater(ball_bytes(), "e1")]);
    let handler = handler(store.clone(), &bounds());
    let (draining, ports) = (CancellationToken::new(), [(); 4].map(|()| Recorder::default()));
    let retried = ["retry in 10s: store_unavailable after 1", "ack"];
    let ended = || ports.iter().filter(|port| port.done() == retried).count();
    let jobs = join_all(ports.iter().map(|port| handler.handle(port, delivery(good(), 1), &draining)));
    let gate = async {
        eventually("half of the jobs are ended", async || (ended() == 2).then_some(())).await;
        store.gate.add_permits(2);
    };
    soon("the others wait, and are answered", async { tokio::join!(jobs, gate) }).await;
    assert_eq!(ports.iter().filter(|port| port.done() == ["completed", "ack"]).count(), 2);

    let (port, suspect) = (Recorder::default(), Delivery { redeliveries: 2, ..delivery(good(), 1) });
    soon("its end", handler.handle(&port, suspect, &draining)).await;
    assert_eq!(port.done(), retried, "it runs alone");
    assert_eq!(handler.memory().used_bytes(), 0);
}

#[tokio::test]
async fn a_store_that_answers_nobody_burns_no_attempts() {
    let down = Open::Fails(StoreError::Unavailable("503".into()));
    // A draining worker leaves the delivery to the next worker.
    assert_eq!(done(vec![down.clone()], good(), 3, vec![]).await, [""; 0]);

    // A worker that is not draining holds the delivery until the store is back.
    let handler = handler(Scripted::new([down.clone(), down, gives()]), &bounds());
    let port = Recorder::default();
    soon("the answer", handler.handle(&port, delivery(good(), 3), &CancellationToken::new())).await;
    assert_eq!(port.done(), ["completed", "ack"]);
}

#[tokio::test]
async fn a_job_that_is_held_waited_in_its_queue_once() {
    let down = Open::Fails(StoreError::Unavailable("503".into()));
    let handler = handler(Scripted::new([down.clone(), down, gives()]), &bounds());
    let timed = json!({ "specversion": "1.0", "id": "r1", "source": "mes", "type": "pricing.requested.v1",
                        "time": "2026-11-23T10:00:00Z", "data": { "model": { "bucket": "models", "key": "cube.stl" } } });
    let (port, timed) = (Recorder::default(), Bytes::from(timed.to_string()));
    soon("the answer", handler.handle(&port, delivery(timed, 1), &CancellationToken::new())).await;
    assert_eq!(port.done(), ["completed", "ack"]);
    let page = handler.metrics().render();
    let age = page.lines().find(|line| line.starts_with("pricing_queue_age_seconds_count{routing_key=\"job.bulk\"}"));
    assert_eq!(age.and_then(|line| line.rsplit(' ').next()), Some("1"), "{page}");
}

#[tokio::test]
async fn the_first_failure_is_kept() {
    let store = Scripted::new([Open::GivesLess(cube_bytes()), Open::Fails(StoreError::NotFound("none".into()))]);
    let handler = handler(store, &bounds());
    let port = Recorder::default();
    let first = FirstFailure { error: "at first".into(), at: Timestamp::now() };
    let second = Delivery { first_failure: Some(first.clone()), ..delivery(good(), 2) };
    handler.handle(&port, second, &CancellationToken::new()).await;
    let published = port.published.lock().expect("no panic");
    let failure = published[0].failure.as_ref().expect("a failure");
    assert_eq!((&failure.first, failure.attempts), (&Some(first), 2));
    assert!(failure.error.contains("684 of 685 bytes"), "{failure:?}");
    assert_eq!((published[0].route.routing_key(), published[0].body.as_ref()), ("job.bulk", good().as_ref()));
}

#[tokio::test]
async fn an_answer_that_is_not_published_is_not_acknowledged() {
    let returned = || PublishError::Returned("NO_ROUTE".into());
    let lost = || PublishError::Lost("reset".into());
    let unsendable = || PublishError::Unsendable("id".into());
    let failed = "failed to publish completed";
    let rows: [(Vec<PublishError>, &[&str]); 6] = [
        // The worker drains, so it leaves the delivery to the next one.
        (vec![returned()], &[failed]),
        (vec![PublishError::Refused], &[failed]),
        (vec![PublishError::Denied("ACCESS_REFUSED".into())], &[failed]),
        // The connection is lost, and the delivery with it.
        (vec![lost()], &[failed]),
        (vec![unsendable()], &[failed, "dead: publish_unsendable after 1", "ack"]),
        (vec![returned(), unsendable()], &[failed, "failed to publish dead: publish_unsendable after 1"]),
    ];
    for (publishing, expected) in rows {
        assert_eq!(done(vec![gives()], good(), 1, publishing).await, expected);
    }
}

#[tokio::test]
async fn what_has_used_up_its_deliveries_is_a_dead_letter_and_does_not_run() {
    for (redeliveries, expected) in [(20, "completed"), (21, "dead: delivery_limit after 1")] {
        let store = Scripted::new([gives()]);
        let (port, handler) = (Recorder::default(), handler(store.clone(), &bounds()));
        let delivery = Delivery { redeliveries, ..delivery(good(), 1) };
        soon("the settlement", handler.handle(&port, delivery, &CancellationToken::new())).await;
        assert_eq!(port.done(), [expected, "ack"]);
        assert_eq!(store.asked().is_empty(), redeliveries == 21);
    }
}

/// Runs a delivery that cannot be decoded, so that nothing is computed, while the clock jumps to the end of each wait.
async fn undecodable(redeliveries: u32, publishing: Vec<PublishError>) -> Vec<String> {
    let (port, handler) = (Recorder::failing(publishing), handler(Scripted::new([gives()]), &bounds()));
    let delivery = Delivery { redeliveries, ..delivery("not JSON".into(), 2) };
    handler.handle(&port, delivery, &CancellationToken::new()).await;
    if let Some(FailedAttempt { first, redeliveries: carried, .. }) = last_retry(&port) {
        assert_eq!((first, carried), (None, redeliveries), "no attempt is counted, and it stays a suspect");
    }
    port.done()
}

fn last_retry(port: &Recorder) -> Option<FailedAttempt> {
    let published = port.published.lock().expect("no panic");
    let last = published.last().filter(|message| matches!(message.route, Route::Retry { .. }));
    last.and_then(|message| message.failure.clone())
}

#[tokio::test(start_paused = true)]
async fn a_suspect_that_no_queue_takes_is_deferred_and_another_message_is_kept() {
    let denied = || PublishError::Denied("ACCESS_REFUSED".into());
    let failed = vec!["failed to publish dead: undecodable after 2".to_owned(); 6];
    let then = |rest: &[&str]| [failed.clone(), rest.iter().map(|done| (*done).to_owned()).collect()].concat();
    let six = || (0..6).map(|_| denied()).collect();
    assert_eq!(undecodable(1, six()).await, then(&["dead: undecodable after 2", "ack"]));
    assert_eq!(undecodable(2, six()).await, then(&["retry in 10s: publish_denied after 1", "ack"]));
    // The retry is denied as well: it is left to be delivered again.
    let seven = (0..7).map(|_| denied()).collect();
    assert_eq!(undecodable(2, seven).await, then(&["failed to publish retry in 10s: publish_denied after 1"]));
}

#[tokio::test(start_paused = true)]
async fn dead_letters_that_no_queue_takes_keep_half_of_the_slots_and_no_more() {
    let handler = handler(Scripted::new([gives()]), &bounds());
    let draining = CancellationToken::new();
    let text = || "why".to_owned();
    // One after the other: the slots are given back.
    for error in [PublishError::Denied(text()), PublishError::Returned(text()), PublishError::Refused] {
        let ports = [(); 5].map(|()| Recorder::failing(vec![error.clone()]));
        let jobs = ports.iter().map(|port| handler.handle(port, delivery("not JSON".into(), 1), &draining));
        join_all(jobs).await;
        let kept = vec!["failed to publish dead: undecodable after 1", "dead: undecodable after 1", "ack"];
        assert!(ports[..2].iter().all(|port| port.done() == kept), "{error}");
        for port in &ports[2..] {
            let done = port.done();
            assert!(
                done[1].starts_with("retry in 10s: publish_") && done[1].ends_with(" after 0"),
                "{error}: {done:?}"
            );
            assert_eq!((done.len(), done[2].as_str()), (3, "ack"));
        }
    }
}

#[tokio::test]
async fn an_answer_that_no_queue_takes_is_kept_until_one_does() {
    let port = Recorder::failing(vec![PublishError::Refused]);
    let store = Scripted::new([gives()]);
    let handler = handler(store.clone(), &bounds());
    soon("the answer", handler.handle(&port, delivery(good(), 1), &CancellationToken::new())).await;
    assert_eq!(port.done(), ["failed to publish completed", "completed", "ack"]);
    assert_eq!(store.asked().len(), 1, "nothing is fetched or measured again");
}

#[tokio::test]
async fn the_answer_carries_the_request_and_its_trace_on() {
    let port = Recorder::default();
    let handler = handler(Scripted::new([gives()]), &bounds());
    handler.handle(&port, delivery(good(), 1), &CancellationToken::new()).await;
    let published = port.published.lock().expect("no panic");
    let [answer] = &published[..] else { panic!("one answer: {published:?}") };
    let event: Value = serde_json::from_slice(&answer.body).expect("JSON");
    assert_eq!((&answer.route, answer.correlation_id.as_deref()), (&Route::ResultCompleted, Some("r1")));
    assert_eq!(
        (answer.message_id.as_deref(), answer.event_type.as_deref()),
        (event["id"].as_str(), event["type"].as_str())
    );
    assert_eq!(answer.trace.traceparent.as_deref(), Some("00-1-2-01"));
    assert_eq!((&event["data"]["object"]["etag"], &event["data"]["object"]["size_bytes"]), (&json!("e1"), &json!(684)));
}

#[tokio::test]
async fn a_job_past_its_time_is_answered_so() {
    let store = Scripted::new([Open::GivesLater(ball_bytes(), "e1")]);
    let handler = handler(store, &WorkerLimits { job_timeout: Duration::from_millis(50), ..bounds() });
    let port = Recorder::default();
    soon("the answer", handler.handle(&port, delivery(good(), 1), &CancellationToken::new())).await;
    assert_eq!(port.done(), ["rejected: job_timeout", "ack"]);
    assert_eq!(handler.memory().used_bytes(), 0);
}

#[tokio::test]
async fn what_a_download_runs_ahead_is_of_the_budget() {
    let mut store = Scripted::new([Open::GivesLater(ball_bytes(), "e1")]);
    store.ahead_bytes = 1 << 20;
    let handler = handler(store.clone(), &bounds());
    let (port, draining) = (Recorder::default(), CancellationToken::new());
    let gate = async {
        let what = "the memory of the model and of its download";
        eventually(what, async || (handler.memory().used_bytes() > 1 << 20).then_some(())).await;
        store.gate.add_permits(1);
    };
    let handled = Box::pin(handler.handle(&port, delivery(good(), 1), &draining));
    soon("the answer", async { tokio::join!(handled, gate) }).await;
    assert_eq!(port.done(), ["completed", "ack"]);
    assert_eq!(handler.memory().used_bytes(), 0);
}

/// Two jobs that do not fit into memory together: the first one holds the memory until the gate releases its body.
async fn second_of_two(second_opens: [Open; 2]) -> (Vec<String>, Scripted) {
    let [first, again] = second_opens;
    let store = Scripted::new([Open::GivesLater(ball_bytes(), "e0"), first, again]);
    // One model of this size takes the whole budget.
    let handler = handler(store.clone(), &WorkerLimits { memory_budget_bytes: 4096, ..bounds() });
    let (holding, waiting) = (Recorder::default(), Recorder::default());
    let draining = CancellationToken::new();
    let both = async {
        let second = async {
            eventually("the first job holds the memory", async || (handler.memory().used_bytes() > 0).then_some(()))
                .await;
            handler.handle(&waiting, delivery(good(), 1), &draining).await;
        };
        let gate = async {
            eventually("both have opened", async || (store.asked().len() >= 2).then_some(())).await;
            assert_eq!(waiting.done(), [""; 0], "it waits for memory");
            store.gate.add_permits(1);
        };
        let first = Box::pin(handler.handle(&holding, delivery(good(), 1), &draining));
        tokio::join!(first, Box::pin(second), gate);
    };
    soon("both jobs", both).await;
    assert_eq!(holding.done(), ["completed", "ack"]);
    (waiting.done(), store)
}

#[tokio::test]
async fn a_job_that_waited_for_memory_reads_the_version_that_it_opened_first() {
    let (done, store) = second_of_two([gives(), gives()]).await;
    assert_eq!(done, ["completed", "ack"]);
    let etags: Vec<_> = store.asked().into_iter().map(|model| model.etag).collect();
    assert_eq!(etags, [None, None, Some("e1".into())]);
}

#[tokio::test]
async fn a_job_that_is_planned_again_does_not_wait_for_its_own_memory() {
    let dense = Bytes::from(dense_obj(4_000));
    let store = Scripted::new([dense.clone(), dense].map(|bytes| Open::Gives(bytes, "e1")));
    // Either plan takes the whole budget.
    let handler = handler(store.clone(), &WorkerLimits { memory_budget_bytes: 4096, ..bounds() });
    let (port, draining) = (Recorder::default(), CancellationToken::new());
    soon("the answer", Box::pin(handler.handle(&port, delivery(good(), 1), &draining))).await;
    assert_eq!(port.done(), ["completed", "ack"]);
    assert_eq!(store.asked().len(), 2, "the model outgrows its first plan");
    assert_eq!(handler.memory().used_bytes(), 0);
}

#[tokio::test]
async fn an_object_replaced_while_its_job_waited_is_answered_so() {
    let changed = Open::Fails(StoreError::Changed("another ETag".into()));
    let longer = Open::Gives([cube_bytes(), cube_bytes()].concat().into(), "e1");
    for again in [changed, longer] {
        let (done, _) = second_of_two([gives(), again]).await;
        assert_eq!(done, ["rejected: object_changed", "ack"]);
    }
}
