//! Tests of the GLB reader, on small files that are written here.

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

fn chunk(kind: &[u8; 4], bytes: &[u8], padding: u8) -> Vec<u8> {
    let mut padded = bytes.to_vec();
    padded.resize(bytes.len().next_multiple_of(4), padding);
    [&(padded.len() as u32).to_le_bytes()[..], kind, &padded].concat()
}

fn of_chunks(version: u32, chunks: &[Vec<u8>]) -> Vec<u8> {
    let body = chunks.concat();
    [&b"glTF"[..], &version.to_le_bytes(), &(body.len() as u32 + 12).to_le_bytes(), &body].concat()
}

fn file(json: &Value, data: &[u8]) -> Vec<u8> {
    of_chunks(2, &[chunk(b"JSON", json.to_string().as_bytes(), b' '), chunk(b"BIN\0", data, 0)])
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
fn triangles_are_read_in_every_form() {
    let primitive = |value: Value| ("/meshes/0/primitives/0", value);
    let accessor = |value: Value| ("/accessors/-", value);
    let view = |offset: usize, length: usize| {
        ("/bufferViews/-", json!({ "buffer": 0, "byteOffset": offset, "byteLength": length }))
    };
    let behind = |more: &[u8]| [&data(), more].concat();
    let indices =
        |component: u32| json!({ "bufferView": 2, "componentType": component, "count": 12, "type": "SCALAR" });
    let uses = |positions: u32, indices: u32| {
        primitive(json!({ "attributes": { "POSITION": positions }, "indices": indices }))
    };
    let small: Vec<u8> = FACES.iter().flatten().map(|&index| index as u8).collect();
    let large: Vec<u8> = FACES.iter().flatten().flat_map(|&index| u32::from(index).to_le_bytes()).collect();
    let strip = |mode: u32| {
        let corners = json!({ "bufferView": 2, "componentType": 5121, "count": 4, "type": "SCALAR" });
        let primitive = primitive(json!({ "attributes": { "POSITION": 0 }, "indices": 2, "mode": mode }));
        file(&with(&[view(72, 4), accessor(corners), primitive]), &behind(&[0, 1, 2, 3]))
    };
    let unshared = floats(tetrahedron().as_flattened());
    let interleaved: Vec<u8> = POINTS.iter().flat_map(|point| [floats(&[*point]), vec![7; 8]].concat()).collect();
    let strided = ("/bufferViews/-", json!({ "buffer": 0, "byteOffset": 76, "byteLength": 76, "byteStride": 20 }));
    let positions = |component: u32, is_normalized: bool| json!({ "bufferView": 2, "componentType": component, "normalized": is_normalized, "count": 4, "type": "VEC3" });
    let bytes = |one: u8| POINTS.iter().flatten().map(|&axis| one * (axis as u8)).collect::<Vec<u8>>();
    let words: Vec<u8> = POINTS.iter().flatten().flat_map(|&axis| (32767 * axis as i16).to_le_bytes()).collect();
    let third =
        json!({ "count": 1, "indices": { "bufferView": 2, "componentType": 5121 }, "values": { "bufferView": 3 } });
    let sparse = [vec![3], floats(&[[0.0, 0.0, 0.5]])].concat();
    let halved = mapped(|[x, y, z]| [x, y, z / 2.0]);
    let rows: Vec<(&str, Vec<u8>, Vec<Triangle>)> = vec![
        ("16 bits an index", file(&document(), &data()), tetrahedron()),
        ("8 bits", file(&with(&[view(72, 12), accessor(indices(5121)), uses(0, 2)]), &behind(&small)), tetrahedron()),
        ("32 bits", file(&with(&[view(72, 48), accessor(indices(5125)), uses(0, 2)]), &behind(&large)), tetrahedron()),
        (
            "no indices",
            file(
                &with(&[
                    view(72, 144),
                    accessor(json!({ "bufferView": 2, "componentType": 5126, "count": 12, "type": "VEC3" })),
                    primitive(json!({ "attributes": { "POSITION": 2 } })),
                ]),
                &behind(&unshared),
            ),
            tetrahedron(),
        ),
        ("a strip", strip(5), of_corners(&[[0, 1, 2], [1, 3, 2]])),
        ("a fan", strip(6), of_corners(&[[1, 2, 0], [2, 3, 0]])),
        (
            "interleaved, from an offset on",
            file(
                &with(&[
                    strided,
                    accessor(
                        json!({ "bufferView": 2, "byteOffset": 0, "componentType": 5126, "count": 4, "type": "VEC3" }),
                    ),
                    uses(2, 1),
                ]),
                &behind(&[&[0; 4][..], &interleaved].concat()),
            ),
            tetrahedron(),
        ),
        (
            "bytes that are normalised",
            file(&with(&[view(72, 12), accessor(positions(5121, true)), uses(2, 1)]), &behind(&bytes(255))),
            tetrahedron(),
        ),
        (
            "bytes that are not",
            file(&with(&[view(72, 12), accessor(positions(5120, false)), uses(2, 1)]), &behind(&bytes(9))),
            mapped(|point| point.map(|axis| 9.0 * axis)),
        ),
        (
            "16 bits that are normalised",
            file(&with(&[view(72, 24), accessor(positions(5122, true)), uses(2, 1)]), &behind(&words)),
            tetrahedron(),
        ),
        (
            "a row replaced",
            file(&with(&[view(72, 1), view(73, 12), ("/accessors/0/sparse", third.clone())]), &behind(&sparse)),
            halved,
        ),
        (
            "rows of zeros, one replaced",
            file(
                &with(&[
                    view(72, 1),
                    view(73, 12),
                    ("/accessors/0", json!({ "componentType": 5126, "count": 4, "type": "VEC3", "sparse": third })),
                ]),
                &behind(&sparse),
            ),
            mapped(|[_, _, z]| [0.0, 0.0, z / 2.0]),
        ),
        (
            "two primitives, and points beside",
            file(
                &with(&[(
                    "/meshes/0/primitives",
                    json!([
                        { "attributes": { "POSITION": 0 }, "mode": 0 },
                        { "attributes": { "POSITION": 0 }, "indices": 1 },
                        { "attributes": { "NORMAL": 0 } },
                        { "attributes": { "POSITION": 0 } },
                    ]),
                )]),
                &data(),
            ),
            [tetrahedron(), of_corners(&[[0, 1, 2]])].concat(),
        ),
        (
            "compressed and plain",
            file(&with(&[("/meshes/0/primitives/0/extensions", json!({ "KHR_draco_mesh_compression": {} }))]), &data()),
            tetrahedron(),
        ),
        (
            "extensions that change no geometry",
            file(
                &with(&[(
                    "/extensionsRequired",
                    json!(["KHR_mesh_quantization", "KHR_materials_unlit", "KHR_texture_basisu"]),
                )]),
                &data(),
            ),
            tetrahedron(),
        ),
        ("weights of zero", file(&with(&[("/meshes/0/weights", json!([0.0, 0]))]), &data()), tetrahedron()),
        (
            "weights of zero at the node",
            file(&with(&[("/meshes/0/weights", json!([1])), ("/nodes/0/weights", json!([0]))]), &data()),
            tetrahedron(),
        ),
    ];
    for (name, bytes, expected) in rows {
        assert_eq!(read(&bytes), Ok(expected), "{name}");
    }
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
            mapped(|point| turned(point)).into_iter().map(|face| face.map(|[x, y, z]| [x + 5.0, y, z])).collect(),
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
    let bin = || chunk(b"BIN\0", &data, 0);
    let longer = [of_chunks(2, &[chunk(b"JSON", json, b' '), bin()]), vec![1, 2, 3]].concat();
    let rows = [
        ("filled with NUL", of_chunks(2, &[chunk(b"JSON", json, 0), bin()])),
        ("a byte order mark", of_chunks(2, &[chunk(b"JSON", &marked, b' '), bin()])),
        ("another chunk between", of_chunks(2, &[chunk(b"JSON", json, b' '), chunk(b"ABCD", b"1234", 0), bin()])),
        ("another chunk behind", of_chunks(2, &[chunk(b"JSON", json, b' '), bin(), chunk(b"ABCD", b"1234", 0)])),
        ("bytes behind", longer),
    ];
    for (name, bytes) in rows {
        assert_eq!(read(&bytes), Ok(tetrahedron()), "{name}");
    }
}

#[test]
fn a_broken_file_is_refused_with_its_place() {
    use RejectionCode::{EmptyModel, Malformed, NonFiniteCoordinate, Truncated, UnsupportedFeature};
    let plain = file(&document(), &data());
    let start = plain.len() - 72;
    let json_end = start - 8;
    let changed = |values: &[(&str, Value)]| file(&with(values), &data());
    let with_data = |at: usize, bytes: &[u8]| {
        let mut data = data();
        data[at..at + bytes.len()].copy_from_slice(bytes);
        file(&document(), &data)
    };
    let word = |at: usize, word: u32| {
        let mut bytes = plain.clone();
        bytes[at..at + 4].copy_from_slice(&word.to_le_bytes());
        bytes
    };
    let rows: Vec<(&str, Vec<u8>, RejectionCode, Option<usize>)> = vec![
        ("four bytes", b"glTF".to_vec(), Truncated, Some(4)),
        ("cut in the JSON", plain[..100].to_vec(), Truncated, Some(100)),
        ("cut in the data", plain[..plain.len() - 1].to_vec(), Truncated, Some(plain.len() - 1)),
        ("a chunk past the end", word(json_end, 4_000_000_000), Truncated, Some(plain.len())),
        ("JSON past the end", word(12, u32::MAX), Truncated, Some(plain.len())),
        ("version 1", of_chunks(1, &[]), UnsupportedFeature, None),
        ("version 1 in the JSON", changed(&[("/asset/version", json!("1.0"))]), UnsupportedFeature, None),
        ("a later version is needed", changed(&[("/asset/minVersion", json!("2.1"))]), UnsupportedFeature, None),
        ("no asset", of_chunks(2, &[chunk(b"JSON", b"{\"nodes\":[]}", b' ')]), Malformed, Some(31)),
        ("no JSON", of_chunks(2, &[chunk(b"BIN\0", b"1234", b' ')]), Malformed, Some(12)),
        ("broken JSON", of_chunks(2, &[chunk(b"JSON", b"{\n\"asset\":x}", b' ')]), Malformed, Some(30)),
        ("text", b"{ \"asset\": { \"version\": \"2.0\" } }".to_vec(), UnsupportedFeature, None),
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
    ];
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
    let named = Hints { format: Some(contract::Format::Glb), ..Hints::default() };
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
