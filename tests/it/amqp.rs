//! Tests of RabbitMQ alone: topology, properties, returns, redelivery, priorities and broken connections.

mod nested_headers;
mod republished;
mod rights;

use futures_util::future::join_all;
use lapin::BasicProperties;
use lapin::options::QueueDeclareOptions;
use lapin::types::{AMQPValue, FieldTable};
use pricing_worker::adapter::amqp::{Amqp, Config, Publisher, Results, TopologyMode, topology};
use pricing_worker::config::AmqpUrl;
use pricing_worker::worker::Health;
use pricing_worker::worker::ports::{
    FailedAttempt, FirstFailure, MessagePort, Outgoing, PortError, PublishError, Route, Tier, TraceContext,
};
use serde_json::{Value, json};

use crate::support::broker::{VirtualHost, publish};
use crate::support::{node, port, soon, still_pending};

/// Every queue of the topology, by name.
const QUEUES: [&str; 7] = [
    "pricing.dead",
    "pricing.jobs.bulk",
    "pricing.jobs.interactive",
    "pricing.results",
    "pricing.retry.10m",
    "pricing.retry.10s",
    "pricing.retry.1m",
];

/// A port that prefetches four requests.
async fn connected(host: &VirtualHost) -> Amqp {
    taking(host, 4).await
}

async fn taking(host: &VirtualHost, concurrency: usize) -> Amqp {
    let port = host.connect(TopologyMode::Declare, concurrency).await.expect("a port");
    port.start().await.expect("consumers");
    port
}

fn outgoing(route: Route, id: &str) -> Outgoing {
    Outgoing {
        route,
        message_id: Some(id.into()),
        correlation_id: Some(format!("request of {id}")),
        event_type: Some("pricing.completed.v1".into()),
        trace: TraceContext { traceparent: Some("00-1-2-01".into()), tracestate: Some("vendor=1".into()) },
        failure: None,
        body: format!("{{\"id\":\"{id}\"}}").into(),
    }
}

fn persistent() -> BasicProperties {
    BasicProperties::default().with_delivery_mode(2)
}

#[tokio::test]
async fn the_topology_is_declared_again_and_again_and_verified_then() {
    let host = VirtualHost::new();
    for mode in [TopologyMode::Declare, TopologyMode::Declare, TopologyMode::Verify] {
        host.connect(mode, 4).await.expect("a port").close().await;
    }
    let queues = host.manage("GET", "queues", None);
    let mut names: Vec<&str> = queues.as_array().unwrap().iter().map(|queue| queue["name"].as_str().unwrap()).collect();
    names.sort_unstable();
    assert_eq!(names, QUEUES);
    assert!(queues.as_array().unwrap().iter().all(|queue| queue["type"] == "quorum"));
}

#[tokio::test]
async fn verifying_names_all_that_is_missing() {
    let host = VirtualHost::new();
    let error = host.connect(TopologyMode::Verify, 4).await.err().expect("nothing is there");
    let PortError::Topology(message) = &error else { panic!("{error:?}") };
    for name in ["exchange pricing,", "exchange pricing.dlx,", "queue pricing.dead,", "queue pricing.jobs.bulk"] {
        assert!(message.contains(name), "{message}");
    }
    connected(&host).await.close().await;
    host.manage("DELETE", "queues/pricing.results", None);
    host.manage("DELETE", "exchanges/pricing.retry", None);
    let error = host.connect(TopologyMode::Verify, 4).await.err().expect("two are missing");
    assert_eq!(error.to_string(), "topology: missing: exchange pricing.retry, queue pricing.results");
}

#[tokio::test]
async fn another_topology_is_refused_with_the_name_of_what_differs() {
    let host = VirtualHost::new();
    let (_connection, channel) = host.channel().await;
    let options = QueueDeclareOptions { durable: true, ..QueueDeclareOptions::default() };
    channel.queue_declare("pricing.results".into(), options, FieldTable::default()).await.expect("a classic queue");
    let error = host.connect(TopologyMode::Declare, 4).await.err().expect("it differs");
    assert!(matches!(error, PortError::Topology(_)), "{error:?}");
    assert!(error.to_string().contains("pricing.results"), "{error}");
}

