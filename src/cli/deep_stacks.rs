//! Deep stacks for the threads of a process that reads messages.
//!
//! The headers of a message may nest as deeply as its frame has room for: 26,000 lists in one another fit 128 KiB. The AMQP
//! client reads, copies and drops them by recursion, on threads whose stacks have the size of the standard library, and a
//! stack that overflows ends the process: one message would end one replica after the other. The size follows from a
//! variable that the standard library reads once. So the program sets it and starts itself anew, as the same process, before
//! it has a second thread. A page of a stack takes memory once it is used, which is never without such a message.

use std::io;

use crate::config::Environment;

/// The variable of the standard library, in bytes.
const VARIABLE: &str = "RUST_MIN_STACK";

/// Enough for the deepest headers in a frame of 128 KiB, RabbitMQ's largest by default, even in a program that is not
/// optimised.
const STACK_BYTES: usize = 512 << 20;

/// Starts the program anew with deep stacks, unless the variable is set already: by this function, or by an operator. If the
/// system does not let it, returns the error; the program can go on as it is.
pub(super) fn ensure(environment: &Environment) -> io::Result<()> {
    if environment.variable(VARIABLE).is_some() {
        return Ok(());
    }
    Err(environment.restart_with(VARIABLE, &STACK_BYTES.to_string()))
}
