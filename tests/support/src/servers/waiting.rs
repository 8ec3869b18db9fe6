//! Waiting for a condition, with a deadline.

use std::fmt::Debug;
use std::time::{Duration, Instant};

/// The longest wait for an event: far more time than it takes on a machine with two busy cores.
pub const DEADLINE: Duration = Duration::from_mins(1);

/// Polls a question until it has an answer.
pub async fn eventually<T>(what: &str, mut question: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = question().await {
            return answer;
        }
        assert!(started.elapsed() < DEADLINE, "not within {DEADLINE:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits for a future that must end.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    let in_time = tokio::time::timeout(DEADLINE, future).await;
    in_time.unwrap_or_else(|_| panic!("not within {DEADLINE:?}: {what}"))
}

/// Asserts that a future does not end.
pub async fn still_pending<T: Debug>(what: &str, future: impl Future<Output = T>) {
    if let Ok(output) = tokio::time::timeout(Duration::from_millis(300), future).await {
        panic!("{what}: {output:?}");
    }
}
