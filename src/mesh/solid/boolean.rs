//! Boolean operations on closed meshes, by the crate `manifold-rust`.
//!
//! The crate has two engines. The first needs operands that do not cross themselves; it breaks ties between surfaces that
//! coincide by a symbolic perturbation, so that its result is closed always (Smith and Dodgson, "A topologically robust
//! algorithm for Boolean operations on polyhedral shapes using approximate arithmetic", 2007). The second resolves the
//! arrangement of any closed triangles with exact fractions, and keeps the cells that are wound at least once (Zhou, Grinspun,
//! Zorin and Jacobson, "Mesh arrangements for solid geometry", 2016). It takes a hundred times as long where triangles meet.
//!
//! Neither is trusted: the work is bounded by a count of steps, a panic is caught, and a result that is not closed or not
//! finite is none. What is plausible as a volume is for the caller to say. One thread computes an operation, so that its
//! result is the same on every machine.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

use manifold_rust::boolean_result::boolean_result_with_token_and_stage;
use manifold_rust::boolean3::{Boolean3, boolean_with_token_and_stage};
use manifold_rust::cancel::CancelToken;
use manifold_rust::manifold::Manifold;
use manifold_rust::types::{Error, MeshGLP, OpType, WindingRule};
use nalgebra::Vector3;

use super::closed_mesh::ClosedMesh;
use crate::mesh::memory::most_united;

/// The steps that a mesh may take, and the steps for each of its triangles. A step takes about a microsecond.
const STEPS: u64 = 500_000;
const STEPS_PER_TRIANGLE: u64 = 5;
/// The crossings of a face take steps in proportion to their square, since its new triangles go around all of them.
const CROWDING_PER_STEP: u64 = 256;
/// The steps of the second engine for a triangle, and for a pair of triangles that meet.
const ROBUST_STEPS: [u64; 2] = [8, 100];
/// The memory of the second engine for a triangle and for a pair of triangles that meet, in sixteenths of that which the first
/// takes for a triangle.
const ROBUST_MEMORY: [u64; 2] = [40, 140];
/// The memory with which it begins, in triangles of the first engine.
const ROBUST_START_MEMORY: u64 = 160;

thread_local! {
    static CATCHES_PANICS: Cell<bool> = const { Cell::new(false) };
}

/// Why an operation has no result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mesh) enum NoResult {
    /// The caller stopped the computation.
    Stopped,
    /// The bound on the work was reached, or the crate failed.
    NotExact,
}

/// An operand or a result: a closed mesh that does not cross itself.
pub(in crate::mesh) struct Operand(Manifold);

/// Computes the operations of one mesh within its bounds.
pub(in crate::mesh) struct Kernel<'a> {
    stopped: &'a (dyn Fn() -> bool + Sync),
    token: CancelToken,
    steps_left: u64,
    most_triangles: u64,
    /// The triangles of all operands that are in memory.
    held_triangles: u64,
}

impl Operand {
    fn triangle_count(&self) -> u64 {
        self.0.num_tri() as u64
    }

    /// The volume that it encloses.
    pub fn volume(&self) -> f64 {
        self.0.volume()
    }

    /// The mesh, if it is closed and its corners are numbers.
    pub fn into_mesh(self) -> Result<ClosedMesh, NoResult> {
        let mesh = self.0.as_impl();
        let points: Vec<_> = mesh.vert_pos.iter().map(|point| Vector3::new(point.x, point.y, point.z)).collect();
        let (half_edges, _) = mesh.halfedge.as_chunks::<3>();
        let triangles = half_edges.iter().map(|edges| edges.map(|edge| edge.start_vert.cast_unsigned())).collect();
        let mesh = ClosedMesh { points, triangles };
        let is_sound = mesh.points.iter().all(|point| point.iter().all(|axis| axis.is_finite())) && is_closed(&mesh);
        if is_sound { Ok(mesh) } else { Err(NoResult::NotExact) }
    }
}

impl<'a> Kernel<'a> {
    /// A kernel for a mesh of so many triangles.
    pub fn new(triangle_count: u64, stopped: &'a (dyn Fn() -> bool + Sync)) -> Self {
        Self {
            stopped,
            token: CancelToken::new(),
            steps_left: STEPS + STEPS_PER_TRIANGLE * triangle_count,
            most_triangles: most_united(triangle_count),
            held_triangles: 0,
        }
    }

