//! The pairing of the triangles around an edge that three or more share, by their angles.
//!
//! Going around the edge, a triangle either opens a solid wedge or closes one, by its winding. Each opening one is paired with
//! the one that closes its wedge, as brackets are: those of one patch first, if it opens as many as it closes, and then those of
//! different ones. Wedges of different patches nest and never cross, so that surfaces that touch in an edge part into bodies that
//! do not cross there; a patch that goes on across the edge is one surface, whatever lies on it or crosses it. The order is exact
//! (Shewchuk, "Adaptive precision floating-point arithmetic and fast robust geometric predicates", 1997).
//!
//! Walls that coincide have one angle. They are stacked the same way at each of their edges, as if they lay a little apart: what
//! two walls that face each other have between them is void, and of walls that face the same way the first one by the number of
//! its patch lies outermost. Nothing follows from the order of the triangles, if the numbers of patches do not.
//!
//! Of patches that are inside out, the wedges are those that they have once they are turned.
//!
//! Where the winding is inconsistent, some triangles find no partner that closes their wedge. Those of one patch are paired
//! then, and neighbours after them, whichever way they run: the repair of winding comes later, and each closed body should be
//! its own before it. If their number is odd, one stays without a mate.

use std::cmp::Ordering;

use robust::{Coord, Coord3D, orient2d, orient3d};

use crate::mesh::topology::edges::{BOUNDARY, Edges};
use crate::mesh::topology::indexed_mesh::IndexedMesh;
use crate::mesh::triangle::{Point, to_f64};

/// A triangle at an edge.
#[derive(Debug, Clone, Copy)]
struct Leaf {
    half_edge: u32,
    /// The patch of the triangle.
    patch: u32,
    /// The corner that is not on the edge.
    apex: Point,
    /// The squared distances of the apex to the ends of the edge.
    reach: f32,
    /// The part of the circle around the edge that the triangle lies in.
    sector: Sector,
    /// Whether the wedge behind the triangle is solid, and not the one before it.
    closes: bool,
}

/// A part of the circle around an edge, counter-clockwise from a triangle to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Sector {
    Start,
    FirstHalf,
    Opposite,
    SecondHalf,
}

/// The patches of a mesh: parts of the surface that no edge of three or more triangles divides.
#[derive(Debug)]
pub(in crate::mesh) struct Patches {
    /// The patch of each triangle.
    pub of_triangle: Vec<u32>,
    /// Whether each patch is inside out.
    pub is_inside_out: Vec<bool>,
}

/// Pairs half-edges, which come edge by edge, anew. Each of them then has a mate or is loose. A triangle whose
/// corners lie on one line has no angle, and counts as the first one.
///
/// Takes at most 64 bytes for each half-edge of one edge, above the mesh and its edges.
pub(in crate::mesh) fn pair_by_angle(mesh: &IndexedMesh, edges: &mut Edges, half_edges: &[u32], patches: &Patches) {
    let mut leaves = Vec::new();
    for edge in mesh.chunk_by_edge(half_edges) {
        sort_by_angle(mesh, edge, patches, &mut leaves);
        for leaf in &leaves {
            edges.mates[leaf.half_edge as usize] = BOUNDARY;
        }
        pair(&leaves, |a, b| {
            edges.mates[a.half_edge as usize] = b.half_edge;
            edges.mates[b.half_edge as usize] = a.half_edge;
        });
    }
}

/// Fills `leaves` with the triangles at an edge, counter-clockwise as seen against its direction from the lower vertex to the
/// upper one.
fn sort_by_angle(mesh: &IndexedMesh, edge: &[u32], patches: &Patches, leaves: &mut Vec<Leaf>) {
    let point = |vertex: u32| mesh.vertices[vertex as usize];
    let (from, to) = mesh.ends(edge[0]);
    let (low, high) = (from.min(to), from.max(to));
    let has_angle = |half_edge: &&u32| !is_line([point(low), point(high), point(mesh.apex(**half_edge))]);
    let start = edge.iter().find(has_angle).unwrap_or(&edge[0]);
    let axis = Axis { low: point(low), high: point(high), start: point(mesh.apex(*start)) };
    leaves.clear();
    leaves.extend(edge.iter().map(|&half_edge| Leaf {
        half_edge,
        patch: patches.of_triangle[half_edge as usize / 3],
        apex: point(mesh.apex(half_edge)),
        reach: axis.reach(point(mesh.apex(half_edge))),
        sector: axis.sector(point(mesh.apex(half_edge))),
        closes: (mesh.ends(half_edge).0 == low) != patches.is_inside_out(half_edge / 3),
    }));
    leaves.sort_unstable_by(|a, b| {
        let within_half = || match a.sector {
            // If the turn from a to b is to the left, a comes first.
            Sector::FirstHalf | Sector::SecondHalf => {
                let turn = axis.turn(a.apex, b.apex);
                0.0.partial_cmp(&turn).expect("a turn is a number")
            }
            Sector::Start | Sector::Opposite => Ordering::Equal,
        };
        a.sector.cmp(&b.sector).then_with(within_half).then_with(|| stacked(a, b))
    });
}

