//! The rules of the object store, tested on both of its implementations, and tests of each one alone.

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use pricing_worker::adapter::Files;
use pricing_worker::worker::ports::{Body, NewObject, ObjectRef, ObjectStore, StoreError};
use tempfile::TempDir;

use crate::support::s3::{self, Bucket};
use crate::support::soon;

/// One implementation of the store, and keys that no other test uses.
struct Side<S> {
    store: S,
    bucket: Option<String>,
    key: Box<dyn Fn(&str) -> String>,
}

impl<S: ObjectStore> Side<S> {
    fn model(&self, name: &str) -> ObjectRef {
        ObjectRef { bucket: self.bucket.clone(), key: (self.key)(name), ..ObjectRef::default() }
    }

    async fn put(&self, name: &str, size_bytes: u64, body: Body) -> Result<(), StoreError> {
        let model = self.model(name);
        let object =
            NewObject { bucket: model.bucket.as_deref(), key: &model.key, content_type: Some("model/stl"), size_bytes };
        self.store.put(&object, body).await
    }

    async fn read(&self, name: &str) -> Result<Bytes, StoreError> {
        let object = self.store.open(&self.model(name)).await?;
        let bytes = object.body.try_fold(Vec::new(), async |mut bytes, chunk| {
            assert!(!chunk.is_empty(), "a chunk of no bytes");
            assert!(chunk.len() <= 8 << 20, "a chunk of {} bytes", chunk.len());
            bytes.extend_from_slice(&chunk);
            Ok(bytes)
        });
        let bytes = bytes.await?;
        assert_eq!(bytes.len() as u64, object.size_bytes, "the announced length");
        Ok(bytes.into())
    }
}

fn files() -> (TempDir, Side<Files>) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_owned();
    let key = move |name: &str| path.join(name).display().to_string();
    (folder, Side { store: Files, bucket: None, key: Box::new(key) })
}

async fn s3() -> (Bucket, Side<pricing_worker::adapter::S3>) {
    let bucket = Bucket::new().await;
    let prefix = bucket.key("");
    let side = Side {
        store: bucket.store.clone(),
        bucket: Some(bucket.name.clone()),
        key: Box::new(move |name| format!("{prefix}{name}")),
    };
    (bucket, side)
}

/// Bytes that differ from place to place.
fn bytes(length: usize) -> Bytes {
    (0..length).map(|at| (at ^ (at >> 8) ^ (at >> 16)) as u8).collect()
}

/// A body in chunks of one length.
fn body(bytes: &Bytes, chunk_bytes: usize) -> Body {
    let bytes = bytes.clone();
    let starts = (0..bytes.len()).step_by(chunk_bytes);
    stream::iter(starts.map(move |start| Ok(bytes.slice(start..bytes.len().min(start + chunk_bytes))))).boxed()
}

async fn what_was_put_is_read<S: ObjectStore>(side: &Side<S>) {
    // Above 16 MiB the S3 adapter reads it in parts.
    for length in [0, 1, 684, (5 << 20) + 3, (33 << 20) + 1] {
        let bytes = bytes(length);
        side.put("a/model.stl", length as u64, body(&bytes, 1_000_003)).await.expect("put");
        assert!(side.read("a/model.stl").await.expect("read") == bytes, "{length} bytes");
    }
}

async fn what_is_not_there_is_not_found<S: ObjectStore>(side: &Side<S>) {
    side.put("there.stl", 3, body(&bytes(3), 3)).await.expect("put");
    for name in ["not-there.stl", "no-such-folder/there.stl", "there.stl.more", "ünïcode ✓ &?#%.stl"] {
        let error = side.read(name).await.expect_err(name);
        assert!(matches!(error, StoreError::NotFound(_)), "{name}: {error:?}");
    }
}

async fn names_may_be_odd<S: ObjectStore>(side: &Side<S>) {
    for name in ["with space.stl", "ünïcode ✓.stl", "a+b&c=d?e#f%20g.stl", "'quoted\".stl"] {
        let bytes = bytes(name.len());
        side.put(name, name.len() as u64, body(&bytes, 7)).await.expect(name);
        assert_eq!(side.read(name).await.expect(name), bytes);
    }
}

async fn a_put_that_fails_leaves_what_was_there<S: ObjectStore>(side: &Side<S>) {
    let old = bytes(10);
    side.put("model.stl", 10, body(&old, 10)).await.expect("put");
    let broken = || stream::iter([Ok(bytes(5)), Err(StoreError::Unavailable("broken".into()))]).boxed();
    let rows: [(u64, Body, &str); 4] = [
        (9, body(&bytes(8), 3), "a body that is too short"),
        (20 << 20, body(&bytes(18 << 20), 1 << 20), "a body in parts that is too short"),
        (7, body(&bytes(8), 3), "a body that is too long"),
        (8, broken(), "a body that breaks"),
    ];
    for (size_bytes, body, what) in rows {
        side.put("model.stl", size_bytes, body).await.expect_err(what);
        assert_eq!(side.read("model.stl").await.expect(what), old, "{what}");
    }
}

