//! Variables that other programs read too, and this program beside its libraries. None has a flag.

use crate::config::kind::{AnyValue, CollectorUrl, FilePath, FreeText, ProxyUrl, WholeNumber, Words};
use crate::config::setting::{Chart, Described, Setting, Text};

/// What an endpoint of the store has to be; the AWS SDK parses it.
const STORE_URL: FreeText = FreeText { expected: "a URL, like http://127.0.0.1:9000" };
/// The only protocol that the program was compiled with.
const PROTOCOLS: Words<()> = Words { value_name: "PROTOCOL", words: &[("http/protobuf", ())] };
/// `extraEnv` takes every variable that no other value sets.
const EXTRA: Chart = Chart::Made(&["extraEnv"]);

pub static AWS_ENDPOINT_URL: Setting<FreeText, Described> = Setting {
    name: "aws-endpoint-url",
    flag: None,
    variable: "AWS_ENDPOINT_URL",
    default: Described("Amazon S3"),
    kind: STORE_URL,
    chart: Chart::Absent("the chart sets AWS_ENDPOINT_URL_S3"),
    help: "The URL of a store that is not Amazon's",
    note: "The AWS SDK asks it for the keys of a role too, where AWS_ENDPOINT_URL_STS names no other. It reads the rest of AWS_*: \
           credentials, region, profiles.",
};

pub static AWS_ENDPOINT_URL_S3: Setting<FreeText, Described> = Setting {
    name: "aws-endpoint-url-s3",
    flag: None,
    variable: "AWS_ENDPOINT_URL_S3",
    default: Described("AWS_ENDPOINT_URL"),
    kind: STORE_URL,
    chart: Chart::Value("s3.endpointUrl"),
    help: "The same, for S3 alone",
    note: "",
};

pub static AWS_CA_BUNDLE: Setting<FilePath, Described> = Setting {
    name: "aws-ca-bundle",
    flag: None,
    variable: "AWS_CA_BUNDLE",
    default: Described("the system's authorities"),
    kind: FilePath,
    chart: Chart::Made(&["s3.ca.existingSecret", "s3.ca.existingConfigMap", "s3.ca.key"]),
    help: "A PEM file of the only authorities that are trusted for the store",
    note: "As for the AWS CLI, it takes the place of the system's own. `ca_bundle` of a profile is not read.",
};

pub static SSL_CERT_FILE: Setting<FilePath, Described> = Setting {
    name: "ssl-cert-file",
    flag: None,
    variable: "SSL_CERT_FILE",
    default: Described("the system's authorities"),
    kind: FilePath,
    chart: EXTRA,
    help: "A PEM file in place of the system's authorities, for the store, the broker and the collector",
    note: "",
};

pub static SSL_CERT_DIR: Setting<FilePath, Described> = Setting {
    name: "ssl-cert-dir",
    flag: None,
    variable: "SSL_CERT_DIR",
    default: Described("the system's authorities"),
    kind: FilePath,
    chart: EXTRA,
    help: "The same, a folder",
    note: "Its files are named by their hashes, as OpenSSL's `c_rehash` names them.",
};

pub static HTTPS_PROXY: Setting<ProxyUrl, Described> = Setting {
    name: "https-proxy",
    flag: None,
    variable: "HTTPS_PROXY",
    default: Described("ALL_PROXY"),
    kind: ProxyUrl,
    chart: Chart::Value("s3.httpsProxy"),
    help: "The proxy for https://, on the way to the store, to what gives credentials and to the collector",
    note: "",
};

pub static HTTP_PROXY: Setting<ProxyUrl, Described> = Setting {
    name: "http-proxy",
    variable: "HTTP_PROXY",
    chart: Chart::Value("s3.httpProxy"),
    help: "The proxy for http://",
    ..HTTPS_PROXY
};

pub static ALL_PROXY: Setting<ProxyUrl, Described> = Setting {
    name: "all-proxy",
    variable: "ALL_PROXY",
    default: Described("no proxy"),
    chart: Chart::Absent("the chart sets HTTPS_PROXY and HTTP_PROXY"),
    help: "The proxy for both",
    ..HTTPS_PROXY
};

const LOWER_CASE: &str = "The same; the name in upper case wins";
const CHART_HAS_UPPER_CASE: Chart = Chart::Absent("the chart sets the name in upper case");

pub static HTTPS_PROXY_LOWER: Setting<ProxyUrl, Described> = in_lower_case("https_proxy", HTTPS_PROXY);
pub static HTTP_PROXY_LOWER: Setting<ProxyUrl, Described> = in_lower_case("http_proxy", HTTP_PROXY);
pub static ALL_PROXY_LOWER: Setting<ProxyUrl, Described> = in_lower_case("all_proxy", ALL_PROXY);
pub static NO_PROXY_LOWER: Setting<FreeText, Described> = in_lower_case("no_proxy", NO_PROXY);

const fn in_lower_case<K: Copy>(variable: &'static str, upper: Setting<K, Described>) -> Setting<K, Described> {
    let (default, chart) = (Described(""), CHART_HAS_UPPER_CASE);
    Setting { variable, default, chart, help: LOWER_CASE, note: "", ..upper }
}

