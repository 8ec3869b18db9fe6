//! Tests of 3MF.

use pricing_worker::contract::FindingCode::{FormatRuleBroken, ObjectsLeftOut};
use pricing_worker::contract::RejectionCode::{
    EmptyModel, Encrypted, Malformed, NoVolume, NonFiniteCoordinate, TooLarge, Truncated, UnsupportedFeature,
};
use pricing_worker::contract::{Format, Position, Unit};
use test_support::formats::utf16;
use test_support::packing::{STREAMED, Zipped, gzip, zip};

use super::threemf_files::{
    CORE, components, cube, cube_model, files, items, model, object, package, package_with, relationships,
};
use super::{Refused, check_refused, check_unit, measure, measured};
use crate::geometry::{assert_close, codes};

/// The identity, moved along x by so much.
pub fn moved(x: f64) -> String {
    format!("1 0 0 0 1 0 0 0 1 {x} 0 0")
}

/// XML in UTF-16, which says that it is.
fn utf16_xml(text: &str, is_big: bool) -> Vec<u8> {
    utf16(text.replace("UTF-8", "UTF-16").as_bytes(), is_big)
}

/// A file, and its volume and number of triangles.
pub type Row = (&'static str, Vec<u8>, f64, u64);

#[track_caller]
pub fn check_measured(rows: impl IntoIterator<Item = Row>) {
    for (name, bytes, volume, triangles) in rows {
        let measured = measured(name, &bytes);
        assert_eq!(measured.model.format, Format::ThreeMf, "{name}");
        assert_eq!(measured.geometry.triangle_count, triangles, "{name}");
        assert_close(measured.geometry.volume_mm3, volume, 1e-6, name);
    }
}

#[test]
fn units_are_those_of_the_file() {
    let units = [
        ("micron", Unit::Micron),
        ("millimeter", Unit::Mm),
        ("centimeter", Unit::Cm),
        ("inch", Unit::Inch),
        ("foot", Unit::Foot),
        ("meter", Unit::M),
    ];
    for (name, unit) in units {
        check_unit(name, &package(&cube_model(&format!("unit=\"{name}\""))), unit);
    }
    check_unit("no unit", &package(&cube_model("")), Unit::Mm);
}

#[test]
fn what_is_built_is_measured_where_it_is_placed() {
    let one = object(1, &cube(10.0));
    let pair = object(2, &components(&[(1, ""), (1, &moved(20.0))]));
    let pairs = object(3, &components(&[(2, ""), (2, "1 0 0 0 1 0 0 0 1 0 50 0")]));
    let built = |resources: &str, placed: &[(u32, &str)]| package(&model("", resources, &items(placed)));
    let three = [&one[..], &pair, &pairs].concat();
    check_measured([
        ("an object", built(&one, &[(1, "")]), 1000.0, 12),
        ("an item twice", built(&one, &[(1, ""), (1, &moved(20.0))]), 2000.0, 24),
        ("an item twice in one place", built(&one, &[(1, ""), (1, "")]), 1000.0, 24),
        ("components", built(&three, &[(2, "")]), 2000.0, 24),
        ("copies of copies", built(&three, &[(3, "")]), 4000.0, 48),
        ("several items", built(&three, &[(3, ""), (1, &moved(100.0))]), 5000.0, 60),
        ("scaled", built(&one, &[(1, "2 0 0 0 3 0 0 0 4 5 6 7")]), 24_000.0, 12),
        ("mirrored", built(&one, &[(1, "-1 0 0 0 1 0 0 0 1 0 0 0")]), 1000.0, 12),
        ("mirrored twice", built(&three, &[(2, "-1 0 0 0 -1 0 0 0 1 0 0 0")]), 2000.0, 24),
        ("what is not built", built(&[&one[..], &object(2, &cube(5.0))].concat(), &[(1, "")]), 1000.0, 12),
    ]);
    let turned = measured("turned", &built(&one, &[(1, "0 1 0 -1 0 0 0 0 1 3 4 5")]));
    let bounds = turned.geometry.bounds_mm;
    assert_eq!((bounds.min, bounds.max), ([-7.0, 4.0, 5.0], [3.0, 14.0, 15.0]), "rows of coordinates times the matrix");
    assert!(turned.geometry.winding_consistent && turned.findings.is_empty(), "{:?}", turned.findings);
    let mirrored = measured("mirrored", &built(&one, &[(1, "-1 0 0 0 1 0 0 0 1 0 0 0")]));
    assert!(codes(&mirrored).is_empty(), "it is not inside out: {:?}", mirrored.findings);
}

#[test]
fn packages_and_texts_are_read_as_they_are_written() {
    let plain = cube_model("");
    let prefixed = plain.replace("xmlns=", "xmlns:m=").replace("</", "</m:");
    let prefixed =
        ["model", "resources", "object", "mesh", "vertices", "vertex", "triangles", "triangle", "build", "item"]
            .iter()
            .fold(prefixed, |text, name| {
                text.replace(&format!("<{name} "), &format!("<m:{name} "))
                    .replace(&format!("<{name}>"), &format!("<m:{name}>"))
            });
    let with_model = |bytes: &[u8]| {
        let mut files = files("", &[]);
        files[2] = Zipped::new("3D/3dmodel.model", bytes);
        zip(&files)
    };
    let named = |relationships_name: &str, target: &str, name: &str| {
        zip(&[Zipped::new(relationships_name, relationships(target).as_bytes()), Zipped::new(name, plain.as_bytes())])
    };
    let changed = |change: fn(&mut Zipped)| {
        let mut files = files(&plain, &[]);
        files.iter_mut().for_each(change);
        zip(&files)
    };
    let comment = plain.replace("<vertices>", "<!-- <vertex x='nan'/> --><vertices>\r\n\t");
    let spread = plain.replace(" y=", "\n\ty = ").replace("/><triangle", " ></triangle><triangle");
    let other_elements = plain.replace(
        "<resources>",
        "<metadata name=\"Title\">A &lt;cube&gt; &#x2014;</metadata><resources><basematerials id=\"7\"><base name=\"b\" displaycolor=\"#000\"/></basematerials><n:new xmlns:n=\"urn:new\"><vertex x=\"nan\"/></n:new>",
    );
    check_measured([
        ("prefixes", package(&prefixed), 1000.0, 12),
        ("UTF-16, little-endian", with_model(&utf16_xml(&plain, false)), 1000.0, 12),
        ("UTF-16, big-endian", with_model(&utf16_xml(&plain, true)), 1000.0, 12),
        ("a byte order mark", package(&format!("\u{feff}{plain}")), 1000.0, 12),
        ("comments and blanks", package(&comment), 1000.0, 12),
        ("other spellings", package(&spread), 1000.0, 12),
        ("elements that are no geometry", package(&other_elements), 1000.0, 12),
        ("no namespace", package(&plain.replace(&format!("xmlns=\"{CORE}\""), "")), 1000.0, 12),
        ("names in another case", named("_RELS/.RELS", "/3d/3DModel.MODEL", "3D/3dmodel.model"), 1000.0, 12),
        ("another path", named("_rels/.rels", "Parts/a%20b.model", "Parts/a b.model"), 1000.0, 12),
        ("another extension", named("_rels/.rels", "/model.xml", "model.xml"), 1000.0, 12),
        ("backslashes", named("_rels\\.rels", "/3D/3dmodel.model", "3D\\3dmodel.model"), 1000.0, 12),
        ("sizes behind the data", changed(|file| file.flags = STREAMED), 1000.0, 12),
        ("ZIP64", changed(|file| file.is_zip64 = true), 1000.0, 12),
        ("in a gzip file", gzip(&package(&plain)), 1000.0, 12),
        ("in a ZIP archive", zip(&[Zipped::new("part.3mf", &package(&plain))]), 1000.0, 12),
        (
            "materials",
            package(&cube_model(
                "xmlns:m=\"http://schemas.microsoft.com/3dmanufacturing/material/2015/02\" requiredextensions=\"m p\"",
            )),
            1000.0,
            12,
        ),
        (
            "an extension that is recommended",
            package(&cube_model("xmlns:n=\"urn:new\" recommendedextensions=\"n\"")),
            1000.0,
            12,
        ),
    ]);
}

#[test]
fn rules_that_change_no_surface_may_be_broken() {
    let plain = cube_model("");
    let early = model("", &[object(2, &components(&[(1, "")])), object(1, &cube(10.0))].concat(), &items(&[(2, "")]));
    let rows = [
        ("no relationships", zip(&[Zipped::new("3D/3dmodel.model", plain.as_bytes())]), "relationship"),
        (
            "a relationship to nothing",
            zip(&[
                Zipped::new("_rels/.rels", relationships("/no.model").as_bytes()),
                Zipped::new("a/b.model", plain.as_bytes()),
            ]),
            "relationship",
        ),
        ("an object before its definition", package(&early), "before it is defined"),
    ];
    for (name, bytes, part) in rows {
        let measured = measured(name, &bytes);
        assert_close(measured.geometry.volume_mm3, 1000.0, 1e-12, name);
        assert_eq!(codes(&measured), [FormatRuleBroken], "{name}");
        assert!(measured.findings[0].message.contains(part), "{name}: {}", measured.findings[0].message);
    }
}

#[test]
fn objects_may_be_in_other_parts() {
    let root = |placed: &str| {
        let placing = format!(
            "<object id=\"1\"><components><component p:path=\"/3D/Objects/a.model\" objectid=\"1\" {placed}/></components></object>"
        );
        model("requiredextensions=\"p\"", &placing, &items(&[(1, "")]))
    };
    let part = model("", &object(1, &cube(10.0)), "");
    let of_item = model("", "", "<item p:path=\"/3D/Objects/a.model\" objectid=\"1\"/>");
    let (path, inches) = ("3D/Objects/A.model", part.replace("<model ", "<model unit=\"inch\" "));
    check_measured([
        ("a component", package_with(&root(""), &[(path, &part)]), 1000.0, 12),
        (
            "a component that is placed",
            package_with(&root("transform=\"2 0 0 0 1 0 0 0 1 0 0 0\""), &[(path, &part)]),
            2000.0,
            12,
        ),
        ("an item", package_with(&of_item, &[(path, &part)]), 1000.0, 12),
    ]);
    check_refused([
        Refused("a part that is not there", package(&root("")), Malformed, "no part `3d/objects/a.model`"),
        Refused(
            "an object that is not there",
            package_with(&root("").replace("objectid=\"1\" /", "objectid=\"2\" /"), &[(path, &part)]),
            Malformed,
            "object 2 is placed",
        ),
        Refused("a part in another unit", package_with(&root(""), &[(path, &inches)]), Malformed, "another unit"),
        Refused("a broken part", package_with(&root(""), &[(path, "<model>")]), Truncated, "3d/objects/a.model: "),
    ]);
}

/// Measures files of a cube of 10 beside something that is left out, which a finding names by a word.
#[track_caller]
pub fn check_left_out(rows: impl IntoIterator<Item = (&'static str, Vec<u8>, &'static str)>) {
    for (name, bytes, part) in rows {
        let measured = measured(name, &bytes);
        assert_close(measured.geometry.volume_mm3, 1000.0, 1e-12, name);
        assert_eq!(measured.geometry.triangle_count, 12, "{name}");
        assert_eq!(codes(&measured), [ObjectsLeftOut], "{name}");
        assert!(measured.findings[0].message.contains(part), "{name}: {}", measured.findings[0].message);
    }
}

#[test]
fn what_is_no_model_is_left_out() {
    let (one, typed) =
        (object(1, &cube(10.0)), |kind: &str| format!("<object id=\"2\" type=\"{kind}\">{}</object>", cube(5.0)));
    let with = |kind: &str| package(&model("", &[&one[..], &typed(kind)].concat(), &items(&[(1, ""), (2, "")])));
    let unprinted = format!("<item objectid=\"1\" transform=\"{}\" printable=\"0\"/>", moved(20.0));
    let not_printed = package(&model("", &one, &[items(&[(1, "")]), unprinted].concat()));
    check_left_out([
        ("support", with("support"), "supports"),
        ("solidsupport", with("solidsupport"), "supports"),
        ("surface", with("surface"), "surfaces"),
        ("other", with("other"), "helpers"),
        ("an item that is not printed", not_printed, "not to be printed"),
    ]);
    let of_components = format!("<object id=\"2\" type=\"support\">{}</object>", components(&[(1, "")]));
    let composed = package(&model("", &[one, of_components].concat(), &items(&[(2, "")])));
    check_measured([("a type of components is that of each", composed, 1000.0, 12)]);
    let built = |resources: &str, placed: u32| package(&model("", resources, &items(&[(placed, "")])));
    let not_built = package(&model("", &object(1, &cube(1.0)), ""));
    check_refused([
        Refused("surfaces alone", built(&typed("surface"), 2), NoVolume, "surfaces, which enclose nothing"),
        Refused("supports alone", built(&typed("support"), 2), EmptyModel, "there are supports"),
        Refused("nothing built", not_built, EmptyModel, "no object of the type `model`"),
        Refused("an object of nothing", built(&object(1, ""), 1), EmptyModel, "no object"),
    ]);
}

#[test]
fn what_changes_the_geometry_and_is_not_read_is_refused_by_its_name() {
    const EXTENSIONS: &str = "http://schemas.microsoft.com/3dmanufacturing";
    let requires = |namespace: &str| package(&cube_model(&format!("xmlns:x=\"{namespace}\" requiredextensions=\"x\"")));
    let lattice = "<b:beamlattice minlength=\"1\" radius=\"1\"><b:beams/></b:beamlattice></mesh>";
    let with_lattice = |id: u32| object(id, &cube(10.0).replace("</mesh>", lattice));
    let lattices = |placed: u32| {
        let namespace = format!("xmlns:b=\"{EXTENSIONS}/beamlattice/2017/02\"");
        package(&model(&namespace, &[with_lattice(1), object(2, &cube(10.0))].concat(), &items(&[(placed, "")])))
    };
    let sliced = model(
        &format!("xmlns:s=\"{EXTENSIONS}/slice/2015/07\""),
        &object(1, &cube(10.0)).replace("id=\"1\"", "id=\"1\" s:slicestackid=\"9\" s:meshresolution=\"lowres\""),
        &items(&[(1, "")]),
    );
    let fully = sliced.replace("lowres", "fullres");
    check_refused([
        Refused("an unknown extension", requires("urn:new"), UnsupportedFeature, "`urn:new`"),
        Refused(
            "a prefix that is not bound",
            package(&cube_model("requiredextensions=\"x\"")),
            UnsupportedFeature,
            "`x`",
        ),
        Refused("slices", requires(&format!("{EXTENSIONS}/slice/2015/07")), UnsupportedFeature, "slice/2015/07"),
        Refused("volumetric", requires(&format!("{EXTENSIONS}/volumetric/2022/01")), UnsupportedFeature, "volumetric"),
        Refused(
            "displacement",
            requires(&format!("{EXTENSIONS}/displacement/2022/07")),
            UnsupportedFeature,
            "displacement",
        ),
        Refused("secure content", requires(&format!("{EXTENSIONS}/securecontent/2019/04")), Encrypted, "encrypted"),
        Refused("a beam lattice", lattices(1), UnsupportedFeature, "object 1 has a beam lattice"),
        Refused("slices in place of a mesh", package(&sliced), UnsupportedFeature, "slices"),
    ]);
    check_measured([
        ("a beam lattice that is not built", lattices(2), 1000.0, 12),
        ("slices of the mesh", package(&fully), 1000.0, 12),
    ]);
}

#[test]
fn wrong_models_are_refused_with_their_place() {
    let plain = cube_model("");
    let changed = |from: &str, to: &str| {
        assert!(plain.contains(from), "{from}");
        package(&plain.replacen(from, to, 1))
    };
    let transformed = |transform: &str| package(&model("", &object(1, &cube(1.0)), &items(&[(1, transform)])));
    let circle = [object(1, &components(&[(2, "")])), object(2, &components(&[(1, "")]))].concat();
    let object_with = |id: &str| changed("object id=\"1\"", &format!("object id=\"{id}\""));
    check_refused([
        Refused("a vertex past the end", changed("v1=\"0\"", "v1=\"8\""), Malformed, "the vertex 8; its mesh has 8"),
        Refused(
            "a vertex far past the end",
            changed("v1=\"0\"", "v1=\"18446744073709551615\""),
            Malformed,
            "18446744073709551615",
        ),
        Refused("a negative vertex", changed("v1=\"0\"", "v1=\"-1\""), Malformed, "`-1`"),
        Refused("a vertex twice", changed("v2=\"3\"", "v2=\"0\""), Malformed, "the vertex 0 twice"),
        Refused("a triangle of two corners", changed("v3=\"2\"", ""), Malformed, "no attribute `v3`"),
        Refused("no number", changed("x=\"10\"", "x=\"ten\""), Malformed, "`x` is `ten`"),
        Refused("a comma", changed("x=\"10\"", "x=\"1,0\""), Malformed, "1,0"),
        Refused("NaN", changed("x=\"10\"", "x=\"NaN\""), NonFiniteCoordinate, "NaN"),
        Refused("too large for 32 bits", changed("x=\"10\"", "x=\"1e39\""), NonFiniteCoordinate, "1e39"),
        Refused("no coordinate", changed("x=\"10\"", ""), Malformed, "no attribute `x`"),
        Refused("an unknown unit", package(&cube_model("unit=\"furlong\"")), Malformed, "furlong"),
        Refused("an unknown type", changed("object id=\"1\"", "object id=\"1\" type=\"toy\""), Malformed, "toy"),
        Refused("object 0", object_with("0"), Malformed, "`id` is `0`"),
        Refused("an object without id", changed("object id=\"1\"", "object"), Malformed, "no attribute `id`"),
        Refused("an id above the largest", object_with("2147483648"), Malformed, "2147483648"),
        Refused(
            "two objects of one id",
            package(&model("", &[object(1, ""), object(1, "")].concat(), "")),
            Malformed,
            "two objects 1",
        ),
        Refused("a missing object", package(&model("", "", &items(&[(5, "")]))), Malformed, "object 5 is placed"),
        Refused("objects in a circle", package(&model("", &circle, &items(&[(1, "")]))), Malformed, "contains itself"),
        Refused(
            "an object in itself",
            package(&model("", &object(1, &components(&[(1, "")])), &items(&[(1, "")]))),
            Malformed,
            "object 1 contains itself",
        ),
        Refused("a transform of eleven numbers", transformed("1 0 0 0 1 0 0 0 1 0 0"), Malformed, "twelve"),
        Refused("a transform of thirteen numbers", transformed("1 0 0 0 1 0 0 0 1 0 0 0 0"), Malformed, "twelve"),
        Refused("a transform of words", transformed("1 0 0 0 1 0 0 0 1 0 0 x"), Malformed, "twelve"),
        Refused("a transform to infinity", transformed("1 0 0 0 1 0 0 0 1 0 0 inf"), Malformed, "finite"),
        Refused("a transform to a plane", transformed("1 0 0 0 1 0 0 0 0 0 0 0"), Malformed, "undone"),
        Refused("another root", package("<amf/>"), Malformed, "`amf`, not `model`"),
        Refused("a model in another namespace", package(&plain.replace(CORE, "urn:other")), Malformed, "not `model`"),
        Refused(
            "a document type",
            package(&plain.replace("<model", "<!DOCTYPE model><model")),
            UnsupportedFeature,
            "DOCTYPE",
        ),
        Refused("an entity", changed("x=\"10\"", "x=\"&ten;\""), UnsupportedFeature, "entity"),
        Refused("cut XML", package(&plain[..plain.len() / 2]), Truncated, "3dmodel.model"),
        Refused("a part twice", package_with(&plain, &[("3d/3DMODEL.model", &plain)]), Malformed, "twice"),
        Refused(
            "no model part",
            zip(&[Zipped::new("_rels/.rels", relationships("/a.model").as_bytes()), Zipped::new("a.txt", b"")]),
            Malformed,
            "no model part",
        ),
        Refused(
            "an encrypted part",
            zip(&files(&plain, &[]).into_iter().map(|file| Zipped { flags: 1, ..file }).collect::<Vec<_>>()),
            Encrypted,
            "password",
        ),
    ]);
    let reason = measure(&changed("x=\"10\"", "x=\"ten\""), usize::MAX).expect_err("no number");
    let line = plain.lines().position(|line| line.contains("x=\"10\"")).expect("it is there") as u64 + 1;
    assert_eq!(reason.position, Some(Position::Line(line)), "{reason}");
}

#[test]
fn hostile_models_are_answered() {
    let mut tower = object(1, &cube(1.0));
    for level in 2..=64 {
        tower += &object(level, &components(&[(level - 1, ""), (level - 1, &moved(2.0))]));
    }
    let of_nothing = tower.replacen(&cube(1.0), "", 1);
    let many = "<item objectid=\"1\"/>".repeat(100_001);
    let attributes = (0..100_000).map(|number| format!(" a{number}=\"\"")).collect::<Vec<_>>().concat();
    let nested = "<a>".repeat(100_000);
    check_refused([
        Refused("a tower of copies", package(&model("", &tower, &items(&[(64, "")]))), TooLarge, "triangles"),
        Refused("a tower of nothing", package(&model("", &of_nothing, &items(&[(64, "")]))), EmptyModel, "no object"),
        Refused("many items", package(&model("", &object(1, &cube(1.0)), &many)), TooLarge, "100000"),
        Refused("100 000 attributes", package(&cube_model(&attributes)), Malformed, "attributes"),
        Refused("nested elements", package(&cube_model("").replace("<resources>", &nested)), Malformed, "nested"),
        Refused("a part of spaces", package(&" ".repeat(30 << 20)), TooLarge, "unpack to more"),
    ]);
}
