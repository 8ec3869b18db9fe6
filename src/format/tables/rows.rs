//! The rows of tables, from values in text or in binary.

use super::layout::{Element, Property, Role, Scalar};
use crate::format::polygons::Polygons;
use crate::mesh::Point;

/// The values of a row, one after another.
pub(super) trait Values {
    fn coordinate(&mut self, scalar: Scalar) -> Result<f32, RowFault>;
    fn whole(&mut self, scalar: Scalar) -> Result<i64, RowFault>;
    /// Passes so many values.
    fn skip(&mut self, count: u64, scalar: Scalar) -> Result<(), RowFault>;
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
    pub polygons: Polygons<u32>,
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

    /// The rows of the element that are left.
    pub fn rows_left(&self, elements: &[Element]) -> u64 {
        elements[self.element].row_count - self.row
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
                    None => values.skip(1, scalar)?,
                },
                (Property::Scalar(scalar), _) => values.skip(1, scalar)?,
                (Property::List { count, item }, role) => {
                    let count = length(values.whole(count)?)?;
                    match role {
                        Role::Faces(list) if list == place => {
                            self.polygons.add((0..count).map(|_| vertex(values.whole(item)?, vertex_count)))?;
                        }
                        Role::Strips(list) if list == place => self.strips(count, item, vertex_count, values)?,
                        _ => values.skip(count, item)?,
                    }
                }
            }
        }
        if let Role::Vertices(_) = element.role {
            self.points.push(point);
        }
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
                let triangle = if strip.len() % 2 == 1 { [a, b, c] } else { [b, a, c] };
                self.polygons.add(triangle.map(Ok::<_, RowFault>))?;
            }
        }
        Ok(())
    }
}

/// The length of a list.
pub(super) fn length(count: i64) -> Result<u64, RowFault> {
    u64::try_from(count).map_err(|_| RowFault::Value { expected: "the length of a list", found: count.to_string() })
}

fn vertex(number: i64, count: u64) -> Result<u32, RowFault> {
    let is_there = |&vertex: &u32| u64::from(vertex) < count;
    u32::try_from(number).ok().filter(is_there).ok_or(RowFault::NoVertex { number, count })
}
