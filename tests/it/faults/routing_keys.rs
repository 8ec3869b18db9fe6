//! Tests of requests by routing keys of their senders' own, of dead letters that were moved by hand, and of a store that
//! fails each of them once.

use std::time::Duration;

use lapin::ExchangeKind;
use lapin::options::{ExchangeDeclareOptions, QueueBindOptions};
use lapin::types::{AMQPValue, FieldTable};

use super::site::Site;
use crate::support::proxy::Line;

fn ids(name: &str, count: usize) -> Vec<String> {
    (0..count).map(|number| format!("{name} {number:02}")).collect()
}

/// Lets the store fail once on each of so many requests, that a test submits, and settles them.
async fn failed_once(mut site: Site, count: usize, submit: impl AsyncFn(&mut Site), number: &str, fault: &str) {
    // All at once: one that comes back before the last has failed would fail again.
    let worker = site.worker(&[("PRICING_CONCURRENCY", &count.to_string())]).await;
    // Short answers pass: the store is reachable, but no object can be read.
    site.store_line.set(Line::BreaksAfter(200));
    submit(&mut site).await;
    worker.logged("to be tried again", count).await;
    site.store_line.set(Line::Good);
    site.fault_is_over();
    site.submit(20).await;
    let measured = site.settle_within(Duration::from_mins(3), &[&worker]).await;
    assert_eq!((measured.duplicates, measured.dead), (0, 0));
    measured.report(number, fault);
}

#[tokio::test]
async fn requests_by_foreign_routing_keys_come_back_to_the_queue_that_they_came_from() {
    let site = Site::new().await;
    let (_connection, channel) = site.host.channel().await;
    let (options, none) = (ExchangeDeclareOptions::default(), FieldTable::default);
    channel.exchange_declare("shop".into(), ExchangeKind::Topic, options, none()).await.expect("an exchange");
    for queue in ["pricing.jobs.interactive", "pricing.jobs.bulk"] {
        let key = format!("*.{}", queue.rsplit('.').next().expect("a part"));
        let bind = QueueBindOptions::default();
        channel.queue_bind(queue.into(), "shop".into(), key.into(), bind, none()).await.expect("a binding");
    }
    let submit = async |site: &mut Site| {
        let ways = [
            ["", "pricing.jobs.interactive"],
            ["", "pricing.jobs.bulk"],
            ["shop", "order.interactive"],
            ["shop", "order.bulk"],
        ];
        for (number, way) in ways.into_iter().enumerate() {
            site.submit_by(way, &ids(&format!("way {number}"), 18 - number % 2), &none()).await;
        }
    };
    let fault = "70 requests by foreign routing keys, S3 fails once (retried after 10 s)";
    failed_once(site, 70, submit, "21-1", fault).await;
}

#[tokio::test]
async fn dead_letters_that_were_moved_by_hand_start_anew() {
    let submit = async |site: &mut Site| {
        let mut headers = FieldTable::default();
        for (name, value) in [
            ("x-reason", "store_unavailable"),
            ("x-error", "503"),
            ("x-failed-at", "2020-01-01T00:11:10Z"),
            ("x-first-error", "503"),
            ("x-first-failed-at", "2020-01-01T00:00:00Z"),
        ] {
            headers.insert(name.into(), AMQPValue::LongString(value.into()));
        }
        headers.insert("x-attempts".into(), AMQPValue::LongLongInt(4));
        site.submit_by(["", "pricing.jobs.bulk"], &ids("letter", 10), &headers).await;
    };
    let fault = "10 dead letters moved to a job queue by hand, S3 fails once (retried after 10 s)";
    failed_once(Site::new().await, 10, submit, "21-2", fault).await;
}
