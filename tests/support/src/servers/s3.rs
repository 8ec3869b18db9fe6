//! S3 servers: one per test in this process, over its own folder, or the one that the environment names.

use std::net::SocketAddr;

use aws_config::{BehaviorVersion, ConfigLoader, Region};
use aws_sdk_s3::config::Credentials;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use pricing_worker::adapter::S3;
use pricing_worker::worker::ports::{NewObject, ObjectStore};
use s3s::auth::SimpleAuth;
use s3s::service::S3ServiceBuilder;
use s3s_fs::FileSystem;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::port;
use super::s3_faults::S3Faults;

const ACCESS_KEY: &str = "test";
const SECRET_KEY: &str = "test-secret";

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
    prefix: String,
    endpoint: Option<SocketAddr>,
    /// The faults of a server of our own.
    pub faults: S3Faults,
    server: Option<(TempDir, JoinSet<()>)>,
}

impl Bucket {
    /// Starts a server, or uses the one that the environment names.
    pub async fn new() -> Self {
        let prefix = ulid::Ulid::generate().to_string();
        if let Some((_, endpoint)) = named_endpoint() {
            let name = std::env::var("PRICING_TEST_S3_BUCKET")
                .unwrap_or_else(|_| panic!("PRICING_TEST_S3_ENDPOINT needs PRICING_TEST_S3_BUCKET"));
            let config = aws_config::defaults(BehaviorVersion::latest()).endpoint_url(endpoint);
            let (store, faults) = (S3::load(config, true).await, S3Faults::default());
            return Self { store, name, prefix, endpoint: None, faults, server: None };
        }
        let folder = tempfile::tempdir().expect("a folder");
        std::fs::create_dir(folder.path().join("models")).expect("the bucket");
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = listener.local_addr().expect("its address");
        let mut server = JoinSet::new();
        let faults = S3Faults::default();
        server.spawn(serve(listener, FileSystem::new(folder.path()).expect("the store"), faults.clone()));
        let store = S3::load(config(endpoint, SECRET_KEY), true).await;
        let (name, server) = ("models".to_owned(), Some((folder, server)));
        Self { store, name, prefix, endpoint: Some(endpoint), faults, server }
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
            None => config(self.address(), SECRET_KEY),
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
            Some(endpoint) => [
                ("AWS_ENDPOINT_URL", format!("http://{endpoint}")),
                ("AWS_REGION", "us-east-1".into()),
                ("AWS_ACCESS_KEY_ID", ACCESS_KEY.into()),
                ("AWS_SECRET_ACCESS_KEY", SECRET_KEY.into()),
            ]
            .map(|(name, value)| (name.to_owned(), value))
            .into(),
        }
    }

    /// The same store, accessed with credentials that it does not know.
    pub async fn with_wrong_credentials(&self) -> S3 {
        match (self.endpoint, named_endpoint()) {
            (Some(endpoint), _) => S3::load(config(endpoint, "wrong"), true).await,
            (None, Some((_, endpoint))) => {
                let credentials = Credentials::new(ACCESS_KEY, "wrong", None, None, "test");
                let config = aws_config::defaults(BehaviorVersion::latest()).endpoint_url(endpoint);
                S3::load(config.credentials_provider(credentials), true).await
            }
            (None, None) => unreachable!("a store is one of our own or is named"),
        }
    }
}

/// The server that the SDK's own variable names.
fn named_endpoint() -> Option<(String, String)> {
    let endpoint = std::env::var("PRICING_TEST_S3_ENDPOINT").ok()?;
    Some(("AWS_ENDPOINT_URL".to_owned(), endpoint))
}

/// A client of an address where no store is.
pub async fn nowhere() -> S3 {
    S3::load(config(port::free(), SECRET_KEY), true).await
}

/// A client of Amazon S3, for requests that it refuses to send.
pub async fn amazon() -> S3 {
    let credentials = Credentials::new(ACCESS_KEY, SECRET_KEY, None, None, "test");
    let config = aws_config::defaults(BehaviorVersion::latest()).region(Region::from_static("us-east-1"));
    S3::load(config.credentials_provider(credentials), false).await
}

/// A client of the store at an address.
pub async fn at(endpoint: SocketAddr) -> S3 {
    S3::load(config(endpoint, SECRET_KEY), true).await
}

fn config(endpoint: SocketAddr, secret_key: &str) -> ConfigLoader {
    aws_config::defaults(BehaviorVersion::latest())
        .endpoint_url(format!("http://{endpoint}"))
        .region(Region::from_static("us-east-1"))
        .credentials_provider(Credentials::new(ACCESS_KEY, secret_key, None, None, "test"))
}

async fn serve(listener: TcpListener, files: FileSystem, faults: S3Faults) {
    let mut builder = S3ServiceBuilder::new(files);
    builder.set_access(faults);
    builder.set_auth(SimpleAuth::from_single(ACCESS_KEY, SECRET_KEY));
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
