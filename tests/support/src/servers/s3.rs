//! S3 servers: one per test in this process, over its own folder, or the one that the environment names.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use aws_config::{BehaviorVersion, ConfigLoader, Region};
use aws_sdk_s3::config::Credentials;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use pricing_worker::adapter::S3;
use pricing_worker::worker::ports::{NewObject, ObjectStore};
use s3s::auth::{S3Auth, SecretKey};
use s3s::service::S3ServiceBuilder;
use s3s::{S3Result, s3_error};
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::port;
use super::s3_faults::S3Faults;

const ACCESS_KEY: &str = "test";
const SECRET_KEY: &str = "test-secret";

/// The key that a server takes; another can take its place at any time.
#[derive(Debug, Clone)]
pub struct Keys(Arc<Mutex<(String, String)>>);

impl Default for Keys {
    fn default() -> Self {
        Self(Arc::new(Mutex::new((ACCESS_KEY.into(), SECRET_KEY.into()))))
    }
}

impl Keys {
    /// The access key and its secret.
    pub fn current(&self) -> (String, String) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// From now on the server takes this key, and no other.
    pub fn rotate(&self, access_key: &str, secret_key: &str) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (access_key.into(), secret_key.into());
    }
}

/// A key as a file of profiles has it.
pub fn profile(access_key: &str, secret_key: &str) -> String {
    format!("[default]\naws_access_key_id = {access_key}\naws_secret_access_key = {secret_key}\n")
}

#[async_trait::async_trait]
impl S3Auth for Keys {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        let (known, secret_key) = self.current();
        if access_key == known { Ok(SecretKey::from(secret_key)) } else { Err(s3_error!(InvalidAccessKeyId)) }
    }
}

/// Puts an object into a bucket of any store.
pub async fn put(store: &S3, bucket: &str, key: &str, bytes: Vec<u8>) {
    let size_bytes = bytes.len() as u64;
    let body = Box::pin(futures_util::stream::iter([Ok(bytes.into())]));
    let object = NewObject { bucket: Some(bucket), key, content_type: None, size_bytes };
    store.put(&object, body).await.expect("the store takes it");
}

/// A store, a bucket in it, and a prefix for this test.
pub struct Bucket {
    /// The program's own adapter, connected to it.
    pub store: S3,
    /// The bucket's name.
    pub name: String,
    /// The key that our own server takes.
    pub keys: Keys,
    prefix: String,
    endpoint: Option<SocketAddr>,
    /// The faults of a server of our own.
    pub faults: S3Faults,
    server: Option<(TempDir, JoinSet<()>)>,
}

impl Bucket {
    /// Starts a server, or uses the one that the environment names.
    pub async fn new() -> Self {
        let Some((_, endpoint)) = named_endpoint() else { return Self::own().await };
        let name = std::env::var("PRICING_TEST_S3_BUCKET")
            .unwrap_or_else(|_| panic!("PRICING_TEST_S3_ENDPOINT needs PRICING_TEST_S3_BUCKET"));
        let config = move || aws_config::defaults(BehaviorVersion::latest()).endpoint_url(&endpoint);
        let (store, faults) = (S3::load(config, true).await, S3Faults::default());
        Self { store, name, keys: Keys::default(), prefix: prefix(), endpoint: None, faults, server: None }
    }

