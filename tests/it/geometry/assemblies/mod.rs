//! Tests of assemblies that people print: bodies that are welded by overlapping, and bodies that move in one another. Each is
//! priced, and no person need look.

mod parts;
mod printed;

use pricing_worker::appraise::{Appraiser, Outcome, QuoteRequest};
use pricing_worker::contract::{Completed, Item};
use pricing_worker::pricing::PriceBook;
use test_support::appraising::{self, quote_request};
use test_support::kinds::{Cells, Strip};

use self::parts::{
    Outline, Surface, ball, cuboid, mapped, moved, prism, ring, signed_volume, stack, thread, tube, with_hole,
};
use super::images::images;
use super::shapes::{self, Shape, binary};
use super::{LIMITS, assert_close, told};
use crate::project::assert_none;

/// An assembly, and the volume of its solid in mm³.
struct Assembly {
    name: &'static str,
    surface: Surface,
    volume: f64,
}

#[test]
fn assemblies_are_priced_without_a_review() {
    let assemblies = [
        hinge(),
        chain_mail(),
        gears_on_pins(),
        raised_letters(),
        bracket(),
        rod_in_a_nut(),
        lattice(),
        box_with_a_lid(),
        pillars_under_a_part(),
        ball_in_a_socket(),
    ];
    let mut problems = Vec::new();
    for Assembly { name, surface, volume } in assemblies {
        let triangles: Vec<_> =
            surface.iter().map(|triangle| triangle.map(|corner| corner.map(|coordinate| coordinate as f32))).collect();
        for (image, bytes) in std::iter::once(("as it is", binary(&triangles))).chain(images(&triangles)) {
            // The corners are rounded to f32, twice where the image is turned.
            problems.extend(problem(&format!("{name}, {image}"), &bytes, volume, 1e-5));
        }
    }
    assert_none("assemblies", &problems);
}

/// What is wrong with the price of a model.
fn problem(name: &str, bytes: &[u8], volume: f64, tolerance: f64) -> Option<String> {
    let completed = match price(bytes) {
        Ok(completed) => completed,
        Err(reason) => return Some(format!("{name}: {reason}")),
    };
    let found = completed.geometry.volume_mm3;
    if (found - volume).abs() > volume * tolerance {
        return Some(format!("{name}: {found} mm3, and not {volume}; {}", told(&completed.findings)));
    }
    completed.review_required.then(|| format!("{name}: sent to a person: {}", told(&completed.findings)))
}

/// Prices a model in one material: in that of small castings, a large part would be reviewed for its size.
fn price(bytes: &[u8]) -> Result<Completed, String> {
    let appraiser = Appraiser::new(PriceBook::sample(), LIMITS);
    let item = Item { material: "pa12-sls".into(), quantities: vec![1], lead_times: vec!["standard".into()] };
    let request = QuoteRequest { items: vec![item], ..quote_request("assembly.stl") };
    let result = appraising::measure(&appraiser, &request, [bytes])
        .and_then(|measured| appraiser.quote(&request, &request.object, measured));
    match appraiser.outcome(&request, &request.object, result) {
        Outcome::Completed(event) => Ok(event.data),
        Outcome::Rejected(event) => Err(event.data.reason.to_string()),
    }
}

fn on_the_lattice(name: &'static str, shape: &Shape, cells: &Cells) -> Assembly {
    let corner = |corner: shapes::Corner| corner.map(|coordinate| coordinate as f64);
    let surface = shape.0.iter().map(|triangle| triangle.map(corner)).collect();
    Assembly { name, surface, volume: cells.volume() }
}

/// Boxes that share volumes, as one solid.
fn welded(name: &'static str, boxes: &[([i64; 3], [i64; 3])]) -> Assembly {
    let shape = Shape(boxes.iter().flat_map(|&(min, size)| shapes::cuboid(min, size).0).collect());
    let cells = boxes.iter().fold(Cells::default(), |cells, &(min, size)| cells.and(min, size));
    on_the_lattice(name, &shape, &cells)
}

