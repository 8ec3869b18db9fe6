//! The peak memory of a computation.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use rayon::{ThreadPool, ThreadPoolBuilder};

thread_local! {
    /// This thread alone as a pool: memory is counted thread by thread, and what runs on others would not be.
    static THIS_THREAD: ThreadPool =
        ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().expect("this thread is in no pool yet");
}

/// Runs a computation on this thread alone, whatever it hands to rayon, and says how many bytes it held at most.
pub fn peak<R>(compute: impl FnOnce() -> R) -> (R, u64) {
    let mut result = None;
    THIS_THREAD.with(|_| {
        // A panic must not pass through the counter, which would go on counting.
        let info = allocation_counter::measure(|| result = Some(catch_unwind(AssertUnwindSafe(compute))));
        match result.take().expect("it ran") {
            Ok(result) => (result, info.bytes_max),
            Err(panic) => resume_unwind(panic),
        }
    })
}
