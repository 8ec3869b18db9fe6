//! Tests of the errors of GLB files, each with its place.

use RejectionCode::{EmptyModel, Malformed, NonFiniteCoordinate, Truncated, UnsupportedFeature};
use serde_json::json;

use super::*;

type Row = (&'static str, Vec<u8>, RejectionCode, Option<usize>);

fn assert_refused(rows: Vec<Row>) {
    for (name, bytes, code, at) in rows {
        match read(&bytes) {
            Ok(triangles) if code == NonFiniteCoordinate => {
                // What a matrix makes of numbers is found where they are measured.
                let is_finite = triangles.as_flattened().as_flattened().iter().all(|number| number.is_finite());
                assert!(!is_finite, "{name}");
            }
            Ok(_) => panic!("{name}: it is read"),
            Err(reason) => {
                let expected = (code, at.map(|at| Position::Byte(at as u64)));
                assert_eq!((reason.code, reason.position), expected, "{name}: {reason}");
            }
        }
    }
}

fn changed(values: &[(&str, Value)]) -> Vec<u8> {
    file(&with(values), &data())
}

#[test]
fn containers_and_documents() {
    let plain = file(&document(), &data());
    let json_end = plain.len() - 80;
    let word = |at: usize, word: u32| {
        let mut bytes = plain.clone();
        bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
        bytes
    };
    assert_refused(vec![
        ("four bytes", b"glTF".to_vec(), Truncated, Some(4)),
        ("cut in the JSON", plain[..100].to_vec(), Truncated, Some(100)),
        ("cut in the data", plain[..plain.len() - 1].to_vec(), Truncated, Some(plain.len() - 1)),
        ("a chunk past the end", word(json_end, 4_000_000_000), Truncated, Some(plain.len())),
        ("JSON past the end", word(12, u32::MAX), Truncated, Some(plain.len())),
        ("version 1", of_chunks(1, &[]), UnsupportedFeature, None),
        ("version 1 in the JSON", changed(&[("/asset/version", json!("1.0"))]), UnsupportedFeature, None),
        ("a later version is needed", changed(&[("/asset/minVersion", json!("2.1"))]), UnsupportedFeature, None),
        ("no asset", of_chunks(2, &[chunk(*b"JSON", b"{\"nodes\":[]}", b' ')]), Malformed, Some(31)),
        ("no JSON", of_chunks(2, &[chunk(*b"BIN\0", b"1234", b' ')]), Malformed, Some(12)),
        ("broken JSON", of_chunks(2, &[chunk(*b"JSON", b"{\n\"asset\":x}", b' ')]), Malformed, Some(30)),
        ("text", b"{ \"asset\": { \"version\": \"2.0\" } }".to_vec(), UnsupportedFeature, None),
    ]);
}

#[test]
fn what_is_not_read_is_named() {
    assert_refused(vec![
        ("Draco", changed(&[("/extensionsRequired", json!(["KHR_draco_mesh_compression"]))]), UnsupportedFeature, None),
        (
            "Draco that is not said to be needed",
            changed(&[
                ("/meshes/0/primitives/0/extensions", json!({ "KHR_draco_mesh_compression": { "bufferView": 0 } })),
                ("/accessors/0", json!({ "componentType": 5126, "count": 4, "type": "VEC3" })),
            ]),
            UnsupportedFeature,
            None,
        ),
        (
            "meshopt",
            changed(&[("/bufferViews/0/extensions", json!({ "EXT_meshopt_compression": { "buffer": 0 } }))]),
            UnsupportedFeature,
            None,
        ),
        (
            "an extension that is not known",
            changed(&[("/extensionsRequired", json!(["ACME_mesh"]))]),
            UnsupportedFeature,
            None,
        ),
        ("another file", changed(&[("/buffers/0/uri", json!("ring.bin"))]), UnsupportedFeature, None),
        ("a skin", changed(&[("/nodes/0/skin", json!(0))]), UnsupportedFeature, None),
        ("a morph", changed(&[("/meshes/0/weights", json!([0, 0.5]))]), UnsupportedFeature, None),
        ("a morph at the node", changed(&[("/nodes/0/weights", json!([1]))]), UnsupportedFeature, None),
        (
            "copies by tables of two lengths",
            changed(&[
                (
                    "/nodes/0/extensions",
                    json!({ "EXT_mesh_gpu_instancing": { "attributes": { "TRANSLATION": 0, "SCALE": 2 } } }),
                ),
                ("/accessors/-", json!({ "componentType": 5126, "count": 3, "type": "VEC3" })),
            ]),
            Malformed,
            None,
        ),
        (
            "copies that are placed nowhere",
            changed(&[
                ("/nodes/0/extensions", json!({ "EXT_mesh_gpu_instancing": { "attributes": { "ROTATION": 2 } } })),
                ("/accessors/-", json!({ "componentType": 5126, "count": 3, "type": "VEC4" })),
            ]),
            Malformed,
            None,
        ),
        ("points alone", changed(&[("/meshes/0/primitives/0/mode", json!(0))]), EmptyModel, None),
        ("lines alone", changed(&[("/meshes/0/primitives/0/mode", json!(3))]), EmptyModel, None),
        ("no node", changed(&[("/scenes/0/nodes", json!([]))]), EmptyModel, None),
        ("no mesh", changed(&[("/nodes/0", json!({}))]), EmptyModel, None),
    ]);
}

#[test]
fn numbers_that_lead_nowhere_and_trees_that_are_none() {
    assert_refused(vec![
        ("a mode of seven", changed(&[("/meshes/0/primitives/0/mode", json!(7))]), Malformed, None),
        ("a node that is not there", changed(&[("/scenes/0/nodes", json!([1]))]), Malformed, None),
        ("a child that is not there", changed(&[("/nodes/0/children", json!([9]))]), Malformed, None),
        ("a mesh that is not there", changed(&[("/nodes/0/mesh", json!(1))]), Malformed, None),
        ("a scene that is not there", changed(&[("/scene", json!(1))]), Malformed, None),
        ("an accessor that is not there", changed(&[("/meshes/0/primitives/0/indices", json!(2))]), Malformed, None),
        ("a view that is not there", changed(&[("/accessors/0/bufferView", json!(2))]), Malformed, None),
        ("a buffer that is not there", changed(&[("/bufferViews/0/buffer", json!(1))]), Malformed, None),
        ("a node in itself", changed(&[("/nodes/0/children", json!([0]))]), Malformed, None),
        ("a ring of nodes", changed(&[("/nodes", json!([{ "children": [1] }, { "children": [0] }]))]), Malformed, None),
        (
            "a ring that no scene has",
            changed(&[
                ("/nodes", json!([{ "children": [1], "mesh": 0 }, { "children": [0] }])),
                ("/scenes", json!([])),
                ("/scene", Value::Null),
            ]),
            EmptyModel,
            None,
        ),
        (
            "two parents",
            changed(&[("/nodes", json!([{ "children": [1, 2] }, { "children": [2] }, { "mesh": 0 }]))]),
            Malformed,
            None,
        ),
        ("a node in the scene twice", changed(&[("/scenes/0/nodes", json!([0, 0]))]), Malformed, None),
        ("no rotation", changed(&[("/nodes/0/rotation", json!([0, 0, 0, 0]))]), Malformed, None),
        (
            "a perspective",
            changed(&[("/nodes/0/matrix", json!([1, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]))]),
            Malformed,
            None,
        ),
        ("a number above all", changed(&[("/nodes/0/scale", json!([1e308, 1e308, 1e308]))]), NonFiniteCoordinate, None),
    ]);
}

#[test]
fn tables() {
    let start = file(&document(), &data()).len() - 72;
    let with_data = |at: usize, bytes: &[u8]| {
        let mut data = data();
        data[at..at + bytes.len()].copy_from_slice(bytes);
        file(&document(), &data)
    };
    assert_refused(vec![
        ("more rows than there are", changed(&[("/accessors/0/count", json!(4_000_000_000_u64))]), Malformed, None),
        ("an offset above all numbers", changed(&[("/accessors/0/byteOffset", json!(u64::MAX))]), Malformed, None),
        ("a view past the end", changed(&[("/bufferViews/0/byteLength", json!(u64::MAX))]), Malformed, None),
        ("rows that overlap", changed(&[("/bufferViews/0/byteStride", json!(4))]), Malformed, None),
        ("points of the wrong shape", changed(&[("/accessors/0/type", json!("VEC4"))]), Malformed, None),
        ("indices as fractions", changed(&[("/accessors/1/componentType", json!(5126))]), Malformed, None),
        ("no vertex", with_data(INDEX_START, &4_u16.to_le_bytes()), Malformed, Some(start + INDEX_START)),
        ("no index: a strip ends", with_data(INDEX_START + 6, &[0xff; 2]), Malformed, Some(start + INDEX_START + 6)),
        ("NaN", with_data(16, &f32::NAN.to_le_bytes()), NonFiniteCoordinate, Some(start + 12)),
        ("infinity", with_data(0, &f32::INFINITY.to_le_bytes()), NonFiniteCoordinate, Some(start)),
        (
            "replaced rows that are not there",
            changed(&[(
                "/accessors/0/sparse",
                json!({ "count": 1, "indices": { "bufferView": 1, "byteOffset": 2, "componentType": 5125 },
                        "values": { "bufferView": 0 } }),
            )]),
            Malformed,
            None,
        ),
        (
            "replaced rows past the end",
            changed(&[(
                "/accessors/0/sparse",
                json!({ "count": 5, "indices": { "bufferView": 1, "componentType": 5121 }, "values": { "bufferView": 0 } }),
            )]),
            Malformed,
            None,
        ),
    ]);
}
