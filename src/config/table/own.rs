//! Settings of this program: each is a flag, and a variable that starts with `PRICING_`.

use std::time::Duration;

use crate::config::kind::{Address, BrokerUrl, Bytes, FilePath, Time, WholeNumber, Words};
use crate::config::setting::{Chart, Described, Setting, Text};
use crate::config::{LogFormat, TopologyMode};

/// The most jobs in flight: RabbitMQ's prefetch count is a 16-bit number, and no machine has the cores.
const MOST_JOBS: u32 = 1024;
/// The most threads that compute: no machine that is worth it has more cores.
const MOST_THREADS: u32 = 1024;
/// The note of the files of a connection's secrets.
const READ_AGAIN: &str = "It is read again at every connection.";
/// The least memory budget: less would leave no room for one block of triangles a job.
const LEAST_BUDGET_BYTES: u64 = 1 << 20;
/// The least memory of a conversion: the kernel begins with 128 MiB, and the process around it has 64.
const LEAST_CAD_BYTES: u64 = 256 << 20;
/// The most triangles of a mesh whose topology is examined: if no two share a corner, their vertices can still be numbered.
const MOST_TOPOLOGY_TRIANGLES: u32 = 350_000_000;
/// The longest that any timeout may be: RabbitMQ itself takes a delivery back after half an hour.
const LONGEST: Duration = Duration::from_hours(24);

pub static PRICE_BOOK: Setting<FilePath, Described> = Setting {
    name: "price-book",
    flag: Some("--price-book"),
    variable: "PRICING_PRICE_BOOK",
    default: Described("the sample book, built in"),
    kind: FilePath,
    chart: Chart::Made(&["priceBook.toml", "priceBook.existingConfigMap", "priceBook.key"]),
    help: "A TOML file with materials, rates and lead times",
    note: "",
};

pub static AMQP_URL: Setting<BrokerUrl, Text> = Setting {
    name: "amqp-url",
    flag: Some("--amqp-url"),
    variable: "PRICING_AMQP_URL",
    default: Text("amqp://guest:guest@127.0.0.1:5672/%2f"),
    kind: BrokerUrl,
    chart: Chart::Absent("a manifest would show the password; the URL is in a file"),
    help: "amqp:// or amqps://; put a URL with a password in the variable or a file: other users see command lines",
    note: "",
};

pub static AMQP_URL_FILE: Setting<FilePath, Described> = Setting {
    name: "amqp-url-file",
    flag: Some("--amqp-url-file"),
    variable: "PRICING_AMQP_URL_FILE",
    default: Described(""),
    kind: FilePath,
    chart: Chart::Made(&["broker.existingSecret", "broker.urlKey"]),
    help: "A file with the URL, instead of the URL",
    note: READ_AGAIN,
};

pub static AMQP_CA: Setting<FilePath, Described> = Setting {
    name: "amqp-ca",
    flag: Some("--amqp-ca"),
    variable: "PRICING_AMQP_CA",
    default: Described(""),
    kind: FilePath,
    chart: Chart::Made(&["broker.ca.existingSecret", "broker.ca.existingConfigMap", "broker.ca.key"]),
    help: "A PEM file of authorities that are trusted for amqps://, beside the system's own",
    note: READ_AGAIN,
};

pub static AMQP_CERT: Setting<FilePath, Described> = Setting {
    name: "amqp-cert",
    flag: Some("--amqp-cert"),
    variable: "PRICING_AMQP_CERT",
    default: Described(""),
    kind: FilePath,
    chart: Chart::Made(&["broker.clientCertificate.existingSecret", "broker.clientCertificate.certKey"]),
    help: "A PEM file of the client's certificate for amqps://, with those that lead to its authority",
    note: READ_AGAIN,
};

pub static AMQP_KEY: Setting<FilePath, Described> = Setting {
    name: "amqp-key",
    flag: Some("--amqp-key"),
    variable: "PRICING_AMQP_KEY",
    default: Described(""),
    kind: FilePath,
    chart: Chart::Made(&["broker.clientCertificate.existingSecret", "broker.clientCertificate.keyKey"]),
    help: "A PEM file of that certificate's key, not encrypted",
    note: READ_AGAIN,
};

pub static TOPOLOGY: Setting<Words<TopologyMode>, Text> = Setting {
    name: "topology",
    flag: Some("--topology"),
    variable: "PRICING_TOPOLOGY",
    default: Text(TopologyMode::Declare.name()),
    kind: Words {
        value_name: "MODE",
        words: &[
            (TopologyMode::Declare.name(), TopologyMode::Declare),
            (TopologyMode::Verify.name(), TopologyMode::Verify),
        ],
    },
    chart: Chart::Value("broker.topology"),
    help: "`declare` queues and exchanges, or `verify` that they are there",
    note: "",
};

pub static S3_PATH_STYLE: Setting<Words<bool>, Described> = Setting {
    name: "s3-path-style",
    flag: Some("--s3-path-style"),
    variable: "PRICING_S3_PATH_STYLE",
    default: Described("true where AWS_ENDPOINT_URL is set"),
    kind: Words { value_name: "BOOL", words: &[("true", true), ("false", false)] },
    chart: Chart::Value("s3.pathStyle"),
    help: "`true`: the bucket is in the path of the URL; `false`: in its host",
    note: "",
};

