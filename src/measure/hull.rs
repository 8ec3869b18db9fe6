//! The convex hull of points: quickhull (Barber, Dobkin, Huhdanpaa 1996) with exact predicates.
//!
//! It begins with a tetrahedron. Each face has the points above it, of which every point outside of the hull so far is in one list.
//! The farthest point of a face is added: the faces that it is above go, and it is joined to the edges around them. A point is above a
//! plane by the sign of a determinant that is computed exactly where rounding could change it, so that faces which nearly lie in one
//! plane break nothing.

use nalgebra::Vector3;
use robust::{Coord3D, orient3d};

use crate::mesh::Stopped;

/// The convex hull of points.
#[derive(Debug, Clone, PartialEq)]
pub struct Hull {
    points: Vec<Vector3<f64>>,
    faces: Vec<[u32; 3]>,
}

/// A face while the hull grows.
#[derive(Debug, Clone, Copy)]
struct Face {
    corners: [u32; 3],
    /// The face beyond the edge from each corner to the next.
    neighbours: [u32; 3],
    /// The farthest point above it, which the others follow.
    first_above: Option<Above>,
    is_gone: bool,
}

/// The first point of a list, and its height above the face.
#[derive(Debug, Clone, Copy)]
struct Above {
    point: u32,
    height: f64,
}

/// The end of a list of points.
const END: u32 = u32::MAX;

/// A hull that grows.
struct Growth<'a> {
    points: &'a [Vector3<f64>],
    faces: Vec<Face>,
    /// The point that follows each in the list of a face.
    next_above: Vec<u32>,
    /// Places of faces that are gone.
    free: Vec<u32>,
    /// For each point at which an edge of the last horizon begins, the new face at that edge.
    face_from: Vec<u32>,
}

impl Hull {
    /// The most memory that a hull takes for each point while it grows, in bytes, the points aside: it has two faces for each, and a
    /// point is in one list.
    pub const BYTES_PER_POINT: u64 = (2 * (size_of::<Face>() + size_of::<[u32; 3]>()) + 4 * size_of::<u32>()) as u64;

    /// The hull of points; none if all lie in one plane. Calls `stopped` at each point that it adds.
    ///
    /// Takes time in proportion to n log n for points as parts have them.
    pub fn of(points: &[Vector3<f64>], stopped: &(dyn Fn() -> bool + Sync)) -> Result<Option<Self>, Stopped> {
        let Some(first) = first_corners(points) else { return Ok(None) };
        let mut growth = Growth::begin(points, first);
        let mut waiting: Vec<u32> = (0..growth.faces.len() as u32).collect();
        while let Some(face) = waiting.pop() {
            if stopped() {
                return Err(Stopped);
            }
            let Face { first_above, is_gone, .. } = growth.faces[face as usize];
            if let (Some(Above { point, .. }), false) = (first_above, is_gone) {
                waiting.extend(growth.add(point, face));
            }
        }
        let faces = growth.faces.iter().filter(|face| !face.is_gone).map(|face| face.corners).collect();
        Ok(Some(Self::of_corners(points, faces)))
    }

    /// A hull with its own points alone, numbered as they appear.
    fn of_corners(all: &[Vector3<f64>], mut faces: Vec<[u32; 3]>) -> Self {
        let (mut number_of, mut points) = (vec![END; all.len()], Vec::new());
        for corner in faces.as_flattened_mut() {
            let number = &mut number_of[*corner as usize];
            if *number == END {
                *number = points.len() as u32;
                points.push(all[*corner as usize]);
            }
            *corner = *number;
        }
        Self { points, faces }
    }

    /// Its corners.
    pub fn points(&self) -> &[Vector3<f64>] {
        &self.points
    }

    /// Its triangles, by the numbers of corners: counter-clockwise as seen from outside. Several may lie in one plane.
    pub fn faces(&self) -> impl ExactSizeIterator<Item = [Vector3<f64>; 3]> {
        self.faces.iter().map(|face| face.map(|corner| self.points[corner as usize]))
    }

    /// The volume within it.
    pub fn volume(&self) -> f64 {
        let origin = self.points[0];
        let six_volumes = self.faces().map(|corners| {
            let [a, b, c] = corners.map(|corner| corner - origin);
            a.cross(&b).dot(&c)
        });
        six_volumes.sum::<f64>() / 6.0
    }
}

/// The orientation of a point to a plane: greater than zero above it, as seen where the corners are counter-clockwise, and in proportion
/// to the distance.
fn height([a, b, c]: [Vector3<f64>; 3], point: Vector3<f64>) -> f64 {
    let [a, b, c, point] = [a, b, c, point].map(|at| Coord3D { x: at.x, y: at.y, z: at.z });
    -orient3d(a, b, c, point)
}