impl Patches {
    fn is_inside_out(&self, triangle: u32) -> bool {
        self.is_inside_out[self.of_triangle[triangle as usize] as usize]
    }
}

/// The order of two triangles that coincide.
fn stacked(a: &Leaf, b: &Leaf) -> Ordering {
    match (a.closes, b.closes) {
        (true, false) => Ordering::Less,
        (false, true) => Ordering::Greater,
        // Outside is ahead of a triangle that closes a solid, and behind one that opens it.
        (true, true) => b.cmp_by_place(a),
        (false, false) => a.cmp_by_place(b),
    }
}

impl Leaf {
    /// The order of patches, and of triangles of one patch.
    fn cmp_by_place(&self, other: &Self) -> Ordering {
        let corners = || self.apex.partial_cmp(&other.apex).expect("coordinates are finite");
        self.patch.cmp(&other.patch).then(self.reach.total_cmp(&other.reach)).then_with(corners)
    }
}

/// Pairs the triangles around an edge, which are sorted by their angles.
fn pair(leaves: &[Leaf], mut found: impl FnMut(&Leaf, &Leaf)) {
    let mut by_patch: Vec<&Leaf> = leaves.iter().collect();
    by_patch.sort_by_key(|leaf| leaf.patch);
    let mut own: Vec<u32> = Vec::new();
    for of_patch in by_patch.chunk_by(|a, b| a.patch == b.patch) {
        let closing_count = of_patch.iter().filter(|leaf| leaf.closes).count();
        if closing_count * 2 == of_patch.len() {
            pair_wedges(of_patch.iter().copied(), &mut found);
            own.push(of_patch[0].patch);
        }
    }
    drop(by_patch);
    let others = leaves.iter().filter(|leaf| own.binary_search(&leaf.patch).is_err());
    let mut left_over = pair_wedges(others, &mut found);
    // What is left runs the same way all of it.
    from_first(&mut left_over);
    let mut alone: Vec<&Leaf> = Vec::new();
    for leaf in left_over {
        match alone.last() {
            Some(last) if last.patch == leaf.patch => found(alone.pop().expect("it is there"), leaf),
            _ => alone.push(leaf),
        }
    }
    for neighbours in alone.chunks_exact(2) {
        found(neighbours[0], neighbours[1]);
    }
}

/// Pairs triangles that open a wedge with those that close it, and returns the others.
fn pair_wedges<'l>(leaves: impl Iterator<Item = &'l Leaf>, mut found: impl FnMut(&Leaf, &Leaf)) -> Vec<&'l Leaf> {
    let (mut opening, mut closing): (Vec<&Leaf>, Vec<&Leaf>) = (Vec::new(), Vec::new());
    for leaf in leaves {
        if !leaf.closes {
            opening.push(leaf);
        } else if let Some(opened) = opening.pop() {
            found(opened, leaf);
        } else {
            closing.push(leaf);
        }
    }
    // The circle goes on at its start: the wedge that was opened last is closed first.
    let around = opening.len().min(closing.len());
    for closed in closing.drain(..around) {
        let opened = opening.pop().expect("there are as many");
        found(opened, closed);
    }
    opening.extend(closing);
    opening
}

/// Begins a circle of triangles with the first of them by its place, and goes on to that of its neighbours which comes first.
fn from_first(circle: &mut [&Leaf]) {
    let Some(first) = (0..circle.len()).min_by(|&a, &b| circle[a].cmp_by_place(circle[b])) else { return };
    circle.rotate_left(first);
    if let [_, next, .., last] = circle
        && last.cmp_by_place(next).is_lt()
    {
        circle[1..].reverse();
    }
}

/// An edge, and the corner of a triangle at it from which angles are counted.
struct Axis {
    low: Point,
    high: Point,
    start: Point,
}

impl Axis {
    /// Positive where the turn about the edge from one point to the other is to the left and less than a half one, zero where
    /// both are in one plane with the edge.
    fn turn(&self, from: Point, to: Point) -> f64 {
        let place = |[x, y, z]: Point| Coord3D { x: f64::from(x), y: f64::from(y), z: f64::from(z) };
        -orient3d(place(self.low), place(self.high), place(from), place(to))
    }

    fn reach(&self, point: Point) -> f32 {
        let [low, high, point] = [self.low, self.high, point].map(to_f64);
        // A turn of the mesh changes the last bits.
        ((point - low).norm_squared() + (point - high).norm_squared()) as f32
    }

    fn sector(&self, point: Point) -> Sector {
        let turn = self.turn(self.start, point);
        if turn > 0.0 {
            Sector::FirstHalf
        } else if turn < 0.0 {
            Sector::SecondHalf
        } else if self.same_side(point) {
            Sector::Start
        } else {
            Sector::Opposite
        }
    }

    /// Whether a point in the plane of the edge and the start does not lie beyond the edge.
    fn same_side(&self, point: Point) -> bool {
        let sides = |corner: Point| shadows([self.low, self.high, corner]);
        sides(self.start).into_iter().zip(sides(point)).all(|(start, side)| start * side >= 0.0)
    }
}

