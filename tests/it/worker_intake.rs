//! Tests of the consume loop: how many jobs run at once, how it ends, and its reaction to a failed port.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use pricing_worker::adapter::in_process::{InProcess, InProcessClient, LocalRequest};
use pricing_worker::appraise::{Appraiser, Limits};
use pricing_worker::pricing::PriceBook;
use pricing_worker::worker::ports::{PortError, Route, StoreError};
use pricing_worker::worker::{Handler, Health, Readiness, WorkerLimits, run};
use serde_json::json;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use crate::geometry::shapes::{cube, sphere};
use crate::support::store::{Open, Scripted};
use crate::support::{eventually, soon, still_pending};

const LIMITS: Limits = Limits { object_bytes: 1 << 30, topology_triangles: 100_000 };

/// A worker over ports that the test provides, one connection after the other.
struct Running {
    store: Scripted,
    readiness: watch::Receiver<Readiness>,
    stop: oneshot::Sender<()>,
    ended: JoinHandle<Result<(), PortError>>,
}

fn start(ports: Vec<Result<InProcess, PortError>>, drain_timeout: Duration) -> Running {
    let store = Scripted::new([Open::GivesLater(sphere(10.0, 6, 8).binary().into(), "e1")]);
    let (health, readiness) = Health::starting();
    let (stop, stopped) = oneshot::channel();
    let ports = Mutex::new(VecDeque::from(ports));
    let bounds = WorkerLimits {
        concurrency: 3,
        memory_budget_bytes: 1 << 30,
        job_timeout: Duration::from_mins(1),
        drain_timeout,
    };
    let ended = tokio::spawn({
        let store = store.clone();
        async move {
            let connect = || {
                let port = ports.lock().expect("no panic").pop_front();
                async { port.unwrap_or_else(|| Err(PortError::Connect("there are no more".into()))) }
            };
            let appraiser = Appraiser::new(PriceBook::sample(), LIMITS);
            let handler = Arc::new(Handler::new(store, appraiser, &bounds, &health));
            // A dropped sender stops the worker too.
            run(connect, &handler, &bounds, async { drop(stopped.await) }).await
        }
    });
    Running { store, readiness, stop, ended }
}

fn request(number: usize) -> LocalRequest {
    let id = number.to_string();
    let data = json!({ "model": { "bucket": "models", "key": format!("{number}.stl") } });
    let event = json!({ "id": id, "type": "pricing.requested.v1", "data": data });
    LocalRequest { id, payload: event.to_string().into() }
}

async fn ask(client: &InProcessClient, count: usize) {
    for number in 0..count {
        client.requests.send(request(number)).await.expect("a port");
    }
}

async fn opened(running: &Running, count: usize) {
    eventually(&format!("{count} jobs"), async || (running.store.asked().len() == count).then_some(())).await;
}

#[tokio::test]
async fn so_many_jobs_run_at_once_and_no_more() {
    let (port, mut client) = InProcess::new(16);
    let running = start(vec![Ok(port)], Duration::from_mins(1));
    ask(&client, 10).await;
    opened(&running, 3).await;
    still_pending("a fourth job", eventually_more(&running, 3)).await;
    running.store.gate.add_permits(10);
    for _ in 0..10 {
        let answer = soon("an answer", client.answers.recv()).await.expect("a worker");
        assert_eq!(answer.route, Route::ResultCompleted);
    }
}

#[tokio::test]
async fn while_the_store_answers_nobody_nothing_more_is_taken_and_the_probe_says_so() {
    let (port, mut client) = InProcess::new(16);
    let mut running = start(vec![Ok(port)], Duration::from_mins(1));
    running.store.now(Open::Fails(StoreError::Unavailable("503".into())));
    ask(&client, 10).await;
    let down = Readiness::NotReady { why: "the store is unavailable: 503".into() };
    soon("it says so", running.readiness.wait_for(|readiness| *readiness == down)).await.expect("it runs");
    // Each of its jobs retries.
    eventually("every job has tried twice", async || (running.store.asked().len() >= 6).then_some(())).await;
    let asked = running.store.asked();
    let mut models: Vec<_> = asked.iter().map(|model| &model.key).collect();
    models.sort();
    models.dedup();
    assert_eq!(models, ["0.stl", "1.stl", "2.stl"]);

    running.store.now(Open::Gives(cube(10).binary().into(), "e1"));
    for _ in 0..10 {
        let answer = soon("an answer", client.answers.recv()).await.expect("a worker");
        assert_eq!(answer.route, Route::ResultCompleted);
    }
    let ready = |readiness: &Readiness| *readiness == Readiness::Ready;
    soon("it is ready again", running.readiness.wait_for(ready)).await.expect("it runs");
}

