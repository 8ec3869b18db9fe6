//! Tests of `dead-letters`: the list of dead letters, and their replay.

use lapin::BasicProperties;
use lapin::options::{BasicGetOptions, BasicRejectOptions};
use lapin::types::{AMQPValue, FieldTable};
use pricing_worker::adapter::amqp::{DeadLetters, TopologyMode};
use pricing_worker::worker::ports::{FailedAttempt, FirstFailure, MessagePort};
use serde_json::{Value, json};

use super::{Ran, program};
use crate::support::broker::VirtualHost;
use crate::support::soon;

async fn dead_letters(host: &VirtualHost, arguments: &str) -> Ran {
    let mut command = program();
    command.arg("dead-letters").args(arguments.split(' ')).env("PRICING_AMQP_URL", host.url());
    tokio::task::spawn_blocking(move || Ran::of(&mut command)).await.expect("it ends")
}

fn properties(id: &str) -> BasicProperties {
    BasicProperties::default().with_delivery_mode(2).with_message_id(id.into())
}

fn request(id: &str, order_id: &str) -> String {
    json!({ "id": id, "type": "pricing.requested.v1", "data": { "order_id": order_id } }).to_string()
}

/// A dead letter that the worker published, and one that killed its workers.
async fn two_letters() -> (VirtualHost, i64) {
    let host = VirtualHost::new();
    let port = host.connect(TopologyMode::Declare, 1).await.expect("a port");
    host.publish("pricing", "job.interactive", request("r1", "A-1").as_bytes(), properties("r1")).await;
    let delivery = soon("a delivery", port.take()).await.expect("a port").expect("a delivery");
    let at = "2026-11-23T10:00:00Z".parse().expect("a time");
    let first = FirstFailure { error: "cut short".into(), at };
    let (first, error) = (Some(first), "503 \u{1b}[2J".into());
    let failure = FailedAttempt { reason: "store_unavailable", error, at, first, attempts: 4, redeliveries: 0 };
    port.publish(delivery.dead_letter(failure)).await.expect("published");
    port.ack(delivery.receipt).await.expect("an ack");
    port.close().await;

    host.publish("pricing", "job.bulk", request("r2", "A-2").as_bytes(), properties("r2")).await;
    soon("the delivery limit", host.deliver_until_dead("pricing.jobs.bulk")).await;
    (host, jiff::Timestamp::now().duration_since(at).as_secs())
}

fn column(rows: &[Value], name: &str) -> Vec<Value> {
    rows.iter().map(|row| row[name].clone()).collect()
}

#[tokio::test]
async fn each_letter_is_listed_with_what_is_known_of_it_and_stays() {
    let (host, age_s) = two_letters().await;
    for _ in 0..2 {
        let ran = dead_letters(&host, "list").await;
        assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""));
        let rows = ran.events();
        assert_eq!(column(&rows, "id"), ["r1", "r2"]);
        assert_eq!(column(&rows, "order_id"), ["A-1", "A-2"]);
        assert_eq!(column(&rows, "reason"), ["store_unavailable", "delivery_limit"]);
        assert_eq!(column(&rows, "attempts"), [json!(4), Value::Null]);
        assert_eq!(column(&rows, "first_error"), [json!("cut short"), Value::Null]);
        assert_eq!(column(&rows, "routing_key"), ["job.interactive", "job.bulk"]);
        assert!(
            column(&rows, "size_bytes").iter().all(|size| size.as_u64() == Some(request("r1", "A-1").len() as u64))
        );
        assert!(rows[0]["age_s"].as_i64().is_some_and(|age| age >= age_s), "{rows:?}");
        assert!(rows[1]["age_s"].as_i64().is_some_and(|age| (0..120).contains(&age)), "{rows:?}");
    }
    host.ready_are("pricing.dead", 2).await;
    let table = dead_letters(&host, "list --format table --reason store_unavailable").await.stdout;
    assert!(table.contains("r1") && table.contains("A-1") && !table.contains("r2"), "{table}");
    assert!(table.contains("store_unavailable: 503 \\u{1b}[2J"), "{table}");
    assert!(table.ends_with("\n\n1 dead letters\n"), "{table}");
}

#[tokio::test]
async fn chosen_letters_go_back_to_their_queues_and_start_again() {
    let table = [
        ("replay --id r1", "1 replayed, 0 not, 1 left alone\n", [1, 0, 1]),
        ("replay --reason delivery_limit", "1 replayed, 0 not, 1 left alone\n", [0, 1, 1]),
        ("replay --all", "2 replayed, 0 not, 0 left alone\n", [1, 1, 0]),
    ];
    for (arguments, told, expected) in table {
        let (host, _) = two_letters().await;
        let ran = dead_letters(&host, arguments).await;
        assert_eq!((ran.exit, ran.stdout.as_str(), ran.stderr.as_str()), (0, told, ""), "{arguments}");
        let queues = ["pricing.jobs.interactive", "pricing.jobs.bulk", "pricing.dead"];
        for (queue, expected) in queues.into_iter().zip(expected) {
            host.ready_are(queue, expected).await;
        }
        if expected[0] == 1 {
            let port = host.connect(TopologyMode::Verify, 1).await.expect("a port");
            let again = soon("a delivery", port.take()).await.expect("a port").expect("a delivery");
            assert_eq!((again.attempt, again.first_failure, again.redeliveries), (1, None, 0));
            assert_eq!((again.message_id.as_deref(), again.payload), (Some("r1"), request("r1", "A-1").into()));
        }
    }
}

