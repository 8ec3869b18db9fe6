//! Which file of a ZIP archive is the model: the only one that can be.

use super::directory::{Directory, PackedFile};
use super::error::ArchiveError;
use crate::contract;
use crate::format::shown::shown;
use crate::format::{Formats, find};

/// The most files that a message lists.
const LISTED_FILES: usize = 5;
/// The extensions of models in formats that are not read. Beside a model in one of ours they are models too: which of them is to
/// be priced is not for us to guess.
const OTHER_MODELS: [&str; 22] = [
    "3dm", "3ds", "blend", "brep", "catpart", "dae", "dwg", "dxf", "f3d", "fbx", "gltf", "iges", "igs", "ipt", "jt",
    "max", "sldprt", "step", "stp", "wrl", "x_t", "x3d",
];
/// The extensions of what is sent with a model: pictures, textures, materials, texts, and instructions for one machine.
const NO_MODELS: [&str; 34] = [
    "bin", "bmp", "css", "csv", "db", "doc", "docx", "exr", "gcode", "gif", "hdr", "htm", "html", "ini", "jpeg", "jpg",
    "json", "lnk", "log", "md", "mtl", "nfo", "pdf", "png", "rtf", "svg", "tga", "tif", "tiff", "txt", "url", "webp",
    "xls", "xlsx",
];

/// The file of the model, and the format that its name suggests.
pub(super) fn one_model<'d>(
    directory: &'d Directory<'_>,
    formats: Formats,
) -> Result<(&'d PackedFile, Option<contract::Format>), ArchiveError> {
    let files: Vec<_> = directory.files().iter().map(|file| (file, directory.name(file))).collect();
    let is_model = |name: &[u8]| {
        extension(name)
            .is_some_and(|extension| find(formats, &extension).is_some() || OTHER_MODELS.contains(&&*extension))
    };
    let is_other =
        |name: &[u8]| is_hidden(name) || extension(name).is_some_and(|extension| NO_MODELS.contains(&&*extension));
    let visible = || files.iter().filter(|(_, name)| !is_hidden(name));
    let mut models: Vec<_> = visible().filter(|(_, name)| is_model(name)).collect();
    if models.is_empty() {
        // A model may have any name.
        models = visible().filter(|(_, name)| !is_other(name)).collect();
    }
    match models[..] {
        [(file, name)] => Ok((file, extension(name).and_then(|extension| find(formats, &extension)))),
        [] if files.is_empty() => Err(ArchiveError::NoModel { listed: "no files".into() }),
        [] => Err(ArchiveError::NoModel { listed: listed(files.iter().map(|(_, name)| *name)) }),
        _ => Err(ArchiveError::SeveralModels {
            count: models.len(),
            listed: listed(models.iter().map(|(_, name)| *name)),
        }),
    }
}

/// The extension of a path, in lower case.
fn extension(path: &[u8]) -> Option<String> {
    let dot = path.iter().rposition(|&byte| byte == b'.')?;
    let is_of_folder = path[dot..].iter().any(|byte| matches!(byte, b'/' | b'\\'));
    (!is_of_folder).then(|| String::from_utf8_lossy(&path[dot + 1..]).to_ascii_lowercase())
}

/// Whether a file is of a file manager: `.DS_Store`, `Thumbs.db`, and what macOS has beside each file.
fn is_hidden(path: &[u8]) -> bool {
    let mut names = path.split(|byte| matches!(byte, b'/' | b'\\'));
    let is_of_system = |name: &[u8]| name == b"__MACOSX" || name.starts_with(b".");
    names.any(|name| is_of_system(name) || name.eq_ignore_ascii_case(b"Thumbs.db"))
}

/// Some names, as a message lists them.
fn listed<'n>(names: impl Iterator<Item = &'n [u8]> + Clone) -> String {
    let count = names.clone().count();
    let mut listed: Vec<_> = names.take(LISTED_FILES).map(|name| format!("`{}`", shown(name))).collect();
    if count > LISTED_FILES {
        listed.push(format!("{} more", count - LISTED_FILES));
    }
    listed.join(", ")
}
