//! The repair of a whole mesh, which gives its topology, its solid and its surface.
//!
//! First the edges are matched by their hashes. If every edge joins exactly two triangles that agree, the mesh is closed as it
//! is, and its shells are known. Otherwise its vertices are numbered, and it is mended: see `mend`. Last, `nesting` finds what is
//! solid.

mod duplicates;
pub(in crate::mesh) mod holes;
mod joining;
mod lines;
mod pairing;
mod patch_ranks;
mod redundant;
mod shared_edges;
mod stitch;
mod strays;
mod t_junctions;
mod weld;
mod winding;

use self::holes::{Bodies, NotClosed};
use self::joining::Joined;
use super::solid::hull_bound::hull_volume;
use super::solid::nesting::{Nesting, nest};
use super::solid::self_overlap::{SelfOverlap, self_overlap};
use super::solid::{Solid, SolidError, solid_of};
use super::sums::Sums;
use super::surface::{Facing, Surface};
use super::topology::Topology;
use super::topology::closed_check::Shells;
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

/// What a repair is to give, and what it may take.
#[derive(Clone, Copy)]
pub struct RepairOptions<'a> {
    /// Asks for the surface too, which takes more time for a closed mesh of one shell.
    pub lend_surface: bool,
    /// Whether there is memory for unions ([`topology_bytes_with_unions`](crate::mesh::topology_bytes_with_unions)), or for the
    /// topology alone: asked where bodies meet.
    pub has_room_for_unions: &'a dyn Fn() -> bool,
}

impl Default for RepairOptions<'_> {
    fn default() -> Self {
        Self { lend_surface: false, has_room_for_unions: &|| true }
    }
}

/// Repairs a mesh, and finds the solid that it encloses.
pub fn repair(
    sums: &Sums,
    mesh: KeptMesh,
    options: RepairOptions<'_>,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Repaired, SolidError> {
    let check_stopped = || if stopped() { Err(SolidError::Stopped) } else { Ok(()) };
    let shells = if sums.closed() { mesh.shells(stopped) } else { None };
    check_stopped()?;
    let mut repaired = match shells {
        Some(shells) => examine_closed(sums, mesh, &shells, options, stopped)?,
        None => mend(sums, mesh, options, stopped)?,
    };
    check_stopped()?;
    if !options.lend_surface {
        repaired.surface = None;
    }
    Ok(repaired)
}

