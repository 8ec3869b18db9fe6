//! Property tests: a mesh has the same measures in every dialect of STL.

use pricing_worker::contract::RejectionCode;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::shapes::{Shape, cube, sphere, tetrahedron, torus};
use super::{LIMITS, assert_close, measure, measure_chunks};

/// A way to write ASCII STL.
#[derive(Debug, Clone)]
struct Text {
    line_ends: Vec<&'static str>,
    words: Vec<(&'static str, &'static str)>,
    before: &'static str,
    after: &'static str,
}

/// A way to write binary STL.
#[derive(Debug, Clone)]
enum Binary {
    /// Attributes of these lengths behind the records, in turn, filled with a byte.
    Attributes(Vec<usize>, u8),
    /// The triangles in so many files, one behind another, and bytes behind the last.
    Files(usize, Vec<u8>),
    /// Triangles that the header does not count, and records of zeros behind them.
    Uncounted(Index, usize),
}

fn text() -> impl Strategy<Value = Text> {
    let words = |from: &'static str, to: &'static [&'static str]| select(to).prop_map(move |to| (from, to));
    let words = (
        words("endloop", &["endloop", "end loop", "END LOOP", "EndLoop"]),
        words("endfacet", &["endfacet", "end facet", "ENDFACET"]),
        words("endsolid", &["endsolid", "end solid", "endsolid_", "ENDSOLID"]),
        words("outer loop", &["outer loop", "outerloop", "OUTER\tLOOP"]),
        words(" normal 0 0 0", &[" normal 0 0 0", "", " NORMAL nan nan nan", "\tnormal 1e-38 -0 1.#IND"]),
    );
    let words = words.prop_map(|(a, b, c, d, e)| vec![a, b, c, d, e]);
    let before = select(&["", "\u{feff}", "\n\n", "# a comment\r", "; another\n"][..]);
    let after = select(&["", "\u{1a}", "\0", "\n# a comment", "\n\n \t", "solid empty\nendsolid empty"][..]);
    let line_ends = vec(select(&["\n", "\r", "\r\n", " \n", "\n\r"][..]), 1..4);
    (line_ends, words, before, after).prop_map(|(line_ends, words, before, after)| Text {
        line_ends,
        words,
        before,
        after,
    })
}

fn binary() -> impl Strategy<Value = Binary> {
    let length = prop_oneof![Just(0), 1..9_usize, Just(4), Just(12), 40..60_usize, 0..3000_usize];
    let after = prop_oneof![Just(Vec::new()), vec(Just(0), 1..120), vec(200..=255_u8, 1..200)];
    prop_oneof![
        (vec(length, 1..5), select(&[0, 0x3f, 0xff][..])).prop_map(|(lengths, fill)| Binary::Attributes(lengths, fill)),
        (1..4_usize, after).prop_map(|(files, after)| Binary::Files(files, after)),
        (any::<Index>(), 0..4_usize).prop_map(|(uncounted, zeros)| Binary::Uncounted(uncounted, zeros)),
    ]
}

impl Text {
    fn write(&self, shape: &Shape) -> Vec<u8> {
        let plain = String::from_utf8(shape.ascii()).unwrap();
        let written = self.words.iter().fold(plain, |text, (from, to)| text.replace(from, to));
        let ends = self.line_ends.iter().cycle();
        let lines = written.lines().zip(ends).map(|(line, end)| format!("{line}{end}"));
        format!("{}{}{}", self.before, lines.collect::<String>(), self.after).into_bytes()
    }
}

impl Binary {
    fn write(&self, shape: &Shape) -> Vec<u8> {
        let (plain, count) = (shape.binary(), shape.0.len());
        match self {
            Self::Attributes(lengths, fill) => {
                let records = plain[84..].chunks(50).zip(lengths.iter().cycle()).map(|(record, &length)| {
                    [&record[..48], &(length as u16).to_le_bytes(), &vec![*fill; length]].concat()
                });
                [&plain[..84], &records.collect::<Vec<_>>().concat()].concat()
            }
            Self::Files(files, after) => {
                let parts = shape.0.chunks(count.div_ceil(*files));
                parts.map(|part| Shape(part.to_vec()).binary()).chain([after.clone()]).collect::<Vec<_>>().concat()
            }
            Self::Uncounted(uncounted, zeros) => {
                let counted = uncounted.index(count) as u32;
                [&plain[..80], &counted.to_le_bytes(), &plain[84..], &vec![0; 50 * zeros]].concat()
            }
        }
    }
}

fn shape() -> impl Strategy<Value = Shape> {
    prop_oneof![
        (1..2000_i64).prop_map(cube),
        (1..2000_i64).prop_map(tetrahedron),
        (4..12_usize, 4..12_usize).prop_map(|(rings, segments)| sphere(500.0, rings, segments)),
        (4..9_usize, 4..9_usize).prop_map(|(rings, segments)| torus(500.0, 200.0, rings, segments)),
    ]
}

/// Checks that a file, in chunks, has the measures of the shape.
fn check(shape: &Shape, bytes: &[u8], cuts: &[Index]) -> Result<(), TestCaseError> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).chain([0, bytes.len()]).collect();
    places.sort_unstable();
    let measured = measure_chunks(places.windows(2).map(|ends| &bytes[ends[0]..ends[1]]), &LIMITS);
    let geometry = measured.map_err(|reason| TestCaseError::fail(reason.to_string()))?.geometry;
    assert_close(geometry.volume_mm3, shape.volume(), 1e-9, "volume");
    prop_assert_eq!(geometry, measure(&shape.binary()).unwrap().geometry);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn a_mesh_is_the_same_in_every_dialect_of_text(shape in shape(), text in text(), cuts in vec(any::<Index>(), 0..6)) {
        check(&shape, &text.write(&shape), &cuts)?;
    }

    #[test]
    fn a_mesh_is_the_same_in_every_dialect_of_binary(
        shape in shape(),
        binary in binary(),
        cuts in vec(any::<Index>(), 0..6),
    ) {
        let bytes = binary.write(&shape);
        // Attributes of bytes that make numbers between 0.7 and 0.8 look like triangles. Their file may be refused; what is read
        // is right.
        let is_refused = |bytes: &[u8]| measure(bytes).is_err_and(|reason| reason.code == RejectionCode::Malformed);
        if !(matches!(binary, Binary::Attributes(_, 0x3f)) && is_refused(&bytes)) {
            check(&shape, &bytes, &cuts)?;
        }
    }
}
