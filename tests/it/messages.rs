//! Tests of the messages: valid and invalid requests, the schemas, and the examples that every later version must read.

use std::path::Path;

use pricing_worker::cli::schema::{SCHEMA_NAMES, schema};
use pricing_worker::contract::{Completed, Event, Rejected, RejectionCode, Request, RequestError, Requested};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::fixtures::{assert_current, folder};

/// A request in JSON with some fields replaced, each given by its JSON pointer.
fn request(changes: &[(&str, Value)]) -> Vec<u8> {
    let mut event = json!({
        "specversion": "1.0", "id": "01JD0000000000000000000000", "source": "mes", "type": "pricing.requested.v1",
        "time": "2026-11-23T10:00:00Z", "extension": "ignored",
        "data": {
            "order_id": "A-1001",
            "model": { "bucket": "models", "key": "A-1001/ring.stl", "etag": null, "later": "ignored" },
            "items": [{ "material": "pa12-sls", "quantities": [1, 10], "lead_times": ["standard"] }],
            "deadline": null
        }
    });
    for (pointer, value) in changes {
        *event.pointer_mut(pointer).unwrap_or_else(|| panic!("{pointer} is in the request")) = value.clone();
    }
    event.to_string().into_bytes()
}

#[test]
fn a_request_is_read_with_what_is_absent() {
    let request = Request::parse(&request(&[])).unwrap();
    assert_eq!(request.identity.id, "01JD0000000000000000000000");
    assert_eq!(request.time.as_deref(), Some("2026-11-23T10:00:00Z"));
    assert_eq!(request.data.items[0].quantities, [1, 10]);
    let smallest =
        json!({ "id": "1", "type": "pricing.requested.v1", "data": { "model": { "bucket": "b", "key": "k" } } });
    let Request { time, data, .. } = Request::parse(smallest.to_string().as_bytes()).unwrap();
    assert_eq!((time, data.items, data.order_id, data.deadline), (None, vec![], None, None));
}

#[test]
fn what_is_no_request_goes_to_the_dead_letters() {
    let long_id = Value::from("x".repeat(256));
    let undecodable = [
        ("nothing", vec![]),
        ("text", b"price this please".to_vec()),
        ("an array", b"[]".to_vec()),
        ("a long text", Value::from("x".repeat(100_000)).to_string().into_bytes()),
        ("no id", json!({ "type": "pricing.requested.v1", "data": {} }).to_string().into_bytes()),
        ("an empty id", request(&[("/id", "".into())])),
        ("an id longer than AMQP carries", request(&[("/id", long_id)])),
        ("an id that is a number", request(&[("/id", 7.into())])),
        ("bytes that are not UTF-8", b"{\"id\": \"\xff\"}".to_vec()),
        ("nested without end", [b"[".repeat(100_000), b"]".repeat(100_000)].concat()),
        ("more than a mebibyte", request(&[("/data/order_id", "x".repeat(1 << 20).into())])),
    ];
    for (name, bytes) in undecodable {
        let error = Request::parse(&bytes).expect_err(name);
        assert!(matches!(error, RequestError::Undecodable(_)), "{name}: {error}");
        assert!(error.to_string().len() < 1500, "{name}: the message is short");
    }
    for other in ["pricing.requested.v2", "pricing.completed.v1", "", "order.placed"] {
        let error = Request::parse(&request(&[("/type", other.into())])).expect_err(other);
        assert_eq!(error, RequestError::UnsupportedSchema { found: other.into() });
    }
}

