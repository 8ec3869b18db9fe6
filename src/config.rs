//! Every setting and limit, read once, before anything starts.
//!
//! Two steps. [`args`] is what clap takes from the command line and the environment, as text; the `parse` functions here
//! turn text into values that are right, and report everything that is wrong at once, by the variable's name. What
//! a setting does is written where it is used; the price book and the AWS SDK's own variables are read elsewhere.

pub mod args;
mod secret;
mod setting;

use std::fmt;
use std::net::SocketAddr;
use std::time::Duration;

use args::{BrokerArgs, JobArgs, LogArgs, ServiceArgs, StoreArgs};
pub use secret::AmqpUrl;
use setting::Setting;
pub use setting::{ConfigErrors, SettingError};

use crate::adapter::amqp::{Authorities, TopologyMode};

/// Where the environment is read from: the process, or a table in a test.
pub type Lookup<'a> = &'a dyn Fn(&str) -> Option<String>;

/// What one job may take, and how many run at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jobs {
    /// Jobs in flight.
    pub concurrency: usize,
    /// Bytes of models held at once, over all jobs.
    pub memory_budget_bytes: u64,
    /// The largest model, in bytes.
    pub max_object_bytes: u64,
    /// The time that one job may take, download included.
    pub timeout: Duration,
}

/// How to reach RabbitMQ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broker {
    /// The URL, with its secrets.
    pub url: AmqpUrl,
    /// Whom to trust beside the system's own authorities, where the URL is `amqps://`.
    pub authorities: Option<Authorities>,
    /// What to do about queues and exchanges.
    pub topology: TopologyMode,
}

/// How to reach S3, beyond the SDK's own chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Store {
    /// Whether the bucket is in the path of the URL and not in its host name.
    pub path_style: bool,
}

/// How the worker stands in its surroundings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The time that jobs in flight have after SIGTERM.
    pub drain_timeout: Duration,
    /// Where the probes listen.
    pub admin_addr: SocketAddr,
}

/// Where logs go and how they look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The format; none where it follows from the terminal.
    pub format: Option<LogFormat>,
    /// `RUST_LOG`, where it is set.
    pub filter: Option<String>,
}

/// What becomes of traces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Traces {
    /// They are collected, for the sake of the ids in logs and messages, and sent nowhere.
    Collected {
        /// Why nowhere.
        because: &'static str,
    },
    /// They are exported over OTLP.
    Exported {
        /// Where to: scheme, host and port. What else is in the URL may be a secret.
        collector: String,
        /// The longest that one export may take.
        timeout: Duration,
    },
}

/// How logs look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// One JSON object a line.
    Json,
    /// For people.
    Text,
}

const CONCURRENCY: Setting = Setting::new("PRICING_CONCURRENCY", "--concurrency", "");
const MEMORY_BUDGET: Setting = Setting::new("PRICING_MEMORY_BUDGET", "--memory-budget", "512MiB");
const MAX_OBJECT_SIZE: Setting = Setting::new("PRICING_MAX_OBJECT_SIZE", "--max-object-size", "8GiB");
const JOB_TIMEOUT: Setting = Setting::new("PRICING_JOB_TIMEOUT", "--job-timeout", "5m");
const AMQP_URL: Setting = Setting::new("PRICING_AMQP_URL", "--amqp-url", "amqp://guest:guest@127.0.0.1:5672/%2f");
const AMQP_URL_FILE: Setting = Setting::new("PRICING_AMQP_URL_FILE", "--amqp-url-file", "");
const AMQP_CA: Setting = Setting::new("PRICING_AMQP_CA", "--amqp-ca", "");
const TOPOLOGY: Setting = Setting::new("PRICING_TOPOLOGY", "--topology", "declare");
const S3_PATH_STYLE: Setting = Setting::new("PRICING_S3_PATH_STYLE", "--s3-path-style", "");
const DRAIN_TIMEOUT: Setting = Setting::new("PRICING_DRAIN_TIMEOUT", "--drain-timeout", "30s");
const ADMIN_ADDR: Setting = Setting::new("PRICING_ADMIN_ADDR", "--admin-addr", "0.0.0.0:9090");
const OTLP_ENDPOINT: Setting = Setting::new("OTEL_EXPORTER_OTLP_ENDPOINT", "", "");
const OTLP_PROTOCOL: Setting = Setting::new("OTEL_EXPORTER_OTLP_PROTOCOL", "", "http/protobuf");
const OTLP_TIMEOUT: Setting = Setting::new("OTEL_EXPORTER_OTLP_TIMEOUT", "", "");
/// OpenTelemetry's own default, in milliseconds as its variable.
const OTLP_TIMEOUT_MS: usize = 10_000;
const MOST_OTLP_TIMEOUT_MS: usize = 600_000;
const TRACES_EXPORTER: Setting = Setting::new("OTEL_TRACES_EXPORTER", "", "otlp");
const LOG: Setting = Setting::new("PRICING_LOG", "--log", "");

