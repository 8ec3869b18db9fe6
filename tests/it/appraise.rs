//! Tests of the core: bytes, a request and a price book in, an event out.

use pricing_worker::appraise::{Allowance, Appraiser, Limits, Outcome, QuoteRequest, Stop, Unread};
use pricing_worker::config::{Environment, Flags, Jobs};
use pricing_worker::contract::{
    Completed, FindingCode, Item, ObjectInfo, Reason, RejectionCode, Request, RequestError, RequestIdentity,
};
use pricing_worker::mesh::{MOST_INDEXED_TRIANGLES, topology_bytes};
use pricing_worker::pricing::PriceBook;
use serde_json::{Value, json};
use test_support::appraising::{measure, quote_request};
use test_support::formats::{IndexedMesh, dense_obj, glb_of_nodes};

use crate::fixtures::assert_current;
use crate::geometry::LIMITS;
use crate::geometry::shapes::{cube, sphere};

fn appraiser() -> Appraiser {
    Appraiser::new(PriceBook::sample(), LIMITS)
}

fn request() -> QuoteRequest {
    let items = vec![Item {
        material: "pa12-sls".into(),
        quantities: vec![1, 10],
        lead_times: vec!["standard".into(), "express".into()],
    }];
    QuoteRequest {
        identity: RequestIdentity::new("mes", "01JDAZ0X7Y3Q9V6N5K2M8T4R1D", &items),
        time: Some("2026-11-23T10:00:00Z".into()),
        order_id: Some("A-1001".into()),
        items,
        ..quote_request("A-1001/cube.stl")
    }
}

fn object(request: &QuoteRequest, bytes: &[u8]) -> ObjectInfo {
    let etag = Some("\"5d41402abc4b2a76b9719d911017c592\"".into());
    ObjectInfo { size_bytes: Some(bytes.len() as u64), etag, ..request.object.clone() }
}

fn completed(
    appraiser: &Appraiser,
    request: &QuoteRequest,
    object: &ObjectInfo,
    bytes: &[u8],
) -> Result<Completed, Reason> {
    appraiser.accept(request, "2026-11-23T10:00:00Z".parse().unwrap())?;
    appraiser.quote(request, object, measure(appraiser, request, [bytes])?)
}

fn outcome(request: &QuoteRequest, bytes: &[u8]) -> Outcome {
    let (appraiser, object) = (appraiser(), object(request, bytes));
    let result = completed(&appraiser, request, &object, bytes);
    appraiser.outcome(request, &object, result)
}

