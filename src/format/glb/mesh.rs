//! The triangles of a mesh: its primitives, one after another, read where they lie in the file.

use std::ops::Range;

use rayon::prelude::*;

use super::error::GlbError;
use super::table::Table;
use crate::mesh::{Triangle, Triangles};

/// Triangles that a thread checks at a time.
const CHECKED_TOGETHER: usize = 1 << 14;

/// A mesh.
#[derive(Debug, Default)]
pub(super) struct GlbMesh<'a> {
    primitives: Vec<Primitive<'a>>,
    triangle_count: usize,
}

/// Triangles of one mode.
#[derive(Debug)]
pub(super) struct Primitive<'a> {
    vertices: Table<'a>,
    indices: Option<Table<'a>>,
    mode: Mode,
    triangle_count: usize,
    /// The number of triangles of its mesh before it.
    start: usize,
}

/// How corners make triangles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Triangles,
    Strip,
    Fan,
}

impl<'a> GlbMesh<'a> {
    pub fn push(&mut self, mut primitive: Primitive<'a>) {
        primitive.start = self.triangle_count;
        self.triangle_count = primitive.end();
        self.primitives.push(primitive);
    }

    /// Looks for corners whose vertex is not there, or has a coordinate that is no number.
    pub fn check(&self) -> Result<(), GlbError> {
        self.primitives.iter().try_for_each(Primitive::check)
    }
}

impl Triangles for GlbMesh<'_> {
    fn len(&self) -> usize {
        self.triangle_count
    }

    fn append(&self, range: Range<usize>, to: &mut Vec<Triangle>) {
        let first = self.primitives.partition_point(|primitive| primitive.end() <= range.start);
        for primitive in &self.primitives[first..] {
            if primitive.start >= range.end {
                break;
            }
            let (start, end) = (range.start.max(primitive.start), range.end.min(primitive.end()));
            primitive.append(start - primitive.start..end - primitive.start, to);
        }
    }
}

impl<'a> Primitive<'a> {
    pub fn new(vertices: Table<'a>, indices: Option<Table<'a>>, mode: Mode) -> Self {
        let corner_count = indices.map_or(vertices.count, |indices| indices.count);
        let triangle_count = match mode {
            Mode::Triangles => corner_count / 3,
            Mode::Strip | Mode::Fan => corner_count.saturating_sub(2),
        };
        let triangle_count = usize::try_from(triangle_count).unwrap_or(usize::MAX);
        Self { vertices, indices, mode, triangle_count, start: 0 }
    }

    /// The number of triangles of its mesh up to its end.
    fn end(&self) -> usize {
        self.start.saturating_add(self.triangle_count)
    }

    fn append(&self, range: Range<usize>, to: &mut Vec<Triangle>) {
        to.extend(range.map(|triangle| self.corners(triangle).map(|corner| self.vertices.point(self.vertex(corner)))));
    }

    /// The corners of a triangle, which face the same side in a strip and in a fan.
    fn corners(&self, triangle: usize) -> [u64; 3] {
        let number = triangle as u64;
        match self.mode {
            Mode::Triangles => [3 * number, 3 * number + 1, 3 * number + 2],
            Mode::Strip if number.is_multiple_of(2) => [number, number + 1, number + 2],
            Mode::Strip => [number, number + 2, number + 1],
            Mode::Fan => [number + 1, number + 2, 0],
        }
    }

    /// The number of a corner's vertex.
    fn vertex(&self, corner: u64) -> u64 {
        self.indices.map_or(corner, |indices| indices.number(corner))
    }

    fn check(&self) -> Result<(), GlbError> {
        let triangles = (0..self.triangle_count).into_par_iter().with_min_len(CHECKED_TOGETHER);
        // The first of the file, on any number of threads.
        triangles.find_map_first(|triangle| self.fault(triangle)).map_or(Ok(()), Err)
    }

    fn fault(&self, triangle: usize) -> Option<GlbError> {
        let Self { vertices, indices, .. } = self;
        self.corners(triangle).into_iter().find_map(|corner| {
            let vertex = self.vertex(corner);
            if vertex >= vertices.count {
                let at = indices.and_then(|indices| indices.place(corner));
                return Some(GlbError::NoVertex { number: vertex, count: vertices.count, at });
            }
            let is_finite = vertices.point(vertex).iter().all(|coordinate| coordinate.is_finite());
            (!is_finite).then(|| GlbError::NonFinite { vertex, at: vertices.place(vertex) })
        })
    }
}
