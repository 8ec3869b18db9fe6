//! Images of a model that leave its solid as it is: turned, moved, shuffled, and written as text.

use std::io::Cursor;

use pricing_worker::mesh::Triangle;
use test_support::checks::solid::turned_by_angles;

use super::shapes::{ascii, binary, shuffled};

/// The files of a model's images, each with its name. A turn by an angle rounds each corner to `f32`.
pub fn images(triangles: &[Triangle]) -> Vec<(&'static str, Vec<u8>)> {
    let mapped = |corner: &dyn Fn([f32; 3]) -> [f32; 3]| -> Vec<Triangle> {
        triangles.iter().map(|triangle| triangle.map(corner)).collect()
    };
    vec![
        ("as text", ascii(triangles)),
        ("as binary", binary(triangles)),
        ("shuffled", binary(&shuffled(triangles))),
        ("turned, so that x is y", binary(&mapped(&|[x, y, z]| [z, x, y]))),
        ("turned by a quarter", binary(&mapped(&|[x, y, z]| [-y, x, z]))),
        ("upside down", binary(&mapped(&|[x, y, z]| [x, -y, -z]))),
        ("turned by angles", binary(&turned_by_angles(triangles))),
        ("turned by angles and shuffled, as text", ascii(&shuffled(&turned_by_angles(triangles)))),
        ("moved", binary(&mapped(&|[x, y, z]| [x + 64.0, y - 32.0, z + 16.0]))),
    ]
}

/// The triangles of a file, read by another program.
pub fn triangles(bytes: &[u8]) -> Vec<Triangle> {
    let mut cursor = Cursor::new(bytes);
    let reader = stl_io::create_stl_reader(&mut cursor).expect("an STL file");
    reader.map(|triangle| triangle.expect("a triangle").vertices.map(|vertex| vertex.0)).collect()
}
