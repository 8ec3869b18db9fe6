//! The worker's health: whether it answers requests, and why not, for the probes and the metrics.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// Whether the worker answers requests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// It does.
    Ready,
    /// It does not.
    NotReady {
        /// The reason, for a person.
        why: String,
    },
}

impl Readiness {
    /// Not ready, for a reason.
    pub fn not_ready(why: impl Into<String>) -> Self {
        Self::NotReady { why: why.into() }
    }
}

/// A worker's health: the connection, the drain, the broker's alarms, and the outages of shared dependencies.
#[derive(Debug)]
pub struct Health {
    state: Mutex<State>,
    readiness: watch::Sender<Readiness>,
}

#[derive(Debug)]
struct State {
    /// The connection to the broker.
    link: Readiness,
    /// The worker is shutting down.
    draining: bool,
    /// The broker blocks publishers.
    blocked: bool,
    /// The reasons of the outages that jobs wait out in their slots, by number.
    outages: BTreeMap<u64, String>,
    next_outage: u64,
}

/// A shared dependency is down, and a job waits for it in its slot; over when this is dropped.
#[derive(Debug)]
pub struct Outage {
    health: Arc<Health>,
    number: u64,
}

impl Health {
    /// The health of a worker that is starting, and a receiver of every change of its readiness.
    pub fn starting() -> (Arc<Self>, watch::Receiver<Readiness>) {
        let link = Readiness::not_ready("starting");
        let (sender, readiness) = watch::channel(link.clone());
        let state =
            Mutex::new(State { link, draining: false, blocked: false, outages: BTreeMap::new(), next_outage: 0 });
        (Arc::new(Self { state, readiness: sender }), readiness)
    }

    /// Sets the state of the connection to the broker.
    pub(in crate::worker) fn set_link(&self, link: Readiness) {
        let mut state = self.state();
        state.link = link;
        self.update(&state);
    }

    /// Sets that the worker is shutting down.
    pub(in crate::worker) fn set_draining(&self) {
        let mut state = self.state();
        state.draining = true;
        self.update(&state);
    }

    /// Sets whether the broker blocks publishers.
    pub fn set_blocked(&self, blocked: bool) {
        let mut state = self.state();
        if state.blocked != blocked {
            state.blocked = blocked;
            self.update(&state);
        }
    }

    /// Whether the worker answers requests.
    pub fn is_ready(&self) -> bool {
        *self.readiness.borrow() == Readiness::Ready
    }

    /// Whether the worker is shutting down.
    pub fn is_draining(&self) -> bool {
        self.state().draining
    }

    /// Whether the broker blocks publishers.
    pub fn is_blocked(&self) -> bool {
        self.state().blocked
    }

    /// Begins an outage, for a reason: the worker is not ready until it is over.
    pub(in crate::worker) fn outage(self: &Arc<Self>, why: String) -> Outage {
        let mut state = self.state();
        let number = state.next_outage;
        state.next_outage += 1;
        state.outages.insert(number, why);
        self.update(&state);
        Outage { health: Arc::clone(self), number }
    }

    fn update(&self, state: &State) {
        let readiness = match (&state.link, state.outages.values().next()) {
            _ if state.draining => Readiness::not_ready("draining"),
            (Readiness::Ready, _) if state.blocked => Readiness::not_ready("the broker blocks those who publish"),
            (Readiness::Ready, Some(why)) => Readiness::not_ready(why),
            (link, _) => link.clone(),
        };
        self.readiness.send_if_modified(|current| {
            let changed = *current != readiness;
            *current = readiness;
            changed
        });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Outage {
    fn drop(&mut self) {
        let mut state = self.health.state();
        state.outages.remove(&self.number);
        self.health.update(&state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_is_ready_while_its_link_is_and_no_dependency_is_down() {
        let (health, readiness) = Health::starting();
        let now = || readiness.borrow().clone();
        assert_eq!(now(), Readiness::not_ready("starting"));
        health.set_link(Readiness::Ready);
        assert_eq!(now(), Readiness::Ready);
        let (first, second) = (health.outage("the store".into()), health.outage("the results".into()));
        assert_eq!(now(), Readiness::not_ready("the store"));
        drop(first);
        assert_eq!(now(), Readiness::not_ready("the results"));
        health.set_link(Readiness::not_ready("connection lost"));
        assert_eq!(now(), Readiness::not_ready("connection lost"));
        drop(second);
        assert_eq!(now(), Readiness::not_ready("connection lost"));
        health.set_link(Readiness::Ready);
        assert_eq!(now(), Readiness::Ready);
        health.set_blocked(true);
        assert_eq!(now(), Readiness::not_ready("the broker blocks those who publish"));
        assert!(health.is_blocked() && !health.is_ready());
        health.set_blocked(false);
        assert_eq!(now(), Readiness::Ready);
        // Whatever else happens, it does not come back from that.
        health.set_draining();
        health.set_link(Readiness::Ready);
        assert_eq!(now(), Readiness::not_ready("draining"));
        assert!(health.is_draining());
    }
}
