//! Tests that all replicas measure a model alike: on any number of threads, in any chunks, with any limit that holds it.

use std::fmt;
use std::sync::LazyLock;

use pricing_worker::appraise::{Limits, MeasuredModel};
use pricing_worker::contract::{FindingCode, Reason};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use rayon::{ThreadPool, ThreadPoolBuilder};

use super::arbitrary::{damaged, damaged_of_many_blocks, soup};
use super::shapes::Shape;
use super::{LIMITS, codes, measure_chunks};

static POOLS: LazyLock<[ThreadPool; 3]> = LazyLock::new(|| {
    [1, 2, 5].map(|threads| ThreadPoolBuilder::new().num_threads(threads).build().expect("threads can be started"))
});

/// A model, with its own output when a test fails.
#[derive(Clone)]
struct Model(Shape);

impl fmt::Debug for Model {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let triangles = &self.0.0;
        if triangles.len() < 1000 { write!(f, "{triangles:?}") } else { write!(f, "{} triangles", triangles.len()) }
    }
}

fn model() -> impl Strategy<Value = Model> {
    prop_oneof![12 => soup(), 12 => damaged(), 1 => damaged_of_many_blocks()].prop_map(Model)
}

/// Measures a file that is cut into chunks at these places.
fn measured(bytes: &[u8], cuts: &[Index], topology_triangles: u64) -> Result<MeasuredModel, Reason> {
    let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).chain([0, bytes.len()]).collect();
    places.sort_unstable();
    measure_chunks(places.windows(2).map(|ends| &bytes[ends[0]..ends[1]]), &Limits { topology_triangles, ..LIMITS })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn every_replica_gives_the_same_result(
        Model(shape) in model(),
        is_text: bool,
        cuts in vec(any::<Index>(), 0..8),
        above_count in -3_i64..=3,
        larger_limit in 0..=u64::from(u32::MAX),
    ) {
        let bytes = if is_text { shape.ascii() } else { shape.binary() };
        let count = shape.0.len() as u64;
        let limit = count.saturating_add_signed(above_count);
        let expected = POOLS[0].install(|| measured(&bytes, &[], limit));
        for pool in POOLS.iter() {
            let found = pool.install(|| measured(&bytes, &cuts, limit));
            prop_assert_eq!(&found, &expected, "{} threads", pool.current_num_threads());
        }
        if limit >= count {
            prop_assert_eq!(measured(&bytes, &cuts, count + larger_limit), expected, "both limits hold the mesh");
        } else if let Ok(measured) = expected {
            prop_assert!(codes(&measured).contains(&FindingCode::TopologySkipped));
        }
    }
}
