//! The order in which a whole mesh is asked about its topology, and what comes out.
//!
//! Edges first, by their hashes: a mesh in which every one is used by exactly two triangles that agree is closed as it was
//! written, and its shells are known. Otherwise its vertices are numbered, and what is wrong is mended: near vertices are
//! welded, then winding is repaired, then holes are closed, each only where the step before left something to do. Last,
//! where there are several bodies, `nesting` says what is solid.

pub(in crate::mesh) mod holes;
pub(in crate::mesh) mod weld;
pub(in crate::mesh) mod winding;

use nalgebra::Vector3;

use crate::mesh::repair::holes::{Bodies, NotClosed};
use crate::mesh::repair::weld::weld;
use crate::mesh::solid::body::Surface;
use crate::mesh::solid::nesting::{Nested, nest};
use crate::mesh::sums::Sums;
use crate::mesh::topology::closed_check::Shells;
use crate::mesh::topology::edges::Edges;
use crate::mesh::topology::kept_mesh::WholeMesh;

/// The largest closing surface of an open mesh, as a share of the mesh's own area: beyond it too much of the solid would
/// be our invention.
const MOST_PATCHED: f64 = 0.5;

/// The solid that would be made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Solid {
    /// Its volume, in the file's unit cubed; more than nothing.
    pub volume: f64,
    /// Its centroid, in the file's unit.
    pub centroid: Vector3<f64>,
    /// Whether the whole mesh was inside out.
    pub inverted: bool,
}

/// What the whole mesh tells beyond its sums.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Topology {
    /// Whether no hole had to be closed.
    pub watertight: bool,
    /// Whether neighbours in the file as written agree on which side is out.
    pub winding_consistent: bool,
    /// Sets of triangles joined across edges that exactly two share.
    pub shell_count: u64,
    /// Edges that one triangle uses, after the weld.
    pub boundary_edge_count: u64,
    /// Edges that three or more triangles use, after the weld.
    pub non_manifold_edge_count: u64,
    /// Vertices that were merged into a near one, and how far apart they were at most, in the file's unit.
    pub welded: Option<(u64, f64)>,
    /// Triangles that were turned to agree with their neighbours.
    pub turned_triangle_count: u64,
    /// Bodies that were turned because they were inside out, unless all were.
    pub turned_body_count: u64,
    /// Bodies whose inside is not solid.
    pub cavity_count: u64,
    /// Solids inside solids.
    pub absorbed_count: u64,
    /// Pairs of bodies that may overlap.
    pub overlap_count: u64,
    /// Holes that were closed, and the area that closes them, in the file's unit squared.
    pub holes: Option<(u64, f64)>,
}

/// Why there is no solid.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum SolidError {
    /// The surface that would close the holes is larger than half of the mesh's own: their areas.
    TooOpen {
        /// The area that would close the holes, in the file's unit squared.
        patch_area: f64,
        /// The area of the mesh, in the file's unit squared.
        area: f64,
    },
    /// Most triangles have no neighbour.
    NoSurface {
        /// Edges that a neighbour is missing at.
        loose_edge_count: u64,
        /// Triangles in all.
        triangle_count: u64,
    },
    /// The surface has one side only.
    OneSided,
    /// What the triangles enclose is no more than the rounding of their corners.
    Nothing,
    /// Told to stop.
    Stopped,
}

/// The solid of a mesh that is closed as its sums say, without a look at its topology.
///
/// A cavity is subtracted by its winding, and a whole mesh inside out is turned; anything finer needs the whole mesh.
pub fn solid_of_sums(sums: &Sums) -> Result<Solid, SolidError> {
    solid(sums, sums.volume, sums.moment, sums.volume < 0.0)
}

