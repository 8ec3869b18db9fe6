//! Measures 3D models and quotes them.
//!
//! A functional core in an imperative shell. The core is pure: bytes and a request go in, an event comes out.
//!
//! | module | what | pure |
//! | --- | --- | --- |
//! | [`contract`] | the messages and their JSON Schemas | yes |
//! | [`mesh`] | what a mesh is: sums, topology, repair | yes |
//! | [`mod@format`] | bytes to triangles, one file a format | yes |
//! | [`quantity`] | fractions, units and their dimensions | yes |
//! | [`driver`] | what a price can be by: one table | yes |
//! | [`pricing`] | price book, money, quotes | yes |
//! | [`appraise`] | the whole core: bytes + request + book → completed or rejected | yes |
//! | [`worker`] | one delivery from receipt to settlement, and the ports it needs | |
//! | [`adapter`] | the ports' two sides: RabbitMQ and in-process, S3 and files | |
//! | [`cli`] | one file a command | |
//! | [`config`], [`telemetry`], [`admin`] | settings; logs and traces; metrics and probes | |
//!
//! Arrows point down only: `main` and `cli` → `adapter` → `worker` → `appraise` → `format`, `pricing` → `driver` → `mesh`,
//! `quantity`; all may use `contract`. `config` uses no other module; `cli`, `adapter` and `telemetry` may use it. The pure
//! modules name no tokio, lapin, AWS, environment, clock or file system, and only `config` reads the environment: a test
//! reads the sources and fails where one does.

pub mod adapter;
pub mod admin;
pub mod appraise;
pub mod cli;
pub mod config;
pub mod contract;
pub mod driver;
pub mod format;
pub mod mesh;
pub mod pricing;
pub mod quantity;
pub mod telemetry;
pub mod worker;
