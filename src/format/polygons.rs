//! Lists of polygons, as readers find them, and the bound on what it takes to cut those of a file into triangles.

use super::ReadError;
use super::polygon::PolygonCutter;
use crate::contract::{Reason, RejectionCode};
use crate::mesh::Point;

/// The steps that a file's polygons may take, beside those for each of its bytes. A step takes ten nanoseconds at worst.
const STEPS: u64 = 1 << 26;
const STEPS_PER_BYTE: u64 = 1 << 4;

/// Polygons, one after another.
#[derive(Debug)]
pub(super) struct Polygons<C> {
    corners: Vec<C>,
    /// The number of corners of each; empty while all are triangles, as in nearly all files.
    sizes: Vec<u32>,
    /// The steps that it may take to cut them.
    cut_steps: u64,
}

/// The steps that the polygons of a file may still take to be cut.
#[derive(Debug)]
pub(super) struct CutBudget {
    steps_left: u64,
}

impl<C> Default for Polygons<C> {
    fn default() -> Self {
        Self { corners: Vec::new(), sizes: Vec::new(), cut_steps: 0 }
    }
}

impl<C: Copy> Polygons<C> {
    /// A list with room for so many corners.
    pub fn with_capacity(corner_count: usize) -> Self {
        Self { corners: Vec::with_capacity(corner_count), ..Self::default() }
    }

    /// A list of triangles, by their corners.
    pub fn of_triangles(corners: Vec<C>) -> Self {
        Self { corners, ..Self::default() }
    }

    /// Adds a polygon. Fewer than three corners make none. If one of them is an error, the list ends with those before it.
    pub fn add<E>(&mut self, corners: impl IntoIterator<Item = Result<C, E>>) -> Result<(), E> {
        let first = self.corners.len();
        for corner in corners {
            self.corners.push(corner?);
        }
        let size = self.corners.len() - first;
        if size < 3 {
            self.corners.truncate(first);
        } else if size > 3 || !self.sizes.is_empty() {
            if self.sizes.is_empty() {
                self.sizes.resize(first / 3, 3);
            }
            self.sizes.push(size as u32);
            self.cut_steps = self.cut_steps.saturating_add(steps(size));
        }
        Ok(())
    }

    pub fn is_empty(&self) -> bool {
        self.corners.is_empty()
    }

    /// The number of polygons.
    pub fn len(&self) -> usize {
        if self.sizes.is_empty() { self.corners.len() / 3 } else { self.sizes.len() }
    }

    /// The corners of each polygon, if all are triangles.
    pub fn as_triangles(&self) -> Option<&[[C; 3]]> {
        self.sizes.is_empty().then(|| self.corners.as_chunks().0)
    }

    /// The triangles of all polygons. `vertex` is the number of a corner's point.
    pub fn triangles(&self, points: &[Point], vertex: impl Fn(C) -> u32) -> Vec<[u32; 3]> {
        self.triangles_of_parts(points, vertex, []).0
    }

    /// The triangles of all polygons, and how many of them are before each part, by the number of polygons before it.
    pub fn triangles_of_parts(
        &self,
        points: &[Point],
        vertex: impl Fn(C) -> u32,
        parts: impl IntoIterator<Item = usize>,
    ) -> (Vec<[u32; 3]>, Vec<usize>) {
        if let Some(triangles) = self.as_triangles() {
            return (triangles.iter().map(|triangle| triangle.map(&vertex)).collect(), parts.into_iter().collect());
        }
        let mut cutter = PolygonCutter::default();
        let (mut triangles, mut polygon) = (Vec::new(), Vec::new());
        let (mut parts, mut starts) = (parts.into_iter().peekable(), Vec::new());
        let mut rest = &self.corners[..];
        for (number, &size) in self.sizes.iter().enumerate() {
            while parts.next_if_eq(&number).is_some() {
                starts.push(triangles.len());
            }
            let (corners, after) = rest.split_at(size as usize);
            rest = after;
            polygon.clear();
            polygon.extend(corners.iter().map(|&corner| vertex(corner)));
            cutter.cut(points, &polygon, &mut triangles);
        }
        starts.extend(parts.map(|_| triangles.len()));
        (triangles, starts)
    }
}

/// The steps that a polygon may take: the time to cut ears grows with the square of the corners, at worst. A triangle takes none.
fn steps(corner_count: usize) -> u64 {
    if corner_count == 3 { 0 } else { (corner_count as u64).pow(2) }
}

impl CutBudget {
    /// The budget of a file of this length.
    pub fn of(size_bytes: u64) -> Self {
        Self { steps_left: STEPS.saturating_add(size_bytes.saturating_mul(STEPS_PER_BYTE)) }
    }

    /// Takes the steps of some polygons.
    pub fn spend<'p, C: 'p>(&mut self, polygons: impl IntoIterator<Item = &'p Polygons<C>>) -> Result<(), ReadError> {
        for polygons in polygons {
            self.steps_left = self.steps_left.checked_sub(polygons.cut_steps).ok_or_else(|| {
                let message = "polygons have too many corners: export the model as triangles";
                ReadError::Refused(Reason::new(RejectionCode::UnsupportedFeature, message))
            })?;
        }
        Ok(())
    }
}
