//! Virtual hosts: one per test, in which no other test publishes, consumes or declares.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use bytes::Bytes;
use lapin::options::{
    BasicAckOptions, BasicGetOptions, BasicNackOptions, BasicPublishOptions, ConfirmSelectOptions, QueueDeclareOptions,
};
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Channel, Connection, ConnectionProperties};
use pricing_worker::adapter::amqp::{Amqp, Config, Publisher, TopologyMode};
use pricing_worker::worker::Health;
use pricing_worker::worker::ports::{MessagePort, PortError};
use serde_json::{Value, json};

use super::eventually;
use super::node::{self, Broker};

/// A virtual host; deleted at the end of the test.
pub struct VirtualHost {
    broker: Broker,
    name: String,
    url: String,
}

/// A message as a test reads it.
#[derive(Debug, Clone, PartialEq)]
pub struct Seen {
    /// Its routing key.
    pub routing_key: String,
    /// Its properties, with the headers.
    pub properties: BasicProperties,
    /// The headers as text.
    pub headers: BTreeMap<String, String>,
    /// The body as published.
    pub body: Bytes,
}

impl Seen {
    /// The body, which must be JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }
}

impl Default for VirtualHost {
    fn default() -> Self {
        Self::new()
    }
}

impl VirtualHost {
    /// A virtual host on the broker that most tests share.
    pub fn new() -> Self {
        Self::on(node::broker())
    }

    /// A virtual host on the given broker.
    pub fn on(broker: Broker) -> Self {
        let name = format!("test-{}", ulid::Ulid::generate()).to_lowercase();
        broker.management.must("PUT", &format!("vhosts/{name}"), Some(&json!({})));
        let url = format!("{}/{name}", broker.amqp);
        Self { broker, name, url }
    }

