//! Files of the kinds that people trip over: small models with one defect or oddity each, with the right answer.
//!
//! A file is made by a formula, and its volume follows from another one: the tests hold the program to it, and the table
//! of docs/geometry.md shows it beside the answers of other programs. The solid is also given as [`Cells`], which a
//! picture shows and which confirm the formula by a count.

mod cells;
mod dialects;
mod doubles;
mod open;
mod overlaps;
mod part;
mod section;
mod strip;
mod winding;

use pricing_worker::contract::RejectionCode;
use pricing_worker::mesh::Triangle;

pub use self::cells::Cells;
use self::part::Part;
pub use self::section::Section;
pub use self::strip::Strip;

/// One kind of file.
#[derive(Debug, Clone)]
pub struct Kind {
    /// The name of its file and of its picture.
    pub name: &'static str,
    /// What it is, in a few words.
    pub what: &'static str,
    /// The bytes of the file.
    pub file: Vec<u8>,
    /// The right answer.
    pub right: Right,
    /// Why it is right.
    pub why: &'static str,
    /// The solid, if there is one, in cells.
    pub cells: Cells,
    /// The edge of a cell in the file's unit.
    pub cell_size: f64,
    /// What its picture shows.
    pub section: Section,
}

/// The right answer to a file.
#[derive(Debug, Clone, Copy)]
pub enum Right {
    /// The measures of a solid.
    Solid(Answer),
    /// There is no solid: a rejection.
    Rejected(RejectionCode),
}

/// The right measures, and what a person is told.
#[derive(Debug, Clone, Copy)]
pub struct Answer {
    /// In mm³.
    pub volume: f64,
    /// In mm².
    pub area: f64,
    /// The largest relative error of both: what the file's own numbers leave open.
    pub tolerance: f64,
    /// The codes of findings that must be there, as the messages have them.
    pub findings: &'static [&'static str],
    /// Whether a person should look at it.
    pub review: bool,
}

/// All kinds, in the order of the table.
#[must_use]
pub fn all() -> Vec<Kind> {
    [overlaps::kinds(), doubles::kinds(), winding::kinds(), open::kinds(), dialects::kinds()].concat()
}

/// A binary file with normals, as most programs write it. Some tell binary from text by the first bytes above 127, which
/// normals have.
fn file(triangles: &[Triangle]) -> Vec<u8> {
    let normal = |[a, b, c]: &Triangle| {
        let [u, v] = [b, c].map(|corner| [0, 1, 2].map(|axis| corner[axis] - a[axis]));
        let normal = [u[1] * v[2] - u[2] * v[1], u[2] * v[0] - u[0] * v[2], u[0] * v[1] - u[1] * v[0]];
        let length = normal.iter().map(|part| part * part).sum::<f32>().sqrt();
        // A triangle without area has no normal.
        normal.map(|part| if length > 0.0 { part / length } else { 0.0 })
    };
    let triangles = triangles.iter().map(|triangle| stl_io::Triangle {
        normal: stl_io::Normal::new(normal(triangle)),
        vertices: triangle.map(stl_io::Vertex::new),
    });
    let mut bytes = Vec::new();
    stl_io::write_stl(&mut bytes, triangles.collect::<Vec<_>>().iter()).expect("a vector takes all bytes");
    bytes
}

/// The rounding of `f32` in a file.
const F32_ROUNDING: f64 = 1e-6;

impl Kind {
    /// A binary file of a part whose cells are a millimetre wide, cut across z in its lower half.
    fn of(name: &'static str, what: &'static str, part: Part, volume: f64, why: &'static str) -> Self {
        let Part { shape, cells } = part;
        let answer = Answer { volume, area: cells.area(), tolerance: F32_ROUNDING, findings: &[], review: false };
        let section = Section { triangles: shape.triangles(), axis: 2, at: 2.5 };
        Self {
            name,
            what,
            file: file(&shape.triangles()),
            right: Right::Solid(answer),
            why,
            cells,
            cell_size: 1.0,
            section,
        }
    }

    /// The same with a section across another axis (0 is x) at another coordinate.
    fn cut(mut self, axis: usize, at: f32) -> Self {
        (self.section.axis, self.section.at) = (axis, at);
        self
    }

    /// The same with a file of other bytes.
    fn file(self, file: Vec<u8>) -> Self {
        Self { file, ..self }
    }

    /// The same with a file of triangles that the lattice does not have, right to a tolerance.
    fn triangles(self, triangles: &[Triangle], tolerance: f64) -> Self {
        self.file(file(triangles)).answered(|answer| answer.tolerance = tolerance)
    }

    /// The same in cells of another size.
    fn cells_of(mut self, size: f64) -> Self {
        self.cell_size = size;
        self.answered(|answer| answer.area *= size * size)
    }

    /// The same, with findings that must be there.
    fn found(self, findings: &'static [&'static str]) -> Self {
        self.answered(|answer| answer.findings = findings)
    }

    /// The same; a person should look at it.
    fn reviewed(self) -> Self {
        self.answered(|answer| answer.review = true)
    }

    fn answered(mut self, change: impl FnOnce(&mut Answer)) -> Self {
        match &mut self.right {
            Right::Solid(answer) => change(answer),
            Right::Rejected(_) => unreachable!("a kind begins with a solid"),
        }
        self
    }

    /// Whether it is of the bytes of the file, and not of its triangles.
    #[must_use]
    pub fn is_dialect(&self) -> bool {
        self.name.starts_with("text-") || self.name.starts_with("binary-")
    }

    /// Its picture, as SVG.
    #[must_use]
    pub fn picture(&self) -> String {
        self.section.svg(&self.cells)
    }
}
