//! Tests of buckets in trouble: requests that name them cost nobody else more than seconds, and are answered themselves.
//!
//! In each test twenty good requests wait behind more bad ones than the worker has slots.

use std::time::Duration;

use lapin::options::BasicGetOptions;
use serde_json::{Value, json};

use super::report::Measured;
use super::site::{CONCURRENCY, MODEL, Site};
use crate::geometry::shapes::cube;
use crate::support::eventually;
use crate::support::s3_faults::S3Fault;
use crate::support::worker::Worker;

/// The longest that good requests may wait for bad ones: seconds.
const SECONDS: Duration = Duration::from_secs(20);

fn bad_id(number: usize) -> String {
    format!("bad {number:02}")
}

fn good_ids() -> Vec<String> {
    (0..20).map(|number| format!("good {number:02}")).collect()
}

/// Submits bad requests, for models as requests name them, and twenty good ones behind them.
async fn submit(site: &mut Site, models: impl IntoIterator<Item = Value>) {
    let models: Vec<_> = models.into_iter().enumerate().map(|(number, model)| (bad_id(number), model)).collect();
    assert!(models.len() > CONCURRENCY, "they could take every slot");
    site.submit_models(&models).await;
    site.submit_all("job.interactive", &good_ids(), MODEL).await;
}

/// Waits until the good requests are priced, for seconds and no longer.
async fn good_ones_are_priced(site: &mut Site, worker: &Worker) {
    let took = site.priced(&good_ids(), &[worker]).await;
    assert!(took < SECONDS, "twenty good requests waited for {took:?}");
}

/// Checks that a request was rejected, with a code and a message that has these words.
fn rejected(site: &Site, id: &str, code: &str, words: &[&str]) {
    let (key, event) = site.answer(id);
    let reason = &event["data"]["reason"];
    assert_eq!((key, reason["code"].as_str()), ("result.rejected", Some(code)), "{id}: {event}");
    let message = reason["message"].as_str().expect("a message");
    for word in words {
        assert!(message.contains(word), "{id}: {word:?} is not in {message:?}");
    }
}

/// Names of buckets that no store serves, and the codes of their rejections.
fn bad_names() -> Vec<(String, &'static str)> {
    let names = [
        ("no-such-bucket-2026", "object_not_found"),
        ("No bucket!", "object_not_found"),
        ("..", "object_not_found"),
        ("models/../models", "object_not_found"),
        ("192.168.5.4", "object_not_found"),
        ("a", "object_not_found"),
        ("möbel", "object_not_found"),
        ("s3://models", "object_not_found"),
        ("arn:aws:s3:eu-west-1:123456789012:accesspoint/models", "invalid_request"),
        ("arn:aws:s3:no region:123456789012:accesspoint/models", "invalid_request"),
        ("models--euw1-az1--x-s3", "invalid_request"),
    ];
    let names = names.into_iter().map(|(name, code)| (name.to_owned(), code));
    names.chain([("x".repeat(1000), "object_not_found")]).collect()
}

async fn bad_names_are_rejected(mut site: Site, worker: &Worker, number: &str, fault: &str) {
    site.fault_is_over();
    good_ones_are_priced(&mut site, worker).await;
    let measured = site.settle(&[worker]).await;
    for (number, (name, code)) in bad_names().iter().enumerate() {
        let shown: String = name.chars().take(50).collect();
        rejected(&site, &bad_id(number), code, &[&shown]);
    }
    assert_eq!((measured.duplicates, measured.dead), (0, 0));
    measured.report(number, fault);
}

/// Makes suspects of all requests that wait: a consumer takes them and goes away, twice. From now on each runs alone.
async fn delivered_twice(site: &Site) {
    let queue = "pricing.jobs.interactive";
    let all = site.host.ready(queue).await;
    for _ in 0..2 {
        let (connection, channel) = site.host.channel().await;
        for _ in 0..all {
            let taken = channel.basic_get(queue.into(), BasicGetOptions::default()).await.expect("a broker");
            taken.expect("as many as were ready");
        }
        connection.close(200, "it dies".into()).await.expect("it is open");
        site.host.ready_are(queue, all).await;
    }
}

fn models_of_bad_names() -> impl Iterator<Item = Value> {
    bad_names().into_iter().map(|(bucket, _)| json!({ "bucket": bucket, "key": "cube.stl" }))
}

#[tokio::test]
async fn bucket_names_that_no_store_has_are_rejected_at_once() {
    let mut site = Site::new().await;
    submit(&mut site, models_of_bad_names()).await;
    let worker = site.worker(&[]).await;
    let fault = "bad bucket names, more than there are slots (rejected), beside 20 good requests";
    bad_names_are_rejected(site, &worker, "10b-01", fault).await;
}

