//! Tests of AMF.

use pricing_worker::contract::FindingCode::ObjectsLeftOut;
use pricing_worker::contract::RejectionCode::{
    EmptyModel, Malformed, NonFiniteCoordinate, TooLarge, Truncated, UnsupportedFeature,
};
use pricing_worker::contract::{Format, Unit};
use test_support::packing::{Zipped, gzip, zip};

use super::{Refused, check_refused, check_unit, measured};
use crate::geometry::{assert_close, codes};

const CORNERS: [[u8; 3]; 8] = [[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0], [0, 0, 1], [1, 0, 1], [1, 1, 1], [0, 1, 1]];
const SIDES: [[u8; 4]; 6] = [[0, 3, 2, 1], [4, 5, 6, 7], [0, 1, 5, 4], [1, 2, 6, 5], [2, 3, 7, 6], [3, 0, 4, 7]];

/// The vertices of cubes of 10, each so far along x.
pub fn vertices(places: &[f64]) -> String {
    let vertex = |place: f64, [x, y, z]: [u8; 3]| {
        let [x, y, z] = [place + 10.0 * f64::from(x), 10.0 * f64::from(y), 10.0 * f64::from(z)];
        format!("<vertex><coordinates><x>{x}</x><y>{y}</y><z>{z}</z></coordinates></vertex>\n")
    };
    let all = places.iter().flat_map(|&place| CORNERS.map(|corner| vertex(place, corner)));
    format!("<vertices>{}</vertices>", all.collect::<String>())
}

/// The triangles of one of these cubes.
fn triangles(cube: usize) -> String {
    let triangle = |[a, b, c]: [u8; 3]| {
        let [a, b, c] = [a, b, c].map(|corner| 8 * cube + usize::from(corner));
        format!("<triangle><v1>{a}</v1><v2>{b}</v2><v3>{c}</v3></triangle>\n")
    };
    SIDES.map(|[a, b, c, d]| [triangle([a, b, c]), triangle([a, c, d])].concat()).concat()
}

pub fn volume(attributes: &str, cube: usize, more: &str) -> String {
    format!("<volume {attributes}>{}{more}</volume>", triangles(cube))
}

pub fn object(id: u32, places: &[f64]) -> String {
    let volumes: String = (0..places.len()).map(|cube| volume("", cube, "")).collect();
    format!("<object id=\"{id}\"><mesh>{}{volumes}</mesh></object>", vertices(places))
}

pub fn constellation(id: u32, instances: &[(u32, &str)]) -> String {
    let instance = |(id, numbers): &(u32, &str)| format!("<instance objectid=\"{id}\">{numbers}</instance>");
    format!("<constellation id=\"{id}\">{}</constellation>", instances.iter().map(instance).collect::<String>())
}

pub fn amf(attributes: &str, contents: &str) -> String {
    format!("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!-- made up -->\n<amf {attributes}>{contents}</amf>\n")
}

pub fn file(contents: &str) -> Vec<u8> {
    amf("unit=\"millimeter\" version=\"1.1\"", contents).into_bytes()
}

#[test]
fn units_are_those_of_the_file() {
    let units = [
        ("micrometer", Unit::Micron),
        ("millimeter", Unit::Mm),
        ("Millimeter", Unit::Mm),
        ("inch", Unit::Inch),
        ("feet", Unit::Foot),
        ("meter", Unit::M),
    ];
    for (name, unit) in units {
        check_unit(name, amf(&format!("unit=\"{name}\""), &object(0, &[0.0])).as_bytes(), unit);
    }
}

#[test]
fn objects_volumes_and_constellations_are_measured() {
    let (one, plain) = (object(1, &[0.0]), file(&object(1, &[0.0])));
    let placed = |numbers: &str| file(&[&one[..], &constellation(2, &[(1, numbers)])].concat());
    let pair = constellation(2, &[(1, ""), (1, "<deltax>20</deltax>")]);
    let of_pairs = constellation(3, &[(2, ""), (2, "<deltay>20</deltay>")]);
    let rows = [
        ("plain", plain.clone(), 1000.0, 12),
        ("in a ZIP archive", zip(&[Zipped::new("part.amf", &plain)]), 1000.0, 12),
        ("in a gzip file", gzip(&plain), 1000.0, 12),
        ("volumes", file(&object(1, &[0.0, 20.0])), 2000.0, 24),
        ("volumes that share a space", file(&object(1, &[0.0, 5.0])), 1500.0, 24),
        ("objects", file(&[object(1, &[0.0]), object(2, &[20.0])].concat()), 2000.0, 24),
        ("a constellation", file(&[&one[..], &pair].concat()), 2000.0, 24),
        ("constellations of one another", file(&[&of_pairs[..], &one, &pair].concat()), 4000.0, 48),
        ("an object beside a constellation", file(&[&one[..], &pair, &object(5, &[50.0])].concat()), 3000.0, 36),
        ("scaled, as PrusaSlicer has it", placed("<scale>2</scale><scalex>3</scalex>"), 24_000.0, 12),
        ("mirrored, as PrusaSlicer has it", placed("<mirrorx>1</mirrorx>"), 1000.0, 12),
        (
            "other elements",
            file(&[&one[..], "<material id=\"1\"><color><r>1</r></color></material><x>1</x>"].concat()),
            1000.0,
            12,
        ),
    ];
    for (name, bytes, volume, triangles) in rows {
        let measured = measured(name, &bytes);
        assert_eq!((measured.model.format, measured.geometry.triangle_count), (Format::Amf, triangles), "{name}");
        assert_close(measured.geometry.volume_mm3, volume, 1e-12, name);
        assert!(measured.geometry.winding_consistent, "{name}");
    }
    let turned = measured("turned", &placed("<rx>90</rx><rz>90</rz><deltax>100</deltax>"));
    let bounds = turned.geometry.bounds_mm;
    // About x first: y becomes z, and z becomes -y; then about z: x becomes y, and -y becomes x.
    assert_eq!((bounds.min, bounds.max), ([100.0, 0.0, 0.0], [110.0, 10.0, 10.0]));
}

