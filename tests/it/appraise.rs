//! The whole core: bytes, a request and a price book in, an event out.

use pricing_worker::appraise::{Appraiser, Outcome, Stop};
use pricing_worker::contract::{Completed, Item, ModelRef, ObjectInfo, Reason, RejectionCode, Request, Requested};
use pricing_worker::pricing::PriceBook;
use serde_json::{Value, json};

use crate::fixtures::assert_current;
use crate::geometry::LIMITS;
use crate::geometry::shapes::{cube, sphere};

fn appraiser() -> Appraiser {
    Appraiser::new(PriceBook::sample(), LIMITS)
}

fn request() -> Request {
    let model = ModelRef { bucket: Some("models".into()), key: "A-1001/cube.stl".into(), ..ModelRef::default() };
    let items = vec![Item {
        material: "pa12-sls".into(),
        quantities: vec![1, 10],
        lead_times: vec!["standard".into(), "express".into()],
    }];
    let data = Requested { order_id: Some("A-1001".into()), model, items, deadline: None };
    Request { id: "01JDAZ0X7Y3Q9V6N5K2M8T4R1D".into(), time: Some("2026-11-23T10:00:00Z".into()), data }
}

fn object(request: &Request, bytes: &[u8]) -> ObjectInfo {
    let etag = Some("\"5d41402abc4b2a76b9719d911017c592\"".into());
    ObjectInfo { size_bytes: Some(bytes.len() as u64), etag, ..request.data.object() }
}

fn completed(appraiser: &Appraiser, request: &Request, object: &ObjectInfo, bytes: &[u8]) -> Result<Completed, Reason> {
    appraiser.accept(request, "2026-11-23T10:00:00Z".parse().unwrap())?;
    let mut appraisal = appraiser.begin(request, bytes.len() as u64, Stop::default())?;
    appraisal.push(bytes)?;
    appraiser.quote(request, object, appraisal.finish()?)
}

fn outcome(request: &Request, bytes: &[u8]) -> Outcome {
    let (appraiser, object) = (appraiser(), object(request, bytes));
    let result = completed(&appraiser, request, &object, bytes);
    appraiser.outcome(request, &object, result)
}

#[test]
fn the_contracts_example_comes_out_as_it_says() {
    let event: Value = serde_json::from_slice(&outcome(&request(), &cube(10).binary()).to_json()).unwrap();
    let data = &event["data"];
    assert_eq!((&event["type"], &event["specversion"]), (&json!("pricing.completed.v1"), &json!("1.0")));
    assert_eq!((&event["time"], &data["request_id"]), (&json!("2026-11-23T10:00:00Z"), &json!(request().id)));
    assert_eq!(data["model"], json!({ "format": "stl", "unit": { "name": "mm", "source": "assumed" } }));
    let geometry = json!({
        "triangle_count": 12, "volume_mm3": 1000.0, "surface_area_mm2": 600.0,
        "bounds_mm": { "min": [0.0, 0.0, 0.0], "max": [10.0, 10.0, 10.0] }, "extents_mm": [10.0, 10.0, 10.0],
        "centroid_mm": [5.0, 5.0, 5.0], "watertight": true, "winding_consistent": true, "shell_count": 1,
        "boundary_edge_count": 0, "non_manifold_edge_count": 0, "degenerate_triangle_count": 0,
        "fingerprint": data["geometry"]["fingerprint"],
    });
    assert_eq!(data["geometry"], geometry);
    let ten = &data["quotes"][2];
    assert_eq!((&ten["quantity"], &ten["lead_time"]), (&json!(10), &json!("standard")));
    assert_eq!((&ten["unit_price"], &ten["total_price"]), (&json!("1.00"), &json!("10.00")));
    let amounts: Vec<_> =
        ten["lines"].as_array().unwrap().iter().map(|line| (&line["name"], &line["amount"])).collect();
    let expected = [("powder", "5.80"), ("machine space", "0.52"), ("set-up", "4.00"), ("quantity discount", "-0.32")];
    assert_eq!(amounts.len(), expected.len());
    for ((name, amount), (expected_name, expected_amount)) in amounts.iter().zip(expected) {
        assert_eq!((name.as_str(), amount.as_str()), (Some(expected_name), Some(expected_amount)));
    }
}

#[test]
fn an_event_has_the_same_bytes_at_every_run() {
    let bytes = sphere(40.0, 30, 40).binary();
    assert_eq!(outcome(&request(), &bytes).to_json(), outcome(&request(), &bytes).to_json());
    assert!(!outcome(&request(), &bytes).to_json().contains(&b'\n'));
}