#[tokio::test]
async fn the_definitions_are_the_topology() {
    let host = VirtualHost::new();
    host.import(&topology::definitions(host.name()));
    // The import passes only if every argument equals the declared one.
    connected(&host).await.close().await;
    let imported = host.manage("GET", "bindings", None);

    let declared = VirtualHost::new();
    connected(&declared).await.close().await;
    let plain = |bindings: Value| {
        let mut rows: Vec<String> = bindings
            .as_array()
            .unwrap()
            .iter()
            .map(|binding| {
                ["source", "destination", "routing_key", "arguments"].map(|key| binding[key].to_string()).join(" ")
            })
            .collect();
        rows.sort_unstable();
        rows
    };
    assert_eq!(plain(imported), plain(declared.manage("GET", "bindings", None)));
}

#[tokio::test]
async fn a_retry_waits_in_its_tier_alone_and_keeps_its_routing_key() {
    let host = VirtualHost::new();
    connected(&host).await.close().await;
    let tier = |tier: &str| {
        let mut headers = FieldTable::default();
        headers.insert("x-tier".into(), AMQPValue::LongString(tier.into()));
        persistent().with_headers(headers)
    };
    for (name, key) in [("10s", "job.interactive"), ("1m", "job.bulk"), ("10m", "job.bulk")] {
        host.publish("pricing.retry", key, name.as_bytes(), tier(name)).await;
    }
    for (queue, expected) in [("pricing.retry.1m", "1m"), ("pricing.retry.10m", "10m")] {
        let seen = host.take(queue).await;
        assert_eq!((seen.body.as_ref(), seen.routing_key.as_str()), (expected.as_bytes(), "job.bulk"));
        assert_eq!(host.ready(queue).await, 0);
    }
    let back = host.take("pricing.jobs.interactive").await;
    assert_eq!((back.body.as_ref(), back.routing_key.as_str()), (b"10s".as_ref(), "job.interactive"));
    assert_eq!(host.ready("pricing.jobs.bulk").await, 0);
}

#[tokio::test]
async fn a_failed_request_comes_back_to_its_queue_and_knows_its_past() {
    let host = VirtualHost::new();
    let port = connected(&host).await;
    host.publish("pricing", "job.bulk", b"a", persistent().with_message_id("r1".into())).await;
    let delivery = soon("a delivery", port.receive()).await.unwrap().expect("a delivery");
    assert_eq!((delivery.attempt, &delivery.first_failure), (1, &None));
    let first = FirstFailure { error: "503".into(), at: "2026-11-23T10:00:00Z".parse().expect("a time") };
    let failure = FailedAttempt {
        reason: "store_unavailable",
        error: "503".into(),
        at: first.at,
        first: Some(first.clone()),
        attempts: 1,
        redeliveries: 0,
    };
    port.publish(delivery.retry(Tier::TenSeconds, failure)).await.expect("published");
    port.ack(delivery.receipt).await.expect("an ack");
    assert_eq!(host.ready("pricing.retry.10s").await, 1);
    let again = soon("it comes back", port.receive()).await.unwrap().expect("a delivery");
    assert_eq!((again.attempt, again.first_failure.clone(), again.redeliveries), (2, Some(first), 0));
    assert_eq!(again.last_reason.as_deref(), Some("store_unavailable"));
    assert_eq!((again.routing_key.as_str(), again.message_id.as_deref()), ("job.bulk", Some("r1")));
    assert_eq!(again.payload, "a");
}

