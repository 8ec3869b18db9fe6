//! Watches a port's connections, its channel and its queues, and reports what has ended.
//!
//! lapin returns an error to the caller that uses a connection or a channel. A caller that only waits would learn nothing of
//! most ends: a broker that closes in order, a channel that is closed while no consumer is on it, a queue that is deleted
//! meanwhile.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::{Stream, StreamExt};
use lapin::options::QueueDeclareOptions;
use lapin::types::FieldTable;
use lapin::{Channel, ChannelStatus, ConnectionStatus, Event};

use super::PortFailure;
use super::topology::{BULK_QUEUE, INTERACTIVE_QUEUE};
use crate::worker::Health;

/// How soon an end in silence is noticed.
const INTERVAL: Duration = Duration::from_millis(200);

/// How soon a queue that was deleted is noticed while nothing consumes it.
const QUEUES_INTERVAL: Duration = Duration::from_secs(3);

/// Reports a connection that has ended. lapin sends an event for some ends but not for others, so the status is polled.
pub(super) async fn watch_connection(status: ConnectionStatus, purpose: String, failure: PortFailure) {
    let mut tick = tokio::time::interval(INTERVAL);
    while status.connected() {
        tick.tick().await;
    }
    failure.report(format!("the connection to {purpose} is closed"));
}

/// Tells `health` of the broker's alarms: it blocks publishers while it is short of memory or disk.
pub(super) async fn watch_alarms(status: ConnectionStatus, health: Arc<Health>) {
    let mut tick = tokio::time::interval(INTERVAL);
    while status.connected() {
        health.set_blocked(status.blocked());
        tick.tick().await;
    }
    health.set_blocked(false);
}

/// Resolves when the broker blocks publishers: it reads nothing more then of a connection that publishes.
pub(super) async fn until_blocked(status: ConnectionStatus) {
    let mut tick = tokio::time::interval(INTERVAL);
    while !status.blocked() {
        tick.tick().await;
    }
}

/// Reports the end of the channel that requests come on. `events` are those of its connection: they alone say why the broker
/// closed a channel (a delivery that was not acknowledged in time). No other channel of that connection may end.
pub(super) async fn watch_channel(status: ChannelStatus, events: impl Stream<Item = Event>, failure: PortFailure) {
    let mut events = pin!(events);
    let mut tick = tokio::time::interval(INTERVAL);
    let mut was_connected = true;
    // The event comes a little after the status has changed.
    while was_connected {
        was_connected = status.connected();
        tokio::select! {
            biased;
            Some(event) = events.next() => {
                if let Event::Error(error) = event {
                    failure.broke(&error);
                    return;
                }
            }
            _ = tick.tick() => {}
        }
    }
    failure.report("the channel of the requests is closed");
}

/// Reports a job queue that is gone. The broker cancels the consumers of a queue that is deleted; while there are none, since
/// a suspect runs alone or the worker drains, only a look tells.
pub(super) async fn watch_queues(channel: Channel, consuming: Arc<AtomicBool>, failure: PortFailure) {
    let mut tick = tokio::time::interval(QUEUES_INTERVAL);
    while channel.status().connected() {
        tick.tick().await;
        if consuming.load(Ordering::Acquire) {
            continue;
        }
        for queue in [INTERACTIVE_QUEUE, BULK_QUEUE] {
            let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
            if let Err(error) = channel.queue_declare(queue.into(), options, FieldTable::default()).await {
                failure.broke(&error);
                return;
            }
        }
    }
}
