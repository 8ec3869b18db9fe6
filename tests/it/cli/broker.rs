//! Tests of `submit` and `run` against a real broker and a real store.

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;

use super::{Ran, cube, fixture, program};
use crate::support::broker::VirtualHost;
use crate::support::s3::Bucket;
use crate::support::worker::Worker;
use crate::support::{eventually, port};

/// A broker and a store, and the program in their environment.
struct World {
    host: VirtualHost,
    bucket: Bucket,
}

impl World {
    async fn new() -> Self {
        Self { host: VirtualHost::new(), bucket: Bucket::new().await }
    }

    fn program(&self) -> Command {
        let mut command = program();
        command.env("PRICING_AMQP_URL", self.host.url()).envs(self.bucket.environment());
        command
    }

    async fn worker(&self) -> Worker {
        Worker::ready(self.program()).await
    }

    /// Runs `submit` until it exits, while the store in this process answers.
    async fn submit(&self, arguments: impl IntoIterator<Item = impl AsRef<OsStr>>) -> Ran {
        let mut command = self.program();
        command.args(["submit", "--bucket", &self.bucket.name]).args(arguments);
        tokio::task::spawn_blocking(move || Ran::of(&mut command)).await.expect("it ends")
    }
}

/// So many copies of the fixtures, priced and rejected ones, each under its own name.
fn models(count: usize) -> TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let mut sources: Vec<PathBuf> = ["models", "rejected"]
        .iter()
        .flat_map(|name| fs::read_dir(fixture(name)).expect("it is there"))
        .map(|entry| entry.expect("an entry").path())
        .collect();
    sources.sort();
    for (number, source) in sources.iter().cycle().take(count).enumerate() {
        let name = source.file_name().and_then(OsStr::to_str).expect("a name");
        fs::copy(source, folder.path().join(format!("{number:03}-{name}"))).expect("copied");
    }
    folder
}

/// Events by their model's file name: the fields with names, and the other fields as text.
fn by_name(lines: &str) -> BTreeMap<String, (Value, String)> {
    let parts = lines.lines().map(|line| {
        let event: Value = serde_json::from_str(line).expect("each line is an event");
        let object = &event["data"]["object"];
        let name = object["key"].as_str().and_then(|key| key.rsplit('/').next()).expect("a name").to_owned();
        let about = serde_json::json!([event["specversion"], event["source"], event["type"], object["size_bytes"]]);
        let after_object = line.find("\"model\":").or_else(|| line.find("\"reason\":")).expect("a rest");
        (name, (about, line[after_object..].to_owned()))
    });
    parts.collect()
}

#[tokio::test]
async fn a_hundred_submitted_models_get_the_bytes_that_price_gives() {
    let world = World::new().await;
    let folder = models(100);
    let _workers = [world.worker().await, world.worker().await];
    let submitted = world.submit([OsStr::new("--wait"), folder.path().as_os_str()]).await;
    let priced = super::run([OsStr::new("price"), folder.path().as_os_str()]);
    assert_eq!((submitted.exit, submitted.stderr.as_str()), (1, ""), "some are rejected");
    assert_eq!((priced.events().len(), submitted.events().len()), (100, 100));
    let (expected, found) = (by_name(&priced.stdout), by_name(&submitted.stdout));
    assert_eq!(found.len(), 100, "each is answered once");
    for (name, expected) in expected {
        assert_eq!(found[&name], expected, "{name}");
    }
    // The MES queue has each result too, and no request is left or dead.
    world.host.counted("pricing.results", "messages", 100).await;
    for queue in ["pricing.jobs.interactive", "pricing.jobs.bulk", "pricing.dead"] {
        world.host.drained(queue).await;
    }
}

