//! Tests of messages at the edges of what the contract allows, over the whole way: each is answered, or is a dead letter
//! whose error says what it is.

use std::collections::BTreeSet;
use std::io::Write;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use lapin::options::{BasicAckOptions, BasicGetOptions};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection};
use serde_json::{Value, json};

use crate::cli::program;
use crate::geometry::shapes::cube;
use crate::support::broker::{VirtualHost, publish};
use crate::support::eventually;
use crate::support::s3::Bucket;
use crate::support::s3_faults::S3Fault;
use crate::support::worker::Worker;

const STRUCTURED: &str = "application/cloudevents+json";
const BINARY: &str = "application/json";
const TYPE: &str = "pricing.requested.v1";

/// A worker, its broker and a store with one model.
struct Site {
    host: VirtualHost,
    bucket: Bucket,
    channel: Channel,
    _connection: Connection,
    _worker: Worker,
}

/// What became of a message.
#[derive(Debug)]
enum Outcome {
    Priced(Value),
    Rejected(Value),
    Dead { reason: String, error: String },
}

/// What must become of a message.
#[derive(Debug, Clone, Copy)]
enum Expected {
    Priced,
    /// Rejected as `invalid_request`, with a message that has this part.
    Invalid(&'static str),
    /// Dead as `undecodable`, with an error that has this part.
    Undecodable(&'static str),
    /// Dead as `unsupported_schema`, with an error that has this part.
    Unsupported(&'static str),
}

use Expected::{Invalid, Priced, Undecodable, Unsupported};

/// A message and what must become of it.
struct Row(&'static str, BasicProperties, Vec<u8>, Expected);

impl Site {
    async fn new() -> Self {
        Self::with(Bucket::new().await).await
    }

    /// The same with a store that is given.
    async fn with(bucket: Bucket) -> Self {
        let host = VirtualHost::new();
        host.declare().await;
        bucket.put(&bucket.key("cube.stl"), cube(10).binary()).await;
        let mut command = program();
        // So many at once that those of a test fail together, and none comes back before the last has failed.
        command.env("PRICING_AMQP_URL", host.url()).env("PRICING_CONCURRENCY", "4").envs(bucket.environment());
        let worker = Worker::ready(command).await;
        let (connection, channel) = host.channel().await;
        Self { host, bucket, channel, _connection: connection, _worker: worker }
    }

    /// The data of a request for the model.
    fn data(&self) -> Value {
        json!({ "order_id": "A-1", "model": { "bucket": self.bucket.name, "key": self.bucket.key("cube.stl") } })
    }

    /// An event that asks for the model, with members added or replaced; a null one is taken away.
    fn event(&self, members: &Value) -> Value {
        let mut event = json!({ "specversion": "1.0", "id": "r1", "source": "mes", "type": TYPE,
                                "time": "2026-11-23T10:00:00Z", "data": self.data() });
        for (name, value) in members.as_object().expect("members") {
            event[name] = value.clone();
        }
        event.as_object_mut().expect("an object").retain(|_, value| !value.is_null());
        event
    }

    /// Publishes a message, and waits until the worker has published what becomes of it.
    async fn outcome(&self, properties: BasicProperties, body: &[u8]) -> Outcome {
        self.publish(properties, body).await;
        self.published().await
    }

    async fn publish(&self, properties: BasicProperties, body: &[u8]) {
        publish(&self.channel, "pricing", "job.interactive", body, properties.with_delivery_mode(2)).await;
    }

    /// What the worker has published of a message.
    async fn published(&self) -> Outcome {
        eventually("an answer or a dead letter", async || {
            let get = |queue: &str| self.channel.basic_get(queue.into(), BasicGetOptions::default());
            if let Some(answer) = get("pricing.results").await.expect("basic.get") {
                answer.ack(BasicAckOptions::default()).await.expect("an ack");
                let event = serde_json::from_slice(&answer.data).expect("JSON");
                let is_price = answer.routing_key.as_str() == "result.completed";
                return Some(if is_price { Outcome::Priced(event) } else { Outcome::Rejected(event) });
            }
            let dead = get("pricing.dead").await.expect("basic.get")?;
            dead.ack(BasicAckOptions::default()).await.expect("an ack");
            let headers = dead.properties.headers().clone().unwrap_or_default();
            let text = |name: &str| match headers.inner().get(name) {
                Some(AMQPValue::LongString(text)) => text.to_string(),
                other => panic!("{name}: {other:?}"),
            };
            Some(Outcome::Dead { reason: text("x-reason"), error: text("x-error") })
        })
        .await
    }

    /// Publishes the message of each row, and checks what becomes of it; last, that the worker answers as before, and that
    /// nothing is left.
    async fn check(&self, rows: Vec<Row>) {
        for Row(name, properties, body, expected) in rows {
            let outcome = self.outcome(properties, &body).await;
            let (part, words) = match (expected, &outcome) {
                (Priced, Outcome::Priced(event)) => {
                    assert_eq!(event["data"]["geometry"]["volume_mm3"], 1000.0, "{name}");
                    continue;
                }
                (Invalid(part), Outcome::Rejected(event)) => {
                    assert_eq!(event["data"]["reason"]["code"], "invalid_request", "{name}");
                    (part, event["data"]["reason"]["message"].as_str().expect("a text"))
                }
                (Undecodable(part), Outcome::Dead { reason, error }) if reason == "undecodable" => (part, &**error),
                (Unsupported(part), Outcome::Dead { reason, error }) if reason == "unsupported_schema" => {
                    (part, &**error)
                }
                _ => panic!("{name}: {expected:?} expected: {outcome:?}"),
            };
            assert!(words.contains(part), "{name}: {words:?} does not say {part:?}");
        }
        let good = self.event(&json!({})).to_string();
        assert!(matches!(self.outcome(structured(), good.as_bytes()).await, Outcome::Priced(_)));
        for queue in ["pricing.jobs.interactive", "pricing.results", "pricing.dead", "pricing.retry.10s"] {
            self.host.drained(queue).await;
        }
    }
}

fn structured() -> BasicProperties {
    BasicProperties::default().with_content_type(STRUCTURED.into())
}

fn text(value: &str) -> AMQPValue {
    AMQPValue::LongString(value.into())
}

/// Properties of binary mode, with these attributes.
fn binary(attributes: &[(&str, AMQPValue)]) -> BasicProperties {
    let mut headers = FieldTable::default();
    for (name, value) in attributes {
        headers.insert((*name).into(), value.clone());
    }
    BasicProperties::default().with_content_type(BINARY.into()).with_headers(headers)
}

/// The attributes of a request in binary mode.
fn attributes() -> Vec<(&'static str, AMQPValue)> {
    vec![
        ("cloudEvents:specversion", text("1.0")),
        ("cloudEvents:id", text("r1")),
        ("cloudEvents:source", text("mes")),
        ("cloudEvents:type", text(TYPE)),
        ("cloudEvents:time", text("2026-11-23T10:00:00Z")),
    ]
}

/// Properties of binary mode whose names of attributes begin otherwise.
fn prefixed(prefix: &str) -> BasicProperties {
    let mut headers = FieldTable::default();
    for (name, value) in attributes() {
        headers.insert(name.replace("cloudEvents:", prefix).into(), value);
    }
    binary(&[]).with_headers(headers)
}

/// The attributes without one of them.
fn attributes_without(name: &str) -> BasicProperties {
    binary(&attributes().into_iter().filter(|(other, _)| *other != name).collect::<Vec<_>>())
}

/// The same with one replaced.
fn attributes_with(name: &'static str, value: AMQPValue) -> BasicProperties {
    let others = attributes().into_iter().filter(|(other, _)| *other != name);
    binary(&others.chain([(name, value)]).collect::<Vec<_>>())
}

/// A text in UTF-16 or UTF-32: each character as a number of so many bytes.
fn wide<const BYTES: usize>(text: &str, bytes: impl Fn(u32) -> [u8; BYTES]) -> Vec<u8> {
    text.chars().flat_map(|character| bytes(character.into())).collect()
}

fn gzipped(bytes: &[u8]) -> Vec<u8> {
    let mut child = std::process::Command::new("gzip")
        .arg("-c")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("gzip is installed: apt-get install gzip");
    child.stdin.take().expect("it is piped").write_all(bytes).expect("gzip reads");
    child.wait_with_output().expect("gzip ends").stdout
}

#[tokio::test]
async fn texts_that_are_no_plain_json_are_named() {
    let site = Site::new().await;
    let event = site.event(&json!({})).to_string();
    let whole = event.as_bytes();
    let umlaut = site.event(&json!({ "data": { "order_id": "Zürich" } })).to_string();
    let in_umlaut = umlaut.find('ü').expect("an umlaut") + 1;
    let latin = umlaut.as_bytes()[..in_umlaut - 1].iter().chain(b"\xfc").chain(&umlaut.as_bytes()[in_umlaut + 1..]);
    let wide_16 = |mark: &str| wide(&format!("{mark}{event}"), |character| (character as u16).to_le_bytes());
    let big_16 = wide(&format!("\u{feff}{event}"), |character| (character as u16).to_be_bytes());
    let encoded = |name: &str, body: &[u8]| (structured().with_content_encoding(name.into()), body.to_vec());
    let (gzip, gzip_body) = encoded("gzip", &gzipped(whole));
    let (brotli, brotli_body) = encoded("br", b"\x8b\x02\x80");
    let (utf8, utf8_body) = encoded("UTF-8", whole);
    let rows = vec![
        Row("an empty body", structured(), vec![], Undecodable("body: empty")),
        Row("white space", structured(), b" \r\n\t".to_vec(), Undecodable("body: empty")),
        Row("a byte order mark", structured(), [b"\xef\xbb\xbf", whole].concat(), Priced),
        Row("a byte order mark alone", structured(), b"\xef\xbb\xbf".to_vec(), Undecodable("body: empty")),
        Row("UTF-16", structured(), wide_16("\u{feff}"), Undecodable("text in UTF-16; send UTF-8")),
        Row("UTF-16, no mark", structured(), wide_16(""), Undecodable("text in UTF-16; send UTF-8")),
        Row("UTF-16, big end first", structured(), big_16, Undecodable("text in UTF-16; send UTF-8")),
        Row("UTF-32", structured(), wide(&format!("\u{feff}{event}"), u32::to_le_bytes), Undecodable("text in UTF-32")),
        Row("UTF-32, big end first", structured(), wide(&event, u32::to_be_bytes), Undecodable("text in UTF-32")),
        Row("Latin-1", structured(), latin.copied().collect(), Invalid("data: no UTF-8 at byte")),
        Row(
            "Latin-1 in an attribute",
            structured(),
            b"{\"id\": \"r\xe9\"}".to_vec(),
            Undecodable("no UTF-8 at byte 9"),
        ),
        Row(
            "cut in the middle of a character",
            structured(),
            umlaut.as_bytes()[..in_umlaut].to_vec(),
            Undecodable("in the middle of a character"),
        ),
        Row(
            "cut in the middle of a value",
            structured(),
            whole[..100].to_vec(),
            Undecodable("cut short at byte 100, in the middle of a JSON value"),
        ),
        Row("gzip", gzip, gzip_body, Undecodable("compressed by gzip; send it plain (content encoding \"gzip\"")),
        Row("gzip that nothing announces", structured(), gzipped(whole), Undecodable("compressed by gzip")),
        Row("brotli", brotli, brotli_body, Undecodable("content encoding \"br\" is not read")),
        Row("a content encoding that leaves it as it is", utf8, utf8_body, Priced),
        Row("a batch", structured(), format!("[{event}]").into_bytes(), Undecodable("a batch of events is not read")),
        Row(
            "a batch by its content type",
            BasicProperties::default().with_content_type("application/cloudevents-batch+json".into()),
            format!("[{event},{event}]").into_bytes(),
            Undecodable("publish each event as a message of its own"),
        ),
        Row(
            "an event in another format",
            BasicProperties::default().with_content_type("application/cloudevents+protobuf".into()),
            b"\x0a\x02r1\x12\x03mes".to_vec(),
            Undecodable("content type \"application/cloudevents+protobuf\" is not read"),
        ),
        Row("no content type", BasicProperties::default(), whole.to_vec(), Priced),
        Row(
            "a content type with parameters",
            BasicProperties::default().with_content_type("Application/CloudEvents+JSON; charset=UTF-8".into()),
            whole.to_vec(),
            Priced,
        ),
        Row("two events in a row", structured(), [whole, whole].concat(), Undecodable("trailing characters")),
        Row("a number", structured(), b"17".to_vec(), Undecodable("invalid type: integer `17`, expected an event")),
    ];
    site.check(rows).await;
}

#[tokio::test]
async fn events_with_odd_attributes_are_answered_or_named() {
    let site = Site::new().await;
    let with = |members: Value| site.event(&members).to_string().into_bytes();
    let raw = |from: &str, to: &str| site.event(&json!({})).to_string().replacen(from, to, 1).into_bytes();
    let trace = |value: AMQPValue| {
        let mut headers = FieldTable::default();
        headers.insert("traceparent".into(), value);
        structured().with_headers(headers)
    };
    let rows = vec![
        Row("no specversion", structured(), with(json!({ "specversion": null })), Priced),
        Row("specversion 0.3", structured(), with(json!({ "specversion": "0.3" })), Priced),
        Row("a subject and extensions", structured(), with(json!({ "subject": "a", "tenant": { "b": [1] } })), Priced),
        Row("another datacontenttype", structured(), with(json!({ "datacontenttype": "application/xml" })), Priced),
        Row("no source", structured(), with(json!({ "source": null })), Priced),
        Row("a source that is no text", structured(), with(json!({ "source": 7 })), Priced),
        Row("no id", structured(), with(json!({ "id": null })), Undecodable("id: missing")),
        Row("an empty id", structured(), with(json!({ "id": "" })), Undecodable("id: 0 bytes; it must have 1 to 255")),
        Row("an id that is a number", structured(), with(json!({ "id": 7 })), Undecodable("id: it must be a text")),
        Row("an id of 255 bytes", structured(), with(json!({ "id": "x".repeat(255) })), Priced),
        Row(
            "an id that AMQP cannot carry",
            structured(),
            with(json!({ "id": "x".repeat(10_000) })),
            Undecodable("id: 10000 bytes; it must have 1 to 255"),
        ),
        Row("an id of control characters", structured(), with(json!({ "id": "\u{0}\r\n\u{1b}[2J\u{7f}" })), Priced),
        Row("an id beyond ASCII", structured(), with(json!({ "id": "Bestellung №7 🦀" })), Priced),
        Row(
            "no type",
            structured(),
            with(json!({ "type": null })),
            Invalid("type: missing, or no text; this worker reads"),
        ),
        Row("a type that is a number", structured(), with(json!({ "type": 1 })), Invalid("type: missing, or no text")),
        Row(
            "a type in other case",
            structured(),
            with(json!({ "type": "Pricing.Requested.V1" })),
            Unsupported("type \"Pricing.Requested.V1\"; this worker reads pricing.requested.v1"),
        ),
        Row("a type of a later version", structured(), with(json!({ "type": "pricing.requested.v2" })), {
            Unsupported("pricing.requested.v2")
        }),
        Row(
            "data of another type's",
            structured(),
            with(json!({ "type": "order.placed", "data": null, "data_base64": "!" })),
            Unsupported("order.placed"),
        ),
        Row("a time that is none", structured(), with(json!({ "time": "noon" })), Invalid("time: not an RFC 3339")),
        Row("a time that is a number", structured(), with(json!({ "time": 1 })), Invalid("time: not an RFC 3339")),
        Row("an id twice", structured(), raw("\"id\":", "\"id\":\"r0\",\"id\":"), Undecodable("duplicate field `id`")),
        Row("an extension twice", structured(), raw("{", "{\"tenant\":1,\"tenant\":2,"), Priced),
        Row("a traceparent that is none", trace(text("00-zz-1")), with(json!({})), Priced),
        Row("a traceparent that is a number", trace(AMQPValue::LongInt(7)), with(json!({})), Priced),
        Row("a traceparent without end", trace(text(&"0".repeat(100_000))), with(json!({})), Priced),
    ];
    site.check(rows).await;
}

#[tokio::test]
async fn data_is_read_from_either_member_or_said_to_be_unreadable() {
    let site = Site::new().await;
    let with = |members: Value| site.event(&members).to_string().into_bytes();
    let in_base64 = |bytes: &[u8]| with(json!({ "data": null, "data_base64": BASE64.encode(bytes) }));
    let data = site.data().to_string();
    let raw = |value: &str| {
        let event = site.event(&json!({})).to_string();
        event.replacen("\"order_id\":\"A-1\"", &format!("\"order_id\":\"A-1\",\"later\":{value}"), 1).into_bytes()
    };
    let beside_null = in_base64(data.as_bytes()).strip_prefix(b"{").map(|rest| [b"{\"data\":null,", rest].concat());
    let beside_null = beside_null.expect("an object");
    let unpadded = BASE64.encode(format!("{data}  ")).trim_end_matches('=').to_owned();
    let rows = vec![
        Row("data_base64", structured(), in_base64(data.as_bytes()), Priced),
        Row(
            "data_base64 of a byte order mark too",
            structured(),
            in_base64(format!("\u{feff}{data}").as_bytes()),
            Priced,
        ),
        Row("data_base64 unpadded", structured(), with(json!({ "data": null, "data_base64": unpadded })), Priced),
        Row(
            "data_base64 and data",
            structured(),
            with(json!({ "data_base64": BASE64.encode(&data) })),
            Invalid("data and data_base64: an event has one of them"),
        ),
        Row("data_base64 beside data that is null", structured(), beside_null, Priced),
        Row(
            "data_base64 that is broken",
            structured(),
            with(json!({ "data": null, "data_base64": "eyJ!" })),
            Invalid("data_base64: no base64: Invalid symbol 33, offset 3"),
        ),
        Row(
            "data_base64 that is no text",
            structured(),
            with(json!({ "data": null, "data_base64": 7 })),
            Invalid("data_base64: it must be a text"),
        ),
        Row("data_base64 of a model", structured(), in_base64(&cube(10).binary()), Invalid("data_base64: ")),
        Row("data_base64 of nothing", structured(), in_base64(b""), Invalid("data_base64: empty")),
        Row("data_base64 of gzip", structured(), in_base64(&gzipped(data.as_bytes())), {
            Invalid("data_base64: compressed by gzip")
        }),
        Row(
            "data_base64 cut short",
            structured(),
            in_base64(&data.as_bytes()[..20]),
            Invalid("data_base64: cut short at byte 20, in the middle of a JSON value"),
        ),
        Row("no data", structured(), with(json!({ "data": null })), Invalid("data: missing")),
        Row("data that is null", structured(), raw("null"), Priced),
        Row(
            "data that is an array",
            structured(),
            with(json!({ "data": [data] })),
            Invalid("data: it must be a JSON object"),
        ),
        Row(
            "data that is a text",
            structured(),
            with(json!({ "data": data })),
            Invalid("data: a text; it must be a JSON object, not a text that holds one"),
        ),
        Row("a member of data twice", structured(), raw("1,\"later\":2"), Priced),
        Row("a large number", structured(), raw("123456789012345678901234567890"), Priced),
        Row("a number out of range", structured(), raw("1e999"), Invalid("data: unreadable JSON: number out of range")),
        Row("a number with 100,000 digits", structured(), raw(&"9".repeat(100_000)), {
            Invalid("data: unreadable JSON: number out of range")
        }),
        Row("nested within bounds", structured(), raw(&format!("{}{}", "[".repeat(100), "]".repeat(100))), Priced),
        Row("nested too deep", structured(), raw(&format!("{}{}", "[".repeat(10_000), "]".repeat(10_000))), {
            Invalid("data: nested deeper than 127 levels")
        }),
        Row("more than a mebibyte", structured(), raw(&format!("\"{}\"", "x".repeat(1 << 20))), {
            Undecodable("at most 1048576")
        }),
    ];
    site.check(rows).await;
}

#[tokio::test]
async fn events_in_binary_mode_are_answered_as_in_structured_mode() {
    let site = Site::new().await;
    let data = site.data().to_string().into_bytes();
    let whole = binary(&attributes());
    let event = site.event(&json!({})).to_string().into_bytes();

    let Outcome::Priced(of_binary) = site.outcome(whole.clone(), &data).await else { panic!("it is priced") };
    let Outcome::Priced(of_structured) = site.outcome(structured(), &event).await else { panic!("it is priced") };
    assert_eq!(of_binary, of_structured, "the mode does not change the answer");

    let rows = vec![
        Row("underscores in place of colons", prefixed("cloudEvents_"), data.clone(), Priced),
        Row("names as in the binding for RabbitMQ", prefixed("ce-"), data.clone(), Priced),
        Row("no content type", whole.clone().with_content_type("".into()), data.clone(), Priced),
        Row(
            "a JSON type of another name",
            whole.clone().with_content_type("application/order+json".into()),
            data.clone(),
            Priced,
        ),
        Row(
            "a time of AMQP's own type",
            attributes_with("cloudEvents:time", AMQPValue::Timestamp(1_700_000_000)),
            data.clone(),
            Priced,
        ),
        Row(
            "an id that is a number",
            attributes_with("cloudEvents:id", AMQPValue::LongLongInt(7)),
            data.clone(),
            Priced,
        ),
        Row("no source", attributes_without("cloudEvents:source"), data.clone(), Priced),
        Row("no specversion", attributes_without("cloudEvents:specversion"), data.clone(), Priced),
        Row("no type", attributes_without("cloudEvents:type"), data.clone(), Invalid("type: missing")),
        Row("no id", attributes_without("cloudEvents:id"), data.clone(), Undecodable("id: missing")),
        Row(
            "no id, and headers of nearly a frame",
            binary(&[("cloudEvents:type", text(TYPE)), ("cloudEvents:tenant", text(&"x".repeat(120_000)))]),
            data.clone(),
            Undecodable("id: missing"),
        ),
        Row(
            "an id that is not UTF-8",
            attributes_with("cloudEvents:id", AMQPValue::LongString(b"\xff".to_vec().into())),
            data.clone(),
            Undecodable("id: missing"),
        ),
        Row(
            "an id that AMQP cannot carry",
            attributes_with("cloudEvents:id", text(&"x".repeat(10_000))),
            data.clone(),
            Undecodable("id: 10000 bytes"),
        ),
        Row(
            "a type in other case",
            attributes_with("cloudEvents:type", text("PRICING.requested.v1")),
            data.clone(),
            Unsupported("PRICING.requested.v1"),
        ),
        Row("a time that is none", attributes_with("cloudEvents:time", text("noon")), data.clone(), Invalid("time: ")),
        Row("no body", whole.clone(), vec![], Invalid("data: empty")),
        Row("an array", whole.clone(), b"[]".to_vec(), Invalid("data: it must be a JSON object")),
        Row("cut short", whole.clone(), data[..20].to_vec(), Invalid("data: cut short at byte 20")),
        Row(
            "XML",
            whole.clone().with_content_type("application/xml".into()),
            b"<order/>".to_vec(),
            Invalid("content type \"application/xml\" is not read"),
        ),
        Row(
            "gzip",
            whole.clone().with_content_encoding("gzip".into()),
            gzipped(&data),
            Invalid("data: compressed by gzip"),
        ),
        Row(
            "structured by its content type, whatever the headers say",
            attributes_with("cloudEvents:id", text("r2")).with_content_type(STRUCTURED.into()),
            event.clone(),
            Priced,
        ),
        Row("an event where the data should be", whole, event, Invalid("data.")),
    ];
    site.check(rows).await;
}

#[tokio::test]
async fn an_event_in_binary_mode_that_the_store_fails_once_is_priced_by_its_retry() {
    let site = Site::with(Bucket::own().await).await;
    let event = site.event(&json!({})).to_string();
    let Outcome::Priced(at_once) = site.outcome(structured(), event.as_bytes()).await else { panic!("it is priced") };
    let prefixes = ["cloudEvents:", "cloudEvents_", "ce-"];

    let object = format!("{}/{}", site.bucket.name, site.bucket.key("cube.stl"));
    site.bucket.faults.set(object, S3Fault::Refuses("ServiceUnavailable"));
    for prefix in prefixes {
        site.publish(prefixed(prefix), site.data().to_string().as_bytes()).await;
    }
    site.host.ready_are("pricing.retry.10s", prefixes.len() as u32).await;
    site.bucket.faults.clear();

    for _ in prefixes {
        let Outcome::Priced(retried) = site.published().await else { panic!("it is priced") };
        assert_eq!(retried, at_once, "neither the mode nor the retry changes the answer");
    }
}

#[tokio::test]
async fn answers_to_requests_of_different_sources_differ_in_their_ids() {
    let site = Site::new().await;
    let event =
        |source: &str, data: Value| site.event(&json!({ "source": source, "data": data })).to_string().into_bytes();
    let mut ids = BTreeSet::new();
    for source in ["mes", "shop", ""] {
        let Outcome::Priced(answer) = site.outcome(structured(), &event(source, site.data())).await else {
            panic!("{source:?}: it is priced");
        };
        assert_eq!(answer["data"]["request_id"], "r1");
        let Outcome::Rejected(rejection) = site.outcome(structured(), &event(source, json!({}))).await else {
            panic!("{source:?}: it is rejected");
        };
        ids.extend([answer["id"].to_string(), rejection["id"].to_string()]);
    }
    // Wrong requests of one source and id, each wrong in its own way.
    let broken = [json!({ "data": null, "data_base64": "!" }), json!({ "data": null, "data_base64": "?" }), {
        json!({ "type": null, "data": {} })
    }];
    for members in broken {
        let body = site.event(&members).to_string().into_bytes();
        let Outcome::Rejected(rejection) = site.outcome(structured(), &body).await else { panic!("{members}") };
        ids.insert(rejection["id"].to_string());
    }
    assert_eq!(ids.len(), 9, "{ids:?}");
}
