//! Tests of binary STL as programs write it: headers, lengths that are not 84 + 50 n, and counts that are wrong.

use pricing_worker::contract::FindingCode::{HeaderCountWrong, MultipleShells, UnitAssumed};
use pricing_worker::contract::RejectionCode::{self, EmptyModel, Malformed, NonFiniteCoordinate, Truncated};
use pricing_worker::contract::{Position, Severity};
use pricing_worker::mesh::Triangle;

use super::shapes::{Shape, cube, sphere, tetrahedron};
use super::{assert_close, codes, measure, measure_in_any_chunks};

/// Binary STL with normals, attributes and what follows each record.
fn with_attributes(triangles: &[Triangle], attribute: impl Fn(usize) -> (u16, Vec<u8>)) -> Vec<u8> {
    let mut bytes = [&[b' '; 80][..], &(triangles.len() as u32).to_le_bytes()].concat();
    for (number, triangle) in triangles.iter().enumerate() {
        let numbers = [0.0; 3].into_iter().chain(triangle.concat());
        bytes.extend(numbers.flat_map(f32::to_le_bytes));
        let (attribute, data) = attribute(number);
        bytes.extend(attribute.to_le_bytes());
        bytes.extend(data);
    }
    bytes
}

fn with_count(file: &[u8], count: u32) -> Vec<u8> {
    [&file[..80], &count.to_le_bytes(), &file[84..]].concat()
}

#[test]
fn a_binary_header_may_say_anything() {
    let plain = tetrahedron(10).binary();
    let expected = measure(&plain).unwrap();
    for header in [
        &b"solid part exported by CAD\n facet normal"[..],
        b"facet normal",
        b"COLOR=\xff\x00\x00\xff",
        b"\x89PNG",
        b"ply\nformat",
        b"<html>",
        &[0xff; 80],
    ] {
        let mut bytes = plain.clone();
        bytes[..80].fill(b' ');
        bytes[..header.len()].copy_from_slice(header);
        let name = header.escape_ascii().to_string();
        assert_eq!(measure_in_any_chunks(&name, &bytes).as_ref(), Ok(&expected), "{name}");
    }
}

#[test]
fn bytes_after_the_last_triangle_are_ignored_where_they_are_no_triangles() {
    let plain = tetrahedron(10).binary();
    let expected = measure(&plain).unwrap();
    let signature = b"signed by a program of some name, on a day of some year, with so many bytes: ".repeat(4);
    for extra in [1, 49, 50, 51, 100, 134, 250, 999] {
        for (what, bytes) in [
            ("0xaa", vec![0xaa; extra]),
            ("zeros", vec![0; extra]),
            ("0xff", vec![0xff; extra]),
            ("text", signature[..extra.min(signature.len())].to_vec()),
        ] {
            let name = format!("{extra} bytes of {what}");
            let bytes = [&plain[..], &bytes].concat();
            assert_eq!(measure_in_any_chunks(&name, &bytes).as_ref(), Ok(&expected), "{name}");
        }
    }
}

#[test]
fn all_triangles_are_read_where_the_header_counts_too_few() {
    // The volume of a sphere of the lattice is exact; the count is patched.
    for shape in [cube(10), sphere(1_000.0, 40, 60)] {
        let plain = shape.binary();
        let count = shape.0.len() as u32;
        let expected = measure(&plain).unwrap();
        for wrong in [0, 1, 2, count / 2, count - 1] {
            for padding in [0, 1, 5] {
                let zeros = vec![0; 50 * padding];
                let name = format!("{wrong} of {count}, {padding} records of zeros");
                let measured = measure_in_any_chunks(&name, &[&with_count(&plain, wrong)[..], &zeros].concat());
                let measured = measured.unwrap_or_else(|reason| panic!("{name}: {reason}"));
                assert_eq!(measured.geometry, expected.geometry, "{name}");
                let found = measured.findings.iter().find(|finding| finding.code == HeaderCountWrong).expect(&name);
                assert_eq!(found.severity, Severity::Warning, "{name}");
                let message = format!("the header counts {wrong} triangles; the file has {count}, and all were read");
                assert_eq!(found.message, message, "{name}");
            }
        }
        assert!(!codes(&expected).contains(&HeaderCountWrong));
    }
}