#[tokio::test]
async fn a_request_comes_back_with_all_that_it_asked_for() {
    let world = World::new().await;
    let _worker = world.worker().await;
    let cube = fixture("models/cube-10mm-binary.stl");
    let flags = "--wait --order-id A-1001 --material pa12-sls --quantity 1,10 --lead-time express --unit cm";
    let ran = world.submit(flags.split(' ').map(OsStr::new).chain([cube.as_os_str()])).await;
    assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""));
    let [event] = &ran.events()[..] else { panic!("one result: {ran:?}") };
    let data = &event["data"];
    assert_eq!(data["order_id"], "A-1001");
    assert_eq!(data["object"]["bucket"].as_str(), Some(world.bucket.name.as_str()));
    assert!(data["object"]["etag"].is_string(), "{data}");
    let id = data["request_id"].as_str().expect("an id");
    assert_eq!(data["object"]["key"].as_str(), Some(format!("{id}/cube-10mm-binary.stl").as_str()));
    assert_eq!(data["geometry"]["volume_mm3"].as_f64(), Some(1e6));
    assert!(event["time"].is_string(), "the request's");
    let quotes = data["quotes"].as_array().expect("quotes").iter();
    let asked: Vec<_> = quotes.map(|quote| (quote["quantity"].as_u64(), quote["lead_time"].as_str())).collect();
    assert_eq!(asked, [(Some(1), Some("express")), (Some(10), Some("express"))]);
}

#[tokio::test]
async fn without_waiting_each_request_is_told_and_in_its_queue() {
    let world = World::new().await;
    let cube = fixture("models/cube-10mm-binary.stl");
    let table = [(&[][..], "pricing.jobs.bulk"), (&["--queue", "interactive"], "pricing.jobs.interactive")];
    for (flags, queue) in table {
        let ran = world.submit(flags.iter().map(OsStr::new).chain([cube.as_os_str()])).await;
        assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""));
        let fields: Vec<_> = ran.stdout.trim_end().split('\t').collect();
        let [id, object, path] = fields[..] else { panic!("three fields: {ran:?}") };
        assert_eq!(object, format!("{}/{id}/cube-10mm-binary.stl", world.bucket.name));
        assert_eq!(Some(path), cube.to_str());
        let seen = world.host.take(queue).await;
        let request = seen.json();
        assert_eq!(
            (request["id"].as_str(), seen.properties.message_id().as_ref().map(lapin::types::ShortString::as_str)),
            (Some(id), Some(id))
        );
        assert_eq!(request["data"]["model"]["key"].as_str(), object.split_once('/').map(|(_, key)| key));
        assert_eq!(*seen.properties.delivery_mode(), Some(2), "persistent");
    }
}

#[tokio::test]
async fn a_file_that_cannot_be_read_does_not_stop_the_others() {
    let world = World::new().await;
    let _worker = world.worker().await;
    let cube = fixture("models/cube-10mm-binary.stl");
    let ran = world.submit([OsStr::new("--wait"), OsStr::new("missing.stl"), cube.as_os_str()]).await;
    assert_eq!((ran.exit, ran.events().len()), (1, 1), "{ran:?}");
    assert!(ran.stderr.contains("missing.stl"), "{}", ran.stderr);
}

