//! Tests of files that must be rejected, each with its code and position.

use pricing_worker::contract::Position::{self, Byte, Line};
use pricing_worker::contract::RejectionCode::{
    self, EmptyModel, Malformed, NoVolume, NonFiniteCoordinate, TooLarge, Truncated, UnknownFormat,
};

use super::shapes::{Shape, binary, cube, sphere};
use super::{LIMITS, measure, measure_chunks, measure_in_any_chunks};

/// The name of a file, its bytes, and the code, the position and a part of the message of its rejection.
struct Row(&'static str, Vec<u8>, RejectionCode, Option<Position>, &'static str);

#[test]
fn binary_files_of_a_wrong_length() {
    let cube = cube(10).binary();
    let with_count = |count: u32| [&cube[..80], &count.to_le_bytes(), &cube[84..]].concat();
    check([
        Row("empty file", vec![], EmptyModel, None, "empty"),
        Row("header only", vec![0; 84], EmptyModel, Some(Byte(80)), "counts 0 triangles"),
        Row("count of zero, then a byte", vec![0; 85], EmptyModel, Some(Byte(80)), "counts 0 triangles"),
        Row(
            "count larger than the file",
            with_count(13),
            Truncated,
            Some(Byte(684)),
            "counts 13 triangles (734 bytes); the file ends after 12, at byte 684",
        ),
        Row(
            "count far larger than the file",
            with_count(u32::MAX),
            Truncated,
            Some(Byte(684)),
            "counts 4294967295 triangles",
        ),
        Row(
            "cut in a triangle",
            cube[..534].to_vec(),
            Truncated,
            Some(Byte(534)),
            "counts 12 triangles (684 bytes); the file ends after 9, at byte 534",
        ),
        Row("cut inside a triangle", cube[..560].to_vec(), Truncated, Some(Byte(560)), "ends after 9, at byte 560"),
        Row("cut in the header", cube[..60].to_vec(), Truncated, Some(Byte(60)), "84 bytes; the file ends after 60"),
        Row(
            "a million triangles in 84 bytes",
            [&[0; 80][..], &1_000_000_u32.to_le_bytes()].concat(),
            Truncated,
            Some(Byte(84)),
            "counts 1000000 triangles (50000084 bytes); the file ends after 0, at byte 84",
        ),
    ]);
}

#[test]
fn binary_files_of_bad_triangles() {
    let (cube, many) = (cube(10).binary(), sphere(1_000.0, 101, 100).binary());
    let with_bits = |place: usize, number: f32| [&cube[..place], &number.to_le_bytes(), &cube[place + 4..]].concat();
    // The offset of z of the second corner of triangle 7: after the header, seven records, a normal and five numbers.
    let place = 84 + 7 * 50 + 12 + 5 * 4;
    let nan_place = Some(Byte(place as u64));
    let named_place = "z of corner 2 of triangle 7";
    check([
        Row("NaN", with_bits(place, f32::NAN), NonFiniteCoordinate, nan_place, named_place),
        Row("infinity", with_bits(place, f32::INFINITY), NonFiniteCoordinate, nan_place, named_place),
        Row("minus infinity", with_bits(place, f32::NEG_INFINITY), NonFiniteCoordinate, nan_place, named_place),
        Row(
            "NaN in the first corner",
            with_bits(96, f32::NAN),
            NonFiniteCoordinate,
            Some(Byte(96)),
            "x of corner 1 of triangle 0",
        ),
        Row(
            "infinity in the first corner of many",
            [&many[..96], &f32::INFINITY.to_le_bytes(), &many[100..]].concat(),
            NonFiniteCoordinate,
            Some(Byte(96)),
            "x of corner 1 of triangle 0",
        ),
        Row(
            "zero volume",
            Shape(vec![[[0, 0, 0], [9, 0, 0], [0, 9, 0]], [[0, 0, 0], [0, 9, 0], [9, 0, 0]]]).binary(),
            NoVolume,
            None,
            "enclose nothing",
        ),
        Row(
            "one triangle",
            Shape(vec![[[0, 0, 0], [9, 0, 0], [0, 9, 0]]]).binary(),
            NoVolume,
            None,
            "on average 3.0 edges of each have no neighbour; at most 1.5",
        ),
        Row("all corners in one point", Shape(vec![[[5, 5, 5]; 3]; 4]).binary(), NoVolume, None, "enclose nothing"),
        Row(
            "a part of a light year",
            binary(
                &super::shapes::cube(10).triangles().iter().map(|t| t.map(|c| c.map(|x| x * 1e30))).collect::<Vec<_>>(),
            ),
            TooLarge,
            None,
            "1.000e31 mm",
        ),
    ]);
}

