//! The repair of a whole mesh, which gives its topology, its solid and its surface.
//!
//! First the edges are matched by their hashes. If every edge joins exactly two triangles that agree, the mesh is closed as it
//! is, and its shells are known. Otherwise its vertices are numbered, and it is mended: near vertices are welded, then
//! winding is made consistent, then holes are closed, each step only if the one before left something to do. Last, `nesting`
//! finds what is solid.

pub(in crate::mesh) mod holes;
pub(in crate::mesh) mod weld;
pub(in crate::mesh) mod winding;

use self::holes::{Bodies, NotClosed};
use self::weld::weld;
use super::solid::nesting::{Nesting, nest};
use super::solid::{Solid, SolidError, solid_of};
use super::sums::Sums;
use super::surface::{Facing, Surface};
use super::topology::Topology;
use super::topology::closed_check::Shells;
use super::topology::edges::Edges;
use super::topology::kept_mesh::KeptMesh;

/// The largest area of patches, as a share of the mesh's own area. With more, too much of the solid would be invented.
const MOST_PATCHED: f64 = 0.5;

/// A repaired mesh.
#[derive(Debug)]
pub struct Repaired {
    /// Its edges, shells and bodies, and what was repaired.
    pub topology: Topology,
    /// The solid that would be made.
    pub solid: Solid,
    /// Its surface, if the caller asked for it.
    pub surface: Option<Surface>,
}

/// Repairs a mesh, and finds the solid that it encloses. `lend_surface` asks for the surface too, which takes more time for a
/// closed mesh of one shell.
pub fn repair(
    sums: &Sums,
    mesh: KeptMesh,
    lend_surface: bool,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Repaired, SolidError> {
    let check_stopped = || if stopped() { Err(SolidError::Stopped) } else { Ok(()) };
    let shells = if sums.closed() { mesh.shells(stopped) } else { None };
    check_stopped()?;
    let mut repaired = match shells {
        Some(shells) => examine_closed(sums, mesh, &shells, lend_surface, stopped)?,
        None => mend(sums, mesh, stopped)?,
    };
    check_stopped()?;
    if !lend_surface {
        repaired.surface = None;
    }
    Ok(repaired)
}

/// Examines a mesh whose shells are closed as the file has them.
fn examine_closed(
    sums: &Sums,
    mesh: KeptMesh,
    shells: &Shells,
    lend_surface: bool,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Repaired, SolidError> {
    let mut surface = None;
    let nesting = if shells.count == 1 && !lend_surface {
        Nesting::single(sums.volume, sums.moment, sums.area)
    } else {
        let shell_of = mesh.shells_of_triangles(shells);
        // No triangle of a closed mesh has a vertex twice, so that the indexer leaves none out.
        let mesh = if lend_surface { mesh.into_indexed() } else { mesh.into_unshared() };
        let whole = surface.insert(Surface::new(mesh, shell_of, Bodies::closed(shells.count)));
        nest_bodies(whole, sums, true, stopped)?
    };
    let topology = Topology {
        watertight: true,
        winding_consistent: true,
        shell_count: u64::from(shells.count),
        boundary_edge_count: 0,
        non_manifold_edge_count: 0,
        welded: None,
        turned_triangle_count: 0,
        turned_body_count: if nesting.all_turned { 0 } else { nesting.turned_count },
        cavity_count: nesting.cavity_count,
        absorbed_count: nesting.absorbed_count,
        holes: None,
    };
    let solid = solid_of(sums, sums.area, &nesting, nesting.all_turned)?;
    Ok(Repaired { topology, solid, surface })
}

/// Examines any other mesh, after the steps of the repair that it needs.
fn mend(sums: &Sums, mesh: KeptMesh, stopped: &(dyn Fn() -> bool + Sync)) -> Result<Repaired, SolidError> {
    let check_stopped = || if stopped() { Err(SolidError::Stopped) } else { Ok(()) };
    let mut mesh = mesh.into_indexed();
    check_stopped()?;
    let mut edges = Edges::of(&mesh);
    let winding_consistent = sums.closed() || edges.same_direction_count == 0;
    let mut welded = None;
    if edges.odd_count() > 0
        && let Some(better) = weld(&mut mesh, &edges)
    {
        welded = Some((better.merged_count, better.tolerance));
        edges = better.edges;
    }
    check_stopped()?;
    let (shells, shell_count) = edges.shells();
    let boundary_edge_count = edges.boundary_count;
    let non_manifold_edge_count = edges.non_manifold_count;

    let turned_triangle_count = winding::repair_winding(&mut mesh, &edges, &shells, shell_count)
        .map_err(|winding::OneSided| SolidError::OneSided)?;
    if turned_triangle_count > 0 {
        edges = Edges::of(&mesh);
    }
    check_stopped()?;
    let bodies = holes::close_holes(&mesh, &edges, &shells, shell_count, MOST_PATCHED * sums.area).map_err(
        |error| match error {
            NotClosed::TooLarge(patch_area) => SolidError::TooOpen { patch_area, area: sums.area },
            NotClosed::NoSurface { loose_count } => {
                SolidError::NoSurface { loose_edge_count: loose_count, triangle_count: mesh.triangles.len() as u64 }
            }
        },
    )?;
    drop(edges);
    let holes = (bodies.hole_count() > 0).then_some((bodies.hole_count(), bodies.patch_area));
    let mut surface = Surface::new(mesh, shells, bodies);
    let nesting = nest_bodies(&mut surface, sums, welded.is_none() && turned_triangle_count == 0, stopped)?;
    check_stopped()?;

    // If neighbours disagreed, the file does not tell which side it meant to be out.
    let inverted = nesting.all_turned && turned_triangle_count == 0;
    let topology = Topology {
        watertight: holes.is_none(),
        winding_consistent,
        shell_count: u64::from(shell_count),
        boundary_edge_count,
        non_manifold_edge_count,
        welded,
        turned_triangle_count,
        turned_body_count: if inverted { 0 } else { nesting.turned_count },
        cavity_count: nesting.cavity_count,
        absorbed_count: nesting.absorbed_count,
        holes,
    };
    let solid = solid_of(sums, sums.area + surface.bodies().patch_area, &nesting, inverted)?;
    Ok(Repaired { topology, solid, surface: Some(surface) })
}

/// Finds what is solid, and gives the surface the facing of each body and the unions of clusters. If the solid is the plain
/// signed sum of an untouched closed mesh, the volume, the moment and the area are those of the one pass, to the last bit: a mesh
/// that is too large for its topology then has the same measures as one that is not.
fn nest_bodies(
    surface: &mut Surface,
    sums: &Sums,
    untouched: bool,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Nesting, SolidError> {
    let untouched = untouched && surface.bodies().hole_count() == 0;
    let mut nesting = if untouched && surface.bodies().count == 1 {
        Nesting::single(sums.volume, sums.moment, sums.area)
    } else {
        let nested = nest(surface, &surface.measure(sums.origin), sums.origin, stopped);
        let nesting = nested.continue_value().ok_or(SolidError::Stopped)?;
        if untouched && nesting.facings.iter().all(|facing| *facing == Facing::AsWritten) {
            Nesting { volume: sums.volume, moment: sums.moment, area: sums.area, ..nesting }
        } else {
            nesting
        }
    };
    surface.set_solid(&nesting.facings, std::mem::take(&mut nesting.unions));
    Ok(nesting)
}
