//! Of each layer the length of its outline, its area, and what of the surface faces up and down between two planes.
//!
//! The section of a solid grows from one plane to the next by what faces down between them, seen from above, and shrinks by what faces
//! up. So the area of a section needs no polygon: it is what faces down below its plane, less what faces up. Below a plane, a triangle
//! has an area (seen from above) that is quadratic in the plane's height from each of its corners to the next, and where a plane
//! crosses it, a length that is linear.

use nalgebra::Vector3;
use rayon::prelude::*;

use super::bridges::bridges;
use super::grid::LayerGrid;
use super::series::Series;
use crate::mesh::{BLOCK_TRIANGLES, SolidMesh, Stopped};

/// What is known of a layer without its polygons, in the unit of the mesh and its square.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct LayerSums {
    /// The length of the outline, holes included.
    pub outline: f64,
    /// The area of the section.
    pub area: f64,
    /// The area, seen from above, of the surface that faces up between the plane of this layer and the next one's: what of the layer no
    /// other covers.
    pub up: f64,
    /// The area, seen from below, of the surface that faces down between the plane of the layer below and this one's: what of the
    /// layer has none below it. Of the first layer, all that faces down below its plane.
    pub down: f64,
    /// Of `down`, what is steeper than the angle of the overhang. The first layer has none: it lies on the plate.
    pub overhang: f64,
    /// Of `overhang`, the bridges: what is level and held on opposite sides.
    pub bridge: f64,
    /// The number of triangles that the plane crosses.
    pub crossing_count: u64,
}

/// The sums of all layers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layers {
    /// The layers, from the lowest up.
    pub layers: Vec<LayerSums>,
    /// The sum of each layer's area times its thickness.
    pub volume: f64,
    /// By how much `volume` may differ from that of the mesh at most: as far as a section can change between two planes.
    pub most_volume_error: f64,
}

/// The memory that the sums of all threads may take, in bytes, if one thread takes less.
const SUMS_BYTES: usize = 32 << 20;

/// What faces down in a direction within this of the angle counts as of that angle: rounding turns triangles.
const ANGLE_ROUNDING: f64 = 1e-4;

/// Sums a mesh layer by layer. An overhang is a surface that faces down and is more than `overhang_angle` from the vertical, in radians.
///
/// Takes time in proportion to the triangles and the layers, whatever the height of a triangle; to find bridges, the edges of what is
/// level and faces down are sorted.
pub fn layer_sums(
    mesh: &SolidMesh,
    grid: &LayerGrid,
    overhang_angle: f64,
    stopped: &(dyn Fn() -> bool + Sync),
) -> Result<Layers, Stopped> {
    let Some([low, high]) = mesh.bounds() else { return Ok(Layers::default()) };
    let extent = (high - low).max();
    let least_sine = (overhang_angle + ANGLE_ROUNDING).sin();
    let are_bridges = bridges(mesh, grid.plane(0));
    let none = || Sums::new(grid, extent);
    let most_at_once = (SUMS_BYTES / (grid.count() as usize * Sums::BYTES_PER_LAYER)).max(1);
    let threads = rayon::current_num_threads().min(most_at_once);
    let share = mesh.len().div_ceil(threads).max(BLOCK_TRIANGLES);
    let shares = mesh.triangles.par_chunks(share).zip(are_bridges.par_chunks(share)).map(|(triangles, are_bridges)| {
        let mut sums = none();
        for (block, are_bridges) in triangles.chunks(BLOCK_TRIANGLES).zip(are_bridges.chunks(BLOCK_TRIANGLES)) {
            if stopped() {
                return Err(Stopped);
            }
            for (&triangle, &is_bridge) in block.iter().zip(are_bridges) {
                sums.add(mesh.corners(triangle), is_bridge, grid, least_sine);
            }
        }
        Ok(sums)
    });
    let sums = shares.try_reduce(none, |mut sums, others| {
        sums.merge(&others);
        Ok(sums)
    })?;
    Ok(sums.layers(grid))
}

/// What triangles add to all layers. All but lengths and crossings are of what is below a plane.
struct Sums {
    outline: Series,
    crossings: Vec<i64>,
    up: Series,
    down: Series,
    overhang: Series,
    bridge: Series,
}

impl Sums {
    const BYTES_PER_LAYER: usize = 5 * Series::BYTES_PER_LAYER + size_of::<i64>();

    fn new(grid: &LayerGrid, extent: f64) -> Self {
        // One more than the planes, of all that is there.
        let areas = || Series::new(grid.count() + 1, extent * extent);
        Self {
            // A segment within a triangle is shorter than the diagonal of its bounds.
            outline: Series::new(grid.count(), 2.0 * extent),
            crossings: vec![0; grid.count() as usize],
            up: areas(),
            down: areas(),
            overhang: areas(),
            bridge: areas(),
        }
    }

    fn merge(&mut self, other: &Self) {
        self.outline.merge(&other.outline);
        self.up.merge(&other.up);
        self.down.merge(&other.down);
        self.overhang.merge(&other.overhang);
        self.bridge.merge(&other.bridge);
        for (count, other) in self.crossings.iter_mut().zip(&other.crossings) {
            *count += other;
        }
    }