#[test]
fn other_files() {
    let png = [&b"\x89PNG\r\n\x1a\n"[..], &[7; 500]].concat();
    // A linear congruential generator's high bytes.
    let mut state = 1_u64;
    let mut random = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        (state >> 56) as u8
    };
    let noise: Vec<u8> = (0..5000).map(|_| random()).collect();
    let part = sphere(1_000.0, 11, 10).binary();
    let unknown = |name, bytes: &[u8], message| Row(name, bytes.to_vec(), UnknownFormat, None, message);
    let html = "<!DOCTYPE html>\n<html><body>404 Not Found</body></html>";
    check([
        unknown("a PNG", &png, "a PNG image"),
        unknown("random bytes", &noise, "no format that is known"),
        Row("a cut ZIP archive", [&b"PK\x03\x04"[..], &[0; 200]].concat(), Truncated, Some(Byte(204)), "no directory"),
        unknown("prose", "Lorem ipsum dolor sit amet. ".repeat(20).as_bytes(), "no format that is known"),
        unknown("few words", b"Not Found", "no format that is known"),
        unknown(
            "prose that begins like a solid",
            "Solidity is a language. ".repeat(20).as_bytes(),
            "no format that is",
        ),
        unknown("numbers", "0000000 1 0.5 ".repeat(50).as_bytes(), "no format that is known"),
        unknown("an HTML page", html.as_bytes(), "an HTML page"),
        unknown("an HTML page in small letters", html.to_lowercase().as_bytes(), "an HTML page"),
        unknown("an HTML page after blanks", format!("\u{feff}\n  {html}").as_bytes(), "an HTML page"),
        unknown("an error of a store", b"<?xml version=\"1.0\"?><Error><Code>NoSuchKey</Code></Error>", "an XML file"),
        unknown("an error of a service", b"{\"message\": \"not found\"}", "a JSON text"),
        unknown(
            "UTF-16 of no format",
            &"hello".encode_utf16().fold(vec![0xff, 0xfe], |all, c| [all, c.to_le_bytes().to_vec()].concat()),
            "no format that is known",
        ),
        unknown("a byte before binary STL", &[&[0], &part[..]].concat(), "no format that is known"),
        unknown("binary STL without its first byte", &part[1..], "no format that is known"),
        unknown("big-endian numbers", &big_endian(&part), "no format that is known"),
    ]);
}

/// Binary STL whose numbers have their highest byte first.
fn big_endian(file: &[u8]) -> Vec<u8> {
    let mut bytes = file.to_vec();
    bytes[80..84].reverse();
    for record in bytes[84..].chunks_mut(50) {
        record[..48].chunks_mut(4).for_each(<[u8]>::reverse);
    }
    bytes
}

#[test]
fn binary_files_of_bytes_that_are_no_triangles() {
    let part = sphere(1_000.0, 11, 10).binary();
    let count = (part.len() - 84) / 50;
    // The count and the length agree.
    let shifted = [&part[..84], &[7], &part[84..part.len() - 1]].concat();
    let mut state = 1_u64;
    let noise = (0..50 * count).map(|_| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        // No exponent of a NaN.
        (state >> 56) as u8 & 0xbf
    });
    let noise = [&part[..84], &noise.collect::<Vec<_>>()].concat();
    let text = "Lorem ipsum dolor sit amet. ".repeat(count * 2);
    let prose = [&part[..84], &text.as_bytes()[..50 * count]].concat();
    let no_triangle = "are no triangle; the file is damaged, or no STL file";
    check([
        Row("records shifted by a byte", shifted, Malformed, Some(Byte(84)), no_triangle),
        Row("random bytes after a right count", noise, Malformed, Some(Byte(84)), no_triangle),
        Row("prose after a right count", prose, Malformed, Some(Byte(84)), no_triangle),
    ]);
}