#[test]
fn what_is_no_model_is_left_out() {
    let with = |second: &str| {
        let volumes = [&volume("", 0, "")[..], second].concat();
        file(&format!(
            "<object id=\"1\"><metadata type=\"name\">part</metadata><mesh>{}{volumes}</mesh></object>",
            vertices(&[0.0, 5.0])
        ))
    };
    let metadata = |kind: &str, value: &str| format!("<metadata type=\"{kind}\">{value}</metadata>");
    let unprinted = constellation(2, &[(1, ""), (1, "<deltax>20</deltax><printable>0</printable>")]);
    let rows = [
        ("a support", with(&volume("type=\"support\"", 1, ""))),
        ("a modifier of Slic3r", with(&volume("", 1, &metadata("slic3r.modifier", "1")))),
        ("a modifier of PrusaSlicer", with(&volume("", 1, &metadata("slic3r.volume_type", "ParameterModifier")))),
        ("an instance that is not printed", file(&[&object(1, &[0.0])[..], &unprinted].concat())),
    ];
    for (name, bytes) in rows {
        let measured = measured(name, &bytes);
        assert_close(measured.geometry.volume_mm3, 1000.0, 1e-12, name);
        assert_eq!(codes(&measured), [ObjectsLeftOut], "{name}");
    }
    let both = measured("two parts", &with(&volume("", 1, &metadata("slic3r.volume_type", "ModelPart"))));
    assert_close(both.geometry.volume_mm3, 1500.0, 1e-12, "two parts");
}

#[test]
fn wrong_and_curved_models_are_refused() {
    let plain = String::from_utf8(file(&object(1, &[0.0]))).expect("it is text");
    let changed = |from: &str, to: &str| {
        assert!(plain.contains(from), "{from}");
        plain.replacen(from, to, 1).into_bytes()
    };
    let normal = "</coordinates><normal><nx>0</nx><ny>0</ny><nz>1</nz></normal></vertex>";
    let negative = "<metadata type=\"slic3r.volume_type\">NegativeVolume</metadata></volume>";
    let circle = [constellation(2, &[(3, "")]), constellation(3, &[(2, "")])].concat();
    let placed = |numbers: &str| file(&[object(1, &[0.0]), constellation(2, &[(1, numbers)])].concat());
    let mut tower = object(1, &[0.0]);
    for level in 2..=64 {
        tower += &constellation(level, &[(level - 1, ""), (level - 1, "<deltax>20</deltax>")]);
    }
    check_refused([
        Refused("curved by normals", changed("</coordinates></vertex>", normal), UnsupportedFeature, "normals"),
        Refused(
            "curved by edges",
            changed("</vertices>", "<edge><v1>0</v1></edge></vertices>"),
            UnsupportedFeature,
            "edges",
        ),
        Refused("a negative volume", changed("</volume>", negative), UnsupportedFeature, "negative volumes"),
        Refused("an unknown unit", amf("unit=\"furlong\"", &object(1, &[0.0])).into_bytes(), Malformed, "furlong"),
        Refused("a vertex past the end", changed("<v1>0<", "<v1>8<"), Malformed, "the vertex 8; its mesh has 8"),
        Refused("no corner", changed("<v3>2</v3>", ""), Malformed, "v1, v2 and v3"),
        Refused("no number", changed("<x>10<", "<x>ten<"), Malformed, "`ten`"),
        Refused("no coordinate", changed("<x>10</x>", ""), Malformed, "x, y and z"),
        Refused("NaN", changed("<x>10<", "<x>NaN<"), NonFiniteCoordinate, "NaN"),
        Refused("too large for 32 bits", changed("<x>10<", "<x>1e39<"), NonFiniteCoordinate, "1e39"),
        Refused("an object without id", changed("object id=\"1\"", "object"), Malformed, "id is"),
        Refused(
            "two objects of one id",
            file(&[object(1, &[0.0]), object(1, &[0.0])].concat()),
            Malformed,
            "constellations 1",
        ),
        Refused("a missing object", file(&constellation(2, &[(7, "")])), Malformed, "object 7"),
        Refused("constellations in a circle", file(&circle), Malformed, "contains itself"),
        Refused(
            "a circle beside a model",
            file(&[&circle[..], &object(1, &[0.0])].concat()),
            Malformed,
            "contains itself",
        ),
        Refused("a move of words", placed("<deltax>far</deltax>"), Malformed, "`far`"),
        Refused("a scale of nothing", placed("<scale>0</scale>"), Malformed, "scale"),
        Refused("a tower of copies", file(&tower), TooLarge, "triangles"),
        Refused("nothing in it", file(""), EmptyModel, "no triangles"),
        Refused("cut", plain.as_bytes()[..plain.len() / 2].to_vec(), Truncated, "cut"),
        Refused(
            "a document type",
            changed("<amf", "<!DOCTYPE amf [<!ENTITY a 'b'>]><amf"),
            UnsupportedFeature,
            "DOCTYPE",
        ),
    ]);
}
