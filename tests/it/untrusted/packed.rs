//! Property tests of untrusted bytes as archives, 3MF and AMF.

use proptest::prelude::*;
use test_support::formats::IndexedMesh;
use test_support::packing::{STREAMED, Zipped, gzip, threemf, zip};
use test_support::shapes::cube;

use super::changes::changed_files;
use super::checks::model::check;

const WORDS: [&str; 30] = [
    "<object id=\"2\">",
    "</object>",
    "<component objectid=\"1\"/>",
    "<components>",
    "</components>",
    "<item objectid=\"1\"/>",
    "<item objectid=\"1\" transform=\"-1 0 0 0 1 0 0 0 1 0 0 0\"/>",
    "<vertex x=\"1\" y=\"2\" z=\"3\"/>",
    "<triangle v1=\"0\" v2=\"1\" v3=\"2\"/>",
    "<triangle><v1>0</v1><v2>1</v2><v3>2</v3></triangle>",
    "<volume type=\"support\">",
    "<instance objectid=\"0\">",
    "<constellation id=\"1\">",
    "</mesh>",
    "<mesh>",
    " type=\"surface\"",
    " unit=\"inch\"",
    " xmlns=\"urn:other\"",
    "&lt;",
    "&#x41;",
    "<!--",
    "-->",
    "<![CDATA[",
    "]]>",
    "<!DOCTYPE a>",
    "PK\u{1}\u{2}",
    "PK\u{3}\u{4}",
    "PK\u{5}\u{6}",
    "\0\0\0\0",
    "e39",
];

fn mesh() -> IndexedMesh {
    IndexedMesh::of(&cube(10).triangles())
}

/// The XML of a model of 3MF with two objects, of which one is made of the other.
fn model() -> Vec<u8> {
    let mesh = mesh();
    let vertices = mesh.points.iter().map(|[x, y, z]| format!("<vertex x=\"{x}\" y=\"{y}\" z=\"{z}\"/>\n"));
    let triangles = mesh.triangles.iter().map(|[a, b, c]| format!("<triangle v1=\"{a}\" v2=\"{b}\" v3=\"{c}\"/>\n"));
    format!(
        "<model xmlns=\"http://schemas.microsoft.com/3dmanufacturing/core/2015/02\" unit=\"millimeter\"><resources>\n\
         <object id=\"1\" name=\"a\"><mesh><vertices>{}</vertices><triangles>{}</triangles></mesh></object>\n\
         <object id=\"2\"><components><component objectid=\"1\"/>\n\
         <component objectid=\"1\" transform=\"1 0 0 0 1 0 0 0 1 20 0 0\"/></components></object></resources>\n\
         <build><item objectid=\"2\"/></build></model>",
        vertices.collect::<String>(),
        triangles.collect::<String>()
    )
    .into_bytes()
}

/// AMF with a constellation.
fn amf() -> Vec<u8> {
    let text = String::from_utf8(mesh().amf()).expect("it is text");
    let constellation = "<constellation id=\"1\"><instance objectid=\"0\"><deltax>20</deltax><rz>90</rz></instance>\
                         <instance objectid=\"0\"/></constellation></amf>";
    text.replace("</amf>", constellation).into_bytes()
}

fn archives() -> Vec<Vec<u8>> {
    let plain = cube(10).binary();
    let streamed = Zipped { flags: STREAMED, ..Zipped::new("part.stl", &plain) };
    let wide = Zipped { is_zip64: true, ..Zipped::stored("part.stl", &plain) };
    vec![
        gzip(&plain),
        [gzip(&plain[..300]), gzip(&plain[300..])].concat(),
        gzip(&threemf(&model())),
        zip(&[streamed, Zipped::new("read me.txt", b"a cube")]),
        zip(&[wide]),
        zip(&[Zipped::stored("part.amf", &amf())]),
        threemf(&model()),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn changed_archives_are_answered(bytes in changed_files(archives(), &WORDS)) {
        check(&bytes.0);
    }

    /// Packed after they are changed: the checksum of an archive would hide the changes.
    #[test]
    fn changed_models_of_3mf_are_answered(bytes in changed_files(vec![model()], &WORDS)) {
        check(&threemf(&bytes.0));
    }

    #[test]
    fn changed_amf_files_are_answered(bytes in changed_files(vec![amf()], &WORDS)) {
        check(&bytes.0);
    }
}

#[test]
fn the_files_are_cubes() {
    for bytes in archives() {
        crate::geometry::measure(&bytes).unwrap_or_else(|reason| panic!("{reason}"));
    }
    assert_eq!(crate::geometry::measure(&threemf(&model())).expect("cubes").geometry.volume_mm3, 2000.0);
    assert_eq!(crate::geometry::measure(&amf()).expect("cubes").geometry.volume_mm3, 2e12);
}

#[test]
fn hostile_files_keep_to_the_memory_that_is_planned() {
    let model = String::from_utf8(model()).expect("it is text");
    let with = |from: &str, to: &str| model.replacen(from, to, 1).into_bytes();
    let objects = (10..5_000).map(|id| format!("<object id=\"{id}\"/>")).collect::<Vec<_>>().concat();
    let items = "<item objectid=\"1\"/>".repeat(3_000);
    let components = "<component objectid=\"1\"/>".repeat(3_000);
    let vertices = "<vertex x=\"0\" y=\"0\" z=\"0\"/>".repeat(10_000);
    let long = format!("<!--{}-->", "x".repeat(1_000_000));
    for (from, to) in [
        ("<resources>", format!("<resources>{objects}")),
        ("<item objectid=\"2\"/>", items),
        ("<components>", format!("<components>{components}")),
        ("<vertices>", format!("<vertices>{vertices}")),
        ("<resources>", format!("<resources>{long}")),
    ] {
        check(&threemf(&with(from, &to)));
        check(&gzip(&threemf(&with(from, &to))));
    }
    let volumes = "<volume/>".repeat(5_000);
    let instances = "<instance objectid=\"0\"/>".repeat(5_000);
    let text = String::from_utf8(amf()).expect("it is text");
    check(text.replacen("<volume>", &format!("{volumes}<volume>"), 1).as_bytes());
    check(text.replacen("<instance", &format!("{instances}<instance"), 1).as_bytes());
}
