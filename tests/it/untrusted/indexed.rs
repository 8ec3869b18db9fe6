//! Property tests of untrusted bytes as models with indices: OBJ, PLY, OFF and GLB.

use proptest::prelude::*;
use serde_json::json;
use test_support::formats::{IndexedMesh, glb_file, glb_of_nodes, utf16};

use super::changes::changed_files;
use super::checks::model::check;

const CUBE: [[u8; 3]; 8] = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]];
const SIDES: [[u8; 4]; 6] = [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]];
const WORDS: [&str; 46] = [
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
    "BIN\0",
    "{},",
    "[],",
    "0,",
    "null",
    "\"children\":[0],",
    "\"mesh\":0,",
    "\"scale\":[-1,2,3],",
    "\"mode\":5,",
    "\"byteStride\":1,",
    "\"count\":4294967295,",
    "\"componentType\":5121,",
    "\"skin\":0,",
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

/// The cube in metres as GLB: with an index for each corner, with all else that a document may have, and twice.
fn scenes() -> Vec<Vec<u8>> {
    let corner =
        |side: [u8; 4], corners: [usize; 3]| corners.map(|corner| CUBE[usize::from(side[corner])].map(f32::from));
    let triangles: Vec<_> =
        SIDES.iter().flat_map(|&side| [[0, 1, 2], [0, 2, 3]].map(|corners| corner(side, corners))).collect();
    let mesh = IndexedMesh::of(&triangles);
    let numbers: Vec<u8> = mesh.triangles.as_flattened().iter().map(|&corner| corner as u8).collect();
    let points: Vec<u8> = mesh.points.iter().flat_map(|[x, y, z]| [*x as u8, *y as u8, *z as u8, 0]).collect();
    let document = json!({
        "asset": { "version": "2.0" }, "extensionsRequired": ["KHR_mesh_quantization"],
        "scene": 0, "scenes": [{ "nodes": [0] }],
        "nodes": [{ "children": [1], "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] },
                  { "mesh": 0, "translation": [0, 0, 0], "rotation": [0, 0, 0, 1], "scale": [1, 1, 1] }],
        "meshes": [{ "name": "a", "primitives": [{ "attributes": { "POSITION": 0 }, "indices": 1, "mode": 4 }] }],
        "accessors": [
            { "bufferView": 0, "byteOffset": 0, "componentType": 5121, "normalized": false, "count": 8, "type": "VEC3",
              "sparse": { "count": 1, "indices": { "bufferView": 2, "componentType": 5121 },
                          "values": { "bufferView": 2, "byteOffset": 0 } } },
            { "bufferView": 1, "componentType": 5121, "count": 36, "type": "SCALAR" }],
        "bufferViews": [{ "buffer": 0, "byteLength": 32, "byteStride": 4 },
                        { "buffer": 0, "byteOffset": 32, "byteLength": 36 },
                        { "buffer": 0, "byteOffset": 68, "byteLength": 4 }],
        "buffers": [{ "byteLength": 72 }]
    });
    let first = mesh.points[0].map(|axis| axis as u8);
    assert_eq!(first, [0; 3], "the row that is replaced, by its number and by zeros");
    vec![
        mesh.glb(),
        glb_file(&document, [points, numbers, vec![0; 4]].concat()),
        glb_of_nodes(&[("a", &mesh)], json!([{ "mesh": 0 }, { "mesh": 0, "translation": [3, 0, 0] }])),
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
    fn changed_scenes_are_answered(bytes in changed_files(scenes(), &WORDS)) {
        check(&bytes.0);
    }

    #[test]
    fn changed_texts_in_utf_16_are_answered(bytes in changed_files(wide_texts(), &WORDS)) {
        check(&bytes.0);
    }
}

#[test]
fn the_scenes_are_cubes() {
    for (bytes, count) in scenes().iter().zip([1_u32, 1, 2]) {
        let geometry = crate::geometry::measure(bytes).expect("cubes").geometry;
        assert_eq!((geometry.volume_mm3, geometry.triangle_count), (1e9 * f64::from(count), 12 * u64::from(count)));
    }
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
