//! The measurement of a computation's peak memory.

use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};

use pricing_worker::mesh::{BLOCK_TRIANGLES, Measurer};
use rayon::{ThreadPool, ThreadPoolBuilder};

thread_local! {
    /// A pool of this thread alone, because the counter sees the memory of its own thread only.
    static THIS_THREAD: ThreadPool = {
        make_scratch();
        ThreadPoolBuilder::new().num_threads(1).use_current_thread().build().expect("this thread is in no pool yet")
    };
}

/// Has this thread make the scratch that each computing thread keeps from one mesh to the next: it is no mesh's memory.
fn make_scratch() {
    let corner = |number: usize| [number as f32, 0.0, 0.0];
    let block: Vec<_> = (0..BLOCK_TRIANGLES).map(|number| [0, 1, 2].map(|place| corner(3 * number + place))).collect();
    let mut measurer = Measurer::keeping(u64::MAX);
    measurer.push(&block, &|| false).expect("finite corners");
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
