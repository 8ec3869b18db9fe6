//! Property tests of untrusted bytes as requests.

use pricing_worker::appraise::{Appraiser, Limits};
use pricing_worker::contract::{EventHeaders, Request};
use pricing_worker::pricing::PriceBook;
use pricing_worker::worker::ports::Delivery;
use pricing_worker::worker::{Handler, Health};
use proptest::collection::{btree_map, vec};
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;
use tokio_util::sync::CancellationToken;

use super::changes::{Bytes, changed, spliced};
use super::checks::request::check;
use crate::fixtures::folder;
use crate::geometry::shapes::cube;
use crate::support::recorder::{Recorder, bounds, delivery};
use crate::support::store::{Open, Scripted};

const FOLDERS: [&str; 1] = ["messages"];
const WORDS: [&str; 18] = [
    "{",
    "}",
    "[",
    "]",
    "[]",
    ",",
    ":",
    "\"",
    "null",
    "true",
    "\"items\":",
    "\"data_base64\":\"e30=\",",
    "\u{feff}",
    "\"\\ud800\"",
    "\"\\u0000\"",
    "\"sha256\":\"\",",
    "\"deadline\":\"9999-12-30T22:00:00.999999999Z\",",
    "\u{0}",
];

/// Generates times as people and programs write them, right and nearly right.
fn time() -> impl Strategy<Value = String> {
    "[-+]?(00)?(2026|9999)-?(02|12)-?(29|30)[Tt ]?(00|23):?(59:?(59|60)?)?([.,][0-9]{0,10})?([Zz]|[-+][0-9]{2}(:?[0-9]{2})?)?(\\[UTC\\])?"
}

/// Generates headers, right and wrong, of each content mode.
fn headers() -> impl Strategy<Value = EventHeaders> {
    let content_type = select(vec![
        "application/cloudevents+json; charset=utf-8",
        "application/cloudevents-batch+json",
        "application/cloudevents+avro",
        "application/json",
        "text/plain",
        ";",
    ]);
    let content_encoding = select(vec!["gzip", "utf-8", "\u{0}"]);
    let name = select(vec!["id", "source", "type", "time", "subject"]);
    let value =
        prop_oneof![select(vec!["pricing.requested.v1", "2026-11-23T10:00:00Z"]), select(vec!["1", "", "\u{0}"])];
    let attributes = btree_map(name.prop_map(str::to_owned), value.prop_map(str::to_owned), 0..5);
    (option::of(content_type.prop_map(str::to_owned)), option::of(content_encoding.prop_map(str::to_owned)), attributes)
        .prop_map(|(content_type, content_encoding, attributes)| EventHeaders {
            content_type,
            content_encoding,
            attributes,
        })
}

/// Runs one delivery; returns the calls to its port.
fn handled(body: Vec<u8>, event_headers: EventHeaders) -> Vec<String> {
    let limits = Limits { object_bytes: 1 << 30, topology_triangles: 100_000 };
    let store = Scripted::new([Open::Gives(cube(10).binary().into(), "e1")]);
    let handler: Handler<_> =
        Handler::new(store, Appraiser::new(PriceBook::sample(), limits), &bounds(), &Health::starting().0);
    let port = Recorder::default();
    let delivery = Delivery { event_headers, ..delivery(body.into(), 1) };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().expect("a runtime");
    runtime.block_on(handler.handle(&port, delivery, &CancellationToken::new()));
    port.done()
}

/// The messages of the fixtures, and one whose characters take one to four bytes.
fn whole_messages() -> Vec<String> {
    let example = |name: &str| std::fs::read_to_string(folder().join("messages/0.1").join(name)).expect("an example");
    let wide = example("requested-full.json").replace("A-1001", "Zürich №1 🦀 \\ud83e\\udd80 \\n");
    [example("requested-full.json"), example("requested-minimal.json"), wide].map(|text| text.trim().to_owned()).into()
}

#[test]
fn every_beginning_of_a_message_is_said_to_be_cut_short() {
    for message in whole_messages() {
        Request::parse(message.as_bytes()).expect("the whole message");
        for end in 1..message.len() {
            let error = Request::parse(&message.as_bytes()[..end]).expect_err("a beginning").to_string();
            assert!(error.starts_with(&format!("body: cut short at byte {end}, ")), "{end}: {error}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn whatever_is_delivered_is_answered_or_dead_and_acknowledged_then(
        bytes in prop_oneof![changed(&FOLDERS, &WORDS), vec(any::<u8>(), 0..300).prop_map(Bytes)],
        headers in headers(),
    ) {
        let done = handled(bytes.0, headers);
        let [published, acknowledged] = &done[..] else { panic!("{done:?}") };
        let ends = ["completed", "rejected: ", "dead: undecodable", "dead: unsupported_schema"];
        prop_assert!(ends.iter().any(|end| published.starts_with(end)) && acknowledged == "ack", "{:?}", done);
    }
}

proptest! {
    #[test]
    fn noise_is_answered(bytes in vec(any::<u8>(), 0..300).prop_map(Bytes)) {
        check(&bytes.0);
    }

    #[test]
    fn changed_messages_are_answered(bytes in prop_oneof![changed(&FOLDERS, &WORDS), spliced(&FOLDERS)]) {
        check(&bytes.0);
    }

    #[test]
    fn times_are_answered(time in time(), deadline in time()) {
        let event = serde_json::json!({ "id": "1", "type": "pricing.requested.v1", "time": time,
            "data": { "model": { "bucket": "b", "key": "k" }, "deadline": deadline } });
        check(event.to_string().as_bytes());
        let event = serde_json::json!({ "id": "1", "type": "pricing.requested.v1", "time": time,
            "data": { "model": { "bucket": "b", "key": "k" } } });
        check(event.to_string().as_bytes());
    }
}