#[tokio::test]
async fn bucket_names_that_no_store_has_are_rejected_though_they_run_alone() {
    let mut site = Site::new().await;
    submit(&mut site, models_of_bad_names()).await;
    site.host.ready_are("pricing.jobs.interactive", (bad_names().len() + good_ids().len()) as u32).await;
    delivered_twice(&site).await;
    let worker = site.worker(&[]).await;
    let fault = "the same, each delivered twice before";
    bad_names_are_rejected(site, &worker, "10b-02", fault).await;
}

#[tokio::test]
async fn a_bucket_that_moved_is_rejected_at_once() {
    for (code, number) in [("PermanentRedirect", "10b-03"), ("TemporaryRedirect", "10b-04")] {
        let mut site = Site::new().await;
        site.bucket.faults.set("moved/", S3Fault::Refuses(code));
        submit(&mut site, (0..20).map(|number| json!({ "bucket": "moved", "key": format!("{number}.stl") }))).await;
        let worker = site.worker(&[]).await;
        site.fault_is_over();
        good_ones_are_priced(&mut site, &worker).await;
        let measured = site.settle(&[&worker]).await;
        for number in 0..20 {
            rejected(&site, &bad_id(number), "object_not_found", &["\"moved\"", "another region", code]);
        }
        assert_eq!((measured.duplicates, measured.dead), (0, 0));
        measured.report(number, &format!("bucket in another region ({code}), beside 20 good requests"));
    }
}

/// A bucket in trouble, whose requests are tried again after 10 s, by when it is mended.
async fn mended(fault: S3Fault, reason: &str, number: &str, what: &str) -> Measured {
    let mut site = Site::new().await;
    for number in 0..20 {
        site.bucket.put_beside("troubled", &format!("{number}.stl"), cube(10).binary()).await;
    }
    site.bucket.faults.set("troubled/", fault);
    submit(&mut site, (0..20).map(|number| json!({ "bucket": "troubled", "key": format!("{number}.stl") }))).await;
    let worker = site.worker(&[]).await;
    good_ones_are_priced(&mut site, &worker).await;
    assert!(worker.is_ready().await, "the store works");
    let retried = |worker: &Worker| worker.logs().iter().filter(|log| log["message"] == "to be tried again").count();
    eventually("the bad ones wait to be tried again", async || {
        (retried(&worker) >= 20 - CONCURRENCY / 2).then_some(())
    })
    .await;
    assert!(worker.logs().iter().any(|log| log["reason"] == *reason), "{:#?}", worker.logs());
    assert_eq!(worker.held(), 0, "no job is held in its slot");
    site.bucket.faults.clear();
    site.fault_is_over();
    let measured = site.settle(&[&worker]).await;
    for number in 0..20 {
        assert_eq!(site.answer(&bad_id(number)).0, "result.completed");
    }
    assert_eq!((measured.duplicates, measured.dead), (0, 0));
    measured.report(number, what);
    measured
}

#[tokio::test]
async fn a_bucket_that_never_answers_takes_half_of_the_slots() {
    let what = "bucket that never answers (retried after 10 s), beside 20 good requests";
    mended(S3Fault::Silent, "store_unavailable", "10b-05", what).await;
}

#[tokio::test]
async fn a_bucket_that_never_answers_ends_the_jobs_that_run_alone() {
    let mut site = Site::new().await;
    for number in 0..3 {
        site.bucket.put_beside("silent", &format!("{number}.stl"), cube(10).binary()).await;
    }
    site.bucket.faults.set("silent/", S3Fault::Silent);
    let models = (0..3).map(|number| (bad_id(number), json!({ "bucket": "silent", "key": format!("{number}.stl") })));
    site.submit_models(&models.collect::<Vec<_>>()).await;
    site.host.ready_are("pricing.jobs.interactive", 3).await;
    delivered_twice(&site).await;
    site.submit_all("job.interactive", &good_ids(), MODEL).await;
    let worker = site.worker(&[]).await;
    good_ones_are_priced(&mut site, &worker).await;
    site.bucket.faults.clear();
    site.fault_is_over();
    let measured = site.settle(&[&worker]).await;
    assert_eq!((measured.duplicates, measured.dead), (0, 0));
    measured.report("10b-12", "bucket that never answers, its requests delivered twice before, before 20 good ones");
}

#[tokio::test]
async fn a_bucket_that_fails_is_not_the_store() {
    let what = "bucket that answers 503 (retried after 10 s), beside 20 good requests";
    mended(S3Fault::Refuses("ServiceUnavailable"), "store_unavailable", "10b-06", what).await;
}

#[tokio::test]
async fn a_bucket_that_is_denied_loses_nothing() {
    let what = "bucket whose policy denies all (retried after 10 s), beside 20 good requests";
    mended(S3Fault::Refuses("AccessDenied"), "bucket_denied", "10b-07", what).await;
}

