//! The removal of lines: triangles whose corners lie on one line, exactly.
//!
//! The middle corner of a line lies on its longest edge, and mostly another triangle is beyond that edge: it is divided at the
//! corner. So each edge stays used as often as before, and as often each way, whatever else lies along it. Without the division, an
//! edge that two bodies share would be used by one triangle too few, and one of the others would look like a stray.

use std::cmp::Ordering;

use crate::mesh::topology::indexed_mesh::IndexedMesh;
use crate::mesh::topology::radial;
use crate::mesh::triangle::Point;

/// The most rounds. Each divides what lies beyond lines once, and lines beyond lines take several. Lines that are left then leave
/// T-junctions.
const MAX_ROUNDS: usize = 8;

/// Removes lines, and divides the triangles beyond them. Returns the number of lines.
///
/// Takes at most 56 bytes for each triangle, above the mesh.
pub(in crate::mesh) fn remove_lines(mesh: &mut IndexedMesh) -> usize {
    let mut lines = lines_of(mesh);
    let count = lines.len();
    for _ in 0..MAX_ROUNDS {
        if lines.is_empty() || !divide_beyond(mesh, &lines) {
            break;
        }
        lines = lines_of(mesh);
    }
    if count > 0 {
        let mut number = 0..;
        mesh.triangles.retain(|_| lines.binary_search(&number.next().expect("it has no end")).is_err());
    }
    count
}

/// The numbers of the triangles that are lines, ascending.
fn lines_of(mesh: &IndexedMesh) -> Vec<u32> {
    let is_line = |triangle: &[u32; 3]| radial::is_line(triangle.map(|vertex| mesh.vertices[vertex as usize]));
    (0..).zip(&mesh.triangles).filter(|(_, triangle)| is_line(triangle)).map(|(number, _)| number).collect()
}

/// An edge of a triangle.
#[derive(Debug, Clone, Copy)]
struct Side {
    triangle: u32,
    is_line: bool,
    /// Its vertices, in the direction of the triangle.
    ends: [u32; 2],
    /// The vertex that is not on it.
    apex: u32,
}

impl Side {
    fn all(triangle: u32, [a, b, c]: [u32; 3], is_line: bool) -> [Self; 3] {
        [[a, b, c], [b, c, a], [c, a, b]].map(|[from, to, apex]| Self { triangle, is_line, ends: [from, to], apex })
    }

    /// The longest edge of a line; none if two of its corners are one vertex.
    fn longest(mesh: &IndexedMesh, line: u32) -> Option<Self> {
        let sides = Self::all(line, mesh.triangles[line as usize], true);
        // Along a line, the order of coordinates is that of places.
        sides.into_iter().find(|Self { ends: [from, to], apex, .. }| {
            let [from, to, apex] = [*from, *to, *apex].map(|vertex| mesh.vertices[vertex as usize]);
            (from < apex && apex < to) || (to < apex && apex < from)
        })
    }

    /// The edge in the direction of a triangle beyond it.
    fn beyond(&self) -> [u32; 2] {
        [self.ends[1], self.ends[0]]
    }

    /// An order by an edge of the side, whole triangles before lines, and the third corner. Of equal triangles, the same one comes
    /// first at each of their edges; else the order of the triangles makes no difference.
    fn cmp_by(&self, other: &Self, edge: fn(&Self) -> [u32; 2], vertices: &[Point]) -> Ordering {
        let place = |vertex: u32| vertices[vertex as usize];
        let key = |side: &Self| (edge(side).map(place), side.is_line, place(side.apex), side.triangle);
        key(self).partial_cmp(&key(other)).expect("coordinates are finite")
    }
}

/// Divides the triangle beyond each line at the line's middle corner, where there is one that is no line or has the same longest
/// edge. Each triangle is divided once at most. Returns whether any was.
fn divide_beyond(mesh: &mut IndexedMesh, lines: &[u32]) -> bool {
    let mut longest = Vec::with_capacity(lines.len());
    longest.extend(lines.iter().filter_map(|&line| Side::longest(mesh, line)));
    let IndexedMesh { vertices, triangles } = mesh;
    let by_ends = |a: &Side, b: &Side| a.cmp_by(b, |side| side.ends, vertices);
    let mut found = sides_beyond(triangles, lines, &longest, by_ends);
    found.sort_unstable_by(by_ends);
    longest.sort_unstable_by(|a, b| a.cmp_by(b, Side::beyond, vertices));

    let mut is_taken = vec![false; triangles.len()];
    let mut any = false;
    let mut found = found.chunk_by(|a, b| a.ends == b.ends).peekable();
    for lines in longest.chunk_by(|a, b| a.ends == b.ends) {
        let Some(sides) = found.next_if(|sides| sides[0].ends == lines[0].beyond()) else { continue };
        for (line, side) in lines.iter().zip(sides) {
            let [line_number, number] = [line.triangle as usize, side.triangle as usize];
            if !is_taken[line_number] && !is_taken[number] {
                (is_taken[line_number], is_taken[number]) = (true, true);
                let [from, to] = side.ends;
                triangles[line_number] = [from, line.apex, side.apex];
                triangles[number] = [line.apex, to, side.apex];
                any = true;
            }
        }
    }
    any
}