    /// Starts a server, always our own: for tests that rotate its key.
    pub async fn own() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("models")).expect("the bucket");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = listener.local_addr().expect("its address");
        let (mut server, keys, faults) = (JoinSet::new(), Keys::default(), S3Faults::default());
        let files = FileSystem::new(folder.path()).expect("the store");
        server.spawn(serve(listener, files, keys.clone(), faults.clone()));
        let current = keys.clone();
        let store = S3::load(move || config(endpoint, &current), true).await;
        let (endpoint, server) = (Some(endpoint), Some((folder, server)));
        Self { store, name: "models".into(), keys, prefix: prefix(), endpoint, faults, server }
    }

    /// A key that no other test uses.
    pub fn key(&self, name: &str) -> String {
        format!("{}/{name}", self.prefix)
    }

    /// Makes another bucket with an object in it: on our own server only.
    pub async fn put_beside(&self, bucket: &str, key: &str, bytes: Vec<u8>) {
        let (folder, _) = self.server.as_ref().expect("a server of our own");
        std::fs::create_dir_all(folder.path().join(bucket)).expect("the bucket");
        put(&self.store, bucket, key, bytes).await;
    }

    /// Puts an object.
    pub async fn put(&self, key: &str, bytes: Vec<u8>) {
        put(&self.store, &self.name, key, bytes).await;
    }

    /// Makes an object of an existing file without copying it, whatever its size: on our own server only.
    pub async fn adopt(&self, key: &str, file: &std::path::Path) {
        let (folder, _) = self.server.as_ref().expect("a server of our own");
        // This put makes the server's metadata, such as the entity tag; the file then replaces the bytes.
        self.put(key, b"0".to_vec()).await;
        let object = folder.path().join(&self.name).join(key);
        std::fs::remove_file(&object).expect("it was put");
        std::os::unix::fs::symlink(file, object).expect("a link");
    }

    /// Deletes an object.
    pub async fn delete(&self, key: &str) {
        let delete = self.client().await.delete_object().bucket(&self.name).key(key);
        delete.send().await.expect("the object is deleted");
    }

    /// The media type that the store has for an object.
    pub async fn content_type(&self, key: &str) -> Option<String> {
        let head = self.client().await.head_object().bucket(&self.name).key(key);
        head.send().await.expect("the object is there").content_type
    }

    /// A client of the SDK, without the program's adapter.
    async fn client(&self) -> aws_sdk_s3::Client {
        let loaded = match named_endpoint() {
            Some((_, endpoint)) => aws_config::defaults(BehaviorVersion::latest()).endpoint_url(endpoint),
            None => config(self.address(), &self.keys),
        };
        let http = aws_smithy_http_client::Builder::new().build_http();
        let loaded = loaded.http_client(http).load().await;
        let config = aws_sdk_s3::config::Builder::from(&loaded).force_path_style(true).build();
        aws_sdk_s3::Client::from_conf(config)
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        let named = || named_endpoint().and_then(|(_, url)| url.strip_prefix("http://")?.parse().ok());
        self.endpoint.or_else(named).expect("PRICING_TEST_S3_ENDPOINT is http://ADDRESS:PORT")
    }

    /// The environment that points the program to this store at another address, that of a proxy.
    pub fn environment_at(&self, proxy: SocketAddr) -> Vec<(String, String)> {
        let elsewhere = ("AWS_ENDPOINT_URL".to_owned(), format!("http://{proxy}"));
        self.environment().into_iter().filter(|(name, _)| *name != elsewhere.0).chain([elsewhere.clone()]).collect()
    }

    /// The environment that points the program to this store.
    pub fn environment(&self) -> Vec<(String, String)> {
        match self.endpoint {
            None => std::env::vars().filter(|(name, _)| name.starts_with("AWS_")).chain(named_endpoint()).collect(),
            Some(endpoint) => {
                let (access_key, secret_key) = self.keys.current();
                [
                    ("AWS_ENDPOINT_URL", format!("http://{endpoint}")),
                    ("AWS_REGION", "us-east-1".into()),
                    ("AWS_ACCESS_KEY_ID", access_key),
                    ("AWS_SECRET_ACCESS_KEY", secret_key),
                ]
                .map(|(name, value)| (name.to_owned(), value))
                .into()
            }
        }
    }

    /// The same store, accessed with credentials that it does not know.
    pub async fn with_wrong_credentials(&self) -> S3 {
        let endpoint = self.endpoint.map(|endpoint| format!("http://{endpoint}"));
        let endpoint = endpoint.or_else(|| named_endpoint().map(|(_, endpoint)| endpoint));
        let endpoint = endpoint.expect("a store is one of our own or is named");
        let wrong = Credentials::new(ACCESS_KEY, "wrong", None, None, "test");
        S3::load(
            move || {
                let config = aws_config::defaults(BehaviorVersion::latest()).endpoint_url(&endpoint);
                config.region(Region::from_static("us-east-1")).credentials_provider(wrong.clone())
            },
            true,
        )
        .await
    }
}

/// A prefix for one test.
fn prefix() -> String {
    ulid::Ulid::generate().to_string()
}

/// The server that the SDK's own variable names.
fn named_endpoint() -> Option<(String, String)> {
    let endpoint = std::env::var("PRICING_TEST_S3_ENDPOINT").ok()?;
    Some(("AWS_ENDPOINT_URL".to_owned(), endpoint))
}

/// A client of an address where no store is.
pub async fn nowhere() -> S3 {
    at(port::free()).await
}

/// A client of Amazon S3, for requests that it refuses to send.
pub async fn amazon() -> S3 {
    let credentials = Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test");
    let config = move || {
        let config = aws_config::defaults(BehaviorVersion::latest()).region(Region::from_static("us-east-1"));
        config.credentials_provider(credentials.clone())
    };
    S3::load(config, false).await
}

/// A client of the store at an address.
pub async fn at(endpoint: SocketAddr) -> S3 {
    S3::load(move || config(endpoint, &Keys::default()), true).await
}

fn config(endpoint: SocketAddr, keys: &Keys) -> ConfigLoader {
    let (access_key, secret_key) = keys.current();
    aws_config::defaults(BehaviorVersion::latest())
        .endpoint_url(format!("http://{endpoint}"))
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new(access_key, secret_key, None, None, "test"))
}

async fn serve(listener: TcpListener, files: FileSystem, keys: Keys, faults: S3Faults) {
    let mut builder = S3ServiceBuilder::new(files);
    builder.set_access(faults);
    builder.set_auth(keys);
    let service = builder.build();
    let mut connections = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        // Sends a body at once after its head, not after the client's acknowledgement 40 ms later.
        stream.set_nodelay(true).expect("a socket");
        let service = service.clone();
        connections.spawn(async move {
            // A client that hangs up is not an error.
            let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
        });
    }
}