async fn a_body_may_be_let_go<S: ObjectStore>(side: &Side<S>) {
    let bytes = bytes(9 << 20);
    side.put("model.stl", bytes.len() as u64, body(&bytes, 1 << 20)).await.expect("put");
    for _ in 0..20 {
        let mut object = side.store.open(&side.model("model.stl")).await.expect("open");
        assert!(object.body.next().await.expect("a first chunk").is_ok());
    }
    assert!(side.read("model.stl").await.expect("read") == bytes);
}

async fn it_is_read_many_times_at_once<S: ObjectStore>(side: &Side<S>) {
    let bytes = bytes(3 << 20);
    side.put("model.stl", bytes.len() as u64, body(&bytes, 1 << 20)).await.expect("put");
    let readers: Vec<_> = (0..10).map(|_| side.read("model.stl")).collect();
    for read in futures_util::future::join_all(readers).await {
        assert!(read.expect("read") == bytes);
    }
}

async fn another_etag_is_a_changed_object<S: ObjectStore>(side: &Side<S>) {
    side.put("model.stl", 3, body(&bytes(3), 3)).await.expect("put");
    let etag = Some("0123456789abcdef0123456789abcdef".into());
    let opened = side.store.open(&ObjectRef { etag, ..side.model("model.stl") }).await;
    let error = opened.err().expect("another ETag");
    assert!(matches!(error, StoreError::Changed(_)), "{error:?}");
}

async fn a_version_that_is_not_kept_is_a_changed_object<S: ObjectStore>(side: &Side<S>) {
    side.put("model.stl", 3, body(&bytes(3), 3)).await.expect("put");
    let version_id = Some("3sL4kqtJlcpXroDTDmJ.rmSpXd3dIbrHY".into());
    let opened = side.store.open(&ObjectRef { version_id, ..side.model("model.stl") }).await;
    let error = opened.err().expect("an older version");
    assert!(matches!(error, StoreError::Changed(_)), "{error:?}");
}

async fn it_answers_about_itself_and_about_any_bucket<S: ObjectStore>(side: &Side<S>) {
    for bucket in [None, side.bucket.as_deref(), Some("no-such-bucket-2026")] {
        side.store.probe(bucket).await.unwrap_or_else(|error| panic!("{bucket:?}: {error}"));
    }
}

/// Checks every rule on one implementation.
macro_rules! over_both_sides {
    ($($rule:ident),* $(,)?) => {
        mod over_files {
            $(#[tokio::test]
            async fn $rule() {
                let (_folder, side) = super::files();
                super::soon(stringify!($rule), super::$rule(&side)).await;
            })*
        }
        mod over_s3 {
            $(#[tokio::test]
            async fn $rule() {
                let (_server, side) = super::s3().await;
                super::soon(stringify!($rule), super::$rule(&side)).await;
            })*
        }
    };
}

over_both_sides!(
    what_was_put_is_read,
    what_is_not_there_is_not_found,
    names_may_be_odd,
    a_put_that_fails_leaves_what_was_there,
    a_body_may_be_let_go,
    it_is_read_many_times_at_once,
    another_etag_is_a_changed_object,
    a_version_that_is_not_kept_is_a_changed_object,
    it_answers_about_itself_and_about_any_bucket,
);

#[tokio::test]
async fn an_object_of_s3_is_pinned_by_its_etag() {
    let (_server, side) = s3().await;
    side.put("model.stl", 3, body(&bytes(3), 3)).await.expect("put");
    let etag = side.store.open(&side.model("model.stl")).await.expect("open").etag.expect("an ETag");
    assert!(!etag.contains('"'), "{etag}");
    for asked in [etag.clone(), format!("\"{etag}\"")] {
        let pinned = ObjectRef { etag: Some(asked), ..side.model("model.stl") };
        assert_eq!(side.store.open(&pinned).await.expect("the same").etag.as_ref(), Some(&etag));
    }
    side.put("model.stl", 4, body(&bytes(4), 4)).await.expect("put");
    let pinned = ObjectRef { etag: Some(etag), ..side.model("model.stl") };
    assert!(matches!(side.store.open(&pinned).await, Err(StoreError::Changed(_))));
}

#[tokio::test]
async fn a_bucket_that_is_not_there_is_the_requests_fault() {
    let (_server, side) = s3().await;
    let missing = [Some("no-such-bucket-2026".to_owned()), Some("No bucket!".to_owned()), None];
    for bucket in missing {
        let opened = side.store.open(&ObjectRef { bucket, key: "model.stl".into(), ..ObjectRef::default() }).await;
        let error = opened.err().expect("no bucket");
        assert!(matches!(error, StoreError::NotFound(_)), "{error:?}");
    }
}

