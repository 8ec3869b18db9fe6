//! What passes between the worker, the broker and the store for one job, counted on the wire by a proxy in front of each.
//!
//! The protocols allow no less, as the worker uses them:
//!
//! * One GET a model. It gives the entity tag, the length and the bytes; a HEAD before it would add a way and know no more.
//! * From the broker `basic.deliver` with its header and body, and `basic.ack`, the confirm of the result; to it
//!   `basic.publish` with its header and body, and `basic.ack` of the request. A body is one frame up to 128 KiB.
//! * A request is acknowledged alone, as soon as its result is confirmed. Several at once (`multiple`) would save frames of
//!   21 bytes, and hold requests back that are answered: a crash would have them priced again. And while their place in
//!   the prefetch window is taken, nothing else is delivered for it.
//! * A confirm tells of one result, since one message at a time is under way on a channel: what is returned can be no
//!   other. Jobs at once have channels of their own, so none waits for another's confirm.
//!
//! Whatever is not for a job, as heartbeats and what opens a channel, is in none of the counts.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use amq_protocol::frame::AMQPFrame;
use amq_protocol::protocol::AMQPClass;
use amq_protocol::protocol::basic::AMQPMethod;
use test_support::proxy::{Proxy, Tap};
use test_support::wire::Frames;

use crate::loads::Load;
use crate::place::Place;

/// Jobs before those that count.
const WARM_UP: usize = 100;
/// What passes less often a job is not for a job: a slot opens its channel when it first publishes beside others.
const SELDOM: f64 = 0.05;

/// By name, how many passed.
type Tally = BTreeMap<String, usize>;

/// How many of each name passed for a job.
#[derive(Debug, Default)]
pub struct Counted {
    pub store_requests: BTreeMap<String, f64>,
    pub to_broker: BTreeMap<String, f64>,
    pub from_broker: BTreeMap<String, f64>,
}

/// Counts while a worker works through so many jobs.
pub async fn count(place: &Place, load: &Load, jobs: usize) -> Counted {
    let [requests, up, down] = [(); 3].map(|()| Counter::default());
    let store = {
        let requests = requests.clone();
        Proxy::to(place.store.address, move || Requests { seen: requests.clone(), pending: Vec::new() }).await
    };
    let broker = {
        let (up, down) = (up.clone(), down.clone());
        let tap = move || Framed { up: (up.clone(), Frames::default()), down: (down.clone(), Frames::default()) };
        Proxy::to(place.broker(), tap).await
    };
    let worker = place.start_behind(broker.address, store.address);
    worker.ready().await;
    let mut answers = place.listen().await;
    let mut before = [(); 3].map(|()| Tally::new());
    for (count, counts) in [(WARM_UP, false), (jobs, true)] {
        if counts {
            before = [&requests, &up, &down].map(Counter::so_far);
        }
        place.ask(load, count).await;
        for _ in 0..count {
            answers.next(&worker).await;
        }
        place.clear().await;
    }
    let after = [&requests, &up, &down].map(Counter::so_far);
    worker.stop().await;
    let per_job = |place: usize| {
        let more = |(name, count): (&String, &usize)| {
            let count = count - before[place].get(name).copied().unwrap_or(0);
            let per_job = count as f64 / jobs as f64;
            (per_job >= SELDOM).then(|| (name.clone(), per_job))
        };
        after[place].iter().filter_map(more).collect()
    };
    Counted { store_requests: per_job(0), to_broker: per_job(1), from_broker: per_job(2) }
}

/// A tally that many connections add to.
#[derive(Clone, Default)]
struct Counter(Arc<Mutex<Tally>>);

impl Counter {
    fn count(&self, name: &str) {
        *self.0.lock().expect("no panic").entry(name.to_owned()).or_default() += 1;
    }

    fn so_far(&self) -> Tally {
        self.0.lock().expect("no panic").clone()
    }
}

/// Counts requests to a store by what they ask for. A GET has no body, so what a client sends is heads alone.
struct Requests {
    seen: Counter,
    /// The begin of a head that is not whole yet.
    pending: Vec<u8>,
}

impl Tap for Requests {
    fn up(&mut self, bytes: &[u8]) {
        self.pending.extend_from_slice(bytes);
        while let Some(end) = memchr::memmem::find(&self.pending, b"\r\n\r\n") {
            let head: Vec<u8> = self.pending.drain(..end + 4).collect();
            let head = String::from_utf8_lossy(&head).to_lowercase();
            let method = head.split(' ').next().unwrap_or_default().to_uppercase();
            let ranged = head.contains("\r\nrange:");
            self.seen.count(&if ranged { format!("{method} of a range") } else { method });
        }
    }

    fn down(&mut self, _: &[u8]) {}
}

/// Counts frames by their name.
struct Framed {
    up: (Counter, Frames),
    down: (Counter, Frames),
}

impl Tap for Framed {
    fn up(&mut self, bytes: &[u8]) {
        read(&mut self.up, bytes);
    }

    fn down(&mut self, bytes: &[u8]) {
        read(&mut self.down, bytes);
    }
}

fn read((seen, frames): &mut (Counter, Frames), bytes: &[u8]) {
    for frame in frames.read(bytes) {
        if let Some(name) = name(&frame) {
            seen.count(name);
        }
    }
}

/// None for what is not for a job, such as heartbeats.
fn name(frame: &AMQPFrame) -> Option<&'static str> {
    Some(match frame {
        AMQPFrame::Method(_, AMQPClass::Basic(AMQPMethod::Publish(_))) => "basic.publish",
        AMQPFrame::Method(_, AMQPClass::Basic(AMQPMethod::Deliver(_))) => "basic.deliver",
        AMQPFrame::Method(_, AMQPClass::Basic(AMQPMethod::Ack(_))) => "basic.ack",
        AMQPFrame::Method(..) => "another method",
        AMQPFrame::Header(..) => "header",
        AMQPFrame::Body(..) => "body",
        _ => return None,
    })
}
