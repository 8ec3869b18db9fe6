//! The search for models behind the paths of the command line.
//!
//! The walk runs on its own thread and waits for its receiver, so that memory follows the depth of the tree and not the number
//! of files. Below a folder a file counts as a model by its extension, also of a format that is not read: it is then rejected
//! and not skipped in silence.

use std::path::{Path, PathBuf};
use std::{io, thread};

use tokio::sync::mpsc;
use walkdir::{DirEntry, WalkDir};

/// Extensions of 3D models, in lower case; also of formats that are not read yet.
const EXTENSIONS: [&str; 27] = [
    "3dm", "3ds", "3mf", "amf", "brep", "catpart", "dae", "fbx", "glb", "gltf", "iges", "igs", "ipt", "jt", "lwo",
    "obj", "off", "ply", "sat", "sldprt", "step", "stl", "stp", "usdz", "wrl", "x3d", "x_t",
];
/// Paths that are sorted together. A folder with more comes in several sorted runs.
const WINDOW: usize = 1000;
/// Folders held open. Beyond this depth walkdir reads a whole folder into memory to close it.
const OPEN_FOLDERS: usize = 256;
/// Paths that wait to be priced.
const WAITING: usize = 64;

/// A result of the walk.
#[derive(Debug)]
pub enum FoundModel {
    /// A file to price. One that the command line names may be missing.
    Model(PathBuf),
    /// A folder or an entry that cannot be read.
    Unreadable {
        /// Its path.
        path: PathBuf,
        /// The error.
        error: io::Error,
    },
}

/// Walks the paths in order, on a thread that ends with the receiver.
pub fn walk(paths: Vec<PathBuf>) -> mpsc::Receiver<FoundModel> {
    let (sender, receiver) = mpsc::channel(WAITING);
    thread::spawn(move || paths.iter().try_for_each(|path| walk_one(path, &sender).ok()));
    receiver
}

/// Walks one path of the command line.
fn walk_one(path: &Path, sender: &mpsc::Sender<FoundModel>) -> Result<(), mpsc::error::SendError<FoundModel>> {
    if !path.is_dir() {
        return sender.blocking_send(FoundModel::Model(path.to_owned()));
    }
    let mut entries = WalkDir::new(path).max_open(OPEN_FOLDERS).into_iter().filter_map(found);
    loop {
        let mut window: Vec<_> = entries.by_ref().take(WINDOW).collect();
        if window.is_empty() {
            return Ok(());
        }
        window.sort_by(|one, other| one.path().cmp(other.path()));
        window.into_iter().try_for_each(|found| sender.blocking_send(found))?;
    }
}

/// The model that an entry of a folder is; none where it is no model.
fn found(entry: walkdir::Result<DirEntry>) -> Option<FoundModel> {
    match entry {
        Ok(entry) => is_model(&entry).then(|| FoundModel::Model(entry.into_path())),
        Err(error) => {
            let path = error.path().unwrap_or(Path::new("")).to_owned();
            let error = error.into_io_error().unwrap_or_else(|| io::Error::other("a loop of links"));
            Some(FoundModel::Unreadable { path, error })
        }
    }
}

/// Whether an entry is a file, or a link to one, with the extension of a model. Links to folders are not followed:
/// they may form a circle, or lead to the same model again.
fn is_model(entry: &DirEntry) -> bool {
    let extension = entry.path().extension().and_then(|extension| extension.to_str());
    let known =
        extension.is_some_and(|extension| EXTENSIONS.binary_search(&extension.to_ascii_lowercase().as_str()).is_ok());
    let kind = entry.file_type();
    // A broken link is a missing model, and is rejected as one.
    let is_file = || kind.is_file() || kind.is_symlink() && entry.path().metadata().map_or(true, |kind| kind.is_file());
    known && is_file()
}

impl FoundModel {
    /// Its path.
    pub fn path(&self) -> &Path {
        match self {
            Self::Model(path) | Self::Unreadable { path, .. } => path,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn extensions_are_sorted_and_in_lower_case() {
        assert!(EXTENSIONS.is_sorted());
        assert!(EXTENSIONS.iter().all(|extension| *extension == extension.to_ascii_lowercase()));
    }
}
