//! Tests of secrets that are renewed while the worker runs: it takes the new ones by itself, and nobody restarts it.

use std::fs;
use std::net::SocketAddr;
use std::process::Command;

use serde_json::json;
use tempfile::NamedTempFile;

use super::site::Site;
use crate::support::http_server::answering;
use crate::support::s3::{Bucket, Keys, profile};
use crate::support::tls::{Authority, Terminator};
use crate::support::worker::Worker;
use crate::support::{eventually, node};

/// A user of a site's broker, whose password changes; removed at the end of the test.
struct User(String);

impl User {
    fn new(site: &Site) -> Self {
        let user = Self(format!("worker-{}", ulid::Ulid::generate()));
        user.has_password("before");
        let rights = json!({ "configure": ".*", "write": ".*", "read": ".*" });
        site.host.manage("PUT", &format!("permissions/{}", user.0), Some(&rights));
        user
    }

    fn has_password(&self, password: &str) {
        let account = json!({ "password": password, "tags": "" });
        node::broker().management.must("PUT", &format!("users/{}", self.0), Some(&account));
    }

    fn url(&self, site: &Site, password: &str) -> String {
        format!("amqp://{}:{password}@{}/{}", self.0, site.broker_line.address, site.host.name())
    }
}

impl Drop for User {
    fn drop(&mut self) {
        // The node may have ended already.
        let _ = node::broker().management.call("DELETE", &format!("users/{}", self.0), None);
    }
}

fn file_of(text: &str) -> NamedTempFile {
    let file = NamedTempFile::new().expect("a file");
    fs::write(file.path(), text).expect("written");
    file
}

/// The secret is renewed in its file, the worker consumes again, and answers what was submitted meanwhile.
async fn is_in_use_again(mut site: Site, worker: &Worker, renew: impl FnOnce(), number: &str, fault: &str) {
    site.submit(20).await;
    renew();
    site.fault_is_over();
    worker.becomes_ready(true).await;
    let measured = site.settle(&[worker]).await;
    assert_eq!((measured.dead, measured.lost), (0, 0));
    measured.report(number, fault);
}

#[tokio::test]
async fn a_password_of_the_broker_that_is_rotated() {
    let mut site = Site::new().await;
    let user = User::new(&site);
    let url = file_of(&user.url(&site, "before"));
    let mut command = site.program();
    command.env_remove("PRICING_AMQP_URL").env("PRICING_AMQP_URL_FILE", url.path());
    let worker = Worker::ready(command).await;
    site.submit(1).await;
    site.settle(&[&worker]).await;
    user.has_password("after");
    site.host.close_connections("pricing-worker").await;
    worker.logged("not taking requests", 2).await;
    let (_, why) = worker.probe("/readyz").await;
    assert!(why.contains("cannot connect") && why.contains("ACCESS_REFUSED"), "{why}");
    let renewed = user.url(&site, "after");
    let renew = || fs::write(url.path(), renewed).expect("written");
    is_in_use_again(site, &worker, renew, "20-1", "password of the broker rotated, then in its file").await;
}

#[tokio::test]
async fn a_file_with_the_brokers_url_that_is_gone_or_broken_for_a_while() {
    let site = Site::new().await;
    let url = file_of(&site.worker_url());
    let mut command = site.program();
    command.env_remove("PRICING_AMQP_URL").env("PRICING_AMQP_URL_FILE", url.path());
    let worker = Worker::ready(command).await;
    fs::remove_file(url.path()).expect("removed");
    site.host.close_connections("pricing-worker").await;
    let is_said = async |expected: &str| {
        let expected = format!("cannot connect: PRICING_AMQP_URL_FILE: {expected}");
        eventually(&expected, async || worker.probe("/readyz").await.1.contains(&expected).then_some(())).await;
    };
    is_said(&format!("{} cannot be read", url.path().display())).await;
    fs::write(url.path(), "rabbit").expect("written");
    is_said("expected a URL like amqp://").await;
    let good = site.worker_url();
    let renew = || fs::write(url.path(), good).expect("written");
    is_in_use_again(site, &worker, renew, "20-2", "file of the broker's URL gone, broken, and back").await;
}

#[tokio::test]
async fn an_authority_of_the_broker_that_is_renewed() {
    let mut site = Site::new().await;
    let [old, new] = ["Old", "New"].map(Authority::new);
    let tls = Terminator::to(site.broker_line.address, &old.identity(&["127.0.0.1"])).await;
    let authorities = file_of(&old.pem());
    let mut command = site.program();
    let url = site.host.url_at(tls.address).replacen("amqp://", "amqps://", 1);
    command.env("PRICING_AMQP_URL", url).env("PRICING_AMQP_CA", authorities.path());
    let worker = Worker::ready(command).await;
    site.submit(1).await;
    site.settle(&[&worker]).await;
    tls.present(&new.identity(&["127.0.0.1"]));
    worker.logged("not taking requests", 2).await;
    let (_, why) = worker.probe("/readyz").await;
    assert!(why.contains("of no issuer that is known here"), "{why}");
    let renew = || fs::write(authorities.path(), new.pem()).expect("written");
    is_in_use_again(site, &worker, renew, "20-3", "authority of the broker renewed, then in its file").await;
}