/// The most jobs in flight: RabbitMQ's prefetch count is a 16-bit number, and no machine has the cores.
const MOST_JOBS: usize = 1024;
/// The least memory budget: less would leave no room for one block of triangles a job.
const LEAST_BUDGET_BYTES: u64 = 1 << 20;
/// The largest file of authorities: every one that browsers trust takes a quarter of it.
const MOST_AUTHORITIES_BYTES: u64 = 1 << 20;
/// The longest that any timeout may be: RabbitMQ itself takes a delivery back after half an hour.
const LONGEST: Duration = Duration::from_hours(24);

impl Jobs {
    /// Reads what a job may take.
    pub fn parse(args: &JobArgs) -> Result<Self, ConfigErrors> {
        let mut problems = ConfigErrors::default();
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let concurrency = CONCURRENCY.whole_number(args.concurrency.as_deref(), 2 * cores, MOST_JOBS);
        let concurrency = problems.keep_one(concurrency);
        let memory_budget = problems.keep_one(MEMORY_BUDGET.bytes(args.memory_budget.as_deref(), LEAST_BUDGET_BYTES));
        let max_object = problems.keep_one(MAX_OBJECT_SIZE.bytes(args.max_object_size.as_deref(), 1));
        let timeout = JOB_TIMEOUT.duration(args.job_timeout.as_deref(), Duration::from_millis(1), LONGEST);
        let timeout = problems.keep_one(timeout);
        match (concurrency, memory_budget, max_object, timeout) {
            (Some(concurrency), Some(memory_budget_bytes), Some(max_object_bytes), Some(timeout)) => {
                Ok(Self { concurrency, memory_budget_bytes, max_object_bytes, timeout })
            }
            _ => Err(problems),
        }
    }
}

impl Broker {
    /// Reads how to reach RabbitMQ; the URL may be in a file.
    pub fn parse(args: &BrokerArgs) -> Result<Self, ConfigErrors> {
        let mut problems = ConfigErrors::default();
        let url = problems.keep_one(Self::url(args));
        let authorities = problems.keep_one(Self::authorities(args));
        let modes = [TopologyMode::Declare, TopologyMode::Verify].map(|mode| (mode.name(), mode));
        let topology = problems.keep_one(TOPOLOGY.choice(args.topology.as_deref(), &modes));
        match (url, authorities, topology) {
            (Some(url), Some(authorities), Some(topology)) => {
                Ok(Self { url, authorities, topology: topology.unwrap_or(TopologyMode::Declare) })
            }
            _ => Err(problems),
        }
    }

    fn url(args: &BrokerArgs) -> Result<AmqpUrl, SettingError> {
        let given = Setting::given(args.amqp_url.as_ref().map(|secret| secret.0.as_str()));
        let file = args.amqp_url_file.as_ref().filter(|path| !path.is_empty());
        match (given, file) {
            (Some(_), Some(_)) => Err(SettingError::Both { one: AMQP_URL.variable, other: AMQP_URL_FILE.variable }),
            (None, Some(path)) => AmqpUrl::parse(&AMQP_URL_FILE, &AMQP_URL_FILE.file(path.as_ref())?),
            (given, None) => AmqpUrl::parse(&AMQP_URL, given.unwrap_or(AMQP_URL.default)),
        }
    }

    fn authorities(args: &BrokerArgs) -> Result<Option<Authorities>, SettingError> {
        let Some(path) = args.amqp_ca.as_ref().filter(|path| !path.is_empty()) else { return Ok(None) };
        let path = path.as_ref();
        let pem = AMQP_CA.bytes_of(path, MOST_AUTHORITIES_BYTES)?;
        Authorities::parse(&pem).map(Some).map_err(|invalid| AMQP_CA.unusable(path, invalid))
    }
}

