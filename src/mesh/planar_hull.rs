//! The convex hull of points in a plane.

use nalgebra::Vector2;

/// Sorts points, and returns the corners of their convex hull, counter-clockwise: the lower chain from left to right, then the upper
/// one back (Andrew 1979). Points on a side are none. Points on one line have a hull of two corners at most.
pub fn planar_hull(points: &mut [Vector2<f64>]) -> Vec<Vector2<f64>> {
    points.sort_by(|a, b| a.x.total_cmp(&b.x).then(a.y.total_cmp(&b.y)));
    let mut hull = chain(points.iter());
    let upper = chain(points.iter().rev());
    hull.pop();
    hull.extend(upper);
    hull.pop();
    hull
}

fn chain<'a>(points: impl Iterator<Item = &'a Vector2<f64>>) -> Vec<Vector2<f64>> {
    let mut chain: Vec<Vector2<f64>> = Vec::new();
    for point in points {
        while let [.., a, b] = chain[..]
            && (b - a).perp(&(point - b)) <= 0.0
        {
            chain.pop();
        }
        chain.push(*point);
    }
    chain
}
