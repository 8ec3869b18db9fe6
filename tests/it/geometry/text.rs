//! Tests of ASCII STL as people and programs write it: one row for each way, all the same tetrahedron.

use pricing_worker::contract::Format;

use super::shapes::{sphere, tetrahedron};
use super::{LIMITS, measure, measure_chunks, measure_in_any_chunks};

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
        ("CR alone", plain.replace('\n', "\r").into_bytes()),
        ("CR alone, blank lines", plain.replace('\n', "\r\r\r").into_bytes()),
        ("LF, CR and CRLF mixed", plain.replacen('\n', "\r", 9).replacen('\n', "\r\n", 9).into_bytes()),
        ("CR alone and Ctrl-Z", format!("{}\u{1a}", plain.replace('\n', "\r")).into_bytes()),
        ("`end solid`", plain.replace("endsolid", "end solid").into_bytes()),
        ("`end solid` without a name", plain.replace("endsolid part", "end solid").into_bytes()),
        ("`end loop`", plain.replace("endloop", "end loop").into_bytes()),
        ("`end facet`", plain.replace("endfacet", "end facet").into_bytes()),
        ("every keyword in two words", plain.replace("end", "End ").into_bytes()),
        ("keywords in two lines", plain.replace("outer ", "outer\n").replace("endloop", "end\r\nloop").into_bytes()),
        ("`outerloop`", plain.replace("outer loop", "OuterLoop").into_bytes()),
        ("`endsolidNAME`", plain.replace("endsolid part", "endsolidPART").into_bytes()),
        ("`solidNAME`", plain.replace("solid part", "solidpart").into_bytes()),
        ("Ctrl-Z at the end", format!("{plain}\u{1a}").into_bytes()),
        ("Ctrl-Z after the last name", format!("{}\u{1a}", plain.trim_end()).into_bytes()),
        ("Ctrl-Z after `endsolid`", plain.replace("endsolid part\n", "endsolid\u{1a}").into_bytes()),
        ("NUL at the end", format!("{plain}\0").into_bytes()),
        ("a block filled with NUL", format!("{plain}{}", "\0".repeat(4096)).into_bytes()),
        ("a block filled with Ctrl-Z and blanks", format!("{plain}{}", "\u{1a} ".repeat(600)).into_bytes()),
        ("comments", format!("# made by hand\n{plain}// the end\n; of it\n").into_bytes()),
        ("a comment between facets", plain.replace(" facet normal", " # facet\n facet normal").into_bytes()),
        ("a comment after a byte order mark", format!("\u{feff}# made by hand\n{plain}").into_bytes()),
        ("first line twice", format!("solid part\n{plain}").into_bytes()),
        ("last line twice", format!("{plain}endsolid part\n").into_bytes()),
        ("no first line", plain.replacen("solid part\n", "", 1).into_bytes()),
        ("no last line", plain.replace("endsolid part\n", "").into_bytes()),
        (
            "no first and no last line",
            plain.replacen("solid part\n", "", 1).replace("endsolid part\n", "").into_bytes(),
        ),
        ("no normals", plain.replace(" normal 0 0 0", "").into_bytes()),
        ("no normals, `outerloop`", plain.replace(" normal 0 0 0", "").replace("outer loop", "outerloop").into_bytes()),
        ("normals of infinity", plain.replace("normal 0 0 0", "normal inf -Infinity 1e999").into_bytes()),
        ("all on few lines", plain.replace("\n  ", " ").replace("\n endfacet", " endfacet").into_bytes()),
        ("a name longer than a page", plain.replace("part", &"x".repeat(5000)).into_bytes()),
    ];
    let expected = measure(&tetrahedron(10).binary()).unwrap();
    for (name, bytes) in rows {
        let mut measured = measure_in_any_chunks(name, &bytes).unwrap_or_else(|reason| panic!("{name}: {reason}"));
        // Two solids are two parts of the same model.
        measured.geometry.parts.clear();
        assert_eq!(measured, expected, "{name}");
        assert_eq!(measured.model.format, Format::Stl, "{name}");
    }
}

#[test]
fn lines_may_end_in_any_way_in_a_file_of_any_size() {
    let plain = String::from_utf8(sphere(100_000.0, 100, 100).ascii()).unwrap();
    assert!(plain.len() > 2 << 20, "larger than the most bytes that are held for one facet");
    let expected = measure(plain.as_bytes()).unwrap();
    for end in ["\r", "\r\n", "\r\r\n"] {
        let bytes = plain.replace('\n', end).into_bytes();
        for size in [1 << 12, 1 << 16, bytes.len()] {
            let measured = measure_chunks(bytes.chunks(size), &LIMITS);
            assert_eq!(measured.as_ref(), Ok(&expected), "{end:?}, in chunks of {size} bytes");
        }
    }
}
