//! A client certificate and its key, read from PEM.

use std::fmt;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::sign::CertifiedKey;

use super::authorities::broken_part;

/// A client certificate with its chain, and its private key. `Debug` shows neither.
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    certificates: Vec<u8>,
    key: Vec<u8>,
}

/// Why the certificates of an identity cannot be used. The bytes are not shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidCertificates {
    /// There is no certificate in it.
    #[error(
        "it holds no certificate; expected PEM: the client's certificate first, then those that lead to its authority"
    )]
    NoCertificate,
    /// A part of it is broken.
    #[error("it is no PEM: after {whole} whole certificates, {problem}")]
    NotPem {
        /// Certificates before that part.
        whole: usize,
        /// What is wrong.
        problem: &'static str,
    },
}

/// Why a private key cannot be used. The bytes are not shown.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidKey {
    /// There is no key in it.
    #[error("it holds no private key; expected PEM, with a part from -----BEGIN PRIVATE KEY-----")]
    NoKey,
    /// It can be read only with a password.
    #[error(
        "its private key is encrypted, and there is no setting for its password; \
         give the key without one: openssl pkey -in KEY.pem -out PLAIN.pem"
    )]
    Encrypted,
    /// It is broken.
    #[error("it is no PEM: {0}")]
    NotPem(&'static str),
    /// It is the key of another certificate, or of a kind that TLS does not have.
    #[error("its private key cannot be used with the certificate: {0}")]
    Unusable(String),
}

/// Certificates that were read, for the key that follows.
pub(super) struct Certificates {
    pem: Vec<u8>,
    chain: Vec<CertificateDer<'static>>,
}

impl Certificates {
    /// Reads PEM.
    pub(super) fn parse(pem: Vec<u8>) -> Result<Self, InvalidCertificates> {
        let mut chain = Vec::new();
        for part in CertificateDer::pem_slice_iter(&pem) {
            let whole = chain.len();
            chain.push(part.map_err(|error| InvalidCertificates::NotPem { whole, problem: broken_part(&error) })?);
        }
        if chain.is_empty() {
            return Err(InvalidCertificates::NoCertificate);
        }
        Ok(Self { pem, chain })
    }

    /// Reads the key of these certificates.
    pub(super) fn with_key(self, key: Vec<u8>) -> Result<Identity, InvalidKey> {
        use rustls::pki_types::pem::Error;
        if is_encrypted(&key) {
            return Err(InvalidKey::Encrypted);
        }
        let parsed = PrivateKeyDer::from_pem_slice(&key).map_err(|error| match error {
            Error::NoItemsFound => InvalidKey::NoKey,
            error => InvalidKey::NotPem(broken_part(&error)),
        })?;
        CertifiedKey::from_der(self.chain, parsed, &ring::default_provider())
            .map_err(|error| InvalidKey::Unusable(error.to_string()))?;
        Ok(Identity { certificates: self.pem, key })
    }
}

impl Identity {
    /// The certificates, in PEM.
    pub fn certificates(&self) -> &[u8] {
        &self.certificates
    }

    /// The private key, in PEM: for the handshake, and for nothing else.
    pub fn expose_key(&self) -> &[u8] {
        &self.key
    }
}

impl fmt::Debug for Identity {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Identity")
    }
}

/// Whether PEM has a key that takes a password: in PKCS #8, or in OpenSSL's older form.
fn is_encrypted(pem: &[u8]) -> bool {
    let text = String::from_utf8_lossy(pem);
    text.contains("-----BEGIN ENCRYPTED PRIVATE KEY-----") || text.contains("Proc-Type: 4,ENCRYPTED")
}
