//! A surface together with the cells of the solid that it should enclose.

use super::cells::Cells;
use super::strip::Strip;
use crate::shapes::{Corner, Shape, cuboid};

/// A surface, and the cells of its solid.
#[must_use]
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub shape: Shape,
    pub cells: Cells,
}

impl Part {
    pub fn cuboid(min: Corner, size: Corner) -> Self {
        Self { shape: cuboid(min, size), cells: Cells::of(min, size) }
    }

    pub fn strip(strip: &Strip<'_>) -> Self {
        Self { shape: strip.shape(), cells: strip.cells() }
    }

    /// All parts as one.
    pub fn all(parts: impl IntoIterator<Item = Self>) -> Self {
        let mut parts = parts.into_iter();
        let first = parts.next().expect("at least one part");
        parts.fold(first, Self::and)
    }

    /// Both parts: what they share is solid once.
    pub fn and(self, other: Self) -> Self {
        Self { shape: self.shape.and(other.shape), cells: self.cells.with(other.cells) }
    }

    /// The part with an empty box in it, whose surface faces inward.
    pub fn hollow(self, min: Corner, size: Corner) -> Self {
        Self { shape: self.shape.and(cuboid(min, size).inside_out()), cells: self.cells.without(min, size) }
    }

    /// The part with each corner mapped, by a turn that exchanges axes.
    pub fn map(&self, corner: impl Fn(Corner) -> Corner) -> Self {
        Self { shape: self.shape.map(&corner), cells: self.cells.map(&corner) }
    }

    pub fn moved(&self, by: Corner) -> Self {
        self.map(|corner| [0, 1, 2].map(|axis| corner[axis] + by[axis]))
    }

    /// The part of the same solid with another surface.
    pub fn surface(self, change: impl FnOnce(Shape) -> Shape) -> Self {
        Self { shape: change(self.shape), ..self }
    }
}
