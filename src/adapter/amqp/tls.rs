//! TLS to the broker: additional certificate authorities, and messages for handshakes that fail.

use std::fmt;

use lapin::ErrorKind;
use lapin::tcp::OwnedTLSConfig;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{CertificateError, RootCertStore};

/// Certificate authorities to trust beside the system's. Each of them is known to be usable.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorities {
    pem: String,
    count: usize,
}

/// Why bytes are no certificate authorities. The message shows no bytes: a file that is given by mistake may hold a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAuthorities {
    /// There is no certificate in them.
    #[error("it holds no certificate; expected PEM, with a part from -----BEGIN CERTIFICATE----- for each authority")]
    NoCertificate,
    /// A PEM section is broken.
    #[error("it is no PEM: after {whole} whole certificates, {problem}")]
    NotPem {
        /// The certificates before that section.
        whole: usize,
        /// The problem.
        problem: String,
    },
    /// A section is marked as a certificate, and is none.
    #[error("certificate {number} of it cannot be used as an authority: {problem}")]
    NotACertificate {
        /// Its number, from 1.
        number: usize,
        /// The problem.
        problem: String,
    },
}

impl Authorities {
    /// Reads PEM. A certificate that cannot be used is an error: the client would skip it in silence, and then refuse the
    /// broker's certificate without a visible reason.
    pub fn parse(pem: &[u8]) -> Result<Self, InvalidAuthorities> {
        let mut roots = RootCertStore::empty();
        for part in CertificateDer::pem_slice_iter(pem) {
            let whole = roots.len();
            let certificate =
                part.map_err(|error| InvalidAuthorities::NotPem { whole, problem: broken_part(&error).into() })?;
            roots.add(certificate).map_err(|error| InvalidAuthorities::NotACertificate {
                number: whole + 1,
                problem: error.to_string(),
            })?;
        }
        if roots.is_empty() {
            return Err(InvalidAuthorities::NoCertificate);
        }
        // Between its sections a file may have comments in any encoding.
        Ok(Self { pem: String::from_utf8_lossy(pem).into_owned(), count: roots.len() })
    }

    /// The number of certificates.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The client's TLS configuration, which adds them to the system's.
    pub(super) fn config(authorities: Option<&Self>) -> OwnedTLSConfig {
        OwnedTLSConfig { identity: None, cert_chain: authorities.map(|authorities| authorities.pem.clone()) }
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Authorities({})", self.count)
    }
}

/// The problem of a PEM section. The parser's own message is not used, since it repeats the line.
fn broken_part(error: &rustls::pki_types::pem::Error) -> &'static str {
    use rustls::pki_types::pem::Error;
    match error {
        Error::MissingSectionEnd { .. } => "the next one has no -----END-----",
        Error::IllegalSectionStart { .. } => "the next one begins with a broken -----BEGIN-----",
        Error::Base64Decode(_) => "the next one is not in base64",
        _ => "the next one cannot be read",
    }
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
