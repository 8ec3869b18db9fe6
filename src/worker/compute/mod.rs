//! The bridge from tokio to computing, which never runs on a thread that serves sockets.
//!
//! After quickwit's `thread_pool/simple.rs`: work whose caller has stopped waiting is not begun, the caller's span is
//! entered, and a panic is an error of that work alone. It runs on the threads of `pool`; what bounds the number of jobs
//! is the intake.

pub mod memory_budget;
pub(in crate::worker) mod pool;

pub use pool::set_compute_threads;

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tracing::Span;

/// The threads that bytes and messages are moved on: one for two cores, since computing has one for each of them. As many as
/// there are cores would mostly wake one another: a job of 20,000 triangles takes a tenth more processor time so.
pub fn runtime(cores: usize) -> io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(cores.div_ceil(2).max(1)).enable_all().build()
}

/// Work panicked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("computing panicked: {message}")]
pub struct Panicked {
    /// What the panic said.
    pub message: String,
}

/// Has work computed, and waits for it without holding a thread of tokio.
///
/// Dropping the future drops work that has not begun; work that has begun must be told to stop by other means.
pub async fn compute<T, F>(work: F) -> Result<T, Panicked>
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let (sender, receiver) = oneshot::channel();
    let span = Span::current();
    pool::spawn(move || {
        if sender.is_closed() {
            return;
        }
        let _entered = span.enter();
        // Nothing that the work could have left half-done outlives it: it owns all that it touches.
        let result = catch_unwind(AssertUnwindSafe(work)).map_err(|panic| Panicked { message: message(&*panic) });
        let _ = sender.send(result);
    });
    receiver.await.unwrap_or_else(|_| Err(Panicked { message: "the pool dropped the work".into() }))
}

/// What a panic said, where it said anything.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("without a message").chars().take(500).collect()
}