#[test]
fn the_contracts_example_comes_out_as_it_says() {
    let event: Value = serde_json::from_slice(&outcome(&request(), &cube(10).binary()).to_json()).unwrap();
    let data = &event["data"];
    assert_eq!((&event["type"], &event["specversion"]), (&json!("pricing.completed.v1"), &json!("1.0")));
    assert_eq!((&event["time"], &data["request_id"]), (&json!("2026-11-23T10:00:00Z"), &json!(request().identity.id)));
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
    let id = |change: &dyn Fn(&mut QuoteRequest, &mut ObjectInfo), book: PriceBook| {
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
        ("another request", id(&|request, _| request.identity.id.push('x'), PriceBook::sample())),
        ("another sender", id(&|request, _| request.identity.source = "shop".into(), PriceBook::sample())),
        (
            "the same id for another quantity",
            id(
                &|request, _| request.identity = RequestIdentity::new("mes", &*request.identity.id, &2),
                PriceBook::sample(),
            ),
        ),
        ("another version of the object", id(&|_, object| object.etag = Some("\"x\"".into()), PriceBook::sample())),
        ("another price book", id(&|_, _| {}, other_book)),
        ("a rejection", id(&|request, _| request.items[0].material = "unobtainium".into(), PriceBook::sample())),
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
    let change = |change: fn(&mut QuoteRequest)| {
        let mut request = request();
        change(&mut request);
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
        (change(|data| data.format = Some("dxf".into())), RejectionCode::UnknownFormat, "stl"),
    ];
    for (request, code, message) in rows {
        let reason = appraiser().accept(&request, now).unwrap_err();
        assert_eq!(reason.code, code);
        assert!(reason.message.contains(message), "{reason}");
    }
    let in_time = change(|data| data.deadline = Some("2026-11-23T10:00:00Z".parse().unwrap()));
    assert_eq!(appraiser().accept(&in_time, now), Ok(()));
    assert_eq!(
        appraiser().plan(&request(), LIMITS.object_bytes + 1, &[0; 1024], Allowance::default()).unwrap_err().code,
        RejectionCode::TooLarge
    );
}

#[test]
fn the_bytes_are_held_against_the_digest_of_the_request() {
    use sha2::{Digest, Sha256};
    let bytes = cube(10).binary();
    let digest = Sha256::digest(&bytes).map(|byte| format!("{byte:02X}")).as_slice().concat();
    let mut request = request();
    request.object.sha256 = Some(digest.to_lowercase());
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
    let plan = appraiser().plan(&request(), bytes.len() as u64, &bytes[..1024], Allowance::default()).unwrap();
    let mut appraisal = appraiser().begin(plan, stop.clone());
    appraisal.push(&bytes[..100_000]).unwrap();
    stop.stop();
    let unread = appraisal.push(&bytes[100_000..]).unwrap_err();
    assert!(matches!(unread, Unread::Rejected(Reason { code: RejectionCode::JobTimeout, .. })), "{unread:?}");
}

#[test]
fn a_declared_format_wins_over_the_name() {
    let bytes = cube(10).binary();
    let mut request = request();
    request.object.key = Some("upload-without-extension".into());
    // A file that is cut in its header has no format, unless the request declares one.
    let cut = &bytes[..60];
    let object = object(&request, cut);
    assert_eq!(completed(&appraiser(), &request, &object, cut).unwrap_err().code, RejectionCode::UnknownFormat);
    request.format = Some("STL".into());
    assert_eq!(completed(&appraiser(), &request, &object, cut).unwrap_err().code, RejectionCode::Truncated);
}

#[test]
fn the_example_results_are_current() {
    let cube = cube(10).binary();
    assert_current("messages/0.1/completed.json", &outcome(&request(), &cube).to_json());
    assert_current("messages/0.1/rejected.json", &outcome(&request(), &cube[..534]).to_json());
}

#[test]
fn the_events_id_follows_from_the_fleets_limit() {
    let bytes = cube(10).binary();
    let event = |topology_triangles| {
        let limits = Limits { topology_triangles, ..LIMITS };
        let appraiser = Appraiser::new(PriceBook::sample(), limits);
        let (request, object) = (request(), object(&request(), &bytes));
        let result = completed(&appraiser, &request, &object, &bytes);
        let outcome = appraiser.outcome(&request, &object, result);
        let event: Value = serde_json::from_slice(&outcome.to_json()).unwrap();
        assert_eq!(event["data"]["engine"]["topology_triangles"], json!(topology_triangles));
        event["id"].clone()
    };
    assert_ne!(event(12), event(13));
}

#[test]
fn a_mesh_of_more_vertices_than_can_be_numbered_is_not_kept() {
    let limits = Limits { object_bytes: u64::MAX, topology_triangles: u64::MAX };
    let appraiser = Appraiser::new(PriceBook::sample(), limits);
    for (count, is_kept) in [(MOST_INDEXED_TRIANGLES, true), (MOST_INDEXED_TRIANGLES + 1, false)] {
        // The head alone: the plan is made before anything else is read.
        let mut head = vec![0; 84];
        head[80..].copy_from_slice(&u32::try_from(count).unwrap().to_le_bytes());
        head.resize(1024, 0);
        let plan = appraiser.plan(&request(), 84 + 50 * count, &head, Allowance::default()).unwrap();
        assert_eq!(plan.memory_bytes() >= topology_bytes(count), is_kept, "{count} triangles");
    }
}

#[test]
fn no_fleet_may_ask_for_more_vertices_than_can_be_numbered() {
    let jobs = |triangles: u64| {
        let triangles = triangles.to_string();
        let environment = Environment::new([("PRICING_TOPOLOGY_TRIANGLES", triangles.as_str())], 2);
        Flags::<Jobs>::default().parse(&environment).map(|jobs| jobs.topology_triangles)
    };
    assert_eq!(jobs(350_000_000).unwrap(), 350_000_000);
    assert!(jobs(MOST_INDEXED_TRIANGLES).is_err(), "the largest value must be below {MOST_INDEXED_TRIANGLES}");
}

#[test]
fn a_cube_in_a_cube_is_one_solid_or_is_for_review() {
    // The right volume is 64,000 mm3; without topology it would be 72,000 mm3.
    let nested = cube(40).and(cube(20).moved([10; 3])).binary();
    for (topology_triangles, volume_mm3, review) in [(24, 64_000.0, false), (23, 72_000.0, true)] {
        let appraiser = Appraiser::new(PriceBook::sample(), Limits { topology_triangles, ..LIMITS });
        let request = request();
        let completed = completed(&appraiser, &request, &object(&request, &nested), &nested).unwrap();
        assert_eq!((completed.geometry.volume_mm3, completed.review_required), (volume_mm3, review));
    }
}

#[test]
fn two_wrong_requests_never_share_an_events_id() {
    let rejected = |event: &Value| match Request::parse(event.to_string().as_bytes()) {
        Err(RequestError::Invalid(invalid)) => {
            appraiser().rejected(&invalid.identity, invalid.time, invalid.rejected).event_id().to_owned()
        }
        other => panic!("{other:?}"),
    };
    let wrong = json!({
        "id": "1", "source": "mes", "type": "pricing.requested.v1", "time": "2026-11-23T10:00:00Z",
        "data": { "model": { "bucket": "b", "key": "k" }, "items": [{ "material": "m", "quantities": [0] }] }
    });
    let changes = [
        ("/source", json!("shop")),
        ("/time", json!("2026-11-23T10:00:01Z")),
        ("/time", json!("yesterday")),
        ("/data/model/key", json!("other")),
        ("/data/items/0/quantities/0", json!(2_000_000)),
        ("/data/items", json!("none")),
        ("/data", Value::Null),
    ];
    let mut seen = vec![rejected(&wrong)];
    assert_eq!(rejected(&wrong), seen[0], "the same request, delivered again");
    for (pointer, value) in changes {
        let mut other = wrong.clone();
        *other.pointer_mut(pointer).unwrap() = value;
        let id = rejected(&other);
        assert!(!seen.contains(&id), "{other}");
        seen.push(id);
    }
}

#[test]
fn a_model_that_outgrows_its_plan_is_planned_again_with_more_memory() {
    let bytes = dense_obj(4_000);
    let appraiser = appraiser();
    let plan = |allowance| appraiser.plan(&request(), bytes.len() as u64, &bytes[..1024], allowance).unwrap();
    let first = plan(Allowance::default());
    let first_bytes = first.memory_bytes();
    let Err(Unread::Outgrown(more)) = appraiser.begin(first, Stop::default()).push(&bytes) else {
        panic!("the first plan has room for 4,000 triangles in {} bytes", bytes.len());
    };
    let second = plan(more);
    assert!(second.memory_bytes() > first_bytes, "{} after {first_bytes}", second.memory_bytes());
    let mut appraisal = appraiser.begin(second, Stop::default());
    appraisal.push(&bytes).unwrap();
    let measured = appraisal.finish().unwrap();
    assert_eq!(measured.geometry.triangle_count, 4_000);
    assert_eq!(measured.geometry.volume_mm3, 9.0_f64.powi(3) / 6.0, "a thousand tetrahedra in one place are one");
}

#[test]
fn a_model_is_read_again_with_memory_for_unions_where_its_bodies_meet() {
    let appraiser = appraiser();
    let ball = sphere(10_000.0, 61, 100);
    let (count, radius) = (2 * ball.0.len() as u64, 10_000);
    for (by, meet) in [(3 * radius, false), (radius, true)] {
        let bytes = ball.clone().and(ball.moved([by, 0, 0])).binary();
        let plan = |allowance| appraiser.plan(&request(), bytes.len() as u64, &bytes[..1024], allowance).unwrap();
        let read = |allowance| {
            let mut appraisal = appraiser.begin(plan(allowance), Stop::default());
            appraisal.push(&bytes).unwrap();
            appraisal.finish()
        };
        let first = read(Allowance::default());
        let measured = if meet {
            let Err(Unread::Outgrown(more)) = first else {
                panic!("there is no memory for {count} triangles in unions")
            };
            let planned = [plan(Allowance::default()), plan(more.clone())].map(|plan| plan.memory_bytes());
            assert!(planned[0] < planned[1], "{planned:?}");
            read(more)
        } else {
            first
        };
        let measured = measured.unwrap();
        let shared = measured.findings.iter().any(|finding| finding.code == FindingCode::OverlappingShells);
        assert_eq!((shared, measured.geometry.triangle_count), (meet, count));
    }
}

#[test]
fn a_scene_of_many_copies_is_planned_again_for_exactly_so_many() {
    let cube = IndexedMesh::of(&cube(1).triangles());
    let nodes = Value::from(vec![json!({ "mesh": 0 }); 5_000]);
    let bytes = glb_of_nodes(&[("cube", &cube)], &nodes);
    let appraiser = appraiser();
    let plan = |allowance| appraiser.plan(&request(), bytes.len() as u64, &bytes[..1024], allowance).unwrap();
    let read = |allowance| {
        let mut appraisal = appraiser.begin(plan(allowance), Stop::default());
        appraisal.push(&bytes).unwrap();
        appraisal.finish()
    };
    let Err(Unread::Outgrown(more)) = read(Allowance::default()) else {
        panic!("the first plan has room for 60,000 triangles in {} bytes", bytes.len());
    };
    let extra_bytes = plan(more.clone()).memory_bytes() - plan(Allowance::default()).memory_bytes();
    assert!(extra_bytes < topology_bytes(60_000), "{extra_bytes} more bytes are for 60,000 triangles alone");
    let parts = read(more).unwrap().geometry.parts;
    assert_eq!((parts.len(), parts[0].copies, parts[0].triangle_count), (1, 5_000, 12));
}

#[test]
fn a_name_that_says_another_format_is_a_finding() {
    // Long enough for the first plan.
    let obj = [b"# a cube\n".repeat(60), IndexedMesh::of(&cube(10).triangles()).obj()].concat();
    // Key, the request's format, content type, message.
    let rows = [
        ("a/cube.obj", None, None, ""),
        ("a/cube.OBJ", Some("OBJ"), Some("model/obj; charset=utf-8"), ""),
        ("a/cube", None, Some("application/octet-stream"), ""),
        ("a/cube.txt", None, Some("text/plain"), ""),
        ("a/cube.stl", None, None, "the content is obj and was read as such; the extension of its name says stl"),
        ("a/cube.gltf", None, None, "the content is obj and was read as such; the extension of its name says glb"),
        ("a/cube.obj", Some("ply"), None, "the content is obj and was read as such; the request says ply"),
        ("a/cube.obj", None, Some("Model/STL"), "the content is obj and was read as such; its content type says stl"),
        (
            "a/cube.off",
            Some("ply"),
            Some("model/gltf-binary"),
            "the content is obj and was read as such; the request says ply, the extension of its name says off, its content type \
             says glb",
        ),
    ];
    for (key, format, content_type, message) in rows {
        let request = QuoteRequest { format: format.map(str::to_owned), ..quote_request(key) };
        let appraiser = appraiser();
        let plan =
            appraiser.plan(&request, obj.len() as u64, &obj[..obj.len().min(1024)], Allowance::default()).unwrap();
        let mut appraisal = appraiser.begin(appraiser.with_content_type(plan, content_type), Stop::default());
        appraisal.push(&obj).unwrap();
        let findings = appraisal.finish().unwrap().findings;
        let found = findings.iter().find(|finding| finding.code == FindingCode::FormatHintWrong);
        assert_eq!(found.map_or("", |finding| &finding.message), message, "{key} {format:?} {content_type:?}");
    }
}