#[test]
fn a_request_that_breaks_the_rules_is_answered() {
    let item = |name: &str, value: Value| {
        let mut item = json!({ "material": "pa12-sls" });
        item[name] = value;
        json!([item])
    };
    let rows = [
        ("/data", Value::Null, "data"),
        ("/data/model", Value::Null, "data.model"),
        ("/data/model/bucket", Value::Null, "data.model.bucket: missing"),
        ("/data/model/bucket", "".into(), "data.model.bucket: 0 bytes"),
        ("/data/model/key", "".into(), "data.model.key: 0 bytes"),
        ("/data/model/key", "k".repeat(1025).into(), "data.model.key: 1025 bytes"),
        ("/data/model/key", 7.into(), "data.model.key: invalid type: integer `7`"),
        (
            "/data/model",
            json!({ "bucket": "b", "key": "k", "unit": "furlong" }),
            "data.model.unit: unknown variant `furlong`",
        ),
        (
            "/data/model",
            json!({ "bucket": "b", "key": "k", "sha256": "abc" }),
            "data.model.sha256: it must be 64 hexadecimal",
        ),
        ("/data/items", item("quantities", json!([0])), "data.items[0].quantities: 0; it must be 1 to 1000000"),
        ("/data/items", item("quantities", json!([1_000_001])), "data.items[0].quantities: 1000001"),
        ("/data/items", item("quantities", json!([-1])), "data.items[0].quantities[0]: invalid value"),
        ("/data/items", item("quantities", json!([1.5])), "data.items[0].quantities[0]: invalid type"),
        ("/data/items", item("quantities", json!(vec![1; 101])), "data.items[0].quantities: 101; at most 100"),
        ("/data/items", item("material", Value::Null), "data.items[0].material: invalid type: null"),
        ("/data/items", json!(vec![json!({ "material": "m" }); 101]), "data.items: 101; at most 100"),
        (
            "/data/items",
            json!(vec![json!({ "material": "m", "quantities": vec![1; 100] }); 11]),
            "quantities × lead times: 1100; at most 1000",
        ),
        ("/data/items", "x".repeat(10_000).into(), "data.items: invalid type: string, expected a sequence"),
        ("/data/deadline", "tomorrow".into(), "data.deadline: not an RFC 3339 date"),
        ("/time", "yesterday".into(), "time: not an RFC 3339 date"),
        ("/time", "20261123T100000Z".into(), "time: not an RFC 3339 date"),
    ];
    for (pointer, value, message) in rows {
        let shown = format!("{pointer} = {}", value.to_string().chars().take(60).collect::<String>());
        let Err(RequestError::Invalid(invalid)) = Request::parse(&request(&[(pointer, value)])) else {
            panic!("{shown} is not refused as an invalid request");
        };
        let Rejected { request_id, reason, .. } = invalid.rejected;
        assert_eq!((request_id.as_str(), reason.code), ("01JD0000000000000000000000", RejectionCode::InvalidRequest));
        assert!(reason.message.contains(message), "{shown}: {:?} does not say {message:?}", reason.message);
        assert!(reason.message.len() < 500, "{shown}: the message is short");
    }
}

#[test]
fn the_order_and_object_of_an_invalid_request_come_back() {
    let Err(RequestError::Invalid(invalid)) = Request::parse(&request(&[("/data/items", 7.into())])) else {
        panic!("items are no number");
    };
    assert_eq!(invalid.rejected.order_id.as_deref(), Some("A-1001"));
    assert_eq!(invalid.rejected.object.key.as_deref(), Some("A-1001/ring.stl"));
    assert_eq!(invalid.time.as_deref(), Some("2026-11-23T10:00:00Z"));
}

#[test]
fn schemas_are_current() {
    for name in SCHEMA_NAMES {
        let text = serde_json::to_string_pretty(&schema(name).unwrap()).unwrap() + "\n";
        assert_current(&format!("schemas/{name}.json"), text.as_bytes());
    }
    assert!(schema("nonsense").is_none());
}

/// The examples of every version, by the kind that starts their file name.
#[test]
fn examples_of_every_version_are_still_read() {
    let mut seen = 0;
    for version in std::fs::read_dir(folder().join("messages")).unwrap() {
        for example in std::fs::read_dir(version.unwrap().path()).unwrap() {
            let path = example.unwrap().path();
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            match name.split('-').next().unwrap() {
                "requested" => {
                    read::<Requested>(&path, "request");
                    Request::parse(&std::fs::read(&path).unwrap()).unwrap_or_else(|error| panic!("{name}: {error}"));
                }
                "completed" => read::<Completed>(&path, "completed"),
                "rejected" => read::<Rejected>(&path, "rejected"),
                _ => panic!("{} is of no kind that is known", path.display()),
            }
            seen += 1;
        }
    }
    assert!(seen >= 4, "{seen} examples in fixtures/messages");
}

/// Reads an example as the type, and checks it against the schema.
fn read<D: DeserializeOwned>(path: &Path, name: &str) {
    let bytes = std::fs::read(path).unwrap();
    let value: Value = serde_json::from_slice(&bytes).unwrap();
    serde_json::from_value::<Event<D>>(value.clone()).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let validator = jsonschema::validator_for(schema(name).unwrap().as_value()).unwrap();
    let errors: Vec<String> = validator.iter_errors(&value).map(|error| error.to_string()).collect();
    assert!(errors.is_empty(), "{}: {errors:?}", path.display());
}
