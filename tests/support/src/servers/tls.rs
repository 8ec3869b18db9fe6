//! A private certificate authority, certificates that it signs, and a broker that uses them for TLS.

use std::fs;
use std::path::PathBuf;

use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use tempfile::TempDir;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

use super::node::Broker;
use super::port;

/// A certificate authority that a program trusts only if it is given the authority's file.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    folder: TempDir,
}

/// A certificate and its key, both in DER.
pub struct Identity {
    certificate: Vec<u8>,
    key: Vec<u8>,
}

impl Authority {
    /// An authority with this name.
    pub fn new(name: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let key = KeyPair::generate().expect("a key");
        let mut parameters = CertificateParams::new(Vec::new()).expect("no names");
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let certificate = parameters.self_signed(&key).expect("a certificate");
        let pem = certificate.pem();
        fs::write(folder.path().join("ca.pem"), &pem).expect("written");
        Self { issuer: Issuer::new(parameters, key), pem, folder }
    }

    /// The PEM file of its certificate.
    pub fn file(&self) -> PathBuf {
        self.folder.path().join("ca.pem")
    }

    /// The content of that file.
    pub fn pem(&self) -> String {
        self.pem.clone()
    }

    /// A certificate for a host, by its names and addresses.
    pub fn identity(&self, hosts: &[&str]) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let hosts: Vec<String> = hosts.iter().map(|&host| host.to_owned()).collect();
        let parameters = CertificateParams::new(hosts).expect("names");
        let certificate = parameters.signed_by(&key, &self.issuer).expect("a certificate");
        Identity { certificate: certificate.der().to_vec(), key: key.serialize_der() }
    }
}

impl Identity {
    /// A TLS server's configuration with this certificate.
    pub fn server(&self) -> ServerConfig {
        let key = PrivatePkcs8KeyDer::from(self.key.clone()).into();
        ServerConfig::builder_with_provider(ring::default_provider().into())
            .with_safe_default_protocol_versions()
            .expect("versions of TLS")
            .with_no_client_auth()
            .with_single_cert(vec![self.certificate.clone().into()], key)
            .expect("a certificate and its key")
    }
}

/// Makes our own broker listen for TLS on one more port, until it ends; returns the port.
///
/// The certificate is sent by value, because a node in its own folder may not find a file of ours.
pub fn listen(broker: &Broker, identity: &Identity) -> u16 {
    let port = port::free().port();
    let [certificate, key] = [&identity.certificate, &identity.key].map(|der| binary(der));
    broker.ctl(&[
        "eval",
        &format!(
            "{{ok, _}} = application:ensure_all_started(ssl),
             ok = rabbit_networking:start_ssl_listener(
                 {{\"127.0.0.1\", {port}, auto}}, [{{cert, {certificate}}}, {{key, {{'PrivateKeyInfo', {key}}}}}], 1)."
        ),
    ]);
    port
}

/// Bytes in Erlang's syntax.
fn binary(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(u8::to_string).collect();
    format!("<<{}>>", bytes.join(","))
}