#[test]
fn coordinates_that_rounding_leaves_near_zero_are_triangles() {
    // cos(90°) in floating point.
    let tiny = |coordinate: f32| if coordinate == 0.0 { 6.123_234e-17 } else { coordinate };
    let triangles: Vec<_> =
        cube(10).triangles().into_iter().map(|corners| corners.map(|[x, y, z]| [x, y, tiny(z)])).collect();
    let bytes = with_attributes(&triangles, |_| (0, Vec::new()));
    let expected = measure(&bytes).unwrap();
    for wrong in [0, 7] {
        let measured = measure_in_any_chunks("near zero", &with_count(&bytes, wrong)).unwrap();
        assert_eq!(measured.geometry, expected.geometry);
    }
}

#[test]
fn a_second_file_behind_the_first_is_read() {
    let (one, other) = (cube(10), cube(20).moved([100, 0, 0]));
    let [first, second] = [one.binary(), other.binary()];
    let three = [one.clone(), other.clone(), cube(30).moved([0, 100, 0])];
    let rows = [
        ("two", [&first[..], &second].concat(), 9000.0),
        ("the smaller one last", [&second[..], &first].concat(), 9000.0),
        ("three", three.iter().flat_map(Shape::binary).collect(), 36_000.0),
        (
            "26, whose headers have the length of whole records",
            (0..26).flat_map(|n| cube(10).moved([20 * n, 0, 0]).binary()).collect(),
            26_000.0,
        ),
        ("the second counts none", [&first[..], &with_count(&second, 0)].concat(), 9000.0),
        ("the second counts too few", [&first[..], &with_count(&second, 3)].concat(), 9000.0),
        ("a byte after the second", [&first[..], &second, &[7]].concat(), 9000.0),
    ];
    for (name, bytes, volume) in rows {
        let measured = measure_in_any_chunks(name, &bytes).unwrap_or_else(|reason| panic!("{name}: {reason}"));
        assert_close(measured.geometry.volume_mm3, volume, 1e-9, name);
        assert_eq!(codes(&measured), [MultipleShells, HeaderCountWrong], "{name}");
    }
    let found = measure(&[&first[..], &second].concat()).unwrap().findings;
    let message = &found.iter().find(|finding| finding.code == HeaderCountWrong).unwrap().message;
    assert_eq!(
        message,
        "the header counts 12 triangles; the file has 24 in 2 files, one behind another, and all were read"
    );
}

#[test]
fn attributes_behind_the_records_are_skipped_where_their_lengths_add_up() {
    let part = sphere(1_000.0, 20, 30);
    let triangles = part.triangles();
    let count = triangles.len();
    let expected = measure(&part.binary()).unwrap();
    let of = |length: usize, byte: u8| (length as u16, vec![byte; length]);
    let rows: Vec<(&str, Vec<u8>)> = vec![
        ("two bytes each", with_attributes(&triangles, |_| of(2, 0xff))),
        ("zeros of the length of a record", with_attributes(&triangles, |_| of(50, 0))),
        // Numbers of four bytes stay numbers.
        ("a zero each", with_attributes(&triangles, |_| of(4, 0))),
        ("a vector of zeros each", with_attributes(&triangles, |_| of(12, 0))),
        ("a number each", with_attributes(&triangles, |_| of(4, 0x41))),
        ("many bytes each", with_attributes(&triangles, |n| of(300 + n % 7, 0x41))),
        ("some records only", with_attributes(&triangles, |n| if n % 5 == 4 { of(12, 1) } else { of(0, 0) })),
        ("the last record only", with_attributes(&triangles, |n| if n + 1 == count { of(40, 9) } else { of(0, 0) })),
        ("the longest", with_attributes(&triangles, |n| if n == 3 { of(0xffff, 0x20) } else { of(0, 0) })),
        ("records that look like triangles for a byte", with_attributes(&triangles, |_| of(1, 0))),
        // Colours are no lengths.
        ("colours", with_attributes(&triangles, |n| (0x8000 + n as u16, Vec::new()))),
        ("colours that could be lengths", with_attributes(&triangles, |_| (50, Vec::new()))),
        ("colours, then a signature", [with_attributes(&triangles, |_| (100, Vec::new())), vec![0xee; 100]].concat()),
    ];
    for (name, bytes) in rows {
        let measured = measure_in_any_chunks(name, &bytes).unwrap_or_else(|reason| panic!("{name}: {reason}"));
        assert_eq!(measured, expected, "{name}");
    }
    // The file has the length of whole records, and these all look like triangles.
    let numbers = with_attributes(&cube(10).triangles(), |n| of(if n % 2 == 0 { 46 } else { 4 }, 0x3f));
    let measured = measure_in_any_chunks("numbers that look like triangles", &numbers).unwrap();
    assert_eq!(measured, measure(&cube(10).binary()).unwrap(), "numbers that look like triangles");
    let colours = with_count(&with_attributes(&triangles, |_| (50, Vec::new())), 5);
    let measured = measure_in_any_chunks("colours and a wrong count", &colours).unwrap();
    assert_eq!(measured.geometry, expected.geometry, "colours and a wrong count");
}

