//! Bars along a path: links, frames, letters and hooks, as one closed shell each.

use super::cells::Cells;
use crate::shapes::{Corner, Shape};

/// A bar along a path in the plane of x and y, with right-angled bends. The path is its centre line.
#[derive(Debug, Clone)]
pub struct Strip<'p> {
    /// The corners of the path. Each step is along an axis, and each second one along the other.
    pub path: &'p [[i64; 2]],
    /// Whether the last corner is joined to the first.
    pub closed: bool,
    /// Half of the bar's width across the path.
    pub half_width: i64,
    /// The bar's lower and upper end along z.
    pub z: [i64; 2],
}

impl Strip<'_> {
    /// The surface: one shell, that crosses itself where the path does. Its bends are mitred.
    ///
    /// The volume is length × width × height, less what the bar shares with itself.
    pub fn shape(&self) -> Shape {
        let count = self.path.len();
        let [low, high] = self.z;
        let corner = |[x, y]: [i64; 2], z: i64| -> Corner { [x, y, z] };
        let sides: Vec<[[i64; 2]; 2]> = (0..count).map(|number| self.sides(number)).collect();
        let mut triangles = Vec::new();
        let mut quad = |[a, b, c, d]: [Corner; 4]| triangles.extend([[a, b, c], [a, c, d]]);
        let steps = if self.closed { count } else { count - 1 };
        for step in 0..steps {
            let ([left, right], [next_left, next_right]) = (sides[step], sides[(step + 1) % count]);
            quad([right, next_right, next_left, left].map(|point| corner(point, high)));
            quad([left, next_left, next_right, right].map(|point| corner(point, low)));
            quad([corner(right, low), corner(next_right, low), corner(next_right, high), corner(right, high)]);
            quad([corner(next_left, low), corner(left, low), corner(left, high), corner(next_left, high)]);
        }
        if !self.closed {
            let ([left, right], [end_left, end_right]) = (sides[0], sides[count - 1]);
            quad([corner(left, low), corner(right, low), corner(right, high), corner(left, high)]);
            quad([corner(end_right, low), corner(end_left, low), corner(end_left, high), corner(end_right, high)]);
        }
        Shape(triangles)
    }

    /// The cells of its solid.
    pub fn cells(&self) -> Cells {
        let count = self.path.len();
        let steps = if self.closed { count } else { count - 1 };
        let height = self.z[1] - self.z[0];
        (0..steps).fold(Cells::default(), |cells, step| {
            // Both mitred ends of a step belong to a bend, whose square is solid; the ends of the path have none.
            let corners = [self.sides(step), self.sides((step + 1) % count)].concat();
            let along = |axis: usize| corners.iter().map(move |corner| corner[axis]);
            let low = [0, 1].map(|axis| along(axis).min().expect("four corners"));
            let high = [0, 1].map(|axis| along(axis).max().expect("four corners"));
            cells.and([low[0], low[1], self.z[0]], [high[0] - low[0], high[1] - low[1], height])
        })
    }

    /// The points left and right of a corner of the path, as seen along it.
    fn sides(&self, number: usize) -> [[i64; 2]; 2] {
        let count = self.path.len();
        let direction = |from: usize| -> Option<[i64; 2]> {
            let (start, end) = (self.path[from % count], self.path[(from + 1) % count]);
            (self.closed || from + 1 < count).then(|| [0, 1].map(|axis| (end[axis] - start[axis]).signum()))
        };
        let before = if number > 0 || self.closed { direction((number + count - 1) % count) } else { None };
        let after = direction(number);
        // The normals to the left of both steps add up to the mitre.
        let [x, y] =
            [before, after].into_iter().flatten().fold([0, 0], |[x, y], [along, across]| [x - across, y + along]);
        let [px, py] = self.path[number];
        let half = self.half_width;
        [[px + half * x, py + half * y], [px - half * x, py - half * y]]
    }
}
