//! Tests of ASCII and binary STL variants that people and programs write: one row each, all the same tetrahedron.

use pricing_worker::contract::Format;

use super::measure;
use super::shapes::tetrahedron;

#[test]
fn every_way_to_write_a_text_is_read_alike() {
    let plain = String::from_utf8(tetrahedron(10).ascii()).unwrap();
    let facets = plain.split_once('\n').unwrap().1.rsplit_once("endsolid").unwrap().0.to_owned();
    let half = facets.match_indices(" facet").nth(2).unwrap().0;
    let (first, second) = facets.split_at(half);
    let rows: Vec<(&str, Vec<u8>)> = vec![
        ("LF", plain.clone().into_bytes()),
        ("CRLF", plain.replace('\n', "\r\n").into_bytes()),
        ("CR and LF mixed", plain.replacen('\n', "\r\n", 7).into_bytes()),
        ("upper case", plain.to_uppercase().into_bytes()),
        ("mixed case", plain.replace("facet", "Facet").replace("vertex", "VerTex").into_bytes()),
        ("no final newline", plain.trim_end().as_bytes().to_vec()),
        ("no names", plain.replace(" part", "").into_bytes()),
        ("trailing blanks", plain.replace('\n', " \t \n").into_bytes()),
        ("blank lines", plain.replace('\n', "\n\n").into_bytes()),
        ("leading blanks", format!("  \n{plain}").into_bytes()),
        ("tabs", plain.replace(' ', "\t").into_bytes()),
        ("a byte order mark", format!("\u{feff}{plain}").into_bytes()),
        ("names with spaces", plain.replace("part", "my part, facet by facet (v2)").into_bytes()),
        (
            "names that are not UTF-8",
            [b"solid caf\xe9 \xff\xfe\n", facets.as_bytes(), b"endsolid caf\xe9 \xff\n"].concat(),
        ),
        ("exponents", plain.replace("1e1", "+1.0E+01").into_bytes()),
        ("plain decimals", plain.replace("1e1", "10.000").replace("0e0", "0").into_bytes()),
        ("decimals without a whole part", plain.replace("1e1", ".1e2").into_bytes()),
        ("negative zero", plain.replace("0e0", "-0.0").into_bytes()),
        ("normals that are no numbers", plain.replace("normal 0 0 0", "normal nan -nan(ind) 1.#QNAN").into_bytes()),
        ("two solids", format!("solid a\n{first}endsolid a\nsolid b\n{second}endsolid b\n").into_bytes()),
        ("an empty solid too", format!("{plain}solid empty\nendsolid empty\n").into_bytes()),
        ("a name longer than a page", plain.replace("part", &"x".repeat(5000)).into_bytes()),
    ];
    let expected = measure(&tetrahedron(10).binary()).unwrap();
    for (name, bytes) in rows {
        let measured = measure(&bytes).unwrap_or_else(|reason| panic!("{name}: {reason}"));
        assert_eq!(measured, expected, "{name}");
        assert_eq!(measured.model.format, Format::Stl, "{name}");
    }
}

#[test]
fn a_binary_header_may_say_anything() {
    let plain = tetrahedron(10).binary();
    let expected = measure(&plain).unwrap();
    for header in [
        &b"solid part exported by CAD\n facet normal"[..],
        b"COLOR=\xff\x00\x00\xff",
        b"\x89PNG",
        b"ply\nformat",
        &[0xff; 80],
    ] {
        let mut bytes = plain.clone();
        bytes[..80].fill(b' ');
        bytes[..header.len()].copy_from_slice(header);
        assert_eq!(measure(&bytes).unwrap(), expected, "{}", header.escape_ascii());
    }
}

#[test]
fn bytes_after_the_last_triangle_are_ignored_where_the_count_is_right() {
    let plain = tetrahedron(10).binary();
    let expected = measure(&plain).unwrap();
    for extra in [1, 49, 51, 1000 - 1] {
        let mut bytes = plain.clone();
        bytes.resize(plain.len() + extra, 0xaa);
        assert_eq!(measure(&bytes).unwrap(), expected, "{extra} bytes more");
    }
}
