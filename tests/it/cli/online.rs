//! Tests of `check --online`: a line for the broker, the topology, the rights and the bucket, whatever is wrong.

use std::process::Command;

use super::{Ran, program};
use crate::support::broker::VirtualHost;
use crate::support::port;
use crate::support::proxy::{Blind, Line, Proxy};
use crate::support::s3::Bucket;

const NAMES: [&str; 4] = ["broker", "topology", "rights", "bucket"];

const NO_SUCH_BUCKET: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 41\r\nConnection: close\r\n\r\n\
                              <Error><Code>NoSuchBucket</Code></Error> ";
const ACCESS_DENIED: &str = "HTTP/1.1 403 Forbidden\r\nContent-Length: 40\r\nConnection: close\r\n\r\n\
                             <Error><Code>AccessDenied</Code></Error>";

async fn check(bucket: &Bucket, arguments: &[&str], settings: &[(&str, &str)]) -> Ran {
    let mut command = program();
    command.args(["check", "--online"]).args(arguments).envs(bucket.environment()).envs(settings.iter().copied());
    run(command).await
}

/// Runs a command, while the store in this process answers.
async fn run(mut command: Command) -> Ran {
    tokio::task::spawn_blocking(move || Ran::of(&mut command)).await.expect("it ends")
}

/// The answers of the last four lines, by their names.
fn answers(ran: &Ran) -> [String; 4] {
    let (_, online) = ran.stdout.rsplit_once("\n\n").unwrap_or_else(|| panic!("{ran:?}"));
    let lines: Vec<_> = online.lines().collect();
    assert_eq!(lines.len(), 4, "{ran:?}");
    std::array::from_fn(|number| {
        let answer =
            lines[number].strip_prefix(NAMES[number]).unwrap_or_else(|| panic!("{} in {ran:?}", NAMES[number]));
        answer.trim_start().to_owned()
    })
}

#[tokio::test]
async fn all_is_right() {
    let (host, bucket) = (VirtualHost::new(), Bucket::new().await);
    host.declare().await;
    let (url, named) = (("PRICING_AMQP_URL", host.url()), ["--bucket", bucket.name.as_str()]);
    for mode in ["declare", "verify"] {
        let ran = check(&bucket, &named, &[url, ("PRICING_TOPOLOGY", mode)]).await;
        assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{ran:?}");
        assert!(answers(&ran).iter().all(|answer| answer.starts_with("ok: ")), "{ran:?}");
    }
    let ran = check(&bucket, &[], &[url]).await;
    assert_eq!((ran.exit, answers(&ran)[3].as_str()), (0, "ok: not read: --bucket names one"));
    for queue in ["pricing.results", "pricing.dead", "pricing.retry.10s", "pricing.jobs.bulk"] {
        assert_eq!(host.ready(queue).await, 0, "{queue}");
    }
}

/// The settings, the bucket, the line that is wrong, and what it says and what to do.
type Row<'a> = (Vec<(&'a str, &'a str)>, &'a str, usize, [&'a str; 2]);

#[tokio::test]
async fn whatever_is_wrong_is_said_beside_the_rest() {
    let (host, bucket) = (VirtualHost::new(), Bucket::new().await);
    host.declare().await;
    let user = host.user();
    host.permit(["^$", r"^pricing(?!\.dlx$)", "^pricing"]);
    let empty = VirtualHost::new();
    let refusing = async |answer: &'static str| {
        let proxy = Proxy::to(bucket.address(), || Blind).await;
        proxy.set(Line::Answers(answer));
        (format!("http://{}", proxy.address), proxy)
    };
    let ((no_bucket, _first), (denied, _second)) = (refusing(NO_SUCH_BUCKET).await, refusing(ACCESS_DENIED).await);
    let nowhere = port::free();
    let (no_broker, no_store) = (format!("amqp://guest:s3cret@{nowhere}/%2f"), format!("http://{nowhere}"));
    let (right, known) = (("PRICING_AMQP_URL", host.url()), bucket.name.as_str());
    let rows: [Row<'_>; 8] = [
        (vec![("PRICING_AMQP_URL", &no_broker)], known, 0, ["cannot connect", "PRICING_AMQP_URL"]),
        (vec![("PRICING_AMQP_URL", empty.url())], known, 1, ["exchange pricing.dlx", "`run` declares it"]),
        (
            vec![("PRICING_AMQP_URL", empty.url()), ("PRICING_TOPOLOGY", "verify")],
            known,
            1,
            ["queue pricing.dead", "`pricing-worker topology`"],
        ),
        (vec![("PRICING_AMQP_URL", &user)], known, 2, ["write to pricing.dlx", "rabbitmqctl set_permissions"]),
        (vec![right, ("AWS_ENDPOINT_URL", &no_bucket)], known, 3, ["no such bucket", "check the bucket's name"]),
        (vec![right, ("AWS_ENDPOINT_URL", &denied)], known, 3, ["denies its objects", "allow the worker's key"]),
        (vec![right, ("AWS_ENDPOINT_URL", &no_store)], known, 3, ["unavailable", "AWS_ENDPOINT_URL"]),
        (vec![right, ("AWS_SECRET_ACCESS_KEY", "wrong")], known, 3, ["SignatureDoesNotMatch", "credentials"]),
    ];
    for (settings, named, wrong, parts) in rows {
        let ran = check(&bucket, &["--bucket", named], &settings).await;
        assert_eq!((ran.exit, ran.stderr.as_str()), (1, ""), "{ran:?}");
        for (number, answer) in answers(&ran).iter().enumerate() {
            // Without a connection, nothing else is known of the broker.
            let is_wrong = number == wrong || wrong == 0 && number < 3;
            assert_eq!(answer.starts_with("wrong: "), is_wrong, "{ran:?}");
            assert_eq!(answer.starts_with("ok: "), !is_wrong, "{ran:?}");
        }
        assert!(parts.iter().all(|part| answers(&ran)[wrong].contains(part)), "{parts:?} in {ran:?}");
        assert!(!ran.stdout.contains("s3cret"), "{ran:?}");
    }
    // It declares nothing.
    assert_eq!(empty.manage("GET", "queues", None).as_array().map(Vec::len), Some(0));
}

#[test]
fn a_bucket_is_read_online_only() {
    let ran = Ran::of(program().args(["check", "--bucket", "models"]));
    assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("--online"), "{}", ran.stderr);
}
