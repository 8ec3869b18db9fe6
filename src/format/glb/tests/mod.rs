//! Tests of the GLB reader, on small files that are written here.

mod refused;
mod triangles;

use serde_json::{Value, json};

use super::*;
use crate::contract::{Position, RejectionCode};
use crate::format::reading;
use crate::mesh::{Point, Triangle};

const POINTS: [Point; 4] = [[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
const FACES: [[u16; 3]; 4] = [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]];
/// Where the indices begin in the data of a tetrahedron.
const INDEX_START: usize = 48;

fn read(bytes: &[u8]) -> Result<Vec<Triangle>, Reason> {
    reading::read(&Glb, bytes)
}

fn chunk(kind: [u8; 4], bytes: &[u8], padding: u8) -> Vec<u8> {
    let mut padded = bytes.to_vec();
    padded.resize(bytes.len().next_multiple_of(4), padding);
    [&(padded.len() as u32).to_le_bytes()[..], &kind, &padded].concat()
}

fn of_chunks(version: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = chunks.concat();
    [&b"glTF"[..], &version.to_le_bytes(), &(body.len() as u32 + 12).to_le_bytes(), &body].concat()
}

fn file(json: &Value, data: &[u8]) -> Vec<u8> {
    of_chunks(2, &[chunk(*b"JSON", json.to_string().as_bytes(), b' '), chunk(*b"BIN\0", data, 0)])
}

fn floats(points: &[Point]) -> Vec<u8> {
    points.iter().flatten().flat_map(|number| number.to_le_bytes()).collect()
}

fn data() -> Vec<u8> {
    [floats(&POINTS), FACES.iter().flatten().flat_map(|index| index.to_le_bytes()).collect()].concat()
}

/// The document of a tetrahedron: accessor 0 has its points, accessor 1 its faces.
fn document() -> Value {
    json!({
        "asset": { "version": "2.0" },
        "scene": 0, "scenes": [{ "nodes": [0] }], "nodes": [{ "mesh": 0 }],
        "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0 }, "indices": 1 }] }],
        "accessors": [
            { "bufferView": 0, "componentType": 5126, "count": 4, "type": "VEC3" },
            { "bufferView": 1, "componentType": 5123, "count": 12, "type": "SCALAR" }],
        "bufferViews": [
            { "buffer": 0, "byteLength": 48 },
            { "buffer": 0, "byteOffset": INDEX_START, "byteLength": 24 }],
        "buffers": [{ "byteLength": 72 }]
    })
}

/// The document with values at JSON pointers.
fn with(values: &[(&str, Value)]) -> Value {
    let mut document = document();
    for (pointer, value) in values {
        let (parent, key) = pointer.rsplit_once('/').expect("a pointer");
        match document.pointer_mut(parent).expect(pointer) {
            Value::Array(items) if key == "-" => items.push(value.clone()),
            Value::Array(items) => items[key.parse::<usize>().expect(pointer)] = value.clone(),
            object => object[key] = value.clone(),
        }
    }
    document
}

fn mapped(map: impl Fn(Point) -> Point) -> Vec<Triangle> {
    FACES.iter().map(|face| face.map(|corner| map(POINTS[usize::from(corner)]))).collect()
}

fn tetrahedron() -> Vec<Triangle> {
    mapped(|point| point)
}

fn of_corners(corners: &[[usize; 3]]) -> Vec<Triangle> {
    corners.iter().map(|corners| corners.map(|corner| POINTS[corner])).collect()
}

#[test]
fn nodes_place_meshes() {
    let nodes = |nodes: Value| file(&with(&[("/nodes", nodes)]), &data());
    let half = std::f64::consts::FRAC_1_SQRT_2;
    let turned = |[x, y, z]: Point| [-y, x, z];
    let mirrored =
        |triangles: Vec<Triangle>| -> Vec<Triangle> { triangles.into_iter().map(|[a, b, c]| [a, c, b]).collect() };
    let other_mesh = json!({ "primitives": [{ "attributes": { "POSITION": 99 } }] });
    let rows: Vec<(&str, Vec<u8>, Vec<Triangle>)> = vec![
        (
            "moved",
            nodes(json!([{ "mesh": 0, "translation": [1, 2, 3] }])),
            mapped(|[x, y, z]| [x + 1.0, y + 2.0, z + 3.0]),
        ),
        (
            "a matrix by columns",
            nodes(json!([{ "mesh": 0, "matrix": [0, 1, 0, 0, -1, 0, 0, 0, 0, 0, 1, 0, 5, 0, 0, 1] }])),
            mapped(turned).into_iter().map(|face| face.map(|[x, y, z]| [x + 5.0, y, z])).collect(),
        ),
        (
            "scaled, turned, moved",
            nodes(json!([{ "mesh": 0, "scale": [2, 4, 8], "rotation": [0, 0, half, half], "translation": [0, 0, 1] }])),
            mapped(|[x, y, z]| [-4.0 * y, 2.0 * x, 8.0 * z + 1.0]),
        ),
        ("mirrored", nodes(json!([{ "mesh": 0, "scale": [-1, 1, 1] }])), mirrored(mapped(|[x, y, z]| [-x, y, z]))),
        (
            "a child of a child",
            nodes(
                json!([{ "children": [1], "scale": [2, 2, 2] }, { "children": [2], "translation": [1, 0, 0] }, { "mesh": 0 }]),
            ),
            mapped(|[x, y, z]| [2.0 * x + 2.0, 2.0 * y, 2.0 * z]),
        ),
        (
            "a mesh and a child",
            nodes(json!([{ "mesh": 0, "children": [1] }, { "mesh": 0, "translation": [5, 0, 0] }])),
            [tetrahedron(), mapped(|[x, y, z]| [x + 5.0, y, z])].concat(),
        ),
        (
            "a node that is not placed",
            nodes(json!([{ "mesh": 0 }, { "mesh": 7, "rotation": [0, 0, 0, 0] }])),
            tetrahedron(),
        ),
        ("a mesh that is not placed", file(&with(&[("/meshes/-", other_mesh)]), &data()), tetrahedron()),
        (
            "the default scene",
            file(
                &with(&[
                    ("/nodes", json!([{ "mesh": 0 }, { "mesh": 0, "translation": [5, 0, 0] }])),
                    ("/scenes", json!([{ "nodes": [0] }, { "nodes": [1] }])),
                    ("/scene", json!(1)),
                ]),
                &data(),
            ),
            mapped(|[x, y, z]| [x + 5.0, y, z]),
        ),
        (
            "one scene, and not said that it is the default",
            file(&with(&[("/nodes", json!([{ "mesh": 0 }, { "mesh": 0 }])), ("/scene", Value::Null)]), &data()),
            tetrahedron(),
        ),
        (
            "no scene: all that are no children",
            file(
                &with(&[
                    ("/nodes", json!([{ "mesh": 0 }, { "children": [2] }, { "mesh": 0 }])),
                    ("/scenes", json!([])),
                    ("/scene", Value::Null),
                ]),
                &data(),
            ),
            [tetrahedron(), tetrahedron()].concat(),
        ),
    ];
    for (name, bytes, expected) in rows {
        // The square of a half's root is hardly a half.
        let rounded = read(&bytes)
            .map(|triangles| triangles.iter().map(|face| face.map(|corner| corner.map(f32::round))).collect());
        assert_eq!(rounded, Ok(expected), "{name}");
    }
}

#[test]
fn chunks_stand_in_many_ways() {
    let json = document().to_string();
    let (json, data) = (json.as_bytes(), data());
    let marked = [b"\xef\xbb\xbf", json].concat();
    let bin = || chunk(*b"BIN\0", &data, 0);
    let longer = [of_chunks(2, &[chunk(*b"JSON", json, b' '), bin()]), vec![1, 2, 3]].concat();
    let rows = [
        ("filled with NUL", of_chunks(2, &[chunk(*b"JSON", json, 0), bin()])),
        ("a byte order mark", of_chunks(2, &[chunk(*b"JSON", &marked, b' '), bin()])),
        ("another chunk between", of_chunks(2, &[chunk(*b"JSON", json, b' '), chunk(*b"ABCD", b"1234", 0), bin()])),
        ("another chunk behind", of_chunks(2, &[chunk(*b"JSON", json, b' '), bin(), chunk(*b"ABCD", b"1234", 0)])),
        ("bytes behind", longer),
    ];
    for (name, bytes) in rows {
        assert_eq!(read(&bytes), Ok(tetrahedron()), "{name}");
    }
}

#[test]
fn what_counts_are_large_is_refused_without_a_walk() {
    let zeros = |count: u64| json!({ "componentType": 5126, "count": count, "type": "VEC3" });
    let many = |count: usize, value: &Value| Value::from(vec![value.clone(); count]);
    let primitive = json!({ "attributes": { "POSITION": 0 } });
    let rows = [
        (
            "points without bytes",
            with(&[("/accessors/0", zeros(4_000_000_000)), ("/meshes/0/primitives/0", primitive.clone())]),
        ),
        (
            "as many as can be",
            with(&[("/accessors/0", zeros(u64::MAX)), ("/meshes/0/primitives", many(9, &primitive))]),
        ),
        ("nodes", with(&[("/nodes", many(100_000, &json!({})))])),
        (
            "copies",
            with(&[
                ("/accessors/-", zeros(4_000_000_000)),
                ("/nodes/0/extensions", json!({ "EXT_mesh_gpu_instancing": { "attributes": { "TRANSLATION": 2 } } })),
            ]),
        ),
        ("extensions", with(&[("/extensionsRequired", many(100_000, &json!("")))])),
    ];
    for (name, document) in rows {
        let reason = read(&file(&document, &data())).expect_err(name);
        assert_eq!(reason.code, RejectionCode::TooLarge, "{name}: {reason}");
    }
}

#[test]
fn the_format_is_told_by_its_first_bytes() {
    let named = Hints { format: Some(contract::Format::Glb) };
    let rows = [
        ("glTF\x02\0\0\0", Hints::default(), Claim::Yes),
        ("{\n  \"asset\" : {", Hints::default(), Claim::Yes),
        ("{\"accessors\": [", named, Claim::Yes),
        ("{\"accessors\": [", Hints::default(), Claim::No),
        ("GLTF", named, Claim::No),
        ("", named, Claim::No),
    ];
    for (text, hints, expected) in rows {
        let head = Head { bytes: text.as_bytes(), size_bytes: text.len() as u64 };
        assert_eq!(Glb.claims(&head, &hints), expected, "{text:?}");
    }
}