/// Two leaves whose knuckles are welded on by overlapping, and a pin with heads that goes through with clearance.
fn hinge() -> Assembly {
    let (hole, pin) = (Outline::round(32, 2.0), Outline::round(32, 1.6));
    let head = Outline::round(32, 3.0);
    let knuckle = Outline::square(32, 4.0);
    // The leaves reach a millimetre into their knuckles.
    let leaf = |x: f64| cuboid([x, -4.0, -1.0], [17.0, 2.0, 32.0]);
    let knuckles = [[0.0, 9.6], [10.0, 20.0], [20.4, 30.0]];
    let mut surface = Surface::new();
    for z in knuckles {
        surface.extend(tube(&knuckle, &hole, z));
    }
    // The first leaf holds the outer knuckles, the second one that between them.
    let first = [[0.0, 9.6], [20.4, 30.0]].map(|z| cuboid([3.0, -4.0, z[0]], [3.0, 2.0, z[1] - z[0]]));
    surface.extend(first.concat());
    surface.extend(leaf(5.0));
    surface.extend(cuboid([-6.0, -4.0, 10.0], [3.0, 2.0, 10.0]));
    surface.extend(leaf(-22.0));
    // The heads overlap the pin by a millimetre.
    surface.extend(prism(&pin, [-2.0, 32.0]));
    surface.extend(prism(&head, [-3.0, -1.0]));
    surface.extend(prism(&head, [31.0, 33.0]));
    let knuckle_area = knuckle.area() - hole.area();
    let length = 9.6 + 10.0 + 9.6;
    // Of each tongue a millimetre lies in its knuckle, and another in its leaf.
    let tongues = 2.0 * length;
    let leaves = 2.0 * 17.0 * 2.0 * 32.0;
    let volume = knuckle_area * length + tongues + leaves + pin.area() * 32.0 + head.area() * 4.0;
    Assembly { name: "hinge, printed in place", surface, volume }
}

/// Flat rings, and upright ones that join each two neighbours.
fn chain_mail() -> Assembly {
    const PITCH: f64 = 14.0;
    let mut surface = Surface::new();
    for i in 0..3 {
        for j in 0..3 {
            let (x, y) = (f64::from(i) * PITCH, f64::from(j) * PITCH);
            surface.extend(moved(ring(5.0, 0.6), [x, y, 0.0]));
            if i < 2 {
                let upright = mapped(ring(4.0, 0.6), |[x, y, z]| [x, -z, y]);
                surface.extend(moved(upright, [x + PITCH / 2.0, y, 0.0]));
            }
            if j < 2 {
                let upright = mapped(ring(4.0, 0.6), |[x, y, z]| [z, x, y]);
                surface.extend(moved(upright, [x, y + PITCH / 2.0, 0.0]));
            }
        }
    }
    let volume = signed_volume(&surface);
    Assembly { name: "chain mail", surface, volume }
}

/// Gears that turn on pins; the pins are sunk into a plate.
fn gears_on_pins() -> Assembly {
    const COUNT: usize = 96;
    let tooth = |turns: f64| if (turns * 12.0).fract() < 0.5 { 10.0 } else { 8.0 };
    let (gear, hole) = (Outline::new(COUNT, tooth), Outline::round(COUNT, 2.4));
    let pin = Outline::round(48, 2.0);
    let mut surface = cuboid([-12.0, -12.0, 0.0], [40.0, 40.0, 3.0]);
    // On a diagonal: the boxes of the gears overlap, the gears do not.
    for place in [[0.0, 0.0, 0.0], [16.0, 16.0, 0.0]] {
        surface.extend(moved(tube(&gear, &hole, [3.4, 8.0]), place));
        surface.extend(moved(prism(&pin, [2.0, 10.0]), place));
    }
    let gears = 2.0 * (gear.area() - hole.area()) * 4.6;
    let volume = 40.0 * 40.0 * 3.0 + gears + 2.0 * pin.area() * 7.0;
    Assembly { name: "gears on pins", surface, volume }
}

/// Letters of strokes that cross one another, sunk into a plate.
fn raised_letters() -> Assembly {
    let stroke = |path: &[[i64; 2]]| {
        let strip = Strip { path, closed: false, half_width: 1, z: [2, 6] };
        (strip.shape(), strip.cells())
    };
    let strokes = [
        // H
        stroke(&[[4, 3], [4, 17]]),
        stroke(&[[12, 3], [12, 17]]),
        stroke(&[[3, 10], [13, 10]]),
        // E
        stroke(&[[26, 4], [18, 4], [18, 16], [26, 16]]),
        stroke(&[[18, 10], [24, 10]]),
        // T
        stroke(&[[30, 16], [42, 16]]),
        stroke(&[[36, 3], [36, 17]]),
    ];
    let plate = ([0; 3], [46, 20, 3]);
    let (mut shape, mut cells) = (shapes::cuboid(plate.0, plate.1), Cells::of(plate.0, plate.1));
    for (stroke, of_stroke) in strokes {
        (shape, cells) = (shape.and(stroke), cells.with(of_stroke));
    }
    on_the_lattice("raised letters", &shape, &cells)
}

/// A wall, a floor, two ribs and a boss.
fn bracket() -> Assembly {
    welded(
        "bracket",
        &[
            ([0, 0, 0], [40, 30, 4]),
            ([0, 0, 2], [4, 30, 28]),
            ([2, 4, 2], [12, 3, 20]),
            ([2, 23, 2], [12, 3, 20]),
            ([26, 11, 0], [8, 8, 10]),
        ],
    )
}

