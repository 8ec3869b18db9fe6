//! A tap on the traffic between worker and broker: answered requests, and the order of confirms and acknowledgements.
//!
//! The worker has one message in flight on a publishing channel, so a return and the confirm after it belong to that
//! message.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use amq_protocol::frame::{AMQPFrame, parse_frame};
use amq_protocol::protocol::basic::{AMQPMethod, Deliver, GetOk};
use amq_protocol::protocol::{AMQPClass, connection};

use super::proxy::Tap;

/// The observations on all connections of all workers.
#[derive(Debug, Default)]
pub struct Seen {
    /// For each request's id: the number of messages about it that the broker confirmed and did not return.
    confirmed: HashMap<String, u32>,
    /// The number of deliveries of each request.
    pub deliveries: BTreeMap<String, u32>,
    /// Deliveries that the broker marked as redelivered.
    pub redelivered: u32,
    /// Acknowledged requests.
    pub acknowledged: u32,
    /// Requests that were acknowledged before a message about them was confirmed.
    pub too_early: Vec<String>,
    /// The most unacknowledged deliveries of one channel at once.
    pub most_outstanding: usize,
    /// The number of times that the broker blocked publishing.
    pub blocked: u32,
}

/// The observations, shared by the taps of all connections.
#[derive(Clone, Default)]
pub struct Wire(Arc<Mutex<Seen>>);

impl Wire {
    /// The observations so far.
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().expect("no panic")
    }

    /// A tap for one connection.
    pub fn listen(&self) -> Listener {
        Listener { wire: self.clone(), up: Frames::default(), down: Frames::default(), channels: HashMap::new() }
    }
}

/// The tap of one connection.
pub struct Listener {
    wire: Wire,
    up: Frames,
    down: Frames,
    channels: HashMap<u16, Channel>,
}

#[derive(Default)]
struct Channel {
    /// The method whose content header comes next: `basic.publish`, or a delivery with this tag.
    publishing: bool,
    delivering: Option<u64>,
    /// The request of the message that is published and not confirmed yet.
    under_way: Option<String>,
    returned: bool,
    /// By delivery tag: the request, and its number of confirms at delivery.
    outstanding: BTreeMap<u64, (String, u32)>,
}

impl Tap for Listener {
    fn up(&mut self, bytes: &[u8]) {
        for frame in self.up.read(bytes) {
            self.upward(frame);
        }
    }

    fn down(&mut self, bytes: &[u8]) {
        for frame in self.down.read(bytes) {
            self.downward(frame);
        }
    }
}

impl Listener {
    fn upward(&mut self, frame: AMQPFrame) {
        match frame {
            AMQPFrame::Method(channel, AMQPClass::Basic(AMQPMethod::Publish(_))) => {
                self.channels.entry(channel).or_default().publishing = true;
            }
            // The worker acknowledges each request alone, never several at once.
            AMQPFrame::Method(channel, AMQPClass::Basic(AMQPMethod::Ack(ack))) => {
                let mut seen = self.wire.seen();
                seen.acknowledged += 1;
                if let Some((request, before)) =
                    self.channels.entry(channel).or_default().outstanding.remove(&ack.delivery_tag)
                    && seen.confirmed.get(&request).copied().unwrap_or(0) <= before
                {
                    seen.too_early.push(request);
                }
            }
            AMQPFrame::Header(channel, header) => {
                let channel = self.channels.entry(channel).or_default();
                if std::mem::take(&mut channel.publishing) {
                    channel.under_way = header.properties.correlation_id().as_ref().map(ToString::to_string);
                    channel.returned = false;
                }
            }
            _ => {}
        }
    }

    fn downward(&mut self, frame: AMQPFrame) {
        let mut seen = self.wire.seen();
        match frame {
            AMQPFrame::Method(_, AMQPClass::Connection(connection::AMQPMethod::Blocked(_))) => seen.blocked += 1,
            AMQPFrame::Method(
                channel,
                AMQPClass::Basic(
                    AMQPMethod::Deliver(Deliver { delivery_tag, redelivered, .. })
                    | AMQPMethod::GetOk(GetOk { delivery_tag, redelivered, .. }),
                ),
            ) => {
                self.channels.entry(channel).or_default().delivering = Some(delivery_tag);
                seen.redelivered += u32::from(redelivered);
            }
            AMQPFrame::Method(channel, AMQPClass::Basic(AMQPMethod::Return(_))) => {
                self.channels.entry(channel).or_default().returned = true;
            }
            // An acknowledgement from the broker confirms a published message.
            AMQPFrame::Method(channel, AMQPClass::Basic(AMQPMethod::Ack(_))) => {
                let channel = self.channels.entry(channel).or_default();
                if let Some(request) = channel.under_way.take().filter(|_| !channel.returned) {
                    *seen.confirmed.entry(request).or_default() += 1;
                }
            }
            AMQPFrame::Header(channel, header) => {
                let channel = self.channels.entry(channel).or_default();
                if let (Some(tag), Some(request)) = (channel.delivering.take(), header.properties.message_id()) {
                    let request = request.to_string();
                    let before = seen.confirmed.get(&request).copied().unwrap_or(0);
                    *seen.deliveries.entry(request.clone()).or_default() += 1;
                    channel.outstanding.insert(tag, (request, before));
                    seen.most_outstanding = seen.most_outstanding.max(channel.outstanding.len());
                }
            }
            _ => {}
        }
    }
}

/// Splits bytes that arrive in any pieces into frames.
#[derive(Default)]
pub struct Frames(Vec<u8>);

impl Frames {
    /// The complete frames so far.
    pub fn read(&mut self, bytes: &[u8]) -> Vec<AMQPFrame> {
        self.0.extend_from_slice(bytes);
        let (mut frames, mut at) = (Vec::new(), 0);
        loop {
            match parse_frame(&self.0[at..]) {
                Ok((rest, frame)) => {
                    at = self.0.len() - rest.len();
                    frames.push(frame);
                }
                Err(error) if error.is_incomplete() => break,
                Err(error) => panic!("bytes that are no AMQP frame: {error:?}"),
            }
        }
        self.0.drain(..at);
        frames
    }
}
