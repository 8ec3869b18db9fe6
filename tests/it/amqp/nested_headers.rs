//! A test of headers that nest as deeply as a frame has room for: AMQP bounds their bytes and not their depth, and the client
//! reads them by recursion.
//!
//! The test writes the message byte by byte, since its own client would need a deep stack too.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};

use lapin::options::{BasicAckOptions, BasicGetOptions};
use serde_json::{Value, json};

use crate::cli::program;
use crate::geometry::shapes::cube;
use crate::support::broker::VirtualHost;
use crate::support::eventually;
use crate::support::s3::Bucket;
use crate::support::worker::Worker;

/// The largest frame of RabbitMQ by default, in bytes.
const FRAME_BYTES: usize = 128 << 10;

/// The kinds of frames, and the byte that ends each (AMQP 0-9-1, section 4.2.3).
const METHOD: u8 = 1;
const HEADER: u8 = 2;
const BODY: u8 = 3;
const END: u8 = 0xce;

/// A connection with one channel that can publish, by bytes alone.
struct RawPublisher(TcpStream);

impl RawPublisher {
    fn open(address: SocketAddr, url: &str) -> Self {
        let (user, password, host) = parts(url);
        let mut publisher = Self(TcpStream::connect(address).expect("the broker listens"));
        publisher.0.write_all(b"AMQP\x00\x00\x09\x01").expect("a header");
        publisher.expect(10, 10);
        let response = format!("\0{user}\0{password}");
        publisher.method(0, 10, 11, &[&long(b""), &short("PLAIN"), &long(response.as_bytes()), &short("en_US")]);
        publisher.expect(10, 30);
        publisher.method(0, 10, 31, &[&1_u16.to_be_bytes(), &(FRAME_BYTES as u32).to_be_bytes(), &0_u16.to_be_bytes()]);
        publisher.method(0, 10, 40, &[&short(host), &short(""), &[0]]);
        publisher.expect(10, 41);
        publisher.method(1, 20, 10, &[&short("")]);
        publisher.expect(20, 11);
        publisher
    }

    /// Publishes a message with these headers, a table as it goes over the wire, and waits until the broker has it.
    fn publish(mut self, headers: &[u8], body: &[u8]) {
        const CONTENT_TYPE_AND_HEADERS: u16 = 0x8000 | 0x2000;
        self.method(1, 60, 40, &[&0_u16.to_be_bytes(), &short("pricing"), &short("job.interactive"), &[0]]);
        let properties = [&CONTENT_TYPE_AND_HEADERS.to_be_bytes(), &*short("application/cloudevents+json"), headers];
        let sizes = [&60_u16.to_be_bytes()[..], &0_u16.to_be_bytes(), &(body.len() as u64).to_be_bytes()];
        self.frame(HEADER, 1, &[sizes.concat(), properties.concat()].concat());
        self.frame(BODY, 1, body);
        // What comes before a close on the same channel is done when the close is answered.
        self.method(1, 20, 40, &[&200_u16.to_be_bytes(), &short(""), &[0; 4]]);
        self.expect(20, 41);
    }

    fn method(&mut self, channel: u16, class: u16, method: u16, arguments: &[&[u8]]) {
        let payload = [&class.to_be_bytes()[..], &method.to_be_bytes(), &arguments.concat()].concat();
        self.frame(METHOD, channel, &payload);
    }

    fn frame(&mut self, kind: u8, channel: u16, payload: &[u8]) {
        let length = u32::try_from(payload.len()).expect("a short frame");
        assert!(payload.len() + 8 <= FRAME_BYTES, "a frame of {length} bytes is longer than the broker takes");
        let head = [&[kind][..], &channel.to_be_bytes(), &length.to_be_bytes()].concat();
        self.0.write_all(&[&head, payload, &[END]].concat()).expect("the broker reads");
    }

    /// Reads one frame, which must be of this method.
    fn expect(&mut self, class: u16, method: u16) {
        let mut head = [0; 7];
        self.0.read_exact(&mut head).expect("the broker answers");
        let length = u32::from_be_bytes([head[3], head[4], head[5], head[6]]) as usize;
        let mut rest = vec![0; length + 1];
        self.0.read_exact(&mut rest).expect("a whole frame");
        let expected = [class.to_be_bytes(), method.to_be_bytes()].concat();
        assert_eq!(rest[..4], expected, "the broker answers otherwise: {}", String::from_utf8_lossy(&rest));
    }
}

/// User, password and virtual host of a URL.
fn parts(url: &str) -> (&str, &str, &str) {
    let rest = url.strip_prefix("amqp://").expect("an AMQP URL");
    let (credentials, place) = rest.split_once('@').expect("a URL with a user");
    let (user, password) = credentials.split_once(':').expect("a URL with a password");
    (user, password, place.split_once('/').expect("a URL with a virtual host").1)
}

fn short(text: &str) -> Vec<u8> {
    [&[u8::try_from(text.len()).expect("a short text")], text.as_bytes()].concat()
}

fn long(bytes: &[u8]) -> Vec<u8> {
    [&u32::try_from(bytes.len()).expect("a short text").to_be_bytes(), bytes].concat()
}

/// A table of one entry without a name, whose value is a list in a list in a list.
fn nested_lists(depth: usize) -> Vec<u8> {
    // A list is its type, the length of what it holds, and that: the innermost holds nothing.
    let lists = (0..depth).rev().flat_map(|within| [&b"A"[..], &(5 * within as u32).to_be_bytes()].concat());
    long(&[0].into_iter().chain(lists).collect::<Vec<_>>())
}

#[tokio::test]
async fn headers_that_nest_as_deeply_as_a_frame_can_hold_stop_nobody() {
    let (host, bucket) = (VirtualHost::new(), Bucket::new().await);
    host.declare().await;
    bucket.put(&bucket.key("cube.stl"), cube(10).binary()).await;
    let mut command = program();
    command.env("PRICING_AMQP_URL", host.url()).envs(bucket.environment());
    let _worker = Worker::ready(command).await;

    let data = json!({ "order_id": "A-1", "model": { "bucket": bucket.name, "key": bucket.key("cube.stl") } });
    let event = json!({ "specversion": "1.0", "id": "r1", "source": "mes", "type": "pricing.requested.v1",
                        "time": "2026-11-23T10:00:00Z", "data": data });
    for depth in [100, 1_000, 26_000] {
        RawPublisher::open(host.address(), host.url()).publish(&nested_lists(depth), event.to_string().as_bytes());
        let (_connection, channel) = host.channel().await;
        let answer = eventually("an answer", async || {
            let get = channel.basic_get("pricing.results".into(), BasicGetOptions::default());
            let answer = get.await.expect("basic.get")?;
            answer.ack(BasicAckOptions::default()).await.expect("an ack");
            Some(serde_json::from_slice::<Value>(&answer.data).expect("JSON"))
        })
        .await;
        assert_eq!(answer["data"]["geometry"]["volume_mm3"], 1000.0, "{depth} lists in one another");
    }

    // What is copied into a dead letter, and read again by the command that lists them.
    RawPublisher::open(host.address(), host.url()).publish(&nested_lists(26_000), b"{");
    host.ready_are("pricing.dead", 1).await;
    let mut list = program();
    list.args(["dead-letters", "list", "--format", "json"]).env("PRICING_AMQP_URL", host.url());
    let listed = list.output().expect("the program");
    assert!(listed.status.success(), "{}", String::from_utf8_lossy(&listed.stderr));
    let letter: Value = serde_json::from_slice(&listed.stdout).expect("one letter");
    assert_eq!(letter["reason"], "undecodable");
}
