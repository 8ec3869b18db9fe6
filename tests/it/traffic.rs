//! Counts a job's traffic on the wire, with proxies in front of the broker and the store: one request to the store and
//! eight AMQP frames.
//!
//! The worker's use of the protocols allows no less:
//!
//! * One GET per model. It returns the entity tag, the length and the bytes; a HEAD would only add a round trip.
//! * From the broker `basic.deliver` with its header and body, and `basic.ack`, the confirm of the result; to it
//!   `basic.publish` with its header and body, and `basic.ack` of the request. A body is one frame up to 128 KiB.
//! * The worker acknowledges each request alone, as soon as its result is confirmed. Acknowledging several at once
//!   (`multiple`) would save frames of 21 bytes, but delay answered requests: after a crash they would be priced again.
//!   Until then they also occupy the prefetch window.
//! * A confirm is about one result, because a channel has one message in flight at a time: a returned message can be no
//!   other. Parallel jobs have their own channels, so none waits for another's confirm.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use amq_protocol::frame::AMQPFrame;
use amq_protocol::protocol::AMQPClass;
use amq_protocol::protocol::basic::AMQPMethod;
use lapin::BasicProperties;
use serde_json::json;

use crate::cli::program;
use crate::geometry::shapes::cube;
use crate::support::broker::VirtualHost;
use crate::support::eventually;
use crate::support::proxy::{Proxy, Tap};
use crate::support::s3::Bucket;
use crate::support::wire::Frames;
use crate::support::worker::Worker;

/// Jobs before the counted ones: they open connections and channels.
const WARM_UP: usize = 5;
const JOBS: usize = 50;

/// The number of frames or requests by name, over all connections.
#[derive(Clone, Default)]
struct Tally(Arc<Mutex<BTreeMap<String, usize>>>);

impl Tally {
    fn count(&self, name: impl Into<String>) {
        *self.0.lock().expect("no panic").entry(name.into()).or_default() += 1;
    }

    fn of(&self, name: &str) -> usize {
        self.0.lock().expect("no panic").get(name).copied().unwrap_or(0)
    }

    /// Resets the counts.
    fn take(&self) -> BTreeMap<String, usize> {
        std::mem::take(&mut self.0.lock().expect("no panic"))
    }
}

/// Counts the requests to a store, which have no body, by method.
struct Requests {
    seen: Tally,
    /// The start of an incomplete request head.
    pending: Vec<u8>,
}

impl Tap for Requests {
    fn up(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        while let Some(end) = memchr::memmem::find(&self.pending, b"\r\n\r\n") {
            let head: Vec<u8> = self.pending.drain(..end + 4).collect();
            self.seen.count(String::from_utf8_lossy(&head).split(' ').next().unwrap_or_default());
        }
    }

    fn down(&mut self, _: &[u8]) {}
}

/// Counts AMQP frames by name.
struct Named {
    up: (Tally, Frames),
    down: (Tally, Frames),
}

impl Tap for Named {
    fn up(&mut self, bytes: &[u8]) {
        let (tally, frames) = &mut self.up;
        frames.read(bytes).iter().filter_map(name).for_each(|name| tally.count(name));
    }

    fn down(&mut self, bytes: &[u8]) {
        let (tally, frames) = &mut self.down;
        frames.read(bytes).iter().filter_map(name).for_each(|name| tally.count(name));
    }
}

/// None for heartbeats, which belong to no job.
fn name(frame: &AMQPFrame) -> Option<String> {
    let name = match frame {
        AMQPFrame::Method(_, AMQPClass::Basic(AMQPMethod::Publish(_))) => "basic.publish",
        AMQPFrame::Method(_, AMQPClass::Basic(AMQPMethod::Deliver(_))) => "basic.deliver",
        AMQPFrame::Method(_, AMQPClass::Basic(AMQPMethod::Ack(_))) => "basic.ack",
        AMQPFrame::Method(_, other) => return Some(format!("{other:?}")),
        AMQPFrame::Header(..) => "header",
        AMQPFrame::Body(..) => "body",
        _ => return None,
    };
    Some(name.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_takes_one_request_to_the_store_and_eight_frames() {
    let (host, bucket) = (VirtualHost::new(), Bucket::new().await);
    host.declare().await;
    let key = bucket.key("cube.stl");
    bucket.put(&key, cube(10).binary()).await;

    let [requests, up, down] = [(); 3].map(|()| Tally::default());
    let seen = requests.clone();
    let store = Proxy::to(bucket.address(), move || Requests { seen: seen.clone(), pending: Vec::new() }).await;
    let (to, from) = (up.clone(), down.clone());
    let tap = move || Named { up: (to.clone(), Frames::default()), down: (from.clone(), Frames::default()) };
    let broker = Proxy::to(host.address(), tap).await;
    let mut command = program();
    command
        .env("PRICING_AMQP_URL", host.url_at(broker.address))
        .env("PRICING_CONCURRENCY", "1")
        .envs(bucket.environment_at(store.address));
    let _worker = Worker::ready(command).await;

    for count in [WARM_UP, JOBS] {
        for tally in [&requests, &up, &down] {
            tally.take();
        }
        for number in 0..count {
            let event = json!({ "specversion": "1.0", "id": format!("{count} {number}"), "source": "test",
                "type": "pricing.requested.v1", "time": "2026-11-23T10:00:00Z",
                "data": { "model": { "bucket": bucket.name, "key": key } } });
            host.publish("pricing", "job.bulk", event.to_string().as_bytes(), BasicProperties::default()).await;
        }
        // The last frame of a job.
        eventually("every request is acknowledged", async || (up.of("basic.ack") == count).then_some(())).await;
    }
    let each = |names: &[&str]| names.iter().map(|&name| (name.to_owned(), JOBS)).collect::<BTreeMap<_, _>>();
    assert_eq!(requests.take(), each(&["GET"]), "to the store");
    assert_eq!(up.take(), each(&["basic.publish", "header", "body", "basic.ack"]), "to the broker");
    assert_eq!(down.take(), each(&["basic.deliver", "header", "body", "basic.ack"]), "from the broker");
}
