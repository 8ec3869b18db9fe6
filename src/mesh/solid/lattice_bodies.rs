//! For tests: bodies on a lattice, of which integers say whether they meet and what they have in common.

use std::collections::{BTreeMap, BTreeSet};

use super::clipping::{Lattice, below, dot};
use crate::mesh::triangle::{Point, Triangle};

type Cell = [i32; 3];

/// A body made of unit cells.
#[derive(Debug, Clone)]
pub struct Cells {
    pub cells: BTreeSet<Cell>,
    /// The number of cells along an edge of the squares of its surface.
    pub fineness: i32,
}

/// A square across an axis: the axis, its lowest corner, and whether it faces up.
type Square = (usize, Cell, bool);

impl Cells {
    /// The cells of a box, from its lower corner up to its upper one.
    pub fn cuboid(low: Cell, high: Cell) -> Self {
        let along_x = |y: i32, z: i32| (low[0]..high[0]).map(move |x| [x, y, z]);
        let along_y = |z: i32| (low[1]..high[1]).flat_map(move |y| along_x(y, z));
        Self { cells: (low[2]..high[2]).flat_map(along_y).collect(), fineness: 1 }
    }

    /// The block of two by two by two cells without some of them, given as bits, each cell of a size.
    pub fn block(without: u8, low: Cell, size: i32) -> Self {
        let kept = (0..8).filter(|number| without >> number & 1 == 0);
        let cuboid = |number: i32| {
            let low = [0, 1, 2].map(|axis| low[axis] + size * (number >> axis & 1));
            Self::cuboid(low, low.map(|end| end + size)).cells
        };
        Self { cells: kept.flat_map(cuboid).collect(), fineness: size }
    }

    /// Whether the body is in one piece, and every edge joins two of its squares.
    pub fn is_plain(&self) -> bool {
        let Some(&first) = self.cells.first() else { return false };
        let (mut reached, mut left_over) = (BTreeSet::from([first]), vec![first]);
        while let Some(cell) = left_over.pop() {
            for (axis, step) in (0..3).flat_map(|axis| [(axis, -1), (axis, 1)]) {
                let next = moved(cell, axis, step);
                if self.cells.contains(&next) && reached.insert(next) {
                    left_over.push(next);
                }
            }
        }
        let mut uses = BTreeMap::<_, u32>::new();
        self.squares(1).iter().flat_map(edges).for_each(|edge| *uses.entry(edge).or_default() += 1);
        reached.len() == self.cells.len() && uses.values().all(|uses| *uses == 2)
    }

    /// The triangles of the surface; bits of `diagonals` say how its squares are divided.
    pub fn triangles(&self, mut diagonals: u64) -> Vec<Triangle> {
        let triangles = self.squares(self.fineness).into_iter().flat_map(|(axis, low, up)| {
            diagonals = diagonals.rotate_left(1);
            let far = |corner, axis| moved(corner, axis, self.fineness);
            let (x, y) = ((axis + 1) % 3, (axis + 2) % 3);
            let mut corners = [low, far(low, x), far(far(low, x), y), far(low, y)];
            corners.rotate_left((diagonals & 1) as usize);
            if !up {
                corners.reverse();
            }
            let [a, b, c, d] = corners.map(|corner| corner.map(|coordinate| coordinate as f32));
            [[a, b, c], [a, c, d]]
        });
        triangles.collect()
    }

    /// The unit edges of the surface, and those of its lattice points.
    pub fn unit_edges(&self) -> BTreeSet<[Cell; 2]> {
        self.squares(1).iter().flat_map(edges).collect()
    }

    pub fn unit_points(&self) -> BTreeSet<Cell> {
        self.unit_edges().into_iter().flatten().collect()
    }

    fn squares(&self, size: i32) -> Vec<Square> {
        let lowest = [0, 1, 2].map(|axis| self.cells.iter().map(|cell| cell[axis]).min().unwrap_or_default());
        let mut squares = Vec::new();
        for &cell in &self.cells {
            for axis in 0..3 {
                // A square is that of its lowest cell.
                let is_lowest = (0..3).all(|other| other == axis || (cell[other] - lowest[other]) % size == 0);
                for (step, up) in [(-1, false), (1, true)] {
                    if is_lowest && !self.cells.contains(&moved(cell, axis, step)) {
                        squares.push((axis, moved(cell, axis, i32::from(up)), up));
                    }
                }
            }
        }
        squares
    }
}

fn moved(mut point: Cell, axis: usize, by: i32) -> Cell {
    point[axis] += by;
    point
}

fn edges((axis, low, _): &Square) -> [[Cell; 2]; 4] {
    let (x, y) = ((axis + 1) % 3, (axis + 2) % 3);
    let [beyond_x, beyond_y] = [x, y].map(|axis| moved(*low, axis, 1));
    let opposite = moved(beyond_x, y, 1);
    [[*low, beyond_x], [*low, beyond_y], [beyond_x, opposite], [beyond_y, opposite]]
}

/// The surface of a box of two triangles a side; bits of `diagonals` say which.
pub fn box_triangles(low: Cell, high: Cell, diagonals: u64) -> Vec<Triangle> {
    let place =
        |corner: Point| [0, 1, 2].map(|axis| if corner[axis] == 0.0 { low[axis] as f32 } else { high[axis] as f32 });
    let unit = Cells::cuboid([0; 3], [1; 3]).triangles(diagonals);
    unit.into_iter().map(|triangle| triangle.map(place)).collect()
}

/// The faces of a tetrahedron, facing outward.
pub fn faces([a, b, c, d]: [Lattice; 4]) -> [[Lattice; 3]; 4] {
    let plane = below([a, b, c]);
    let [a, b] = if dot(plane.normal, d) > plane.offset { [b, a] } else { [a, b] };
    [[a, b, c], [b, a, d], [c, b, d], [a, c, d]]
}

/// Triangles with corners of a lattice.
pub fn triangles(faces: &[[Lattice; 3]]) -> Vec<Triangle> {
    let point = |corner: Lattice| -> Point { corner.map(|coordinate| coordinate as f32) };
    faces.iter().map(|face| face.map(point)).collect()
}

/// The same triangles, facing the other way.
pub fn inside_out(triangles: &[Triangle]) -> Vec<Triangle> {
    triangles.iter().map(|&[a, b, c]| [a, c, b]).collect()
}
