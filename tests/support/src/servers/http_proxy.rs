//! An HTTP proxy: it forwards requests in the absolute form, makes tunnels by `CONNECT`, and counts both.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

const REFUSED: &[u8] = b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

/// A proxy; closed at the end of the test.
pub struct HttpProxy {
    /// The address that it listens on.
    pub address: SocketAddr,
    counts: Arc<Counts>,
    _accepting: JoinSet<()>,
}

/// The connections of each kind.
#[derive(Default)]
struct Counts {
    tunnels: AtomicU32,
    forwarding: AtomicU32,
    refused: AtomicU32,
}

impl HttpProxy {
    /// A proxy for clients with these credentials: `Basic …`. None: for all.
    pub async fn start(credentials: Option<&'static str>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let (counts, mut accepting) = (Arc::<Counts>::default(), JoinSet::new());
        let counted = Arc::clone(&counts);
        accepting.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (client, _) = listener.accept().await.expect("a connection");
                connections.spawn(carry(client, credentials, Arc::clone(&counted)));
            }
        });
        Self { address, counts, _accepting: accepting }
    }

    /// The connections that were tunnels.
    pub fn tunnels(&self) -> u32 {
        self.counts.tunnels.load(Ordering::Relaxed)
    }

    /// The connections whose requests were forwarded.
    pub fn forwarding(&self) -> u32 {
        self.counts.forwarding.load(Ordering::Relaxed)
    }

    /// The connections without the right credentials.
    pub fn refused(&self) -> u32 {
        self.counts.refused.load(Ordering::Relaxed)
    }
}

/// Carries one connection to the server that its first request names.
async fn carry(mut client: TcpStream, credentials: Option<&str>, counts: Arc<Counts>) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = client.read_u8().await else { return };
        head.push(byte);
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    if credentials.is_some_and(|expected| !text.lines().any(|line| is_proxy_authorization(line, expected))) {
        counts.refused.fetch_add(1, Ordering::Relaxed);
        // The client may have gone.
        let _ = client.write_all(REFUSED).await;
        return;
    }
    let mut words = text.split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let is_tunnel = method == "CONNECT";
    let server = if is_tunnel { target } else { target.split('/').nth(2).unwrap_or_default() };
    let mut server = TcpStream::connect(server).await.unwrap_or_else(|error| panic!("{text}: {error}"));
    let begun = if is_tunnel {
        counts.tunnels.fetch_add(1, Ordering::Relaxed);
        client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await
    } else {
        counts.forwarding.fetch_add(1, Ordering::Relaxed);
        server.write_all(&head).await
    };
    if begun.is_ok() {
        // Either side may hang up at any time.
        let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
    }
}

fn is_proxy_authorization(line: &str, expected: &str) -> bool {
    let Some((name, value)) = line.split_once(": ") else { return false };
    name.eq_ignore_ascii_case("proxy-authorization") && value == expected
}
