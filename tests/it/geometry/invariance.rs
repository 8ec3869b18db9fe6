//! Tests of changes to a shape or its file that must keep its measures, and of changes that must change a fingerprint.

use std::io::Cursor;

use pricing_worker::appraise::{Limits, MeasuredModel};
use pricing_worker::contract::{FindingCode, Reason, RejectionCode, Severity};
use pricing_worker::mesh::{BLOCK_TRIANGLES, Triangle};
use proptest::prelude::*;

use super::arbitrary::{damaged, soup};
use super::shapes::{Shape, ascii, binary, cube, sphere, torus};
use super::{LIMITS, assert_close, codes, measure, measure_chunks};

fn fingerprint(shape: &Shape) -> String {
    measure(&shape.binary()).unwrap().geometry.fingerprint
}

#[test]
fn the_fingerprint_follows_the_set_of_triangles() {
    let shape = torus(3000.0, 1000.0, 24, 48);
    let plain = fingerprint(&shape);
    let mut other_corner = shape.clone();
    for triangle in &mut other_corner.0 {
        triangle.rotate_left(1);
    }
    assert_eq!(plain.len(), 32);
    for (name, same) in [("shuffled", shape.shuffled()), ("from another corner", other_corner)] {
        assert_eq!(fingerprint(&same), plain, "{name}");
    }
    assert_eq!(measure(&shape.ascii()).unwrap().geometry.fingerprint, plain, "as text");
    let mut changed = shape.clone();
    changed.0[100][1][2] += 1;
    let others = [
        ("mirrored", shape.mirrored()),
        ("inside out", shape.inside_out()),
        ("scaled", shape.map(|corner| corner.map(|coordinate| coordinate * 2))),
        ("moved", shape.moved([1, 0, 0])),
        ("turned", shape.turned()),
        ("a corner changed", changed),
        ("a triangle missing", shape.without(1)),
        ("a triangle twice", shape.clone().and(Shape(shape.0[..1].to_vec()))),
    ];
    let mut seen = vec![plain];
    for (name, other) in others {
        let found = fingerprint(&other);
        assert!(!seen.contains(&found), "{name}: {found} is another shape's too");
        seen.push(found);
    }
}

#[test]
fn the_unit_scales_every_measure_and_the_fingerprint() {
    use pricing_worker::appraise::{Appraiser, QuoteRequest};
    use pricing_worker::contract::{Unit, UnitSource};
    use pricing_worker::pricing::PriceBook;
    use test_support::appraising::{self, quote_request};
    let appraiser = Appraiser::new(PriceBook::sample(), LIMITS);
    let bytes = cube(10).binary();
    let mut fingerprints = Vec::new();
    for (unit, side) in [(Unit::Mm, 10.0), (Unit::Cm, 100.0), (Unit::M, 10_000.0), (Unit::Inch, 254.0)] {
        let request = QuoteRequest { unit: Some(unit), ..quote_request("cube.stl") };
        let MeasuredModel { model, geometry, .. } = appraising::measure(&appraiser, &request, [&*bytes]).unwrap();
        assert_eq!((model.unit.name, model.unit.source), (unit, UnitSource::Declared));
        assert_close(geometry.volume_mm3, f64::powi(side, 3), 1e-12, "volume");
        assert_close(geometry.surface_area_mm2, 6.0 * f64::powi(side, 2), 1e-12, "area");
        assert_eq!((geometry.extents_mm, geometry.bounds_mm.max), ([side; 3], [side; 3]));
        for axis in geometry.centroid_mm {
            assert_close(axis, side / 2.0, 1e-12, "centroid");
        }
        assert!(!fingerprints.contains(&geometry.fingerprint), "{unit:?}");
        fingerprints.push(geometry.fingerprint);
    }
}

#[test]
fn the_same_bits_on_any_number_of_threads_and_in_any_chunks() {
    // Several blocks and the start of another, far from zero, with a cavity: every sum can lose digits.
    let shape = sphere(100_000.0, 120, 100).and(sphere(30_000.0, 40, 30).inside_out()).moved([4_000_000, 1, -77]);
    assert!(shape.0.len() > 5 * BLOCK_TRIANGLES);
    for bytes in [shape.binary(), shape.ascii()] {
        let expected = measure(&bytes);
        assert!(expected.is_ok());
        for threads in [1, 2, 7] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            for size in [977, 65_536, 1_000_003, bytes.len()] {
                let found = pool.install(|| measure_chunks(bytes.chunks(size), &LIMITS));
                assert_eq!(found, expected, "{threads} threads, chunks of {size} bytes");
            }
        }
    }
}

/// Limits that keep no model of more than one block.
const TIGHT: Limits = Limits { topology_triangles: 4096, ..LIMITS };

