//! The chart's settings, read from the defaults of its `values.schema.json`.

use std::path::Path;
use std::time::Duration;

use serde_json::Value;

use super::autoscaler::{Change, Policy, Rules, Settings};

/// The chart's settings of its pods and of their number.
#[derive(Debug, Clone, PartialEq)]
pub struct Chart {
    /// Concurrent jobs in each worker.
    pub slots: usize,
    /// The drain timeout of a worker that is told to stop.
    pub drain_timeout_s: f64,
    /// Cores that a pod requests.
    pub cores: f64,
    /// The autoscaling settings.
    pub keda: Keda,
}

/// `keda` of the chart's values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Keda {
    /// `minReplicaCount`.
    pub min_replicas: u32,
    /// `maxReplicaCount`.
    pub max_replicas: u32,
    /// `pollingInterval`.
    pub polling_s: u64,
    /// `cooldownPeriod`.
    pub cooldown_s: u64,
    /// `messagesPerJobSlot`.
    pub messages_per_slot: u64,
    /// `scaleUp`.
    pub up: Up,
    /// `scaleDown`.
    pub down: Down,
}

/// `keda.scaleUp` of the chart's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Up {
    /// `stabilizationWindowSeconds`.
    pub stabilization_s: u64,
    /// `percent`.
    pub percent: u32,
    /// `pods`.
    pub pods: u32,
    /// `periodSeconds`.
    pub period_s: u64,
}

/// `keda.scaleDown` of the chart's values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Down {
    /// `stabilizationWindowSeconds`.
    pub stabilization_s: u64,
    /// `pods`.
    pub pods: u32,
    /// `periodSeconds`.
    pub period_s: u64,
}

impl Chart {
    /// Reads the defaults of a schema.
    pub fn read(schema: &Path) -> Self {
        let text = std::fs::read_to_string(schema)
            .unwrap_or_else(|error| panic!("{}: {error}; --schema FILE names another", schema.display()));
        let schema: Value = serde_json::from_str(&text).expect("a JSON Schema");
        let number =
            |path: &str| -> u64 { default(&schema, path).as_u64().unwrap_or_else(|| panic!("{path}: a number")) };
        let small = |path: &str| u32::try_from(number(path)).expect("a small number");
        let text = |path: &str| default(&schema, path).as_str().unwrap_or_else(|| panic!("{path}: a text"));
        let drain_timeout = humantime::parse_duration(text("drainTimeout")).expect("a duration");
        Self {
            slots: number("concurrency") as usize,
            drain_timeout_s: drain_timeout.as_secs_f64(),
            cores: cores(text("resources.requests.cpu")),
            keda: Keda {
                min_replicas: small("keda.minReplicaCount"),
                max_replicas: small("keda.maxReplicaCount"),
                polling_s: number("keda.pollingInterval"),
                cooldown_s: number("keda.cooldownPeriod"),
                messages_per_slot: number("keda.messagesPerJobSlot"),
                up: Up {
                    stabilization_s: number("keda.scaleUp.stabilizationWindowSeconds"),
                    percent: small("keda.scaleUp.percent"),
                    pods: small("keda.scaleUp.pods"),
                    period_s: number("keda.scaleUp.periodSeconds"),
                },
                down: Down {
                    stabilization_s: number("keda.scaleDown.stabilizationWindowSeconds"),
                    pods: small("keda.scaleDown.pods"),
                    period_s: number("keda.scaleDown.periodSeconds"),
                },
            },
        }
    }
}

impl Keda {
    /// The autoscaler's settings for pods with this number of slots.
    pub fn settings(&self, slots: usize) -> Settings {
        let Self { up, down, .. } = *self;
        let rules = |stabilization_s, period_s, changes: &[Change]| Rules {
            stabilization: Duration::from_secs(stabilization_s),
            policies: changes.iter().map(|&change| Policy { change, period: Duration::from_secs(period_s) }).collect(),
        };
        Settings {
            min_replicas: self.min_replicas,
            max_replicas: self.max_replicas,
            messages_per_replica: self.messages_per_slot * slots as u64,
            scale_up: rules(up.stabilization_s, up.period_s, &[Change::Percent(up.percent), Change::Pods(up.pods)]),
            scale_down: rules(down.stabilization_s, down.period_s, &[Change::Pods(down.pods)]),
            polling_interval: Duration::from_secs(self.polling_s),
            cooldown: Duration::from_secs(self.cooldown_s),
        }
    }
}

/// The default of a value by its path.
fn default<'a>(schema: &'a Value, path: &str) -> &'a Value {
    let value = path.split('.').fold(schema, |schema, name| &schema["properties"][name]);
    value.get("default").unwrap_or_else(|| panic!("the schema has no default for {path}"))
}

/// A Kubernetes quantity of cores: `1`, `0.5`, `500m`.
fn cores(quantity: &str) -> f64 {
    let parsed = match quantity.strip_suffix('m') {
        Some(thousandths) => thousandths.parse().map(|cores: f64| cores / 1_000.0),
        None => quantity.parse(),
    };
    parsed.unwrap_or_else(|_| panic!("{quantity} is no number of cores"))
}