#[tokio::test]
async fn a_past_is_believed_only_with_our_own_count_of_attempts() {
    let host = VirtualHost::new();
    let port = connected(&host).await;
    let text = |text: &str| AMQPValue::LongString(text.into());
    let first = [("x-first-error", text("503")), ("x-first-failed-at", text("2020-01-01T00:00:00Z"))];
    let known = FirstFailure { error: "503".into(), at: "2020-01-01T00:00:00Z".parse().expect("a time") };
    let number = AMQPValue::LongLongInt;
    // The other headers; the attempt, the first failure and the redeliveries of the delivery.
    let rows = [
        (vec![], 1, None, 0),
        // A dead letter that was moved here by hand or by a shovel.
        (vec![("x-attempts", number(4)), ("x-reason", text("store_unavailable"))], 1, None, 0),
        (vec![("x-redeliveries", number(30))], 1, None, 0),
        // Moved by a shovel from a queue that had delivered it again and again.
        (vec![("x-delivery-count", number(30))], 1, None, 0),
        // In a retry queue since before an upgrade.
        (vec![("x-attempt", number(3)), ("x-tier", text("1m"))], 3, Some(known.clone()), 0),
        (vec![("x-attempt", AMQPValue::ShortShortUInt(2)), ("x-redeliveries", number(7))], 2, Some(known), 7),
        (vec![("x-attempt", text("2"))], 1, None, 0),
    ];
    for (others, attempt, first_failure, redeliveries) in rows {
        let mut headers = FieldTable::default();
        for (name, value) in first.iter().cloned().chain(others.clone()) {
            headers.insert(name.into(), value);
        }
        host.publish("pricing", "job.bulk", b"a", persistent().with_headers(headers)).await;
        let delivery = soon("a delivery", port.receive()).await.unwrap().expect("a delivery");
        assert_eq!(delivery.last_reason, None, "{others:?}");
        let found = (delivery.attempt, delivery.first_failure, delivery.redeliveries);
        assert_eq!(found, (attempt, first_failure, redeliveries), "{others:?}");
        port.ack(delivery.receipt).await.expect("an ack");
    }
}

#[tokio::test]
async fn a_message_that_kills_its_workers_is_dead_by_the_delivery_limit() {
    let host = VirtualHost::new();
    connected(&host).await.close().await;
    host.publish("pricing", "job.bulk", b"poison", persistent()).await;
    let deliveries = soon("the delivery limit", host.deliver_until_dead("pricing.jobs.bulk")).await;
    assert_eq!(deliveries, 21, "the first, and twenty more");
    let dead = host.take("pricing.dead").await;
    assert_eq!((dead.routing_key.as_str(), dead.body.as_ref()), ("job.bulk", b"poison".as_ref()));
}

#[tokio::test]
async fn a_result_has_the_properties_of_the_contract() {
    let host = VirtualHost::new();
    let port = connected(&host).await;
    port.publish(outgoing(Route::ResultCompleted, "e1")).await.expect("published");
    let seen = host.take("pricing.results").await;
    assert_eq!(seen.routing_key, "result.completed");
    let properties = &seen.properties;
    assert_eq!(properties.message_id().as_ref().unwrap().as_str(), "e1");
    assert_eq!(properties.correlation_id().as_ref().unwrap().as_str(), "request of e1");
    assert_eq!(properties.kind().as_ref().unwrap().as_str(), "pricing.completed.v1");
    assert_eq!(properties.content_type().as_ref().unwrap().as_str(), "application/cloudevents+json");
    assert_eq!(*properties.delivery_mode(), Some(2));
    // The broker adds its delivery count.
    let ours = seen.headers.iter().filter(|(name, _)| *name != "x-delivery-count");
    let headers: Vec<_> = ours.map(|(name, value)| (name.as_str(), value.as_str())).collect();
    assert_eq!(headers, [("traceparent", "00-1-2-01"), ("tracestate", "vendor=1")]);
}

#[tokio::test]
async fn a_dead_letter_says_why_and_keeps_its_routing_key() {
    let host = VirtualHost::new();
    let port = connected(&host).await;
    let first = FirstFailure { error: "at first".into(), at: "2026-11-23T10:00:00Z".parse().expect("a time") };
    let (at, error) = (first.at, "ü".repeat(10_000));
    let failure = FailedAttempt { reason: "undecodable", error, at, first: Some(first), attempts: 3, redeliveries: 0 };
    let route = Route::Dead { routing_key: "job.bulk" };
    port.publish(Outgoing { failure: Some(failure), ..outgoing(route, "e1") }).await.expect("published");
    let seen = host.take("pricing.dead").await;
    assert_eq!(seen.routing_key, "job.bulk");
    assert_eq!((seen.headers["x-reason"].as_str(), seen.headers["x-attempts"].as_str()), ("undecodable", "3"));
    assert_eq!(seen.headers["x-error"].len(), 4096, "as much as surely fits into a frame");
    let first = (seen.headers["x-first-error"].as_str(), seen.headers["x-first-failed-at"].as_str());
    assert_eq!(first, ("at first", "2026-11-23T10:00:00Z"));
}

