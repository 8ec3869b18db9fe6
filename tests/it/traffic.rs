//! The traffic of a job, counted on the wire by a proxy in front of the broker and of the store: one request to the store and
//! eight frames of AMQP.
//!
//! The protocols allow no less, as the worker uses them:
//!
//! * One GET a model. It gives the entity tag, the length and the bytes; a HEAD before it would add a way and know no more.
//! * From the broker `basic.deliver` with its header and body, and `basic.ack`, the confirm of the result; to it
//!   `basic.publish` with its header and body, and `basic.ack` of the request. A body is one frame up to 128 KiB.
//! * A request is acknowledged alone, as soon as its result is confirmed. Several at once (`multiple`) would save frames of
//!   21 bytes, and hold back requests that are answered: a crash would have them priced again. And while their place in
//!   the prefetch window is taken, nothing else is delivered for it.
//! * A confirm is about one result, since one message at a time is under way on a channel: a message that is returned can
//!   be no other. Jobs at once have channels of their own, so none waits for another's confirm.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use amq_protocol::frame::AMQPFrame;
use amq_protocol::protocol::AMQPClass;
use amq_protocol::protocol::basic::AMQPMethod;
use lapin::BasicProperties;
use pricing_worker::adapter::amqp::{Publisher, TopologyMode};
use pricing_worker::worker::ports::{NewObject, ObjectStore};
use serde_json::json;

use crate::cli::program;
use crate::geometry::shapes::cube;
use crate::support::broker::VirtualHost;
use crate::support::eventually;
use crate::support::proxy::{Proxy, Tap};
use crate::support::s3::Bucket;
use crate::support::wire::Frames;
use crate::support::worker::Worker;

/// Jobs before those that are counted: connections and channels are opened for them.
const WARM_UP: usize = 5;
const JOBS: usize = 50;

/// How often something passed, by its name; many connections add to it.
#[derive(Clone, Default)]
struct Tally(Arc<Mutex<BTreeMap<String, usize>>>);

impl Tally {
    fn count(&self, name: impl Into<String>) {
        *self.0.lock().expect("no panic").entry(name.into()).or_default() += 1;
    }

    fn of(&self, name: &str) -> usize {
        self.0.lock().expect("no panic").get(name).copied().unwrap_or(0)
    }

    /// Empties it.
    fn take(&self) -> BTreeMap<String, usize> {
        std::mem::take(&mut self.0.lock().expect("no panic"))
    }
}

/// Counts the requests to a store, which have no body, by their methods.
struct Requests {
    seen: Tally,
    /// The begin of a head that is not whole yet.
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

/// Counts frames of AMQP by their names.
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

/// None for heartbeats, which are for no job.
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
    Publisher::connect(&host.config(TopologyMode::Declare, 1)).await.expect("the topology").close().await;
    let (key, bytes) = (bucket.key("cube.stl"), cube(10).binary());
    let (size, body) = (bytes.len() as u64, Box::pin(futures_util::stream::iter([Ok(bytes.into())])));
    let object = NewObject { bucket: Some(&bucket.name), key: &key, content_type: None, size_bytes: size };
    bucket.store.put(&object, body).await.expect("the store takes it");

    let [requests, up, down] = [(); 3].map(|()| Tally::default());
    let seen = requests.clone();
    let store = Proxy::to(bucket.address(), move || Requests { seen: seen.clone(), pending: Vec::new() }).await;
    let (to, from) = (up.clone(), down.clone());
    let tap = move || Named { up: (to.clone(), Frames::default()), down: (from.clone(), Frames::default()) };
    let broker = Proxy::to(host.address(), tap).await;
    let mut command = program();
    command
        .env("PRICING_AMQP_URL", host.url().replace(&host.address().to_string(), &broker.address.to_string()))
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
