//! The measurement of a computation's peak memory.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use rayon::{ThreadPool, ThreadPoolBuilder};

thread_local! {
    /// A pool of this thread alone, because the counter sees the memory of its own thread only.
    static THIS_THREAD: ThreadPool =
        ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().expect("this thread is in no pool yet");
}

/// Runs a computation, with its work on rayon, on this thread alone.
pub fn on_this_thread<R>(compute: impl FnOnce() -> R) -> R {
    THIS_THREAD.with(|_| compute())
}

/// Runs a computation, with its work on rayon, on this thread alone. Returns its result and the most bytes that it held.
pub fn peak<R>(compute: impl FnOnce() -> R) -> (R, u64) {
    let mut result = None;
    THIS_THREAD.with(|_| {
        // A panic that passes through the counter would leave it counting.
        let info = allocation_counter::measure(|| result = Some(catch_unwind(AssertUnwindSafe(compute))));
        match result.take().expect("it ran") {
            Ok(result) => (result, info.bytes_max),
            Err(panic) => resume_unwind(panic),
        }
    })
}
