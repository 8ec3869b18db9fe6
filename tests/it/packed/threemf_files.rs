//! 3MF files of cubes, as the tests write them.

use test_support::packing::{Zipped, zip};

const CORNERS: [[u8; 3]; 8] = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]];
const SIDES: [[u8; 4]; 6] = [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]];
pub const CORE: &str = "http://schemas.microsoft.com/3dmanufacturing/core/2015/02";
pub const PRODUCTION: &str = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06";

/// A mesh of cubes with their lowest corners at these places, one after another.
pub fn mesh_of_cubes(size: f64, places: &[[f64; 3]]) -> String {
    let vertex = |place: [f64; 3], corner: [u8; 3]| {
        let [x, y, z] = [0, 1, 2].map(|axis| place[axis] + size * f64::from(corner[axis]));
        format!("<vertex x=\"{x}\" y=\"{y}\" z=\"{z}\"/>\n")
    };
    let triangles_of = |cube: usize, side: [u8; 4]| {
        let [a, b, c, d] = side.map(|corner| 8 * cube + usize::from(corner));
        format!("<triangle v1=\"{a}\" v2=\"{b}\" v3=\"{c}\"/><triangle v1=\"{a}\" v2=\"{c}\" v3=\"{d}\"/>\n")
    };
    let vertices =
        places.iter().flat_map(|&place| CORNERS.map(|corner| vertex(place, corner))).collect::<Vec<_>>().concat();
    let cubes = 0..places.len();
    let triangles = cubes.flat_map(|cube| SIDES.map(|side| triangles_of(cube, side))).collect::<Vec<_>>().concat();
    format!("<mesh><vertices>{vertices}</vertices><triangles>{triangles}</triangles></mesh>")
}

/// A mesh of a cube with its lowest corner at the origin.
pub fn cube(size: f64) -> String {
    mesh_of_cubes(size, &[[0.0; 3]])
}

pub fn object(id: u32, contents: &str) -> String {
    format!("<object id=\"{id}\">{contents}</object>")
}

pub fn components(placed: &[(u32, &str)]) -> String {
    let component = |(id, transform): &(u32, &str)| format!("<component objectid=\"{id}\"{}/>", attribute(transform));
    format!("<components>{}</components>", placed.iter().map(component).collect::<Vec<_>>().concat())
}

pub fn items(placed: &[(u32, &str)]) -> String {
    let item = |(id, transform): &(u32, &str)| format!("<item objectid=\"{id}\"{}/>", attribute(transform));
    placed.iter().map(item).collect::<Vec<_>>().concat()
}

fn attribute(transform: &str) -> String {
    if transform.is_empty() { String::new() } else { format!(" transform=\"{transform}\"") }
}

/// The XML of a model: attributes of its root, resources and items.
pub fn model(attributes: &str, resources: &str, items: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<model xmlns=\"{CORE}\" xmlns:p=\"{PRODUCTION}\" {attributes}>\n\
         <resources>{resources}</resources>\n<build>{items}</build>\n</model>\n"
    )
}

/// A model of a cube of 10 with some item attributes and object attributes in place of the usual ones.
pub fn cube_model(attributes: &str) -> String {
    model(attributes, &object(1, &cube(10.0)), &items(&[(1, "")]))
}

pub const CONTENT_TYPES: &str = "<Types xmlns=\"http://schemas.openxmlformats.org/package/2006/content-types\"><Default \
     Extension=\"model\" ContentType=\"application/vnd.ms-package.3dmanufacturing-3dmodel+xml\"/></Types>";

pub fn relationships(target: &str) -> String {
    format!(
        "<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\"><Relationship Id=\"r\" \
         Target=\"{target}\" Type=\"http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel\"/></Relationships>"
    )
}

/// The files of a package with this model, and others.
pub fn files(model: &str, others: &[(&str, &str)]) -> Vec<Zipped> {
    let mut files = vec![
        Zipped::new("[Content_Types].xml", CONTENT_TYPES.as_bytes()),
        Zipped::new("_rels/.rels", relationships("/3D/3dmodel.model").as_bytes()),
        Zipped::new("3D/3dmodel.model", model.as_bytes()),
    ];
    files.extend(others.iter().map(|(name, text)| Zipped::new(name, text.as_bytes())));
    files
}

/// A 3MF file of this model, and others.
pub fn package_with(model: &str, others: &[(&str, &str)]) -> Vec<u8> {
    zip(&files(model, others))
}

pub fn package(model: &str) -> Vec<u8> {
    package_with(model, &[])
}
