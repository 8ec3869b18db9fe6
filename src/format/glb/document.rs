//! The JSON of glTF: what of it makes geometry. Everything else is skipped as it is parsed, and takes no memory.
//!
//! The structs are small, and lists are cut at a limit (`lists`): three bytes of JSON make a node.

use serde::Deserialize;
use serde::de::IgnoredAny;

use super::error::GlbError;
use super::lists::{List, Weights};
use crate::format::shown::shown;
use crate::format::transform::Transform;

/// A glTF document.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Document {
    pub asset: Asset,
    #[serde(default)]
    pub extensions_required: List<String>,
    pub scene: Option<u32>,
    #[serde(default)]
    pub scenes: List<Scene>,
    #[serde(default)]
    pub nodes: List<Node>,
    #[serde(default)]
    pub meshes: List<Mesh>,
    #[serde(default)]
    pub accessors: List<Accessor>,
    #[serde(default)]
    pub buffer_views: List<BufferView>,
    #[serde(default)]
    pub buffers: List<Buffer>,
}

/// What the file says of itself.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Asset {
    pub version: String,
    pub min_version: Option<String>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Scene {
    #[serde(default)]
    pub nodes: Vec<u32>,
}

/// A place in the tree of a scene.
#[derive(Debug, Deserialize)]
#[serde(from = "NodeFields")]
pub(super) struct Node {
    pub name: Box<str>,
    pub children: Box<[u32]>,
    pub mesh: Option<u32>,
    /// Where it is in its parent; none if it is there as it is.
    pub place: Option<Box<Place>>,
    /// The copies of its mesh, if it has some: `EXT_mesh_gpu_instancing`.
    pub instances: Option<Box<Instances>>,
    pub is_skinned: bool,
    /// Whether its weights morph the mesh; none if it has none, so that those of the mesh count.
    pub is_morphed: Option<bool>,
}

/// The copies of a mesh, by tables of their places.
#[derive(Debug, Deserialize)]
pub(super) struct Instances {
    pub attributes: InstanceAttributes,
}

#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) struct InstanceAttributes {
    pub translation: Option<u32>,
    pub rotation: Option<u32>,
    pub scale: Option<u32>,
}

/// A place as the file has it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place {
    /// By columns.
    Matrix([f64; 16]),
    Parts {
        translation: [f64; 3],
        /// A quaternion: x, y, z, w.
        rotation: [f64; 4],
        scale: [f64; 3],
    },
}

#[derive(Debug, Deserialize)]
struct NodeFields {
    #[serde(default)]
    name: Box<str>,
    #[serde(default)]
    children: Box<[u32]>,
    mesh: Option<u32>,
    skin: Option<IgnoredAny>,
    matrix: Option<[f64; 16]>,
    translation: Option<[f64; 3]>,
    rotation: Option<[f64; 4]>,
    scale: Option<[f64; 3]>,
    weights: Option<Weights>,
    #[serde(default)]
    extensions: NodeExtensions,
}

