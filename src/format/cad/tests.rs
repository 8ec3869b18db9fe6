//! Streams as a converter writes them, and as none should.

use super::*;
use crate::contract::{Finding, FindingCode, Severity, Unit};
use crate::format::reader::{ExactMeasures, FileFacts};
use crate::format::reading::{Kept, read_by};
use crate::mesh::Triangle;

/// A tetrahedron of volume 1/6.
const POINTS: [[f32; 3]; 4] = [[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
const TRIANGLES: [[u32; 3]; 4] = [[0, 2, 1], [0, 1, 3], [0, 3, 2], [1, 2, 3]];
const HERE: [f64; 12] = [1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 1.0, 0.0];
const EXACT: &str =
    r#"{"volume":0.16666666666666666,"area":2.366,"mesh_volume":0.16666666666666666,"deflection":0.01}"#;

/// Writes streams, right ones and others.
struct Stream(Vec<u8>);

impl Stream {
    fn begin() -> Self {
        Self(b"PWCAD\r\n\x01".to_vec())
    }

    fn record(mut self, tag: &str, payload: &[u8]) -> Self {
        self.0.extend(tag.as_bytes());
        self.0.extend((payload.len() as u32).to_le_bytes());
        self.0.extend(payload);
        self
    }

    fn file(self, unit_mm: &str, triangles: u64, meshes: &str) -> Self {
        let file = format!(r#"{{"unit_mm":{unit_mm},"triangles":{triangles},"meshes":"{meshes}"}}"#);
        self.record("FILE", file.as_bytes())
    }

    fn solid(self, name: &str, exact: &str, placements: &[[f64; 12]]) -> Self {
        let exact = if exact.is_empty() { String::new() } else { format!(r#","exact":{exact}"#) };
        let copies = placements.len();
        let solid = format!(r#"{{"name":"{name}","points":4,"triangles":4,"copies":{copies}{exact}}}"#);
        self.record("SOLD", solid.as_bytes())
            .record("PLAC", &placements.iter().flatten().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>())
            .record("PNTS", &POINTS.iter().flatten().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>())
            .record("TRIS", &TRIANGLES.iter().flatten().flat_map(|number| number.to_le_bytes()).collect::<Vec<_>>())
    }

    fn end(self, solids: u64) -> Self {
        self.record("END ", format!(r#"{{"solids":{solids},"sha256":"ab"}}"#).as_bytes())
    }

    /// Reads the stream, and holds that the cut of chunks changes nothing.
    fn read(&self) -> Result<(Vec<Triangle>, FileFacts), Reason> {
        self.kept().map(|(kept, facts)| (kept.triangles, facts))
    }

    /// Reads it, however it is cut.
    fn kept(&self) -> Result<(Kept, FileFacts), Reason> {
        let whole = read_in_chunks(&self.0, self.0.len());
        for chunk_bytes in [1, 2, 7, 64] {
            assert_eq!(read_in_chunks(&self.0, chunk_bytes), whole, "chunks of {chunk_bytes} bytes");
        }
        whole
    }
}

fn read_in_chunks(bytes: &[u8], chunk_bytes: usize) -> Result<(Kept, FileFacts), Reason> {
    read_by(&mut CadStream::default(), bytes, chunk_bytes.max(1))
}

fn codes(facts: &FileFacts) -> Vec<(FindingCode, Severity)> {
    facts.findings.iter().map(|Finding { code, severity, .. }| (*code, *severity)).collect()
}

#[test]
fn a_solid_and_its_copies_are_given_in_the_unit_of_the_file() {
    let mut moved = HERE;
    moved[3] = 10.0;
    let stream = Stream::begin().file("25.4", 8, "tessellated").solid("tetra", EXACT, &[HERE, moved]).end(1);
    let (triangles, facts) = stream.read().expect("it is right");
    assert_eq!(triangles[3], [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]);
    assert_eq!(triangles[7], [[11.0, 0.0, 0.0], [10.0, 1.0, 0.0], [10.0, 0.0, 1.0]]);
    let exact = ExactMeasures { volume: 1.0 / 3.0, area: 2.0 * 2.366, deflection: 0.01 };
    assert_eq!((facts.unit, facts.exact), (Some(Unit::Inch), Some(exact)));
    assert_eq!(facts.source_sha256.as_deref(), Some("ab"));
    assert!(facts.findings.is_empty(), "{:?}", facts.findings);
}

#[test]
fn each_solid_is_a_part_and_its_copies_are_copies_of_it() {
    let solids =
        Stream::begin().file("1", 12, "tessellated").solid("a", EXACT, &[HERE]).solid("b", EXACT, &[HERE, HERE]);
    let (kept, _) = solids.end(2).kept().expect("it is right");
    assert_eq!(kept.parts, ["a", "b", "copy of 1"]);
}

#[test]
fn a_unit_that_is_none_of_ours_becomes_millimetres() {
    let stream = Stream::begin().file("914.4", 4, "tessellated").solid("a yard", EXACT, &[HERE]).end(1);
    let (triangles, facts) = stream.read().expect("it is right");
    assert_eq!(triangles[3][0], [914.4, 0.0, 0.0]);
    assert_eq!(facts.unit, Some(Unit::Mm));
    let volume = facts.exact.expect("it has exact measures").volume;
    assert!((volume / (914.4_f64.powi(3) / 6.0) - 1.0).abs() < 1e-12, "{volume}");
}

#[test]
fn what_a_person_should_know_is_a_finding() {
    use FindingCode::{ExactVolumeDiffers, LeftOut, RenderMesh, SolidInsideOut};
    use Severity::{Review, Warning};
    let off = EXACT.replacen("0.16666666666666666", "0.1655", 1);
    let more_off = EXACT.replacen("0.16666666666666666", "0.164", 1);
    let inside_out = EXACT.replace("0.16666666666666666", "-0.16666666666666666");
    let nothing = EXACT.replacen("0.16666666666666666", "0.0", 1);
    let rows = [
        ("within a percent", off, "tessellated", vec![]),
        ("off by more", more_off, "tessellated", vec![(ExactVolumeDiffers, Review)]),
        ("no volume at all", nothing, "tessellated", vec![(ExactVolumeDiffers, Review)]),
        ("inside out", inside_out, "tessellated", vec![(SolidInsideOut, Review)]),
        ("no exact measures", String::new(), "tessellated", vec![(ExactVolumeDiffers, Review)]),
        ("a mesh of the file", String::new(), "own", vec![]),
        ("a picture of a solid", String::new(), "render", vec![(RenderMesh, Review)]),
    ];
    for (name, exact, meshes, expected) in rows {
        let stream = Stream::begin().file("1", 4, meshes).solid("s", &exact, &[HERE]).end(1);
        let (_, facts) = stream.read().expect(name);
        assert_eq!(codes(&facts), expected, "{name}");
        assert_eq!(facts.exact.is_some(), !exact.is_empty(), "{name}");
    }
    let left_out = Stream::begin().file("1", 4, "tessellated").solid("s", EXACT, &[HERE]);
    let left_out = left_out.record("LEFT", br#"{"what":"surfaces","count":3}"#).end(1);
    assert_eq!(codes(&left_out.read().expect("it is right").1), [(LeftOut, Warning)]);
}

#[test]
fn an_inside_out_solid_and_a_mirrored_copy_are_turned() {
    let inside_out = EXACT.replace("0.16666666666666666", "-0.16666666666666666");
    let mut mirrored = HERE;
    mirrored[0] = -1.0;
    let rows = [("inside out", inside_out.as_str(), HERE, 1.0), ("mirrored", EXACT, mirrored, -1.0)];
    for (name, exact, placement, x) in rows {
        let stream = Stream::begin().file("1", 4, "tessellated").solid("s", exact, &[placement]).end(1);
        let (triangles, _) = stream.read().expect(name);
        assert_eq!(triangles[3], [[x, 0.0, 0.0], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0]], "{name}");
    }
}

#[test]
fn the_converters_own_refusal_is_the_reason() {
    let stream = Stream::begin().record("NONE", br#"{"code":"no_volume","message":"surfaces only"}"#);
    assert_eq!(stream.read(), Err(Reason::new(RejectionCode::NoVolume, "surfaces only")));
    // It may quote the file.
    let message = format!("a\\u001b[2Jname {}", "x".repeat(10_000));
    let record = format!(r#"{{"code":"no_volume","message":"{message}"}}"#);
    let reason = Stream::begin().record("NONE", record.as_bytes()).read().expect_err("it is a refusal");
    assert!(reason.message.starts_with("a[2Jname xxx") && reason.message.len() == 400, "{reason}");
}

#[test]
fn a_broken_stream_is_refused() {
    let right = || Stream::begin().file("1", 4, "tessellated").solid("s", EXACT, &[HERE]);
    let triangle = |point: u32| [0, 1, point].iter().flat_map(|number: &u32| number.to_le_bytes()).collect::<Vec<_>>();
    let solid = |points: u64, triangles: u64, copies: u64| {
        let solid = format!(r#"{{"name":"","points":{points},"triangles":{triangles},"copies":{copies}}}"#);
        Stream::begin().file("1", 4, "own").record("SOLD", solid.as_bytes())
    };
    let rows = [
        ("nothing", Stream(Vec::new())),
        ("another version", Stream(b"PWCAD\r\n\x02".to_vec())),
        ("no record", Stream::begin()),
        ("no end", right()),
        ("something behind the end", right().end(1).record("LEFT", br#"{"what":"x","count":1}"#)),
        ("bytes behind the end", Stream([right().end(1).0, vec![0]].concat())),
        ("another number of solids", right().end(2)),
        ("fewer triangles than announced", Stream::begin().file("1", 8, "own").solid("s", "", &[HERE]).end(1)),
        ("a solid before the file", Stream::begin().solid("s", EXACT, &[HERE]).end(1)),
        ("the file twice", right().file("1", 4, "own").end(1)),
        ("no unit", Stream::begin().file("0", 4, "own")),
        ("a unit that is no number", Stream::begin().file("null", 4, "own")),
        ("too many triangles", Stream::begin().file("1", MOST_TRIANGLES + 1, "own")),
        ("more copies than announced", Stream::begin().file("1", 4, "own").solid("s", "", &[HERE, HERE]).end(1)),
        ("2^64 triangles", solid(4, u64::MAX, u64::MAX)),
        ("more points than corners", solid(13, 4, 1)),
        ("copies of nothing", solid(0, 0, 1 << 40)),
        ("more points than of the solid", right().record("PNTS", &[0; 12]).end(1)),
        ("a point that is not there", solid(3, 1, 1).record("PNTS", &[0; 36]).record("TRIS", &triangle(3))),
        ("half a triangle", solid(3, 1, 1).record("PNTS", &[0; 36]).record("TRIS", &triangle(2)[..8])),
        ("a solid without its mesh", solid(4, 4, 1).end(1)),
        ("an unknown record", right().record("MORE", b"{}").end(1)),
        ("a record of 4 GiB", Stream([right().0, b"PNTS\xff\xff\xff\xff".to_vec()].concat())),
        ("an unknown code", Stream::begin().record("NONE", br#"{"code":"x","message":"x"}"#)),
        ("a refusal without a reason", Stream::begin().record("NONE", br#"{"code":"no_volume","message":""}"#)),
    ];
    for (name, stream) in rows {
        let reason = stream.read().expect_err(name);
        assert_eq!(reason.code, RejectionCode::Malformed, "{name}: {reason}");
    }
    let whole = right().end(1).0;
    for end in 0..whole.len() {
        assert!(Stream(whole[..end].to_vec()).read().is_err(), "cut at byte {end}");
    }
}

#[test]
fn changed_bytes_are_read_or_refused() {
    let whole = Stream::begin().file("1", 8, "tessellated").solid("s", EXACT, &[HERE, HERE]).end(1).0;
    // A linear congruential generator: Knuth's, of MMIX.
    let mut state = 1_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for _ in 0..2_000 {
        let mut changed = whole.clone();
        for _ in 0..=next(4) {
            let place = next(changed.len());
            changed[place] = next(256) as u8;
        }
        let _ = read_in_chunks(&changed, changed.len());
    }
}

#[test]
fn the_first_bytes_tell_the_format() {
    let iges = |comment: &str| format!("{comment:<72}S      1\n").into_bytes();
    let rows: [(&str, &dyn FileFormat, Vec<u8>, Claim); 10] = [
        ("STEP", &Step, b"ISO-10303-21;\nHEADER;".to_vec(), Claim::Yes),
        ("STEP, blanks before it", &Step, b"\xef\xbb\xbf\r\n iso-10303-21 ;".to_vec(), Claim::Yes),
        ("a STEP file's other part", &Step, b"ISO-10303-28;".to_vec(), Claim::No),
        ("a short file", &Step, b"ISO".to_vec(), Claim::No),
        ("3DM", &ThreeDm, b"3D Geometry File Format       70".to_vec(), Claim::Yes),
        ("a text", &ThreeDm, b"3D Geometry".to_vec(), Claim::No),
        ("IGES", &Iges, iges("a part"), Claim::Yes),
        ("IGES, zeros", &Iges, format!("{:<72}S0000001\n", "").into_bytes(), Claim::Yes),
        ("the second line of one", &Iges, format!("{:<72}S      2\n", "").into_bytes(), Claim::No),
        ("a solid", &Iges, b"solid x\nfacet normal 0 0 1\nouter loop\n".repeat(3), Claim::No),
    ];
    for (name, format, bytes, expected) in rows {
        let head = Head { bytes: &bytes, size_bytes: bytes.len() as u64 };
        assert_eq!(format.claims(&head, &Hints::default()), expected, "{name}");
    }
}

#[test]
fn iges_is_refused_with_advice() {
    let head = Head { bytes: b"", size_bytes: 1 };
    let reason = Iges.open(&head, &Hints::default()).expect_err("it is not read");
    assert_eq!(reason.code, RejectionCode::UnsupportedFeature);
    assert!(reason.message.contains("IGES") && reason.message.contains("STEP"), "{reason}");
}
