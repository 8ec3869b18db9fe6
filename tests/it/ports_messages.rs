//! The rules of the message port, tested on both of its implementations.

use bytes::Bytes;
use futures_util::poll;
use lapin::BasicProperties;
use pricing_worker::adapter::amqp::{Amqp, TopologyMode};
use pricing_worker::adapter::in_process::{InProcess, InProcessClient, LocalRequest};
use pricing_worker::worker::ports::{Delivery, MessagePort, Outgoing, Route, TraceContext};

use crate::support::broker::VirtualHost;
use crate::support::{soon, still_pending};

/// One implementation of the port, and its far end, which the test holds.
trait Side {
    type Port: MessagePort;
    fn port(&self) -> &Self::Port;
    async fn ask(&self, payload: &'static str);
    /// The next message published as an answer.
    async fn answer(&mut self) -> (String, Bytes);
    /// The next dead letter.
    async fn dead_letter(&mut self) -> Bytes;
}

struct OverRabbitMq {
    host: VirtualHost,
    port: Amqp,
}

impl OverRabbitMq {
    async fn new() -> Self {
        let host = VirtualHost::new();
        let port = host.connect(TopologyMode::Declare, 4).await.expect("a port");
        Self { host, port }
    }
}

impl Side for OverRabbitMq {
    type Port = Amqp;

    fn port(&self) -> &Amqp {
        &self.port
    }

    async fn ask(&self, payload: &'static str) {
        self.host.publish("pricing", "job.interactive", payload.as_bytes(), BasicProperties::default()).await;
    }

    async fn answer(&mut self) -> (String, Bytes) {
        let seen = self.host.take("pricing.results").await;
        (seen.routing_key, seen.body)
    }

    async fn dead_letter(&mut self) -> Bytes {
        self.host.take("pricing.dead").await.body
    }
}

struct OverChannels {
    port: InProcess,
    client: InProcessClient,
}

impl OverChannels {
    fn new() -> Self {
        let (port, client) = InProcess::new(16);
        Self { port, client }
    }
}

impl Side for OverChannels {
    type Port = InProcess;

    fn port(&self) -> &InProcess {
        &self.port
    }

    async fn ask(&self, payload: &'static str) {
        let request = LocalRequest { id: payload.into(), payload: payload.into() };
        self.client.requests.send(request).await.expect("a port");
    }

    async fn answer(&mut self) -> (String, Bytes) {
        let Outgoing { route, body, .. } = self.client.answers.recv().await.expect("an answer");
        (route.routing_key().to_owned(), body)
    }

