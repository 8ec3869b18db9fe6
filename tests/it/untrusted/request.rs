//! Property tests of untrusted bytes as requests.

use proptest::collection::vec;
use proptest::prelude::*;

use super::changes::{Bytes, changed, spliced};
use super::checks::request::check;

const FOLDERS: [&str; 1] = ["messages"];
const WORDS: [&str; 16] = [
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
