//! Pictures of a section through a model: what is solid, and what the plane cuts of the file's triangles, with the side that
//! they face.

use std::collections::BTreeSet;
use std::fmt::Write;

use pricing_worker::mesh::Triangle;

use super::cells::Cells;

/// A plane across an axis, and the triangles that it cuts.
#[derive(Debug, Clone)]
pub struct Section {
    /// The triangles.
    pub triangles: Vec<Triangle>,
    /// The axis that the plane is across: 0 is x.
    pub axis: usize,
    /// Its place along the axis: in the middle of cells, so that no corner lies in it.
    pub at: f32,
}

/// The largest width and height of a drawing, and the margin around it, in pixels.
const WIDTH: f64 = 150.0;
const HEIGHT: f64 = 110.0;
const MARGIN: f64 = 6.0;
/// The length of the tick on the side that a triangle faces.
const TICK: f64 = 4.0;

/// A point in the plane.
type Flat = [f64; 2];

/// What a plane cuts of a triangle: a line, with the triangle's outside to its right.
type Line = [Flat; 2];

impl Section {
    /// The picture as SVG, in the colours that the reader prefers.
    pub(super) fn svg(&self, cells: &Cells) -> String {
        let lines: Vec<Line> = self.triangles.iter().filter_map(|triangle| self.line(triangle)).collect();
        let frame = Frame::around(lines.as_flattened());
        let [width, height] = frame.size();
        let mut solid = String::new();
        for [low, high] in self.runs(cells) {
            let ([left, bottom], [right, top]) = (frame.pixel(low), frame.pixel(high));
            let _ =
                write!(solid, "M{} {}H{}V{}H{}z", short(left), short(bottom), short(right), short(top), short(left));
        }
        let (mut drawn, mut ticks, mut ends) = (String::new(), String::new(), BTreeSet::new());
        for line in lines {
            let [from, to] = line.map(|point| frame.pixel(point));
            let _ = write!(drawn, "M{} {}L{} {}", short(from[0]), short(from[1]), short(to[0]), short(to[1]));
            // A line without length, which round caps make a dot.
            ends.extend([from, to].map(|[x, y]| format!("M{} {}h0", short(x), short(y))));
            let [along, up] = [to[0] - from[0], to[1] - from[1]];
            let length = along.hypot(up);
            // Of a short line the tick would hide its neighbours.
            if length > TICK {
                let middle = [(from[0] + to[0]) / 2.0, (from[1] + to[1]) / 2.0];
                let end = [middle[0] - up / length * TICK, middle[1] + along / length * TICK];
                let _ = write!(ticks, "M{} {}L{} {}", short(middle[0]), short(middle[1]), short(end[0]), short(end[1]));
            }
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} \
             {height}\">\n<style>\n.solid {{ fill: #9ec5f8 }}\n.surface {{ fill: none; stroke: #1f2328; stroke-width: \
             1.2 }}\n.end {{ fill: none; stroke: #1f2328; stroke-width: 3.2; stroke-linecap: round }}\n.side {{ fill: none; stroke: #bc4c00; stroke-width: 1.2 }}\n@media (prefers-color-scheme: dark) \
             {{\n.solid {{ fill: #2b5f9e }}\n.surface, .end {{ stroke: #e6edf3 }}\n.side {{ stroke: #ffa657 \
             }}\n}}\n</style>\n<path class=\"solid\" d=\"{solid}\"/>\n<path class=\"side\" d=\"{ticks}\"/>\n<path \
             class=\"surface\" d=\"{drawn}\"/>\n<path class=\"end\" d=\"{ends}\"/>\n</svg>\n",
            ends = Vec::from_iter(ends).concat()
        )
    }

    /// The axes of the drawing: to the right, and up. Across y it is seen from the front, against the axis.
    fn axes(&self) -> [usize; 2] {
        [[1, 2], [0, 2], [0, 1]][self.axis]
    }

    /// What the plane cuts of a triangle.
    fn line(&self, triangle: &Triangle) -> Option<Line> {
        let above = triangle.map(|corner| corner[self.axis] > self.at);
        // The edge on which the triangle's boundary goes up through the plane, and the one on which it comes down.
        let crossing = |up: bool| (0..3).find(|&corner| above[corner] != up && above[(corner + 1) % 3] == up);
        let point = |corner: usize| {
            let [from, to] = [triangle[corner], triangle[(corner + 1) % 3]].map(|point| point.map(f64::from));
            let share = (f64::from(self.at) - from[self.axis]) / (to[self.axis] - from[self.axis]);
            self.axes().map(|axis| from[axis] + share * (to[axis] - from[axis]))
        };
        let (down, up) = (point(crossing(false)?), point(crossing(true)?));
        Some(if self.axis == 1 { [up, down] } else { [down, up] })
    }

    /// The boxes of solid cells in the plane, by their lower and upper corners: runs to the right, joined where they are
    /// the same in the next row.
    fn runs(&self, cells: &Cells) -> Vec<[Flat; 2]> {
        let [low, high] = cells.bounds();
        let [right, up] = self.axes();
        let solid = |u: i64, v: i64| {
            let mut cell = [0; 3];
            (cell[right], cell[up], cell[self.axis]) = (u, v, self.at.floor() as i64);
            cells.contains(cell)
        };
        let mut runs: Vec<[[i64; 2]; 2]> = Vec::new();
        for v in low[up]..high[up] {
            let mut u = low[right];
            while u < high[right] {
                let end = (u..high[right]).find(|&end| !solid(end, v)).unwrap_or(high[right]);
                if end > u {
                    let below = runs.iter_mut().find(|[from, to]| from[0] == u && *to == [end, v]);
                    match below {
                        Some([_, to]) => to[1] = v + 1,
                        None => runs.push([[u, v], [end, v + 1]]),
                    }
                }
                u = end + 1;
            }
        }
        runs.into_iter().map(|run| run.map(|corner| corner.map(|coordinate| coordinate as f64))).collect()
    }
}

/// The part of the plane that is drawn.
struct Frame {
    low: Flat,
    high: Flat,
    scale: f64,
}

impl Frame {
    fn around(points: &[Flat]) -> Self {
        let along = |axis: usize| points.iter().map(move |point| point[axis]);
        let low = [0, 1].map(|axis| along(axis).fold(f64::INFINITY, f64::min));
        let high = [0, 1].map(|axis| along(axis).fold(f64::NEG_INFINITY, f64::max));
        assert!(low[0] < high[0], "the plane cuts nothing: {low:?}");
        // A whole number of pixels a cell, where there is room for it: edges are sharp then.
        let scale = (WIDTH / (high[0] - low[0])).min(HEIGHT / (high[1] - low[1]));
        Self { low, high, scale: if scale > 1.0 { scale.floor() } else { scale } }
    }

    /// The width and the height of the drawing, with its margins.
    fn size(&self) -> Flat {
        [0, 1].map(|axis| ((self.high[axis] - self.low[axis]) * self.scale + 2.0 * MARGIN).ceil())
    }

    fn pixel(&self, [u, v]: Flat) -> Flat {
        [MARGIN + (u - self.low[0]) * self.scale, MARGIN + (self.high[1] - v) * self.scale]
    }
}

/// A number with up to two decimals.
fn short(number: f64) -> f64 {
    // -0 would be written as such.
    (number * 100.0).round() / 100.0 + 0.0
}
