//! `EXT_mesh_gpu_instancing`: the copies of a node's mesh, by tables of their places within the node.

use super::document::InstanceAttributes;
use super::error::GlbError;
use super::lists::MOST_ITEMS;
use super::table::{Kind, Table, Tables};
use crate::format::transform::Transform;

/// The places of copies, of those that a file may still have.
pub(super) fn places(
    attributes: InstanceAttributes,
    tables: &mut Tables<'_>,
    copies_left: &mut usize,
) -> Result<Vec<Transform>, GlbError> {
    let InstanceAttributes { translation, rotation, scale } = attributes;
    let mut table = |accessor: Option<u32>, kind| {
        accessor.map(|accessor| Ok::<_, GlbError>((accessor, tables.table(accessor, kind)?))).transpose()
    };
    let translations = table(translation, Kind::Position)?;
    let rotations = table(rotation, Kind::Rotation)?;
    let scales = table(scale, Kind::Position)?;
    let all = [translations, rotations, scales];
    let mut counts = all.iter().flatten().map(|(accessor, table)| (*accessor, table.count));
    // Without a table, the mesh is there once.
    let count = counts.next().map_or(1, |(_, count)| count);
    if let Some((accessor, _)) = counts.find(|(_, other)| *other != count) {
        return Err(GlbError::Accessor { accessor, fault: "places another number of copies than its neighbours" });
    }
    *copies_left = usize::try_from(count)
        .ok()
        .and_then(|count| copies_left.checked_sub(count))
        .ok_or(GlbError::TooMany { what: "copies of meshes by EXT_mesh_gpu_instancing", count })?;
    let place = |copy: u64| {
        let translation = numbers(translations, copy).unwrap_or_default();
        let rotation = numbers(rotations, copy).unwrap_or([0.0, 0.0, 0.0, 1.0]);
        let scale = numbers(scales, copy).unwrap_or([1.0; 3]);
        let place = Transform::of_parts(translation, rotation, scale).filter(Transform::is_finite);
        let accessor = all.iter().flatten().next().map_or(0, |(accessor, _)| *accessor);
        place.ok_or(GlbError::Accessor { accessor, fault: "or a neighbour has a copy that is placed nowhere" })
    };
    (0..count).map(place).collect()
}

fn numbers<const WIDTH: usize>(table: Option<(u32, Table<'_>)>, copy: u64) -> Option<[f64; WIDTH]> {
    table.map(|(_, table)| table.numbers(copy).map(f64::from))
}

/// The most copies of a file.
pub(super) const MOST_COPIES: usize = MOST_ITEMS;
