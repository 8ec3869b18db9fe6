//! The implementations of the ports: RabbitMQ and an in-process queue, S3 and the file system, a program that converts CAD files.
//!
//! Each adapter translates, and classifies errors where they arise; [`worker`](crate::worker) decides what is done about
//! them.

pub mod amqp;
pub mod cad_program;
pub mod files;
pub mod in_process;
pub mod s3;

pub use cad_program::CadProgram;
pub use files::Files;
pub use s3::S3;
