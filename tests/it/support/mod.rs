//! What the tests run against: a RabbitMQ node and an S3 server of their own, models, and waiting with a deadline.
//!
//! `PRICING_TEST_AMQP_URL` (with `PRICING_TEST_MANAGEMENT_URL`, its management API with a user who may make virtual
//! hosts) and `PRICING_TEST_S3_ENDPOINT` (with `PRICING_TEST_S3_BUCKET` and the SDK's own `AWS_*`) point the same tests
//! at other servers. Nothing is skipped: what is missing fails the test, and says how to get it.

pub mod autoscaler;
pub mod broker;
pub mod http;
pub mod node;
pub mod port;
pub mod proxy;
pub mod recorder;
pub mod s3;
pub mod store;
pub mod tls;
pub mod wire;
pub mod worker;

use std::fmt::Debug;
use std::time::{Duration, Instant};

/// How long a test waits for what must happen: far more than it takes, on a machine with two busy cores.
pub const DEADLINE: Duration = Duration::from_mins(1);

/// Waits until a question has an answer.
pub async fn eventually<T>(what: &str, question: impl AsyncFnMut() -> Option<T>) -> T {
    eventually_within(DEADLINE, what, question).await
}

/// The same, for what takes longer.
pub async fn eventually_within<T>(deadline: Duration, what: &str, mut question: impl AsyncFnMut() -> Option<T>) -> T {
    let started = Instant::now();
    loop {
        if let Some(answer) = question().await {
            return answer;
        }
        assert!(started.elapsed() < deadline, "not within {deadline:?}: {what}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Waits for a future that must end.
pub async fn soon<T>(what: &str, future: impl Future<Output = T>) -> T {
    let in_time = tokio::time::timeout(DEADLINE, future).await;
    in_time.unwrap_or_else(|_| panic!("not within {DEADLINE:?}: {what}"))
}

/// Holds that a future is still waiting for something that cannot come.
pub async fn still_pending<T: Debug>(what: &str, future: impl Future<Output = T>) {
    if let Ok(output) = tokio::time::timeout(Duration::from_millis(300), future).await {
        panic!("{what}: {output:?}");
    }
}
