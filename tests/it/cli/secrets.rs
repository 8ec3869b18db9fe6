//! Tests that logs have no secrets at any level: no credentials, no bodies of objects, no contents of messages.

mod store;

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use clap::Parser;
use lapin::BasicProperties;
use lapin::types::{AMQPValue, FieldTable};
use pricing_worker::adapter::amqp::{Config, TopologyMode};
use pricing_worker::cli::Cli;
use pricing_worker::config::{AmqpUrl, Broker, ConfigErrors, Environment, Flags, InvalidAmqpUrl};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use super::{Ran, program};
use crate::support::broker::VirtualHost;
use crate::support::node;
use crate::support::worker::Worker;

const PASSWORD: &str = "marker-of-the-password";
const SECRET_KEY: &str = "marker-of-the-secret-key";
const BODY: &str = "marker-of-the-body";
const STORE: &str = "marker-of-what-the-store-says";
const FIELD: &str = "marker-of-a-field";
const MESSAGE: &str = "marker-of-the-message";

/// A broker with a user whose password is unique to this test; the end of the test removes the user.
struct World {
    host: VirtualHost,
    user: String,
    store: SocketAddr,
    /// A file of profiles that has the secret key.
    profiles: NamedTempFile,
}

impl World {
    async fn new() -> Self {
        let (host, user) = (VirtualHost::new(), format!("shop-{}", ulid::Ulid::generate()));
        let rights = json!({ "configure": ".*", "write": ".*", "read": ".*" });
        let account = json!({ "password": PASSWORD, "tags": "" });
        node::broker().management.must("PUT", &format!("users/{user}"), Some(&account));
        host.manage("PUT", &format!("permissions/{user}"), Some(&rights));
        let profiles = NamedTempFile::new().expect("a file");
        let profile = format!("[default]\naws_access_key_id = shop\naws_secret_access_key = {SECRET_KEY}\n");
        fs::write(profiles.path(), profile).expect("written");
        Self { host, user, store: store::start().await, profiles }
    }

    fn program(&self, levels: &str) -> Command {
        let (Self { host, user, store, .. }, mut command) = (self, program());
        let url = format!("amqp://{user}:{PASSWORD}@{}/{}", host.address(), host.name());
        command.env("PRICING_AMQP_URL", url).env("RUST_LOG", levels);
        command.env("AWS_ENDPOINT_URL", format!("http://{store}")).env("AWS_REGION", "us-east-1");
        // The SDK's own variable, which makes it log bodies.
        command.env("LOG_SENSITIVE_BODIES", "true");
        command
    }

    /// The program with a store key in its environment and in profiles; the SDK reads and logs both.
    fn with_key(&self, levels: &str) -> Command {
        let mut command = self.program(levels);
        command.env("AWS_ACCESS_KEY_ID", "shop").env("AWS_SECRET_ACCESS_KEY", SECRET_KEY);
        let profiles = self.profiles.path();
        command.env("AWS_CONFIG_FILE", profiles).env("AWS_SHARED_CREDENTIALS_FILE", profiles);
        command
    }

    async fn request(&self, body: impl AsRef<[u8]>, attempt: i64) {
        let mut headers = FieldTable::default();
        headers.insert("x-attempt".into(), AMQPValue::LongLongInt(attempt));
        let properties = BasicProperties::default().with_delivery_mode(2).with_headers(headers);
        self.host.publish("pricing", "job.bulk", body.as_ref(), properties).await;
    }
}

impl Drop for World {
    fn drop(&mut self) {
        // The node may have ended already.
        let _ = node::broker().management.call("DELETE", &format!("users/{}", self.user), None);
    }
}

/// A request for a model, with an unknown field.
fn request(id: &str, key: &str, changes: &[(&str, Value)]) -> String {
    let mut event = json!({
        "specversion": "1.0", "id": id, "source": "mes", "type": "pricing.requested.v1", "later": FIELD,
        "time": null,
        "data": { "model": { "bucket": "models", "key": key, "unit": null, "later": FIELD }, "later": FIELD,
                  "items": null, "deadline": null }
    });
    for (pointer, value) in changes {
        *event.pointer_mut(pointer).expect("it is in the request") = value.clone();
    }
    event.to_string()
}

/// Asserts that a text has none of the markers, neither as letters nor as a list of byte values.
fn assert_clean(what: &str, text: &str) {
    for marker in [PASSWORD, SECRET_KEY, BODY, STORE, FIELD, MESSAGE] {
        let numbers: Vec<String> = marker.bytes().map(|byte| byte.to_string()).collect();
        for form in [marker, &numbers.join(", "), &numbers.join(",")] {
            if let Some(at) = text.find(form) {
                let from = text.floor_char_boundary(at.saturating_sub(500));
                let shown: String = text[from..].chars().take(1000).collect();
                panic!("{what} holds {marker}: …{shown}…");
            }
        }
    }
}