/// Whether the corners of a triangle lie on one line, exactly.
pub(in crate::mesh) fn is_line(corners: [Point; 3]) -> bool {
    shadows(corners).iter().all(|area| *area == 0.0)
}

/// Numbers with the signs of the areas of a triangle's shadows along the three axes.
fn shadows(corners: [Point; 3]) -> [f64; 3] {
    [(0, 1), (1, 2), (2, 0)].map(|(x, y)| {
        let [a, b, c] = corners.map(|corner| Coord { x: f64::from(corner[x]), y: f64::from(corner[y]) });
        orient2d(a, b, c)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Triangles around an edge: `(` opens a wedge and `)` closes one; the digit after it is its patch.
    fn leaves(text: &str) -> Vec<Leaf> {
        let characters: Vec<char> = text.chars().collect();
        let leaf = |(number, pair): (usize, &[char])| Leaf {
            half_edge: number as u32,
            patch: pair[1].to_digit(10).expect("a digit"),
            apex: [0.0; 3],
            reach: number as f32,
            sector: Sector::Start,
            closes: pair[0] == ')',
        };
        characters.chunks(2).enumerate().map(leaf).collect()
    }

    #[test]
    fn wedges_nest_as_brackets_do() {
        let rows: [(&str, &[(u32, u32)]); 12] = [
            ("(0)0(1)1", &[(0, 1), (2, 3)]),
            (")0(1)1(0", &[(0, 3), (1, 2)]),
            ("(0(1)1)0", &[(0, 3), (1, 2)]),
            (")0)1(1(0", &[(0, 3), (1, 2)]),
            // A patch that goes on across the edge is one surface, though the other crosses it.
            ("(0(1)0)1", &[(0, 2), (1, 3)]),
            // One wall in a body: the patch beside it stays without a mate.
            ("(0(1)2", &[(1, 2)]),
            // Windings disagree: what runs the same way is paired by patch, then by place.
            ("(0(0", &[(0, 1)]),
            ("(0(1(1(0", &[(0, 3), (1, 2)]),
            ("(0(1(2(3", &[(0, 1), (2, 3)]),
            ("(1(2(3(0", &[(0, 3), (1, 2)]),
            (")0(1)1)0", &[(0, 3), (1, 2)]),
            ("(0(0(0", &[(0, 1)]),
        ];
        for (text, expected) in rows {
            let mut leaves = leaves(text);
            for _ in 0..2 {
                for start in 0..leaves.len() {
                    leaves.rotate_left(1);
                    let mut found = Vec::new();
                    pair(&leaves, |a, b| found.push((a.half_edge.min(b.half_edge), a.half_edge.max(b.half_edge))));
                    found.sort_unstable();
                    assert_eq!(found, expected, "{text}, from {start} on");
                }
                // The same circle, seen from its other side.
                leaves.reverse();
                for leaf in &mut leaves {
                    leaf.closes = !leaf.closes;
                }
            }
        }
    }

    /// The order of two directions about z, counter-clockwise from x, by integers alone.
    fn around_z([ax, ay]: [i64; 2], [bx, by]: [i64; 2]) -> Ordering {
        let is_lower = |x: i64, y: i64| y < 0 || (y == 0 && x < 0);
        is_lower(ax, ay).cmp(&is_lower(bx, by)).then_with(|| 0.cmp(&(ax * by - ay * bx)))
    }

    proptest! {
        #[test]
        fn triangles_are_sorted_by_their_exact_angles(
            apexes in prop::collection::vec(([-3..4_i64, -3..4_i64], -9..10_i64), 3..12),
            [shear_x, shear_y] in [-5..6_i64, -5..6_i64],
            moved in -1000..1000_i64,
        ) {
            let apexes: Vec<_> = apexes.into_iter().filter(|(across, _)| *across != [0, 0]).collect();
            prop_assume!(apexes.len() >= 3);
            // A shear moves the axis and keeps the order around it.
            let point = |[x, y, z]: [i64; 3]| [x + shear_x * z, y + shear_y * z, z + moved].map(|number| number as f32);
            let mut mesh = IndexedMesh { vertices: vec![point([0, 0, 0]), point([0, 0, 1])], triangles: Vec::new() };
            for ([x, y], z) in &apexes {
                mesh.triangles.push([0, 1, mesh.vertices.len() as u32]);
                mesh.vertices.push(point([*x, *y, *z]));
            }
            let edge: Vec<u32> = (0..apexes.len() as u32).map(|triangle| 3 * triangle).collect();
            let patches = Patches { of_triangle: vec![0; apexes.len()], is_inside_out: vec![false] };
            let mut sorted = Vec::new();
            sort_by_angle(&mesh, &edge, &patches, &mut sorted);
            let across: Vec<[i64; 2]> = sorted.iter().map(|leaf| apexes[leaf.half_edge as usize / 3].0).collect();
            // From the triangle to start from on, the order descends once at most.
            let descents = (0..across.len())
                .filter(|&place| around_z(across[place], across[(place + 1) % across.len()]) == Ordering::Greater)
                .count();
            prop_assert!(descents <= 1, "{:?}", across);
        }
    }
}
