//! Tests of the unit of a model: what states it, and what raises a doubt.

use pricing_worker::appraise::Appraiser;
use pricing_worker::contract::Severity::{self, Review, Warning};
use pricing_worker::contract::Unit::{self, Cm, Inch, M, Mm};
use pricing_worker::contract::UnitSource::{self, Assumed, Declared, File};
use pricing_worker::contract::{Completed, Finding, FindingCode};
use pricing_worker::mesh::Triangle;
use pricing_worker::pricing::PriceBook;
use test_support::appraising::{self, quote_request};

use super::LIMITS;
use super::shapes::{Shape, ascii, binary, cuboid, sphere, torus};

/// The answer to a request for a model by its key.
fn completed(key: &str, declared: Option<Unit>, bytes: &[u8]) -> Completed {
    let appraiser = Appraiser::new(PriceBook::sample(), LIMITS);
    let mut request = quote_request(key);
    request.unit = declared;
    let measured = appraising::measure(&appraiser, &request, bytes.chunks(7)).unwrap();
    appraiser.quote(&request, &request.object.clone(), measured).unwrap()
}

fn doubt(completed: &Completed) -> Option<&Finding> {
    completed.findings.iter().find(|finding| finding.code == FindingCode::UnitSuspicious)
}

/// A box with these sides.
fn sides(sides: [f32; 3]) -> Vec<Triangle> {
    scaled(&cuboid([0; 3], [1; 3]), sides)
}

fn scaled(shape: &Shape, by: [f32; 3]) -> Vec<Triangle> {
    let corner = |corner: [f32; 3]| [0, 1, 2].map(|axis| corner[axis] * by[axis]);
    shape.triangles().into_iter().map(|triangle| triangle.map(corner)).collect()
}

/// Binary STL with a header.
fn headed(header: &[u8], triangles: &[Triangle]) -> Vec<u8> {
    let mut bytes = binary(triangles);
    bytes[..80].fill(0);
    bytes[..header.len()].copy_from_slice(header);
    bytes
}

/// ASCII STL of a solid with a name.
fn named(name: &str, triangles: &[Triangle]) -> Vec<u8> {
    String::from_utf8(ascii(triangles)).unwrap().replacen("solid part", &format!("solid {name}"), 1).into_bytes()
}

#[test]
fn a_model_whose_numbers_are_usual_in_inches_is_doubted_with_its_other_prices() {
    let answer = completed("part.stl", None, &binary(&sides([1.5, 1.0, 0.5])));
    let finding = doubt(&answer).expect("a doubt");
    assert_eq!((finding.severity, answer.review_required), (Warning, false));
    // In inches: 38.1 x 25.4 x 12.7 mm, 12,290.3 mm3. By the sample book, PA12 costs 0.58 EUR/cm3, and 0.03 EUR/cm3 for the
    // box with 1 mm around it: 7.13 + 0.03 × 40.1 × 27.4 × 14.7 / 1000 = 0.48, and 4.00 for the set-up: 11.61.
    let in_inches = "in inch it would be 38.1 x 25.4 x 12.7 mm, 12290 mm3, 11.61 EUR for 1 of pa12-sls, standard";
    assert!(finding.message.contains(in_inches), "{}", finding.message);
    assert!(finding.message.starts_with("the longest side is 1.50 mm and the volume 0.750 mm3"), "{}", finding.message);
    // The price in another unit is the one that a request for this unit gets.
    for unit in [Cm, Inch, M] {
        let other = completed("part.stl", Some(unit), &binary(&sides([1.5, 1.0, 0.5])));
        let price = format!("{} EUR for 1 of pa12-sls", other.quotes[0].total_price);
        let (_, rest) =
            finding.message.split_once(&format!("in {} it would be", unit.name())).expect("each other unit");
        assert!(rest.split(';').next().unwrap().contains(&price), "{price}: {rest}");
    }
    assert!(!finding.message.contains("in mm it"), "{}", finding.message);
}