#[test]
fn the_events_id_follows_from_what_the_result_does() {
    let bytes = cube(10).binary();
    let plain = outcome(&request(), &bytes);
    let id = |change: &dyn Fn(&mut Request, &mut ObjectInfo), book: PriceBook| {
        let (mut request, mut object) = (request(), object(&request(), &bytes));
        change(&mut request, &mut object);
        let appraiser = Appraiser::new(book, LIMITS);
        let result = completed(&appraiser, &request, &object, &bytes);
        appraiser.outcome(&request, &object, result).event_id().to_owned()
    };
    let other_book =
        PriceBook::parse(&include_str!("../../fixtures/price-books/sample.toml").replace("0.58", "0.59")).unwrap();
    assert_eq!(id(&|_, _| {}, PriceBook::sample()), plain.event_id());
    let mut seen = vec![plain.event_id().to_owned()];
    let others = [
        ("another request", id(&|request, _| request.id.push('x'), PriceBook::sample())),
        ("another quantity", id(&|request, _| request.data.items[0].quantities[0] = 2, PriceBook::sample())),
        ("another version of the object", id(&|_, object| object.etag = Some("\"x\"".into()), PriceBook::sample())),
        ("another price book", id(&|_, _| {}, other_book)),
        ("a rejection", id(&|request, _| request.data.items[0].material = "unobtainium".into(), PriceBook::sample())),
    ];
    for (name, other) in others {
        assert_eq!(other.len(), 32, "{name}");
        assert!(!seen.contains(&other), "{name}");
        seen.push(other);
    }
}

#[test]
fn what_needs_no_bytes_is_refused_without_them() {
    let now = "2026-11-23T10:00:00Z".parse().unwrap();
    let change = |change: fn(&mut Requested)| {
        let mut request = request();
        change(&mut request.data);
        request
    };
    let rows = [
        (
            change(|data| data.deadline = Some("2026-11-23T09:59:59Z".parse().unwrap())),
            RejectionCode::DeadlineExceeded,
            "2026-11-23T09:59:59Z",
        ),
        (change(|data| data.items[0].material = "unobtainium".into()), RejectionCode::UnknownMaterial, "pa12-sls"),
        (change(|data| data.items[0].lead_times.push("yesterday".into())), RejectionCode::UnknownLeadTime, "express"),
        (change(|data| data.model.format = Some("obj".into())), RejectionCode::UnknownFormat, "stl"),
    ];
    for (request, code, message) in rows {
        let reason = appraiser().accept(&request, now).unwrap_err();
        assert_eq!(reason.code, code);
        assert!(reason.message.contains(message), "{reason}");
    }
    let in_time = change(|data| data.deadline = Some("2026-11-23T10:00:00Z".parse().unwrap()));
    assert_eq!(appraiser().accept(&in_time, now), Ok(()));
    assert_eq!(
        appraiser().begin(&request(), LIMITS.object_bytes + 1, Stop::default()).unwrap_err().code,
        RejectionCode::TooLarge
    );
}

#[test]
fn the_bytes_are_held_against_the_digest_of_the_request() {
    use sha2::{Digest, Sha256};
    let bytes = cube(10).binary();
    let digest = Sha256::digest(&bytes).map(|byte| format!("{byte:02X}")).as_slice().concat();
    let mut request = request();
    request.data.model.sha256 = Some(digest.clone());
    let object = object(&request, &bytes);
    let found = completed(&appraiser(), &request, &object, &bytes).unwrap();
    assert_eq!(found.object.sha256, Some(digest.to_lowercase()));
    let mut changed = bytes.clone();
    changed[0] ^= 1;
    let reason = completed(&appraiser(), &request, &object, &changed).unwrap_err();
    assert_eq!(reason.code, RejectionCode::ChecksumMismatch);
    assert!(reason.message.contains(&digest.to_lowercase()), "{reason}");
}

#[test]
fn a_job_that_is_stopped_stops() {
    let bytes = sphere(4000.0, 60, 90).binary();
    let stop = Stop::default();
    let mut appraisal = appraiser().begin(&request(), bytes.len() as u64, stop.clone()).unwrap();
    appraisal.push(&bytes[..100_000]).unwrap();
    stop.stop();
    let reason = appraisal.push(&bytes[100_000..]).unwrap_err();
    assert_eq!(reason.code, RejectionCode::JobTimeout);
}

#[test]
fn a_declared_format_wins_over_the_name() {
    let bytes = cube(10).binary();
    let mut request = request();
    request.data.model.key = "upload-without-extension".into();
    // Cut in the header, it is nothing that can be told apart, unless somebody says what it is.
    let cut = &bytes[..60];
    let object = object(&request, cut);
    assert_eq!(completed(&appraiser(), &request, &object, cut).unwrap_err().code, RejectionCode::UnknownFormat);
    request.data.model.format = Some("STL".into());
    assert_eq!(completed(&appraiser(), &request, &object, cut).unwrap_err().code, RejectionCode::Truncated);
}

#[test]
fn the_example_results_are_current() {
    let cube = cube(10).binary();
    assert_current("messages/0.1/completed.json", &outcome(&request(), &cube).to_json());
    assert_current("messages/0.1/rejected.json", &outcome(&request(), &cube[..534]).to_json());
}
