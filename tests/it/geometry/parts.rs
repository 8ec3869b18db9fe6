//! Tests of the parts that an answer lists: solids of STL, objects of OBJ, meshes of GLB with their copies.

use pricing_worker::contract::{Geometry, Part};
use serde_json::json;
use test_support::formats::{IndexedMesh, glb_of_nodes};

use super::measure_in_any_chunks;
use super::shapes::{Shape, ascii, cube, cuboid, torus};

/// A part: its name, copies, triangles, volume and lowest corner.
type Row<'a> = (Option<&'a str>, u64, u64, Option<f64>, [f64; 3]);

fn rows(geometry: &Geometry) -> Vec<Row<'_>> {
    let row = |part: &'_ Part| {
        // A volume of whole millimetres, but for the last digits.
        let volume = part.volume_mm3.map(|volume| (volume * 1e6).round() / 1e6);
        (volume, part.copies, part.triangle_count, part.bounds_mm.min)
    };
    let named = geometry.parts.iter().map(|part| (part.name.as_deref(), row(part)));
    named.map(|(name, (volume, copies, count, min))| (name, copies, count, volume, min)).collect()
}

fn solid(name: &str, shape: &Shape) -> String {
    let text = String::from_utf8(ascii(&shape.triangles())).expect("text");
    text.replace("solid part", &format!("solid {name}"))
}

/// Faces of OBJ that count back, so that they stand anywhere.
fn faces(shape: &Shape) -> String {
    let corners = shape.0.as_flattened().iter().map(|[x, y, z]| format!("v {x} {y} {z}\n"));
    let faces = (0..shape.0.len()).rev().map(|number| {
        let last = 3 * number + 1;
        format!("f -{} -{} -{last}\n", last + 2, last + 1)
    });
    corners.chain(faces).collect()
}

#[test]
fn solids_and_objects_are_parts() {
    let (small, large, open) = (cube(10), cuboid([20, 0, 0], [10, 20, 30]), cube(5).moved([0, 0, 50]).without(2));
    let two: &[Row<'_>] =
        &[(Some("a"), 1, 12, Some(1000.0), [0.0; 3]), (Some("b c"), 1, 12, Some(6000.0), [20.0, 0.0, 0.0])];
    let unnamed: &[Row<'_>] = &[(None, 1, 12, Some(1000.0), [0.0; 3]), (None, 1, 12, Some(6000.0), [20.0, 0.0, 0.0])];
    let with_open = [two, &[(Some("open"), 1, 10, None, [0.0, 0.0, 50.0])]].concat();
    let (s, l) = (faces(&small), faces(&large));
    let late = [unnamed[0], two[1]];
    let (first, second) = s.split_at(s.len() / 2 + s[s.len() / 2..].find('\n').expect("lines") + 1);
    let table: Vec<(&str, String, &[Row<'_>])> = vec![
        ("one solid", solid("a", &small), &[]),
        ("two solids", solid("a", &small) + &solid("b c", &large), two),
        ("solids without names", solid("", &small) + &solid("", &large), unnamed),
        ("an open solid", solid("a", &small) + &solid("b c", &large) + &solid("open", &open), &with_open),
        ("an empty solid between", solid("a", &small) + "solid x\nendsolid x\n" + &solid("b c", &large), two),
        ("one object", format!("o a\n{s}"), &[]),
        ("objects", format!("o a\n{s}o b c\n{l}"), two),
        ("an object before the first name", format!("{s}o x\no b c\n{l}"), &late),
        ("groups", format!("g a\n{s}g b c\n{l}"), two),
        ("a group in pieces", format!("g default\ng a\n{first}g a\n{second}g b c\n{l}"), two),
        ("a group without faces between", format!("g a\n{first}g x\ng a\n{second}g b c\n{l}"), two),
        ("a group in an object in pieces", format!("o a\n{first}g x\n{second}o y\no b c\ng x\n{l}"), two),
        ("groups of objects", format!("o a\ng x\n{s}g y\no b c\ng x\ng z\n{l}"), two),
    ];
    for (name, text, expected) in table {
        let measured = measure_in_any_chunks(name, text.as_bytes()).expect(name);
        assert_eq!(rows(&measured.geometry), expected, "{name}");
        assert_eq!(measured.geometry.parts_left_out, 0, "{name}");
    }
}

#[test]
fn names_may_be_in_latin_1() {
    let text = format!("o bague\n{}o dor?e\n{}", faces(&cube(10)), faces(&cube(10).moved([20, 0, 0])));
    let bytes: Vec<u8> = text.bytes().map(|byte| if byte == b'?' { 0xe9 } else { byte }).collect();
    let parts = measure_in_any_chunks("Latin-1", &bytes).expect("two cubes").geometry.parts;
    assert_eq!(parts[1].name.as_deref(), Some("dorée"));
}

#[test]
fn copies_of_a_mesh_are_one_part() {
    let (link, ring) = (cuboid([0; 3], [1, 2, 3]), cube(1).moved([0, 0, 9]));
    let meshes = [("link", &IndexedMesh::of(&link.triangles())), ("ring", &IndexedMesh::of(&ring.triangles()))];
    let file = glb_of_nodes(
        &meshes,
        &json!([
            { "mesh": 0, "translation": [5, 0, 0] }, { "mesh": 1 }, { "mesh": 0, "scale": [-1, 1, 1] },
            { "mesh": 0, "translation": [10, 0, 0] }
        ]),
    );
    let geometry = measure_in_any_chunks("copies", &file).expect("a model").geometry;
    let mm3 = |m3: f64| Some(m3 * 1e9);
    assert_eq!(
        rows(&geometry),
        [(Some("link"), 3, 12, mm3(6.0), [5000.0, 0.0, 0.0]), (Some("ring"), 1, 12, mm3(1.0), [0.0, 0.0, 9000.0])]
    );
    assert_eq!((geometry.triangle_count, geometry.winding_consistent), (48, true));
    assert_eq!((geometry.volume_mm3 / 1e9).round(), 19.0);
}

#[test]
fn a_part_is_measured_as_a_model_is() {
    // Blocks of the model and of its parts begin at other triangles.
    let shapes = [torus(4000.0, 1500.0, 70, 90), cube(10), torus(40.0, 15.0, 50, 60).moved([10_000, 0, 0])];
    let text: String = shapes.iter().map(|shape| solid("x", shape)).collect();
    let parts = measure_in_any_chunks("tori", text.as_bytes()).expect("three bodies").geometry.parts;
    assert_eq!(parts.len(), shapes.len());
    for (part, shape) in parts.iter().zip(&shapes) {
        let alone = super::measure(&shape.ascii()).expect("a body").geometry;
        assert_eq!((part.volume_mm3, part.bounds_mm), (Some(alone.volume_mm3), alone.bounds_mm));
    }
}
