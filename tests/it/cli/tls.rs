//! Tests of `amqps://` with a private authority: a worker that trusts it works, and one that does not reports why.

use std::ffi::OsStr;
use std::fs;
use std::path::Path;
use std::process::Command;

use tokio::sync::MutexGuard;

use super::{Ran, fixture, program};
use crate::support::broker::VirtualHost;
use crate::support::node::{self, Node};
use crate::support::s3::Bucket;
use crate::support::tls::{self, Authority};
use crate::support::worker::Worker;

const AUTHORITY: &str = "The broker's authority";

/// A broker with TLS, whose certificate a private authority signed, and a store.
struct World {
    host: VirtualHost,
    bucket: Bucket,
    authority: Authority,
    port: u16,
    _node: MutexGuard<'static, Node>,
}

impl World {
    /// Starts a broker whose certificate is for these hosts. It is always our own node: the test changes its listeners.
    async fn new(hosts: &[&str]) -> Self {
        let node = node::private().await;
        let (broker, authority) = (node.broker.clone(), Authority::new(AUTHORITY));
        let port = tls::listen(&broker, &authority.identity(hosts));
        Self { host: VirtualHost::on(broker), bucket: Bucket::new().await, authority, port, _node: node }
    }

    fn url(&self, host: &str) -> String {
        format!("amqps://guest:guest@{host}:{}/{}", self.port, self.host.name())
    }

    fn program(&self, url: &str, authorities: Option<&Path>) -> Command {
        let mut command = program();
        command.env("PRICING_AMQP_URL", url).envs(self.bucket.environment());
        command.envs(authorities.map(|file| ("PRICING_AMQP_CA", file)));
        command
    }

    /// Runs a command until it exits, while the store in this process answers.
    async fn run<'a>(
        &self,
        url: &str,
        authorities: Option<&Path>,
        arguments: impl IntoIterator<Item = &'a OsStr>,
    ) -> Ran {
        let mut command = self.program(url, authorities);
        command.args(arguments);
        tokio::task::spawn_blocking(move || Ran::of(&mut command)).await.expect("it ends")
    }
}

/// Checks that the worker stays alive and not ready, and explains the error in its probe and its log.
async fn does_not_connect(command: Command, expected: &[&str]) {
    let worker = Worker::start(command);
    let log = worker.logged("not taking requests", 2).await;
    let said = log["error"].as_str().expect("why");
    assert_eq!(worker.probe("/livez").await, (200, "alive\n".into()));
    let (status, why) = worker.probe("/readyz").await;
    assert_eq!(status, 503, "{why}");
    for expected in expected {
        assert!(why.contains(expected) && said.contains(expected), "{expected}: {why} {said}");
    }
}

#[tokio::test]
async fn over_tls_by_a_private_authority_a_submitted_model_is_priced() {
    let world = World::new(&["127.0.0.1", "localhost"]).await;
    let authorities = world.authority.file();
    let model = fixture("models/cube-10mm-binary.stl");
    for host in ["127.0.0.1", "localhost"] {
        let url = world.url(host);
        // The worker reads the URL from a file, as from a mounted secret.
        let secret = tempfile::NamedTempFile::new().expect("a file");
        fs::write(secret.path(), format!("{url}\n")).expect("written");
        let mut command = world.program("", Some(&authorities));
        command.env("PRICING_AMQP_URL_FILE", secret.path());
        let worker = Worker::ready(command).await;
        assert_eq!(worker.probe("/readyz").await, (200, "ready\n".into()));

        let flags = ["submit", "--wait", "--bucket", &world.bucket.name, "--amqp-ca"].map(OsStr::new);
        let submitted =
            world.run(&url, None, flags.into_iter().chain([authorities.as_os_str(), model.as_os_str()])).await;
        assert_eq!((submitted.exit, submitted.stderr.as_str()), (0, ""));
        assert_eq!(submitted.events()[0]["data"]["geometry"]["volume_mm3"].as_f64(), Some(1000.0));
        let listed = world.run(&url, Some(&authorities), ["dead-letters", "list"].map(OsStr::new)).await;
        assert_eq!((listed.exit, listed.stdout.as_str(), listed.stderr.as_str()), (0, "", ""));
    }
}

#[tokio::test]
async fn a_broker_that_no_known_authority_vouches_for_is_refused() {
    let world = World::new(&["127.0.0.1"]).await;
    let url = world.url("127.0.0.1");
    let expected = ["of no issuer that is known here; PRICING_AMQP_CA names a file"];
    // No authority; another one; and another one with the right one's name.
    let (other, namesake) = (Authority::new("Another authority"), Authority::new(AUTHORITY));
    for authorities in [None, Some(other.file()), Some(namesake.file())] {
        does_not_connect(world.program(&url, authorities.as_deref()), &expected).await;
        let submitted = world.run(&url, authorities.as_deref(), ["submit", "ring.stl"].map(OsStr::new)).await;
        assert_eq!((submitted.exit, submitted.stdout.as_str()), (1, ""));
        assert!(expected.iter().all(|expected| submitted.stderr.contains(expected)), "{}", submitted.stderr);
    }
}

#[tokio::test]
async fn a_certificate_for_another_host_is_refused() {
    let world = World::new(&["rabbit.example", "localhost"]).await;
    let expected = ["not valid for name \"127.0.0.1\"", "rabbit.example"];
    does_not_connect(world.program(&world.url("127.0.0.1"), Some(&world.authority.file())), &expected).await;
}

#[tokio::test]
async fn a_port_without_tls_is_told_from_a_broker_that_is_not_trusted() {
    let host = VirtualHost::new();
    let mut command = program();
    command.env("PRICING_AMQP_URL", host.url().replacen("amqp://", "amqps://", 1));
    does_not_connect(command, &["does not speak TLS"]).await;
}
