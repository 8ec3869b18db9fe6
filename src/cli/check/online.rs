//! `check --online`: asks the broker and the store whether the worker could work, and changes nothing.

use std::fmt::Display;

use crate::adapter::S3;
use crate::adapter::amqp::{self, OnlineChecks, TopologyMode, check_online};
use crate::config::{Broker, Store};
use crate::worker::ports::{PortError, StoreError};

/// What was checked, a line each.
#[derive(Debug, Default)]
pub(super) struct OnlineReport {
    pub lines: Vec<String>,
    pub failed: bool,
}

impl OnlineReport {
    /// Checks everything, whatever fails.
    pub async fn of(config: &amqp::Config, broker: &Broker, store: &Store, bucket: Option<&str>) -> Self {
        let mut report = Self::default();
        report.add_broker(check_online(config).await, broker);
        report.add_bucket(S3::from_env(store.path_style, store.ca_bundle.clone()).await, bucket).await;
        report
    }

    fn add_broker(&mut self, checked: Result<OnlineChecks, PortError>, broker: &Broker) {
        let OnlineChecks { topology, rights } = match checked {
            Ok(checks) => checks,
            Err(error) => {
                self.wrong("broker", format_args!("{error}; check PRICING_AMQP_URL and that the broker runs"));
                for name in ["topology", "rights"] {
                    self.wrong(name, "not checked: there is no connection");
                }
                return;
            }
        };
        self.ok("broker", format_args!("connected to {}", broker.secrets.url));
        let is_complete = topology.is_ok();
        match (topology, broker.topology) {
            (Ok(()), _) => self.ok("topology", "every exchange and queue is there; bindings cannot be seen"),
            (Err(error), TopologyMode::Declare) => self.wrong("topology", format_args!("{error}; `run` declares it")),
            (Err(error), TopologyMode::Verify) => {
                self.wrong("topology", format_args!("{error}; import the output of `pricing-worker topology`"));
            }
        }
        let untried = match broker.topology {
            TopologyMode::Declare => "; `run` alone tries the right to declare",
            TopologyMode::Verify => "",
        };
        match rights {
            Err(error) => self.wrong("rights", error),
            Ok(()) if is_complete => {
                self.ok("rights", format_args!("to take requests, and to publish what becomes of them{untried}"));
            }
            Ok(()) => self.ok("rights", "as far as the topology is there"),
        }
    }

    async fn add_bucket(&mut self, store: S3, bucket: Option<&str>) {
        let Some(bucket) = bucket else {
            self.ok("bucket", "not read: --bucket names one");
            return;
        };
        match store.check_bucket(bucket).await {
            Ok(()) => self.ok("bucket", format_args!("{bucket} can be read")),
            Err(StoreError::Denied(_)) => self.wrong(
                "bucket",
                format_args!(
                    "{bucket}: the store denies its objects; allow the worker's key to get them. A store answers so of an object \
                     that is not there, too, where the key may not list the bucket"
                ),
            ),
            Err(error @ StoreError::Unavailable(_)) => self.wrong(
                "bucket",
                format_args!("{bucket}: {error}; check AWS_ENDPOINT_URL, AWS_REGION and the credentials"),
            ),
            // It names the bucket, and says what to do.
            Err(error) => self.wrong("bucket", error),
        }
    }

    fn ok(&mut self, name: &str, what: impl Display) {
        self.lines.push(format!("{name:<11} ok: {what}"));
    }

    fn wrong(&mut self, name: &str, what: impl Display) {
        self.failed = true;
        self.lines.push(format!("{name:<11} wrong: {what}"));
    }
}