#[tokio::test]
async fn credentials_that_the_store_does_not_know_are_the_worlds_fault() {
    let (bucket, side) = s3().await;
    side.put("model.stl", 3, body(&bytes(3), 3)).await.expect("put");
    let stranger = bucket.with_wrong_credentials().await;
    let error = stranger.open(&side.model("model.stl")).await.err().expect("a stranger");
    assert!(matches!(error, StoreError::Unavailable(_)), "{error:?}");
    for bucket in [None, Some(&*bucket.name)] {
        let probed = stranger.probe(bucket).await;
        assert!(matches!(probed, Err(StoreError::Unavailable(_))), "{probed:?}");
    }
}

#[tokio::test]
async fn a_store_that_is_not_there_is_the_worlds_fault() {
    let model = ObjectRef { bucket: Some("models".into()), key: "model.stl".into(), ..ObjectRef::default() };
    let nowhere = s3::nowhere().await;
    let opened = soon("an answer without a server", nowhere.open(&model)).await;
    assert!(matches!(opened.err(), Some(StoreError::Unavailable(_))));
    for bucket in [None, Some("models")] {
        let probed = soon("an answer without a server", nowhere.probe(bucket)).await;
        assert!(matches!(probed, Err(StoreError::Unavailable(_))), "{probed:?}");
    }
}

#[tokio::test]
async fn only_files_are_objects_and_nothing_is_waited_for() {
    let (folder, side) = files();
    std::fs::create_dir(folder.path().join("folder")).expect("a folder");
    let made = std::process::Command::new("mkfifo").arg(folder.path().join("pipe")).status().expect("mkfifo");
    assert!(made.success());
    let folder = folder.path().display();
    for path in [format!("{folder}/folder"), format!("{folder}/pipe"), "/dev/zero".into(), "/dev/stdin".into()] {
        let model = ObjectRef { key: path.clone(), ..ObjectRef::default() };
        let opened = soon("an answer", side.store.open(&model)).await;
        assert!(matches!(opened.err(), Some(StoreError::NotFound(_))), "{path}");
    }
    let in_bucket = ObjectRef { bucket: Some("models".into()), ..side.model("model.stl") };
    assert!(matches!(side.store.open(&in_bucket).await.err(), Some(StoreError::NotFound(_))));
}

#[tokio::test]
async fn a_file_that_changes_while_it_is_read_is_noticed() {
    type Change = fn(&std::path::Path);
    let rows: [(&str, Change); 3] = [
        ("shrinks", |path| std::fs::File::options().write(true).open(path).unwrap().set_len(5 << 20).unwrap()),
        ("grows", |path| std::fs::File::options().write(true).open(path).unwrap().set_len(10 << 20).unwrap()),
        ("is touched", |path| {
            let file = std::fs::File::options().write(true).open(path).unwrap();
            file.set_modified(std::time::SystemTime::UNIX_EPOCH).unwrap();
        }),
    ];
    for (what, change) in rows {
        let (_folder, side) = files();
        let whole = bytes(9 << 20);
        side.put("model.stl", whole.len() as u64, body(&whole, 1 << 20)).await.expect("put");
        let mut object = side.store.open(&side.model("model.stl")).await.expect("open");
        object.body.next().await.expect("a chunk").expect("the first");
        change(std::path::Path::new(&side.model("model.stl").key));
        let rest: Vec<_> = object.body.collect().await;
        assert!(matches!(rest.last(), Some(Err(StoreError::Changed(_)))), "{what}");
    }
}

#[tokio::test]
async fn a_put_that_is_dropped_leaves_no_file() {
    let (folder, side) = files();
    let endless = stream::iter([Ok(bytes(5))]).chain(stream::pending()).boxed();
    let mut putting = Box::pin(side.put("model.stl", 10, endless));
    crate::support::still_pending("it waits for its body", &mut putting).await;
    drop(putting);
    crate::support::eventually("the folder is empty", async || {
        std::fs::read_dir(folder.path()).expect("the folder").next().is_none().then_some(())
    })
    .await;
}

#[tokio::test]
async fn s3_keeps_the_media_type() {
    let (bucket, side) = s3().await;
    // Above 16 MiB the S3 adapter writes it in parts.
    for length in [3, (17 << 20) + 1] {
        side.put("model.stl", length as u64, body(&bytes(length), 1 << 20)).await.expect("put");
        assert_eq!(bucket.content_type(&bucket.key("model.stl")).await.as_deref(), Some("model/stl"), "{length} bytes");
    }
}
