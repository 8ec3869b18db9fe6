//! The mover: does everything that the worker does for a job except the pricing. It consumes requests from the same
//! queue through the same port, as many at once, gets the whole object through the same store adapter and drops it,
//! publishes a result as long as the worker's, confirmed and mandatory, and then acknowledges.
//!
//! The worker's cost beyond the mover's is that of pricing: parsing, measuring, quoting, writing the result, metrics
//! and log. The mover is a separate process on the same runtime: this bench's executable, started again.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{TryStreamExt, future};
use pricing_worker::adapter::S3;
use pricing_worker::adapter::amqp::{Amqp, Config, TopologyMode};
use pricing_worker::config::Environment;
use pricing_worker::worker::ports::{Delivery, MessagePort, ObjectRef, ObjectStore, Outgoing, Route, TraceContext};
use pricing_worker::worker::{Health, runtime};
use serde::Deserialize;
use tokio::signal::unix::{SignalKind, signal};
use tokio::task::JoinSet;

/// The options of a mover.
#[derive(Debug, clap::Args)]
pub struct MoverArguments {
    concurrency: usize,
    result_bytes: usize,
}

/// The part of a request that locates the object.
#[derive(Deserialize)]
struct Request {
    id: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    model: ModelAt,
}

#[derive(Deserialize)]
struct ModelAt {
    bucket: String,
    key: String,
}

/// Moves messages until SIGTERM. It finds broker and store by the worker's variables.
pub fn run(arguments: &MoverArguments) {
    runtime(Environment::of_process().cores()).expect("a runtime").block_on(work(arguments));
}

async fn work(arguments: &MoverArguments) {
    let url = std::env::var("PRICING_AMQP_URL").expect("PRICING_AMQP_URL");
    let config = Config::by_url(url.parse().expect("an AMQP URL"), TopologyMode::Declare, arguments.concurrency);
    let mut told_to_stop = signal(SignalKind::terminate()).expect("a handler");
    let store = S3::from_env(true, None).await;
    let port = Arc::new(Amqp::connect(&config, &Health::starting().0).await.expect("a broker"));
    let result = Bytes::from(vec![b'x'; arguments.result_bytes]);
    port.start().await.expect("consumers");
    let mut jobs = JoinSet::new();
    loop {
        tokio::select! {
            biased;
            failure = port.failed() => panic!("{failure}"),
            _ = told_to_stop.recv() => break,
            Some(ended) = jobs.join_next() => ended.expect("moved"),
            delivery = port.receive(), if jobs.len() < arguments.concurrency => {
                let delivery = delivery.expect("a broker").expect("consumers do not end");
                jobs.spawn(one(Arc::clone(&port), store.clone(), delivery, result.clone()));
            }
        }
    }
    port.close().await;
}

async fn one(port: Arc<Amqp>, store: S3, delivery: Delivery<<Amqp as MessagePort>::Receipt>, result: Bytes) {
    let Request { id, data: Data { model: ModelAt { bucket, key } } } =
        serde_json::from_slice(&delivery.payload).expect("a request");
    let model = ObjectRef { bucket: Some(bucket), key, ..ObjectRef::default() };
    let object = store.open(&model).await.expect("an object");
    let read_bytes = object.body.try_fold(0, |sum, chunk| future::ok(sum + chunk.len() as u64)).await.expect("a body");
    assert_eq!(read_bytes, object.size_bytes);
    let outgoing = Outgoing {
        route: Route::ResultCompleted,
        message_id: Some(id.clone()),
        correlation_id: Some(id),
        event_type: Some("pricing.completed.v1".into()),
        trace: TraceContext::default(),
        failure: None,
        body: result,
    };
    port.publish(outgoing).await.expect("confirmed, and not returned");
    port.ack(delivery.receipt).await.expect("acknowledged");
}