pub static CONCURRENCY: Setting<WholeNumber, Described> = Setting {
    name: "concurrency",
    flag: Some("--concurrency"),
    variable: "PRICING_CONCURRENCY",
    default: Described("the number of cores × 2"),
    kind: WholeNumber { least: 1, most: MOST_JOBS },
    chart: Chart::Value("concurrency"),
    help: "Jobs in flight",
    note: "The worker takes as many messages ahead from each queue.",
};

pub static THREADS: Setting<WholeNumber, Described> = Setting {
    name: "threads",
    flag: Some("--threads"),
    variable: "PRICING_THREADS",
    default: Described("the CPUs of the cgroup"),
    kind: WholeNumber { least: 1, most: MOST_THREADS },
    chart: Chart::Made(&["threads", "resources.limits.cpu", "concurrency"]),
    help: "Threads that compute; results do not depend on their number",
    note: "By default the CPUs of the process's affinity, and no more than its cgroup's quota has, rounded down. Where it is set, \
           it stands for the number of cores in every other default.",
};

pub static MEMORY_BUDGET: Setting<Bytes, Text> = Setting {
    name: "memory-budget",
    flag: Some("--memory-budget"),
    variable: "PRICING_MEMORY_BUDGET",
    default: Text("512MiB"),
    kind: Bytes { least: LEAST_BUDGET_BYTES },
    chart: Chart::Value("memoryBudget"),
    help: "Model bytes held at once, over all jobs; a job that does not fit waits",
    note: "",
};

pub static TOPOLOGY_TRIANGLES: Setting<WholeNumber, Text> = Setting {
    name: "topology-triangles",
    flag: Some("--topology-triangles"),
    variable: "PRICING_TOPOLOGY_TRIANGLES",
    default: Text("2000000"),
    kind: WholeNumber { least: 1, most: MOST_TOPOLOGY_TRIANGLES },
    chart: Chart::Value("topologyTriangles"),
    help: "The largest mesh, in triangles, whose topology is examined; must be the same on all replicas",
    note: "",
};

pub static MAX_OBJECT_SIZE: Setting<Bytes, Text> = Setting {
    name: "max-object-size",
    flag: Some("--max-object-size"),
    variable: "PRICING_MAX_OBJECT_SIZE",
    default: Text("8GiB"),
    kind: Bytes { least: 1 },
    chart: Chart::Value("maxObjectSize"),
    help: "Larger models are rejected",
    note: "",
};

pub static JOB_TIMEOUT: Setting<Time, Text> = Setting {
    name: "job-timeout",
    flag: Some("--job-timeout"),
    variable: "PRICING_JOB_TIMEOUT",
    default: Text("5m"),
    kind: Time { least: Duration::from_millis(1), most: LONGEST },
    chart: Chart::Value("jobTimeout"),
    help: "One job, download included",
    note: "The time that a job waits for memory does not count.",
};

pub static CAD: Setting<FilePath, Described> = Setting {
    name: "cad",
    flag: Some("--cad"),
    variable: "PRICING_CAD",
    default: Described("`pricing-cad` beside the program, then in the PATH"),
    kind: FilePath,
    chart: Chart::Made(&["cad.enabled"]),
    help: "The converter of CAD files, or `off`: no CAD files are read",
    note: "Where there is none, CAD files are rejected as `unsupported_feature`.",
};

pub static CAD_MEMORY: Setting<Bytes, Text> = Setting {
    name: "cad-memory",
    flag: Some("--cad-memory"),
    variable: "PRICING_CAD_MEMORY",
    default: Text("384MiB"),
    kind: Bytes { least: LEAST_CAD_BYTES },
    chart: Chart::Value("cad.memory"),
    help: "The conversion of one CAD file; the memory budget has room for it, or the file is read alone",
    note: "A file that needs more is rejected as `too_large`.",
};

pub static CAD_TIMEOUT: Setting<Time, Text> = Setting {
    name: "cad-timeout",
    flag: Some("--cad-timeout"),
    variable: "PRICING_CAD_TIMEOUT",
    default: Text("1m"),
    kind: Time { least: Duration::from_millis(1), most: LONGEST },
    chart: Chart::Value("cad.timeout"),
    help: "The conversion of one CAD file, download not included",
    note: "A file that takes longer is rejected as `job_timeout`. The job's own limit holds as well.",
};

pub static DRAIN_TIMEOUT: Setting<Time, Text> = Setting {
    name: "drain-timeout",
    flag: Some("--drain-timeout"),
    variable: "PRICING_DRAIN_TIMEOUT",
    default: Text("30s"),
    kind: Time { least: Duration::ZERO, most: LONGEST },
    chart: Chart::Value("drainTimeout"),
    help: "The time that jobs in flight have after SIGTERM",
    note: "The broker delivers what is not settled then to another worker.",
};

pub static ADMIN_ADDR: Setting<Address, Text> = Setting {
    name: "admin-addr",
    flag: Some("--admin-addr"),
    variable: "PRICING_ADMIN_ADDR",
    default: Text("0.0.0.0:9090"),
    kind: Address,
    chart: Chart::Made(&["bindAddress"]),
    help: "Where /metrics, /livez and /readyz listen",
    note: "",
};

pub static LOG: Setting<Words<LogFormat>, Described> = Setting {
    name: "log",
    flag: Some("--log"),
    variable: "PRICING_LOG",
    default: Described("text on a terminal, json elsewhere"),
    kind: Words { value_name: "FORMAT", words: &[("json", LogFormat::Json), ("text", LogFormat::Text)] },
    chart: Chart::Value("log.format"),
    help: "`json` or `text`; levels by RUST_LOG, as in RUST_LOG=debug",
    note: "",
};