#[tokio::test]
#[ignore = "long: tests/run --long"]
async fn a_bucket_that_is_denied_again_waits_for_its_operator() {
    let mut site = Site::new().await;
    for number in 0..6 {
        site.bucket.put_beside("denied", &format!("{number}.stl"), cube(10).binary()).await;
    }
    site.bucket.faults.set("denied/", S3Fault::Refuses("AccessDenied"));
    submit(&mut site, (0..6).map(|number| json!({ "bucket": "denied", "key": format!("{number}.stl") }))).await;
    let worker = site.worker(&[]).await;
    good_ones_are_priced(&mut site, &worker).await;
    site.host.ready_are("pricing.retry.1m", 6).await;
    site.bucket.faults.clear();
    site.fault_is_over();
    let measured = site.settle_within(Duration::from_mins(2), &[&worker]).await;
    for number in 0..6 {
        assert_eq!(site.answer(&bad_id(number)).0, "result.completed");
    }
    assert_eq!((measured.duplicates, measured.dead), (0, 0));
    measured.report("10b-08", "bucket whose policy denies all, at two attempts (retried after a minute)");
}

#[tokio::test]
async fn a_denied_object_is_priced_where_it_is_allowed_at_the_second_attempt() {
    let mut site = Site::new().await;
    let object = format!("{}/{}", site.bucket.name, site.bucket.key("late.stl"));
    site.put("late.stl", cube(10).binary()).await;
    site.bucket.faults.set(object, S3Fault::Refuses("AccessDenied"));
    let worker = site.worker(&[]).await;
    site.submit_as("late", "late.stl").await;
    site.host.ready_are("pricing.retry.10s", 1).await;
    site.bucket.faults.clear();
    site.fault_is_over();
    site.submit(20).await;
    let measured = site.settle(&[&worker]).await;
    assert_eq!(site.answer("late").0, "result.completed");
    assert_eq!((measured.duplicates, measured.dead), (0, 0));
    measured.report("10b-09", "object denied once, and then allowed (priced after 10 s)");
}

#[tokio::test]
async fn a_version_that_the_store_does_not_keep_is_not_priced() {
    let mut site = Site::new().await;
    let (bucket, key) = (site.bucket.name.clone(), site.bucket.key(MODEL));
    let pins = [
        json!({ "version_id": "3sL4kqtJlcpXroDTDmJ" }),
        json!({ "etag": "0123456789abcdef0123456789abcdef" }),
        json!({ "version_id": "3sL4kqtJlcpXroDTDmJ", "etag": "0123456789abcdef0123456789abcdef" }),
    ];
    let pinned = pins.iter().cycle().take(6).map(|pin| {
        let mut model = json!({ "bucket": bucket, "key": key });
        model.as_object_mut().expect("an object").extend(pin.as_object().expect("an object").clone());
        model
    });
    submit(&mut site, pinned.collect::<Vec<_>>()).await;
    let worker = site.worker(&[]).await;
    site.fault_is_over();
    good_ones_are_priced(&mut site, &worker).await;
    let measured = site.settle(&[&worker]).await;
    for number in 0..6 {
        rejected(&site, &bad_id(number), "object_changed", &[]);
    }
    rejected(&site, &bad_id(0), "object_changed", &["which version", "leave the version out"]);
    assert_eq!((measured.duplicates, measured.dead), (0, 0));
    measured.report("10b-10", "version or ETag that the store does not confirm (rejected)");
}

#[tokio::test]
async fn refusals_that_no_wait_mends_are_answered_at_once() {
    let refusals = [
        ("KeyTooLongError", "invalid_request", "give the object another key"),
        ("InvalidURI", "invalid_request", "give the object another key"),
        ("XMinioInvalidObjectName", "invalid_request", "give the object another key"),
        ("InvalidArgument", "invalid_request", "correct"),
        ("InvalidObjectState", "object_forbidden", "restore it"),
        ("KMS.DisabledException", "object_forbidden", "enable that key"),
        ("KMS.NotFoundException", "object_forbidden", "enable that key"),
        ("NoSuchVersion", "object_not_found", "check the version"),
        ("MethodNotAllowed", "object_not_found", "deleted"),
        ("IllegalLocationConstraintException", "object_not_found", "another region"),
    ];
    let mut site = Site::new().await;
    for (code, _, _) in refusals {
        site.bucket.faults.set(format!("models/{code}.stl"), S3Fault::Refuses(code));
    }
    submit(&mut site, refusals.map(|(code, _, _)| json!({ "bucket": "models", "key": format!("{code}.stl") }))).await;
    let worker = site.worker(&[]).await;
    site.fault_is_over();
    good_ones_are_priced(&mut site, &worker).await;
    let measured = site.settle(&[&worker]).await;
    for (number, (code, rejection, words)) in refusals.iter().enumerate() {
        rejected(&site, &bad_id(number), rejection, &["\"models\"", code, words]);
    }
    assert_eq!((measured.duplicates, measured.dead), (0, 0));
    assert!(site.wire.seen().deliveries.values().all(|times| *times == 1), "no attempt was spent on it");
    measured.report("10b-11", "S3 refuses objects for good: archived, key too long, … (rejected)");
}
