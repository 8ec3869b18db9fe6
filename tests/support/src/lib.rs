//! The library that the tests, the benches and the fuzz targets share: [`shapes`] whose measures are known, [`checks`] of
//! untrusted bytes, environments of [`python`] and, with the feature `servers`, RabbitMQ nodes, S3 servers, proxies, workers and waiting with a deadline.
//!
//! `PRICING_TEST_AMQP_URL` (with `PRICING_TEST_MANAGEMENT_URL`, its management API with a user who may make virtual
//! hosts) and `PRICING_TEST_S3_ENDPOINT` (with `PRICING_TEST_S3_BUCKET` and the SDK's own `AWS_*`) point the same tests
//! at other servers. Nothing is skipped: what is missing fails the test, and says how to get it.
//!
//! Unit tests of the program cannot use this library: it is compiled against the program's library, which is another crate
//! than the one that a unit test is part of.

pub mod checks;
pub mod python;
pub mod shapes;

#[cfg(feature = "servers")]
mod servers;

#[cfg(feature = "servers")]
pub use self::servers::*;
