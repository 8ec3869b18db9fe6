//! Tests of a client certificate for the broker: the broker lets in whom its authority vouches for, and takes the user's name
//! from the certificate.

use std::fs;
use std::process::Command;

use serde_json::json;
use tempfile::TempDir;
use tokio::sync::MutexGuard;

use super::{Ran, program};
use crate::support::broker::VirtualHost;
use crate::support::eventually;
use crate::support::node::{self, Node};
use crate::support::s3::Bucket;
use crate::support::tls::{self, Authority, Identity};
use crate::support::worker::Worker;

/// The name of the client's certificate, as the broker reads it.
const DISTINGUISHED_NAME: &str = "CN=pricing-worker,O=Workshop";
const COMMON_NAME: &str = "pricing-worker";

/// A broker that asks for a certificate, and takes it for the user.
struct World {
    host: VirtualHost,
    bucket: Bucket,
    authority: Authority,
    port: u16,
    folder: TempDir,
    node: MutexGuard<'static, Node>,
}

impl World {
    async fn new() -> Self {
        let node = node::private().await;
        let (broker, authority) = (node.broker.clone(), Authority::new("The company's authority"));
        broker.ctl(&[
            "eval",
            "application:set_env(rabbit, auth_mechanisms, ['PLAIN', 'AMQPLAIN', 'EXTERNAL']),
             application:set_env(rabbit, ssl_options, [{verify, verify_peer}]).",
        ]);
        let port = tls::listen_to_clients_of(&broker, &authority.identity(&["127.0.0.1"]), &authority);
        let folder = tempfile::tempdir().expect("a folder");
        Self { host: VirtualHost::on(broker), bucket: Bucket::new().await, authority, port, folder, node }
    }

    /// A user without a password, who may use the virtual host.
    fn let_in(&self, user: &str) {
        let rights = json!({ "configure": ".*", "write": ".*", "read": ".*" });
        let account = json!({ "password_hash": "", "tags": "" });
        self.node.broker.management.must("PUT", &format!("users/{user}"), Some(&account));
        self.host.manage("PUT", &format!("permissions/{user}"), Some(&rights));
    }

    /// What a broker takes the user's name from.
    fn names_users_by(&self, part: &str) {
        self.node.broker.ctl(&["eval", &format!("application:set_env(rabbit, ssl_cert_login_from, {part}).")]);
    }

    /// Waits until the broker has connections of this user, and of no other.
    async fn is_connected_as(&self, user: &str) {
        let path = format!("vhosts/{}/connections", self.host.name());
        eventually(&format!("connections of {user}"), async || {
            let connections = self.node.broker.management.must("GET", &path, None);
            let mut users = connections.as_array()?.iter().map(|connection| connection["user"].as_str());
            (users.len() > 0 && users.all(|found| found == Some(user))).then_some(())
        })
        .await;
    }

    /// The program with this certificate.
    fn program(&self, identity: Option<&Identity>) -> Command {
        let mut command = program();
        let url = format!("amqps://127.0.0.1:{}/{}?auth_mechanism=external", self.port, self.host.name());
        command.env("PRICING_AMQP_URL", url).env("PRICING_AMQP_CA", self.authority.file());
        command.envs(self.bucket.environment());
        if let Some(identity) = identity {
            for (variable, pem) in ["PRICING_AMQP_CERT", "PRICING_AMQP_KEY"].into_iter().zip(identity.pem()) {
                let file = self.folder.path().join(variable);
                fs::write(&file, pem).expect("written");
                command.env(variable, file);
            }
        }
        command
    }
}

impl Drop for World {
    fn drop(&mut self) {
        for user in [DISTINGUISHED_NAME, COMMON_NAME] {
            // It may not be there, and the node may be gone already.
            let _ = self.node.broker.management.call("DELETE", &format!("users/{user}"), None);
        }
    }
}

#[tokio::test]
async fn a_certificate_is_the_user() {
    let world = World::new().await;
    let identity = world.authority.client(COMMON_NAME);
    for (part, user) in [("distinguished_name", DISTINGUISHED_NAME), ("common_name", COMMON_NAME)] {
        world.names_users_by(part);
        world.let_in(user);
        let worker = Worker::ready(world.program(Some(&identity))).await;
        world.is_connected_as(user).await;
        drop(worker);
        let listed = Ran::of(world.program(Some(&identity)).args(["dead-letters", "list"]));
        assert_eq!((listed.exit, listed.stderr.as_str()), (0, ""));
    }
}

#[tokio::test]
async fn a_right_that_is_missing_is_said_to_be_the_certificates() {
    let world = World::new().await;
    world.names_users_by("distinguished_name");
    world.let_in(DISTINGUISHED_NAME);
    world.host.declare().await;
    let rights = json!({ "configure": ".*", "write": "^$", "read": ".*" });
    world.host.manage("PUT", &format!("permissions/{DISTINGUISHED_NAME}"), Some(&rights));
    let identity = world.authority.client(COMMON_NAME);
    let checked = Ran::of(world.program(Some(&identity)).args(["check", "--online"]));
    let grant = format!("set_permissions -p '{}' '{DISTINGUISHED_NAME}' ", world.host.name());
    assert!(checked.exit == 1 && checked.stdout.contains(&grant), "{checked:?}");
}

#[tokio::test]
async fn a_certificate_that_the_broker_does_not_take_is_said_to_be_one() {
    let world = World::new().await;
    world.names_users_by("common_name");
    let strangers = Authority::new("Another authority").client(COMMON_NAME);
    let unknown = world.authority.client("a-user-that-is-not-there");
    let table = [
        (None, "PRICING_AMQP_CERT and PRICING_AMQP_KEY"),
        (Some(&strangers), "PRICING_AMQP_CERT and PRICING_AMQP_KEY"),
        (Some(&unknown), "ACCESS_REFUSED"),
    ];
    for (identity, expected) in table {
        let worker = Worker::start(world.program(identity));
        worker.logged("not taking requests", 1).await;
        let (status, why) = worker.probe("/readyz").await;
        assert!(status == 503 && why.contains(expected), "{expected}: {status} {why}");
    }
}

#[tokio::test]
async fn a_certificate_that_is_renewed_in_its_file_is_in_use_from_the_next_connection_on() {
    let world = World::new().await;
    world.names_users_by("common_name");
    let [old, new] = ["before", "after"].map(|name| world.authority.client(name));
    for user in ["before", "after"] {
        world.let_in(user);
    }
    let worker = Worker::ready(world.program(Some(&old))).await;
    // The certificate is written before its key, and a connection in between fails.
    let [certificate, key] = new.pem();
    fs::write(world.folder.path().join("PRICING_AMQP_CERT"), certificate).expect("written");
    world.host.close_connections("pricing-worker").await;
    worker.logged("not taking requests", 2).await;
    let (_, why) = worker.probe("/readyz").await;
    assert!(why.contains("PRICING_AMQP_KEY: ") && why.contains("cannot be used with the certificate"), "{why}");
    fs::write(world.folder.path().join("PRICING_AMQP_KEY"), key).expect("written");
    worker.becomes_ready(true).await;
    world.is_connected_as("after").await;
    for user in ["before", "after"] {
        world.node.broker.management.must("DELETE", &format!("users/{user}"), None);
    }
}
