//! Writers of meshes in the formats that have indices, as small programs of users write them.

use std::collections::HashMap;
use std::fmt::Write;

use pricing_worker::mesh::{Point, Triangle};
use serde_json::{Value, json};

use crate::packing::threemf;

/// A mesh whose triangles share points.
#[derive(Debug, Clone)]
pub struct IndexedMesh {
    /// The points, in the order of their first use.
    pub points: Vec<Point>,
    /// The corners of triangles, by the numbers of their points from 0.
    pub triangles: Vec<[u32; 3]>,
}

impl IndexedMesh {
    /// The mesh of triangles: equal corners are one point.
    pub fn of(triangles: &[Triangle]) -> Self {
        let (mut points, mut numbers) = (Vec::new(), HashMap::new());
        let mut number = |corner: Point| {
            *numbers.entry(corner.map(f32::to_bits)).or_insert_with(|| {
                points.push(corner);
                points.len() as u32 - 1
            })
        };
        let triangles = triangles.iter().map(|triangle| triangle.map(&mut number)).collect();
        Self { points, triangles }
    }

    /// The mesh as OBJ.
    pub fn obj(&self) -> Vec<u8> {
        let mut text = self.lines("v ");
        for [a, b, c] in &self.triangles {
            writeln!(text, "f {} {} {}", a + 1, b + 1, c + 1).expect("a string takes all text");
        }
        text.into_bytes()
    }

    /// The mesh as OFF.
    pub fn off(&self) -> Vec<u8> {
        let counts = format!("OFF\n{} {} 0\n", self.points.len(), self.triangles.len());
        (counts + &self.lines("") + &self.counted_triangles()).into_bytes()
    }

    /// The mesh as PLY in text.
    pub fn ply_text(&self) -> Vec<u8> {
        (self.ply_header("ascii") + &self.lines("") + &self.counted_triangles()).into_bytes()
    }

    /// The mesh as PLY in binary, with the lowest byte first.
    pub fn ply_binary(&self) -> Vec<u8> {
        let mut bytes = self.ply_header("binary_little_endian").into_bytes();
        bytes.extend(point_bytes(&self.points));
        for triangle in &self.triangles {
            bytes.push(3);
            bytes.extend(triangle.iter().flat_map(|corner| corner.to_le_bytes()));
        }
        bytes
    }

    /// The mesh as GLB, with one node.
    pub fn glb(&self) -> Vec<u8> {
        glb_of_nodes(&[("part", self)], &json!([{ "mesh": 0 }]))
    }

    /// The mesh as 3MF, in metres.
    pub fn threemf(&self) -> Vec<u8> {
        threemf(&self.threemf_xml())
    }

    /// The XML of the model in [`threemf`](Self::threemf).
    pub fn threemf_xml(&self) -> Vec<u8> {
        let (mut vertices, mut triangles) = (String::new(), String::new());
        for [x, y, z] in &self.points {
            writeln!(vertices, "<vertex x=\"{x}\" y=\"{y}\" z=\"{z}\" />").expect("a string takes all text");
        }
        for [a, b, c] in &self.triangles {
            writeln!(triangles, "<triangle v1=\"{a}\" v2=\"{b}\" v3=\"{c}\" />").expect("a string takes all text");
        }
        format!(
            "<model unit=\"meter\" xmlns=\"http://schemas.microsoft.com/3dmanufacturing/core/2015/02\"><resources>\
             <object id=\"1\"><mesh><vertices>{vertices}</vertices><triangles>{triangles}</triangles></mesh></object>\
             </resources><build><item objectid=\"1\"/></build></model>"
        )
        .into_bytes()
    }

    /// The mesh as AMF, in metres.
    pub fn amf(&self) -> Vec<u8> {
        let (mut vertices, mut triangles) = (String::new(), String::new());
        for [x, y, z] in &self.points {
            writeln!(vertices, "<vertex><coordinates><x>{x}</x><y>{y}</y><z>{z}</z></coordinates></vertex>")
                .expect("a string takes all text");
        }
        for [a, b, c] in &self.triangles {
            writeln!(triangles, "<triangle><v1>{a}</v1><v2>{b}</v2><v3>{c}</v3></triangle>")
                .expect("a string takes all text");
        }
        format!(
            "<amf unit=\"meter\"><object id=\"0\"><mesh><vertices>{vertices}</vertices><volume>{triangles}</volume></mesh>\
             </object></amf>"
        )
        .into_bytes()
    }

