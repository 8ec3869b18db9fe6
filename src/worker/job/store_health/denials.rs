//! Tells a bucket that denies every object from an object that is denied.
//!
//! Without the right to list a bucket, a store denies also what is not there: one denied object says nothing of the bucket.
//! Where several were denied and none was opened since, an operator's policy is at fault, and the requests must not be lost.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// So many denied objects speak for all objects of their bucket.
const OBJECTS: usize = 3;
/// The most buckets whose denials are kept; the one that was denied longest ago is forgotten first.
const BUCKETS: usize = 64;

/// The denied objects of the buckets of which none was opened since.
#[derive(Debug, Default)]
pub(in crate::worker::job) struct Denials(Mutex<VecDeque<DeniedBucket>>);

#[derive(Debug)]
struct DeniedBucket {
    name: String,
    /// The keys of different objects, [`OBJECTS`] at most.
    keys: Vec<String>,
}

impl Denials {
    /// Records that an object of a bucket was denied. Whether every object of it is.
    pub fn denied(&self, bucket: Option<&str>, key: &str) -> bool {
        let name = bucket.unwrap_or_default();
        let mut buckets = self.buckets();
        let known = buckets.iter().position(|bucket| bucket.name == name).and_then(|at| buckets.remove(at));
        let mut bucket = known.unwrap_or_else(|| DeniedBucket { name: name.to_owned(), keys: Vec::new() });
        if bucket.keys.len() < OBJECTS && bucket.keys.iter().all(|denied| denied != key) {
            bucket.keys.push(key.to_owned());
        }
        let every_object = bucket.keys.len() == OBJECTS;
        if buckets.len() == BUCKETS {
            buckets.pop_front();
        }
        buckets.push_back(bucket);
        every_object
    }

    /// Records that an object of a bucket was opened.
    pub fn opened(&self, bucket: Option<&str>) {
        self.buckets().retain(|denied| denied.name != bucket.unwrap_or_default());
    }

    fn buckets(&self) -> MutexGuard<'_, VecDeque<DeniedBucket>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_denied_objects_and_none_opened_since_are_a_denied_bucket() {
        let denials = Denials::default();
        let denied =
            |bucket, keys: &[&str]| keys.iter().map(|key| denials.denied(Some(bucket), key)).collect::<Vec<_>>();
        assert_eq!(denied("b", &["1", "1", "1", "2", "3", "1", "4"]), [false, false, false, false, true, true, true]);
        assert_eq!(denied("other", &["1", "2"]), [false, false]);
        denials.opened(Some("other"));
        assert_eq!(denied("b", &["5"]), [true], "another bucket was opened");
        denials.opened(Some("b"));
        assert_eq!(denied("b", &["1", "2", "3"]), [false, false, true]);
    }

    #[test]
    fn names_that_requests_make_up_take_no_more_memory() {
        let denials = Denials::default();
        for number in 0..10 * BUCKETS {
            for key in 0..10 * OBJECTS {
                denials.denied(Some(&number.to_string()), &key.to_string());
            }
        }
        let buckets = denials.buckets();
        assert_eq!(buckets.len(), BUCKETS);
        assert!(buckets.iter().all(|bucket| bucket.keys.len() == OBJECTS));
        assert_eq!(buckets.back().map(|bucket| &*bucket.name), Some("639"), "the latest are kept");
    }
}
