//! The inputs: three models that are the same on every machine.

use pricing_worker::mesh::Triangle;
use test_support::shapes::{self, Shape, cuboid, sphere, torus};

/// A model, and the parts of its event that prove it to be the intended one.
pub struct Input {
    pub name: &'static str,
    pub bytes: fn() -> Vec<u8>,
    pub event_has: &'static [&'static str],
}

pub const ALL: [Input; 3] = [
    // The usual case: one closed shell, nothing to repair.
    Input {
        name: "binary",
        bytes: || shapes::binary(&part(&sphere(400_000.0, 100, 201))),
        event_has: &[r#""triangle_count":39798"#, r#""watertight":true"#, r#""shell_count":1"#, r#""quotes":[{"#],
    },
    Input {
        name: "ascii",
        bytes: || shapes::ascii(&part(&sphere(400_000.0, 50, 101))),
        event_has: &[r#""triangle_count":9898"#, r#""watertight":true"#, r#""shell_count":1"#, r#""quotes":[{"#],
    },
    // All slow paths.
    Input {
        name: "repairs",
        bytes: || shapes::binary(&off_by_a_bit(&part(&broken()))),
        event_has: &[
            "open_mesh",
            "near_vertices_welded",
            "winding_repaired",
            "multiple_shells",
            "overlapping_shells",
            "non_manifold_edges",
            r#""quotes":[{"#,
        ],
    },
];

pub fn named(name: &str) -> &'static Input {
    static INPUTS: [Input; 3] = ALL;
    INPUTS.iter().find(|input| input.name == name).unwrap_or_else(|| panic!("no input is named {name}"))
}

/// Scales a shape to the size of a part: its lattice is fine enough for its corners to differ.
fn part(shape: &Shape) -> Vec<Triangle> {
    shape.triangles().iter().map(|triangle| triangle.map(|corner| corner.map(|c| c * 1e-4))).collect()
}

/// Shells beside, within and across one another, with holes, of mixed winding, and two cubes that share an edge.
fn broken() -> Shape {
    let ball = sphere(20_000.0, 20, 40);
    let mut all = sphere(100_000.0, 40, 80).and(sphere(60_000.0, 30, 60).inside_out()).and(ball.clone());
    for number in 1..5 {
        // Neighbours overlap.
        let ball = ball.moved([250_000, 30_000 * number, 0]);
        all = all.and(Shape(ball.0.iter().skip(40).step_by(2).copied().collect()).and(one_in_two_turned(&ball)));
    }
    all.and(torus(60_000.0, 20_000.0, 40, 40).moved([0, 300_000, 0]).without(25))
        .and(cuboid([-300_000; 3], [10_000; 3]))
        .and(cuboid([-290_000, -290_000, -300_000], [10_000; 3]))
}

/// Flips every second triangle, starting with the second.
fn one_in_two_turned(shape: &Shape) -> Shape {
    Shape(shape.0.iter().skip(1).step_by(2).copied().collect()).inside_out()
}

/// Changes the last bit of some corners, as exporters write them.
fn off_by_a_bit(triangles: &[Triangle]) -> Vec<Triangle> {
    let off = |(number, triangle): (usize, &Triangle)| {
        triangle.map(|corner| if number.is_multiple_of(5) { corner.map(f32::next_up) } else { corner })
    };
    triangles.iter().enumerate().map(off).collect()
}
