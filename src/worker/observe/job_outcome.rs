//! The ways in which a delivery ends.

use crate::worker::ports::Route;

/// The end of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobOutcome {
    /// The worker answered with a price.
    Completed,
    /// The worker answered with a reason.
    Rejected,
    /// The worker published the request to be tried again.
    Retried,
    /// The worker moved the message to the dead-letter queue.
    DeadLettered,
    /// The worker left it unsettled: the broker delivers it again.
    Left,
}

impl JobOutcome {
    /// Every outcome.
    pub const ALL: [Self; 5] = [Self::Completed, Self::Rejected, Self::Retried, Self::DeadLettered, Self::Left];

    /// The outcome of a delivery whose answer takes this route.
    pub(in crate::worker) fn of(route: &Route) -> Self {
        match route {
            Route::ResultCompleted => Self::Completed,
            Route::ResultRejected => Self::Rejected,
            Route::Retry { .. } => Self::Retried,
            Route::Dead { .. } => Self::DeadLettered,
            // No handler publishes a request.
            Route::JobInteractive | Route::JobBulk => Self::Left,
        }
    }

    /// The machine-readable code.
    pub fn name(self) -> &'static str {
        match self {
            Self::Completed => "completed",
            Self::Rejected => "rejected",
            Self::Retried => "retried",
            Self::DeadLettered => "dead_lettered",
            Self::Left => "left",
        }
    }
}
