//! Measures 3D models and quotes them.
//!
//! A functional core in an imperative shell. The core is pure: bytes and a request go in, and an event comes out.
//!
//! | module | what | pure |
//! | --- | --- | --- |
//! | [`contract`] | the messages and their JSON Schemas | yes |
//! | [`mesh`] | sums, topology and repair of a mesh | yes |
//! | [`measure`] | what needs more than sums: the hull, the smallest box | yes |
//! | [`section`] | a solid cut into layers | yes |
//! | [`mod@format`] | readers of file formats: bytes to triangles | yes |
//! | [`quantity`] | fractions, units and their dimensions | yes |
//! | [`driver`] | the table of measures that a charge can be multiplied by | yes |
//! | [`pricing`] | price books, money, quotes | yes |
//! | [`appraise`] | the whole core: bytes + request + book → completed or rejected | yes |
//! | [`worker`] | a delivery from receipt to settlement, and the ports that it needs | |
//! | [`adapter`] | the implementations of the ports: RabbitMQ and in-process, S3 and files | |
//! | [`cli`] | the commands | |
//! | [`config`], [`telemetry`], [`admin`] | settings; logs and traces; metrics and probes | |
//!
//! Arrows point down only: `main` and `cli` → `adapter` → `worker` → `appraise` → `format`, `pricing` → `driver` → `mesh`,
//! `quantity`; `section` → `mesh`; all may use `contract`. `config` uses no other module; `cli`, `adapter` and `telemetry`
//! may use it. The pure modules name no tokio, lapin, AWS, environment, clock or file system, and only `config` reads the
//! environment: a test checks it in the sources.

pub mod adapter;
pub mod admin;
pub mod appraise;
pub mod cli;
pub mod config;
pub mod contract;
pub mod driver;
pub mod format;
pub mod measure;
pub mod mesh;
pub mod pricing;
pub mod quantity;
pub mod section;
pub mod telemetry;
pub mod worker;
