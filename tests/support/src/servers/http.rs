//! A client of RabbitMQ's management API and of the probes. It speaks HTTP/1.0, so that an answer ends with its
//! connection. It blocks: calls are few and local, and `drop`, which cannot await, makes some of them.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

/// A management API.
#[derive(Debug, Clone)]
pub struct Management {
    /// `host:port`.
    pub address: String,
    /// `user:password`.
    pub credentials: String,
}

impl Management {
    /// Parses `http://user:password@host:port`.
    pub fn parse(url: &str) -> Self {
        let expected = "http://user:password@host:port";
        let rest = url.strip_prefix("http://").unwrap_or_else(|| panic!("the management URL must be {expected}"));
        let (credentials, address) = rest.split_once('@').unwrap_or_else(|| panic!("the URL must be {expected}"));
        Self { address: address.trim_end_matches('/').into(), credentials: credentials.into() }
    }

    /// Calls the API; the answer is JSON or empty.
    pub fn call(&self, method: &str, path: &str, body: Option<&Value>) -> io::Result<(u16, Value)> {
        let body = body.map(Value::to_string).unwrap_or_default();
        let authorization = base64(self.credentials.as_bytes());
        let request = format!(
            "{method} /api/{path} HTTP/1.0\r\nAuthorization: Basic {authorization}\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        let (status, body) = ask(TcpStream::connect(&self.address)?, &request)?;
        Ok((status, serde_json::from_str(&body).unwrap_or(Value::Null)))
    }

    /// Calls the API, which must succeed.
    pub fn must(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let (status, answer) = self.call(method, path, body).unwrap_or_else(|error| panic!("{method} {path}: {error}"));
        assert!((200..300).contains(&status), "{method} {path}: {status} {answer}");
        answer
    }
}

/// Gets a page; returns its status and its text.
pub fn get(address: SocketAddr, path: &str) -> io::Result<(u16, String)> {
    ask(TcpStream::connect(address)?, &format!("GET {path} HTTP/1.0\r\n\r\n"))
}

fn ask(mut stream: TcpStream, request: &str) -> io::Result<(u16, String)> {
    stream.set_read_timeout(Some(Duration::from_secs(30)))?;
    stream.write_all(request.as_bytes())?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let status = answer.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    let (_, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
    Ok((status, body.to_owned()))
}

fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let bits = chunk.iter().fold(0u32, |bits, &byte| bits << 8 | u32::from(byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let sextet = (bits >> (18 - 6 * place)) & 63;
            text.push(if place <= chunk.len() { char::from(ALPHABET[sextet as usize]) } else { '=' });
        }
    }
    text
}
