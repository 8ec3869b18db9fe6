//! The library that the tests, benches and fuzz targets share: [`shapes`] of known measures, [`kinds`] of files that
//! programs trip over, [`formats`] to write them in, archives to pack them in ([`packing`]), streams of converters
//! ([`cad_stream`]), the core as one function ([`appraising`]), [`checks`] of untrusted bytes, [`python`] environments,
//! and, with the feature `servers`, RabbitMQ nodes, S3 servers, proxies, workers and deadlines.
//!
//! `PRICING_TEST_AMQP_URL` (with `PRICING_TEST_MANAGEMENT_URL`, its management API with a user who may make virtual
//! hosts) and `PRICING_TEST_S3_ENDPOINT` (with `PRICING_TEST_S3_BUCKET` and the SDK's own `AWS_*`) select other
//! servers. No test skips itself: a missing server fails it, with a message that says how to get one.
//!
//! Unit tests of the program cannot use this library: it depends on the program's library, which the compiler treats as
//! a different crate from the one that contains the unit test.

pub mod appraising;
pub mod books;
pub mod cad_stream;
pub mod checks;
pub mod formats;
pub mod kinds;
pub mod packing;
pub mod python;
pub mod shapes;

#[cfg(feature = "servers")]
mod servers;

#[cfg(feature = "servers")]
pub use self::servers::*;
