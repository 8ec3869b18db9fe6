//! The threads that compute: as many as rayon has, and each takes whole pieces of work, in the order in which they came.
//!
//! Most models are no more than one thread's work; what of the others is parallel, rayon does for whoever waits here. Given
//! to rayon as a whole, each would wake a thread of it that afterwards looks for more and yields some thirty times before
//! it sleeps, which took a tenth of the processor time of a job of 20,000 triangles. A thread here sleeps at once.

use std::collections::VecDeque;
use std::sync::{Condvar, LazyLock, Mutex, MutexGuard, PoisonError};
use std::{env, thread};

type Work = Box<dyn FnOnce() + Send>;

/// The only one: threads beyond the cores would only take turns.
static POOL: LazyLock<Pool> = LazyLock::new(|| {
    for number in 0..threads() {
        let thread = thread::Builder::new().name(format!("compute-{number}"));
        thread.spawn(|| POOL.work()).expect("a thread can be started");
    }
    Pool::default()
});

/// Asked of rayon itself, it would start its own, which a small model does not need.
fn threads() -> usize {
    let asked = env::var("RAYON_NUM_THREADS").ok().and_then(|number| number.parse().ok()).filter(|&number| number > 0);
    asked.unwrap_or_else(cores)
}

/// The cores that this process may use.
pub(in crate::worker) fn cores() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
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
