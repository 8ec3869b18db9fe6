//! A line to a server with a fixed rate in bytes a second for each connection, like that of S3.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt, copy};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep_until};

/// A fraction of the rate of a connection to Amazon's S3: four times that must leave this machine's cores time.
pub const BYTES_A_SECOND: f64 = 20e6;

/// A thin line to a server, for as long as the runtime lives.
pub async fn thin(server: SocketAddr, bytes_a_second: f64) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move {
        loop {
            let (client, _) = listener.accept().await.expect("a connection");
            tokio::spawn(carry(client, server, bytes_a_second));
        }
    });
    address
}

/// Carries one connection until it ends.
async fn carry(mut client: TcpStream, server: SocketAddr, bytes_a_second: f64) {
    let mut upstream = TcpStream::connect(server).await.expect("the server");
    for stream in [&client, &upstream] {
        stream.set_nodelay(true).expect("a socket");
    }
    let (mut from_client, mut to_client) = client.split();
    let (mut from_server, mut to_server) = upstream.split();
    let down = async {
        let (mut buffer, mut free) = (vec![0; 64 << 10], Instant::now());
        loop {
            let length = from_server.read(&mut buffer).await?;
            if length == 0 {
                return std::io::Result::Ok(());
            }
            free = free.max(Instant::now()) + Duration::from_secs_f64(length as f64 / bytes_a_second);
            sleep_until(free).await;
            to_client.write_all(&buffer[..length]).await?;
        }
    };
    // A hang-up on either side ends both directions.
    tokio::select! {
        _ = copy(&mut from_client, &mut to_server) => {}
        _ = down => {}
    }
}