/// The program without keys in its environment.
fn without_keys(site: &Site) -> Command {
    let mut command = site.program();
    command
        .env_remove("AWS_ACCESS_KEY_ID")
        .env_remove("AWS_SECRET_ACCESS_KEY")
        .env("AWS_EC2_METADATA_DISABLED", "true");
    command
}

/// A worker whose keys are in a file of profiles.
async fn with_keys_in_a_file() -> (Site, Worker, NamedTempFile) {
    let mut site = Site::at(node::broker(), Bucket::own().await).await;
    let (access_key, secret_key) = site.bucket.keys.current();
    let keys = file_of(&profile(&access_key, &secret_key));
    let mut command = without_keys(&site);
    command.env("AWS_SHARED_CREDENTIALS_FILE", keys.path());
    let worker = Worker::ready(command).await;
    site.submit(1).await;
    site.settle(&[&worker]).await;
    (site, worker, keys)
}

#[tokio::test]
async fn keys_of_the_store_that_are_renewed_in_their_file_first() {
    let (mut site, worker, keys) = with_keys_in_a_file().await;
    fs::write(keys.path(), profile("renewed", "renewed-secret")).expect("written");
    site.bucket.keys.rotate("renewed", "renewed-secret");
    site.fault_is_over();
    site.submit(20).await;
    let measured = site.settle(&[&worker]).await;
    assert_eq!((measured.duplicates, measured.dead, measured.lost), (0, 0, 0));
    assert_eq!(site.wire.seen().deliveries.values().max(), Some(&1), "no attempt was spent on it");
    assert_eq!(worker.held(), 0, "no request waited");
    measured.report("20-4", "keys of the store renewed in their file, then at the store");
}

#[tokio::test]
async fn keys_of_the_store_that_are_renewed_in_their_file_late() {
    let (mut site, worker, keys) = with_keys_in_a_file().await;
    site.bucket.keys.rotate("renewed", "renewed-secret");
    // The file is read while it is written: it has no credentials yet.
    fs::write(keys.path(), "[default]\naws_access").expect("written");
    let renew = || fs::write(keys.path(), profile("renewed", "renewed-secret")).expect("written");
    site.submit(1).await;
    let why = worker.becomes_ready(false).await;
    assert!(why.contains("credentials"), "{why}");
    is_in_use_again(site, &worker, renew, "20-5", "keys of the store renewed, then in their file").await;
}

/// A service that gives the current key of a store, and says that it is good for years.
async fn credentials_service(keys: Keys) -> SocketAddr {
    answering(move |_| {
        let (access_key, secret_key) = keys.current();
        let body = json!({ "AccessKeyId": access_key, "SecretAccessKey": secret_key, "Token": "token",
                           "Expiration": "2099-01-01T00:00:00Z" });
        let (body, head) = (body.to_string(), "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json");
        format!("{head}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
    })
    .await
}

#[tokio::test]
async fn keys_of_the_store_that_a_service_renews_before_their_time() {
    let mut site = Site::at(node::broker(), Bucket::own().await).await;
    let service = credentials_service(site.bucket.keys.clone()).await;
    let mut command = without_keys(&site);
    command.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("http://{service}/role"));
    let worker = Worker::ready(command).await;
    site.submit(1).await;
    site.settle(&[&worker]).await;
    site.bucket.keys.rotate("renewed", "renewed-secret");
    site.fault_is_over();
    site.submit(20).await;
    let measured = site.settle(&[&worker]).await;
    assert_eq!((measured.duplicates, measured.dead, measured.lost), (0, 0, 0));
    assert_eq!(worker.held(), 0, "no request waited");
    measured.report("20-6", "keys of the store revoked, and renewed by the service that gives them");
}

#[tokio::test]
async fn an_authority_of_the_store_that_is_renewed() {
    let mut site = Site::new().await;
    let [old, new] = ["Old", "New"].map(Authority::new);
    let tls = Terminator::to(site.store_line.address, &old.identity(&["127.0.0.1"])).await;
    let authorities = file_of(&old.pem());
    let mut command = site.program();
    command.env("AWS_ENDPOINT_URL", format!("https://{}", tls.address)).env("AWS_CA_BUNDLE", authorities.path());
    let worker = Worker::ready(command).await;
    site.submit(1).await;
    site.settle(&[&worker]).await;
    tls.present(&new.identity(&["127.0.0.1"]));
    site.submit(1).await;
    let why = worker.becomes_ready(false).await;
    assert!(why.contains("AWS_CA_BUNDLE"), "{why}");
    let renew = || fs::write(authorities.path(), new.pem()).expect("written");
    is_in_use_again(site, &worker, renew, "20-7", "authority of the store renewed, then in its file").await;
}