#[derive(Debug, Default, Deserialize)]
struct NodeExtensions {
    #[serde(rename = "EXT_mesh_gpu_instancing")]
    instances: Option<Box<Instances>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Mesh {
    #[serde(default)]
    pub name: Box<str>,
    #[serde(default)]
    pub primitives: Vec<Primitive>,
    pub weights: Option<Weights>,
}

/// A set of triangles, lines or points.
#[derive(Debug, Deserialize)]
pub(super) struct Primitive {
    #[serde(default)]
    pub attributes: Attributes,
    pub indices: Option<u32>,
    pub mode: Option<u32>,
    #[serde(default)]
    pub extensions: PrimitiveExtensions,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct Attributes {
    #[serde(rename = "POSITION")]
    pub position: Option<u32>,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct PrimitiveExtensions {
    #[serde(rename = "KHR_draco_mesh_compression")]
    pub draco: Option<IgnoredAny>,
}

/// A table of numbers in a buffer view.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Accessor {
    pub buffer_view: Option<u32>,
    #[serde(default)]
    pub byte_offset: u64,
    pub component_type: u32,
    #[serde(default)]
    pub normalized: bool,
    pub count: u64,
    #[serde(rename = "type")]
    pub shape: AccessorShape,
    pub sparse: Option<Box<Sparse>>,
}

/// The numbers of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum AccessorShape {
    Scalar,
    Vec3,
    Vec4,
    #[serde(other)]
    Other,
}

/// Rows that take the place of others.
#[derive(Debug, Deserialize)]
pub(super) struct Sparse {
    pub count: u64,
    pub indices: SparseIndices,
    pub values: SparseValues,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SparseIndices {
    pub buffer_view: u32,
    #[serde(default)]
    pub byte_offset: u64,
    pub component_type: u32,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SparseValues {
    pub buffer_view: u32,
    #[serde(default)]
    pub byte_offset: u64,
}

/// A range of a buffer.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BufferView {
    pub buffer: u32,
    #[serde(default)]
    pub byte_offset: u64,
    pub byte_length: u64,
    pub byte_stride: Option<u32>,
    #[serde(default)]
    pub extensions: ViewExtensions,
}

#[derive(Debug, Default, Deserialize)]
pub(super) struct ViewExtensions {
    #[serde(rename = "EXT_meshopt_compression", alias = "KHR_meshopt_compression")]
    pub meshopt: Option<IgnoredAny>,
}

#[derive(Debug, Deserialize)]
pub(super) struct Buffer {
    /// Where its bytes are, if they are not in the file.
    pub uri: Option<Box<str>>,
}

impl Document {
    /// Parses JSON, whose lists may not be too long.
    pub fn parse(json: &[u8]) -> Result<Self, GlbError> {
        let document: Self = serde_json::from_slice(json).map_err(|error| GlbError::json(&error, json))?;
        document.asset.check()?;
        document.nodes.check("nodes")?;
        document.scenes.check("scenes")?;
        document.meshes.check("meshes")?;
        document.accessors.check("accessors")?;
        document.buffer_views.check("buffer views")?;
        document.buffers.check("buffers")?;
        document.extensions_required.check("required extensions")?;
        Ok(document)
    }
}

impl Asset {
    /// A file of a later 2.x is one of 2.0 as well, unless it says that it is not.
    fn check(&self) -> Result<(), GlbError> {
        let Self { version, min_version } = self;
        let needed = min_version.as_ref().filter(|needed| *needed != "2.0");
        let unread = needed.or(Some(version).filter(|version| !version.starts_with("2.")));
        unread.map_or(Ok(()), |version| Err(GlbError::Version { version: shown(version.as_bytes()) }))
    }
}

impl From<NodeFields> for Node {
    fn from(fields: NodeFields) -> Self {
        let NodeFields { name, children, mesh, skin, matrix, translation, rotation, scale, weights, extensions } =
            fields;
        let is_moved = translation.is_some() || rotation.is_some() || scale.is_some();
        let parts = is_moved.then(|| Place::Parts {
            translation: translation.unwrap_or_default(),
            rotation: rotation.unwrap_or([0.0, 0.0, 0.0, 1.0]),
            scale: scale.unwrap_or([1.0; 3]),
        });
        Self {
            name,
            children,
            mesh,
            place: matrix.map(Place::Matrix).or(parts).map(Box::new),
            instances: extensions.instances,
            is_skinned: skin.is_some(),
            is_morphed: weights.map(|weights| weights.are_used),
        }
    }
}

impl Place {
    /// The map of it; none if it is no affine one.
    pub fn transform(&self) -> Option<Transform> {
        match *self {
            Self::Matrix(numbers) => Transform::of_matrix(numbers),
            Self::Parts { translation, rotation, scale } => Transform::of_parts(translation, rotation, scale),
        }
        .filter(Transform::is_finite)
    }
}