/// Examines a mesh whose shells are closed as the file has them.
fn examine_closed(
    sums: &Sums,
    mesh: KeptMesh,
    shells: &Shells,
    options: RepairOptions<'_>,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Repaired, SolidError> {
    let RepairOptions { lend_surface, has_room_for_unions } = options;
    // What a cheap look does not find is not worth an exact one.
    let looked_at = || self_overlap(&mesh.blocks(), [sums.min, sums.max], sums.volume, sums.area, stopped);
    let is_plain = shells.count == 1 && looked_at() == SelfOverlap::NotFound;
    let mut surface = None;
    let nesting = if is_plain && !lend_surface {
        Nesting::single(sums.volume, sums.moment, sums.area)
    } else {
        let shell_of = mesh.shells_of_triangles(shells);
        // No triangle of a closed mesh has a vertex twice, so that the indexer leaves none out.
        let mesh = if lend_surface { mesh.into_indexed() } else { mesh.into_unshared() };
        let whole = surface.insert(Surface::new(mesh, shell_of, Bodies::closed(shells.count)));
        if is_plain {
            let nesting = Nesting::single(sums.volume, sums.moment, sums.area);
            whole.set_solid(&nesting.facings, Vec::new());
            nesting
        } else {
            nest_bodies(whole, sums, Mending::NONE, has_room_for_unions, stopped)?
        }
    };
    let topology = Topology {
        watertight: true,
        winding_consistent: true,
        shell_count: u64::from(shells.count),
        boundary_edge_count: 0,
        non_manifold_edge_count: 0,
        duplicate_count: 0,
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

/// Mends any other mesh, and examines it. Its triangles are joined at their edges ([`Joined`]), its edges are paired, its
/// winding is made consistent, shells that make nothing are left out, and holes are closed.
fn mend(
    sums: &Sums,
    mesh: KeptMesh,
    options: RepairOptions<'_>,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Repaired, SolidError> {
    let check_stopped = || if stopped() { Err(SolidError::Stopped) } else { Ok(()) };
    let Joined {
        mut mesh,
        mut edges,
        is_untouched,
        winding_consistent,
        non_manifold_edge_count,
        duplicate_count,
        welded,
    } = Joined::of(mesh.into_indexed(), sums, stopped);
    check_stopped()?;
    let narrow = weld::narrow_tolerance(&mesh, sums);
    let depends_on_angles = pairing::pair_edges(&mesh, &mut edges, sums);
    let (mut shells, mut shell_count) = edges.shells();
    check_stopped()?;

    let turned_triangle_count = winding::repair_winding(&mut mesh, &mut edges, &shells, shell_count, sums)
        .map_err(|winding::OneSided| SolidError::OneSided)?;
    check_stopped()?;
    let redundant = redundant::remove_redundant(&mut mesh, &mut edges, &mut shells, &mut shell_count, sums);
    let bodies =
        holes::close_holes(&mesh, &edges, &shells, shell_count, MOST_PATCHED * sums.area, narrow).map_err(|error| {
            match error {
                NotClosed::TooLarge(patch_area) => SolidError::TooOpen { patch_area, area: sums.area },
                NotClosed::NoSurface { loose_count } => {
                    SolidError::NoSurface { loose_edge_count: loose_count, triangle_count: mesh.triangles.len() as u64 }
                }
            }
        })?;
    let holes = (bodies.open_count > 0).then_some((bodies.open_count, bodies.open_area));
    let boundary_edge_count = if holes.is_some() { edges.boundary_count } else { 0 };
    drop(edges);
    let summed_area = sums.area + bodies.patch_area;
    let is_untouched = is_untouched && turned_triangle_count == 0 && redundant.triangle_count == 0;
    let mut surface = Surface::new(mesh, shells, bodies);
    let nesting = nest_bodies(
        &mut surface,
        sums,
        Mending { is_untouched, depends_on_angles },
        options.has_room_for_unions,
        stopped,
    )?;
    check_stopped()?;

    // If neighbours disagreed, the file does not tell which side it meant to be out.
    let inverted = nesting.all_turned && turned_triangle_count == 0;
    let topology = Topology {
        watertight: holes.is_none(),
        winding_consistent,
        shell_count: u64::from(shell_count),
        boundary_edge_count,
        non_manifold_edge_count,
        duplicate_count: duplicate_count + redundant.doubled_count,
        welded,
        turned_triangle_count,
        turned_body_count: if inverted { 0 } else { nesting.turned_count },
        cavity_count: nesting.cavity_count,
        absorbed_count: nesting.absorbed_count,
        holes,
    };
    let solid = solid_of(sums, summed_area, &nesting, inverted)?;
    Ok(Repaired { topology, solid, surface: Some(surface) })
}

/// What mending did to a mesh.
#[derive(Debug, Clone, Copy)]
struct Mending {
    /// Nothing: its triangles are as the file has them.
    is_untouched: bool,
    /// Which triangles make a body followed from the angles at edges.
    depends_on_angles: bool,
}

impl Mending {
    const NONE: Self = Self { is_untouched: true, depends_on_angles: false };
}

/// Finds what is solid, and gives the surface the facing of each body and the unions of clusters. If the solid is the plain
/// signed sum of an untouched closed mesh, the volume, the moment and the area are those of the one pass, to the last bit: a mesh
/// that is too large for its topology then has the same measures as one that is not.
fn nest_bodies(
    surface: &mut Surface,
    sums: &Sums,
    mending: Mending,
    has_room_for_unions: &dyn Fn() -> bool,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Nesting, SolidError> {
    let Mending { is_untouched, depends_on_angles } = mending;
    let is_untouched = is_untouched && surface.bodies().hole_count() == 0;
    let bodies = surface.measure(sums.origin);
    let nested = nest(surface, &bodies, sums.origin, depends_on_angles, has_room_for_unions, stopped);
    let nested = nested.continue_value().ok_or(SolidError::Stopped)?;
    let mut nesting = nested.ok_or(SolidError::NoRoomForUnions)?;
    let all_face = |facing: Facing| is_untouched && nesting.facings.iter().all(|other| *other == facing);
    let sign = i8::from(all_face(Facing::AsWritten)) - i8::from(all_face(Facing::Turned));
    if sign != 0 {
        let sign = f64::from(sign);
        nesting = Nesting { volume: sums.volume * sign, moment: sums.moment * sign, area: sums.area, ..nesting };
    }
    if nesting.overlaps.most_off.is_some()
        && let Some(most) = hull_volume(surface.points(), sums.origin)
    {
        nesting.limit(most);
    }
    surface.set_solid(&nesting.facings, std::mem::take(&mut nesting.unions));
    Ok(nesting)
}
