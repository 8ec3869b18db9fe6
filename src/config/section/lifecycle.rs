//! How the worker is watched and stopped.

use std::net::SocketAddr;
use std::time::Duration;

use crate::config::table::own::{ADMIN_ADDR, DRAIN_TIMEOUT};
use crate::config::table::{self, SettingGroup};
use crate::config::{ConfigErrors, Section, Sources};

/// How the worker is watched and stopped.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lifecycle {
    /// The time that jobs in flight have after SIGTERM.
    pub drain_timeout: Duration,
    /// Where the probes listen.
    pub admin_addr: SocketAddr,
}

impl Section for Lifecycle {
    const GROUP: &'static SettingGroup = &table::LIFECYCLE;

    fn parse(sources: &Sources<'_>) -> Result<Self, ConfigErrors> {
        let mut problems = ConfigErrors::default();
        let drain = problems.keep_one(DRAIN_TIMEOUT.value(sources));
        let address = problems.keep_one(ADMIN_ADDR.value(sources));
        match (drain, address) {
            (Some(drain_timeout), Some(admin_addr)) => Ok(Self { drain_timeout, admin_addr }),
            _ => Err(problems),
        }
    }
}
