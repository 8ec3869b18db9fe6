//! Right bodies in files that are written another way than most, and bodies in another unit.

use super::part::Part;
use super::{Kind, file};
use crate::shapes::{cube, cuboid};

pub(super) fn kinds() -> Vec<Kind> {
    [texts(), binaries(), units()].concat()
}

fn part() -> Part {
    Part::cuboid([0; 3], [10; 3])
}

/// The text of the cube.
fn text() -> String {
    String::from_utf8(cube(10).ascii()).expect("text")
}

fn texts() -> Vec<Kind> {
    let kind = |name, what, file: String, why| Kind::of(name, what, part(), 1000.0, why).file(file.into_bytes());
    let in_two_words = [("endsolid", "end solid"), ("endloop", "end loop"), ("endfacet", "end facet")];
    let words = in_two_words.into_iter().fold(text(), |text, (one, two)| text.replace(one, two));
    let glued = text().replace("outer loop", "outerloop").replace("endsolid part", "endsolidpart");
    vec![
        kind(
            "text-end-solid",
            "text with `end solid`, `end loop`, `end facet`",
            words,
            "10³: the words say what is meant",
        ),
        kind("text-outerloop", "text with `outerloop` and `endsolidpart`", glued, "10³: as above"),
        kind("text-cr-lines", "text with lines ended by CR alone", text().replace('\n', "\r"), "10³"),
        kind("text-ctrl-z", "text with a last byte of Ctrl-Z", text() + "\u{1a}", "10³"),
    ]
}

fn binaries() -> Vec<Kind> {
    /// The place of the count of triangles.
    const COUNT: std::ops::Range<usize> = 80..84;
    let kind = |name, what, file, why| Kind::of(name, what, part(), 1000.0, why).file(file);
    let binary = || file(&cube(10).triangles());
    let counted = |count: u32| {
        let mut file = binary();
        file[COUNT].copy_from_slice(&count.to_le_bytes());
        file
    };
    let mut says_solid = binary();
    says_solid[..5].copy_from_slice(b"solid");
    let other = cuboid([15, 0, 0], [10; 3]);
    let both = Part::cuboid([15, 0, 0], [10; 3]).and(part());
    vec![
        kind(
            "binary-says-solid",
            "binary that begins with `solid`",
            says_solid,
            "10³: its length says that it is binary",
        ),
        kind(
            "binary-count-zero",
            "binary whose header counts 0 triangles",
            counted(0),
            "10³: 12 whole triangles are there",
        )
        .found(&["header_count_wrong"]),
        kind("binary-count-too-small", "binary whose header counts 7 of 12 triangles", counted(7), "10³: as above")
            .found(&["header_count_wrong"]),
        Kind::of(
            "binary-two-in-one-file",
            "binary with a second whole file behind the first",
            both,
            2000.0,
            "2 × 10³: half of it would be half of a price",
        )
        .file([binary(), file(&other.triangles())].concat())
        .cut(1, 5.5),
    ]
}

fn units() -> Vec<Kind> {
    let inches = Part::cuboid([0; 3], [3, 2, 1]);
    let halves = |corner: [f32; 3]| corner.map(|coordinate| coordinate / 2.0);
    let triangles: Vec<_> = inches.shape.triangles().into_iter().map(|triangle| triangle.map(halves)).collect();
    vec![
        Kind::of(
            "size-in-inches",
            "1.5 × 1 × 0.5, meant in inches (drawn twice as large)",
            inches,
            0.75,
            "1.5 × 1 × 0.5: the file names no unit; a person is told that it may be inches",
        )
        .triangles(&triangles, super::F32_ROUNDING)
        .found(&["unit_suspicious"])
        .cells_of(0.5)
        .cut(1, 0.5),
    ]
}