    /// The most triangles that may be in memory at once.
    pub fn most_triangles(&self) -> u64 {
        self.most_triangles
    }

    /// Begins with the next operands; the caller has dropped all others.
    pub fn begin(&mut self) {
        self.held_triangles = 0;
    }

    /// Makes an operand of a mesh that does not cross itself and encloses a volume, to so much.
    pub fn operand(&mut self, mesh: ClosedMesh, volume: f64, tolerance: f64) -> Result<Operand, NoResult> {
        let count = mesh.triangles.len() as u64;
        self.take(count, count)?;
        let corners = mesh.points.iter().flat_map(|point| [point.x, point.y, point.z]).collect();
        let operand = attempt(|| Manifold::from_mesh_glp(&exchange_form(corners, mesh.triangles.into_flattened())))?;
        // The crate swaps edges that it takes for degenerate, and this may move the surface.
        let is_unmoved = (operand.volume() - volume).abs() <= tolerance;
        if is_unmoved { Ok(self.hold(operand)) } else { Err(NoResult::NotExact) }
    }

    /// Makes an operand of the points that a mesh winds around at least once, whether or not it crosses itself.
    /// `meeting_count` is the number of pairs of its triangles that meet. The flag is not polled on the way: the bound on the
    /// steps keeps this to about a second.
    pub fn wound_once(&mut self, mesh: ClosedMesh, meeting_count: u64) -> Result<Operand, NoResult> {
        let count = mesh.triangles.len() as u64;
        let weigh =
            |[triangle, meeting]: [u64; 2]| (triangle * count).saturating_add(meeting.saturating_mul(meeting_count));
        self.take(weigh(ROBUST_STEPS), weigh(ROBUST_MEMORY) / 16 + ROBUST_START_MEMORY)?;
        // Triangles that share no vertex are kept as they are. Otherwise the crate swaps edges that it takes for degenerate.
        let corners: Vec<f64> = mesh.corners().flatten().flat_map(|corner| [corner.x, corner.y, corner.z]).collect();
        let vertices = (0..corners.len() as u32 / 3).collect();
        drop(mesh);
        let operand = attempt(|| {
            Manifold::from_mesh_glp_robust(&exchange_form(corners, vertices)).rebuild_solid(WindingRule::Positive)
        })?;
        Ok(self.hold(operand))
    }

    /// What is in one of two operands or in both.
    pub fn union(&mut self, a: Operand, b: Operand) -> Result<Operand, NoResult> {
        let result = self.combine(&a, &b, OpType::Add)?;
        Ok(self.replace([a, b], result))
    }

    /// What is in a and not in b.
    pub fn difference(&mut self, a: Operand, b: Operand) -> Result<Operand, NoResult> {
        let result = self.combine(&a, &b, OpType::Subtract)?;
        Ok(self.replace([a, b], result))
    }

    /// The volume of what is in a and not in b.
    pub fn volume_outside(&mut self, a: &Operand, b: &Operand) -> Result<f64, NoResult> {
        self.combine(a, b, OpType::Subtract).map(|outside| outside.volume())
    }

    fn combine(&mut self, a: &Operand, b: &Operand, operation: OpType) -> Result<Operand, NoResult> {
        let triangle_count = a.triangle_count() + b.triangle_count();
        self.take(triangle_count, 0)?;
        let (stopped, token) = (self.stopped, self.token.clone());
        let poll = |_: f64| {
            if stopped() {
                token.cancel();
            }
        };
        let (a, b) = (a.0.as_impl(), b.0.as_impl());
        if !a.bbox.does_overlap_box(&b.bbox) {
            return attempt(|| {
                Manifold::from_impl(boolean_with_token_and_stage(a, b, operation, Some(&token), Some(&poll)))
            });
        }
        let intersections = caught(|| Boolean3::new_with_token_and_stage(a, b, operation, Some(&token), Some(&poll)))?;
        let intersections = intersections.ok_or(NoResult::Stopped)?;
        let (on_b, on_a) = (&intersections.xv12.p1q2, &intersections.xv21.p1q2);
        let crossing_count = (on_a.len() + on_b.len()) as u64;
        let crowding = crowding(on_b.iter().map(|[_, face]| *face)) + crowding(on_a.iter().map(|[face, _]| *face));
        self.take(4 * crossing_count + crowding / CROWDING_PER_STEP, 2 * crossing_count)?;
        attempt(|| {
            let (token, poll) = (Some(&token), Some(&poll as &(dyn Fn(f64) + Sync)));
            Manifold::from_impl(boolean_result_with_token_and_stage(a, b, operation, &intersections, token, poll))
        })
    }

