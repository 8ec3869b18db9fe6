//! The sections of the configuration: values that are right, each parsed from the settings of its group.

pub mod book;
pub mod broker;
pub mod cad;
pub mod jobs;
pub mod lifecycle;
pub mod log;
pub mod store;
pub mod threads;
pub mod traces;
