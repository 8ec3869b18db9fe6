//! Free ports for servers that cannot bind port 0.

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::process;
use std::sync::atomic::{AtomicU16, Ordering};

/// The first port. It is below the kernel's range for port 0, 32,768 and up on Linux: a free port of that range may be
/// taken before a slow server binds it. RabbitMQ 4 also binds a second port, 20,000 above its first, which stays below
/// that range too.
const FIRST: u16 = 10_000;
const COUNT: u16 = 2_700;

/// A loopback address that no program listens on now, and that no other test of this process gets.
pub fn free() -> SocketAddr {
    static GIVEN: AtomicU16 = AtomicU16::new(0);
    // Concurrent processes start at different ports.
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
