//! A message that no client whose strings are UTF-8 can read: it ends each connection that it is delivered to.

use std::net::SocketAddr;

use lapin::options::ConfirmSelectOptions;
use lapin::types::{AMQPValue, FieldTable};
use lapin::{BasicProperties, Connection, ConnectionProperties};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use super::site::Site;
use crate::cli::Ran;
use crate::support::broker::publish;
use crate::support::worker::Worker;

/// What a sender writes that takes its names for UTF-8, and what is sent by one that has them in Latin-1.
const UTF_8: &[u8] = b"order-of-caf__";
const LATIN_1: &[u8] = b"order-of-caf\xe9\xe9";

/// A line to a broker that makes one text of another of the same length.
async fn rewriting(broker: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("an address");
    tokio::spawn(async move {
        let (mut sender, _) = listener.accept().await.expect("a connection");
        let mut broker = TcpStream::connect(broker).await.expect("the broker");
        let ((mut sent, mut received), (mut answers, mut requests)) = (sender.split(), broker.split());
        let rewrite = async {
            let mut bytes = vec![0; 1 << 16];
            while let Ok(count @ 1..) = sent.read(&mut bytes).await {
                while let Some(at) = bytes[..count].windows(UTF_8.len()).position(|window| window == UTF_8) {
                    bytes[at..at + UTF_8.len()].copy_from_slice(LATIN_1);
                }
                requests.write_all(&bytes[..count]).await.expect("the broker reads");
            }
        };
        tokio::join!(rewrite, tokio::io::copy(&mut answers, &mut received)).1.ok();
    });
    address
}

#[tokio::test]
async fn a_message_that_cannot_be_read_is_given_up_within_seconds() {
    let mut site = Site::new().await;
    let utf_8 = || String::from_utf8(UTF_8.to_vec()).expect("it is");
    let named = {
        let mut headers = FieldTable::default();
        headers.insert(utf_8().into(), AMQPValue::Void);
        BasicProperties::default().with_headers(headers)
    };
    let url = site.host.url_at(rewriting(site.host.address()).await);
    let connection = Connection::connect(&url, ConnectionProperties::default()).await.expect("a connection");
    let channel = connection.create_channel().await.expect("a channel");
    channel.confirm_select(ConfirmSelectOptions::default()).await.expect("confirms");
    publish(&channel, "pricing", "job.interactive", b"{}", named).await;
    publish(&channel, "pricing", "job.interactive", b"{}", BasicProperties::default().with_message_id(utf_8().into()))
        .await;
    site.submit(20).await;

    let mut program = site.program();
    // The wire of the site reads UTF-8 alone, too.
    program.env("PRICING_AMQP_URL", site.host.url());
    let worker = Worker::ready(program).await;
    let why = worker.logged("not taking requests", 1).await;
    assert!(why["error"].as_str().is_some_and(|error| error.starts_with("a message cannot be read")), "{why}");
    site.host.ready_are("pricing.results", 20).await;
    site.host.ready_are("pricing.dead", 2).await;
    worker.becomes_ready(true).await;
    assert!(worker.logs().iter().all(|line| line["wait"].as_str().is_none_or(|wait| wait == "100ms")), "it waits");

    let mut list = crate::cli::program();
    list.args(["dead-letters", "list"]).env("PRICING_AMQP_URL", site.host.url());
    let ran = tokio::task::spawn_blocking(move || Ran::of(&mut list)).await.expect("it ends");
    assert_ne!(ran.exit, 0);
    assert!(ran.stderr.contains("a message cannot be read"), "{}", ran.stderr);
    site.host.manage("DELETE", "queues/pricing.dead/contents", None);
}