/// Makes the broker dead-letter the next message of the results, as a consumer that refuses it does.
async fn refuse_result(host: &VirtualHost) {
    let (_connection, channel) = host.channel().await;
    let got = channel.basic_get("pricing.results".into(), BasicGetOptions::default()).await.expect("basic.get");
    let rejected = got.expect("a result").reject(BasicRejectOptions { requeue: false }).await;
    assert!(rejected.expect("rejected"));
    host.ready_are("pricing.dead", 1).await;
}

#[tokio::test]
async fn a_letter_goes_back_by_its_queue_or_its_type_whatever_its_routing_key() {
    let typed = |event_type: &str| properties("r1").with_type(event_type.into()).with_correlation_id("c1".into());
    let requested = typed("pricing.requested.v1");
    let mut headers = FieldTable::default();
    headers.insert("x-attempts".into(), AMQPValue::LongLongInt(4));
    let of_an_earlier_version = requested.clone().with_headers(headers.clone());
    headers.insert("ce-type".into(), AMQPValue::LongString("pricing.rejected.v1".into()));
    let in_binary_mode = properties("r1").with_headers(headers);
    // The exchange and the routing key that it is published by, its properties, and the queue that it goes back to.
    let rows = [
        ("", "pricing.jobs.interactive", requested, "pricing.jobs.interactive"),
        ("pricing.dlx", "shop.orders", of_an_earlier_version, "pricing.jobs.bulk"),
        ("pricing.dlx", "shop.orders", properties("r1"), "pricing.jobs.bulk"),
        // Its body says that it is a request, and its headers that the body is data.
        ("pricing.dlx", "shop.orders", in_binary_mode, "pricing.results"),
        ("pricing", "result.completed", typed("pricing.completed.v1"), "pricing.results"),
        ("pricing", "result.rejected", typed("pricing.rejected.v1"), "pricing.results"),
        ("", "pricing.results", typed("pricing.rejected.v1"), "pricing.results"),
    ];
    for (exchange, routing_key, properties, queue) in rows {
        let host = VirtualHost::new();
        host.declare().await;
        host.publish(exchange, routing_key, request("r1", "A-1").as_bytes(), properties.clone()).await;
        if exchange == "pricing.dlx" {
            // It is one already.
        } else if queue == "pricing.results" {
            refuse_result(&host).await;
        } else {
            soon("the delivery limit", host.deliver_until_dead(queue)).await;
        }
        let ran = dead_letters(&host, "replay --all").await;
        assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{exchange} {routing_key}");
        let seen = host.take(queue).await;
        assert_eq!(seen.body, request("r1", "A-1"));
        let correlation_id = properties.correlation_id().clone().unwrap_or("r1".into());
        assert_eq!(seen.properties.correlation_id(), &Some(correlation_id));
        assert_eq!(seen.properties.kind(), properties.kind());
    }
}

#[tokio::test]
async fn what_is_not_there_or_was_not_chosen_is_said() {
    let (host, _) = two_letters().await;
    let missing = dead_letters(&host, "replay --id nobody").await;
    assert_eq!((missing.exit, missing.stdout.as_str()), (1, "0 replayed, 0 not, 2 left alone\n"));
    assert!(missing.stderr.contains("nobody: there is no such dead letter"), "{}", missing.stderr);
    let unchosen = dead_letters(&host, "replay").await;
    assert_eq!((unchosen.exit, unchosen.stdout.as_str()), (2, ""));
    assert!(unchosen.stderr.contains("--all"), "{}", unchosen.stderr);
    // A letter whose routing key leads to no queue stays where it is.
    host.publish("pricing.dlx", "invoice.paid", b"{}", properties("r3")).await;
    let stray = dead_letters(&host, "replay --id r3").await;
    assert_eq!((stray.exit, stray.stdout.as_str()), (1, "0 replayed, 1 not, 2 left alone\n"));
    assert!(stray.stderr.contains("publish it by hand"), "{}", stray.stderr);
    host.ready_are("pricing.dead", 3).await;
}

#[tokio::test]
async fn a_replay_that_dies_in_the_middle_leaves_a_letter_in_both_queues_and_never_in_none() {
    let (host, _) = two_letters().await;
    let mut letters = DeadLetters::connect(&host.config(TopologyMode::Verify, 1)).await.expect("a connection");
    let (letter, held) = letters.next().await.expect("a broker").expect("a letter");
    // A letter is removed only after the broker confirmed its replay.
    host.manage("DELETE", "bindings/e/pricing/q/pricing.jobs.interactive/job.interactive", None);
    let error = letters.replay(letter, held).await.expect_err("no queue is bound");
    assert!(error.to_string().contains("NO_ROUTE"), "{error}");
    letters.close().await;
    host.ready_are("pricing.dead", 2).await;
}
