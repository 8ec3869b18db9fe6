//! Whether requests are being answered, and why not: one word for the probes, from everybody who knows a part of it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch;

/// Whether requests are being answered, and why not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Readiness {
    /// They are.
    Ready,
    /// They are not.
    NotReady {
        /// Why, for a person.
        why: String,
    },
}

impl Readiness {
    /// Not ready, and why.
    pub fn not_ready(why: impl Into<String>) -> Self {
        Self::NotReady { why: why.into() }
    }
}

/// What is known of a worker's health.
#[derive(Debug)]
pub struct Health {
    state: Mutex<State>,
    told: watch::Sender<Readiness>,
}

#[derive(Debug)]
struct State {
    /// How the link to the broker stands.
    link: Readiness,
    /// The worker was told to stop.
    draining: bool,
    /// The broker blocks those who publish.
    blocked: bool,
    /// What holds jobs in their slots, by a number each.
    stalls: BTreeMap<u64, String>,
    next: u64,
}

/// A job that is held in its slot by what it cannot mend; until this is dropped.
#[derive(Debug)]
pub struct Stall {
    health: Arc<Health>,
    number: u64,
}

impl Health {
    /// The health of a worker that is starting; and who wants to know of every change.
    pub fn starting() -> (Arc<Self>, watch::Receiver<Readiness>) {
        let link = Readiness::not_ready("starting");
        let (told, readiness) = watch::channel(link.clone());
        let state = Mutex::new(State { link, draining: false, blocked: false, stalls: BTreeMap::new(), next: 0 });
        (Arc::new(Self { state, told }), readiness)
    }

    /// Says how the link to the broker stands.
    pub(in crate::worker) fn set_link(&self, link: Readiness) {
        let mut state = self.state();
        state.link = link;
        self.tell(&state);
    }

    /// Says that the worker was told to stop.
    pub(in crate::worker) fn set_draining(&self) {
        let mut state = self.state();
        state.draining = true;
        self.tell(&state);
    }

    /// Says whether the broker blocks those who publish.
    pub fn set_blocked(&self, blocked: bool) {
        let mut state = self.state();
        if state.blocked != blocked {
            state.blocked = blocked;
            self.tell(&state);
        }
    }

    /// Whether requests are being answered.
    pub fn is_ready(&self) -> bool {
        *self.told.borrow() == Readiness::Ready
    }

    /// Whether the worker was told to stop.
    pub fn is_draining(&self) -> bool {
        self.state().draining
    }

    /// Whether the broker blocks those who publish.
    pub fn is_blocked(&self) -> bool {
        self.state().blocked
    }

    /// Says that a job is held, and by what.
    pub(in crate::worker) fn stall(self: &Arc<Self>, why: String) -> Stall {
        let mut state = self.state();
        let number = state.next;
        state.next += 1;
        state.stalls.insert(number, why);
        self.tell(&state);
        Stall { health: Arc::clone(self), number }
    }

    fn tell(&self, state: &State) {
        let readiness = match (&state.link, state.stalls.values().next()) {
            _ if state.draining => Readiness::not_ready("draining"),
            (Readiness::Ready, _) if state.blocked => Readiness::not_ready("the broker blocks those who publish"),
            (Readiness::Ready, Some(why)) => Readiness::not_ready(why),
            (link, _) => link.clone(),
        };
        self.told.send_if_modified(|told| {
            let changed = *told != readiness;
            *told = readiness;
            changed
        });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Stall {
    fn drop(&mut self) {
        let mut state = self.health.state();
        state.stalls.remove(&self.number);
        self.health.tell(&state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_is_ready_while_its_link_is_and_nothing_is_held() {
        let (health, readiness) = Health::starting();
        let now = || readiness.borrow().clone();
        assert_eq!(now(), Readiness::not_ready("starting"));
        health.set_link(Readiness::Ready);
        assert_eq!(now(), Readiness::Ready);
        let (first, second) = (health.stall("the store".into()), health.stall("the results".into()));
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