    /// Takes steps for an operation that makes so many more triangles.
    fn take(&mut self, steps: u64, more_triangles: u64) -> Result<(), NoResult> {
        if (self.stopped)() {
            return Err(NoResult::Stopped);
        }
        if self.held_triangles.saturating_add(more_triangles) > self.most_triangles {
            return Err(NoResult::NotExact);
        }
        self.steps_left = self.steps_left.checked_sub(steps).ok_or(NoResult::NotExact)?;
        Ok(())
    }

    fn hold(&mut self, operand: Operand) -> Operand {
        self.held_triangles += operand.triangle_count();
        operand
    }

    fn replace(&mut self, operands: [Operand; 2], result: Operand) -> Operand {
        for operand in operands {
            self.held_triangles -= operand.triangle_count();
        }
        self.hold(result)
    }
}

/// Runs the crate; what it returns as an error is no result.
fn attempt(compute: impl FnOnce() -> Manifold) -> Result<Operand, NoResult> {
    let result = caught(compute)?;
    match result.status() {
        Error::NoError if !result.as_impl().is_soup => Ok(Operand(result)),
        Error::Cancelled => Err(NoResult::Stopped),
        _ => Err(NoResult::NotExact),
    }
}

/// Runs the crate; a panic in it is no result. It owns or only reads all that it touches, so that a panic leaves nothing
/// half-done behind.
pub(in crate::mesh) fn caught<T>(compute: impl FnOnce() -> T) -> Result<T, NoResult> {
    CATCHES_PANICS.set(true);
    let result = catch_unwind(AssertUnwindSafe(compute));
    CATCHES_PANICS.set(false);
    result.map_err(|_| NoResult::NotExact)
}

/// Whether a panic of this thread is no more than a union without a result, which a finding says. A hook of panics need not report
/// it.
pub fn catches_panics() -> bool {
    CATCHES_PANICS.get()
}

/// The sum of the squares of how often each face is crossed.
fn crowding(faces: impl Iterator<Item = i32>) -> u64 {
    let mut faces: Vec<i32> = faces.collect();
    faces.sort_unstable();
    faces.chunk_by(|a, b| a == b).map(|crossings| (crossings.len() as u64).pow(2)).sum()
}

/// A mesh as the crate takes it, by the coordinates of its points and the vertices of its triangles.
fn exchange_form(vert_properties: Vec<f64>, tri_verts: Vec<u32>) -> MeshGLP<f64, u32> {
    MeshGLP { num_prop: 3, vert_properties, tri_verts, ..MeshGLP::default() }
}

/// Whether every directed edge is matched by one that runs the other way: the sum of hashes of `sums::edge_hash`, over
/// vertices.
fn is_closed(mesh: &ClosedMesh) -> bool {
    /// An odd multiplier that spreads every bit: 2⁶⁴ over the golden ratio.
    const SPREAD: u64 = 0x9e37_79b9_7f4a_7c15;
    let hash = |from: u32, to: u32| {
        let mixed = (u64::from(from) << 32 | u64::from(to)).wrapping_mul(SPREAD);
        (mixed ^ mixed >> 32).wrapping_mul(SPREAD)
    };
    let net = mesh.triangles.iter().fold(0_u64, |net, &[a, b, c]| {
        [(a, b), (b, c), (c, a)]
            .iter()
            .fold(net, |net, &(from, to)| net.wrapping_add(hash(from, to)).wrapping_sub(hash(to, from)))
    });
    net == 0
}