pub static NO_PROXY: Setting<FreeText, Described> = Setting {
    name: "no-proxy",
    flag: None,
    variable: "NO_PROXY",
    default: Described("none"),
    kind: FreeText { expected: "domains, addresses and networks, like .example.com,10.0.0.0/8" },
    chart: Chart::Value("s3.noProxy"),
    help: "Hosts that are reached without a proxy",
    note: "A domain stands for all below it, `*` for all domains and no address. Name the metadata service, 169.254.169.254, \
           where it gives the credentials.",
};

pub static RAYON_NUM_THREADS: Setting<FreeText, Described> = Setting {
    name: "rayon-num-threads",
    flag: None,
    variable: "RAYON_NUM_THREADS",
    default: Described("PRICING_THREADS"),
    kind: FreeText { expected: "a whole number; 0, or no number, stands for the default" },
    chart: Chart::Absent("the chart sets PRICING_THREADS"),
    help: "Threads that compute, where PRICING_THREADS is not set",
    note: "",
};

pub static RUST_LOG: Setting<FreeText, Described> = Setting {
    name: "rust-log",
    flag: None,
    variable: "RUST_LOG",
    default: Described("info for run, error for the other commands"),
    kind: FreeText { expected: "levels, like info or warn,pricing_worker=debug" },
    chart: Chart::Value("log.levels"),
    help: "How much is logged, by module",
    note: "Libraries log no more than `debug`, `lapin` and `aws_config` no more than `error`: more would show passwords, keys \
           and messages.",
};

pub static NO_COLOR: Setting<AnyValue, Described> = Setting {
    name: "no-color",
    flag: None,
    variable: "NO_COLOR",
    default: Described("colours on a terminal"),
    kind: AnyValue,
    chart: Chart::Absent("a pod has no terminal"),
    help: "No colours, on a terminal either: https://no-color.org",
    note: "",
};

pub static OTLP_ENDPOINT: Setting<CollectorUrl, Described> = Setting {
    name: "otel-exporter-otlp-endpoint",
    flag: None,
    variable: "OTEL_EXPORTER_OTLP_ENDPOINT",
    default: Described("no traces are exported"),
    kind: CollectorUrl,
    chart: Chart::Value("otlp.endpoint"),
    help: "The collector that traces are exported to",
    note: "The OpenTelemetry SDK reads the rest of OTEL_*.",
};

pub static OTLP_TRACES_ENDPOINT: Setting<CollectorUrl, Described> = Setting {
    name: "otel-exporter-otlp-traces-endpoint",
    flag: None,
    variable: "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT",
    default: Described("OTEL_EXPORTER_OTLP_ENDPOINT"),
    kind: CollectorUrl,
    chart: Chart::Absent("the chart sets OTEL_EXPORTER_OTLP_ENDPOINT"),
    help: "The same, for traces alone",
    note: "",
};

pub static OTLP_PROTOCOL: Setting<Words<()>, Text> = Setting {
    name: "otel-exporter-otlp-protocol",
    flag: None,
    variable: "OTEL_EXPORTER_OTLP_PROTOCOL",
    default: Text("http/protobuf"),
    kind: PROTOCOLS,
    chart: EXTRA,
    help: "How traces are sent",
    note: "",
};

pub static OTLP_TRACES_PROTOCOL: Setting<Words<()>, Described> = Setting {
    name: "otel-exporter-otlp-traces-protocol",
    flag: None,
    variable: "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    default: Described("OTEL_EXPORTER_OTLP_PROTOCOL"),
    kind: PROTOCOLS,
    chart: EXTRA,
    help: "The same, for traces alone",
    note: "",
};

pub static OTLP_TIMEOUT: Setting<WholeNumber, Text> = Setting {
    name: "otel-exporter-otlp-timeout",
    flag: None,
    variable: "OTEL_EXPORTER_OTLP_TIMEOUT",
    default: Text("10000"),
    kind: MILLISECONDS,
    chart: EXTRA,
    help: "The longest that an export may take, in milliseconds",
    note: "",
};

pub static OTLP_TRACES_TIMEOUT: Setting<WholeNumber, Described> = Setting {
    name: "otel-exporter-otlp-traces-timeout",
    flag: None,
    variable: "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
    default: Described("OTEL_EXPORTER_OTLP_TIMEOUT"),
    kind: MILLISECONDS,
    chart: EXTRA,
    help: "The same, for traces alone",
    note: "",
};

const MILLISECONDS: WholeNumber = WholeNumber { least: 1, most: 600_000 };

pub static TRACES_EXPORTER: Setting<Words<bool>, Text> = Setting {
    name: "otel-traces-exporter",
    flag: None,
    variable: "OTEL_TRACES_EXPORTER",
    default: Text("otlp"),
    kind: Words { value_name: "EXPORTER", words: &[("otlp", true), ("none", false)] },
    chart: EXTRA,
    help: "`none`: no traces are exported",
    note: "",
};

pub static OTEL_DISABLED: Setting<FreeText, Described> = Setting {
    name: "otel-sdk-disabled",
    flag: None,
    variable: "OTEL_SDK_DISABLED",
    default: Described("false"),
    kind: FreeText { expected: "true; anything else stands for false" },
    chart: EXTRA,
    help: "`true`: no traces are exported",
    note: "",
};
