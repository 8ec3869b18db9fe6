//! Closed meshes whose measures follow from formulas.

use nalgebra::Vector3;

use crate::mesh::SolidMesh;

/// A solid whose corners are points, by faces of any number of corners that are counter-clockwise as seen from outside.
pub fn solid(points: &[[f64; 3]], faces: &[&[u32]]) -> SolidMesh {
    let fan = |face: &&[u32]| face.windows(2).skip(1).map(|pair| [face[0], pair[0], pair[1]]).collect::<Vec<_>>();
    SolidMesh {
        points: points.iter().map(|&point| Vector3::from(point)).collect(),
        triangles: faces.iter().flat_map(fan).collect(),
    }
}

pub fn cuboid([x, y, z]: [f64; 3], [a, b, c]: [f64; 3]) -> SolidMesh {
    let points: Vec<_> = (0..8)
        .map(|corner| {
            [x + a * f64::from(corner & 1), y + b * f64::from(corner >> 1 & 1), z + c * f64::from(corner >> 2)]
        })
        .collect();
    solid(&points, &[&[0, 2, 3, 1], &[4, 5, 7, 6], &[0, 1, 5, 4], &[3, 2, 6, 7], &[1, 3, 7, 5], &[2, 0, 4, 6]])
}

/// A pyramid on a square of two by two, with its tip at a height.
pub fn pyramid(height: f64) -> SolidMesh {
    let points = [[-1.0, -1.0, 0.0], [1.0, -1.0, 0.0], [1.0, 1.0, 0.0], [-1.0, 1.0, 0.0], [0.0, 0.0, height]];
    solid(&points, &[&[3, 2, 1, 0], &[0, 1, 4], &[1, 2, 4], &[2, 3, 4], &[3, 0, 4]])
}

pub fn tetrahedron(points: &[[f64; 3]; 4]) -> SolidMesh {
    let [a, b, c, d] = points.map(Vector3::from);
    let faces: [&[u32]; 4] = [&[0, 2, 1], &[0, 1, 3], &[1, 2, 3], &[2, 0, 3]];
    let mut solid = solid(points, &faces);
    if (b - a).cross(&(c - a)).dot(&(d - a)) < 0.0 {
        solid.triangles.iter_mut().for_each(|triangle| triangle.swap(1, 2));
    }
    solid
}

pub fn together(solids: impl IntoIterator<Item = SolidMesh>) -> SolidMesh {
    solids.into_iter().fold(SolidMesh::default(), |mut all, solid| {
        let first = all.points.len() as u32;
        all.points.extend(solid.points);
        all.triangles.extend(solid.triangles.iter().map(|triangle| triangle.map(|point| first + point)));
        all
    })
}

pub fn inside_out(mut solid: SolidMesh) -> SolidMesh {
    solid.triangles.iter_mut().for_each(|triangle| triangle.swap(1, 2));
    solid
}

pub fn mapped(mut solid: SolidMesh, map: impl Fn(Vector3<f64>) -> Vector3<f64>) -> SolidMesh {
    solid.points.iter_mut().for_each(|point| *point = map(*point));
    solid
}

/// Cells of a lattice as one closed mesh: faces between two cells are left out, and corners are shared.
pub fn cells(cells: &[[i64; 3]]) -> SolidMesh {
    let mut points: Vec<[i64; 3]> = Vec::new();
    let mut triangles = Vec::new();
    for cell in cells {
        for (axis, end) in (0..3).flat_map(|axis| [(axis, 0), (axis, 1)]) {
            let mut next = *cell;
            next[axis] += 2 * end - 1;
            if cells.contains(&next) {
                continue;
            }
            let (u, v) = ((axis + 1) % 3, (axis + 2) % 3);
            let corner = |along_u: i64, along_v: i64| {
                let mut corner = *cell;
                corner[axis] += end;
                corner[u] += along_u;
                corner[v] += along_v;
                corner
            };
            let mut face = [corner(0, 0), corner(1, 0), corner(1, 1), corner(0, 1)];
            if end == 0 {
                face.reverse();
            }
            let [a, b, c, d] = face.map(|corner| {
                let number = points.iter().position(|point| *point == corner).unwrap_or(points.len());
                if number == points.len() {
                    points.push(corner);
                }
                number as u32
            });
            triangles.extend([[a, b, c], [a, c, d]]);
        }
    }
    let points = points.iter().map(|point| Vector3::from(point.map(|coordinate| coordinate as f64))).collect();
    SolidMesh { points, triangles }
}
