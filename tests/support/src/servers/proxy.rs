//! A proxy between two programs, which makes their line slow, thin or dead, or cuts it.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

/// The time step of a thin line.
const TICK: Duration = Duration::from_millis(1000 / TICKS_A_SECOND as u64);
const TICKS_A_SECOND: usize = 20;

/// The behaviour of the line.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Line {
    /// All bytes pass.
    Good,
    /// Each packet is delayed by this time.
    Slow(Duration),
    /// Each direction carries this number of bytes per second.
    Thin(u32),
    /// The proxy accepts bytes and drops them; neither side gets an error.
    BlackHole,
    /// The proxy resets every connection at once.
    Reset,
    /// The proxy returns this number of bytes on a connection, and no more.
    StallsAfter(usize),
    /// The proxy returns this number of bytes on a connection, and then resets it.
    BreaksAfter(usize),
    /// Each request gets this answer, and the proxy closes its connection.
    Answers(&'static str),
}

/// An observer of the bytes of one connection.
pub trait Tap: Send {
    /// Bytes from the client to the server.
    fn up(&mut self, bytes: &[u8]);
    /// Bytes from the server to the client.
    fn down(&mut self, bytes: &[u8]);
}

/// A tap that ignores all bytes.
pub struct Blind;

impl Tap for Blind {
    fn up(&mut self, _: &[u8]) {}
    fn down(&mut self, _: &[u8]) {}
}

/// A proxy in front of a server; closed at the end of the test.
pub struct Proxy {
    /// The address that it listens on.
    pub address: SocketAddr,
    line: watch::Sender<Line>,
    /// Counts the times that all connections were cut.
    cuts: watch::Sender<u32>,
    /// Counts the connections that stalled.
    stalled: Arc<AtomicU32>,
    _accepting: JoinSet<()>,
}

impl Proxy {
    /// A good line to a server, with a tap for each connection.
    pub async fn to<T: Tap + 'static>(server: SocketAddr, tap: impl Fn() -> T + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let (line, cuts) = (watch::Sender::new(Line::Good), watch::Sender::new(0));
        let stalled = Arc::<AtomicU32>::default();
        let mut accepting = JoinSet::new();
        let (lines, cut, stalls) = (line.subscribe(), cuts.subscribe(), Arc::clone(&stalled));
        accepting.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (client, _) = listener.accept().await.expect("a connection");
                connections.spawn(carry(client, server, lines.clone(), cut.clone(), Arc::clone(&stalls), tap()));
            }
        });
        Self { address, line, cuts, stalled, _accepting: accepting }
    }

    /// Changes the line's behaviour, for existing connections too.
    pub fn set(&self, line: Line) {
        self.line.send_replace(line);
    }

    /// The number of connections that have stalled.
    pub fn stalled(&self) -> u32 {
        self.stalled.load(Ordering::Relaxed)
    }

    /// Resets the existing connections.
    pub fn cut(&self) {
        self.cuts.send_modify(|cuts| *cuts += 1);
    }
}

/// Carries one connection until it ends.
async fn carry(
    mut client: TcpStream,
    server: SocketAddr,
    line: watch::Receiver<Line>,
    mut cuts: watch::Receiver<u32>,
    stalled: Arc<AtomicU32>,
    tap: impl Tap,
) {
    let now = *line.borrow();
    if let Line::Answers(answer) = now {
        return say(client, answer).await;
    }
    if now == Line::Reset {
        return reset(&client);
    }
    // To the client, an absent server looks like one that hangs up.
    let Ok(mut upstream) = TcpStream::connect(server).await else { return };
    // It forwards bytes at once: only the line's setting slows it.
    for stream in [&client, &upstream] {
        stream.set_nodelay(true).expect("a socket");
    }
    cuts.mark_unchanged();
    let tap = Mutex::new(tap);
    let ended = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = upstream.split();
        let up = pump(from_client, to_server, line.clone(), Way::Up, &stalled, &tap);
        let down = pump(from_server, to_client, line.clone(), Way::Down, &stalled, &tap);
        let mut line = line;
        tokio::select! {
            _ = cuts.changed() => Ended::Cut,
            _ = line.wait_for(|line| matches!(line, Line::Reset | Line::Answers(_))) => Ended::Cut,
            ended = up => ended,
            ended = down => ended,
        }
    };
    if ended == Ended::Cut {
        reset(&client);
        reset(&upstream);
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Way {
    Up,
    Down,
}

#[derive(Clone, Copy, PartialEq)]
enum Ended {
    InOrder,
    Cut,
}

/// Carries bytes in one direction.
async fn pump(
    mut from: impl AsyncRead + Unpin,
    mut to: impl AsyncWrite + Unpin,
    mut line: watch::Receiver<Line>,
    way: Way,
    stalled: &AtomicU32,
    tap: &Mutex<impl Tap>,
) -> Ended {
    let mut buffer = vec![0; 16 << 10];
    let mut carried = 0;
    loop {
        let length = match from.read(&mut buffer).await {
            Ok(0) => return Ended::InOrder,
            Ok(length) => length,
            Err(_) => return Ended::Cut,
        };
        let mut bytes = &buffer[..length];
        {
            let mut tap = tap.lock().expect("no panic");
            if way == Way::Up { tap.up(bytes) } else { tap.down(bytes) }
        }
        while !bytes.is_empty() {
            let now = *line.borrow_and_update();
            let (pause, most) = match now {
                Line::Slow(pause) => (pause, usize::MAX),
                Line::Thin(rate) => (TICK, rate as usize / TICKS_A_SECOND),
                Line::StallsAfter(limit) | Line::BreaksAfter(limit) if way == Way::Down => {
                    (Duration::ZERO, limit.saturating_sub(carried))
                }
                Line::BlackHole => (Duration::ZERO, 0),
                _ => (Duration::ZERO, usize::MAX),
            };
            match now {
                Line::BreaksAfter(_) if most == 0 => return Ended::Cut,
                Line::StallsAfter(_) if most == 0 => {
                    stalled.fetch_add(1, Ordering::Relaxed);
                    std::future::pending::<()>().await;
                }
                _ => {}
            }
            if most == 0 {
                // The sender gets no error; the bytes may still arrive.
                if line.changed().await.is_err() {
                    return Ended::Cut;
                }
                continue;
            }
            tokio::time::sleep(pause).await;
            let (now, later) = bytes.split_at(most.min(bytes.len()));
            if to.write_all(now).await.is_err() {
                return Ended::Cut;
            }
            carried += now.len();
            bytes = later;
        }
    }
}

/// Makes the other side see a reset instead of an orderly end.
fn reset(stream: &TcpStream) {
    stream.set_zero_linger().expect("a socket");
}

/// Reads a request, and writes this answer.
async fn say(mut client: TcpStream, answer: &str) {
    let mut request = vec![0; 16 << 10];
    // The client may have gone.
    if client.read(&mut request).await.is_ok_and(|length| length > 0) {
        let _ = client.write_all(answer.as_bytes()).await;
        let _ = client.shutdown().await;
    }
}