#[tokio::test]
async fn of_many_publishes_at_once_the_returned_ones_are_blamed() {
    let host = VirtualHost::new();
    let port = connected(&host).await;
    host.manage("DELETE", "bindings/e/pricing/q/pricing.results/result.%23", None);
    host.manage("POST", "bindings/e/pricing/q/pricing.results", Some(&json!({"routing_key": "result.completed"})));
    let publishes = (0..200).map(|number| {
        let route = if number % 3 == 0 { Route::ResultRejected } else { Route::ResultCompleted };
        let message = outgoing(route, &number.to_string());
        let port = &port;
        async move { (number, port.publish(message).await) }
    });
    for (number, result) in soon("200 publishes", join_all(publishes)).await {
        let returned = matches!(&result, Err(PublishError::Returned(why)) if why.contains("NO_ROUTE"));
        assert_eq!(returned, number % 3 == 0, "{number}: {result:?}");
        assert_eq!(result.is_ok(), number % 3 != 0, "{number}: {result:?}");
    }
    still_pending("a returned message is no failure of the port", port.failed()).await;
}

#[tokio::test]
async fn a_full_queue_refuses_and_the_port_goes_on() {
    let host = VirtualHost::new();
    let port = connected(&host).await;
    let policy = json!({"pattern": "^pricing.results$", "apply-to": "queues",
                        "definition": {"max-length": 1}});
    host.manage("PUT", "policies/full", Some(&policy));
    let mut refused = 0;
    // A quorum queue checks its length with a short delay.
    for number in 0..100 {
        match port.publish(outgoing(Route::ResultCompleted, &number.to_string())).await {
            Ok(()) => {}
            Err(PublishError::Refused) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    assert!(refused > 0);
    host.take_many("pricing.results", 100 - refused).await;
    crate::support::eventually("it is taken again", async || {
        port.publish(outgoing(Route::ResultCompleted, "last")).await.ok()
    })
    .await;
}

#[tokio::test]
async fn what_can_never_be_sent_is_no_fault_of_the_connection() {
    let host = VirtualHost::new();
    let port = connected(&host).await;
    let long = Outgoing { correlation_id: Some("x".repeat(256)), ..outgoing(Route::ResultCompleted, "e1") };
    assert!(matches!(port.publish(long).await, Err(PublishError::Unsendable(_))));
    let longest = Outgoing { correlation_id: Some("x".repeat(255)), ..outgoing(Route::ResultCompleted, "e1") };
    port.publish(longest).await.expect("published");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_larger_than_the_broker_takes_is_no_fault_of_the_connection() {
    let node = node::private().await;
    let at_most = |bytes: u32| {
        // 3.10 reads the one when a channel is opened, 4.0 the other.
        let set = format!(
            "application:set_env(rabbit, max_message_size, {bytes}), persistent_term:put(max_message_size, {bytes})."
        );
        node.broker.ctl(&["eval", &set]);
    };
    let host = VirtualHost::on(node.broker.clone());
    let port = connected(&host).await;
    at_most(1_000);
    let large = Outgoing { body: vec![b' '; 1_001].into(), ..outgoing(Route::ResultCompleted, "e1") };
    let result = port.publish(large).await;
    // RabbitMQ's default.
    at_most(134_217_728);
    assert!(matches!(&result, Err(PublishError::Unsendable(why)) if why.contains("larger than")), "{result:?}");
    port.publish(outgoing(Route::ResultCompleted, "e2")).await.expect("published");
    still_pending("one message that is too large is no failure of the port", port.failed()).await;
}

#[tokio::test]
async fn what_was_not_settled_is_delivered_to_the_next_port() {
    let host = VirtualHost::new();
    let port = connected(&host).await;
    host.publish("pricing", "job.bulk", b"a", persistent()).await;
    let delivery = soon("a delivery", port.receive()).await.unwrap().expect("a delivery");
    assert_eq!((delivery.routing_key.as_str(), delivery.redeliveries), ("job.bulk", 0));
    port.close().await;
    let next = connected(&host).await;
    let again = soon("a delivery", next.receive()).await.unwrap().expect("a delivery");
    assert_eq!(again.redeliveries, 1);
    next.ack(again.receipt).await.expect("an ack");
    // The first receiver can no longer settle it.
    port.ack(delivery.receipt).await.expect_err("the first port is closed");
    next.close().await;
    assert_eq!(host.ready("pricing.jobs.bulk").await, 0);
}

#[tokio::test]
async fn the_prefetch_count_bounds_what_is_taken_ahead() {
    let host = VirtualHost::new();
    let port = taking(&host, 3).await;
    let (_connection, channel) = host.channel().await;
    for _ in 0..10 {
        publish(&channel, "pricing", "job.interactive", b"a", persistent()).await;
    }
    let mut held = Vec::new();
    for _ in 0..3 {
        held.push(soon("a delivery", port.receive()).await.unwrap().expect("a delivery"));
    }
    still_pending("a fourth", async { port.receive().await.map(|_| ()) }).await;
    assert_eq!(host.ready("pricing.jobs.interactive").await, 7);
    port.ack(held.remove(0).receipt).await.expect("an ack");
    soon("a fourth", port.receive()).await.unwrap().expect("a delivery");
}

#[tokio::test]
async fn a_stopped_port_starts_again() {
    let host = VirtualHost::new();
    let port = connected(&host).await;
    for body in ["a", "b"] {
        soon("stopping", port.stop()).await.expect("stopped");
        assert!(soon("the end", port.receive()).await.unwrap().is_none());
        host.publish("pricing", "job.bulk", body.as_bytes(), persistent()).await;
        assert_eq!(host.ready("pricing.jobs.bulk").await, 1, "nobody consumes");
        port.start().await.expect("consumers");
        let delivery = soon("a delivery", port.receive()).await.unwrap().expect("a delivery");
        assert_eq!(delivery.payload, body);
        port.ack(delivery.receipt).await.expect("an ack");
    }
    still_pending("a stopped port has not failed", port.failed()).await;
}

#[tokio::test]
async fn what_was_delivered_before_comes_first_and_says_how_often() {
    let host = VirtualHost::new();
    connected(&host).await.close().await;
    for body in ["a", "b", "c"] {
        host.publish("pricing", "job.bulk", body.as_bytes(), persistent()).await;
    }
    for redeliveries in 0..4 {
        let port = host.connect(TopologyMode::Declare, 4).await.expect("a port");
        let taken = soon("a delivery", port.take()).await.unwrap().expect("a delivery");
        assert_eq!((taken.payload.as_ref(), taken.redeliveries), (b"a".as_ref(), redeliveries));
        port.close().await;
    }
}

#[tokio::test]
async fn interactive_requests_go_first_and_bulk_ones_are_not_starved() {
    let host = VirtualHost::new();
    let port = connected(&host).await;
    let (_connection, channel) = host.channel().await;
    for key in ["job.bulk", "job.interactive"] {
        for _ in 0..100 {
            publish(&channel, "pricing", key, b"a", persistent()).await;
        }
    }
    let mut keys = Vec::new();
    for _ in 0..100 {
        let delivery = soon("a delivery", port.receive()).await.unwrap().expect("a delivery");
        keys.push(delivery.routing_key);
        port.ack(delivery.receipt).await.expect("an ack");
    }
    let bulk = keys.iter().filter(|key| *key == "job.bulk").count();
    // The bulk share is a tenth, or more if the next interactive request had not arrived when a slot was free.
    assert!((9..=50).contains(&bulk), "{bulk} of 100 were bulk");
}

#[tokio::test]
async fn a_connection_that_ends_fails_the_port_even_while_nobody_uses_it() {
    for purpose in ["consume", "publish"] {
        let host = VirtualHost::new();
        let port = connected(&host).await;
        assert_eq!(host.close_connections(purpose).await, 1);
        soon("the failure", port.failed()).await;
    }
}

#[tokio::test]
async fn a_queue_deleted_under_its_consumer_fails_the_port() {
    let host = VirtualHost::new();
    let port = connected(&host).await;
    host.manage("DELETE", "queues/pricing.jobs.bulk", None);
    // No request is received: every slot may be taken.
    soon("the failure", port.failed()).await;
    soon("the end", port.receive()).await.expect_err("half of the consumers are gone");
}

#[tokio::test]
async fn an_exchange_that_is_gone_concerns_its_route_alone_and_is_declared_again() {
    for (mode, comes_back) in [(TopologyMode::Declare, true), (TopologyMode::Verify, false)] {
        let host = VirtualHost::new();
        host.declare().await;
        let port = host.connect(mode, 4).await.expect("a port");
        host.manage("DELETE", "exchanges/pricing", None);
        let publish = async || soon("an answer", port.publish(outgoing(Route::ResultCompleted, "e1"))).await;
        let result = publish().await;
        assert!(matches!(&result, Err(PublishError::Denied(why)) if why.contains("'pricing'")), "{result:?}");
        port.publish(outgoing(Route::Dead { routing_key: "job.bulk" }, "e1")).await.expect("another route works");
        assert_eq!(publish().await.is_ok(), comes_back, "{mode:?}");
        still_pending("what one route is denied is no failure of the port", port.failed()).await;
    }
}

#[tokio::test]
async fn what_ends_the_channel_or_a_queue_while_nothing_is_prefetched_fails_the_port() {
    let host = VirtualHost::new();
    let port = host.connect(TopologyMode::Declare, 4).await.expect("a port");
    host.manage("DELETE", "queues/pricing.jobs.bulk", None);
    let failure = soon("the failure", port.failed()).await.to_string();
    assert!(failure.contains("no queue 'pricing.jobs.bulk'"), "{failure}");
}

#[tokio::test]
async fn a_publish_that_was_dropped_leaves_its_fate_to_no_other() {
    let host = VirtualHost::new();
    let port = connected(&host).await;
    host.manage("DELETE", "bindings/e/pricing/q/pricing.results/result.%23", None);
    host.manage("POST", "bindings/e/pricing/q/pricing.results", Some(&json!({"routing_key": "result.completed"})));
    for number in 0..50 {
        let mut dropped = Box::pin(port.publish(outgoing(Route::ResultRejected, "dropped")));
        for _ in 0..number % 4 {
            if futures_util::poll!(&mut dropped).is_ready() {
                break;
            }
            tokio::task::yield_now().await;
        }
        drop(dropped);
        port.publish(outgoing(Route::ResultCompleted, "e1")).await.expect("routed");
    }
}

#[tokio::test]
async fn a_publisher_asks_and_results_are_heard_by_who_listens() {
    let host = VirtualHost::new();
    connected(&host).await.close().await;
    let config = host.config(TopologyMode::Declare, 1);
    let mut results = Results::listen(&config).await.expect("a listener");
    let publisher = Publisher::connect(&config).await.expect("a publisher");
    publisher.publish(&outgoing(Route::JobInteractive, "r1")).await.expect("published");
    publisher.publish(&outgoing(Route::JobBulk, "r2")).await.expect("published");
    assert_eq!(host.ready("pricing.jobs.interactive").await, 1);
    assert_eq!(host.ready("pricing.jobs.bulk").await, 1);
    publisher.publish(&outgoing(Route::ResultRejected, "e1")).await.expect("published");
    let heard = soon("a result", results.next()).await.expect("a result");
    assert_eq!(heard.request_id.as_deref(), Some("request of e1"));
    assert_eq!(heard.body, "{\"id\":\"e1\"}");
    // The MES queue has the result too.
    assert_eq!(host.ready("pricing.results").await, 1);
}

#[tokio::test]
async fn a_broker_that_is_not_there_or_does_not_let_us_in_is_said_without_the_password() {
    let host = VirtualHost::new();
    let nobody = port::free();
    let urls = [
        format!("amqp://guest:s3cret@{nobody}/%2f"),
        host.url().replacen("guest:guest", "guest:s3cret", 1),
        format!("{}-that-is-not-there", host.url()),
    ];
    for url in urls {
        let config = Config::by_url(url.parse().expect("a URL"), TopologyMode::Declare, 1);
        let error = soon("an answer", Amqp::connect(&config, &Health::starting().0)).await.err().expect("no port");
        assert!(matches!(error, PortError::Connect(_)), "{error:?}");
        assert!(!format!("{error} {error:?} {config:?}").contains("s3cret"), "{error:?}");
    }
    for url in ["", "http://guest:s3cret@127.0.0.1", "amqp://guest:s3cret@127.0.0.1:port/"] {
        let error = url.parse::<AmqpUrl>().expect_err(url);
        assert!(!format!("{error} {error:?}").contains("s3cret"), "{error}");
    }
}
