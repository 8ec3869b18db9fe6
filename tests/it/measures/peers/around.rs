//! Hulls and smallest boxes of real printed parts, held against trimesh's.

use std::fmt::Write as _;
use std::fs;
use std::sync::LazyLock;

use bench_report::marks::replaced;

use super::{DOCUMENT, all, part};
use crate::fixtures::assert_current;
use crate::measures::measures;
use crate::project::{assert_none, read};

/// How far the volume of a hull may be from Qhull's: of text, trimesh keeps 64 bits of each coordinate, and we 32.
const OF_HULL: f64 = 1e-7;
/// By how much our box may be larger than trimesh's.
const OF_BOX: f64 = 1e-4;

/// By how much each of our hulls and boxes is larger than trimesh's, as shares.
static DIFFERENCES: LazyLock<Vec<(String, [f64; 2])>> = LazyLock::new(|| {
    let compared = all().into_iter().map(|(name, answers)| {
        let found = measures(&fs::read(part(&name, &answers)).expect("it was read before"));
        let of_hull = found["hull_volume"] / answers.hull_volume - 1.0;
        (name, [of_hull, found["oriented_box_volume"] / answers.oriented_box_volume - 1.0])
    });
    compared.collect()
});

#[test]
fn hulls_and_boxes_agree_with_trimesh() {
    assert!(DIFFERENCES.len() >= 20, "{} models", DIFFERENCES.len());
    let wrong = DIFFERENCES.iter().filter(|(_, [of_hull, of_box])| of_hull.abs() > OF_HULL || *of_box > OF_BOX);
    let wrong = wrong.map(|(name, [of_hull, of_box])| format!("{name}: hull {of_hull:e}, box {of_box:e}"));
    assert_none("hulls and boxes of real models", &wrong.collect::<Vec<_>>());
}

#[test]
fn the_table_of_boxes_is_current() {
    let mut text = String::from(
        "<!-- Made from tests/it/measures/peers/around.rs by `UPDATE_FIXTURES=1 tests/run measures`. -->\n\n\
         | measure | parts | smaller than trimesh's by at most | larger by at most |\n| --- | --- | --- | --- |\n",
    );
    for (place, measure) in ["hull_volume", "oriented_box_volume"].into_iter().enumerate() {
        let all = || DIFFERENCES.iter().map(|(_, of_part)| of_part[place]);
        // To a power of ten: a search ends in other digits on other processors.
        let share = |share: f64| if share <= 0.0 { "0".to_owned() } else { format!("10^{}", share.log10().ceil()) };
        let [smaller, larger] = [all().map(|by| -by).fold(0.0, f64::max), all().fold(0.0, f64::max)].map(share);
        let _ = writeln!(text, "| `{measure}` | {} | {smaller} | {larger} |", DIFFERENCES.len());
    }
    text.push('\n');
    let document = read(DOCUMENT);
    assert_current(&format!("../{DOCUMENT}"), replaced(&document, "boxes", &text).as_bytes());
}
