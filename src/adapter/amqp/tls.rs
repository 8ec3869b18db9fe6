//! TLS to the broker: the client's options, and what a handshake that fails tells an operator.

use std::io;

use lapin::ErrorKind;
use lapin::tcp::{OwnedIdentity, OwnedTLSConfig};
use rustls::CertificateError;

use crate::config::BrokerSecrets;

/// The AMQP client's options for TLS; the client adds the authorities to the system's own.
pub(super) fn config(secrets: &BrokerSecrets) -> OwnedTLSConfig {
    let identity = secrets.identity.as_ref().map(|identity| OwnedIdentity::PKCS8 {
        pem: identity.certificates().to_owned(),
        key: identity.expose_key().to_owned(),
    });
    OwnedTLSConfig {
        identity,
        cert_chain: secrets.authorities.as_ref().map(|authorities| authorities.pem().to_owned()),
    }
}

/// The error of a connection, with what to do about it where the client's own message does not say.
pub(super) fn why_not_connected(error: &lapin::Error, is_encrypted: bool) -> String {
    let ErrorKind::IOError(io) = error.kind() else { return error.to_string() };
    let advice = match io.get_ref().and_then(|inner| inner.downcast_ref()) {
        // An authority that was made anew, with the same name, fails by its signature.
        Some(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature)) => {
            "the broker's certificate is of no issuer that is known here; PRICING_AMQP_CA names a file with further ones"
        }
        Some(rustls::Error::InvalidMessage(_)) => "what answers at this port does not speak TLS",
        // The broker checks a client certificate after the handshake: it sends an alert, whose rest a reset may take away.
        Some(rustls::Error::AlertReceived(_)) => CLIENT_CERTIFICATE,
        None if is_encrypted && io.kind() == io::ErrorKind::ConnectionReset => CLIENT_CERTIFICATE,
        _ => return error.to_string(),
    };
    format!("{error}; {advice}")
}

/// The advice where the broker ends a handshake.
const CLIENT_CERTIFICATE: &str =
    "the broker may want another client certificate; PRICING_AMQP_CERT and PRICING_AMQP_KEY name the worker's";
