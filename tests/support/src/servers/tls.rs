//! A private certificate authority, certificates that it signs, a broker that uses them for TLS, and TLS in front of any
//! server.

use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
};
use tempfile::TempDir;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

use super::node::Broker;
use super::port;

/// A certificate authority that a program trusts only if it is given the authority's file.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pem: String,
    der: Vec<u8>,
    folder: TempDir,
}

/// A certificate and its key, in DER and in PEM.
pub struct Identity {
    certificate: Vec<u8>,
    key: Vec<u8>,
    pem: [String; 2],
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
        let (pem, der) = (certificate.pem(), certificate.der().to_vec());
        fs::write(folder.path().join("ca.pem"), &pem).expect("written");
        Self { issuer: Issuer::new(parameters, key), pem, der, folder }
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
        self.signed(&parameters, &key)
    }

    /// A certificate for a client of this name.
    pub fn client(&self, name: &str) -> Identity {
        let key = KeyPair::generate().expect("a key");
        let mut parameters = CertificateParams::new(Vec::new()).expect("no names");
        parameters.distinguished_name = DistinguishedName::new();
        parameters.distinguished_name.push(DnType::OrganizationName, "Workshop");
        parameters.distinguished_name.push(DnType::CommonName, name);
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        self.signed(&parameters, &key)
    }

    fn signed(&self, parameters: &CertificateParams, key: &KeyPair) -> Identity {
        let certificate = parameters.signed_by(key, &self.issuer).expect("a certificate");
        let pem = [certificate.pem(), key.serialize_pem()];
        Identity { certificate: certificate.der().to_vec(), key: key.serialize_der(), pem }
    }
}

impl Identity {
    /// The certificate and the key, in PEM.
    pub fn pem(&self) -> [&str; 2] {
        self.pem.each_ref().map(String::as_str)
    }

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
    listen_with(broker, identity, "")
}

/// The same, for clients that show a certificate of this authority, and for no other.
pub fn listen_to_clients_of(broker: &Broker, identity: &Identity, clients: &Authority) -> u16 {
    let authority = binary(&clients.der);
    listen_with(
        broker,
        identity,
        &format!(", {{cacerts, [{authority}]}}, {{verify, verify_peer}}, {{fail_if_no_peer_cert, true}}"),
    )
}

fn listen_with(broker: &Broker, identity: &Identity, further: &str) -> u16 {
    let port = port::free().port();
    let [certificate, key] = [&identity.certificate, &identity.key].map(|der| binary(der));
    broker.ctl(&[
        "eval",
        &format!(
            "{{ok, _}} = application:ensure_all_started(ssl),
             ok = rabbit_networking:start_ssl_listener(
                 {{\"127.0.0.1\", {port}, auto}},
                 [{{cert, {certificate}}}, {{key, {{'PrivateKeyInfo', {key}}}}}{further}], 1)."
        ),
    ]);
    port
}

/// TLS in front of a server that has none; closed at the end of the test.
pub struct Terminator {
    /// The address that it listens on.
    pub address: SocketAddr,
    presented: watch::Sender<Arc<ServerConfig>>,
    _accepting: JoinSet<()>,
}

impl Terminator {
    /// Presents this certificate in front of a server.
    pub async fn to(server: SocketAddr, identity: &Identity) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("its address");
        let presented = watch::Sender::new(Arc::new(identity.server()));
        let (mut now, mut accepting) = (presented.subscribe(), JoinSet::new());
        accepting.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (client, _) = tokio::select! {
                    accepted = listener.accept() => accepted.expect("a connection"),
                    // Those that saw the earlier certificate end.
                    _ = now.changed() => {
                        connections.abort_all();
                        continue;
                    }
                };
                let acceptor = TlsAcceptor::from(Arc::clone(&now.borrow()));
                connections.spawn(async move {
                    // A client that does not trust the certificate hangs up.
                    let Ok(mut client) = acceptor.accept(client).await else { return };
                    let mut server = TcpStream::connect(server).await.expect("the server behind it");
                    let _ = tokio::io::copy_bidirectional(&mut client, &mut server).await;
                });
            }
        });
        Self { address, presented, _accepting: accepting }
    }

    /// Presents another certificate from now on.
    pub fn present(&self, identity: &Identity) {
        self.presented.send_replace(Arc::new(identity.server()));
    }
}

/// Bytes in Erlang's syntax.
fn binary(bytes: &[u8]) -> String {
    let bytes: Vec<String> = bytes.iter().map(u8::to_string).collect();
    format!("<<{}>>", bytes.join(","))
}
