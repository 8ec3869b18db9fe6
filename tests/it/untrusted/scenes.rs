//! Tests of untrusted GLB: scenes with changes, and scenes whose JSON has as much as it can of one thing.

use proptest::prelude::*;
use serde_json::{Value, json};
use test_support::formats::{IndexedMesh, glb_file, glb_of_nodes};
use test_support::shapes::cube;

use super::changes::changed_files;
use super::checks::model::check;

const WORDS: [&str; 16] = [
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
    "\"type\":\"SCALAR\",",
    "\"skin\":0,",
    "1e308",
    "-1",
];

/// A cube in metres: with an index of 32 bits for each corner; with all else that a document may have; and twice.
fn scenes() -> Vec<Vec<u8>> {
    let mesh = IndexedMesh::of(&cube(1).triangles());
    let numbers: Vec<u8> = mesh.triangles.as_flattened().iter().map(|&corner| corner as u8).collect();
    let byte = |coordinate: f32| u8::from(coordinate > 0.0);
    let points: Vec<u8> = mesh.points.iter().flat_map(|[x, y, z]| [byte(*x), byte(*y), byte(*z), 0]).collect();
    // The row of the origin is replaced: four zeros are its number and its numbers.
    let origin = mesh.points.iter().position(|point| *point == [0.0; 3]).expect("a corner of the cube");
    assert_eq!(origin, 0, "the first corner");
    let document = json!({
        "asset": { "version": "2.0" }, "extensionsRequired": ["KHR_mesh_quantization"],
        "scene": 0, "scenes": [{ "nodes": [0] }],
        "nodes": [{ "children": [1], "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1] },
                  { "mesh": 0, "translation": [0, 0, 0], "rotation": [0, 0, 0, 1], "scale": [1, 1, 1],
                    "extensions": { "EXT_mesh_gpu_instancing": { "attributes": { "TRANSLATION": 2 } } } }],
        "meshes": [{ "name": "a", "primitives": [{ "attributes": { "POSITION": 0 }, "indices": 1, "mode": 4 }] }],
        "accessors": [
            { "bufferView": 0, "byteOffset": 0, "componentType": 5121, "normalized": false, "count": 8, "type": "VEC3",
              "sparse": { "count": 1, "indices": { "bufferView": 2, "componentType": 5121 },
                          "values": { "bufferView": 2, "byteOffset": 0 } } },
            { "bufferView": 1, "componentType": 5121, "count": 36, "type": "SCALAR" },
            { "componentType": 5126, "count": 1, "type": "VEC3" }],
        "bufferViews": [{ "buffer": 0, "byteLength": 32, "byteStride": 4 },
                        { "buffer": 0, "byteOffset": 32, "byteLength": 36 },
                        { "buffer": 0, "byteOffset": 68, "byteLength": 4 }],
        "buffers": [{ "byteLength": 72 }]
    });
    vec![
        mesh.glb(),
        glb_file(&document, [points, numbers, vec![0; 4]].concat()),
        glb_of_nodes(&[("a", &mesh)], &json!([{ "mesh": 0 }, { "mesh": 0, "translation": [3, 0, 0] }])),
    ]
}

/// A document of a cube that is placed, with another value for one key.
fn with(key: &str, value: Value) -> Vec<u8> {
    let mesh = IndexedMesh::of(&cube(1).triangles());
    let mut document = json!({
        "asset": { "version": "2.0" }, "nodes": [{ "mesh": 0 }],
        "meshes": [{ "primitives": [{ "attributes": { "POSITION": 0 }, "indices": 1 }] }],
        "accessors": [{ "bufferView": 0, "componentType": 5126, "count": 8, "type": "VEC3" },
                      { "bufferView": 1, "componentType": 5121, "count": 36, "type": "SCALAR" }],
        "bufferViews": [{ "buffer": 0, "byteLength": 96 }, { "buffer": 0, "byteOffset": 96, "byteLength": 36 }],
        "buffers": [{}]
    });
    document[key] = value;
    let points = mesh.points.iter().flatten().flat_map(|coordinate| coordinate.to_le_bytes());
    let corners = mesh.triangles.as_flattened().iter().map(|&corner| corner as u8);
    glb_file(&document, points.chain(corners).collect())
}

fn many(count: usize, value: &Value) -> Value {
    Value::from(vec![value.clone(); count])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn changed_scenes_are_answered(bytes in changed_files(scenes(), &WORDS)) {
        check(&bytes.0);
    }
}

#[test]
fn the_scenes_are_cubes() {
    for (bytes, count) in scenes().iter().zip([1_u32, 1, 2]) {
        let geometry = crate::geometry::measure(bytes).expect("cubes").geometry;
        let expected = (1e9 * f64::from(count), 12 * u64::from(count));
        assert_eq!((geometry.volume_mm3, geometry.triangle_count), expected);
    }
}

/// Three bytes of JSON may become hundreds in memory, which are planned.
#[test]
fn a_document_of_many_entries_keeps_to_its_memory() {
    const MOST: usize = 1 << 16;
    let primitive = json!({ "attributes": { "POSITION": 0 }, "indices": 1 });
    let attributes: serde_json::Map<String, Value> =
        (0..100_000).map(|number| (format!("_A{number}"), json!(0))).chain([("POSITION".into(), json!(0))]).collect();
    let chain =
        (0..MOST).map(|node| if node + 1 < MOST { json!({ "children": [node + 1] }) } else { json!({ "mesh": 0 }) });
    let mut nested = json!(0);
    for _ in 0..100 {
        nested = json!([nested]);
    }
    let rows = [
        ("nodes", with("nodes", many(MOST, &json!({})))),
        ("nodes that place a mesh", with("nodes", many(MOST, &json!({ "mesh": 0 })))),
        ("nodes with a place", with("nodes", many(30_000, &json!({ "mesh": 0, "scale": [1, 1, 1] })))),
        ("a chain of nodes", with("nodes", chain.collect())),
        ("children that are not there", with("nodes", json!([{ "children": many(500_000, &json!(9)) }]))),
        ("scenes", with("scenes", many(MOST, &json!({ "nodes": [0] })))),
        ("nodes of a scene", with("scenes", json!([{ "nodes": many(500_000, &json!(0)) }]))),
        ("meshes", with("meshes", many(MOST, &json!({})))),
        ("primitives", with("meshes", json!([{ "primitives": many(MOST, &primitive) }]))),
        ("attributes", with("meshes", json!([{ "primitives": [{ "attributes": attributes, "indices": 1 }] }]))),
        ("weights", with("meshes", json!([{ "primitives": [primitive], "weights": many(500_000, &json!(0)) }]))),
        ("a name", with("meshes", json!([{ "primitives": [primitive], "name": "x".repeat(1 << 20) }]))),
        ("accessors", with("accessors", many(30_000, &json!({ "componentType": 5126, "count": 9, "type": "VEC3" })))),
        ("views", with("bufferViews", many(MOST, &json!({ "buffer": 0, "byteLength": 1 })))),
        ("buffers", with("buffers", many(MOST, &json!({ "uri": "" })))),
        ("extensions", with("extensionsRequired", many(MOST, &json!("")))),
        ("what is not read", with("extras", json!([many(300_000, &json!({})), nested]))),
    ];
    for (name, bytes) in rows {
        // The check tells the bytes, which are too many for a reader.
        if let Err(panic) = std::panic::catch_unwind(|| check(&bytes)) {
            eprintln!("{name}: {} bytes", bytes.len());
            std::panic::resume_unwind(panic);
        }
    }
}
