//! Ports for servers that cannot be told to choose their own.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

/// The first port. It is below those that the kernel chooses from when a program asks for any port, 32,768 and up on Linux:
/// one of these that was free a moment ago may be taken before a server that takes seconds to start binds it.
/// RabbitMQ 4 has a second port, 20,000 above its first, and that one stays below as well.
const FIRST: u16 = 10_000;
const COUNT: u16 = 2_700;

/// A loopback address on which no program listens now, and which no other test of this process is given.
pub fn free() -> SocketAddr {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    // Processes at the same time begin at different ones.
    let begin = (process::id() % u32::from(COUNT)) as u16;
    let mut tried = 0;
    loop {
        let port = FIRST + (begin + GIVEN.fetch_add(1, Ordering::Relaxed)) % COUNT;
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        if TcpListener::bind(address).is_ok() {
            return address;
        }
        tried += 1;
        assert!(tried < COUNT, "no port from {FIRST} on is free");
    }
}