#[test]
fn what_is_not_certain_is_rejected_with_its_place() {
    let part = sphere(1_000.0, 10, 10).triangles();
    let plain = with_attributes(&part, |_| (0, Vec::new()));
    let (count, end) = (part.len() as u32, plain.len() as u64);
    let with_bytes = |file: &[u8], at: usize, bytes: &[u8]| [&file[..at], bytes, &file[at + bytes.len()..]].concat();
    let attributes = with_attributes(&part, |_| (8, vec![0xff; 8]));
    let text = String::from_utf8(cube(10).ascii()).unwrap();
    let nan = f32::NAN.to_le_bytes();
    let record = |number: usize| 84 + 50 * number;
    let rows: Vec<(&str, Vec<u8>, RejectionCode, u64, &str)> = vec![
        ("a second file, cut", [&plain[..], &plain[..500]].concat(), Malformed, end, "another file begins here"),
        ("text behind", [&plain[..], text.as_bytes()].concat(), Malformed, end, "ASCII STL begins here"),
        (
            "triangles that are not counted, and a part of one",
            with_count(&plain[..plain.len() - 20], count / 2),
            Malformed,
            record(count as usize / 2) as u64,
            "and the last is cut",
        ),
        (
            "a damaged record among those that are not counted",
            with_bytes(&with_count(&plain, 0), record(60) + 12, &[0x7e; 36]),
            Malformed,
            record(60) as u64,
            "are no triangle",
        ),
        (
            "NaN among those that are not counted",
            with_bytes(&with_count(&plain, 9), record(60) + 40, &nan),
            NonFiniteCoordinate,
            record(60) as u64 + 40,
            "y of corner 3 of triangle 60 is NaN or infinite",
        ),
        (
            "attributes, cut",
            attributes[..attributes.len() - 30].to_vec(),
            Malformed,
            // The last three records have 144 bytes left, without their attributes less than they take.
            84 + 58 * (u64::from(count) - 3),
            "lengths of attributes",
        ),
        ("attributes, and more", [&attributes[..], &[0; 9]].concat(), Malformed, attributes.len() as u64, "attributes"),
        ("no count, and a byte too many", [&with_count(&plain, 0)[..], &[0]].concat(), EmptyModel, 80, "counts 0"),
        (
            "attributes that look like triangles for as far as is looked",
            with_attributes(&sphere(1_000.0, 40, 60).triangles(), |_| (50, [&plain[84..132], &[50, 0]].concat())),
            Malformed,
            record(1) as u64,
            "may be its attributes, or more triangles",
        ),
        ("a count too large", with_count(&plain, count + 1), Truncated, end, "the file ends after"),
    ];
    for (name, bytes, code, byte, message) in rows {
        let reason = measure_in_any_chunks(name, &bytes).expect_err(name);
        assert_eq!((reason.code, reason.position), (code, Some(Position::Byte(byte))), "{name}: {reason}");
        assert!(reason.message.contains(message), "{name}: {:?} does not say {message:?}", reason.message);
    }
    assert!(measure(&plain).unwrap().findings.iter().all(|finding| finding.code == UnitAssumed));
}
