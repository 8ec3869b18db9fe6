//! Tests of the bridge to the compute pool.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Barrier, mpsc};

use pricing_worker::worker::compute::compute;
use tokio::sync::oneshot;
use tracing::subscriber::DefaultGuard;
use tracing::{Span, info_span};

use crate::support::soon;

#[tokio::test]
async fn work_runs_on_a_thread_of_its_own() {
    let runtime_thread = std::thread::current().id();
    let thread = compute(std::thread::current).await.expect("no panic");
    assert!(thread.name().is_some_and(|name| name.starts_with("compute-")), "{thread:?}");
    assert_ne!(thread.id(), runtime_thread);
}

#[tokio::test]
async fn a_panic_is_an_error_of_that_work_alone() {
    let rows: [(fn(), &str); 3] = [
        (|| panic!("index out of bounds"), "index out of bounds"),
        (|| panic!("{} corners", 4), "4 corners"),
        (|| std::panic::panic_any(7), "without a message"),
    ];
    for (work, expected) in rows {
        assert_eq!(compute(work).await.expect_err("a panic").message, expected);
    }
    // The pool survives more panics than it has threads.
    for _ in 0..100 {
        compute(|| panic!("again")).await.expect_err("a panic");
    }
    assert_eq!(compute(|| 2 + 2).await.expect("no panic"), 4);
}

#[tokio::test]
async fn work_that_nobody_waits_for_is_not_begun() {
    // Every thread of the pool stays busy until the work behind it was dropped.
    let threads = rayon::current_num_threads();
    let (busy, release) = (Arc::new(Barrier::new(threads + 1)), Arc::new(Barrier::new(threads + 1)));
    let mut working: Vec<_> = (0..threads)
        .map(|_| {
            let (busy, release) = (Arc::clone(&busy), Arc::clone(&release));
            let work = move || {
                busy.wait();
                release.wait();
            };
            Box::pin(compute(work))
        })
        .collect();
    for work in &mut working {
        assert!(futures_util::poll!(work).is_pending());
    }
    busy.wait();
    let begun = Arc::new(AtomicBool::new(false));
    let (dropped, was_dropped) = oneshot::channel::<()>();
    let work = {
        let begun = Arc::clone(&begun);
        move || {
            begun.store(true, Ordering::SeqCst);
            drop(dropped);
        }
    };
    let mut waiting = Box::pin(compute(work));
    // After one poll, it is in the pool's queue.
    assert!(futures_util::poll!(&mut waiting).is_pending());
    drop(waiting);
    release.wait();
    soon("the work is dropped", was_dropped).await.expect_err("the sender was dropped with the work");
    assert!(!begun.load(Ordering::SeqCst));
}

#[tokio::test]
async fn work_keeps_the_span_it_was_asked_in() {
    let _subscriber: DefaultGuard = tracing::subscriber::set_default(tracing_subscriber::registry());
    let dispatch = tracing::dispatcher::get_default(Clone::clone);
    let span = info_span!("process");
    let asked_in = span.id();
    let computing = {
        let _entered = span.enter();
        compute(move || tracing::dispatcher::with_default(&dispatch, || Span::current().id()))
    };
    // The future is created and polled in the span, as a job is.
    let computed_in = tracing::Instrument::instrument(computing, span.clone()).await.expect("no panic");
    assert!(asked_in.is_some());
    assert_eq!(computed_in, asked_in);
}

#[tokio::test]
async fn the_runtime_goes_on_while_work_runs() {
    let (unblock, blocked) = mpsc::channel();
    let working = compute(move || blocked.recv().expect("a message"));
    // This runs on the runtime's only thread: it could not send if the work blocked that thread.
    let sending = async { unblock.send(7).expect("the work waits") };
    let (result, ()) = soon("both end", async { tokio::join!(working, sending) }).await;
    assert_eq!(result.expect("no panic"), 7);
}
