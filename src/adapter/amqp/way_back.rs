//! The way back of a dead letter: the route by which a replay publishes it.

use lapin::types::{AMQPValue, FieldTable};
use serde::Deserialize;

use super::headers::Headers;
use super::topology::{BULK_QUEUE, INTERACTIVE_QUEUE, RESULTS_QUEUE};
use crate::contract::{COMPLETED_TYPE, REJECTED_TYPE};
use crate::worker::ports::Route;

/// What is known of where a letter came from.
#[derive(Debug, Clone, Copy)]
pub(super) struct Origin<'a> {
    /// The queue that the broker dead-lettered it from; none where the worker published it.
    pub queue: Option<&'a str>,
    pub routing_key: &'a str,
    /// The property `type`, or its header.
    pub event_type: Option<&'a str>,
    pub body: &'a [u8],
}

impl Origin<'_> {
    /// The way back; none where the letter is of no queue of this program's.
    ///
    /// The broker records the queue of a letter of its own, and the worker publishes one with the way back as its routing
    /// key. A letter with neither was published by an earlier version, with its sender's routing key: its type tells.
    pub fn way_back(self) -> Option<Route> {
        match self.queue {
            Some(INTERACTIVE_QUEUE) => Some(Route::JobInteractive),
            Some(BULK_QUEUE) => Some(Route::JobBulk),
            Some(RESULTS_QUEUE) => self.by_key().filter(|route| !is_job(route)).or_else(|| self.by_type()),
            _ => self.by_key().or_else(|| self.by_type()),
        }
    }

    fn by_key(self) -> Option<Route> {
        let routes = [Route::JobInteractive, Route::JobBulk, Route::ResultCompleted, Route::ResultRejected];
        routes.into_iter().find(|route| route.routing_key() == self.routing_key)
    }

    fn by_type(self) -> Option<Route> {
        #[derive(Deserialize)]
        struct Typed {
            #[serde(rename = "type")]
            event_type: String,
        }
        let of_body = || Some(serde_json::from_slice::<Typed>(self.body).ok()?.event_type);
        let event_type = self.event_type.map(str::to_owned).or_else(of_body)?;
        match event_type.as_str() {
            COMPLETED_TYPE => Some(Route::ResultCompleted),
            REJECTED_TYPE => Some(Route::ResultRejected),
            // Whether its sender waits is not known any more.
            request if request.starts_with("pricing.") && request.contains(".requested.") => Some(Route::JobBulk),
            _ => None,
        }
    }
}

fn is_job(route: &Route) -> bool {
    matches!(route, Route::JobInteractive | Route::JobBulk)
}

/// The broker's record of the last time that it dead-lettered a message; none of a letter that the worker published.
pub(super) fn latest_death(headers: Headers<'_>) -> Option<&FieldTable> {
    let Some(AMQPValue::FieldArray(deaths)) = headers.get("x-death") else { return None };
    match deaths.as_slice().first()? {
        AMQPValue::FieldTable(latest) => Some(latest),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin<'a>(
        queue: Option<&'a str>,
        routing_key: &'a str,
        event_type: Option<&'a str>,
        body: &'a [u8],
    ) -> Origin<'a> {
        Origin { queue, routing_key, event_type, body }
    }

    #[test]
    fn the_way_back_follows_from_the_queue_then_the_key_then_the_type() {
        let requested = Some("pricing.requested.v1");
        let request = br#"{"type":"pricing.reprice.requested.v1"}"#;
        // The broker's queue, the routing key, the property `type`, the body, and the way back.
        let rows = [
            (origin(None, "job.interactive", None, b""), Some(Route::JobInteractive)),
            (origin(None, "job.bulk", Some(COMPLETED_TYPE), b""), Some(Route::JobBulk)),
            (origin(None, "result.rejected", None, b""), Some(Route::ResultRejected)),
            (origin(Some("pricing.jobs.interactive"), "shop.orders", None, b""), Some(Route::JobInteractive)),
            (origin(Some("pricing.jobs.bulk"), "job.interactive", requested, b""), Some(Route::JobBulk)),
            (origin(Some("pricing.jobs.bulk"), "", None, b""), Some(Route::JobBulk)),
            (origin(Some("pricing.results"), "result.completed", None, b""), Some(Route::ResultCompleted)),
            (
                origin(Some("pricing.results"), "result.rejected", Some(COMPLETED_TYPE), b""),
                Some(Route::ResultRejected),
            ),
            (origin(Some("pricing.results"), "job.bulk", Some(REJECTED_TYPE), b""), Some(Route::ResultRejected)),
            (
                origin(Some("pricing.results"), "mes", None, br#"{"type":"pricing.completed.v1"}"#),
                Some(Route::ResultCompleted),
            ),
            (origin(Some("another"), "job.bulk", None, b""), Some(Route::JobBulk)),
            (origin(None, "shop.orders", requested, b""), Some(Route::JobBulk)),
            (origin(None, "shop.orders", None, request), Some(Route::JobBulk)),
            (origin(None, "shop.orders", Some("invoice.paid"), request), None),
            (origin(None, "invoice.paid", None, b"{}"), None),
            (origin(Some("invoices"), "invoice.paid", None, b"not JSON"), None),
        ];
        for (origin, expected) in rows {
            assert_eq!(origin.way_back(), expected, "{origin:?}");
        }
    }
}
