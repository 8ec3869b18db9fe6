//! Everything that can be set for the worker, in one group for `run` and `check`.

use clap::Args;

use crate::config::args::{BookArgs, BrokerArgs, JobArgs, ServiceArgs, StoreArgs};
use crate::config::{Broker, ConfigErrors, Jobs, Lookup, Service, Store, Traces};

/// Everything that can be set, as text.
#[derive(Debug, Clone, Default, Args)]
pub struct SettingsArgs {
    #[command(flatten)]
    pub(super) book: BookArgs,
    #[command(flatten)]
    pub(super) broker: BrokerArgs,
    #[command(flatten)]
    pub(super) store: StoreArgs,
    #[command(flatten)]
    pub(super) jobs: JobArgs,
    #[command(flatten)]
    pub(super) service: ServiceArgs,
}

/// Everything that can be set, parsed.
#[derive(Debug, Clone)]
pub struct Settings {
    pub(super) broker: Broker,
    pub(super) store: Store,
    pub(super) jobs: Jobs,
    pub(super) service: Service,
    pub(super) traces: Traces,
}

impl Settings {
    /// Reads all of it, and reports all that is wrong.
    pub fn parse(args: &SettingsArgs, environment: Lookup<'_>) -> Result<Self, ConfigErrors> {
        let mut errors = ConfigErrors::default();
        let broker = errors.keep(Broker::parse(&args.broker));
        let store = errors.keep(Store::parse(&args.store, environment));
        let jobs = errors.keep(Jobs::parse(&args.jobs));
        let service = errors.keep(Service::parse(&args.service));
        let traces = errors.keep(Traces::parse(environment));
        match (broker, store, jobs, service, traces) {
            (Some(broker), Some(store), Some(jobs), Some(service), Some(traces)) => {
                Ok(Self { broker, store, jobs, service, traces })
            }
            _ => Err(errors),
        }
    }
}