impl Store {
    /// Reads how to reach S3. Stores other than Amazon's own rarely have a host name for each bucket.
    pub fn parse(args: &StoreArgs, lookup: Lookup<'_>) -> Result<Self, ConfigErrors> {
        let set = |name| lookup(name).is_some_and(|value| !value.is_empty());
        let path_style = S3_PATH_STYLE.choice(args.s3_path_style.as_deref(), &[("true", true), ("false", false)])?;
        let path_style = path_style.unwrap_or_else(|| set("AWS_ENDPOINT_URL") || set("AWS_ENDPOINT_URL_S3"));
        Ok(Self { path_style })
    }
}

impl Service {
    /// Reads how the worker stands in its surroundings.
    pub fn parse(args: &ServiceArgs) -> Result<Self, ConfigErrors> {
        let mut problems = ConfigErrors::default();
        let drain = problems.keep_one(DRAIN_TIMEOUT.duration(args.drain_timeout.as_deref(), Duration::ZERO, LONGEST));
        let address = problems.keep_one(ADMIN_ADDR.address(args.admin_addr.as_deref()));
        match (drain, address) {
            (Some(drain_timeout), Some(admin_addr)) => Ok(Self { drain_timeout, admin_addr }),
            _ => Err(problems),
        }
    }
}

impl Log {
    /// Reads how logs look. Which levels `RUST_LOG` asks for is parsed where they are filtered.
    pub fn parse(args: &LogArgs, lookup: Lookup<'_>) -> Result<Self, ConfigErrors> {
        let formats = [("json", LogFormat::Json), ("text", LogFormat::Text)];
        let format = LOG.choice(args.log.as_deref(), &formats)?;
        Ok(Self { format, filter: lookup("RUST_LOG").filter(|levels| !levels.is_empty()) })
    }
}

impl Traces {
    /// Reads whether and where to traces are exported, by OpenTelemetry's own variables; the SDK reads the rest of them.
    /// What it would ignore in silence is an error here.
    pub fn parse(lookup: Lookup<'_>) -> Result<Self, ConfigErrors> {
        let set = |name: &str| lookup(name).filter(|value| !value.is_empty());
        let one_of = |names: [&str; 2]| names.into_iter().find_map(set);
        let exporter =
            TRACES_EXPORTER.choice(set("OTEL_TRACES_EXPORTER").as_deref(), &[("otlp", true), ("none", false)]);
        let disabled = set("OTEL_SDK_DISABLED").is_some_and(|value| value.eq_ignore_ascii_case("true"));
        if disabled || !exporter?.unwrap_or(true) {
            return Ok(Self::Collected { because: "OTEL_SDK_DISABLED or OTEL_TRACES_EXPORTER says so" });
        }
        let endpoint = one_of(["OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT"]);
        let Some(endpoint) = endpoint else {
            return Ok(Self::Collected { because: "OTEL_EXPORTER_OTLP_ENDPOINT is not set" });
        };
        let protocol = one_of(["OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"]);
        OTLP_PROTOCOL.choice(protocol.as_deref(), &[("http/protobuf", ())])?;
        let collector = collector_of(&endpoint);
        let collector = collector.ok_or_else(|| {
            let shown = if endpoint.contains('@') { "(a URL with a password)" } else { &endpoint };
            OTLP_ENDPOINT.unexpected(shown, "a URL, like http://collector:4318")
        });
        let timeout = one_of(["OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"]);
        let timeout_ms = OTLP_TIMEOUT.whole_number(timeout.as_deref(), OTLP_TIMEOUT_MS, MOST_OTLP_TIMEOUT_MS)?;
        Ok(Self::Exported { collector: collector?, timeout: Duration::from_millis(timeout_ms as u64) })
    }
}

impl fmt::Display for Traces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Collected { because } => write!(f, "not exported: {because}"),
            Self::Exported { collector, .. } => write!(f, "exported to {collector}"),
        }
    }
}

/// The scheme, the host and the port of an HTTP URL.
fn collector_of(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://").filter(|(scheme, _)| ["http", "https"].contains(scheme))?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next().filter(|host| !host.is_empty())?;
    Some(format!("{scheme}://{host}"))
}
