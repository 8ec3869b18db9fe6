//! What the broker refuses. It closes the channel of the operation for the refusals that have a name here, and the connection
//! works on.

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
    /// The refusal that an error is; none where the connection broke, or the broker failed: time may mend that.
    pub fn of(error: &lapin::Error) -> Option<Self> {
        let ErrorKind::ProtocolError(error) = error.kind() else { return None };
        match error.get_id() {
            // The broker shuts down, or an operator closed the connection; it misread a frame; it has too few nodes now.
            300..400 | 501..=506 | 541 => None,
            403 => Some(Self::AccessRefused),
            404 => Some(Self::NotFound),
            406 => Some(Self::PreconditionFailed),
            _ => Some(Self::Other),
        }
    }
}

#[cfg(test)]
mod tests {
    use lapin::protocol::AMQPError;

    use super::*;

    #[test]
    fn a_code_is_a_refusal_unless_time_may_mend_it() {
        let rows = [
            (320, None),
            (403, Some(Refusal::AccessRefused)),
            (404, Some(Refusal::NotFound)),
            (405, Some(Refusal::Other)),
            (406, Some(Refusal::PreconditionFailed)),
            (501, None),
            (504, None),
            (506, None),
            (530, Some(Refusal::Other)),
            (540, Some(Refusal::Other)),
            (541, None),
        ];
        for (code, refusal) in rows {
            let error = AMQPError::from_id(code, "why".into()).expect("a code of AMQP");
            assert_eq!(Refusal::of(&ErrorKind::ProtocolError(error).into()), refusal, "{code}");
        }
    }
}
