//! Property tests of untrusted bytes as models.

use pricing_worker::contract::RejectionCode;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::changes::{Bytes, changed, files, spliced};
use super::checks::model::check;

const FOLDERS: [&str; 2] = ["models", "rejected"];
const WORDS: [&str; 16] = [
    "solid ",
    "endsolid ",
    "facet ",
    "\nfacet ",
    "\nFACET ",
    "normal ",
    "outer loop ",
    "vertex ",
    "endloop ",
    "endfacet ",
    "\n",
    "\r",
    " ",
    "\u{feff}",
    "\0",
    "nan ",
];

/// Generates bytes that begin like a file of the format.
fn noise() -> impl Strategy<Value = Bytes> {
    let header = |count: u8| [&[b' '; 80][..], &[count, 0, 0, 0]].concat();
    let starts = prop_oneof![
        select(vec![&b""[..], b"solid", b"solid\nfacet normal 0 0 0 outer loop "]).prop_map(<[u8]>::to_vec),
        any::<u8>().prop_map(header),
    ];
    (starts, vec(any::<u8>(), 0..2000)).prop_map(|(start, rest)| Bytes([start, rest].concat()))
}

/// Generates words of the format in any order.
fn words() -> impl Strategy<Value = Bytes> {
    vec(select(&WORDS), 0..60).prop_map(|words| Bytes(format!("solid {}", words.concat()).into_bytes()))
}

/// Generates triangles between a few points: most of them share edges, in every way.
fn soup() -> impl Strategy<Value = Bytes> {
    let point = vec(-2_i8..=2, 3);
    vec(vec(point, 3), 1..40).prop_map(|triangles| {
        let record = |corners: &Vec<Vec<i8>>| {
            let numbers = corners.iter().flatten().flat_map(|&number| f32::from(number).to_le_bytes());
            [vec![0; 12], numbers.collect(), vec![0; 2]].concat()
        };
        let records: Vec<u8> = triangles.iter().flat_map(record).collect();
        Bytes([&[0; 80][..], &(triangles.len() as u32).to_le_bytes(), &records].concat())
    })
}

/// Generates triangles in a line or a plane that is along no axis: whatever volume they seem to enclose is rounding.
fn flat() -> impl Strategy<Value = Bytes> {
    let direction = prop::array::uniform3(-1000.0_f32..1000.0);
    let place = prop::array::uniform2(-4_i8..=4);
    (direction.clone(), direction.clone(), direction, any::<bool>(), vec(vec(place, 3), 1..30)).prop_map(
        |(start, u, v, is_line, triangles)| {
            let corner = |place: &[i8; 2]| {
                let [along_u, along_v] = place.map(f32::from);
                let along_v = if is_line { 0.0 } else { along_v };
                [0, 1, 2].map(|axis| start[axis] + along_u * u[axis] + along_v * v[axis])
            };
            let triangles: Vec<_> =
                triangles.iter().map(|places| [0, 1, 2].map(|number| corner(&places[number]))).collect();
            Bytes(crate::geometry::shapes::binary(&triangles))
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn flat_triangles_enclose_nothing(bytes in flat()) {
        check(&bytes.0);
        let reason = crate::geometry::measure(&bytes.0).expect_err("no solid");
        prop_assert_eq!(reason.code, RejectionCode::NoVolume, "{}", reason);
    }

    #[test]
    fn noise_is_answered(bytes in prop_oneof![noise(), words()]) {
        check(&bytes.0);
    }

    #[test]
    fn triangles_between_a_few_points_are_answered(bytes in soup()) {
        check(&bytes.0);
    }

    #[test]
    fn changed_models_are_answered(bytes in prop_oneof![changed(&FOLDERS, &WORDS), spliced(&FOLDERS)]) {
        check(&bytes.0);
    }
}

/// What fuzzing has found, and is mended.
#[test]
fn what_was_found_keeps_the_rules() {
    let found = files(&["found"]);
    assert!(found.len() >= 2, "{} files in fixtures/found", found.len());
    for bytes in found {
        check(&bytes);
    }
}
