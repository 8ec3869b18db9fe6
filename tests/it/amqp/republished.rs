//! Tests that a message stays the same through retries, dead letters and replays, and of what is not copied.

use jiff::Timestamp;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, ByteArray, DecimalValue, FieldArray, FieldTable};
use pricing_worker::adapter::amqp::{Amqp, DeadLetters, TopologyMode};
use pricing_worker::worker::ports::{Delivery, FailedAttempt, FirstFailure, MessagePort, Tier};

use super::{connected, persistent};
use crate::support::broker::{Seen, VirtualHost};
use crate::support::soon;

type Taken = Delivery<<Amqp as MessagePort>::Receipt>;

fn text(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}

fn table(entries: &[(&str, AMQPValue)]) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in entries {
        table.insert((*name).into(), value.clone());
    }
    table
}

/// A header of each type, those of an event in binary mode, and one of a library.
fn headers_of_the_sender() -> Vec<(&'static str, AMQPValue)> {
    let nested = table(&[("a", text("b")), ("c", AMQPValue::LongLongInt(-1))]);
    vec![
        ("cloudEvents:id", text("e1")),
        ("cloudEvents:type", text("pricing.requested.v1")),
        ("x-trace-of-shop", text("ü")),
        ("bool", AMQPValue::Boolean(true)),
        ("i8", AMQPValue::ShortShortInt(-8)),
        ("u8", AMQPValue::ShortShortUInt(8)),
        ("i16", AMQPValue::ShortInt(-16)),
        ("u16", AMQPValue::ShortUInt(16)),
        ("i32", AMQPValue::LongInt(-32)),
        ("u32", AMQPValue::LongUInt(32)),
        ("i64", AMQPValue::LongLongInt(i64::MIN)),
        ("f32", AMQPValue::Float(0.5)),
        ("f64", AMQPValue::Double(-0.25)),
        ("decimal", AMQPValue::DecimalValue(DecimalValue { scale: 2, value: 314 })),
        ("timestamp", AMQPValue::Timestamp(1_700_000_000)),
        ("array", AMQPValue::FieldArray(FieldArray::from(vec![text("a"), AMQPValue::Void]))),
        ("table", AMQPValue::FieldTable(nested)),
        ("bytes", AMQPValue::ByteArray(ByteArray::from(vec![0, 255]))),
        ("void", AMQPValue::Void),
    ]
}

/// Headers of the worker's, the broker's and the router's names, which a sender may set to anything.
fn headers_not_to_copy() -> Vec<(&'static str, AMQPValue)> {
    let death = table(&[("queue", text("pricing.retry.10s")), ("reason", text("expired"))]);
    vec![
        ("CC", AMQPValue::FieldArray(FieldArray::from(vec![text("job.bulk")]))),
        ("x-death", AMQPValue::FieldArray(FieldArray::from(vec![AMQPValue::FieldTable(death)]))),
        ("x-first-death-queue", text("pricing.retry.10s")),
        ("x-last-death-reason", text("expired")),
        ("x-tier", text("10m")),
        ("x-attempts", AMQPValue::LongLongInt(9)),
        ("x-redeliveries", AMQPValue::LongLongInt(9)),
    ]
}

fn sent() -> BasicProperties {
    let headers = [headers_of_the_sender(), headers_not_to_copy()].concat();
    BasicProperties::default()
        .with_content_type("application/json".into())
        .with_content_encoding("gzip".into())
        .with_headers(table(&headers))
        .with_delivery_mode(1)
        .with_priority(7)
        .with_correlation_id("c1".into())
        .with_reply_to("shop.answers".into())
        .with_expiration("3600000".into())
        .with_message_id("r1".into())
        .with_timestamp(1_700_000_000)
        .with_type("pricing.requested.v1".into())
        .with_user_id("guest".into())
        .with_app_id("shop".into())
        .with_cluster_id("c".into())
}

fn failure(attempts: u32) -> FailedAttempt {
    let at: Timestamp = "2026-11-23T10:00:00Z".parse().expect("a time");
    let first = Some(FirstFailure { error: "503".into(), at });
    FailedAttempt { reason: "store_unavailable", error: "503".into(), at, first, attempts, redeliveries: 0 }
}

async fn taken(port: &Amqp) -> Taken {
    crate::support::eventually("a delivery", async || port.take().await.expect("a port that works")).await
}

async fn retry(port: &Amqp, delivery: Taken) {
    let message = delivery.retry(Tier::TenSeconds, failure(1));
    port.publish_again(&delivery.receipt, message).await.expect("published");
    port.ack(delivery.receipt).await.expect("an ack");
}