/// The solid of a whole mesh, repaired where it must be.
pub fn solidify(
    sums: &Sums,
    mesh: WholeMesh,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<(Topology, Solid), SolidError> {
    let ask = || if stopped() { Err(SolidError::Stopped) } else { Ok(()) };
    if sums.closed()
        && let Some(shells) = mesh.shells(stopped)
    {
        let (topology, nested) = closed(sums, mesh, &shells, stopped);
        ask()?;
        let solid = solid(sums, nested.volume, nested.moment, nested.all_turned)?;
        return Ok((topology, solid));
    }
    ask()?;
    let mut mesh = mesh.index();
    ask()?;
    let mut edges = Edges::of(&mesh);
    let winding_consistent = sums.closed() || edges.same_direction_count == 0;
    let mut welded = None;
    if edges.odd_count() > 0
        && let Some(better) = weld(&mut mesh, &edges)
    {
        welded = Some((better.merged_count, better.tolerance));
        edges = better.edges;
    }
    ask()?;
    let (shells, shell_count) = edges.shells();
    let boundary_edge_count = edges.boundary_count;
    let non_manifold_edge_count = edges.non_manifold_count;

    let turned_triangle_count =
        winding::repair(&mut mesh, &edges, &shells, shell_count).map_err(|winding::OneSided| SolidError::OneSided)?;
    if turned_triangle_count > 0 {
        edges = Edges::of(&mesh);
    }
    ask()?;
    let bodies =
        holes::close(&mesh, &edges, &shells, shell_count, MOST_PATCHED * sums.area).map_err(|error| match error {
            NotClosed::TooLarge(patch_area) => SolidError::TooOpen { patch_area, area: sums.area },
            NotClosed::NoSurface { loose_count } => {
                SolidError::NoSurface { loose_edge_count: loose_count, triangle_count: mesh.triangles.len() as u64 }
            }
        })?;
    drop(edges);
    let holes = (bodies.hole_count() > 0).then_some((bodies.hole_count(), bodies.patch_area));
    let surface = Surface { mesh: &mesh, shells: &shells, bodies: &bodies };
    let nested = nested(&surface, sums, welded.is_none() && turned_triangle_count == 0, stopped);
    ask()?;

    // Where neighbours disagreed, which way the file meant to be out is not to be known.
    let inverted = nested.all_turned && turned_triangle_count == 0;
    let topology = Topology {
        watertight: holes.is_none(),
        winding_consistent,
        shell_count: u64::from(shell_count),
        boundary_edge_count,
        non_manifold_edge_count,
        welded,
        turned_triangle_count,
        turned_body_count: if inverted { 0 } else { nested.turned_count },
        cavity_count: nested.cavity_count,
        absorbed_count: nested.absorbed_count,
        overlap_count: nested.overlap_count,
        holes,
    };
    Ok((topology, solid(sums, nested.volume, nested.moment, inverted)?))
}

/// What is solid of shells that are closed as they were written.
fn closed(sums: &Sums, mesh: WholeMesh, shells: &Shells, stopped: &(dyn Fn() -> bool + Sync)) -> (Topology, Nested) {
    let nested = if shells.count == 1 {
        Nested::single(sums.volume, sums.moment)
    } else {
        let (mesh, shell_of) = mesh.apart(shells);
        let bodies = Bodies::closed(shells.count);
        nested(&Surface { mesh: &mesh, shells: &shell_of, bodies: &bodies }, sums, true, stopped)
    };
    let topology = Topology {
        watertight: true,
        winding_consistent: true,
        shell_count: u64::from(shells.count),
        boundary_edge_count: 0,
        non_manifold_edge_count: 0,
        welded: None,
        turned_triangle_count: 0,
        turned_body_count: if nested.all_turned { 0 } else { nested.turned_count },
        cavity_count: nested.cavity_count,
        absorbed_count: nested.absorbed_count,
        overlap_count: nested.overlap_count,
        holes: None,
    };
    (topology, nested)
}

/// What is solid. Where that is the plain signed sum of a closed mesh as it was written, it is taken from the one pass to
/// the last bit, so that a model that is too large for its topology has the same volume as one that is not.
fn nested(surface: &Surface<'_>, sums: &Sums, untouched: bool, stopped: &(dyn Fn() -> bool + Sync)) -> Nested {
    let untouched = untouched && surface.bodies.hole_count() == 0;
    if untouched && surface.bodies.count == 1 {
        return Nested::single(sums.volume, sums.moment);
    }
    let nested = nest(surface, &surface.measure(sums.origin), stopped);
    if untouched && nested.as_written {
        return Nested { volume: sums.volume, moment: sums.moment, ..nested };
    }
    nested
}

/// A solid from its volume and moment, where there is one.
fn solid(sums: &Sums, volume: f64, moment: Vector3<f64>, inverted: bool) -> Result<Solid, SolidError> {
    let volume_out = if volume < 0.0 { -volume } else { volume };
    // Two sides of a flat sheet whose corners were rounded to f32 enclose about this much.
    let largest = sums.min.iter().chain(&sums.max).fold(0.0_f32, |largest, coordinate| largest.max(coordinate.abs()));
    let noise = f64::from(largest) * f64::from(f32::EPSILON) * sums.area / 8.0;
    if volume_out.is_nan() || volume_out <= noise {
        return Err(SolidError::Nothing);
    }
    Ok(Solid { volume: volume_out, centroid: sums.origin + moment / volume, inverted })
}
