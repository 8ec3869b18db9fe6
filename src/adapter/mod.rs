//! The implementations of the ports: RabbitMQ and an in-process queue, S3 and the file system.
//!
//! Each adapter translates, and classifies errors where they arise; [`worker`](crate::worker) decides what is done about
//! them.

pub mod amqp;
pub mod files;
pub mod in_process;
pub mod s3;

pub use files::Files;
pub use s3::S3;