async fn die(port: &Amqp, delivery: Taken) {
    let message = delivery.dead_letter(failure(4));
    port.publish_again(&delivery.receipt, message).await.expect("published");
    port.ack(delivery.receipt).await.expect("an ack");
}

async fn replay(host: &VirtualHost) {
    let mut letters = DeadLetters::connect(&host.config(TopologyMode::Verify, 1)).await.expect("a connection");
    let (letter, receipt) = letters.next().await.expect("a broker").expect("a letter");
    letters.replay(letter, receipt).await.expect("replayed");
    letters.close().await;
}

/// Checks what every copy of the message keeps; gives its other headers' names.
fn is_the_same(seen: &Seen) -> Vec<String> {
    let (came, went) = (sent(), &seen.properties);
    assert_eq!(went.content_type(), came.content_type());
    assert_eq!(went.content_encoding(), came.content_encoding());
    assert_eq!(went.priority(), came.priority());
    assert_eq!(went.correlation_id(), came.correlation_id());
    assert_eq!(went.reply_to(), came.reply_to());
    assert_eq!(went.message_id(), came.message_id());
    assert_eq!(went.timestamp(), came.timestamp());
    assert_eq!(went.kind(), came.kind());
    assert_eq!(went.app_id(), came.app_id());
    assert_eq!(went.cluster_id(), came.cluster_id());
    assert_eq!(*went.delivery_mode(), Some(2), "it is on disk");
    assert_eq!(*went.user_id(), None);
    assert_eq!((seen.headers["x-user-id"].as_str(), seen.body.as_ref()), ("guest", b"a".as_ref()));
    let headers = went.headers().as_ref().expect("headers").inner();
    let kept = headers_of_the_sender();
    for (name, value) in &kept {
        assert_eq!(headers.get(*name), Some(value), "{name}");
    }
    let others = headers.keys().map(ToString::to_string);
    let brokers = ["x-user-id", "x-delivery-count"];
    others.filter(|name| !brokers.contains(&name.as_str()) && !kept.iter().any(|(kept, _)| kept == name)).collect()
}

#[tokio::test]
async fn properties_and_headers_survive_a_retry_a_dead_letter_and_a_replay() {
    let host = VirtualHost::new();
    let port = host.connect(TopologyMode::Declare, 4).await.expect("a port");
    let failed = ["x-error", "x-failed-at", "x-first-error", "x-first-failed-at", "x-reason"];
    let expected = |others: &[&str]| {
        let mut names: Vec<_> = failed.iter().chain(others).map(|name| (*name).to_owned()).collect();
        names.sort();
        names
    };

    // A retry, and a second one that comes back: here the broker adds its record.
    host.publish("pricing", "job.interactive", b"a", sent()).await;
    retry(&port, taken(&port).await).await;
    let waiting = host.take("pricing.retry.10s").await;
    assert_eq!(is_the_same(&waiting), expected(&["x-attempt", "x-expiration", "x-tier"]));
    assert_eq!((waiting.headers["x-tier"].as_str(), waiting.properties.expiration()), ("10s", &None));
    // The sender's copy.
    host.take("pricing.jobs.bulk").await;
    host.publish("pricing.retry", &waiting.routing_key, &waiting.body, waiting.properties).await;
    let again = taken(&port).await;
    assert_eq!((again.attempt, again.redeliveries), (2, 0));

    die(&port, again).await;
    let dead = host.take("pricing.dead").await;
    assert_eq!(is_the_same(&dead), expected(&["x-attempts", "x-expiration"]));
    assert_eq!((dead.headers["x-attempts"].as_str(), dead.properties.expiration()), ("4", &None));
    host.publish("pricing.dlx", &dead.routing_key, &dead.body, dead.properties).await;

    replay(&host).await;
    let replayed = host.take("pricing.jobs.interactive").await;
    assert_eq!(is_the_same(&replayed), [""; 0]);
    assert_eq!(replayed.properties.expiration().as_ref().expect("it is given back").as_str(), "3600000");
}

#[tokio::test]
async fn a_replayed_letter_of_the_brokers_can_be_retried() {
    let host = VirtualHost::new();
    let port = host.connect(TopologyMode::Declare, 4).await.expect("a port");
    host.publish("", "pricing.jobs.bulk", b"a", persistent()).await;
    soon("the delivery limit", host.deliver_until_dead("pricing.jobs.bulk")).await;
    replay(&host).await;
    let replayed = taken(&port).await;
    assert_eq!((replayed.routing_key.as_str(), replayed.redeliveries), ("job.bulk", 0));
    // With the record of its death, the broker would drop it when it comes out of the retry queue.
    retry(&port, replayed).await;
    assert_eq!(taken(&port).await.attempt, 2);

    // Now the broker has two records: of the retry queue, and then of the job queue.
    port.close().await;
    soon("the delivery limit", host.deliver_until_dead("pricing.jobs.bulk")).await;
    replay(&host).await;
    let port = host.connect(TopologyMode::Verify, 4).await.expect("a port");
    let replayed = taken(&port).await;
    assert_eq!((replayed.queue.name, replayed.attempt, replayed.redeliveries), ("pricing.jobs.bulk", 1, 0));
}

