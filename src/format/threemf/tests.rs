//! Tests of the parts of 3MF alone. What is made of whole files is in tests/it/packed.

use proptest::prelude::*;

use super::package::path_in_package;
use super::part::{MOST_ELEMENTS, PartDocument};
use super::slicers::SlicerSettings;
use crate::contract::Reason;
use crate::format::xml::{Document, Element, XmlParser};
use crate::mesh::{Triangle, Triangles};

/// A document that leaves all elements to the parser of XML.
struct Slow<D>(D);

impl<D: Document> Document for Slow<D> {
    fn start(&mut self, element: &Element<'_>) -> Result<(), Reason> {
        self.0.start(element)
    }

    fn text(&mut self, text: &str) {
        self.0.text(text);
    }

    fn end(&mut self) -> Result<(), Reason> {
        self.0.end()
    }
}

fn parse(document: &mut dyn Document, xml: &[u8], chunk_bytes: usize) -> Result<(), Reason> {
    let mut parser = XmlParser::default();
    xml.chunks(chunk_bytes).try_for_each(|chunk| parser.push(chunk, document))?;
    parser.finish(document)
}

/// The triangles of all objects of a part, read the quick way or not.
fn triangles(xml: &[u8], is_quick: bool, chunk_bytes: usize) -> Result<Vec<Triangle>, Reason> {
    let settings = SlicerSettings::default();
    let mut elements_left = MOST_ELEMENTS;
    let document = PartDocument::new(&settings, &mut elements_left);
    let document = if is_quick {
        let mut document = document;
        parse(&mut document, xml, chunk_bytes)?;
        document
    } else {
        let mut document = Slow(document);
        parse(&mut document, xml, chunk_bytes)?;
        document.0
    };
    let mut triangles = Vec::new();
    for mesh in document.part.objects.iter().filter_map(|object| object.mesh.as_ref()) {
        mesh.append(0..mesh.len(), &mut triangles);
    }
    Ok(triangles)
}

const MESH: &str = r#"<model xmlns="http://schemas.microsoft.com/3dmanufacturing/core/2015/02"><resources><object id="1"><mesh>
<vertices>
 <vertex x="0" y="0" z="0"/><vertex z="1.5e1" y='-2' x="+3"/>
 <vertex	x = "1" y="2" z="3" /> <vertex x=" 1 " y="2" z="3"></vertex>
 <vertex x="1" y="2" z="&#51;"/><!-- comment --><vertex x="0.1" y="0.2" z="0.3"/>
</vertices>
<triangles>
 <triangle v1="0" v2="1" v3="2"/><triangle v1="3" v2="1" v3="2" pid="1" p1="0"/>
 <triangle v3="3" v2="4" v1="5" paint_color="4"/> <triangle v1="0" v2="1" v3="5" other="4"/>
</triangles></mesh></object></resources></model>"#;

#[test]
fn the_quick_way_reads_what_the_parser_reads() {
    let quick = triangles(MESH.as_bytes(), true, usize::MAX).expect("a mesh");
    assert_eq!(quick.len(), 4);
    assert_eq!(quick[0], [[0.0; 3], [3.0, -2.0, 15.0], [1.0, 2.0, 3.0]]);
    assert_eq!(triangles(MESH.as_bytes(), false, usize::MAX).expect("a mesh"), quick);
}

proptest! {
    #[test]
    fn the_quick_way_reads_changed_meshes_as_the_parser_does(
        changes in prop::collection::vec((any::<prop::sample::Index>(), prop::sample::select(&b"0123456789.-+ex\"'=/<>& \nvyzpt:"[..])), 0..5),
        chunk_bytes in 1_usize..400,
    ) {
        let mut xml = MESH.as_bytes().to_vec();
        for (place, byte) in changes {
            let place = place.index(xml.len());
            xml[place] = byte;
        }
        let slow = triangles(&xml, false, usize::MAX);
        prop_assert_eq!(&triangles(&xml, true, usize::MAX), &slow);
        prop_assert_eq!(&triangles(&xml, true, chunk_bytes), &slow);
    }
}

#[test]
fn paths_are_those_of_the_package() {
    let rows = [
        ("/3D/3dmodel.model", "3d/3dmodel.model"),
        ("3D/Other%20Part.model", "3d/other part.model"),
        ("\\3D\\part.model", "3d/part.model"),
        ("/3D/../Parts/./a.model", "parts/a.model"),
        ("../../a", "a"),
    ];
    for (path, expected) in rows {
        assert_eq!(path_in_package(path), expected);
    }
}