fn rod_in_a_nut() -> Assembly {
    let rod = stack(&thread(4.0, 5.0, 2.0, 6));
    let outer = [0.0, 6.0].map(|z| (z, Outline::round(24, 9.0)));
    // Two turns up, so that crests stand in roots, with a clearance of 0.4 mm.
    let nut = moved(with_hole(&outer, &thread(4.4, 5.4, 2.0, 3)), [0.0, 0.0, 4.0]);
    let surface = [rod, nut].concat();
    let volume = signed_volume(&surface);
    Assembly { name: "threaded rod in a nut", surface, volume }
}

/// Rods along three axes that cross one another.
fn lattice() -> Assembly {
    let mut boxes = Vec::new();
    for i in 0..4 {
        for j in 0..4 {
            let (a, b) = (i * 6, j * 6);
            boxes.push(([0, a, b], [20, 2, 2]));
            boxes.push(([a, 0, b], [2, 20, 2]));
            boxes.push(([a, b, 0], [2, 2, 20]));
        }
    }
    // Every second rod ends a millimetre further out: ends in one plane would be rare.
    for (number, (min, size)) in boxes.iter_mut().enumerate().filter(|(number, _)| number % 2 == 0) {
        let axis = number % 3;
        (min[axis], size[axis]) = (-1, 22);
    }
    welded("lattice of rods", &boxes)
}

/// A box of five walls, and apart from it a lid with a rim that goes into it.
fn box_with_a_lid() -> Assembly {
    let walls = [
        ([0, 0, 0], [40, 30, 2]),
        ([0, 0, 0], [2, 30, 20]),
        ([38, 0, 0], [2, 30, 20]),
        ([0, 0, 0], [40, 2, 20]),
        ([0, 28, 0], [40, 2, 20]),
    ];
    // Half inside the box: 1 mm of clearance all round.
    let rim = Strip { path: &[[4, 4], [36, 4], [36, 26], [4, 26]], closed: true, half_width: 1, z: [17, 23] };
    let lid = ([0, 0, 22], [40, 30, 2]);
    let mut shape = rim.shape().and(shapes::cuboid(lid.0, lid.1));
    let mut cells = rim.cells().and(lid.0, lid.1);
    for (min, size) in walls {
        (shape, cells) = (shape.and(shapes::cuboid(min, size)), cells.and(min, size));
    }
    on_the_lattice("box with a lid", &shape, &cells)
}

/// Pillars that reach into the base below them and into the part above.
fn pillars_under_a_part() -> Assembly {
    let pillar = Outline::round(12, 0.8);
    let mut surface =
        [cuboid([0.0, 0.0, 0.0], [30.0, 20.0, 1.0]), cuboid([0.0, 0.0, 12.0], [30.0, 20.0, 5.0])].concat();
    let mut count = 0.0;
    for i in 0..5 {
        for j in 0..3 {
            let place = [3.0 + f64::from(i) * 6.0, 4.0 + f64::from(j) * 6.0, 0.0];
            surface.extend(moved(prism(&pillar, [0.5, 12.5]), place));
            count += 1.0;
        }
    }
    let volume = 600.0 * 1.0 + 600.0 * 5.0 + count * pillar.area() * 11.0;
    Assembly { name: "pillars under a part", surface, volume }
}

/// A ball in a hollow block: a cavity with a body in it, and a stem that is welded to the block.
fn ball_in_a_socket() -> Assembly {
    let cavity: Surface = ball(8.4).into_iter().map(|[a, b, c]| [a, c, b]).collect();
    let block = cuboid([-12.0, -12.0, -12.0], [24.0, 24.0, 24.0]);
    let stem = Outline::round(24, 3.0);
    let apart = [block, cavity, ball(8.0)].concat();
    let volume = signed_volume(&apart) + stem.area() * 9.0;
    let surface = [apart, prism(&stem, [11.0, 21.0])].concat();
    Assembly { name: "ball in a socket", surface, volume }
}

/// The formulas of the parts, held against one another.
#[test]
fn parts_have_the_volume_of_their_formula() {
    let (outer, inner) = (Outline::square(32, 4.0), Outline::round(32, 2.0));
    assert_close(outer.area(), 64.0, 1e-12, "square");
    assert_close(signed_volume(&tube(&outer, &inner, [1.0, 4.0])), 3.0 * (64.0 - inner.area()), 1e-12, "tube");
    assert_close(signed_volume(&prism(&inner, [-1.0, 4.0])), 5.0 * inner.area(), 1e-12, "prism");
}
