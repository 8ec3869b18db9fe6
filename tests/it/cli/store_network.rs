//! Tests of the networks that a store is reached over: TLS with a private authority, and HTTP proxies.

use std::path::Path;
use std::process::Command;

use super::{Ran, fixture, program};
use crate::support::broker::VirtualHost;
use crate::support::http_proxy::HttpProxy;
use crate::support::s3::Bucket;
use crate::support::tls::{Authority, Terminator};
use crate::support::worker::Worker;

/// A proxy's user and password, in a URL and in a header.
const USER: &str = "shop:marker-of-the-password";
const CREDENTIALS: &str = "Basic c2hvcDptYXJrZXItb2YtdGhlLXBhc3N3b3Jk";

/// Variables of the environment, with their values.
type Variables<'a> = &'a [(&'a str, &'a str)];

/// A broker, and a store with and without TLS.
struct World {
    host: VirtualHost,
    bucket: Bucket,
    authority: Authority,
    tls: Terminator,
}

impl World {
    async fn new() -> Self {
        let (bucket, authority) = (Bucket::new().await, Authority::new("The store's authority"));
        let tls = Terminator::to(bucket.address(), &authority.identity(&["127.0.0.1"])).await;
        Self { host: VirtualHost::new(), bucket, authority, tls }
    }

    /// The program, at the store's address with TLS or without.
    fn program(&self, over_tls: bool, variables: Variables<'_>) -> Command {
        let mut command = program();
        command.env("PRICING_AMQP_URL", self.host.url()).envs(self.bucket.environment());
        if over_tls {
            command.env("AWS_ENDPOINT_URL", format!("https://{}", self.tls.address));
        }
        command.envs(variables.iter().copied());
        command
    }

    /// Submits a model, while the store in this process answers.
    async fn submit(&self, mut command: Command) -> Ran {
        command.args(["submit", "--bucket", &self.bucket.name]).arg(fixture("models/cube-10mm-binary.stl"));
        tokio::task::spawn_blocking(move || Ran::of(&mut command)).await.expect("it ends")
    }
}

fn utf8(path: &Path) -> &str {
    path.to_str().expect("UTF-8")
}

#[tokio::test]
async fn a_store_with_a_private_authority_is_reached_where_the_authority_is_named() {
    let world = World::new().await;
    let (ours, another) = (world.authority.file(), Authority::new("Another authority"));
    let other = another.file();
    // The variables; whether the store is trusted.
    let table: [(Variables<'_>, bool); 5] = [
        (&[("AWS_CA_BUNDLE", utf8(&ours))], true),
        (&[("SSL_CERT_FILE", utf8(&ours))], true),
        // It takes the place of the system's, as for the AWS CLI.
        (&[("AWS_CA_BUNDLE", utf8(&other)), ("SSL_CERT_FILE", utf8(&ours))], false),
        (&[("AWS_CA_BUNDLE", utf8(&other))], false),
        (&[], false),
    ];
    for (variables, is_trusted) in table {
        let ran = world.submit(world.program(true, variables)).await;
        assert_eq!(ran.exit, i32::from(!is_trusted), "{variables:?}: {ran:?}");
        assert!(is_trusted || ran.stderr.contains("AWS_CA_BUNDLE names a file"), "{variables:?}: {ran:?}");
    }
    // What was submitted is priced over TLS as well.
    let _worker = Worker::ready(world.program(true, &[("AWS_CA_BUNDLE", utf8(&ours))])).await;
    for answer in world.host.take_many("pricing.results", 2).await {
        assert_eq!(answer.routing_key, "result.completed");
    }
}

#[tokio::test]
async fn a_store_is_reached_through_the_proxy_of_its_scheme() {
    let world = World::new().await;
    let (proxy, elsewhere) = (HttpProxy::start(Some(CREDENTIALS)).await, HttpProxy::start(None).await);
    let (through, wrong) = (format!("http://{USER}@{}", proxy.address), format!("http://{}", elsewhere.address));
    let (through, wrong) = (through.as_str(), wrong.as_str());
    let without_scheme = &through["http://".len()..];
    // TLS or not; the variables; whether the proxy is used.
    let table: [(bool, Variables<'_>, bool); 12] = [
        (false, &[("HTTP_PROXY", through)], true),
        (false, &[("http_proxy", through), ("HTTPS_PROXY", wrong)], true),
        (false, &[("ALL_PROXY", through)], true),
        (false, &[("HTTP_PROXY", without_scheme)], true),
        (false, &[("HTTPS_PROXY", through)], false),
        (false, &[("HTTP_PROXY", through), ("NO_PROXY", "127.0.0.1")], false),
        (true, &[("HTTPS_PROXY", through), ("ALL_PROXY", wrong)], true),
        (true, &[("https_proxy", through)], true),
        (true, &[("all_proxy", through)], true),
        (true, &[("HTTP_PROXY", through)], false),
        (true, &[("HTTPS_PROXY", through), ("NO_PROXY", "example.com, 127.0.0.0/8")], false),
        (true, &[("ALL_PROXY", through), ("no_proxy", "127.0.0.1")], false),
    ];
    for (over_tls, variables, is_used) in table {
        let before = (proxy.tunnels(), proxy.forwarding());
        let mut command = world.program(over_tls, variables);
        command.env("AWS_CA_BUNDLE", world.authority.file());
        let ran = world.submit(command).await;
        assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""), "{over_tls} {variables:?}");
        let (tunnels, forwarding) = (proxy.tunnels() - before.0, proxy.forwarding() - before.1);
        assert_eq!(
            (tunnels > 0, forwarding > 0),
            (is_used && over_tls, is_used && !over_tls),
            "{over_tls} {variables:?}"
        );
    }
    assert_eq!((proxy.refused(), elsewhere.tunnels(), elsewhere.forwarding()), (0, 0, 0));
}

#[tokio::test]
async fn a_worker_behind_a_proxy_prices_and_shows_no_password() {
    let world = World::new().await;
    let proxy = HttpProxy::start(Some(CREDENTIALS)).await;
    let url = format!("http://{USER}@{}", proxy.address);
    let bundle = world.authority.file();
    let variables = [("HTTPS_PROXY", url.as_str()), ("AWS_CA_BUNDLE", utf8(&bundle)), ("RUST_LOG", "trace")];
    let worker = Worker::ready(world.program(true, &variables)).await;
    let ran = world.submit(world.program(true, &variables[..2])).await;
    assert_eq!(ran.exit, 0, "{ran:?}");
    assert_eq!(world.host.take("pricing.results").await.routing_key, "result.completed");
    assert!(proxy.tunnels() >= 2, "{}", proxy.tunnels());
    for log in worker.logs() {
        let log = log.to_string();
        assert!(!log.contains("marker-of-the-password") && !log.contains("c2hvcDpt"), "{log}");
    }
}

#[tokio::test]
async fn a_proxy_that_refuses_is_said_to_be_one_without_the_password() {
    let world = World::new().await;
    let proxy = HttpProxy::start(Some("Basic another")).await;
    let url = format!("http://{USER}@{}", proxy.address);
    for (over_tls, variable) in [(false, "HTTP_PROXY"), (true, "HTTPS_PROXY")] {
        let ran = world.submit(world.program(over_tls, &[(variable, &url)])).await;
        assert_eq!(ran.exit, 1, "{ran:?}");
        assert!(ran.stderr.contains("407") || ran.stderr.to_lowercase().contains("proxy"), "{ran:?}");
        assert!(!ran.stderr.contains("marker-of-the-password"), "{ran:?}");
    }
    assert!(proxy.refused() >= 2);
}