#[test]
fn a_mesh_beyond_the_limit_is_measured_to_the_same_bit() {
    for shape in [
        sphere(4000.0, 120, 100),
        sphere(4000.0, 120, 100).inside_out(),
        sphere(4000.0, 120, 100).moved([8_000_000, 0, 0]),
    ] {
        for bytes in [shape.binary(), shape.ascii()] {
            let whole = measure(&bytes).unwrap();
            let streamed = measure_chunks(bytes.chunks(50_000), &TIGHT).unwrap();
            let mut expected = whole.geometry.clone();
            expected.shell_count = None;
            expected.boundary_edge_count = None;
            expected.non_manifold_edge_count = None;
            assert_eq!(streamed.geometry, expected);
            let skipped = streamed.findings.iter().find(|finding| finding.code == FindingCode::TopologySkipped);
            assert_eq!(skipped.map(|finding| finding.severity), Some(Severity::Review));
        }
    }
}

#[test]
fn a_mesh_beyond_the_limit_that_must_be_repaired_is_refused() {
    let shape = sphere(4000.0, 120, 100);
    let mut mixed = shape.clone();
    mixed.0[7].swap(0, 1);
    for (shape, message) in [(shape.without(1), "there are holes"), (mixed, "disagree")] {
        let bytes = shape.binary();
        let reason = measure_chunks(bytes.chunks(50_000), &TIGHT).unwrap_err();
        assert_eq!(reason.code, RejectionCode::TooLarge);
        assert!(reason.message.contains(message), "{reason}");
    }
}

#[test]
fn stl_io_reads_the_same_triangles() {
    let triangles = torus(3000.0, 1000.0, 24, 48).moved([0, 0, 77]).triangles();
    for bytes in [binary(&triangles), ascii(&triangles)] {
        let theirs = stl_io::read_stl(&mut Cursor::new(&bytes)).unwrap();
        let read: Vec<Triangle> =
            theirs.faces.iter().map(|face| face.vertices.map(|vertex| theirs.vertices[vertex].0)).collect();
        assert_eq!(read, triangles);
        // The fingerprint identifies the set of triangles, so it must equal the other file's.
        assert_eq!(
            measure(&bytes).unwrap().geometry.fingerprint,
            measure(&binary(&read)).unwrap().geometry.fingerprint
        );
    }
}

/// The findings, the counts of shells and edges, and whether it is watertight.
type Facts = (Vec<FindingCode>, [Option<u64>; 3], bool);

/// The facts that a shape and its image share. Volumes and areas are compared with a tolerance instead.
fn facts(measured: &Result<MeasuredModel, Reason>) -> Result<Facts, RejectionCode> {
    measured.as_ref().map_err(|reason| reason.code).map(|measured| {
        let geometry = &measured.geometry;
        let counts = [geometry.shell_count, geometry.boundary_edge_count, geometry.non_manifold_edge_count];
        (codes(measured), counts, geometry.watertight)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_soup_is_measured_or_refused(shape in soup()) {
        if let Ok(measured) = measure(&shape.binary()) {
            let geometry = measured.geometry;
            prop_assert!(geometry.volume_mm3 > 0.0 && geometry.volume_mm3.is_finite());
            prop_assert!(geometry.surface_area_mm2 > 0.0);
            prop_assert_eq!(geometry.triangle_count, shape.0.len() as u64);
            prop_assert!(geometry.centroid_mm.iter().all(|axis| axis.is_finite()));
        }
    }

    #[test]
    fn moving_turning_and_mirroring_change_nothing_but_the_place(shape in damaged()) {
        let plain = measure(&shape.binary());
        for (name, image) in [
            ("moved", shape.moved([1_000_000, -2_000_000, 3])),
            ("turned", shape.turned()),
            ("mirrored", shape.mirrored()),
            ("shuffled", shape.shuffled()),
        ] {
            let found = measure(&image.binary());
            prop_assert_eq!(facts(&found), facts(&plain), "{}", name);
            if let (Ok(found), Ok(plain)) = (&found, &plain) {
                let (found, plain) = (&found.geometry, &plain.geometry);
                prop_assert!((found.volume_mm3 - plain.volume_mm3).abs() <= 1e-9 * plain.volume_mm3, "{}", name);
                prop_assert!((found.surface_area_mm2 - plain.surface_area_mm2).abs() <= 1e-9 * plain.surface_area_mm2);
            }
        }
    }

    #[test]
    fn text_and_binary_are_the_same_model(shape in soup()) {
        prop_assert_eq!(measure(&shape.ascii()), measure(&shape.binary()));
    }

    #[test]
    fn any_bytes_end_in_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..2000), chunk in 1..500_usize) {
        let whole = measure(&bytes);
        prop_assert_eq!(measure_chunks(bytes.chunks(chunk), &LIMITS), whole);
    }

    #[test]
    fn any_broken_text_ends_in_an_answer(place in any::<prop::sample::Index>(), length in 0..30_usize, new in "[ a-z0-9.\n-]{0,8}", chunk in 1..500_usize) {
        let mut bytes = cube(10).ascii();
        let start = place.index(bytes.len());
        let end = (start + length).min(bytes.len());
        bytes.splice(start..end, new.bytes());
        let whole = measure(&bytes);
        prop_assert_eq!(measure_chunks(bytes.chunks(chunk), &LIMITS), whole);
    }
}
