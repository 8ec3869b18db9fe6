//! What clap takes from the command line and the environment: text, in groups that commands share.
//!
//! Nothing is parsed here, so that [`super`] can report all that is wrong at once, and no message of clap's own shows
//! a secret.

// The comments of the fields are the help texts, where backticks would be shown and `[default: …]` is no link.
#![allow(clippy::doc_markdown, rustdoc::broken_intra_doc_links)]

use std::ffi::OsString;
use std::fmt;

use clap::Args;

/// The price book.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Price book")]
pub struct BookArgs {
    /// A TOML file with materials, rates and lead times [default: the sample book, built in]
    #[arg(long, env = "PRICING_PRICE_BOOK", value_name = "FILE")]
    pub price_book: Option<OsString>,
}

/// What one job may take, and how many run at once.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Limits")]
pub struct JobArgs {
    /// Jobs in flight [default: the number of cores × 2]
    #[arg(long, env = "PRICING_CONCURRENCY", value_name = "N")]
    pub concurrency: Option<String>,
    /// Model bytes held at once, over all jobs; a job that does not fit waits
    #[arg(long, env = "PRICING_MEMORY_BUDGET", value_name = "BYTES", default_value = super::MEMORY_BUDGET.default)]
    pub memory_budget: Option<String>,
    /// Larger models are rejected
    #[arg(long, env = "PRICING_MAX_OBJECT_SIZE", value_name = "BYTES", default_value = super::MAX_OBJECT_SIZE.default)]
    pub max_object_size: Option<String>,
    /// One job, download included
    #[arg(long, env = "PRICING_JOB_TIMEOUT", value_name = "TIME", default_value = super::JOB_TIMEOUT.default)]
    pub job_timeout: Option<String>,
}

/// How to reach RabbitMQ.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "RabbitMQ")]
pub struct BrokerArgs {
    /// amqp:// or amqps://; put a URL with a password in the variable or a file: other users see command lines
    /// [default: amqp://guest:guest@127.0.0.1:5672/%2f]
    #[arg(long, env = "PRICING_AMQP_URL", value_name = "URL", hide_env_values = true)]
    pub amqp_url: Option<SecretText>,
    /// A file with the URL, instead of the URL
    #[arg(long, env = "PRICING_AMQP_URL_FILE", value_name = "FILE")]
    pub amqp_url_file: Option<OsString>,
    /// A PEM file of authorities that are trusted for amqps://, beside the system's own
    #[arg(long, env = "PRICING_AMQP_CA", value_name = "FILE")]
    pub amqp_ca: Option<OsString>,
    /// `declare` queues and exchanges, or `verify` that they are there
    #[arg(long, env = "PRICING_TOPOLOGY", value_name = "MODE", default_value = super::TOPOLOGY.default)]
    pub topology: Option<String>,
}

/// How to reach S3. The rest is the AWS SDK's own chain of variables and profiles.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "S3 (credentials, region and AWS_ENDPOINT_URL as for every AWS tool)")]
pub struct StoreArgs {
    /// `true`: the bucket is in the path of the URL; `false`: in its host [default: true where AWS_ENDPOINT_URL is set]
    #[arg(long, env = "PRICING_S3_PATH_STYLE", value_name = "BOOL")]
    pub s3_path_style: Option<String>,
}

/// How the worker stands in its surroundings.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Service")]
pub struct ServiceArgs {
    /// The time that jobs in flight have after SIGTERM
    #[arg(long, env = "PRICING_DRAIN_TIMEOUT", value_name = "TIME", default_value = super::DRAIN_TIMEOUT.default)]
    pub drain_timeout: Option<String>,
    /// Where /metrics, /livez and /readyz listen
    #[arg(long, env = "PRICING_ADMIN_ADDR", value_name = "IP:PORT", default_value = super::ADMIN_ADDR.default)]
    pub admin_addr: Option<String>,
}

/// How logs look.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Logs, on standard error")]
pub struct LogArgs {
    /// `json` or `text`; levels by RUST_LOG, as in RUST_LOG=debug [default: text on a terminal, json elsewhere]
    #[arg(long, env = "PRICING_LOG", value_name = "FORMAT", global = true)]
    pub log: Option<String>,
}

/// Text that `Debug` does not show.
#[derive(Clone)]
pub struct SecretText(pub String);

impl From<String> for SecretText {
    fn from(text: String) -> Self {
        Self(text)
    }
}

impl fmt::Debug for SecretText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("(secret)")
    }
}
