//! The solid of a cluster: what its bodies wind around at least once.
//!
//! Bodies that do not cross themselves are united two at a time, by a balanced tree over their places: each union takes time in
//! proportion to both operands, so that a running total would take a time in proportion to the square of their number. A body
//! that crosses itself is first replaced by what it winds around at least once. Hollow bodies are subtracted from the union of
//! the others. Where the others overlap, a hollow body takes away no more than one of their windings, which no union
//! tells: then the whole cluster is resolved in one arrangement.

use nalgebra::Vector3;

use super::body::{BodySums, MeasuredBody};
use super::boolean::{Kernel, NoResult, Operand};
use super::closed_mesh::ClosedMesh;

/// The share of the volume of all bodies that rounding may add to a union or take away.
const ROUNDING: f64 = 1e-9;
/// The same for one body, as a share of the volume of its bounds: of a thin body, rounding is a larger share.
const ROUNDING_OF_BOUNDS: f64 = 1e-12;

/// A body of a cluster.
pub(in crate::mesh) struct Member {
    /// Its triangles about the origin of the cluster, wound outward.
    pub mesh: ClosedMesh,
    pub volume: f64,
    /// The volume of its bounds.
    pub box_volume: f64,
    /// The centre of its bounds.
    pub centre: Vector3<f64>,
    /// Whether it is wound inward, so that its inside is hollow.
    pub is_hollow: bool,
    /// The number of pairs of its triangles that meet; 0 if it does not cross itself.
    pub self_meeting_count: u64,
}

/// The solid that the bodies of a cluster make together.
#[derive(Debug)]
pub(in crate::mesh) struct Union {
    /// The first body of the cluster.
    pub body: u32,
    /// Its surface.
    pub mesh: ClosedMesh,
    /// Whether it is a hole in what is solid around the cluster.
    pub is_hollow: bool,
}

/// The surface of the solid of a cluster, about the origin of its members. `solids_overlap` says whether two bodies that are
/// not hollow have a volume in common, and `meeting_count` how many pairs of triangles meet.
pub(in crate::mesh) fn unite(
    kernel: &mut Kernel<'_>,
    members: Vec<Member>,
    solids_overlap: bool,
    meeting_count: u64,
) -> Result<ClosedMesh, NoResult> {
    kernel.begin();
    let most = members.iter().filter(|member| !member.is_hollow).map(|member| member.volume).sum::<f64>();
    let hollow: f64 = members.iter().filter(|member| member.is_hollow).map(|member| member.volume).sum();
    let largest = members.iter().filter(|member| !member.is_hollow).map(|member| member.volume).fold(0.0, f64::max);
    let is_simple = members.iter().all(|member| member.self_meeting_count == 0);
    let united = if hollow > 0.0 && (solids_overlap || !is_simple) {
        kernel.wound_once(arrangement(members), meeting_count)?
    } else {
        let (hollows, solids): (Vec<_>, Vec<_>) = members.into_iter().partition(|member| member.is_hollow);
        let solid = operands(kernel, solids).and_then(|solids| balanced_union(kernel, solids))?;
        if hollows.is_empty() {
            solid
        } else {
            let hollow = operands(kernel, hollows).and_then(|hollows| balanced_union(kernel, hollows))?;
            kernel.difference(solid, hollow)?
        }
    };
    let (volume, noise) = (united.volume(), ROUNDING * (most + hollow));
    // The signed volume of a body that crosses itself bounds nothing: parts of it may be wound inward.
    let is_plausible = volume >= -noise && (!is_simple || (largest - hollow - noise..=most + noise).contains(&volume));
    if is_plausible { united.into_mesh() } else { Err(NoResult::NotExact) }
}

/// Whether the first operand lies inside the second one, which is larger, its surface included.
pub(in crate::mesh) fn is_inside(kernel: &mut Kernel<'_>, inner: &Operand, outer: &Operand) -> Result<bool, NoResult> {
    let (size, noise) = (inner.volume(), ROUNDING * outer.volume());
    Ok(outer.volume() - size > noise && kernel.volume_outside(inner, outer)? <= noise)
}

/// The members as operands of unions, those that do not cross themselves.
pub(in crate::mesh) fn operands(
    kernel: &mut Kernel<'_>,
    members: Vec<Member>,
) -> Result<Vec<(Vector3<f64>, Operand)>, NoResult> {
    let operand = |member: Member| {
        let operand = if member.self_meeting_count > 0 {
            kernel.wound_once(member.mesh, member.self_meeting_count)
        } else {
            let tolerance = ROUNDING * member.volume + ROUNDING_OF_BOUNDS * member.box_volume;
            kernel.operand(member.mesh, member.volume, tolerance)
        };
        operand.map(|operand| (member.centre, operand))
    };
    members.into_iter().map(operand).collect()
}

/// All members as one mesh, the hollow ones wound inward.
fn arrangement(members: Vec<Member>) -> ClosedMesh {
    let mut all = ClosedMesh::default();
    for mut member in members {
        if member.is_hollow {
            member.mesh.turn();
        }
        all.append(member.mesh);
    }
    all
}

/// Unites operands, each half of them first: halves by their places along the axis on which they are spread the most.
fn balanced_union(kernel: &mut Kernel<'_>, mut operands: Vec<(Vector3<f64>, Operand)>) -> Result<Operand, NoResult> {
    if operands.len() <= 1 {
        return operands.pop().map(|(_, operand)| operand).ok_or(NoResult::NotExact);
    }
    let centres = || operands.iter().map(|(centre, _)| *centre);
    let low = centres().fold(Vector3::repeat(f64::INFINITY), |low, centre| low.inf(&centre));
    let high = centres().fold(Vector3::repeat(f64::NEG_INFINITY), |high, centre| high.sup(&centre));
    let axis = (high - low).imax();
    operands.sort_by(|(a, _), (b, _)| a[axis].total_cmp(&b[axis]));
    let upper = operands.split_off(operands.len() / 2);
    let lower = balanced_union(kernel, operands)?;
    let upper = balanced_union(kernel, upper)?;
    kernel.union(lower, upper)
}

/// Measures the surface of a cluster, which is about an origin of its own, and moves it to its place.
pub(in crate::mesh) fn measured(mesh: &mut ClosedMesh, place: Vector3<f64>, origin: Vector3<f64>) -> MeasuredBody {
    let mut sums = BodySums::new();
    for triangle in mesh.corners() {
        sums.add(&triangle, origin - place);
    }
    mesh.shift(place);
    sums.finish()
}
