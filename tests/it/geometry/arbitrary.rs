//! Generators of arbitrary models: soups of triangles, and damaged shapes.

use pricing_worker::mesh::BLOCK_TRIANGLES;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;

use super::shapes::{Shape, cube, sphere, torus};

/// Generates small lattice soups: holes, touching shells, degenerate triangles and overlaps of every kind.
pub fn soup() -> impl Strategy<Value = Shape> {
    let corner = prop::array::uniform3(-3_i64..4);
    vec(prop::array::uniform3(corner), 1..40).prop_map(Shape)
}

/// Generates closed shapes with some triangles flipped and some removed.
pub fn damaged() -> impl Strategy<Value = Shape> {
    damage(prop_oneof![Just(cube(10)), Just(sphere(50.0, 6, 8)), Just(torus(50.0, 20.0, 6, 8))])
}

/// The same, with enough blocks that threads share them.
pub fn damaged_of_many_blocks() -> impl Strategy<Value = Shape> {
    const RINGS: usize = 110;
    const { assert!(2 * RINGS * RINGS > 5 * BLOCK_TRIANGLES, "five blocks are summed in parallel") }
    damage(Just(torus(40_000.0, 15_000.0, RINGS, RINGS)))
}

fn damage(closed: impl Strategy<Value = Shape>) -> impl Strategy<Value = Shape> {
    (closed, vec(any::<Index>(), 0..6), 0..4_usize).prop_map(|(mut shape, turned, removed)| {
        for index in turned {
            let triangle = index.index(shape.0.len());
            shape.0[triangle].swap(0, 1);
        }
        shape.shuffled().without(removed)
    })
}
