//! The namespaces of 3MF: those of elements that are read, and the extensions that a file may require.

use super::error::ThreeMfError;
use crate::format::shown::shown;

pub(super) const PRODUCTION: &str = "http://schemas.microsoft.com/3dmanufacturing/production/2015/06";
pub(super) const SLICE: &str = "http://schemas.microsoft.com/3dmanufacturing/slice/2015/07";
/// How the namespaces of the consortium begin.
const CONSORTIUM: &str = "http://schemas.microsoft.com/3dmanufacturing/";
const CORE: &str = "http://schemas.microsoft.com/3dmanufacturing/core/";
const SECURE_CONTENT: &str = "http://schemas.microsoft.com/3dmanufacturing/securecontent/";
/// Extensions that change no surface, and the one for parts in other files.
const READ: [&str; 4] = [
    CORE,
    PRODUCTION,
    "http://schemas.microsoft.com/3dmanufacturing/material/2015/02",
    "http://schemas.microsoft.com/3dmanufacturing/trianglesets/2021/07",
];
/// Elements that make an object in place of a mesh, or change it, and what an object has by them.
const FEATURES: [(&str, &str); 7] = [
    ("beamlattice", "a beam lattice"),
    ("booleanshape", "a boolean operation"),
    ("displacementmesh", "a displaced mesh"),
    ("levelset", "a volume by a function"),
    ("mirrormesh", "a mirrored mesh"),
    ("volumedata", "a volume of voxels"),
    ("alternatives", "alternatives"),
];

/// Whether a namespace is the core's. Elements without one are meant so as well.
pub(super) fn is_core(namespace: &str) -> bool {
    namespace.is_empty() || namespace.starts_with(CORE)
}

/// What an object has by an element of an extension.
pub(super) fn feature(element: &str) -> Option<&'static str> {
    FEATURES.iter().find(|(name, _)| *name == element).map(|(_, feature)| *feature)
}

/// Refuses a required extension that is not read.
pub(super) fn check_required(namespace: &str, prefix: &str) -> Result<(), ThreeMfError> {
    if namespace.starts_with(SECURE_CONTENT) {
        return Err(ThreeMfError::Encrypted);
    }
    if READ.iter().any(|read| namespace.starts_with(read)) {
        return Ok(());
    }
    let name = if namespace.is_empty() { prefix } else { namespace.strip_prefix(CONSORTIUM).unwrap_or(namespace) };
    Err(ThreeMfError::Extension { name: shown(name.as_bytes()) })
}
