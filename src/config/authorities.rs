//! Certificate authorities, read from PEM.

use std::fmt;

use rustls::RootCertStore;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

/// Certificate authorities. Each of them can be used.
#[derive(Clone, PartialEq, Eq)]
pub struct Authorities {
    pem: String,
    count: usize,
}

/// Why bytes are no certificate authorities. The bytes are not shown: a file given by mistake may hold a key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidAuthorities {
    /// There is no certificate in it.
    #[error("it holds no certificate; expected PEM, with a part from -----BEGIN CERTIFICATE----- for each authority")]
    NoCertificate,
    /// A part of it is broken.
    #[error("it is no PEM: after {whole} whole certificates, {problem}")]
    NotPem {
        /// Certificates before that part.
        whole: usize,
        /// What is wrong.
        problem: String,
    },
    /// A part of it has the marks of a certificate, and is none.
    #[error("certificate {number} of it cannot be used as an authority: {problem}")]
    NotACertificate {
        /// Which, from 1.
        number: usize,
        /// What is wrong.
        problem: String,
    },
}

impl Authorities {
    /// Reads PEM. One certificate that cannot be used is an error: the AMQP client would leave it out without a message,
    /// and then refuse the broker's certificate without a reason that an operator could see.
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
        // Between its parts a file may have comments in any encoding.
        Ok(Self { pem: String::from_utf8_lossy(pem).into_owned(), count: roots.len() })
    }

    /// Whether PEM holds at least one that can be used.
    pub(super) fn has_any(pem: &[u8]) -> bool {
        let mut roots = RootCertStore::empty();
        CertificateDer::pem_slice_iter(pem).flatten().any(|certificate| roots.add(certificate).is_ok())
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.count
    }

    /// The PEM text.
    pub fn pem(&self) -> &str {
        &self.pem
    }
}

impl fmt::Debug for Authorities {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Authorities({})", self.count)
    }
}

/// What is wrong with a part of PEM; the parser's own words repeat the line.
pub(super) fn broken_part(error: &rustls::pki_types::pem::Error) -> &'static str {
    use rustls::pki_types::pem::Error;
    match error {
        Error::MissingSectionEnd { .. } => "the next one has no -----END-----",
        Error::IllegalSectionStart { .. } => "the next one begins with a broken -----BEGIN-----",
        Error::Base64Decode(_) => "the next one is not in base64",
        _ => "the next one cannot be read",
    }
}
