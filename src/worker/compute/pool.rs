//! The computing pool: as many threads as rayon has, each of which takes whole pieces of work, in the order of asking.
//!
//! Most models are one thread's work; rayon computes the parallel parts of the others, while a thread of this pool waits.
//! Work that is given to rayon whole wakes a rayon thread, which afterwards searches for more work and yields some thirty
//! times before it sleeps: a tenth of the processor time of a job of 20,000 triangles. A thread of this pool sleeps at once.

use std::collections::VecDeque;
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, OnceLock, PoisonError};
use std::thread;

type Work = Box<dyn FnOnce() + Send>;

/// The only pool: threads beyond the cores would only take turns.
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

/// Sets how many threads rayon has, and starts them, which takes milliseconds: only where rayon would start another number.
pub fn set_rayon_threads(threads: usize) {
    // The error says that rayon's threads have started already.
    let _ = rayon::ThreadPoolBuilder::new().num_threads(threads.max(1)).build_global();
}

/// As many as were set, or as rayon has. To ask rayon starts its own threads, which a small model does not need.
fn threads() -> usize {
    *THREADS.get_or_init(rayon::current_num_threads)
}

/// The work that waits for a thread.
#[derive(Default)]
struct Pool {
    waiting: Mutex<VecDeque<Work>>,
    more: Condvar,
}

/// Queues work, which must not panic.
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
        // No panic can leave a queue half-changed.
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