    fn add(&mut self, corners: [Vector3<f64>; 3], is_bridge: bool, grid: &LayerGrid, least_sine: f64) {
        let rising = RisingTriangle::of(corners, grid);
        let normal = (corners[1] - corners[0]).cross(&(corners[2] - corners[0]));
        let seen_area = normal.z.abs() / 2.0;
        if normal.z > 0.0 {
            rising.add_area(seen_area, &mut self.up);
        } else if normal.z < 0.0 {
            rising.add_area(seen_area, &mut self.down);
            if -normal.z > least_sine * normal.norm() {
                rising.add_area(seen_area, &mut self.overhang);
                if is_bridge {
                    rising.add_area(seen_area, &mut self.bridge);
                }
            }
        }
        let [begin, _, end] = rising.planes;
        if begin < end {
            rising.add_length(&mut self.outline);
            self.crossings[begin as usize] += 1;
            if let Some(count) = self.crossings.get_mut(end as usize) {
                *count -= 1;
            }
        }
    }

    fn layers(&self, grid: &LayerGrid) -> Layers {
        // Of what is below each plane, and last of all.
        let areas = |series: &Series| series.sums().collect::<Vec<f64>>();
        let [up, down, overhang, bridge] = [&self.up, &self.down, &self.overhang, &self.bridge].map(areas);
        let between = |below: &[f64], plane: u32| {
            let plane = plane as usize;
            below[plane] - if plane == 0 { 0.0 } else { below[plane - 1] }
        };
        let mut crossing_count = 0_i64;
        let crossings = self.crossings.iter().map(|step| {
            crossing_count += step;
            crossing_count.cast_unsigned()
        });
        let layer = |((number, outline), crossing_count): ((u32, f64), u64)| LayerSums {
            outline,
            // Rounding of the areas leaves a little of what cancels out.
            area: (down[number as usize] - up[number as usize]).max(0.0),
            up: between(&up, number + 1),
            down: between(&down, number),
            overhang: if number == 0 { 0.0 } else { between(&overhang, number) },
            bridge: if number == 0 { 0.0 } else { between(&bridge, number) },
            crossing_count,
        };
        let layers: Vec<LayerSums> = (0..).zip(self.outline.sums()).zip(crossings).map(layer).collect();
        let volume = (0..).zip(&layers).map(|(number, layer)| layer.area * grid.thickness(number)).sum();
        let gaps = (0..=grid.count()).map(|plane| grid.gap(plane) * (between(&up, plane) + between(&down, plane)));
        Layers { volume, most_volume_error: gaps.sum(), layers }
    }
}

/// A triangle with its corners from the lowest to the highest.
struct RisingTriangle {
    corners: [Vector3<f64>; 3],
    /// The levels of the corners: the layer whose plane they lie in, and fractions between two.
    levels: [f64; 3],
    /// The first plane that is not below each corner.
    planes: [u32; 3],
}

impl RisingTriangle {
    fn of(mut corners: [Vector3<f64>; 3], grid: &LayerGrid) -> Self {
        corners.sort_by(|a, b| a.z.total_cmp(&b.z));
        let [low, middle, high] = corners;
        let levels = [grid.level(low.z), grid.level(middle.z), grid.level(high.z)];
        let plane = |level: f64| grid.first_plane_above(level);
        let planes = [plane(levels[0]), plane(levels[1]), plane(levels[2])];
        Self { corners, levels, planes }
    }

    /// Adds to each plane what of an area is below it.
    fn add_area(&self, area: f64, to: &mut Series) {
        let ([low, middle, high], [begin, turn, end]) = (self.levels, self.planes);
        if begin < turn {
            // It grows with the square of the height above the lowest corner.
            let share = area / ((middle - low) * (high - low));
            let above = f64::from(begin) - low;
            to.add(begin, turn, [share * above * above, 2.0 * share * above, share]);
        }
        if turn < end {
            let share = area / ((high - middle) * (high - low));
            let below = high - f64::from(turn);
            to.add(turn, end, [area - share * below * below, 2.0 * share * below, -share]);
        }
        to.add_from(end, area);
    }

    /// Adds to each plane the length at which it crosses the triangle.
    fn add_length(&self, to: &mut Series) {
        let ([low, middle, high], [begin, turn, end]) = (self.levels, self.planes);
        let [lowest, at_turn, highest] = self.corners.map(|corner| corner.xy());
        // It is longest at the height of the middle corner.
        let opposite = lowest + (highest - lowest) * ((middle - low) / (high - low));
        let longest = (at_turn - opposite).norm();
        if begin < turn {
            let slope = longest / (middle - low);
            to.add(begin, turn, [slope * (f64::from(begin) - low), slope, 0.0]);
        }
        if turn < end {
            let slope = longest / (high - middle);
            to.add(turn, end, [slope * (high - f64::from(turn)), -slope, 0.0]);
        }
    }
}