#[tokio::test]
async fn who_waits_in_vain_is_told_what_is_missing() {
    let world = World::new().await;
    let cube = fixture("models/cube-10mm-binary.stl");
    let ran = world.submit(["--wait", "--timeout", "200ms", cube.to_str().expect("UTF-8")].map(OsStr::new)).await;
    assert_eq!((ran.exit, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("no result for 200ms; 1 requests"), "{}", ran.stderr);
    // The request stays in its queue.
    assert_eq!(world.host.ready("pricing.jobs.interactive").await, 1);
}

#[tokio::test]
async fn a_store_that_takes_nothing_is_said_and_nothing_is_enqueued() {
    let world = World::new().await;
    let cube = fixture("models/cube-10mm-binary.stl");
    let mut command = world.program();
    command.args(["submit", "--bucket", &world.bucket.name]).arg(cube).env("AWS_SECRET_ACCESS_KEY", "wrong");
    let ran = tokio::task::spawn_blocking(move || Ran::of(&mut command)).await.expect("it ends");
    assert_eq!((ran.exit, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("not uploaded"), "{}", ran.stderr);
    assert_eq!(world.host.ready("pricing.jobs.bulk").await, 0);
}

#[tokio::test]
async fn a_broker_that_is_not_there_ends_submit_and_leaves_the_worker_alive_and_not_ready() {
    let world = World::new().await;
    let nowhere = format!("amqp://shop:hunter2@{}/%2f", port::free());
    let mut command = world.program();
    command.args(["submit", "cube.stl"]).env("PRICING_AMQP_URL", &nowhere);
    let ran = Ran::of(&mut command);
    assert_eq!((ran.exit, ran.stdout.as_str()), (1, ""));
    assert!(ran.stderr.contains("cannot connect") && !ran.stderr.contains("hunter2"), "{}", ran.stderr);

    let mut command = world.program();
    command.env("PRICING_AMQP_URL", &nowhere);
    let worker = Worker::start(command);
    worker.logged("not taking requests", 3).await;
    assert_eq!(worker.probe("/livez").await, (200, "alive\n".into()));
    let (status, text) = worker.probe("/readyz").await;
    assert!(status == 503 && text.contains("cannot connect"), "{status} {text}");
    assert!(!format!("{:?}", worker.logs()).contains("hunter2"));
}

#[tokio::test]
async fn a_topology_that_is_not_there_ends_a_worker_that_verifies() {
    let world = World::new().await;
    let mut command = world.program();
    command.env("PRICING_TOPOLOGY", "verify");
    let mut worker = Worker::start(command);
    assert_eq!(worker.ended().await.code(), Some(2));
    let said = format!("{:?}", worker.logs());
    assert!(said.contains("missing: exchange pricing.dlx"), "{said}");
}

#[tokio::test]
async fn a_lost_connection_is_rebuilt() {
    let world = World::new().await;
    let worker = world.worker().await;
    for (purpose, times) in [("consume", 2), ("publish", 3)] {
        assert_eq!(worker.probe("/readyz").await, (200, "ready\n".into()));
        world.host.close_connections(purpose).await;
        worker.logged("taking requests", times).await;
    }
    let cube = fixture("models/cube-10mm-binary.stl");
    let ran = world.submit([OsStr::new("--wait"), cube.as_os_str()]).await;
    assert_eq!((ran.exit, ran.events().len()), (0, 1), "{ran:?}");
}

#[tokio::test]
async fn a_worker_that_is_told_to_stop_settles_what_it_has() {
    let world = World::new().await;
    let folder = tempfile::tempdir().expect("a folder");
    for number in 0..40 {
        fs::write(folder.path().join(format!("{number}.stl")), cube()).expect("written");
    }
    let submitted = world.submit([folder.path()]).await;
    assert_eq!((submitted.exit, submitted.stdout.lines().count()), (0, 40));
    let mut worker = world.worker().await;
    eventually("a first result", async || (world.host.ready("pricing.results").await > 0).then_some(())).await;
    worker.signal("TERM");
    assert_eq!(worker.ended().await.code(), Some(0), "{:?}", worker.logs());
    // Each request is either answered or waiting.
    let results = world.host.take_many("pricing.results", world.host.ready("pricing.results").await as usize).await;
    let left = world.host.ready("pricing.jobs.bulk").await as usize;
    assert_eq!(results.len() + left, 40);
    let mut ids: Vec<String> = results.iter().map(|result| result.json()["data"]["request_id"].to_string()).collect();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), results.len());
}

#[tokio::test]
async fn logs_are_one_flat_object_a_line_with_the_request_in_it() {
    let world = World::new().await;
    let worker = world.worker().await;
    let bad = fixture("rejected/no_volume--one-triangle.stl");
    let ran =
        world.submit(["--wait", "--order-id", "A-1001"].map(OsStr::new).into_iter().chain([bad.as_os_str()])).await;
    assert_eq!(ran.exit, 1);
    let log = worker.logged("settled", 1).await;
    assert_eq!(log["request_id"], ran.events()[0]["data"]["request_id"]);
    assert_eq!((&log["order_id"], &log["level"]), (&"A-1001".into(), &"INFO".into()));
    assert_eq!((&log["outcome"], &log["reason"]), (&"rejected".into(), &"no_volume".into()));
    assert!(log["timestamp"].as_str().is_some_and(|time| time.ends_with('Z')), "{log}");
}