#[tokio::test]
async fn no_log_holds_a_secret_a_body_or_a_message() {
    let by_library = "trace,lapin=trace,amq_protocol=trace,aws_runtime=trace,aws_smithy_runtime=trace,hyper=trace";
    for levels in ["", "trace", by_library] {
        let world = World::new().await;
        let worker = Worker::ready(world.with_key(levels)).await;
        // An error may repeat the beginning of a name.
        let long = format!("{}{MESSAGE}", "x".repeat(120));
        let answered = [
            request("r1", "flat.stl", &[]),
            request("r2", "malformed.stl", &[]),
            request("r3", "missing.stl", &[]),
            request("r4", "flat.stl", &[("/time", MESSAGE.into())]),
            request("r5", "flat.stl", &[("/data/deadline", MESSAGE.into())]),
            request("r6", "flat.stl", &[("/data/items", MESSAGE.into())]),
            request("r7", "flat.stl", &[("/data/model/unit", long.clone().into())]),
            json!({ "id": "r10", "source": MESSAGE }).to_string(),
        ];
        let dead = [
            MESSAGE.to_owned(),
            json!(MESSAGE).to_string(),
            json!([MESSAGE]).to_string(),
            json!({ "source": MESSAGE }).to_string(),
            request(&long.repeat(10), "flat.stl", &[]),
            request("r8", MESSAGE, &[("/type", "pricing.requested.v2".into())]),
            request("r9", MESSAGE, &[("/type", long.clone().into())]),
        ];
        for body in answered.iter().chain(&dead) {
            world.request(body, 1).await;
        }
        for (attempt, name) in [(1, "failing"), (4, "failing"), (1, "garbled"), (1, "cut")] {
            world.request(request(&format!("{name} {attempt}"), &format!("{name}.stl"), &[]), attempt).await;
        }
        world.host.ready_are("pricing.results", 8).await;
        world.host.ready_are("pricing.dead", 8).await;
        worker.logged("settled", 19).await;

        for letter in world.host.take_many("pricing.dead", 8).await {
            assert_clean("a dead letter's headers", &format!("{:?}", letter.headers));
            assert!(letter.headers["x-error"].len() < 1000, "{:?}", letter.headers);
        }
        let logs = worker.logs();
        // The logs still have the error's name and the store's answer.
        for outcome in ["rejected", "retried", "dead_lettered"] {
            assert!(logs.iter().any(|log| log["outcome"] == outcome), "{levels:?}: nothing was {outcome}");
        }
        let of_the_store = logs.iter().filter_map(|log| log["error"].as_str()).find(|error| error.contains("status"));
        assert!(of_the_store.is_some_and(|error| error.contains("status 500: ")), "{of_the_store:?}");
        for log in logs {
            assert_clean(&format!("at {levels:?} a line"), &log.to_string());
        }
        let checked = Ran::of(world.with_key(levels).arg("check"));
        assert_eq!(checked.exit, 0);
        assert_clean("check", &format!("{checked:?}"));
    }
}

#[tokio::test]
async fn no_log_holds_credentials_that_a_service_gave_and_nobody_could_read() {
    let token = NamedTempFile::new().expect("a file");
    fs::write(token.path(), SECRET_KEY).expect("written");
    let token = token.path().to_str().expect("UTF-8");
    for levels in ["", "trace"] {
        let world = World::new().await;
        let [cut, refused] = ["cut", "refused"].map(|name| format!("http://{}/credentials/{name}", world.store));
        let role = [("AWS_WEB_IDENTITY_TOKEN_FILE", token), ("AWS_ROLE_ARN", "arn:aws:iam::1:role/shop")];
        let container =
            |service| [("AWS_CONTAINER_CREDENTIALS_FULL_URI", service), ("AWS_EC2_METADATA_DISABLED", "true")];
        for variables in [container(&cut), container(&refused), role] {
            let mut command = world.program(levels);
            command.envs(variables);
            let worker = Worker::ready(command).await;
            world.request(request("r1", "flat.stl", &[]), 1).await;
            worker.logged("held", 1).await;
            assert_clean("the probe", &worker.becomes_ready(false).await);
            for log in worker.logs() {
                assert_clean(&format!("{variables:?} at {levels:?} a line"), &log.to_string());
            }
        }
    }
}

#[test]
fn no_debug_output_of_a_configuration_holds_a_secret() {
    let url = format!("amqps://shop:{PASSWORD}@rabbit/orders?auth_mechanism=plain");
    let environment = Environment::new([("PRICING_AMQP_URL", &url)], 1);
    let parsed = |environment: &Environment| -> Result<Broker, ConfigErrors> { Flags::default().parse(environment) };
    let broker = parsed(&environment).expect("a URL");
    let config = Config::new(broker.access.clone(), TopologyMode::Verify, 1);
    let cli = Cli::try_parse_from(["pricing-worker", "run", "--amqp-url", &url]).expect("flags");
    let no_url = |text: &str| text.parse::<AmqpUrl>().expect_err("no URL");
    let refused: Vec<InvalidAmqpUrl> = [PASSWORD, &format!("https://shop:{PASSWORD}@rabbit/")].map(no_url).into();
    let wrong = Environment::new([("PRICING_AMQP_URL", PASSWORD), ("PRICING_TOPOLOGY", "x")], 1);
    let errors = parsed(&wrong).expect_err("no URL");
    assert_eq!(errors.0.len(), 2, "{errors}");
    for shown in [
        format!("{environment:?} {environment:#?}"),
        format!("{broker:?} {broker:#?} {}", broker.secrets.url),
        format!("{config:?} {config:#?}"),
        format!("{cli:?} {cli:#?}"),
        format!("{refused:?} {refused:#?} {}", refused[0]),
        format!("{errors:?} {errors:#?} {errors}"),
    ] {
        assert_clean("a configuration", &shown);
    }
}
