//! From a connection to the deliveries that are taken up from it.

mod dispatch;
mod reconnect;

pub use dispatch::dispatch;
pub use reconnect::run;
