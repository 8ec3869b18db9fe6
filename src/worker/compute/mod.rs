//! The bridge from tokio to computation, which never runs on a thread that serves sockets.
//!
//! After quickwit's `thread_pool/simple.rs`: work whose caller is gone is not begun, the caller's span is entered, and a
//! panic is an error of that work alone. The threads are those of `pool`; the consume loop bounds the number of jobs.

pub mod memory_budget;
pub(in crate::worker) mod pool;

pub use pool::{set_compute_threads, set_rayon_threads};

use std::any::Any;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;
use tracing::Span;

/// The tokio runtime that moves bytes and messages: one thread for two cores, since the computing pool has one thread for
/// each core. With one thread a core the threads mostly wake one another: a job of 20,000 triangles took a tenth more
/// processor time.
pub fn runtime(cores: usize) -> io::Result<Runtime> {
    Builder::new_multi_thread().worker_threads(cores.div_ceil(2).max(1)).enable_all().build()
}

/// A computation panicked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("computing panicked: {message}")]
pub struct Panicked {
    /// The message of the panic.
    pub message: String,
}

/// Runs work on a thread of the pool, and waits for it without holding a thread of tokio.
///
/// Dropping the future drops work that has not begun; work that has begun must be stopped by other means.
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
        // The work owns all that it touches, so that a panic leaves nothing half-done behind.
        let result = catch_unwind(AssertUnwindSafe(work)).map_err(|panic| Panicked { message: message(&*panic) });
        let _ = sender.send(result);
    });
    receiver.await.unwrap_or_else(|_| Err(Panicked { message: "the pool dropped the work".into() }))
}

/// The message of a panic, where it has one.
fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().copied().or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    text.unwrap_or("without a message").chars().take(500).collect()
}