async fn eventually_more(running: &Running, count: usize) {
    eventually("more jobs", async || (running.store.asked().len() > count).then_some(())).await;
}

#[tokio::test]
async fn told_to_stop_it_settles_what_it_has_and_takes_no_more_than_had_arrived() {
    let (port, mut client) = InProcess::new(16);
    let mut running = start(vec![Ok(port)], Duration::from_mins(1));
    ask(&client, 2).await;
    opened(&running, 2).await;
    assert_eq!(*running.readiness.borrow(), Readiness::Ready);
    running.stop.send(()).expect("it runs");
    let not_ready = |readiness: &Readiness| *readiness == Readiness::NotReady { why: "draining".into() };
    soon("it drains", running.readiness.wait_for(not_ready)).await.expect("it runs");
    running.store.gate.add_permits(2);
    soon("the end", running.ended).await.expect("no panic").expect("it ended well");
    for _ in 0..2 {
        assert_eq!(client.answers.recv().await.expect("an answer").route, Route::ResultCompleted);
    }
    assert!(client.answers.recv().await.is_none());
    assert!(client.requests.send(request(9)).await.is_err(), "nobody takes requests any more");
}

#[tokio::test]
async fn past_the_drain_timeout_the_rest_is_left_unsettled() {
    let (port, mut client) = InProcess::new(16);
    let running = start(vec![Ok(port)], Duration::ZERO);
    ask(&client, 2).await;
    opened(&running, 2).await;
    running.stop.send(()).expect("it runs");
    soon("the end", running.ended).await.expect("no panic").expect("it ended well");
    assert!(client.answers.recv().await.is_none(), "no answer to what was not finished");
}

#[tokio::test]
async fn a_port_that_fails_is_replaced_until_one_works() {
    let (first, first_client) = InProcess::new(16);
    let (second, second_client) = InProcess::new(16);
    let refused = || Err(PortError::Connect("refused".into()));
    let mut running = start(vec![refused(), refused(), Ok(first), refused(), Ok(second)], Duration::ZERO);
    for client in [first_client, second_client] {
        let mut readiness = running.readiness.clone();
        soon("it is ready", readiness.wait_for(|readiness| *readiness == Readiness::Ready)).await.expect("it runs");
        ask(&client, 1).await;
        running.store.gate.add_permits(1);
        let InProcessClient { requests, mut answers } = client;
        soon("an answer", answers.recv()).await.expect("a worker");
        // No reader is left: the port has failed.
        drop((requests, answers));
        let gone = |readiness: &Readiness| matches!(readiness, Readiness::NotReady { .. });
        soon("it says so", running.readiness.wait_for(gone)).await.expect("it runs");
    }
    running.stop.send(()).expect("it runs");
    soon("the end", running.ended).await.expect("no panic").expect("told to stop, it stops");
}

#[tokio::test]
async fn only_a_first_port_with_another_topology_or_too_few_rights_ends_it() {
    let wrong = || Err(PortError::Topology("missing: queue pricing.dead".into()));
    let denied = || Err(PortError::Rights("to write to pricing.dlx".into()));
    for refused in [wrong, denied] {
        let running = start(vec![refused()], Duration::ZERO);
        assert_eq!(soon("the end", running.ended).await.expect("no panic"), refused().map(drop));
    }

    let (port, client) = InProcess::new(16);
    let mut running = start(vec![Ok(port), wrong(), denied()], Duration::ZERO);
    soon("it is ready", running.readiness.wait_for(|readiness| *readiness == Readiness::Ready)).await.expect("it runs");
    drop(client);
    let says = |readiness: &Readiness| matches!(readiness, Readiness::NotReady { why } if why.contains("no more"));
    soon("it goes on trying", running.readiness.wait_for(says)).await.expect("it runs");
}
