//! The threads that compute: as many as rayon has, and each takes whole pieces of work, in the order in which they came.
//!
//! Most models are no more than one thread's work; rayon does the parallel parts of the others while a thread here waits.
//! Given to rayon as a whole, each model would wake a thread of rayon's that afterwards looks for more work and yields some
//! thirty times before it sleeps, which took a tenth of the processor time of a job of 20,000 triangles. A thread here
//! sleeps at once.

use std::collections::VecDeque;
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

type Work = Box<dyn FnOnce() + Send>;

/// The only one: threads beyond the cores would only take turns.
static POOL: LazyLock<Pool> = LazyLock::new(|| {
    for number in 0..threads() {
        let thread = thread::Builder::new().name(format!("compute-{number}"));
        thread.spawn(|| POOL.work()).expect("a thread can be started");
    }
    Pool::default()
});

/// How many threads there are to be.
static THREADS: OnceLock<usize> = OnceLock::new();

/// Sets how many threads there are; they start with the first work. What is set later than that has no effect.
pub fn set_compute_threads(threads: usize) {
    let _ = THREADS.set(threads.max(1));
}

/// As many as were set, or as rayon has. To ask rayon starts its own threads, which a small model does not need.
fn threads() -> usize {
    *THREADS.get_or_init(rayon::current_num_threads)
}

/// Work that waits for a thread.
#[derive(Default)]
struct Pool {
    waiting: Mutex<VecDeque<Work>>,
    more: Condvar,
}

/// Has work done, which must not panic.
pub(in crate::worker) fn spawn(work: impl FnOnce() + Send + 'static) {
    POOL.waiting().push_back(Box::new(work));
    POOL.more.notify_one();
}

impl Pool {
    fn work(&self) {
        loop {
            let waiting = self.more.wait_while(self.waiting(), |waiting| waiting.is_empty());
            let work = waiting.unwrap_or_else(PoisonError::into_inner).pop_front();
            if let Some(work) = work {
                work();
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, VecDeque<Work>> {
        // There is nothing that a panic could leave half-done.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
