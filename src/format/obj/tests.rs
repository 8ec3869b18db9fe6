//! Tests of the reader of OBJ alone. What it makes of whole files is in tests/it/geometry.

use super::*;
use crate::contract::{Position, RejectionCode};
use crate::format::reading;
use crate::mesh::Triangle;

fn read(text: &str) -> Result<Vec<Triangle>, Reason> {
    reading::read(&Obj, text.as_bytes())
}

const CORNERS: &str = "v 0 0 0\nv 1 0 0\nv 0 1 0\nv 0 0 1\n";

#[test]
fn faces_are_read_in_every_form() {
    let [o, x, y, z] = [[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
    let rows: [(&str, &str, &[Triangle]); 15] = [
        ("a triangle", "f 1 2 3\n", &[[o, x, y]]),
        ("without an end of its line", "f 1 2 3", &[[o, x, y]]),
        ("with textures", "f 1/9 2/9 3/9\n", &[[o, x, y]]),
        ("with normals", "f 1//9 2//9 3//9\n", &[[o, x, y]]),
        ("with both", "f 1/9/9 2/9/9 3/9/9\n", &[[o, x, y]]),
        ("from the end", "f -4 -3 -2\n", &[[o, x, y]]),
        ("from the end of what is there", "f -4 -3 -2\nv 5 5 5\nf -5 -4 -3\n", &[[o, x, y], [o, x, y]]),
        ("two ends of lines", "f 1 2 3\r\nf 1 2 4\r\n", &[[o, x, y], [o, x, z]]),
        ("old ends of lines", "f 1 2 3\rf 1 2 4\r", &[[o, x, y], [o, x, z]]),
        ("a line that goes on", "f 1 2 \\\n3\nf 1 \\\r\n2 4", &[[o, x, y], [o, x, z]]),
        ("a comment that goes on", "# \\\nf 1 2 3\nf 1 2 4\n", &[[o, x, z]]),
        ("a comment behind it", "f 1 2 3 # 4\n", &[[o, x, y]]),
        ("blanks", "  \t f  1\t2   3  \n\n\n", &[[o, x, y]]),
        ("other lines", "g a\nusemtl b\ns 1\no c d\nl 1 2\np 1\nvn 0 0 1\nvt 0 0\nf 1 2 3\n", &[[o, x, y]]),
        ("a face of two corners", "f 1 2\nf 1 2 3\n", &[[o, x, y]]),
    ];
    for (name, faces, expected) in rows {
        assert_eq!(read(&format!("{CORNERS}{faces}")), Ok(expected.to_vec()), "{name}");
    }
}

#[test]
fn what_follows_the_coordinates_of_a_vertex_is_left_out() {
    for more in ["", " 1.0", " 0.5", " 1 0 0", " 0.2 0.3 0.4", " 1 0.2 0.3 0.4", " #ff0000", "\t"] {
        let text = format!("v 1 2 3{more}\nv 1e0 0 +0.5{more}\nv -1. .5 0{more}\nf 1 2 3\n");
        assert_eq!(read(&text), Ok(vec![[[1.0, 2.0, 3.0], [1.0, 0.0, 0.5], [-1.0, 0.5, 0.0]]]), "{more:?}");
    }
}

#[test]
fn a_broken_line_is_named() {
    use RejectionCode::{EmptyModel, Malformed, NonFiniteCoordinate, UnsupportedFeature};
    let rows: [(&str, &str, RejectionCode, Option<u64>); 15] = [
        ("no face", "", EmptyModel, None),
        ("surfaces alone", "surf 0 1 0 1 1 2 3 4\nend\n", UnsupportedFeature, None),
        ("vertex 0", "f 0 1 2\n", Malformed, Some(5)),
        ("a vertex past the end", "\nf 1 2 5\n", Malformed, Some(6)),
        ("before the first vertex", "f 1 2 -5\n", Malformed, Some(5)),
        ("a vertex that comes later", "f 1 2 5\nv 1 1 1\n", Malformed, Some(5)),
        ("two faults, the first one first", "f 1 2 9\nv x\n", Malformed, Some(5)),
        ("a corner that is no number", "f 1 2 x\n", Malformed, Some(5)),
        ("a corner without a vertex", "f 1 2 /3\n", Malformed, Some(5)),
        ("a number of many digits", "f 1 2 3000000000000000000000\n", Malformed, Some(5)),
        ("a vertex of two numbers", "v 1 2\n", Malformed, Some(5)),
        ("a decimal comma", "v 1,5 2 3\n", Malformed, Some(5)),
        ("not a number", "v nan 2 3\n", NonFiniteCoordinate, Some(5)),
        ("too large a number", "v 1e39 2 3\n", NonFiniteCoordinate, Some(5)),
        ("no word", "f 1 2 3\n\u{1}\u{2}\n", Malformed, Some(6)),
    ];
    for (name, rest, code, line) in rows {
        let reason = read(&format!("{CORNERS}{rest}")).expect_err(name);
        assert_eq!((reason.code, reason.position), (code, line.map(Position::Line)), "{name}: {reason}");
    }
}

#[test]
fn polygons_that_would_take_too_long_are_refused() {
    let corners: String = (0..20_000).map(|_| " 1").collect();
    let reason = read(&format!("{CORNERS}f{corners}\n")).expect_err("too many corners");
    assert_eq!(reason.code, RejectionCode::UnsupportedFeature, "{reason}");
}