    /// The address that its broker listens on.
    pub fn address(&self) -> SocketAddr {
        self.broker.address()
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Its URL, with user and password.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Imports a definitions file, as an operator would.
    pub fn import(&self, definitions: &Value) {
        self.broker.import(definitions);
    }

    /// The worker's settings for a connection to it.
    pub fn config(&self, topology: TopologyMode, concurrency: usize) -> Config {
        Config::by_url(self.url.parse().expect("an AMQP URL"), topology, concurrency)
    }

    /// Its URL through a proxy.
    pub fn url_at(&self, proxy: SocketAddr) -> String {
        self.url.replace(&self.address().to_string(), &proxy.to_string())
    }

    /// Declares the missing parts of the topology, as an operator would.
    pub async fn declare(&self) {
        let publisher = Publisher::connect(&self.config(TopologyMode::Declare, 1)).await.expect("the topology");
        publisher.close().await;
    }

    /// A port to it; the port's health is ignored.
    pub async fn connect(&self, topology: TopologyMode, concurrency: usize) -> Result<Amqp, PortError> {
        Amqp::connect(&self.config(topology, concurrency), &Health::starting().0).await
    }

    /// A user of this virtual host, with no permissions yet; returns the URL with it.
    pub fn user(&self) -> String {
        let user = json!({ "password": self.name, "tags": "" });
        self.broker.management.must("PUT", &format!("users/{}", self.name), Some(&user));
        let (_, address) = self.url.split_once('@').expect("a URL with a user");
        format!("amqp://{0}:{0}@{address}", self.name)
    }

    /// Sets the patterns of what the [`user`](Self::user) may configure, write and read.
    pub fn permit(&self, [configure, write, read]: [&str; 3]) {
        let permissions = json!({ "configure": configure, "write": write, "read": read });
        self.manage("PUT", &format!("permissions/{}", self.name), Some(&permissions));
    }

    /// Sets the pattern of the routing keys by which the [`user`](Self::user) may publish to a topic exchange.
    pub fn permit_topics(&self, exchange: &str, write: &str) {
        let permissions = json!({ "exchange": exchange, "write": write, "read": ".*" });
        self.manage("PUT", &format!("topic-permissions/{}", self.name), Some(&permissions));
    }

    /// A port of the [`user`](Self::user) of this URL, who has every right.
    pub async fn connect_as(&self, user_url: &str, topology: TopologyMode) -> Result<Amqp, PortError> {
        let config = Config::by_url(user_url.parse().expect("an AMQP URL"), topology, 4);
        let port = Amqp::connect(&config, &Health::starting().0).await?;
        port.check_rights().await?;
        Ok(port)
    }

    /// Delivers the next message of a queue a number of times, to workers that lose their connection.
    pub async fn deliver_and_lose(&self, queue: &str, times: u32) {
        for _ in 0..times {
            let (connection, channel) = self.channel().await;
            eventually(&format!("a message in {queue}"), async || {
                channel.basic_get(queue.into(), BasicGetOptions::default()).await.expect("basic.get")
            })
            .await;
            connection.close(200, "OK".into()).await.expect("closed");
            self.ready_are(queue, 1).await;
        }
    }

    /// The test's own channel, in confirm mode.
    pub async fn channel(&self) -> (Connection, Channel) {
        let connection = Connection::connect(&self.url, ConnectionProperties::default()).await.expect("a connection");
        let channel = connection.create_channel().await.expect("a channel");
        channel.confirm_select(ConfirmSelectOptions::default()).await.expect("confirms");
        (connection, channel)
    }

    /// Publishes to an exchange, and waits for the confirm.
    pub async fn publish(&self, exchange: &str, routing_key: &str, body: &[u8], properties: BasicProperties) {
        let (_connection, channel) = self.channel().await;
        publish(&channel, exchange, routing_key, body, properties).await;
    }

    /// Takes the next message of a queue, if there is one.
    pub async fn take(&self, queue: &str) -> Seen {
        self.take_many(queue, 1).await.remove(0)
    }

    /// Takes a number of messages of a queue, as they arrive.
    pub async fn take_many(&self, queue: &str, count: usize) -> Vec<Seen> {
        let (_connection, channel) = self.channel().await;
        let mut taken = Vec::new();
        while taken.len() < count {
            let what = format!("{count} messages in {queue}, of which there were {}", taken.len());
            let message = eventually(&what, async || {
                channel.basic_get(queue.into(), BasicGetOptions::default()).await.expect("basic.get")
            })
            .await;
            message.ack(BasicAckOptions::default()).await.expect("an ack");
            taken.push(seen(message.delivery));
        }
        taken
    }

    /// The number of messages of a queue that are ready.
    pub async fn ready(&self, queue: &str) -> u32 {
        let (_connection, channel) = self.channel().await;
        let options = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        let declared = channel.queue_declare(queue.into(), options, FieldTable::default()).await;
        declared.expect("the queue is there").message_count()
    }

    /// Waits until the expected number of messages of a queue are ready.
    pub async fn ready_are(&self, queue: &str, expected: u32) {
        eventually(&format!("{expected} messages ready in {queue}"), async || {
            (self.ready(queue).await == expected).then_some(())
        })
        .await;
    }

    /// Delivers a message, as to workers that it kills, until it is a dead letter; returns the number of deliveries.
    pub async fn deliver_until_dead(&self, queue: &str) -> u32 {
        let (_connection, channel) = self.channel().await;
        let mut deliveries = 0;
        // A queue is empty for a moment while it takes a message back: only the dead-letter queue tells the end.
        let dead = self.ready("pricing.dead").await;
        loop {
            match channel.basic_get(queue.into(), BasicGetOptions::default()).await.expect("basic.get") {
                Some(message) => {
                    deliveries += 1;
                    message
                        .nack(BasicNackOptions { requeue: true, ..BasicNackOptions::default() })
                        .await
                        .expect("a nack");
                }
                None if self.ready("pricing.dead").await > dead => return deliveries,
                None => {}
            }
        }
    }

    /// Waits until a queue has no message, ready or unacknowledged, by the broker's own statistics.
    pub async fn drained(&self, queue: &str) {
        self.counted(queue, "messages", 0).await;
    }

    /// Waits until the statistics of a queue satisfy a condition.
    pub async fn counted(&self, queue: &str, what: &str, expected: u64) {
        let path = format!("queues/{}/{queue}", self.name);
        eventually(&format!("{expected} {what} in {queue}"), async || {
            let queue = self.broker.management.must("GET", &path, None);
            (queue[what].as_u64() == Some(expected)).then_some(())
        })
        .await;
    }

    /// Makes the broker close each of this virtual host's connections whose name contains a text; returns their number.
    pub async fn close_connections(&self, named: &str) -> usize {
        eventually(&format!("connections named {named}"), async || {
            let connections = self.broker.management.must("GET", &format!("vhosts/{}/connections", self.name), None);
            let names: Vec<&str> = connections
                .as_array()?
                .iter()
                .filter_map(|connection| {
                    let purpose = connection["client_properties"]["connection_name"].as_str()?;
                    purpose.contains(named).then(|| connection["name"].as_str())?
                })
                .collect();
            for name in &names {
                let path = format!("connections/{}", name.replace(' ', "%20").replace('>', "%3E"));
                // The connection may have closed by itself.
                let _ = self.broker.management.call("DELETE", &path, None);
            }
            (!names.is_empty()).then_some(names.len())
        })
        .await
    }

    /// Calls the management API about this virtual host: `queues`, `bindings`.
    pub fn manage(&self, method: &str, what: &str, body: Option<&Value>) -> Value {
        let Self { broker, name, .. } = self;
        let path = match what.split_once('/') {
            Some((kind, rest)) => format!("{kind}/{name}/{rest}"),
            None => format!("{what}/{name}"),
        };
        broker.management.must(method, &path, body)
    }
}

impl Drop for VirtualHost {
    fn drop(&mut self) {
        // The node may be gone already, and the virtual host with it.
        let _ = self.broker.management.call("DELETE", &format!("vhosts/{}", self.name), None);
        // Most tests have no user of their own.
        let _ = self.broker.management.call("DELETE", &format!("users/{}", self.name), None);
    }
}

/// Publishes to an exchange; the message must be confirmed and not returned.
pub async fn publish(channel: &Channel, exchange: &str, routing_key: &str, body: &[u8], properties: BasicProperties) {
    let options = BasicPublishOptions { mandatory: true, ..BasicPublishOptions::default() };
    let published = channel.basic_publish(exchange.into(), routing_key.into(), options, body, properties).await;
    let confirmed = published.expect("published").await.expect("confirmed");
    assert!(confirmed.is_ack() && confirmed.take_message().is_none(), "{exchange} {routing_key}: not taken");
}

fn seen(message: lapin::message::Delivery) -> Seen {
    let headers = message.properties.headers().clone().unwrap_or_default();
    let text = |value: &AMQPValue| match value {
        AMQPValue::LongString(text) => text.to_string(),
        AMQPValue::LongLongInt(number) => number.to_string(),
        other => format!("{other:?}"),
    };
    let headers = headers.inner().iter().map(|(name, value)| (name.to_string(), text(value))).collect();
    Seen {
        routing_key: message.routing_key.to_string(),
        properties: message.properties,
        headers,
        body: message.data.into(),
    }
}