/// Four points that do not lie in one plane, the last one below the plane of the others.
fn first_corners(points: &[Vector3<f64>]) -> Option<[u32; 4]> {
    let order =
        |a: &Vector3<f64>, b: &Vector3<f64>| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)).then(a.z.total_cmp(&b.z));
    let numbers = || 0..points.len() as u32;
    let at = |number: u32| points[number as usize];
    let a = numbers().min_by(|&a, &b| order(&at(a), &at(b)))?;
    let b = numbers().max_by(|&a, &b| order(&at(a), &at(b)))?;
    // The farthest of each kind; of equal ones the last.
    let farthest = |distance: &dyn Fn(u32) -> f64| numbers().max_by(|&a, &b| distance(a).total_cmp(&distance(b)));
    let c = farthest(&|point| (at(b) - at(a)).cross(&(at(point) - at(a))).norm_squared())?;
    let of_plane = |point: u32| height([at(a), at(b), at(c)], at(point));
    let d = farthest(&|point| of_plane(point).abs())?;
    match of_plane(d) {
        below if below < 0.0 => Some([a, b, c, d]),
        above if above > 0.0 => Some([b, a, c, d]),
        _ => None,
    }
}

impl<'a> Growth<'a> {
    /// A tetrahedron, with each other point in the list of a face that it is above.
    fn begin(points: &'a [Vector3<f64>], [a, b, c, d]: [u32; 4]) -> Self {
        let face = |corners, neighbours| Face { corners, neighbours, first_above: None, is_gone: false };
        let faces = vec![
            face([a, b, c], [1, 2, 3]),
            face([b, a, d], [0, 3, 2]),
            face([c, b, d], [0, 1, 3]),
            face([a, c, d], [0, 2, 1]),
        ];
        let (next_above, face_from) = (vec![END; points.len()], vec![0; points.len()]);
        let mut growth = Self { points, faces, next_above, free: Vec::new(), face_from };
        for point in 0..points.len() as u32 {
            growth.put_above(point, &[0, 1, 2, 3]);
        }
        growth
    }

    fn height(&self, face: u32, point: u32) -> f64 {
        let corners = self.faces[face as usize].corners.map(|corner| self.points[corner as usize]);
        height(corners, self.points[point as usize])
    }

    /// Puts a point into the list of the first of these faces that it is above, if there is one.
    fn put_above(&mut self, point: u32, faces: &[u32]) {
        for &face in faces {
            let height = self.height(face, point);
            if height > 0.0 {
                let first = &mut self.faces[face as usize].first_above;
                match *first {
                    Some(farthest) if height <= farthest.height => {
                        self.next_above[point as usize] = self.next_above[farthest.point as usize];
                        self.next_above[farthest.point as usize] = point;
                    }
                    farthest => {
                        self.next_above[point as usize] = farthest.map_or(END, |farthest| farthest.point);
                        *first = Some(Above { point, height });
                    }
                }
                return;
            }
        }
    }

    /// Adds a point that is above a face, and returns the new faces that have points above them.
    fn add(&mut self, apex: u32, face: u32) -> Vec<u32> {
        let (seen, horizon) = self.seen_from(apex, face);
        let mut above: Vec<u32> = Vec::new();
        for &face in &seen {
            let mut next = self.faces[face as usize].first_above.map_or(END, |first| first.point);
            while next != END {
                above.push(next);
                next = self.next_above[next as usize];
            }
        }
        self.free.extend(seen);
        let new: Vec<u32> =
            horizon.iter().map(|&([from, to], beyond)| self.add_face([from, to, apex], beyond)).collect();
        for (&face, &([from, to], beyond)) in new.iter().zip(&horizon) {
            self.face_from[from as usize] = face;
            let Face { corners, neighbours, .. } = &mut self.faces[beyond as usize];
            // That face runs along the edge the other way.
            let edge = corners.iter().position(|&corner| corner == to).unwrap_or(0);
            neighbours[edge] = face;
        }
        for (&face, &([_, to], _)) in new.iter().zip(&horizon) {
            let next = self.face_from[to as usize];
            self.faces[face as usize].neighbours[1] = next;
            self.faces[next as usize].neighbours[2] = face;
        }
        for point in above {
            if point != apex {
                self.put_above(point, &new);
            }
        }
        new.into_iter().filter(|&face| self.faces[face as usize].first_above.is_some()).collect()
    }

    /// The faces that a point is above, of which one is known, which go; and the edges around them, each with the face beyond it.
    fn seen_from(&mut self, apex: u32, face: u32) -> (Vec<u32>, Vec<([u32; 2], u32)>) {
        let (mut seen, mut horizon, mut next) = (vec![face], Vec::new(), 0);
        self.faces[face as usize].is_gone = true;
        while let Some(&face) = seen.get(next) {
            next += 1;
            let Face { corners: [a, b, c], neighbours, .. } = self.faces[face as usize];
            for (edge, neighbour) in [[a, b], [b, c], [c, a]].into_iter().zip(neighbours) {
                if self.faces[neighbour as usize].is_gone {
                    continue;
                }
                if self.height(neighbour, apex) > 0.0 {
                    self.faces[neighbour as usize].is_gone = true;
                    seen.push(neighbour);
                } else {
                    horizon.push((edge, neighbour));
                }
            }
        }
        (seen, horizon)
    }

    /// Adds a face with a neighbour beyond its first edge.
    fn add_face(&mut self, corners: [u32; 3], beyond: u32) -> u32 {
        let face = Face { corners, neighbours: [beyond; 3], first_above: None, is_gone: false };
        if let Some(place) = self.free.pop() {
            self.faces[place as usize] = face;
            return place;
        }
        self.faces.push(face);
        self.faces.len() as u32 - 1
    }
}