    async fn dead_letter(&mut self) -> Bytes {
        let message = self.client.answers.recv().await.expect("an answer");
        assert!(matches!(message.route, Route::Dead { .. }), "{message:?}");
        message.body
    }
}

fn text<R>(delivery: &Delivery<R>) -> String {
    String::from_utf8(delivery.payload.to_vec()).expect("a text")
}

fn answer(route: Route, body: &'static str) -> Outgoing {
    Outgoing {
        route,
        message_id: Some(format!("id of {body}")),
        correlation_id: None,
        event_type: None,
        trace: TraceContext::default(),
        failure: None,
        body: body.into(),
    }
}

async fn received<P: MessagePort>(port: &P) -> Delivery<P::Receipt> {
    soon("a delivery", port.receive()).await.expect("a port that works").expect("a delivery")
}

async fn started(side: &impl Side) {
    soon("starting", side.port().start()).await.expect("started");
}

async fn one_is_taken_and_no_other_with_it(side: &mut impl Side) {
    assert!(soon("nothing", side.port().take()).await.expect("a port that works").is_none());
    for request in ["a", "b", "c"] {
        side.ask(request).await;
    }
    for expected in ["a", "b"] {
        let delivery = soon("a delivery", side.port().take()).await.expect("a port that works").expect("a delivery");
        assert_eq!(text(&delivery), expected);
        side.port().ack(delivery.receipt).await.expect("an ack");
    }
    started(side).await;
    assert_eq!(text(&received(side.port()).await), "c");
}

async fn requests_come_in_order_and_once(side: &mut impl Side) {
    started(side).await;
    for request in ["a", "b", "c"] {
        side.ask(request).await;
    }
    for expected in ["a", "b", "c"] {
        let delivery = received(side.port()).await;
        assert_eq!(text(&delivery), expected);
        assert_eq!(delivery.routing_key, "job.interactive");
        assert_eq!((delivery.redeliveries, delivery.attempt), (0, 1));
        side.port().ack(delivery.receipt).await.expect("an ack");
    }
    still_pending("there are no more", async { side.port().receive().await.map(|_| ()) }).await;
}

async fn a_delivery_is_not_lost_with_the_future_that_waited_for_it(side: &mut impl Side) {
    started(side).await;
    {
        let mut waiting = Box::pin(side.port().receive());
        assert!(poll!(&mut waiting).is_pending());
        side.ask("a").await;
    }
    assert_eq!(text(&received(side.port()).await), "a");
}

async fn what_is_published_arrives_as_it_is(side: &mut impl Side) {
    for (route, key) in [(Route::ResultCompleted, "result.completed"), (Route::ResultRejected, "result.rejected")] {
        soon("a confirm", side.port().publish(answer(route, "{\"ok\":true}"))).await.expect("published");
        assert_eq!(side.answer().await, (key.into(), Bytes::from("{\"ok\":true}")));
    }
    let dead = answer(Route::Dead { routing_key: "job.bulk" }, "dead");
    soon("a confirm", side.port().publish(dead)).await.expect("published");
    assert_eq!(side.dead_letter().await, "dead");
}

async fn what_is_published_again_is_the_same_message(side: &mut impl Side) {
    side.ask("a").await;
    let delivery = soon("a delivery", side.port().take()).await.expect("a port that works").expect("a delivery");
    assert_eq!(delivery.queue.routing_key, "job.interactive");
    let message = answer(Route::Dead { routing_key: delivery.queue.routing_key }, "a");
    soon("a confirm", side.port().publish_again(&delivery.receipt, message)).await.expect("published");
    assert_eq!(side.dead_letter().await, "a");
    side.port().ack(delivery.receipt).await.expect("an ack");
}

async fn a_stopped_port_hands_out_what_had_arrived_and_ends(side: &mut impl Side) {
    started(side).await;
    side.ask("a").await;
    side.ask("b").await;
    let first = received(side.port()).await;
    soon("stopping", side.port().stop()).await.expect("stopped");
    side.port().ack(first.receipt).await.expect("an ack after the stop");
    assert_eq!(text(&received(side.port()).await), "b");
    assert!(soon("the end", side.port().receive()).await.expect("a port that works").is_none());
    assert!(soon("the end again", side.port().receive()).await.expect("a port that works").is_none());
    still_pending("a stopped port has not failed", side.port().failed()).await;
}

/// Checks every rule on one implementation.
macro_rules! over_both_sides {
    ($($rule:ident),* $(,)?) => {
        mod over_rabbitmq {
            $(#[tokio::test]
            async fn $rule() {
                super::$rule(&mut super::OverRabbitMq::new().await).await;
            })*
        }
        mod over_channels {
            $(#[tokio::test]
            async fn $rule() {
                super::$rule(&mut super::OverChannels::new()).await;
            })*
        }
    };
}

over_both_sides!(
    one_is_taken_and_no_other_with_it,
    requests_come_in_order_and_once,
    a_delivery_is_not_lost_with_the_future_that_waited_for_it,
    what_is_published_arrives_as_it_is,
    what_is_published_again_is_the_same_message,
    a_stopped_port_hands_out_what_had_arrived_and_ends,
);

#[tokio::test]
async fn channels_end_when_nobody_asks_and_fail_when_nobody_reads() {
    let OverChannels { port, client } = OverChannels::new();
    let InProcessClient { requests, answers } = client;
    drop(requests);
    assert!(port.receive().await.expect("a port that works").is_none());
    drop(answers);
    soon("the failure", port.failed()).await;
    port.publish(answer(Route::ResultCompleted, "a")).await.expect_err("nobody reads");
}
