//! The file system as a store: the key is a path, and there are no buckets, versions or entity tags.
//!
//! Files are read on threads that may block, a few MiB at a time. Only regular files are objects: a directory, a pipe or
//! a device has no length to hold its bytes against, and may never end. A file that changes while it is read is
//! noticed by its length and its time of modification.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::task::spawn_blocking;

use crate::contract::ModelRef;
use crate::worker::ports::{Body, Object, ObjectStore, StoreError};

/// What is read at once.
const CHUNK_BYTES: u64 = 4 << 20;

/// The files of this machine, as far as this process may read them.
#[derive(Debug, Clone, Copy, Default)]
pub struct Files;

impl ObjectStore for Files {
    async fn open(&self, model: &ModelRef) -> Result<Object, StoreError> {
        let path = path_of(model.bucket.as_deref(), &model.key)?;
        if model.version_id.is_some() || model.etag.is_some() {
            return Err(StoreError::Changed("a file has no version and no entity tag".into()));
        }
        let reading = blocking(move || Reading::open(&path)).await?;
        let size_bytes = reading.opened.len();
        let body = stream::try_unfold(reading, |reading| blocking(move || reading.next()));
        Ok(Object { size_bytes, etag: None, version_id: None, ahead_bytes: 0, body: body.boxed() })
    }

    async fn put(&self, bucket: Option<&str>, key: &str, size_bytes: u64, mut body: Body) -> Result<(), StoreError> {
        let path = path_of(bucket, key)?;
        let mut writing = blocking(move || Writing::create(path)).await?;
        while let Some(chunk) = body.try_next().await? {
            writing = blocking(move || writing.write(&chunk)).await?;
        }
        blocking(move || writing.commit(size_bytes)).await
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
    // It fails where the runtime is shutting down, or the work panicked: nothing is known of the file.
    spawn_blocking(work).await.unwrap_or_else(|error| Err(StoreError::Unavailable(error.to_string())))
}

/// A file that is being read.
struct Reading {
    file: File,
    /// As it was when it was opened.
    opened: Metadata,
    read_bytes: u64,
    spare: Spare,
}

/// Buffers whose chunks nobody has any more. To fill memory that is new to the process takes longer than the copy itself.
#[derive(Debug, Clone, Default)]
struct Spare(Arc<Mutex<Vec<Vec<u8>>>>);

impl Spare {
    fn buffers(&self) -> MutexGuard<'_, Vec<Vec<u8>>> {
        // There is nothing that a panic could leave half-done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The bytes of a chunk, whose buffer is spare after it.
struct Chunk {
    bytes: Vec<u8>,
    spare: Spare,
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

impl Reading {
    fn open(path: &Path) -> Result<Self, StoreError> {
        // Asked before it is opened, since opening a pipe would wait for its writer.
        regular(&fs::metadata(path).map_err(classify)?)?;
        let file = File::open(path).map_err(classify)?;
        let opened = file.metadata().map_err(classify)?;
        regular(&opened)?;
        Ok(Self { file, opened, read_bytes: 0, spare: Spare::default() })
    }

    /// The next chunk and the rest of the file; none at its end.
    fn next(mut self) -> Result<Option<(Bytes, Self)>, StoreError> {
        let left_bytes = self.opened.len() - self.read_bytes;
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
        Ok(now.len() != self.opened.len() || now.modified().ok() != self.opened.modified().ok())
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

/// A file that is being written, under a name that nobody looks for until it is whole.
struct Writing {
    file: File,
    partial: PathBuf,
    path: PathBuf,
    written_bytes: u64,
    committed: bool,
}

impl Writing {
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

impl Drop for Writing {
    fn drop(&mut self) {
        if !self.committed {
            // Nothing better can be done where this fails: the name says what it is.
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
