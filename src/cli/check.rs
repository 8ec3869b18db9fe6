//! `check`: validates the configuration and the price book, and starts nothing. With `--online` it asks the broker and the
//! store, too.

mod online;

use std::fmt::Write;

use bytesize::ByteSize;
use clap::Args;

use self::online::OnlineReport;
use super::worker_config::{WorkerArgs, WorkerConfig};
use super::{CommandError, Exit, book, schema::print};
use crate::config::{Authorities, Broker, Cad, CadSource, Environment, Store};
use crate::pricing::PriceBook;

/// Loads the configuration and the price book, and reports every error with file, line and column
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pricing-worker check
  pricing-worker check --price-book fixtures/price-books/sample.toml
  PRICING_CONCURRENCY=many pricing-worker check
  pricing-worker check --online --bucket models

With --online, a line each for the broker, its topology, the rights of the worker's user, and the bucket. Nothing is declared,
published or written. Exit status: 0 all right, 1 something is wrong there, 2 usage or configuration.")]
pub struct CheckArgs {
    /// Ask the broker and the store whether the worker could work
    #[arg(long)]
    online: bool,
    /// With --online: a bucket of models, to be read
    #[arg(long, value_name = "NAME", requires = "online")]
    bucket: Option<String>,
    #[command(flatten)]
    config: WorkerArgs,
}

/// Checks, and prints the values that `run` would use.
pub fn run(args: &CheckArgs, environment: &Environment) -> Result<Exit, CommandError> {
    // Both are parsed before either is reported, so that one run shows every error.
    let config = WorkerConfig::parse(&args.config, environment).map_err(CommandError::from);
    let book = book::load(&args.config.book, environment);
    let (config, book) = match (config, book) {
        (Ok(config), Ok(book)) => (config, book),
        (Err(one), Err(other)) => return Err(one.and(&other)),
        (Err(failure), _) | (_, Err(failure)) => return Err(failure),
    };
    super::limits(&config.jobs, &book)?;
    print(&settings(&config, &book))?;
    if !args.online {
        return Ok(Exit::Done);
    }
    let WorkerConfig { broker, store, jobs, .. } = config;
    let connection = super::connection(&broker, 1);
    let asked = OnlineReport::of(&connection, &broker, &store, args.bucket.as_deref());
    let report = super::runtime(jobs.threads.cores)?.block_on(asked);
    print(&format!("\n{}", report.lines.join("\n")))?;
    Ok(if report.failed { Exit::SomeNotPriced } else { Exit::Done })
}

/// The values that `run` would use.
fn settings(config: &WorkerConfig, book: &PriceBook) -> String {
    let WorkerConfig { jobs, broker, store, cad, lifecycle, traces } = config;
    let identity = book.identity();
    let mut text = String::new();
    let [budget, largest] =
        [jobs.memory_budget_bytes, jobs.max_object_bytes].map(|bytes| ByteSize::b(bytes).display().iec().to_string());
    let [timeout, drain] = [jobs.timeout, lifecycle.drain_timeout].map(humantime::format_duration);
    let mode = broker.topology.name();
    let path_style = if store.path_style { "path-style" } else { "virtual-hosted" };
    let _ = writeln!(text, "broker      {} ({mode})", broker.secrets.url);
    let _ = writeln!(text, "tls         {}", tls(broker));
    let _ = writeln!(text, "store       S3, {path_style} URLs; over TLS {}", store_authorities(store));
    let _ = writeln!(text, "proxy       {}", store.proxies);
    let _ = writeln!(text, "jobs        {} in flight, {budget} of models at once, {largest} a model", jobs.concurrency);
    let _ = writeln!(text, "threads     {} compute", jobs.threads.computing);
    let _ = writeln!(text, "CAD files   {}", cad_files(cad));
    let _ = writeln!(text, "topology    of meshes of up to {} triangles", jobs.topology_triangles);
    let _ = writeln!(text, "times       {timeout} a job, {drain} to drain");
    let _ = writeln!(text, "admin       {}", lifecycle.admin_addr);
    let _ = writeln!(text, "traces      {traces}");
    let _ = writeln!(text, "price book  {} {}, sha256 {}", identity.name, identity.version, identity.sha256);
    let _ = writeln!(text, "materials   {}", book.materials().map(|(id, _)| id).collect::<Vec<_>>().join(", "));
    let _ = write!(text, "lead times  {}", book.lead_times().collect::<Vec<_>>().join(", "));
    text
}

/// Whether the connection to the broker is encrypted, which authorities may sign the broker's certificate, and whether the
/// worker has a certificate of its own.
fn tls(broker: &Broker) -> String {
    let secrets = &broker.secrets;
    let further = secrets.authorities.as_ref().map(Authorities::count);
    let authorities = match (secrets.url.is_encrypted(), further) {
        (false, None) => "none: the URL is amqp://".into(),
        (false, Some(_)) => "none: the URL is amqp://, and PRICING_AMQP_CA is not used".into(),
        (true, None) => "by the system's authorities".into(),
        (true, Some(count)) => format!("by the system's authorities, and {count} more of PRICING_AMQP_CA"),
    };
    let identity = match (&secrets.identity, secrets.url.is_encrypted()) {
        (None, _) => "",
        (Some(_), true) => "; with the client certificate of PRICING_AMQP_CERT",
        (Some(_), false) => "; PRICING_AMQP_CERT is not used",
    };
    authorities + identity
}

/// What converts CAD files.
fn cad_files(cad: &Cad) -> String {
    let converter = match &cad.source {
        CadSource::Off => return "are rejected".into(),
        CadSource::Installed => "by what is installed, if it is".into(),
        CadSource::Program(path) => format!("by {}", path.display()),
    };
    let (memory, timeout) = (ByteSize::b(cad.memory_bytes).display().iec(), humantime::format_duration(cad.timeout));
    format!("{converter}; {memory} and {timeout} a conversion")
}

/// Which authorities may sign the store's certificate.
fn store_authorities(store: &Store) -> String {
    match (&store.ca_bundle, store.system_authorities) {
        (Some(bundle), _) => format!("by the authorities of AWS_CA_BUNDLE alone, {}", bundle.authorities.count()),
        (None, Some(variable)) => format!("by the system's authorities, which are those of {variable}"),
        (None, None) => "by the system's authorities".into(),
    }
}
