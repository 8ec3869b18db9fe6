//! The stores that models are fetched from: s3s-fs in this process, and Garage, a server used in production.
//!
//! s3s-fs serves a folder in pieces of 4 KiB, each through another thread: a megabyte costs it more processor time than
//! the worker needs for pricing, on the same cores. That affects every figure of messages a second, but no figure of
//! processor time, which is that of the worker's process. Garage needs less for a large object and far more for a small
//! one, whose metadata it reads from a database.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use aws_config::{BehaviorVersion, Region};
use aws_sdk_s3::config::Credentials;
use pricing_worker::adapter::S3;
use test_support::port;
use test_support::s3::{self, Bucket};

const BUCKET: &str = "models";
/// The script that runs Garage; its first run compiles it, which takes many minutes.
const TOOL: &str = "benches/worker/garage";
/// The folder of the compiled Garage, below the user's cache.
const BINARY: &str = ".cache/garage-2.5.0/bin/garage";

/// A store with one bucket.
pub struct Store {
    /// The name for people.
    pub name: &'static str,
    pub bucket: String,
    client: S3,
    environment: Vec<(String, String)>,
    _server: Server,
}

/// The server, which lives as long as the store.
enum Server {
    InProcess { _bucket: Bucket },
    Garage { _garage: Garage },
}

impl Store {
    /// s3s-fs, in this process.
    pub async fn s3s() -> Self {
        let bucket = Bucket::new().await;
        Self {
            name: "s3s-fs",
            bucket: bucket.name.clone(),
            client: bucket.store.clone(),
            environment: bucket.environment(),
            _server: Server::InProcess { _bucket: bucket },
        }
    }

    /// Garage; the script makes a new one at each start.
    pub async fn garage() -> Self {
        let address = port::free();
        let (garage, environment) = Garage::start(address);
        let variable = |name: &str| -> String {
            let found = environment.iter().find(|(found, _)| found == name);
            found.unwrap_or_else(|| panic!("{TOOL} says no {name}")).1.clone()
        };
        let credentials =
            Credentials::new(variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"), None, None, "bench");
        let [endpoint, region] = ["AWS_ENDPOINT_URL", "AWS_REGION"].map(variable);
        let config = move || {
            let config = aws_config::defaults(BehaviorVersion::latest()).endpoint_url(&endpoint);
            config.region(Region::new(region.clone())).credentials_provider(credentials.clone())
        };
        let client = S3::load(config, true).await;
        Self { name: "Garage", bucket: BUCKET.into(), client, environment, _server: Server::Garage { _garage: garage } }
    }

    pub async fn put(&self, key: &str, bytes: Vec<u8>) {
        s3::put(&self.client, &self.bucket, key, bytes).await;
    }

    /// The environment that points a program to the store.
    pub fn environment(&self) -> Vec<(String, String)> {
        self.environment.clone()
    }
}

/// Garage as a separate process.
pub struct Garage(Child);

impl Garage {
    /// Whether it is compiled already.
    pub fn is_compiled() -> bool {
        let home = std::env::var_os("GARAGE_HOME").map(|home| PathBuf::from(home).join("bin/garage"));
        let cached = || Some(PathBuf::from(std::env::var_os("HOME")?).join(BINARY));
        home.or_else(cached).is_some_and(|binary| binary.exists())
    }

    /// Starts Garage; returns the environment that points a program to it.
    fn start(address: SocketAddr) -> (Self, Vec<(String, String)>) {
        let mut child = Command::new(tool())
            .args([BUCKET, &address.port().to_string()])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap_or_else(|error| panic!("{}: {error}", tool().display()));
        let said = BufReader::new(child.stdout.take().expect("it is piped"));
        let garage = Self(child);
        let mut environment = Vec::new();
        for line in said.lines().map_while(Result::ok) {
            environment.extend(line.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())));
            if environment.iter().any(|(name, _)| name == "AWS_SECRET_ACCESS_KEY") {
                return (garage, environment);
            }
        }
        panic!("{} has ended: run it by hand to see why", tool().display());
    }
}

impl Drop for Garage {
    fn drop(&mut self) {
        // On SIGTERM the script ends its server and removes its folder.
        let _ = Command::new("kill").args(["-TERM", &self.0.id().to_string()]).status();
        let _ = self.0.wait();
    }
}

fn tool() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(TOOL)
}
