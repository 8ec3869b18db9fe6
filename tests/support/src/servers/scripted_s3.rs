//! An S3 server that gives scripted answers, byte by byte, for those that a real one gives seldom.

use std::sync::{Arc, Mutex, PoisonError};

use pricing_worker::adapter::S3;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::s3;

/// A server that gives one answer per connection and then closes each new one; ends with the test.
pub struct ScriptedS3 {
    /// The program's own adapter, connected to it.
    pub store: S3,
    requests: Arc<Mutex<Vec<String>>>,
    _accepting: JoinSet<()>,
}

impl ScriptedS3 {
    /// A server with these answers.
    pub async fn new(answers: impl IntoIterator<Item = impl Into<Vec<u8>>>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let store = s3::at(listener.local_addr().expect("its address")).await;
        let requests = Arc::<Mutex<Vec<String>>>::default();
        let (seen, mut accepting) = (Arc::clone(&requests), JoinSet::new());
        let answers: Vec<Vec<u8>> = answers.into_iter().map(Into::into).collect();
        accepting.spawn(async move {
            let mut answers = answers.into_iter();
            loop {
                let (mut stream, _) = listener.accept().await.expect("a connection");
                let Some(answer) = answers.next() else { continue };
                let mut request = vec![0; 8192];
                let length = stream.read(&mut request).await.expect("a request");
                request.truncate(length);
                let request = String::from_utf8(request).expect("headers are text").to_lowercase();
                seen.lock().unwrap_or_else(PoisonError::into_inner).push(request);
                // A client that expects less may have gone.
                let _ = stream.write_all(&answer).await;
            }
        });
        Self { store, requests, _accepting: accepting }
    }

    /// The requests that it got, in lower case.
    pub fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// An answer with an error code, and further elements of XML.
pub fn error(status: &str, code: &str, elements: &str) -> String {
    let body = format!("<Error><Code>{code}</Code>{elements}</Error>");
    format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n{body}", body.len())
}