#[test]
fn text_files_that_are_cut() {
    let cube = String::from_utf8(cube(10).ascii()).unwrap();
    // Line 1 is `solid`; a facet takes seven lines, so the first vertex is on line 4.
    let cut = |text: &str, place: &str| text.as_bytes()[..text.find(place).unwrap()].to_vec();
    check([
        Row("cut in a loop", cut(&cube, "endloop"), Truncated, Some(Line(7)), "`endloop` after three vertices"),
        Row(
            "cut in a vertex",
            cube.as_bytes()[..cube.find("0e0 0e0\n").unwrap() + 4].to_vec(),
            Truncated,
            Some(Line(4)),
            "a number",
        ),
        Row(
            "cut between facets",
            cube.as_bytes()[..cube.rfind(" facet").unwrap()].to_vec(),
            Truncated,
            Some(Line(79)),
            "`facet` or `endsolid`",
        ),
        Row("no facets", b"solid a\nendsolid a\n".to_vec(), EmptyModel, None, "no facet"),
        Row(
            "cut between facets, lines that end with CR",
            cube.as_bytes()[..cube.rfind(" facet").unwrap()]
                .iter()
                .map(|&b| if b == b'\n' { b'\r' } else { b })
                .collect(),
            Truncated,
            Some(Line(79)),
            "`facet` or `endsolid`",
        ),
        Row("one word", b"solid".to_vec(), Truncated, Some(Line(1)), "`facet` or `endsolid`"),
    ]);
}

#[test]
fn text_files_with_a_wrong_word() {
    let cube = String::from_utf8(cube(10).ascii()).unwrap();
    let with = |from: &str, to: &str| cube.replacen(from, to, 1).into_bytes();
    let first_vertex = cube.lines().nth(3).unwrap();
    check([
        Row(
            "a loop cut, then more facets",
            with("  endloop\n endfacet\n", ""),
            Malformed,
            Some(Line(7)),
            "`endloop` after three vertices is expected, not `facet`",
        ),
        Row(
            "two vertices in a loop",
            with(&format!("{first_vertex}\n"), ""),
            Malformed,
            Some(Line(6)),
            "three to a loop, is expected, not `endloop`",
        ),
        Row(
            "four vertices in a loop",
            with(first_vertex, &format!("{first_vertex}\n{first_vertex}")),
            Malformed,
            Some(Line(7)),
            "not `vertex`",
        ),
        Row(
            "a wrong word after lines that end with CR",
            String::from_utf8(with("vertex 0e0", "vertex width")).unwrap().replace('\n', "\r").into_bytes(),
            Malformed,
            Some(Line(4)),
            "`width`",
        ),
        Row(
            "a wrong word after lines that end in every way",
            String::from_utf8(with("vertex 0e0", "vertex width"))
                .unwrap()
                .replacen('\n', "\r", 1)
                .replacen('\n', "\r\n", 1)
                .into_bytes(),
            Malformed,
            Some(Line(4)),
            "`width`",
        ),
        Row("a normal of two numbers", with("normal 0 0 0", "normal 0 0"), Malformed, Some(Line(3)), "normal"),
        Row(
            "a normal that goes on with a facet",
            with("normal 0 0 0", "normal 0 0\nfacet"),
            Malformed,
            Some(Line(3)),
            "a normal of three numbers is expected, not `facet`",
        ),
        Row(
            "a loop cut, then a facet in capitals after blank lines",
            with("  endloop\n endfacet\n facet", "\n\n FACET"),
            Malformed,
            Some(Line(9)),
            "`endloop` after three vertices is expected, not `FACET`",
        ),
        Row("a word between facets", with(" facet", " surface"), Malformed, Some(Line(2)), "not `surface`"),
        Row(
            "a very long word",
            with("vertex 0e0", &format!("vertex {}", "z".repeat(10_000))),
            Malformed,
            Some(Line(4)),
            "zzz…`",
        ),
        Row(
            "escape sequences in a word",
            with("vertex 0e0", "vertex \u{1b}[31m"),
            Malformed,
            Some(Line(4)),
            r"`\x1b[31m`",
        ),
        Row(
            "one triangle",
            super::shapes::ascii(&super::shapes::cube(10).triangles()[..1]),
            NoVolume,
            None,
            "make no surface: on average 3.0 edges",
        ),
    ]);
}

