//! The whole configuration of the worker, for `run` and `check`.

use clap::Args;

use crate::config::{
    BookSource, Broker, Cad, ConfigErrors, Environment, Flags, Jobs, Lifecycle, Section, Sources, Store, Traces,
};

/// The flags of every section.
#[derive(Debug, Default, Args)]
pub struct WorkerArgs {
    #[command(flatten)]
    pub(super) book: Flags<BookSource>,
    #[command(flatten)]
    broker: Flags<Broker>,
    #[command(flatten)]
    store: Flags<Store>,
    #[command(flatten)]
    jobs: Flags<Jobs>,
    #[command(flatten)]
    cad: Flags<Cad>,
    #[command(flatten)]
    lifecycle: Flags<Lifecycle>,
}

/// Every section but the price book, whose file `book` reads.
#[derive(Debug, Clone)]
pub struct WorkerConfig {
    pub(super) broker: Broker,
    pub(super) store: Store,
    pub(super) jobs: Jobs,
    pub(super) cad: Cad,
    pub(super) lifecycle: Lifecycle,
    pub(super) traces: Traces,
}

impl WorkerConfig {
    /// Parses all sections. The error has everything that is wrong.
    pub fn parse(args: &WorkerArgs, environment: &Environment) -> Result<Self, ConfigErrors> {
        let mut errors = ConfigErrors::default();
        let broker = errors.keep(args.broker.parse(environment));
        let store = errors.keep(args.store.parse(environment));
        let jobs = errors.keep(args.jobs.parse(environment));
        let cad = errors.keep(args.cad.parse(environment));
        let lifecycle = errors.keep(args.lifecycle.parse(environment));
        let traces = errors.keep(Traces::parse(&Sources::of_environment(environment)));
        match (broker, store, jobs, cad, lifecycle, traces) {
            (Some(broker), Some(store), Some(jobs), Some(cad), Some(lifecycle), Some(traces)) => {
                Ok(Self { broker, store, jobs, cad, lifecycle, traces })
            }
            _ => Err(errors),
        }
    }
}