/// The sides of triangles that lie beyond the longest edges of lines: of each triangle one at most, of a line its longest.
fn sides_beyond(
    triangles: &[[u32; 3]],
    lines: &[u32],
    longest: &[Side],
    order: impl Fn(&Side, &Side) -> Ordering,
) -> Vec<Side> {
    let mut wanted: Vec<[u32; 2]> = longest.iter().map(Side::beyond).collect();
    wanted.sort_unstable();
    let is_wanted = |side: &Side| wanted.binary_search(&side.ends).is_ok();
    let found = || {
        let whole = (0..).zip(triangles).filter(|(number, _)| lines.binary_search(number).is_err());
        let sides = whole.filter_map(|(number, &triangle)| {
            Side::all(number, triangle, false).into_iter().filter(is_wanted).min_by(&order)
        });
        sides.chain(longest.iter().copied().filter(is_wanted))
    };
    let mut sides = Vec::with_capacity(found().count());
    sides.extend(found());
    sides
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// How many more triangles use each edge up than down.
    fn directions(mesh: &IndexedMesh) -> BTreeMap<[u32; 2], i32> {
        let mut directions = BTreeMap::new();
        for half_edge in 0..3 * mesh.triangles.len() as u32 {
            let (from, to) = mesh.ends(half_edge);
            *directions.entry([from.min(to), from.max(to)]).or_default() += if from < to { 1 } else { -1 };
        }
        directions.retain(|_, direction| *direction != 0);
        directions
    }

    #[test]
    fn what_lies_beyond_a_line_is_divided() {
        // Vertices 0 to 4 are on a line, the others beside it.
        let mut vertices: Vec<Point> = [0.0, 1.0, 2.0, 3.0, 4.0].map(|x| [x, 2.0 * x, -x]).to_vec();
        vertices.extend([[0.0, 1.0, 5.0], [1.0, -3.0, 0.0], [2.0, 2.0, 2.0]]);
        // Triangles, and how many are left.
        let rows: [(&str, &[[u32; 3]], usize); 6] = [
            ("a line at a triangle", &[[0, 2, 1], [2, 0, 5]], 2),
            ("at two triangles", &[[0, 2, 1], [2, 0, 5], [2, 0, 6]], 3),
            ("twice, at one triangle that is there twice", &[[0, 2, 1], [0, 2, 1], [2, 0, 5], [2, 0, 5]], 4),
            ("lines beyond lines", &[[0, 4, 1], [1, 4, 2], [2, 4, 3], [4, 0, 5]], 4),
            ("two lines with one longest edge", &[[0, 4, 1], [4, 0, 3], [0, 1, 5], [1, 4, 5], [4, 3, 6], [3, 0, 6]], 6),
            ("the same line both ways", &[[0, 2, 1], [2, 0, 1], [1, 0, 5]], 1),
        ];
        for (name, triangles, expected) in rows {
            let mut mesh = IndexedMesh { vertices: vertices.clone(), triangles: triangles.to_vec() };
            let before = directions(&mesh);
            assert!(remove_lines(&mut mesh) > 0, "{name}");
            assert_eq!(directions(&mesh), before, "{name}");
            assert_eq!(mesh.triangles.len(), expected, "{name}");
        }
    }

    #[test]
    fn a_line_with_nothing_beyond_is_left_out() {
        let vertices = vec![[0.0; 3], [1.0; 3], [2.0; 3], [0.0, 1.0, 5.0]];
        let mut mesh = IndexedMesh { vertices, triangles: vec![[0, 2, 1], [0, 2, 3]] };
        assert_eq!((remove_lines(&mut mesh), mesh.triangles), (1, vec![[0, 2, 3]]));
    }
}