#[test]
fn text_files_with_a_wrong_number() {
    let cube = String::from_utf8(cube(10).ascii()).unwrap();
    // The first number of the first vertex, in line 4.
    let rows = [
        ("width", Malformed, "a number is expected, not `width`"),
        ("1.0abc", Malformed, "not `1.0abc`"),
        ("1e", Malformed, "not `1e`"),
        ("0x1", Malformed, "not `0x1`"),
        ("-0,5e1", Malformed, "the coordinate `-0,5e1` has a comma"),
        ("1.234,5", Malformed, "`1.234,5` has a comma"),
        ("0,", Malformed, "`0,` has a comma"),
        ("nan", NonFiniteCoordinate, "`nan`"),
        ("-inf", NonFiniteCoordinate, "`-inf`"),
        ("1e39", NonFiniteCoordinate, "`1e39`"),
        ("-1.#QNAN", NonFiniteCoordinate, "`-1.#QNAN`"),
        ("1.#INF00", NonFiniteCoordinate, "`1.#INF00`"),
        ("-nan(ind)", NonFiniteCoordinate, "`-nan(ind)`"),
    ];
    check(rows.map(|(word, code, message)| {
        let bytes = cube.replacen("vertex 0e0", &format!("vertex {word}"), 1).into_bytes();
        Row(word, bytes, code, Some(Line(4)), message)
    }));
}

#[test]
fn text_files_that_are_nearly_a_dialect() {
    let cube = String::from_utf8(cube(10).ascii()).unwrap();
    let with = |from: &str, to: &str| cube.replacen(from, to, 1).into_bytes();
    check([
        Row("`end` alone", with("  endloop", "  end"), Malformed, Some(Line(8)), "not `endfacet`"),
        Row("`end` of something", with("endsolid", "end part"), Malformed, Some(Line(86)), "`solid` after `end`"),
        Row("`outerloops`", with("outer loop", "outerloops"), Malformed, Some(Line(3)), "not `outerloops`"),
        Row("a normal without its keyword", with("normal 0", "0"), Malformed, Some(Line(2)), "`normal` is expected"),
        Row(
            "`end` before a line that begins with `facet`",
            with("endfacet", "end\nfacet"),
            Malformed,
            Some(Line(9)),
            "`endfacet` is expected, not `facet`",
        ),
        Row("prose after the end", format!("{cube}made by hand").into_bytes(), Malformed, Some(Line(87)), "not `made`"),
        Row(
            "binary STL after the end",
            [cube.as_bytes(), &super::shapes::cube(10).binary()].concat(),
            Malformed,
            Some(Line(87)),
            "`facet`",
        ),
    ]);
}

#[test]
fn text_without_facets_is_bounded() {
    let cube = String::from_utf8(cube(10).ascii()).unwrap();
    // `solid part`, 12 facets of seven lines, `endsolid part`.
    let second = Some(Line(1 + 11 * 7 + 1));
    let limit = "1048576 bytes";
    let name = "x".repeat(3 << 20);
    check([
        Row("a name without end", format!("solid {name}").into_bytes(), Malformed, Some(Line(1)), limit),
        Row("a name without end at the end", format!("{cube}solid {name}").into_bytes(), Malformed, second, limit),
        Row("a long name before facets", format!("{cube}solid {name}\n{cube}").into_bytes(), Malformed, second, limit),
        Row("blank lines", format!("solid{}", "\n".repeat(5 << 20)).into_bytes(), Malformed, Some(Line(1)), limit),
        Row("blanks", format!("solid\n{}", " ".repeat(5 << 20)).into_bytes(), Malformed, Some(Line(1)), limit),
        Row(
            "a word for a number, then a long name",
            format!("{}solid {name}\n{cube}", cube.replacen("vertex 0e0", "vertex width", 1)).into_bytes(),
            Malformed,
            Some(Line(4)),
            "`width`",
        ),
    ]);
    // The last facet starts in line 79; the limit on bytes without a facet counts from there.
    let start = cube.rfind("facet normal").unwrap();
    for (more, is_read) in [(0, true), (1, false)] {
        let padding = " ".repeat((1 << 20) + more - (cube.len() - start));
        let bytes = format!("{cube}{padding}{}", &cube[cube.find("facet").unwrap()..]).into_bytes();
        let at_once = measure(&bytes);
        assert_eq!(at_once.is_ok(), is_read, "{more} bytes more than the limit");
        for size in [1 << 14, 4099] {
            assert_eq!(measure_chunks(bytes.chunks(size), &LIMITS), at_once, "in chunks of {size} bytes");
        }
    }
}

/// Asserts each row, with the file in one chunk and in small ones.
fn check(rows: impl IntoIterator<Item = Row>) {
    for Row(name, bytes, code, position, message) in rows {
        let reason = measure_in_any_chunks(name, &bytes).expect_err(name);
        assert_eq!((reason.code, reason.position), (code, position), "{name}: {reason}");
        assert!(reason.message.contains(message), "{name}: {:?} does not say {message:?}", reason.message);
    }
}
