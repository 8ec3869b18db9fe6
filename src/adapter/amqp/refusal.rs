//! What the broker refuses: it closes the channel of the operation, and the connection works on.

use lapin::ErrorKind;

/// A refusal, by AMQP's code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    /// The user lacks a right.
    AccessRefused,
    /// An exchange or a queue is missing.
    NotFound,
    /// The operation is not valid, or differs from what is there.
    PreconditionFailed,
    /// Any other.
    Other,
}

impl Refusal {
    /// The refusal that an error is; none where the connection ended.
    pub fn of(error: &lapin::Error) -> Option<Self> {
        let ErrorKind::ProtocolError(error) = error.kind() else { return None };
        match error.get_id() {
            // The broker shuts down, or an operator closed the connection.
            300..400 => None,
            403 => Some(Self::AccessRefused),
            404 => Some(Self::NotFound),
            406 => Some(Self::PreconditionFailed),
            _ => Some(Self::Other),
        }
    }
}
