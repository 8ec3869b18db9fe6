//! Pictures of a section through a model: what is solid, and what the plane cuts of the file's triangles, with the side that
//! they face.

use std::collections::BTreeSet;

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

/// The colours, for a light page and a dark one.
const STYLE: &str = "\
<style>
path { fill: none; stroke: #1f2328; stroke-width: 1.2 }
.solid { fill: #9ec5f8; stroke: none }
.side { stroke: #bc4c00 }
.end { stroke-width: 3.2; stroke-linecap: round }
@media (prefers-color-scheme: dark) {
path { stroke: #e6edf3 }
.solid { fill: #2b5f9e }
.side { stroke: #ffa657 }
}
</style>
";

/// A point in the plane.
type Flat = [f64; 2];

/// What a plane cuts of a triangle: a line, with the triangle's outside to its right.
type Line = [Flat; 2];

impl Section {
    /// The picture as SVG, in the colours that the reader prefers.
    pub(super) fn svg(&self, cells: &Cells) -> String {
        let lines: Vec<Line> = self.triangles.iter().filter_map(|triangle| self.line(triangle)).collect();
        let frame = Frame::around(lines.as_flattened());
        let lines: Vec<Line> = lines.iter().map(|line| line.map(|point| frame.pixel(point))).collect();
        let solid: String =
            self.runs(cells).iter().map(|run| rectangle(run.map(|corner| frame.pixel(corner)))).collect();
        let sides: String = lines.iter().filter_map(tick).map(path).collect();
        let surface: String = lines.iter().copied().map(path).collect();
        // Each end once, though two lines or more have it.
        let ends: BTreeSet<String> = lines.as_flattened().iter().map(|&end| dot(end)).collect();
        let ends = Vec::from_iter(ends).concat();
        let [width, height] = frame.size();
        let size = format!("width=\"{width}\" height=\"{height}\" viewBox=\"0 0 {width} {height}\"");
        let paths = [("solid", solid), ("side", sides), ("surface", surface), ("end", ends)];
        let paths = paths.map(|(class, path)| format!("<path class=\"{class}\" d=\"{path}\"/>\n")).concat();
        format!("<svg xmlns=\"http://www.w3.org/2000/svg\" {size}>\n{STYLE}{paths}</svg>\n")
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

/// A path along a line.
fn path([from, to]: Line) -> String {
    format!("M{} {}L{} {}", short(from[0]), short(from[1]), short(to[0]), short(to[1]))
}

/// A path without length, which round caps make a dot.
fn dot([x, y]: Flat) -> String {
    format!("M{} {}h0", short(x), short(y))
}

/// A path around a box, by two opposite corners.
fn rectangle([[left, bottom], [right, top]]: [Flat; 2]) -> String {
    format!("M{} {}H{}V{}H{}z", short(left), short(bottom), short(right), short(top), short(left))
}

/// The tick on the outside of a line in pixels; none where it would hide the line's neighbours.
fn tick([from, to]: &Line) -> Option<Line> {
    let [along, down] = [to[0] - from[0], to[1] - from[1]];
    let length = along.hypot(down);
    let middle = [0, 1].map(|axis| f64::midpoint(from[axis], to[axis]));
    (length > TICK).then(|| [middle, [middle[0] - down / length * TICK, middle[1] + along / length * TICK]])
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