#[tokio::test]
async fn the_way_back_is_that_of_the_queue_and_the_senders_key_is_kept() {
    let host = VirtualHost::new();
    let port = connected(&host).await;
    host.publish("", "pricing.jobs.bulk", b"a", persistent().with_message_id("r1".into())).await;
    let delivery = soon("a delivery", port.receive()).await.unwrap().expect("a delivery");
    assert_eq!(delivery.routing_key, "pricing.jobs.bulk");
    retry(&port, delivery).await;
    let waiting = host.take("pricing.retry.10s").await;
    assert_eq!(
        (waiting.routing_key.as_str(), &waiting.headers["x-routing-key"]),
        ("job.bulk", &"pricing.jobs.bulk".into())
    );
    // A sender that gave no correlation id gets the request's.
    assert_eq!(waiting.properties.correlation_id().as_ref().expect("an id").as_str(), "r1");
    host.publish("pricing.retry", &waiting.routing_key, b"a", waiting.properties).await;
    let delivery = soon("it comes back", port.receive()).await.unwrap().expect("a delivery");
    die(&port, delivery).await;
    let dead = host.take("pricing.dead").await;
    assert_eq!((dead.routing_key.as_str(), &dead.headers["x-routing-key"]), ("job.bulk", &"pricing.jobs.bulk".into()));
}

#[tokio::test]
async fn headers_that_leave_no_room_for_ours_are_dropped_from_the_largest_on() {
    let host = VirtualHost::new();
    let port = connected(&host).await;
    let mut headers = table(&[("cloudEvents:id", text("e1"))]);
    for number in 0..16 {
        headers.insert(format!("large {number}").into(), text(&"x".repeat(7_900 + number)));
    }
    host.publish("pricing", "job.bulk", b"a", persistent().with_headers(headers)).await;
    let delivery = soon("a delivery", port.receive()).await.unwrap().expect("a delivery");
    let failed = FailedAttempt { error: "y".repeat(10_000), ..failure(1) };
    port.publish_again(&delivery.receipt, delivery.retry(Tier::TenSeconds, failed)).await.expect("published");
    let waiting = host.take("pricing.retry.10s").await;
    assert_eq!(waiting.headers["x-dropped-headers"], "large 15");
    assert_eq!((waiting.headers["cloudEvents:id"].as_str(), waiting.headers["x-error"].len()), ("e1", 4096));
    let large = waiting.headers.keys().filter(|name| name.starts_with("large "));
    assert_eq!(large.count(), 15);

    // At the next attempt the worker's own headers are longer: the names of both are kept.
    host.publish("pricing", "job.bulk", b"a", waiting.properties).await;
    let delivery = soon("a delivery", port.receive()).await.unwrap().expect("a delivery");
    let first = Some(FirstFailure { error: "z".repeat(10_000), at: failure(2).at });
    let failed = FailedAttempt { error: "y".repeat(10_000), first, ..failure(2) };
    port.publish_again(&delivery.receipt, delivery.retry(Tier::TenSeconds, failed)).await.expect("published");
    assert_eq!(host.take("pricing.retry.10s").await.headers["x-dropped-headers"], "large 15, large 14");
}

/// Before 0.2, a retry kept its sender's routing key.
#[tokio::test]
#[ignore = "long: tests/run --long"]
async fn an_old_retry_by_a_foreign_routing_key_comes_back_once_its_key_is_bound() {
    let host = VirtualHost::new();
    let port = connected(&host).await;
    let headers = table(&[("x-tier", text("10s")), ("x-attempt", AMQPValue::LongLongInt(2))]);
    host.publish("pricing.retry", "shop.orders", b"a", persistent().with_headers(headers)).await;
    crate::support::eventually("the broker has tried to let it go", async || {
        (host.ready("pricing.retry.10s").await == 0).then_some(())
    })
    .await;
    let bound = serde_json::json!({ "routing_key": "shop.orders" });
    host.manage("POST", "bindings/e/pricing/q/pricing.jobs.bulk", Some(&bound));
    let in_time = tokio::time::timeout(std::time::Duration::from_mins(5), port.receive()).await;
    let again = in_time.expect("within five minutes").expect("a port that works").expect("a delivery");
    assert_eq!((again.attempt, again.queue.routing_key), (2, "job.bulk"));
}
