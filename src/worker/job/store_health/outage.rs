//! Tells a store that is down from a bucket in trouble.
//!
//! After an error of one bucket the store is asked about another, the bucket that worked last, and about itself. Only where it
//! answers neither is the store down: two buckets in trouble at once must not stop a third.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::select_ok;
use tokio::time::{Instant, timeout};

use crate::worker::ports::{ObjectStore, StoreError};

/// How long the store may take to answer.
const PROBE_TIMEOUT: Duration = Duration::from_secs(5);

/// What is known of the store's outages.
#[derive(Debug, Default)]
pub(in crate::worker::job) struct Outages {
    /// The two buckets that worked last, the latest first: for each bucket, one of them is another.
    worked: Mutex<[Option<String>; 2]>,
    /// Held while the store is probed, so that jobs that fail together share a probe.
    last_probe: tokio::sync::Mutex<Option<Probe>>,
}

/// A probe that has ended.
#[derive(Debug)]
struct Probe {
    bucket: Option<String>,
    ended: Instant,
    failed: bool,
}

impl Outages {
    /// Records that a bucket works.
    pub fn worked(&self, bucket: Option<&str>) {
        let mut worked = self.buckets();
        if worked[0].as_deref() != bucket {
            worked[1] = worked[0].take();
            worked[0] = bucket.map(str::to_owned);
        }
    }

    /// Whether the store is down, after a call about a bucket failed just now.
    pub async fn is_down<S: ObjectStore>(&self, store: &S, failed: Option<&str>) -> bool {
        let failed_at = Instant::now();
        let bucket = self.worked_beside(failed);
        let mut last = self.last_probe.lock().await;
        if let Some(probe) = last.as_ref().filter(|probe| probe.bucket == bucket && probe.ended > failed_at) {
            return probe.failed;
        }
        let about = bucket.as_deref().map(Some).into_iter().chain([None]);
        let probes = about.map(|bucket| Box::pin(answers(store, bucket)));
        let failed = select_ok(probes).await.is_err();
        *last = Some(Probe { bucket, ended: Instant::now(), failed });
        failed
    }

    /// The bucket that worked last beside one.
    fn worked_beside(&self, failed: Option<&str>) -> Option<String> {
        self.buckets().iter().flatten().find(|bucket| Some(bucket.as_str()) != failed).cloned()
    }

    fn buckets(&self) -> MutexGuard<'_, [Option<String>; 2]> {
        self.worked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether the store answers about a bucket or, without one, about itself, in time.
async fn answers<S: ObjectStore>(store: &S, bucket: Option<&str>) -> Result<(), ()> {
    match timeout(PROBE_TIMEOUT, store.probe(bucket)).await {
        Err(_) | Ok(Err(StoreError::Unavailable(_))) => Err(()),
        Ok(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::worker::ports::{Body, NewObject, Object, ObjectRef};

    /// A store of which some buckets answer a probe; a bucket without a name is the store itself.
    struct Probed {
        answering: &'static [&'static str],
        /// Buckets that never answer.
        silent: &'static [&'static str],
        asked: Mutex<Vec<String>>,
    }

    impl ObjectStore for Probed {
        async fn open(&self, _: &ObjectRef) -> Result<Object, StoreError> {
            unreachable!("a probe opens nothing")
        }

        async fn put(&self, _: &NewObject<'_>, _: Body) -> Result<(), StoreError> {
            unreachable!("a probe puts nothing")
        }

        async fn probe(&self, bucket: Option<&str>) -> Result<(), StoreError> {
            let bucket = bucket.unwrap_or_default();
            self.asked.lock().expect("no panic").push(bucket.to_owned());
            if self.silent.contains(&bucket) {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
            if self.answering.contains(&bucket) { Ok(()) } else { Err(StoreError::Unavailable("503".into())) }
        }
    }

    fn probed(answering: &'static [&'static str], silent: &'static [&'static str]) -> Probed {
        Probed { answering, silent, asked: Mutex::default() }
    }

    #[tokio::test(start_paused = true)]
    async fn the_store_is_down_where_neither_another_bucket_nor_the_store_itself_answers() {
        // The buckets that worked, the last one last; the bucket that fails; those that answer; whom it asks; whether the
        // store is down.
        type Row = (&'static [&'static str], &'static str, &'static [&'static str], &'static [&'static str], bool);
        let rows: [Row; 9] = [
            (&[], "bad", &[""], &[""], false),
            (&[], "bad", &[], &[""], true),
            (&["good"], "bad", &["good"], &["good", ""], false),
            (&["good"], "bad", &[""], &["good", ""], false),
            (&["good"], "bad", &[], &["good", ""], true),
            (&["bad"], "bad", &[""], &[""], false),
            (&["bad"], "bad", &[], &[""], true),
            (&["good", "bad"], "bad", &["good"], &["good", ""], false),
            (&["older", "good", "bad", "bad"], "bad", &["older"], &["good", ""], true),
        ];
        for (worked, failed, answering, asked, down) in rows {
            let (outages, store) = (Outages::default(), probed(answering, &[]));
            for bucket in worked {
                outages.worked(Some(bucket));
            }
            assert_eq!(outages.is_down(&store, Some(failed)).await, down, "{worked:?} {failed}");
            assert_eq!(*store.asked.lock().expect("no panic"), asked, "{worked:?} {failed}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_store_that_does_not_answer_in_time_is_down() {
        let (outages, store) = (Outages::default(), probed(&[], &[""]));
        let started = Instant::now();
        assert!(outages.is_down(&store, Some("bad")).await);
        assert_eq!(started.elapsed(), PROBE_TIMEOUT);
    }

    #[tokio::test(start_paused = true)]
    async fn jobs_that_fail_together_share_a_probe() {
        let (outages, store) = (Outages::default(), probed(&[""], &[]));
        let together = (0..10).map(|_| outages.is_down(&store, Some("bad")));
        assert_eq!(futures_util::future::join_all(together).await, [false; 10]);
        assert_eq!(store.asked.lock().expect("no panic").len(), 1);
        assert!(!outages.is_down(&store, Some("bad")).await);
        assert_eq!(store.asked.lock().expect("no panic").len(), 2, "a later error needs a probe of its own");
    }
}
