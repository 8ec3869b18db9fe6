//! A solid of unit cells, painted box by box: its volume and area are counts.

use crate::shapes::Corner;

/// A solid of unit cells. Each box adds its cells or takes them away, in the order of the boxes.
#[must_use]
#[derive(Debug, Clone, Default)]
pub struct Cells(Vec<PaintedBox>);

/// A box of cells, and whether they become solid.
#[derive(Debug, Clone, Copy)]
struct PaintedBox {
    min: Corner,
    size: Corner,
    solid: bool,
}

impl PaintedBox {
    fn contains(&self, cell: Corner) -> bool {
        (0..3).all(|axis| (self.min[axis]..self.min[axis] + self.size[axis]).contains(&cell[axis]))
    }
}

impl Cells {
    /// The cells of one box.
    pub fn of(min: Corner, size: Corner) -> Self {
        Self::default().and(min, size)
    }

    /// The same with the cells of a box.
    pub fn and(mut self, min: Corner, size: Corner) -> Self {
        self.0.push(PaintedBox { min, size, solid: true });
        self
    }

    /// The same without the cells of a box.
    pub fn without(mut self, min: Corner, size: Corner) -> Self {
        self.0.push(PaintedBox { min, size, solid: false });
        self
    }

    /// The boxes of this one, then those of the other one.
    pub fn with(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The same with each corner of a box mapped, by a turn that exchanges axes.
    pub fn map(&self, corner: impl Fn(Corner) -> Corner) -> Self {
        let mapped = |painted: &PaintedBox| {
            let far = [0, 1, 2].map(|axis| painted.min[axis] + painted.size[axis]);
            let (a, b) = (corner(painted.min), corner(far));
            PaintedBox {
                min: [0, 1, 2].map(|axis| a[axis].min(b[axis])),
                size: [0, 1, 2].map(|axis| (a[axis] - b[axis]).abs()),
                solid: painted.solid,
            }
        };
        Self(self.0.iter().map(mapped).collect())
    }

    /// Whether a cell, named by its lowest corner, is solid.
    #[must_use]
    pub fn contains(&self, cell: Corner) -> bool {
        self.0.iter().rev().find(|painted| painted.contains(cell)).is_some_and(|painted| painted.solid)
    }

    /// The least and the largest coordinates of all boxes.
    #[must_use]
    pub fn bounds(&self) -> [Corner; 2] {
        let along = |axis: usize| self.0.iter().map(move |painted| (painted.min[axis], painted.size[axis]));
        [
            [0, 1, 2].map(|axis| along(axis).map(|(min, _)| min).min().unwrap_or(0)),
            [0, 1, 2].map(|axis| along(axis).map(|(min, size)| min + size).max().unwrap_or(0)),
        ]
    }

    /// The number of solid cells.
    #[must_use]
    pub fn volume(&self) -> f64 {
        self.solid_cells().count() as f64
    }

    /// The number of faces between a solid cell and an empty one.
    #[must_use]
    pub fn area(&self) -> f64 {
        let open_faces = |cell: Corner| {
            let neighbours = (0..3).flat_map(|axis| [-1, 1].map(|step| (axis, step)));
            neighbours
                .filter(|&(axis, step)| {
                    let mut neighbour = cell;
                    neighbour[axis] += step;
                    !self.contains(neighbour)
                })
                .count()
        };
        self.solid_cells().map(open_faces).sum::<usize>() as f64
    }

    fn solid_cells(&self) -> impl Iterator<Item = Corner> {
        let [low, high] = self.bounds();
        let cells = (low[0]..high[0])
            .flat_map(move |x| (low[1]..high[1]).flat_map(move |y| (low[2]..high[2]).map(move |z| [x, y, z])));
        cells.filter(|&cell| self.contains(cell))
    }
}
