//! The servers that tests and benches run against, the network lines to them, and the worker as a process.

pub mod broker;
pub mod http;
pub mod http_proxy;
pub mod http_server;
pub mod node;
pub mod port;
pub mod process;
pub mod proxy;
pub mod recorder;
pub mod s3;
pub mod s3_faults;
pub mod scripted_s3;
pub mod store;
pub mod tls;
mod waiting;
pub mod wire;
pub mod worker;

pub use self::waiting::{DEADLINE, eventually, soon, still_pending};
