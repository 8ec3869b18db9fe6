//! TLS to the broker: the client's options, and what a handshake that fails tells an operator.

use lapin::ErrorKind;
use lapin::tcp::OwnedTLSConfig;
use rustls::CertificateError;

use crate::config::Authorities;

/// The AMQP client's options for TLS; the client adds the authorities to the system's own.
pub(super) fn config(authorities: Option<&Authorities>) -> OwnedTLSConfig {
    OwnedTLSConfig { identity: None, cert_chain: authorities.map(|authorities| authorities.pem().to_owned()) }
}

/// The error of a connection, with what to do about it where the client's own message does not say.
pub(super) fn why_not_connected(error: &lapin::Error) -> String {
    let advice = match handshake_error(error) {
        // An authority that was made anew, with the same name, fails by its signature.
        Some(rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature)) => {
            "the broker's certificate is of no issuer that is known here; PRICING_AMQP_CA names a file with further ones"
        }
        Some(rustls::Error::InvalidMessage(_)) => "what answers at this port does not speak TLS",
        _ => return error.to_string(),
    };
    format!("{error}; {advice}")
}

fn handshake_error(error: &lapin::Error) -> Option<&rustls::Error> {
    match error.kind() {
        ErrorKind::IOError(error) => error.get_ref()?.downcast_ref(),
        _ => None,
    }
}
