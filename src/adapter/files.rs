//! The file system as an object store: a key is a path, and there are no buckets, versions, entity tags or media types.
//!
//! Files are read on threads that may block, a few MiB at a time. Only regular files are objects: a folder, a pipe or
//! a device has no length to check its bytes against, and may never end. The length and the time of modification show
//! whether a file changed while it was read.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::task::spawn_blocking;

use crate::worker::ports::{Body, NewObject, Object, ObjectRef, ObjectStore, StoreError};

/// The bytes of one read.
const CHUNK_BYTES: u64 = 2 << 20;

/// The files of this machine, as far as this process may read them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Files;

impl ObjectStore for Files {
    async fn open(&self, object: &ObjectRef) -> Result<Object, StoreError> {
        let path = path_of(object.bucket.as_deref(), &object.key)?;
        if object.version_id.is_some() || object.etag.is_some() {
            return Err(StoreError::Changed("a file has no version and no entity tag".into()));
        }
        let reader = blocking(move || FileReader::open(&path)).await?;
        let size_bytes = reader.at_opening.len();
        let body = stream::try_unfold(reader, |reader| blocking(move || reader.next()));
        Ok(Object { size_bytes, etag: None, version_id: None, content_type: None, ahead_bytes: 0, body: body.boxed() })
    }

    async fn put(&self, object: &NewObject<'_>, mut body: Body) -> Result<(), StoreError> {
        let (path, size_bytes) = (path_of(object.bucket, object.key)?, object.size_bytes);
        let mut writer = blocking(move || FileWriter::create(path)).await?;
        while let Some(chunk) = body.try_next().await? {
            writer = blocking(move || writer.write(&chunk)).await?;
        }
        blocking(move || writer.commit(size_bytes)).await
    }

    async fn probe(&self, _: Option<&str>) -> Result<(), StoreError> {
        // A machine answers about its files as long as this process runs.
        Ok(())
    }
}

fn path_of(bucket: Option<&str>, key: &str) -> Result<PathBuf, StoreError> {
    match bucket {
        None => Ok(PathBuf::from(key)),
        Some(bucket) => Err(StoreError::NotFound(format!("files are in no bucket, nor in {bucket:?}"))),
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    // It fails where the runtime is shutting down, or the work panicked: neither says anything about the file.
    spawn_blocking(work).await.unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
}

/// Reads a file in chunks.
struct FileReader {
    file: File,
    at_opening: Metadata,
    read_bytes: u64,
    spare: SpareBuffers,
}

/// Buffers whose chunks were dropped. To fill memory that is new to the process takes longer than the copy itself.
#[derive(Debug, Clone, Default)]
struct SpareBuffers(Arc<Mutex<Vec<Vec<u8>>>>);

impl SpareBuffers {
    fn buffers(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        // No panic can leave a list half-changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The bytes of a chunk, whose buffer becomes spare when the chunk is dropped.
struct Chunk {
    bytes: Vec<u8>,
    spare: SpareBuffers,
}

impl AsRef<[u8]> for Chunk {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for Chunk {
    fn drop(&mut self) {
        self.spare.buffers().push(std::mem::take(&mut self.bytes));
    }
}

impl FileReader {
    fn open(path: &Path) -> Result<Self, StoreError> {
        // Checked before it is opened, since opening a pipe would wait for its writer.
        regular(&fs::metadata(path).map_err(classify)?)?;
        let file = File::open(path).map_err(classify)?;
        let at_opening = file.metadata().map_err(classify)?;
        regular(&at_opening)?;
        Ok(Self { file, at_opening, read_bytes: 0, spare: SpareBuffers::default() })
    }

    /// The next chunk, and the reader of the rest; none at the end of the file.
    fn next(mut self) -> Result<Option<(Bytes, Self)>, StoreError> {
        let left_bytes = self.at_opening.len() - self.read_bytes;
        let chunk_bytes = left_bytes.min(CHUNK_BYTES);
        let mut chunk = self.spare.buffers().pop().unwrap_or_default();
        chunk.clear();
        chunk.reserve_exact(chunk_bytes as usize);
        (&self.file).take(chunk_bytes).read_to_end(&mut chunk).map_err(classify)?;
        self.read_bytes += chunk.len() as u64;
        if (chunk.len() as u64) < chunk_bytes || (left_bytes == chunk_bytes && self.changed()?) {
            return Err(StoreError::Changed("the file changed while it was read".into()));
        }
        if chunk.is_empty() {
            return Ok(None);
        }
        let chunk = Chunk { bytes: chunk, spare: self.spare.clone() };
        Ok(Some((Bytes::from_owner(chunk), self)))
    }

    fn changed(&self) -> Result<bool, StoreError> {
        let now = self.file.metadata().map_err(classify)?;
        Ok(now.len() != self.at_opening.len() || now.modified().ok() != self.at_opening.modified().ok())
    }
}

fn regular(metadata: &Metadata) -> Result<(), StoreError> {
    let kind = match metadata.file_type() {
        kind if kind.is_file() => return Ok(()),
        kind if kind.is_dir() => "a folder",
        _ => "a pipe, a socket or a device",
    };
    Err(StoreError::NotFound(format!("{kind} is no file")))
}

/// Writes a file, under a temporary name until it is whole.
struct FileWriter {
    file: File,
    partial: PathBuf,
    path: PathBuf,
    written_bytes: u64,
    committed: bool,
}

impl FileWriter {
    fn create(path: PathBuf) -> Result<Self, StoreError> {
        let name = path.file_name().ok_or_else(|| StoreError::NotFound("the path names no file".into()))?;
        let partial = path.with_file_name(format!(".{}.{}.partial", name.to_string_lossy(), ulid::Ulid::generate()));
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(classify)?;
        }
        let file = File::create_new(&partial).map_err(classify)?;
        Ok(Self { file, partial, path, written_bytes: 0, committed: false })
    }

    fn write(mut self, chunk: &[u8]) -> Result<Self, StoreError> {
        self.file.write_all(chunk).map_err(classify)?;
        self.written_bytes += chunk.len() as u64;
        Ok(self)
    }

    fn commit(mut self, size_bytes: u64) -> Result<(), StoreError> {
        if self.written_bytes != size_bytes {
            return Err(StoreError::CutShort { read_bytes: self.written_bytes, size_bytes });
        }
        self.file.sync_all().map_err(classify)?;
        fs::rename(&self.partial, &self.path).map_err(classify)?;
        self.committed = true;
        Ok(())
    }
}

impl Drop for FileWriter {
    fn drop(&mut self) {
        if !self.committed {
            // Where this fails the file stays, and its name says that it is partial.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

#[allow(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn classify(error: io::Error) -> StoreError {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => StoreError::NotFound("there is no such file".into()),
        ErrorKind::InvalidInput | ErrorKind::InvalidFilename => StoreError::NotFound("no file has such a name".into()),
        ErrorKind::PermissionDenied => StoreError::Forbidden("the file may not be read".into()),
        _ => StoreError::Unavailable(error.to_string()),
    }
}
