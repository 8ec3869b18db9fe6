//! A scripted store and credential services, whose answers contain secrets and too much text.

use std::net::SocketAddr;

use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::{BODY, SECRET_KEY, STORE};

/// A store with good models, bad models and failures, whose every answer has more text than it should.
pub async fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let address = listener.local_addr().expect("its address");
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.expect("a connection");
            tokio::spawn(async move {
                let mut request = Vec::new();
                while !request.ends_with(b"\r\n\r\n") {
                    let Ok(byte) = stream.read_u8().await else { return };
                    request.push(byte);
                }
                let answer = answer(&String::from_utf8_lossy(&request));
                // A client may hang up early, which is ignored, or still be sending, which is read to the end.
                let _ = stream.write_all(answer.as_bytes()).await;
                let _ = stream.shutdown().await;
                let _ = stream.read_to_end(&mut request).await;
            });
        }
    });
    address
}

fn answer(request: &str) -> String {
    let error = |code: &str| {
        format!("<Error><Code>{code}</Code><Message>no</Message><Detail>{}</Detail></Error>", STORE.repeat(100))
    };
    let credentials = json!({ "AccessKeyId": "shop", "SecretAccessKey": SECRET_KEY, "Token": SECRET_KEY }).to_string();
    let facet = "facet normal 0 0 0 outer loop vertex 0 0 0 vertex 1 0 0 vertex 0 1 0 endloop endfacet";
    let (status, missing_bytes, body) = match request.split(' ').nth(1).unwrap_or_default() {
        path if path.contains("flat.stl") => ("200 OK", 0, format!("solid {BODY}\n{facet}\nendsolid {BODY}\n")),
        path if path.contains("malformed.stl") => {
            ("200 OK", 0, format!("solid {BODY}\n facet {}{BODY}\n", "x".repeat(100)))
        }
        path if path.contains("cut.stl") => ("200 OK", 1, format!("solid {}", BODY.repeat(100))),
        path if path.contains("failing.stl") => ("500 Internal Server Error", 0, error("InternalError")),
        path if path.contains("garbled.stl") => ("500 Internal Server Error", 0, format!("{STORE} <")),
        // Truncated credentials, a refusal that repeats them, and a role's credentials, requested at the root.
        "/credentials/cut" => ("200 OK", 0, credentials.replace('}', "")),
        "/credentials/refused" => ("403 Forbidden", 0, credentials),
        "/" => ("200 OK", 0, format!("<AssumeRoleWithWebIdentityResponse><SecretAccessKey>{SECRET_KEY}</")),
        _ => ("404 Not Found", 0, error("NoSuchKey")),
    };
    let length = body.len() + missing_bytes;
    format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")
}
