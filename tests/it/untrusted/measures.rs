//! Property tests of the measures and layers of any meshes.

use proptest::collection::vec;
use proptest::prelude::*;
use test_support::kinds::{self, Right};

use super::checks::{bodies, measures};

/// The most triangles of a mesh: the fuzz target has more, and is optimised.
const MOST_TRIANGLES: usize = 256;

#[test]
fn every_kind_has_the_properties_of_measures() {
    for kind in kinds::all().iter().filter(|kind| matches!(kind.right, Right::Solid(_))) {
        measures::check(&kind.section.triangles);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_bodies_have_the_properties_of_measures(bytes in vec(any::<u8>(), 0..60)) {
        measures::check(&bodies::mesh(&bytes, MOST_TRIANGLES));
    }
}
