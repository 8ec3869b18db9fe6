//! Tests of the triangles of primitives: their corners, the numbers of their points, and what stands beside them.

use serde_json::json;

use super::*;

/// A view of the data behind that of the tetrahedron.
fn view(offset: usize, length: usize) -> (&'static str, Value) {
    ("/bufferViews/-", json!({ "buffer": 0, "byteOffset": offset, "byteLength": length }))
}

fn accessor(value: Value) -> (&'static str, Value) {
    ("/accessors/-", value)
}

fn primitive(value: Value) -> (&'static str, Value) {
    ("/meshes/0/primitives/0", value)
}

/// The primitive with these accessors.
fn uses(positions: u32, indices: u32) -> (&'static str, Value) {
    primitive(json!({ "attributes": { "POSITION": positions }, "indices": indices }))
}

/// The data of the tetrahedron, and more.
fn behind(more: &[u8]) -> Vec<u8> {
    [&data(), more].concat()
}

fn assert_read(rows: Vec<(&str, Vec<u8>, Vec<Triangle>)>) {
    for (name, bytes, expected) in rows {
        assert_eq!(read(&bytes), Ok(expected), "{name}");
    }
}

#[test]
fn corners_are_read_in_every_form() {
    let indices =
        |component: u32| json!({ "bufferView": 2, "componentType": component, "count": 12, "type": "SCALAR" });
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
    let rows = vec![
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
    ];
    assert_read(rows);
}

#[test]
fn points_are_read_as_numbers_of_every_kind() {
    let positions = |component: u32, is_normalized: bool| json!({ "bufferView": 2, "componentType": component, "normalized": is_normalized, "count": 4, "type": "VEC3" });
    let bytes = |one: u8| POINTS.iter().flatten().map(|&axis| if axis > 0.0 { one } else { 0 }).collect::<Vec<u8>>();
    let words: Vec<u8> = POINTS.iter().flatten().flat_map(|&axis| (32767 * axis as i16).to_le_bytes()).collect();
    let third =
        json!({ "count": 1, "indices": { "bufferView": 2, "componentType": 5121 }, "values": { "bufferView": 3 } });
    let sparse = [vec![3], floats(&[[0.0, 0.0, 0.5]])].concat();
    let halved = mapped(|[x, y, z]| [x, y, z / 2.0]);
    let rows = vec![
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
    ];
    assert_read(rows);
}

#[test]
fn what_is_no_triangle_is_left_out() {
    let rows = vec![
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
    assert_read(rows);
}