#[test]
fn sizes_that_are_hardly_meant_are_doubted_and_small_jewellery_is_not() {
    let ball = |diameter: f32| scaled(&sphere(500_000.0, 24, 48), [diameter / 1e6; 3]);
    // A ring of wire: the outer diameter, and that of the wire, in millimetres.
    let ring = |outer: f64, wire: f64| scaled(&torus((outer - wire) * 5e4, wire * 5e4, 24, 96), [1e-5; 3]);
    let rows = [
        ("a box in inches", sides([1.5, 1.0, 0.5]), None, Some(Warning)),
        ("a cube of an inch", sides([1.0; 3]), None, Some(Warning)),
        ("a bracket in inches", sides([5.0, 2.5, 1.375]), None, Some(Warning)),
        ("a plate in inches", sides([8.0, 4.0, 0.125]), None, Some(Warning)),
        ("a part in metres", sides([0.044, 0.014, 0.047]), None, Some(Review)),
        ("a house", sides([12_000.0, 8000.0, 6000.0]), None, Some(Review)),
        ("a ball of 1.2 mm", ball(1.2), None, None),
        ("a ball of 2 mm", ball(2.0), None, None),
        ("a jump ring of 3 mm", ring(3.0, 0.5), None, None),
        ("a jump ring of 2 mm", ring(2.0, 0.4), None, None),
        ("a finger ring", ring(21.0, 1.5), None, None),
        ("an earwire", sides([20.0, 0.8, 0.8]), None, None),
        ("a small box", sides([4.0, 3.0, 2.0]), None, None),
        ("the largest print", sides([1800.0, 1000.0, 700.0]), None, None),
        // A unit that is declared is meant, unless nothing of the size is made.
        ("a small box, declared", sides([1.5, 1.0, 0.5]), Some(Mm), None),
        ("a box in inches, declared", sides([1.5, 1.0, 0.5]), Some(Inch), None),
        ("a tenth of a millimetre, declared", sides([0.1; 3]), Some(Mm), Some(Warning)),
        ("a part in mm, declared as inches", sides([120.0, 80.0, 40.0]), Some(Inch), Some(Warning)),
        ("a part in mm, declared as metres", sides([20.0, 20.0, 5.0]), Some(M), Some(Warning)),
        ("a part in mm, declared as cm", sides([300.0, 20.0, 5.0]), Some(Cm), Some(Warning)),
        ("a part of 30 cm, declared", sides([30.0, 20.0, 5.0]), Some(Cm), None),
    ];
    for (name, triangles, declared, severity) in rows {
        let answer = completed("part.stl", declared, &binary(&triangles));
        assert_eq!(doubt(&answer).map(|finding| finding.severity), severity, "{name}: {:?}", answer.findings);
    }
}

