//! The configuration: every setting and limit, parsed before anything starts.
//!
//! `table` has one row for each setting. [`Flags`] takes a section's flags from the command line, [`Environment`] is what the
//! process was started with, and a section (`Jobs`, `Broker`, …) parses both into values that are right, or reports
//! everything that is wrong at once, by the variable's name.
//!
//! Configuration stands below the adapters: it knows no client library and no other module. What a setting does is written
//! where it is used. The AWS SDK and OpenTelemetry read the rest of their own variables.

mod amqp_url;
mod authorities;
mod broker_access;
mod environment;
mod error;
mod flags;
mod identity;
pub mod kind;
mod section;
mod setting;
mod sources;
mod table;

pub use amqp_url::{AmqpUrl, InvalidAmqpUrl};
pub use authorities::{Authorities, InvalidAuthorities};
pub use broker_access::{BrokerAccess, BrokerSecrets};
pub use environment::Environment;
pub use error::{ConfigErrors, SettingError};
pub use flags::{Flags, Section};
pub use identity::{Identity, InvalidCertificates, InvalidKey};
pub use section::book::BookSource;
pub use section::broker::{Broker, TopologyMode};
pub use section::cad::{Cad, CadSource};
pub use section::jobs::Jobs;
pub use section::lifecycle::Lifecycle;
pub use section::log::{Log, LogFormat, allows_colors};
pub use section::store::{CaBundle, Proxies, Store};
pub use section::threads::Threads;
pub use section::traces::Traces;
pub use setting::{AnySetting, Chart};
pub use sources::Sources;
pub use table::{GROUPS, SettingGroup};
