//! The HTTP client of the store, and of what gives the credentials for it: TLS by rustls, proxies by the environment.
//!
//! The client reads `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` by itself, and, where it is given no
//! authorities, `SSL_CERT_FILE` and `SSL_CERT_DIR`; the configuration has checked them.

use std::error::Error;
use std::io;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use crate::config::Authorities;

/// A client that trusts these authorities, or the system's own where there are none. Its connections are its own.
pub(super) fn http_client(authorities: Option<&Authorities>) -> SharedHttpClient {
    let trusted = match authorities {
        Some(authorities) => TrustStore::empty().with_pem_certificate(authorities.pem()),
        None => TrustStore::default(),
    };
    Builder::new().build_with_connector_fn(move |settings, _| {
        let tls =
            TlsContext::builder().with_trust_store(trusted.clone()).build().expect("a trust store makes a context");
        let mut connector = Connector::builder()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .tls_context(tls)
            .proxy_config(ProxyConfig::from_env());
        connector.set_connector_settings(settings.cloned());
        connector.build()
    })
}

/// Whether an error says that the server's certificate is not trusted. An I/O error has its cause inside, and not as its
/// source.
pub(super) fn is_untrusted(error: &(dyn Error + 'static)) -> bool {
    match error.downcast_ref().and_then(io::Error::get_ref) {
        Some(inside) => is_untrusted(inside),
        None => matches!(error.downcast_ref(), Some(rustls::Error::InvalidCertificate(_))),
    }
}
