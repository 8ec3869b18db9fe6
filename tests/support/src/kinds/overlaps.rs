//! Bodies that share a volume, and bodies that only look as if they did.

use super::part::Part;
use super::{Kind, Strip};

pub(super) fn kinds() -> Vec<Kind> {
    [overlapping(), nested(), apart()].concat()
}

fn overlapping() -> Vec<Kind> {
    let bars = Part::cuboid([0, 13, 0], [30, 4, 4]).and(Part::cuboid([13, 0, 0], [4, 30, 4]));
    let panels = [0, 27].map(|x| Part::cuboid([x, 0, 0], [3, 20, 20]));
    let boards = [3, 9, 15].map(|z| Part::cuboid([1, 2, z], [28, 16, 2]));
    let diagonal = Part::cuboid([0; 3], [10; 3]).and(Part::cuboid([6; 3], [10; 3]));
    let letter = |path: &[[i64; 2]]| Part::strip(&Strip { path, closed: false, half_width: 1, z: [2, 6] });
    let letters = [
        letter(&[[4, 13], [4, 4], [9, 4]]),
        letter(&[[13, 13], [13, 4], [19, 4], [19, 13]]),
        letter(&[[23, 3], [23, 13]]),
    ];
    let knot = Strip { path: &[[0, 6], [24, 6], [24, 22], [10, 22], [10, 0]], closed: false, half_width: 2, z: [0, 4] };
    vec![
        Kind::of(
            "bars-that-cross",
            "two bars cross",
            bars,
            2.0 * 480.0 - 64.0,
            "2 × 480 − 64: what both bars share is there once",
        )
        .cut(2, 2.5),
        Kind::of(
            "boards-in-panels",
            "three boards, let 2 mm into two panels",
            Part::all(panels.into_iter().chain(boards)),
            2.0 * 1200.0 + 3.0 * (24.0 * 16.0 * 2.0),
            "2 × 1200 + 3 × 24 × 16 × 2: of each board, what is between the panels is added",
        )
        .cut(1, 10.5),
        Kind::of(
            "cubes-on-a-diagonal",
            "two cubes share a corner's room",
            diagonal,
            2.0 * 1000.0 - 64.0,
            "2 × 1000 − 64",
        )
        .cut(2, 8.5),
        Kind::of(
            "letters-on-a-plate",
            "letters, sunk 1 mm into a plate",
            Part::all([Part::cuboid([0; 3], [28, 16, 3])].into_iter().chain(letters)),
            28.0 * 16.0 * 3.0 + 48.0 * 2.0 * 3.0,
            "28 × 16 × 3 + 48 (the strokes) × 2 × 3: of the letters, what stands out of the plate is added",
        )
        .cut(1, 4.5),
        Kind::of(
            "shell-crosses-itself",
            "one shell crosses itself",
            Part::strip(&knot),
            76.0 * 16.0 - 64.0,
            "76 (along the bar) × 16 − 64: where it is wound around twice, it is solid once",
        )
        .cut(2, 2.5),
    ]
}

fn nested() -> Vec<Kind> {
    let outer = || Part::cuboid([0; 3], [20; 3]);
    vec![
        Kind::of(
            "body-inside-a-body",
            "a body inside a body",
            outer().and(Part::cuboid([6; 3], [8; 3])),
            8000.0,
            "20³: the room of the inner one is solid already",
        )
        .cut(2, 10.5),
        Kind::of(
            "body-against-the-inside-of-a-wall",
            "the same, and it touches a wall from inside",
            outer().and(Part::cuboid([0, 6, 6], [8; 3])),
            8000.0,
            "20³",
        )
        .cut(2, 10.5),
    ]
}

fn apart() -> Vec<Kind> {
    let upright = |[x, y, z]: [i64; 3]| [x, -z, y];
    let link =
        Part::strip(&Strip { path: &[[0, 0], [14, 0], [14, 8], [0, 8]], closed: true, half_width: 1, z: [-1, 1] });
    let chain = link.clone().and(link.map(upright).moved([11, 4, -4])).and(link.moved([22, 0, 0]));
    let ring =
        Part::strip(&Strip { path: &[[2, 2], [14, 2], [14, 14], [2, 14]], closed: true, half_width: 2, z: [0, 4] });
    let hook = Part::strip(&Strip {
        path: &[[0, 2], [16, 2], [16, 12], [8, 12], [8, 6]],
        closed: false,
        half_width: 1,
        z: [0, 8],
    });
    let eye = Part::strip(&Strip {
        path: &[[12, -3], [28, -3], [28, 11], [12, 11]],
        closed: true,
        half_width: 1,
        z: [-8, -6],
    });
    vec![
        Kind::of(
            "chain",
            "three links of a chain",
            chain,
            3.0 * 44.0 * 4.0,
            "3 × 44 (along a link) × 4: the boxes of the links overlap, their metal does not",
        )
        .cut(2, 0.5),
        Kind::of(
            "pin-in-a-ring",
            "a pin in a ring, with clearance",
            ring.and(Part::cuboid([6, 6, -5], [4, 4, 14])),
            48.0 * 16.0 + 14.0 * 16.0,
            "48 × 16 + 14 × 16: the pin lies in the box of the ring, not in the ring",
        )
        .cut(2, 2.5),
        Kind::of(
            "hinge",
            "a hinge that is printed in place",
            hook.and(eye.map(upright)),
            40.0 * 16.0 + 60.0 * 4.0,
            "40 × 16 + 60 × 4: the hook goes around the pin with clearance",
        )
        .cut(2, 4.5),
    ]
}
