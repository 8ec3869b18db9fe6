//! Consuming: keeps a connection to the broker, and takes deliveries from it.

mod dispatch;
mod reconnect;

pub use dispatch::dispatch;
pub use reconnect::run;
