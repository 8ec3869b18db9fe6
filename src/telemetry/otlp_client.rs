//! The HTTP client of the trace exporter: the S3 adapter's client behind the exporter's trait.

use std::io;
use std::time::Duration;

use async_trait::async_trait;
use aws_smithy_http_client::Connector;
use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, rustls_provider::CryptoMode};
use aws_smithy_runtime_api::client::http::HttpConnector;
use aws_smithy_runtime_api::http::Request as SmithyRequest;
use aws_smithy_types::base64;
use aws_smithy_types::body::SdkBody;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use opentelemetry_http::{Bytes, HttpClient, HttpError, Request, Response, ResponseBodyTooLarge};
use percent_encoding::percent_decode_str;
use tokio::runtime::{self, Runtime};

/// The largest answer of a collector. It lists at most the refused spans.
const MOST_ANSWER_BYTES: usize = 4 << 20;

/// Sends one batch of spans at a time, from the thread of the exporter.
#[derive(Debug)]
pub(super) struct OtlpClient {
    connector: Connector,
    /// A runtime of its own, as the exporter's thread outlives that of the jobs.
    runtime: Runtime,
    timeout: Duration,
}

impl OtlpClient {
    /// A client that gives up a request after `timeout`. Proxies come from the environment (`HTTPS_PROXY`, `NO_PROXY`, …).
    pub fn new(timeout: Duration) -> io::Result<Self> {
        let connector = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .proxy_config(ProxyConfig::from_env())
            // No connection is kept between two batches: nothing would notice its end.
            .pool_max_idle_per_host(0)
            .build();
        Ok(Self { connector, runtime: runtime::Builder::new_current_thread().enable_all().build()?, timeout })
    }

    async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        if let Some(credentials) = basic_credentials(&request) {
            request.headers_mut().insert("authorization", credentials.parse()?);
        }
        let answer = self.connector.call(SmithyRequest::try_from(request.map(SdkBody::from))?).await?;
        let (parts, body) = answer.try_into_http1x()?.into_parts();
        let body = Limited::new(body, MOST_ANSWER_BYTES).collect().await.map_err(|error| {
            if error.is::<LengthLimitError>() { Box::new(ResponseBodyTooLarge::new()) } else { error }
        })?;
        Ok(Response::from_parts(parts, body.to_bytes()))
    }
}

#[async_trait]
impl HttpClient for OtlpClient {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        // The exporter's thread is its own, and waits for each batch.
        self.runtime.block_on(async { tokio::time::timeout(self.timeout, self.send(request)).await? })
    }
}

/// The `Authorization` of a URL with a user in it: `https://user:password@host`.
fn basic_credentials<B>(request: &Request<B>) -> Option<String> {
    let (user, _) = request.uri().authority()?.as_str().rsplit_once('@')?;
    let user: Vec<u8> = percent_decode_str(user).collect();
    let user = if user.contains(&b':') { user } else { [&user[..], b":"].concat() };
    Some(format!("Basic {}", base64::encode(user)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_in_the_url_is_sent_as_one() {
        let rows = [
            ("http://collector:4318/v1/traces", None),
            // The example of RFC 7617.
            ("https://Aladdin:open%20sesame@collector/v1/traces", Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==")),
            ("https://key@collector/v1/traces", Some("Basic a2V5Og==")),
        ];
        for (url, expected) in rows {
            let request = Request::post(url).body(()).expect("a request");
            assert_eq!(basic_credentials(&request).as_deref(), expected, "{url}");
        }
    }
}
