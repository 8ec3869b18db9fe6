//! The worker between a real RabbitMQ and a real S3, and beside it programs that only read.

use std::net::SocketAddr;
use std::process::Command;
use std::time::Instant;

use aws_sdk_s3::config::Credentials;
use futures_util::TryStreamExt;
use lapin::BasicProperties;
use pricing_worker::adapter::S3;
use pricing_worker::adapter::amqp::{Results, TopologyMode};
use pricing_worker::worker::ports::{ObjectRef, ObjectStore};
use serde_json::json;
use test_support::broker::{VirtualHost, publish};
use test_support::s3::{self, Bucket};
use test_support::worker::Worker;

use crate::model::Model;
use crate::price::{Answer, Settings};

/// A broker and a store.
pub struct Place {
    pub bucket: Bucket,
    host: VirtualHost,
}

impl Place {
    pub async fn new() -> Self {
        let (host, bucket) = (VirtualHost::new(), Bucket::new().await);
        host.declare().await;
        Self { bucket, host }
    }

    /// Puts a model into the store without another copy of it; returns its key.
    pub async fn adopt(&self, model: &Model) -> String {
        let name = model.path.file_name().expect("a name").to_string_lossy();
        let key = self.bucket.key(&name);
        self.bucket.adopt(&key, &model.path).await;
        key
    }

    /// The worker's time from request to answer, with the store at an address, with some settings.
    pub async fn priced(&self, key: &str, store: SocketAddr, settings: Settings) -> Answer {
        let mut command = Command::new(env!("CARGO_BIN_EXE_pricing-worker"));
        command.env_clear().env("PRICING_AMQP_URL", self.host.url()).envs(self.bucket.environment_at(store));
        command.envs(settings.iter().copied());
        let mut worker = Worker::ready(command).await;
        let mut results = Results::listen(&self.host.config(TopologyMode::Declare, 1)).await.expect("a listener");
        let (_connection, channel) = self.host.channel().await;
        let model = json!({ "bucket": self.bucket.name, "key": key });
        let event = json!({ "specversion": "1.0", "id": key, "source": "bench", "type": "pricing.requested.v1",
                            "time": "2026-11-23T10:00:00Z", "data": { "model": model } });
        let started = Instant::now();
        publish(&channel, "pricing", "job.bulk", event.to_string().as_bytes(), BasicProperties::default()).await;
        let answer = results.next().await.expect("a broker");
        let seconds = started.elapsed().as_secs_f64();
        let peak_bytes = worker.peak_memory_bytes();
        // The worker stops in order: its unacknowledged request would be the next worker's first job.
        worker.signal("TERM");
        assert!(worker.ended().await.success(), "it settles what it has, and ends");
        Answer::new(seconds, peak_bytes, String::from_utf8(answer.body.to_vec()).expect("JSON"))
    }

    /// The time to read an object as the worker does, and drop it.
    pub async fn moved_s(&self, key: &str) -> f64 {
        self.read_s(&self.bucket.store, key).await
    }

    /// The same, over a line.
    pub async fn moved_over_s(&self, key: &str, line: SocketAddr) -> f64 {
        self.read_s(&s3::at(line).await, key).await
    }

    /// The time of one GET, over a line.
    pub async fn one_get_s(&self, key: &str, line: SocketAddr) -> f64 {
        let environment = self.bucket.environment();
        let value = |name: &str| environment.iter().find(|(other, _)| other == name).expect("it is set").1.clone();
        let credentials = Credentials::new(value("AWS_ACCESS_KEY_ID"), value("AWS_SECRET_ACCESS_KEY"), None, None, "");
        let http = aws_smithy_http_client::Builder::new().build_http();
        let config = aws_config::defaults(aws_config::BehaviorVersion::latest())
            .endpoint_url(format!("http://{line}"))
            .region(aws_config::Region::new(value("AWS_REGION")))
            .credentials_provider(credentials)
            .http_client(http);
        let config = aws_sdk_s3::config::Builder::from(&config.load().await).force_path_style(true).build();
        let started = Instant::now();
        let get = aws_sdk_s3::Client::from_conf(config).get_object().bucket(&self.bucket.name).key(key).send();
        let mut body = get.await.expect("an object").body;
        while body.try_next().await.expect("a body").is_some() {}
        started.elapsed().as_secs_f64()
    }

    async fn read_s(&self, store: &S3, key: &str) -> f64 {
        let model = ObjectRef { bucket: Some(self.bucket.name.clone()), key: key.into(), ..ObjectRef::default() };
        let started = Instant::now();
        let object = store.open(&model).await.expect("an object");
        let bytes = object.body.try_fold(0, async |bytes, chunk| Ok(bytes + chunk.len() as u64)).await.expect("a body");
        assert_eq!(bytes, object.size_bytes);
        started.elapsed().as_secs_f64()
    }
}
