//! The joining of triangles at their edges, up to the point where as few edges as can be are loose: lines, copies and strays are
//! left out, near vertices are merged, and T-junctions divided. Each step is taken only if the one before left something to do.

use super::duplicates::remove_copies;
use super::lines::remove_lines;
use super::shared_edges::divide_shared;
use super::stitch::stitch;
use super::strays::remove_strays;
use super::t_junctions;
use super::weld::{narrow_tolerance, rounding_tolerance, weld};
use crate::mesh::sums::Sums;
use crate::mesh::topology::edges::Edges;
use crate::mesh::topology::indexed_mesh::IndexedMesh;

/// A mesh whose triangles are joined at their edges as far as can be.
#[derive(Debug)]
pub(in crate::mesh) struct Joined {
    pub mesh: IndexedMesh,
    pub edges: Edges,
    /// Whether the triangles are those of the file.
    pub is_untouched: bool,
    /// Whether neighbours agreed in the file.
    pub winding_consistent: bool,
    /// The number of edges that three or more triangles use: as written or, where more are, after the weld.
    pub non_manifold_edge_count: u64,
    /// The number of triangles that were left out because they lie where another one lies.
    pub duplicate_count: u64,
    /// The number of vertices that were merged into a near one, and the tolerance.
    pub welded: Option<(u64, f64)>,
}

impl Joined {
    pub fn of(mut mesh: IndexedMesh, sums: &Sums, stopped: &(dyn Fn() -> bool + Sync)) -> Self {
        let line_count = remove_lines(&mut mesh);
        let edges = Edges::of(&mesh);
        let mut joined = Self {
            is_untouched: line_count == 0,
            winding_consistent: sums.closed() || edges.same_direction_count == 0,
            non_manifold_edge_count: edges.non_manifold_count,
            duplicate_count: 0,
            welded: None,
            mesh,
            edges,
        };
        let steps: [&dyn Fn(&mut Self); 6] = [
            &|joined| joined.divide_shared(sums),
            &Self::remove_copies,
            &Self::weld,
            &|joined| joined.divide(sums),
            &|joined| joined.remove_strays(sums),
            &|joined| {
                joined.stitch(sums, stopped);
            },
        ];
        for step in steps {
            if !stopped() {
                step(&mut joined);
            }
        }
        joined
    }

    fn remove_copies(&mut self) {
        let removed_count = remove_copies(&mut self.mesh, &self.edges);
        if removed_count > 0 {
            self.is_untouched = false;
            self.duplicate_count += removed_count;
            self.edges = Edges::of(&self.mesh);
        }
    }

    /// Merges vertices that are equal but for rounding. Copies are equal only after that.
    fn weld(&mut self) {
        if self.edges.odd_count() == 0 {
            return;
        }
        let tolerance = rounding_tolerance(&self.mesh);
        if let Some(welded) = weld(&mut self.mesh, &self.edges, tolerance) {
            self.is_untouched = false;
            self.welded = Some((welded.merged_count, tolerance));
            self.edges = welded.edges;
            self.non_manifold_edge_count = self.non_manifold_edge_count.max(self.edges.non_manifold_count);
            self.remove_copies();
        }
    }

    /// Divides T-junctions where copies and strays would be looked for otherwise.
    fn divide_shared(&mut self, sums: &Sums) {
        if self.edges.boundary_count == 0 {
            return;
        }
        let tolerance = narrow_tolerance(&self.mesh, sums);
        self.is_untouched &= divide_shared(&mut self.mesh, &mut self.edges, tolerance) == 0;
    }

    fn divide(&mut self, sums: &Sums) {
        if self.edges.boundary_count > 0 {
            let tolerance = narrow_tolerance(&self.mesh, sums);
            self.is_untouched &= t_junctions::divide(&mut self.mesh, &mut self.edges, tolerance) == 0;
        }
    }

    fn remove_strays(&mut self, sums: &Sums) {
        let removed = remove_strays(&mut self.mesh, &mut self.edges, sums);
        self.is_untouched &= removed.triangle_count == 0;
        self.duplicate_count += removed.doubled_count;
    }

    fn stitch(&mut self, sums: &Sums, stopped: &(dyn Fn() -> bool + Sync)) {
        if self.edges.boundary_count == 0 {
            return;
        }
        let rounding = rounding_tolerance(&self.mesh);
        if let Some((count, tolerance)) = stitch(&mut self.mesh, &mut self.edges, sums, rounding, stopped) {
            self.is_untouched = false;
            let before = self.welded.map_or(0, |(count, _)| count);
            self.welded = Some((before + count, tolerance));
            self.remove_copies();
        }
    }
}