/// The name of a model, its bytes, the unit of the request, the unit of the answer and its source, and the doubt.
type StatedRow<'a> = (&'a str, Vec<u8>, Option<Unit>, (Unit, UnitSource), Option<(Severity, &'a str)>);

#[test]
fn what_the_file_states_as_its_unit_is_its_unit() {
    let part = sides([30.0, 20.0, 10.0]);
    let rows: Vec<StatedRow<'_>> = vec![
        ("nothing", binary(&part), None, (Mm, Assumed), None),
        (
            "netfabb",
            headed(b"STL File created by netfabb - http://www.netfabb.com UNITS=MM", &part),
            None,
            (Mm, File),
            None,
        ),
        ("inches", headed(b"COLOR=\xff\x00\x00\xff,UNITS=in", &part), None, (Inch, File), None),
        (
            "inches at the end of the header",
            headed(&[&[b' '; 72][..], b"UNITS=in"].concat(), &part),
            None,
            (Inch, File),
            None,
        ),
        ("a solid's name", named("bracket UNITS=cm", &part), None, (Cm, File), None),
        (
            "a solid's name, CR",
            String::from_utf8(named("a units = inch", &part)).unwrap().replace('\n', "\r").into(),
            None,
            (Inch, File),
            None,
        ),
        (
            "in the text, not in the name",
            [&named("a", &part)[..], b"solid UNITS=in\nendsolid\n"].concat(),
            None,
            (Mm, Assumed),
            None,
        ),
        (
            "the request wins",
            headed(b"UNITS=in", &part),
            Some(Mm),
            (Mm, Declared),
            Some((Warning, "the file states inch, and mm is used")),
        ),
        ("the request agrees", headed(b"UNITS=in", &part), Some(Inch), (Inch, Declared), None),
        (
            "a unit that is not known",
            headed(b"UNITS=yd", &part),
            None,
            (Mm, Assumed),
            Some((Review, "the file states the unit `yd`, which is not known: name one in the request")),
        ),
        ("a unit that is not known, and one declared", headed(b"UNITS=yd", &part), Some(Mm), (Mm, Declared), None),
        (
            "half a metre of inches",
            headed(b"UNITS=in", &sides([100.0, 9.0, 9.0])),
            None,
            (Inch, File),
            Some((Warning, "large for inch")),
        ),
    ];
    for (name, bytes, declared, (unit, source), expected) in rows {
        let answer = completed("part.stl", declared, &bytes);
        assert_eq!((answer.model.unit.name, answer.model.unit.source), (unit, source), "{name}");
        let found = doubt(&answer);
        assert_eq!(found.map(|finding| finding.severity), expected.map(|(severity, _)| severity), "{name}: {found:?}");
        if let (Some(finding), Some((_, message))) = (found, expected) {
            assert!(finding.message.contains(message), "{name}: {}", finding.message);
        }
        let is_assumed = answer.findings.iter().any(|finding| finding.code == FindingCode::UnitAssumed);
        assert_eq!(is_assumed, source == Assumed, "{name}");
    }
}

#[test]
fn a_name_that_suggests_another_unit_is_a_doubt_and_no_unit() {
    let (part, small) = (sides([30.0, 20.0, 10.0]), sides([1.5, 1.0, 0.5]));
    let suggests = |who: &str| Some(format!("{who} inch, and mm is used"));
    let rows = [
        ("ring_inch.stl", binary(&part), None, suggests("the file's name suggests")),
        ("A-1/ring_in.STL", binary(&part), None, suggests("the file's name suggests")),
        ("C:\\models\\ring (inches).stl", binary(&part), None, suggests("the file's name suggests")),
        ("orders_inch/ring.stl", binary(&part), None, None),
        ("ring_inch.stl", binary(&part), Some(Inch), None),
        ("ring_inch.stl", binary(&part), Some(Mm), suggests("the file's name suggests")),
        ("ring.stl", named("ring_inch", &part), None, suggests("a name in the file suggests")),
        ("ring.stl", headed(b"ring (inch)", &part), None, suggests("a name in the file suggests")),
        ("ring_mm.stl", binary(&part), None, None),
        ("pipe_2_inch.stl", binary(&part), None, None),
        // The name is evidence for millimetres, too.
        ("part_mm.stl", binary(&small), None, None),
        ("part.stl", headed(b"UNITS=mm", &small), None, None),
    ];
    for (key, bytes, declared, expected) in rows {
        let answer = completed(key, declared, &bytes);
        assert_eq!(answer.model.unit.name, declared.unwrap_or(Mm), "{key}");
        let found = doubt(&answer);
        assert_eq!(found.map(|finding| finding.severity), expected.as_ref().map(|_| Warning), "{key}: {found:?}");
        if let (Some(finding), Some(message)) = (found, expected) {
            assert!(finding.message.starts_with(&message), "{key}: {}", finding.message);
            assert!(finding.message.contains("; in inch it would be 762 x 508 x 254 mm"), "{key}: {}", finding.message);
        }
    }
}

#[test]
fn fixtures_are_in_millimetres() {
    for entry in std::fs::read_dir(crate::fixtures::folder().join("models")).unwrap() {
        let path = entry.unwrap().path();
        let answer = completed(&path.display().to_string(), None, &std::fs::read(&path).unwrap());
        assert_eq!(doubt(&answer), None, "{}", path.display());
    }
}
