//! Property tests of untrusted bytes as models with indices: OBJ, PLY and OFF.

use proptest::prelude::*;
use test_support::formats::utf16;

use super::changes::changed_files;
use super::checks::model::check;

const CUBE: [[u8; 3]; 8] = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]];
const SIDES: [[u8; 4]; 6] = [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]];
const WORDS: [&str; 33] = [
    "\nv ",
    "\nf ",
    "f 1 2 3\n",
    "f -1 -2 -3\n",
    "v 1 2 3\n",
    "\\\n",
    "#",
    "/",
    "//",
    "\n",
    "\r",
    " ",
    "0",
    "-1",
    "9999999999",
    "1e39",
    "nan",
    "OFF",
    "COFF ",
    "4OFF",
    "BINARY",
    "ply\n",
    "element vertex 8\n",
    "element face 6\n",
    "element tristrips 1\n",
    "property list uchar int vertex_indices\n",
    "property float x\n",
    "format binary_big_endian 1.0\n",
    "end_header\n",
    "\0\0\0\0",
    "\u{feff}",
    "o a\n",
    "g b\n",
];

fn corners(separator: &str) -> String {
    CUBE.map(|[x, y, z]| format!("{separator}{x} {y} {z}\n")).concat()
}

/// A cube in each format.
fn cubes() -> Vec<Vec<u8>> {
    let sides = |first: u8, before: &str| {
        SIDES.map(|side| format!("{before} {}\n", side.map(|corner| (first + corner).to_string()).join(" "))).concat()
    };
    let header = |encoding: &str| {
        format!(
            "ply\nformat {encoding} 1.0\nelement vertex 8\nproperty float x\nproperty float y\nproperty float z\n\
             element face 6\nproperty list uchar int vertex_indices\nend_header\n"
        )
    };
    let binary = |is_big: bool| {
        let mut bytes = header(if is_big { "binary_big_endian" } else { "binary_little_endian" }).into_bytes();
        let number = |mut number: [u8; 4]| {
            if is_big {
                number.reverse();
            }
            number
        };
        bytes.extend(CUBE.iter().flatten().flat_map(|&axis| number(f32::from(axis).to_le_bytes())));
        for side in SIDES {
            bytes.push(4);
            bytes.extend(side.iter().flat_map(|&corner| number(u32::from(corner).to_le_bytes())));
        }
        bytes
    };
    vec![
        format!("{}{}", corners("v "), sides(1, "f")).into_bytes(),
        format!("OFF\n8 6 0\n{}{}", corners(""), sides(0, "4")).into_bytes(),
        format!("{}{}{}", header("ascii"), corners(""), sides(0, "4")).into_bytes(),
        binary(false),
        binary(true),
    ]
}

/// The cube as OBJ in UTF-16.
fn wide_texts() -> Vec<Vec<u8>> {
    let obj = &cubes()[0];
    vec![utf16(obj, false), utf16(obj, true)]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn changed_cubes_are_answered(bytes in changed_files(cubes(), &WORDS)) {
        check(&bytes.0);
    }

    #[test]
    fn changed_texts_in_utf_16_are_answered(bytes in changed_files(wide_texts(), &WORDS)) {
        check(&bytes.0);
    }
}

#[test]
fn a_text_in_utf_16_is_the_same_cube() {
    for bytes in wide_texts() {
        assert_eq!(crate::geometry::measure(&bytes).expect("a cube").geometry.volume_mm3, 1.0);
    }
}

#[test]
fn the_cubes_are_one_cube_in_every_format() {
    let measured: Vec<_> = cubes().iter().map(|bytes| crate::geometry::measure(bytes).expect("a cube")).collect();
    for other in &measured {
        assert_eq!(
            other.geometry, measured[0].geometry,
            "in {} and in {}",
            other.model.format, measured[0].model.format
        );
    }
    assert_eq!(measured[0].geometry.volume_mm3, 1.0);
}
