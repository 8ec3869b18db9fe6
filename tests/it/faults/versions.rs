//! Tests of requests of every version, and of some versions that do not exist.

use std::collections::BTreeMap;
use std::path::Path;

use super::site::Site;

/// The requests among the example messages of every version, by id.
fn examples() -> BTreeMap<String, Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/messages");
    let files = walkdir::WalkDir::new(folder).into_iter().map(|entry| entry.expect("it can be read"));
    let requests = files.filter(|file| file.file_name().to_str().is_some_and(|name| name.starts_with("requested")));
    requests
        .map(|file| {
            let bytes = std::fs::read(file.path()).expect("it can be read");
            let event: serde_json::Value = serde_json::from_slice(&bytes).expect("JSON");
            (event["id"].as_str().expect("an id").to_owned(), bytes)
        })
        .collect()
}

#[tokio::test]
async fn old_requests_are_answered_and_those_that_nobody_understands_are_dead_at_once() {
    let mut site = Site::new().await;
    let worker = site.worker(&[]).await;
    let examples = examples();
    assert!(examples.len() >= 2, "{examples:?}");
    for (id, bytes) in &examples {
        site.submit_raw(id, bytes).await;
    }
    let strangers: [(&str, &[u8]); 3] = [
        ("of the future", br#"{"specversion":"1.0","id":"of the future","type":"pricing.requested.v2","data":{}}"#),
        ("no JSON", b"\xff\x00 not even text"),
        ("empty", b""),
    ];
    for (id, bytes) in strangers {
        site.submit_raw(id, bytes).await;
    }
    site.fault_is_over();
    let measured = site.settle(&[&worker]).await;
    assert_eq!((measured.duplicates, measured.dead), (0, strangers.len()));
    let mut dead = strangers.map(|(id, _)| id);
    dead.sort_unstable();
    assert_eq!(site.dead(), dead);
    for id in examples.keys() {
        // Their models are in no store here, or their deadlines have passed; the worker's answer says which.
        let code = site.answer(id).1["data"]["reason"]["code"].as_str().map(str::to_owned);
        assert!(matches!(code.as_deref(), Some("object_not_found" | "deadline_exceeded")), "{id}: {code:?}");
    }
    measured.report("12-1", "requests of every version, and three that no worker reads");
}
