//! Tests that replicas with different memory, threads and load give the same answers.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::future::join_all;
use futures_util::{StreamExt, stream};
use pricing_worker::appraise::{Appraiser, Limits, least_memory_bytes};
use pricing_worker::pricing::PriceBook;
use pricing_worker::worker::ports::{Body, NewObject, Object, ObjectRef, ObjectStore, StoreError};
use pricing_worker::worker::{Handler, Health, WorkerLimits};
use proptest::prelude::*;
use serde_json::json;
use tokio_util::sync::CancellationToken;

use crate::geometry::shapes::{Shape, cube, sphere, torus};
use crate::support::recorder::{Recorder, bounds, delivery};
use crate::support::soon;

/// A limit between the sizes of the models below: the worker examines some whole, and streams the others.
const TOPOLOGY_TRIANGLES: u64 = 300;

/// Models that need no repair, every repair, and ones beyond repair; of more and of fewer triangles than the limit.
fn models() -> impl Strategy<Value = Shape> {
    let whole = prop_oneof![
        Just(cube(10)),
        Just(cube(40).and(cube(20).moved([10; 3]))),
        Just(sphere(50.0, 6, 8)),
        Just(torus(500.0, 200.0, 12, 16)),
        Just(sphere(500.0, 12, 30).and(sphere(100.0, 6, 8))),
    ];
    (whole, prop::option::of(any::<prop::sample::Index>()), 0..2_usize).prop_map(|(mut shape, turned, gone)| {
        if let Some(index) = turned {
            let triangle = index.index(shape.0.len());
            shape.0[triangle].swap(0, 1);
        }
        shape.shuffled().without(gone)
    })
}

/// An in-memory store, by key.
#[derive(Clone)]
struct Models {
    models: Arc<Vec<Bytes>>,
    ahead_bytes: u64,
}

impl ObjectStore for Models {
    async fn open(&self, object: &ObjectRef) -> Result<Object, StoreError> {
        let number: usize = object.key.trim_end_matches(".stl").parse().expect("a number");
        let bytes = self.models[number].clone();
        let pieces: Vec<_> = bytes.chunks(700).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        Ok(Object {
            size_bytes: bytes.len() as u64,
            etag: Some("e1".into()),
            version_id: None,
            content_type: None,
            ahead_bytes: self.ahead_bytes,
            body: stream::iter(pieces).boxed(),
        })
    }

    async fn put(&self, _object: &NewObject<'_>, _body: Body) -> Result<(), StoreError> {
        unreachable!("an answer without files")
    }

    async fn probe(&self, _bucket: Option<&str>) -> Result<(), StoreError> {
        unreachable!("no object fails")
    }
}

/// The answers of a replica with this memory, which reads `ahead_bytes` ahead and runs jobs in parallel or in turn.
async fn answers(models: &[Bytes], memory_budget_bytes: u64, ahead_bytes: u64, at_once: bool) -> Vec<Bytes> {
    let limits = Limits { object_bytes: 1 << 30, topology_triangles: TOPOLOGY_TRIANGLES };
    let bounds = WorkerLimits { memory_budget_bytes, ..bounds() };
    let store = Models { models: Arc::new(models.to_vec()), ahead_bytes };
    let appraiser = Appraiser::new(PriceBook::sample(), limits);
    let handler: Handler<Models> = Handler::new(store, appraiser, &bounds, &Health::starting().0);
    let draining = CancellationToken::new();
    let answer = async |number: usize| {
        let event = json!({ "specversion": "1.0", "id": number.to_string(), "source": "mes", "type": "pricing.requested.v1",
                            "data": { "model": { "bucket": "models", "key": format!("{number}.stl") } } });
        let port = Recorder::default();
        handler.handle(&port, delivery(event.to_string().into(), 1), &draining).await;
        port.published.into_inner().expect("no panic").remove(0).body
    };
    if at_once {
        return soon("the answers", join_all((0..models.len()).map(answer))).await;
    }
    let mut answers = Vec::new();
    for number in 0..models.len() {
        answers.push(soon("the answer", answer(number)).await);
    }
    answers
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_replica_gives_the_same_bytes(
        shapes in prop::collection::vec(models(), 1..5),
        ascii in any::<bool>(),
        more_bytes in 0_u64..(1 << 30),
        ahead_bytes in prop_oneof![Just(0_u64), 1_u64..(64 << 20)],
        at_once in any::<bool>(),
    ) {
        let models: Vec<Bytes> =
            shapes.iter().map(|shape| if ascii { shape.ascii() } else { shape.binary() }.into()).collect();
        let least = least_memory_bytes(TOPOLOGY_TRIANGLES, &PriceBook::sample());
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("threads");
        let (small, other) = runtime.block_on(async {
            (answers(&models, least, 0, true).await, answers(&models, least + more_bytes, ahead_bytes, at_once).await)
        });
        prop_assert_eq!(small, other);
    }
}
