//! Tests of the rights that a port tries when it connects: each exchange and each queue, missing alone.

use pricing_worker::adapter::amqp::TopologyMode::{self, Declare, Verify};
use pricing_worker::worker::ports::PortError;

use super::QUEUES;
use crate::support::broker::VirtualHost;

const ALL: &str = "^pricing";
const NOTHING: &str = "^$";
/// What a worker that verifies writes to and reads.
const WRITTEN: &str = r"^pricing(\.dlx|\.retry)?$";
const READ: &str = r"^pricing\.jobs\.";

/// A virtual host with the topology, and the URL of its user.
async fn with_user() -> (VirtualHost, String) {
    let host = VirtualHost::new();
    host.declare().await;
    let user = host.user();
    (host, user)
}

/// Every name but one.
fn but(name: &str) -> String {
    format!("^(?!{}$)", name.replace('.', r"\."))
}

/// The message about rights that are missing.
async fn missing(host: &VirtualHost, user: &str, mode: TopologyMode) -> String {
    match host.connect_as(user, mode).await {
        Err(PortError::Rights(missing)) => missing,
        Err(error) => panic!("{error:?}"),
        Ok(_) => panic!("{mode:?}: it connects, and a right is missing"),
    }
}

/// The names of all rights in a message.
fn rights(message: &str) -> Vec<&str> {
    let rights = message.split("the right to ").skip(1);
    rights.filter_map(|right| Some(right.split_once(" (")?.0)).collect()
}

#[tokio::test]
async fn with_every_right_nothing_is_missing_and_nothing_is_published() {
    let (host, user) = with_user().await;
    for (mode, permissions) in [(Verify, [NOTHING, WRITTEN, READ]), (Declare, [ALL, ALL, ALL])] {
        host.permit(permissions);
        let port = host.connect_as(&user, mode).await.unwrap_or_else(|error| panic!("{mode:?}: {error}"));
        pricing_worker::worker::ports::MessagePort::close(&port).await;
    }
    for queue in QUEUES {
        assert_eq!(host.ready(queue).await, 0, "{queue}");
    }
}

#[tokio::test]
async fn each_right_that_is_missing_alone_is_named_with_what_grants_it() {
    let (host, user) = with_user().await;
    // What the user may write to and read, and the right that is missing then.
    let rows = [
        (but("pricing"), READ.to_owned(), vec!["write to pricing, for prices", "write to pricing, for rejections"]),
        (but("pricing.retry"), READ.to_owned(), vec!["write to pricing.retry, for retries"]),
        (but("pricing.dlx"), READ.to_owned(), vec!["write to pricing.dlx, for dead letters"]),
        (WRITTEN.into(), but("pricing.jobs.interactive"), vec!["read pricing.jobs.interactive, for requests"]),
        (WRITTEN.into(), but("pricing.jobs.bulk"), vec!["read pricing.jobs.bulk, for requests"]),
    ];
    for (write, read, expected) in &rows {
        host.permit([NOTHING, write, read]);
        let said = missing(&host, &user, Verify).await;
        assert_eq!(rights(&said), *expected, "{said}");
        // Declaring takes the same rights and further ones: a queue is declared with its dead-letter exchange.
        host.permit([ALL, write, read]);
        let said = missing(&host, &user, Declare).await;
        assert!(expected.iter().all(|right| rights(&said).contains(right)), "{said}");
    }
    host.permit([NOTHING, &rows[2].0, READ]);
    let said = missing(&host, &user, Verify).await;
    let command = format!("rabbitmqctl set_permissions -p '{0}' '{0}' ", host.name());
    for part in ["(permission: WRITE must match pricing.dlx)", &command] {
        assert!(said.contains(part), "{part} in {said}");
    }
}

#[tokio::test]
async fn a_topic_permission_that_is_missing_alone_is_named() {
    let rows = [
        ("pricing", r"^result\.rejected$", vec!["write result.completed to pricing, for prices"]),
        ("pricing", r"^result\.completed$", vec!["write result.rejected to pricing, for rejections"]),
        ("pricing.dlx", r"^job\.bulk$", vec!["write job.interactive to pricing.dlx, for dead letters"]),
        ("pricing.dlx", r"^job\.interactive$", vec!["write job.bulk to pricing.dlx, for dead letters"]),
    ];
    for (exchange, topics, expected) in rows {
        let (host, user) = with_user().await;
        host.permit([ALL, ALL, ALL]);
        host.permit_topics(exchange, topics);
        for mode in [Verify, Declare] {
            let said = missing(&host, &user, mode).await;
            assert_eq!(rights(&said), expected, "{mode:?}: {said}");
            assert!(said.contains("rabbitmqctl set_topic_permissions"), "{said}");
        }
    }
}

#[tokio::test]
async fn each_exchange_and_queue_that_may_not_be_declared_is_named() {
    let (host, user) = with_user().await;
    let exchanges = ["pricing", "pricing.dlx", "pricing.retry"].map(|name| (name, "exchange"));
    for (name, kind) in exchanges.into_iter().chain(QUEUES.map(|name| (name, "queue"))) {
        host.permit([&but(name), ALL, ALL]);
        let said = missing(&host, &user, Declare).await;
        assert_eq!(rights(&said), [format!("declare the {kind} {name}")], "{said}");
        assert!(said.contains("ACCESS_REFUSED") && said.contains("PRICING_TOPOLOGY=verify"), "{said}");
    }
}

#[tokio::test]
async fn all_rights_that_are_missing_are_said_at_once() {
    let (host, user) = with_user().await;
    host.permit([NOTHING, NOTHING, NOTHING]);
    let said = missing(&host, &user, Verify).await;
    let expected = [
        "write to pricing, for prices",
        "write to pricing, for rejections",
        "write to pricing.retry, for retries",
        "write to pricing.dlx, for dead letters",
        "read pricing.jobs.interactive, for requests",
        "read pricing.jobs.bulk, for requests",
    ];
    assert_eq!(rights(&said), expected, "{said}");

    // Where nothing is there yet, a worker that may declare nothing says so of everything.
    let host = VirtualHost::new();
    let user = host.user();
    host.permit([NOTHING, ALL, ALL]);
    let said = missing(&host, &user, Declare).await;
    assert_eq!(rights(&said).len(), 3 + QUEUES.len(), "{said}");
}