    fn lines(&self, word: &str) -> String {
        let mut text = String::new();
        for [x, y, z] in &self.points {
            writeln!(text, "{word}{x} {y} {z}").expect("a string takes all text");
        }
        text
    }

    fn counted_triangles(&self) -> String {
        let mut text = String::new();
        for [a, b, c] in &self.triangles {
            writeln!(text, "3 {a} {b} {c}").expect("a string takes all text");
        }
        text
    }

    fn ply_header(&self, encoding: &str) -> String {
        let (points, triangles) = (self.points.len(), self.triangles.len());
        format!(
            "ply\nformat {encoding} 1.0\nelement vertex {points}\nproperty float x\nproperty float y\nproperty float z\n\
             element face {triangles}\nproperty list uchar int vertex_indices\nend_header\n"
        )
    }
}

/// Meshes with their names, placed by nodes of which none is a child, as GLB.
pub fn glb_of_nodes(meshes: &[(&str, &IndexedMesh)], nodes: &Value) -> Vec<u8> {
    let (mut data, mut views, mut accessors, mut entries) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for (number, (name, mesh)) in meshes.iter().enumerate() {
        let indices: Vec<u8> = mesh.triangles.as_flattened().iter().flat_map(|corner| corner.to_le_bytes()).collect();
        let indices = (indices, 5125, "SCALAR", 3 * mesh.triangles.len());
        for (bytes, component, shape, count) in [(point_bytes(&mesh.points), 5126, "VEC3", mesh.points.len()), indices]
        {
            accessors
                .push(json!({ "bufferView": views.len(), "componentType": component, "count": count, "type": shape }));
            views.push(json!({ "buffer": 0, "byteOffset": data.len(), "byteLength": bytes.len() }));
            data.extend(bytes);
        }
        let primitive = json!({ "attributes": { "POSITION": 2 * number }, "indices": 2 * number + 1 });
        entries.push(json!({ "name": name, "primitives": [primitive] }));
    }
    let roots: Vec<usize> = (0..nodes.as_array().map_or(0, Vec::len)).collect();
    let document = json!({
        "asset": { "version": "2.0" }, "scene": 0, "scenes": [{ "nodes": roots }], "nodes": nodes, "meshes": entries, "accessors": accessors, "bufferViews": views,
        "buffers": [{ "byteLength": data.len() }]
    });
    glb_file(&document, data)
}

/// A document and its binary data, as GLB.
pub fn glb_file(document: &Value, mut data: Vec<u8>) -> Vec<u8> {
    let mut json = document.to_string().into_bytes();
    json.resize(json.len().next_multiple_of(4), b' ');
    data.resize(data.len().next_multiple_of(4), 0);
    let chunk = |kind: &[u8; 4], bytes: &[u8]| [&(bytes.len() as u32).to_le_bytes()[..], kind, bytes].concat();
    let chunks = [chunk(b"JSON", &json), chunk(b"BIN\0", &data)].concat();
    let length = 12 + chunks.len() as u32;
    [&b"glTF"[..], &2_u32.to_le_bytes(), &length.to_le_bytes(), &chunks].concat()
}

/// A text in UTF-16 with a byte order mark.
pub fn utf16(text: &[u8], is_big: bool) -> Vec<u8> {
    let text = str::from_utf8(text).expect("it is text");
    let bytes = |unit: u16| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() };
    std::iter::once(0xfeff).chain(text.encode_utf16()).flat_map(bytes).collect()
}

fn point_bytes(points: &[Point]) -> Vec<u8> {
    points.iter().flatten().flat_map(|coordinate| coordinate.to_le_bytes()).collect()
}

/// A file of vertices that are as short as they can be, and of faces alone after them: it has more triangles than files of its length
/// mostly have.
#[must_use]
pub fn dense_obj(face_count: usize) -> Vec<u8> {
    let vertices = "v 0 0 0\nv 9 0 0\nv 0 9 0\nv 0 0 9\n";
    let sides = "f 1 3 2\nf 1 2 4\nf 1 4 3\nf 2 3 4\n";
    [vertices, &sides.repeat(face_count / 4)].concat().into_bytes()
}
