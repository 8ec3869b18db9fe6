//! What passes between the worker and the broker, read off the wire: who was answered, and what was acknowledged when.
//!
//! It knows as much of AMQP 0-9-1 as that takes. One message at a time is under way on a channel that publishes, which
//! the worker promises; so a return, and the confirm after it, are of that one.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard};

use super::proxy::Tap;

/// What was seen on all connections of all workers.
#[derive(Debug, Default)]
pub struct Seen {
    /// Requests by id, and how often something about each was confirmed, and not returned.
    confirmed: HashMap<String, u32>,
    /// How often a request was delivered.
    pub deliveries: BTreeMap<String, u32>,
    /// Deliveries that had been delivered before.
    pub redelivered: u32,
    /// Acknowledged requests.
    pub acknowledged: u32,
    /// Requests that were acknowledged before anything about them was confirmed.
    pub too_early: Vec<String>,
    /// The most deliveries that one connection had at once and not acknowledged.
    pub most_outstanding: usize,
    /// How often the broker said that it takes no messages.
    pub blocked: u32,
}

/// What was seen, shared with the taps.
#[derive(Clone, Default)]
pub struct Wire(Arc<Mutex<Seen>>);

impl Wire {
    pub fn seen(&self) -> MutexGuard<'_, Seen> {
        self.0.lock().expect("no panic")
    }

    /// Listens on one connection.
    pub fn listen(&self) -> Listener {
        Listener { wire: self.clone(), up: Frames::default(), down: Frames::default(), channels: HashMap::new() }
    }
}

/// Listens on one connection.
pub struct Listener {
    wire: Wire,
    up: Frames,
    down: Frames,
    channels: HashMap<u16, Channel>,
}

#[derive(Default)]
struct Channel {
    /// The request of the message whose header is still to come: one that is published, or delivered with this tag.
    publishing: bool,
    delivering: Option<u64>,
    /// The message that is published, and not confirmed.
    under_way: Option<String>,
    returned: bool,
    /// By delivery tag: the request, and its confirms when it was delivered.
    outstanding: BTreeMap<u64, (String, u32)>,
}

impl Tap for Listener {
    fn up(&mut self, bytes: &[u8]) {
        for frame in self.up.read(bytes) {
            self.upward(&frame);
        }
    }

    fn down(&mut self, bytes: &[u8]) {
        for frame in self.down.read(bytes) {
            self.downward(&frame);
        }
    }
}

impl Listener {
    fn upward(&mut self, frame: &Frame) {
        let channel = self.channels.entry(frame.channel).or_default();
        match frame.method() {
            Some((60, 40)) => channel.publishing = true,
            // Acknowledged: each alone, never several at once.
            Some((60, 80)) => {
                let tag = frame.number(4);
                let mut seen = self.wire.seen();
                seen.acknowledged += 1;
                if let Some((request, before)) = channel.outstanding.remove(&tag)
                    && seen.confirmed.get(&request).copied().unwrap_or(0) <= before
                {
                    seen.too_early.push(request);
                }
            }
            None if channel.publishing && frame.is_header() => {
                channel.publishing = false;
                channel.under_way = frame.correlation_id();
                channel.returned = false;
            }
            _ => {}
        }
    }

    fn downward(&mut self, frame: &Frame) {
        let mut seen = self.wire.seen();
        let channel = self.channels.entry(frame.channel).or_default();
        match frame.method() {
            Some((10, 60)) => seen.blocked += 1,
            // Delivered: after the consumer's tag.
            Some((60, 60)) => {
                let tag_at = 5 + usize::from(frame.payload[4]);
                channel.delivering = Some(frame.number(tag_at));
                seen.redelivered += u32::from(frame.payload[tag_at + 8]);
            }
            // Got.
            Some((60, 71)) => {
                channel.delivering = Some(frame.number(4));
                seen.redelivered += u32::from(frame.payload[12]);
            }
            Some((60, 50)) => channel.returned = true,
            // Confirmed.
            Some((60, 80)) => {
                if let Some(request) = channel.under_way.take().filter(|_| !channel.returned) {
                    *seen.confirmed.entry(request).or_default() += 1;
                }
            }
            None if frame.is_header() => {
                if let (Some(tag), Some(request)) = (channel.delivering.take(), frame.message_id()) {
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

/// Frames out of bytes that come in any pieces.
#[derive(Default)]
pub struct Frames(Vec<u8>);

pub struct Frame {
    pub kind: u8,
    channel: u16,
    payload: Vec<u8>,
}

impl Frames {
    /// The frames that are whole now. Whatever is none, as the words with which a client begins, is passed over.
    pub fn read(&mut self, bytes: &[u8]) -> Vec<Frame> {
        const HEAD: usize = 7;
        self.0.extend_from_slice(bytes);
        if self.0.starts_with(b"AMQP") && self.0.len() >= 8 {
            self.0.drain(..8);
        }
        let mut frames = Vec::new();
        while self.0.len() > HEAD && !self.0.starts_with(b"AMQP") {
            let size = u32::from_be_bytes(self.0[3..7].try_into().expect("four bytes")) as usize;
            if self.0.len() < HEAD + size + 1 {
                break;
            }
            let channel = u16::from_be_bytes([self.0[1], self.0[2]]);
            frames.push(Frame { kind: self.0[0], channel, payload: self.0[HEAD..HEAD + size].to_vec() });
            self.0.drain(..=HEAD + size);
        }
        frames
    }
}

impl Frame {
    /// Class and method.
    pub fn method(&self) -> Option<(u16, u16)> {
        let two = |at: usize| u16::from_be_bytes([self.payload[at], self.payload[at + 1]]);
        (self.kind == 1).then(|| (two(0), two(2)))
    }

    fn is_header(&self) -> bool {
        self.kind == 2
    }

    fn number(&self, at: usize) -> u64 {
        u64::from_be_bytes(self.payload[at..at + 8].try_into().expect("eight bytes"))
    }

    fn correlation_id(&self) -> Option<String> {
        self.property(10)
    }

    fn message_id(&self) -> Option<String> {
        self.property(7)
    }

    /// A short string among the properties of a content header, by the bit that says that it is there.
    fn property(&self, wanted: u32) -> Option<String> {
        let flags = u16::from_be_bytes([self.payload[12], self.payload[13]]);
        let mut at = 14;
        for bit in (wanted..16).rev().filter(|bit| flags >> bit & 1 == 1) {
            let text = at + 1..at + 1 + usize::from(self.payload[at]);
            if bit == wanted {
                return Some(String::from_utf8_lossy(&self.payload[text]).into_owned());
            }
            at = match bit {
                // Headers: a table. Delivery mode and priority: a byte each. All others up to here: short strings.
                13 => at + 4 + u32::from_be_bytes(self.payload[at..at + 4].try_into().expect("four")) as usize,
                12 | 11 => at + 1,
                _ => text.end,
            };
        }
        None
    }
}
