//! Credentials that are made anew when the store refuses them.
//!
//! The AWS SDK reads the files of profiles once, and asks for credentials again only when those that it has expire by their
//! own date. So what the store says decides: after a refusal of the credentials the whole configuration is loaded again, and
//! with it files, tokens, the answers of metadata services and the authorities of TLS; and the call is made once more.
//! Variables of the environment cannot change while the program runs.

use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_s3::Client;
use aws_sdk_s3::error::{ProvideErrorMetadata, SdkError};
use futures_util::future::BoxFuture;
use tokio::sync::Mutex;
use tokio::time::Instant;
use tracing::info;

use super::error::chain;
use super::http_client::is_untrusted;
use super::refusal::is_about_credentials;

/// The least time between two renewals: where the store refuses all credentials, not every call asks for others.
const LEAST_INTERVAL: Duration = Duration::from_secs(5);

/// A client of the store with credentials that can be made anew. Clones share them.
#[derive(Clone)]
pub(super) struct RenewingClient(Arc<Shared>);

struct Shared {
    make: Box<dyn Fn() -> BoxFuture<'static, Client> + Send + Sync>,
    /// Held while credentials are made: calls that begin meanwhile wait for them, and those that fail make no others.
    latest: Mutex<Latest>,
}

/// The client that was made last.
#[derive(Clone)]
struct Latest {
    client: Client,
    /// None for the first client.
    renewed_at: Option<Instant>,
}

impl RenewingClient {
    /// A client, and what makes another after a refusal.
    pub fn new(client: Client, make: impl Fn() -> BoxFuture<'static, Client> + Send + Sync + 'static) -> Self {
        let latest = Latest { client, renewed_at: None };
        Self(Arc::new(Shared { make: Box::new(make), latest: Mutex::new(latest) }))
    }

    /// Makes a call, and makes it once more where the store refused the credentials and others are to be had.
    pub async fn call<O, E, F>(&self, call: impl Fn(&Client) -> F) -> Result<O, SdkError<E>>
    where
        E: ProvideErrorMetadata + Error + 'static,
        F: Future<Output = Result<O, SdkError<E>>>,
    {
        let used = self.0.latest.lock().await.clone();
        let refusal = match call(&used.client).await {
            Err(error) if is_refusal(&error) => error,
            answered => return answered,
        };
        match self.newer_than(&used).await {
            Some(client) => call(&client).await,
            None => Err(refusal),
        }
    }

    /// A client that was made after `refused`; none where that was made just now.
    async fn newer_than(&self, refused: &Latest) -> Option<Client> {
        let mut latest = self.0.latest.lock().await;
        if latest.renewed_at == refused.renewed_at {
            if latest.renewed_at.is_some_and(|renewed_at| renewed_at.elapsed() < LEAST_INTERVAL) {
                return None;
            }
            *latest = Latest { client: (self.0.make)().await, renewed_at: Some(Instant::now()) };
            info!("credentials and authorities of the store are read again");
        }
        Some(latest.client.clone())
    }
}

impl fmt::Debug for RenewingClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RenewingClient")
    }
}

/// Whether a call failed by what is read again: the credentials or the authorities of TLS.
fn is_refusal<E: ProvideErrorMetadata + Error + 'static>(error: &SdkError<E>) -> bool {
    if let Some(service) = error.as_service_error() {
        let (code, message) = (service.code(), service.message().unwrap_or_default());
        return match code {
            Some("AccessDenied") => is_about_credentials(message),
            code => code.is_some_and(|code| REFUSALS.contains(&code)),
        };
    }
    // A file that was read while it was written gives no credentials, and the SDK does not read it again. The authority of an
    // untrusted certificate may be in its file by now.
    chain(error).any(|error| error.is::<CredentialsError>() || is_untrusted(error))
}

/// The codes by which stores refuse credentials.
const REFUSALS: [&str; 6] = [
    "ExpiredToken",
    "ExpiredTokenException",
    "InvalidAccessKeyId",
    "InvalidToken",
    "SignatureDoesNotMatch",
    "TokenRefreshRequired",
];
