//! A test-only job kind: it prices a model, and makes files that go with the answer.

use pricing_worker::appraise::{Answer, Artifact};
use pricing_worker::contract::{Envelope, RequestError};
use pricing_worker::worker::job::price::Price;
use pricing_worker::worker::job::{Job, JobContext, JobError};
use pricing_worker::worker::ports::ObjectStore;
use serde_json::Value;

/// A price, and a file under each of the keys that the request names. A file's text is its key.
pub struct PricedWithFiles {
    price: Price,
    bucket: String,
    keys: Vec<String>,
}

impl Job for PricedWithFiles {
    const TYPE: &'static str = "test.priced_with_files.requested.v1";

    fn parse(envelope: Envelope) -> Result<Self, RequestError> {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let keys = envelope.data["files"].as_array().into_iter().flatten().map(text).collect();
        let bucket = text(&envelope.data["model"]["bucket"]);
        let price = Price::parse(envelope)?;
        Ok(Self { price, bucket, keys })
    }

    async fn run<S: ObjectStore>(&self, context: &JobContext<S>) -> Result<Answer, JobError> {
        let answer = self.price.run(context).await?;
        let artifacts = self.keys.iter().map(|key| Artifact {
            bucket: Some(self.bucket.clone()),
            key: key.clone(),
            content_type: "text/plain",
            bytes: key.clone().into(),
        });
        Ok(Answer { artifacts: artifacts.collect(), ..answer })
    }
}
