//! Tests that a driver is one function and one row: price books use it, models are measured for it, and quotes name it.

use std::collections::BTreeMap;

use pricing_worker::appraise::{Appraiser, Limits, QuoteRequest};
use pricing_worker::contract::{Completed, Item, Reason, RejectionCode, Unit};
use pricing_worker::driver::{Ask, Measures};
use pricing_worker::pricing::{PriceBook, schema, schema_by};
use test_support::appraising::{measure, quote_request};
use test_support::shapes::{Shape, cube, sphere};

use super::OUR_DRIVERS;

const BOOK: &str = r#"
schema = 1
name = "ours"
version = "1"
currency = "EUR"
rounding = "0.01"
lead_times = [ { id = "standard", factor = "1" } ]

[[materials]]
id = "paint"
name = "Paint"
process = "painting"
charges = [ { name = "upper side", per = "piece", driver = "area_above", level = "3 mm", rate = "0.50 EUR/cm2" } ]
"#;

fn book() -> PriceBook {
    PriceBook::parse_by(BOOK, &OUR_DRIVERS).expect("the book is right by our drivers")
}

fn priced(book: PriceBook, shape: &Shape, unit: Unit, topology_triangles: u64) -> Result<Completed, Reason> {
    let appraiser = Appraiser::new(book, Limits { object_bytes: 1 << 30, topology_triangles });
    let bytes = shape.binary();
    let request = QuoteRequest { unit: Some(unit), ..quote_request("model.stl") };
    appraiser.quote(&request, &request.object, measure(&appraiser, &request, [bytes.as_slice()])?)
}

#[test]
fn a_model_is_priced_by_it() {
    // Shape, unit of the file, and area above 3 mm in cm2. Of a cube, only the top lies entirely above the level.
    let cube_in_cm = (cube(10), Unit::Cm, "100");
    // One triangle of the fan that closes the missing side lies above the level.
    let open = (cube(10).without(2), Unit::Mm, "1.25");
    let inside_out = (cube(10).inside_out(), Unit::Mm, "1");
    // The smaller cube lies inside the larger one, so none of its sides is part of the solid's surface.
    let nested = (cube(10).and(cube(4).moved([4; 3])), Unit::Mm, "1");
    for (shape, unit, area_cm2) in [(cube(10), Unit::Mm, "1"), cube_in_cm, open, inside_out, nested] {
        let completed = priced(book(), &shape, unit, 1000).expect("it has a price");
        let line = &completed.quotes[0].lines[0];
        assert_eq!((line.amount_of_driver.as_deref(), line.unit.as_deref()), (Some(area_cm2), Some("cm2")));
    }
}

#[test]
fn the_event_carries_it_and_is_priced_again() {
    let completed = priced(book(), &sphere(20.0, 30, 40), Unit::Mm, 10_000).expect("it has a price");
    let measure = &completed.measures["area_above:3"];
    assert_eq!(measure.unit, "mm2");
    // The event as a message broker and a database return it.
    let stored: Completed = serde_json::from_slice(&serde_json::to_vec(&completed).expect("JSON")).expect("an event");
    let book = book();
    let item = Item { material: "paint".into(), quantities: vec![1], lead_times: Vec::new() };
    let selection = book.select(&[item]).expect("it exists");
    let measures = Measures::of_event(&stored, &selection.demand()).expect("all that is needed");
    assert_eq!(book.quote(&selection, &measures).expect("a price"), completed.quotes);
    let without = Completed { measures: BTreeMap::default(), ..stored };
    let reason = Measures::of_event(&without, &selection.demand()).expect_err("the measure is missing");
    assert_eq!(reason.code, RejectionCode::InvalidRequest);
    assert!(reason.message.contains("area_above"), "{reason}");
}

#[test]
fn rates_in_different_units_share_one_measure() {
    let charge = "{ name = \"upper side\", per = \"piece\", driver = \"area_above\", level = \"3 mm\", rate = \"0.50 EUR/cm2\" }";
    let other = charge.replace("3 mm", "0.3 cm").replace("0.50 EUR/cm2", "0.10 EUR/m2");
    let another = charge.replace("3 mm", "4 mm");
    let book = |charges: &[&str]| {
        let text = BOOK.replace(charge, &charges.join(", "));
        PriceBook::parse_by(&text, &OUR_DRIVERS).unwrap_or_else(|errors| panic!("{errors}"))
    };
    let keys = |book: &PriceBook| book.demand().iter().map(Ask::key).collect::<Vec<_>>();
    assert_eq!(keys(&book(&[charge, &other])), ["area_above:3"]);
    assert_eq!(keys(&book(&[&another, charge, &other])), ["area_above:3", "area_above:4"]);
    let completed = priced(book(&[charge, &other]), &cube(10), Unit::Mm, 1000).expect("it has a price");
    let amounts: Vec<_> =
        completed.quotes[0].lines.iter().map(|line| line.amount_of_driver.as_deref().expect("by a driver")).collect();
    assert_eq!((amounts.as_slice(), completed.measures.len()), (["1", "0.0001"].as_slice(), 1));
}

#[test]
fn no_driver_is_computed_that_the_book_does_not_use() {
    let sample = PriceBook::sample();
    assert_eq!(sample.demand().surface_bytes_per_triangle(), None);
    assert!(book().demand().surface_bytes_per_triangle() > Some(100));
    let completed = priced(sample, &cube(10), Unit::Mm, 1000).expect("it has a price");
    assert!(completed.measures.is_empty());
}

#[test]
fn a_mesh_that_is_too_large_for_it_is_refused() {
    let reason = priced(book(), &cube(10), Unit::Mm, 11).expect_err("a cube has 12 triangles");
    assert_eq!(reason.code, RejectionCode::TooLarge);
    assert!(reason.message.contains("area_above") && reason.message.contains("11 triangles"), "{reason}");
}

#[test]
fn the_book_checks_it_like_any_other() {
    let rows = [
        ("0.50 EUR/cm2", "0.50 EUR/cm3", "wrong dimension"),
        ("level = \"3 mm\"", "level = \"3 g\"", "a unit of mass"),
        ("driver = \"area_above\", ", "", "a level cuts the surface of driver `area_above`; this charge has no driver"),
        ("area_above", "area_abov", "did you mean `area_above`?"),
    ];
    for (from, to, expected) in rows {
        assert!(BOOK.contains(from));
        let errors = PriceBook::parse_by(&BOOK.replace(from, to), &OUR_DRIVERS).expect_err(to);
        assert!(errors.to_string().contains(expected), "{errors}");
    }
    let errors = PriceBook::parse(BOOK).expect_err("the program has no such driver");
    assert!(errors.to_string().contains("unknown driver `area_above`"), "{errors}");
}

#[test]
fn the_schema_has_its_name_and_its_parameter() {
    let in_schema = |pointer: &str| {
        let [ours, programs] = [schema_by(&OUR_DRIVERS), schema()];
        [ours, programs].map(|schema| schema.pointer(pointer).is_some_and(|value| !value.is_null()))
    };
    assert_eq!(in_schema("/$defs/ChargeDocument/properties/level/$ref"), [true, false]);
    assert_eq!(in_schema("/$defs/ChargeDocument/properties/clearance/$ref"), [false, true]);
    assert_eq!(in_schema("/$defs/MaterialDocument/properties/density/$ref"), [false, true]);
    let ours = schema_by(&OUR_DRIVERS);
    assert_eq!(ours.pointer("/$defs/Driver/oneOf/0/const").and_then(|name| name.as_str()), Some("area_above"));
}
