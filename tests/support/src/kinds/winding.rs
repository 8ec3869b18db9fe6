//! Triangles and bodies that face the wrong way, and cavities.

use super::Kind;
use super::part::Part;

pub(super) fn kinds() -> Vec<Kind> {
    [turned(), cavities()].concat()
}

fn turned() -> Vec<Kind> {
    let part = || Part::cuboid([0; 3], [10; 3]);
    let mirrored = |corner: [i64; 3]| [20 - corner[0], corner[1], corner[2]];
    let apart = part().and(Part::cuboid([15, 0, 0], [10; 3]));
    vec![
        Kind::of("inside-out", "a body inside out", part().surface(|shape| shape.inside_out()), 1000.0, "10³")
            .found(&["inverted_mesh"]),
        Kind::of(
            "some-triangles-turned",
            "some triangles wound the other way",
            part().surface(|mut shape| {
                for triangle in [0, 3, 7] {
                    shape.0[triangle].swap(0, 1);
                }
                shape
            }),
            1000.0,
            "10³",
        )
        .found(&["winding_repaired"]),
        Kind::of(
            "one-of-two-inside-out",
            "two bodies, one of them inside out",
            apart.surface(|mut shape| {
                shape.0[12..].iter_mut().for_each(|triangle| triangle.swap(0, 1));
                shape
            }),
            2000.0,
            "2 × 10³: a body that faces inward and lies in no other is turned",
        )
        .found(&["winding_repaired"])
        .cut(1, 5.5),
        Kind::of(
            "mirrored-half",
            "two halves that touch, one of them mirrored with its winding",
            part().and(part().map(mirrored)),
            2000.0,
            "2 × 10³: the mirrored one is turned",
        )
        .found(&["winding_repaired"])
        .cut(1, 5.5),
    ]
}

fn cavities() -> Vec<Kind> {
    let hollow = || Part::cuboid([0; 3], [20; 3]).hollow([4; 3], [12; 3]);
    let vessel = Part::cuboid([0; 3], [24; 3]);
    vec![
        Kind::of("cavity", "a cavity", hollow(), 8000.0 - 1728.0, "20³ − 12³").cut(2, 10.5),
        Kind::of(
            "cavity-inside-out",
            "a hollow body inside out",
            hollow().surface(|shape| shape.inside_out()),
            8000.0 - 1728.0,
            "20³ − 12³: the outermost body decides which side is out",
        )
        .found(&["inverted_mesh"])
        .cut(2, 10.5),
        Kind::of(
            "body-in-a-cavity",
            "a body that is loose in a cavity",
            hollow().and(Part::cuboid([7; 3], [6; 3])),
            8000.0 - 1728.0 + 216.0,
            "20³ − 12³ + 6³",
        )
        .cut(2, 10.5),
        Kind::of(
            "pillar-in-a-cavity",
            "a pillar, let 2 mm into the floor and the ceiling of a cavity",
            vessel.clone().hollow([4; 3], [16; 3]).and(Part::cuboid([10, 10, 2], [4, 4, 20])),
            13_824.0 - 4096.0 + 16.0 * 16.0,
            "24³ − 16³ + 4 × 4 × 16: of the pillar, what stands in the cavity is added",
        )
        .cut(1, 12.5),
        Kind::of(
            "cavities-that-overlap",
            "two cavities overlap",
            vessel.hollow([4, 4, 8], [12, 6, 8]).hollow([10, 4, 8], [6, 16, 8]),
            13_824.0 - (576.0 + 768.0 - 288.0),
            "24³ − (12 × 6 × 8 + 6 × 16 × 8 − 6 × 6 × 8): what both share is empty once",
        )
        .cut(2, 12.5),
    ]
}
