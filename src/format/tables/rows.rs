//! The rows of tables, from values in text or in binary.

use super::layout::{Element, Property, Role, Scalar};
use crate::format::polygon::steps;
use crate::mesh::Point;

/// The values of a row, one after another.
pub(super) trait Values {
    fn coordinate(&mut self, scalar: Scalar) -> Result<f32, RowFault>;
    fn whole(&mut self, scalar: Scalar) -> Result<i64, RowFault>;
    fn skip(&mut self, scalar: Scalar) -> Result<(), RowFault>;
}

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum RowFault {
    /// The bytes end before the row.
    Cut,
    Value {
        expected: &'static str,
        found: String,
    },
    NonFinite {
        found: String,
    },
    NoVertex {
        number: i64,
        count: u64,
    },
}

/// What some rows hold.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub points: Vec<Point>,
    /// The corners of all polygons, one polygon after another.
    corners: Vec<u32>,
    /// The number of corners of each.
    sizes: Vec<u32>,
    /// The steps that it may take to cut them into triangles.
    pub cut_steps: u64,
}

/// The place of a row among those of all elements.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Cursor {
    element: usize,
    row: u64,
}

impl Cursor {
    /// The element of the row, once those without more rows are passed; none at the end.
    pub fn element(&mut self, elements: &[Element]) -> Option<usize> {
        while self.row >= elements.get(self.element)?.row_count {
            *self = Self { element: self.element + 1, row: 0 };
        }
        Some(self.element)
    }

    /// Passes some rows.
    pub fn pass(&mut self, mut count: u64, elements: &[Element]) {
        while let Some(element) = self.element(elements) {
            let passed = count.min(elements[element].row_count - self.row);
            self.row += passed;
            count -= passed;
            if count == 0 {
                break;
            }
        }
    }

    /// The number of rows that were passed.
    pub fn passed(&self, elements: &[Element]) -> u64 {
        self.row + elements[..self.element].iter().map(|element| element.row_count).sum::<u64>()
    }
}

impl Rows {
    /// Reads a row.
    pub fn read(&mut self, element: &Element, vertex_count: u64, values: &mut impl Values) -> Result<(), RowFault> {
        let mut point = [0.0; 3];
        for (place, property) in element.properties.iter().enumerate() {
            match (*property, element.role) {
                (Property::Scalar(scalar), Role::Vertices(axes)) => match axes.iter().position(|&axis| axis == place) {
                    Some(axis) => point[axis] = values.coordinate(scalar)?,
                    None => values.skip(scalar)?,
                },
                (Property::Scalar(scalar), _) => values.skip(scalar)?,
                (Property::List { count, item }, role) => {
                    let count = length(values.whole(count)?)?;
                    match role {
                        Role::Faces(list) if list == place => self.face(count, item, vertex_count, values)?,
                        Role::Strips(list) if list == place => self.strips(count, item, vertex_count, values)?,
                        _ => (0..count).try_for_each(|_| values.skip(item))?,
                    }
                }
            }
        }
        if let Role::Vertices(_) = element.role {
            self.points.push(point);
        }
        Ok(())
    }

    /// Reads the corners of a polygon. Fewer than three make none.
    fn face(&mut self, count: u64, item: Scalar, vertex_count: u64, values: &mut impl Values) -> Result<(), RowFault> {
        let first = self.corners.len();
        for _ in 0..count {
            let corner = vertex(values.whole(item)?, vertex_count)?;
            self.corners.push(corner);
        }
        self.end_polygon(first);
        Ok(())
    }

    /// Reads strips: each vertex makes a triangle with the two before it, every second one wound the other way.
    fn strips(
        &mut self,
        count: u64,
        item: Scalar,
        vertex_count: u64,
        values: &mut impl Values,
    ) -> Result<(), RowFault> {
        let mut strip = Vec::new();
        for _ in 0..count {
            let number = values.whole(item)?;
            if number < 0 {
                strip.clear();
                continue;
            }
            strip.push(vertex(number, vertex_count)?);
            if let [.., a, b, c] = strip[..] {
                let first = self.corners.len();
                self.corners.extend(if strip.len() % 2 == 1 { [a, b, c] } else { [b, a, c] });
                self.end_polygon(first);
            }
        }
        Ok(())
    }

    fn end_polygon(&mut self, first: usize) {
        let size = self.corners.len() - first;
        if size < 3 {
            self.corners.truncate(first);
        } else {
            self.sizes.push(size as u32);
            self.cut_steps = self.cut_steps.saturating_add(steps(size));
        }
    }

    /// Forgets what a row has added that was cut.
    pub fn truncate(&mut self, [points, corners, sizes]: [usize; 3], cut_steps: u64) {
        self.points.truncate(points);
        self.corners.truncate(corners);
        self.sizes.truncate(sizes);
        self.cut_steps = cut_steps;
    }

    pub fn lengths(&self) -> [usize; 3] {
        [self.points.len(), self.corners.len(), self.sizes.len()]
    }

    pub fn has_polygons(&self) -> bool {
        !self.sizes.is_empty()
    }

    /// The polygons, each by the numbers of its vertices.
    pub fn polygons(&self) -> impl Iterator<Item = &[u32]> {
        let mut rest = &self.corners[..];
        self.sizes.iter().map(move |&size| {
            let (polygon, after) = rest.split_at(size as usize);
            rest = after;
            polygon
        })
    }
}

fn length(count: i64) -> Result<u64, RowFault> {
    u64::try_from(count).map_err(|_| RowFault::Value { expected: "the length of a list", found: count.to_string() })
}

fn vertex(number: i64, count: u64) -> Result<u32, RowFault> {
    let is_there = |&vertex: &u32| u64::from(vertex) < count;
    u32::try_from(number).ok().filter(is_there).ok_or(RowFault::NoVertex { number, count })
}
