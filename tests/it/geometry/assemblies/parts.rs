//! Round parts: prisms, tubes, rings and threads, in millimetres.

use std::f64::consts::TAU;

/// A surface whose corners are off the lattice.
pub type Surface = Vec<[[f64; 3]; 3]>;

/// A closed outline around the axis z, counter-clockwise: distances from the axis at equal angles.
#[derive(Clone)]
pub struct Outline(Vec<f64>);

impl Outline {
    /// The outline of a function of the angle in turns, at `count` angles.
    pub fn new(count: usize, radius: impl Fn(f64) -> f64) -> Self {
        Self((0..count).map(|number| radius(number as f64 / count as f64)).collect())
    }

    /// A regular polygon.
    pub fn round(count: usize, radius: f64) -> Self {
        Self::new(count, |_| radius)
    }

    /// A square. Its corners are angles of the outline, if `count` is a multiple of 8.
    pub fn square(count: usize, half: f64) -> Self {
        Self::new(count, |turns| {
            let (sine, cosine) = (turns * TAU).sin_cos();
            half / sine.abs().max(cosine.abs())
        })
    }

    /// The area: a triangle between each two neighbours and the axis.
    pub fn area(&self) -> f64 {
        let (radii, count) = (&self.0, self.0.len());
        let half_sine = (TAU / count as f64).sin() / 2.0;
        (0..count).map(|number| radii[number] * radii[(number + 1) % count] * half_sine).sum()
    }

    fn point(&self, number: usize, z: f64) -> [f64; 3] {
        let count = self.0.len();
        let number = number % count;
        let (sine, cosine) = (TAU * number as f64 / count as f64).sin_cos();
        [self.0[number] * cosine, self.0[number] * sine, z]
    }
}

/// A box.
pub fn cuboid(min: [f64; 3], size: [f64; 3]) -> Surface {
    let shape = crate::geometry::shapes::cube(1);
    let corner = |corner: [i64; 3]| [0, 1, 2].map(|axis| min[axis] + size[axis] * corner[axis] as f64);
    shape.0.into_iter().map(|triangle| triangle.map(corner)).collect()
}

/// A prism from one height to another.
pub fn prism(outline: &Outline, z: [f64; 2]) -> Surface {
    stack(&[(z[0], outline.clone()), (z[1], outline.clone())])
}

/// A tube between two outlines of as many angles.
pub fn tube(outer: &Outline, inner: &Outline, z: [f64; 2]) -> Surface {
    let hole = [(z[0], inner.clone()), (z[1], inner.clone())];
    with_hole(&[(z[0], outer.clone()), (z[1], outer.clone())], &hole)
}

/// A solid of outlines above one another.
pub fn stack(outlines: &[(f64, Outline)]) -> Surface {
    let mut surface = sides(outlines);
    let (first, last) = (&outlines[0], &outlines[outlines.len() - 1]);
    for number in 0..first.1.0.len() {
        let [a, b] = [number, number + 1].map(|number| first.1.point(number, first.0));
        surface.push([[0.0, 0.0, first.0], b, a]);
        let [a, b] = [number, number + 1].map(|number| last.1.point(number, last.0));
        surface.push([[0.0, 0.0, last.0], a, b]);
    }
    surface
}

/// A solid of outlines above one another with a hole through it, of outlines from the same to the same height.
pub fn with_hole(outer: &[(f64, Outline)], hole: &[(f64, Outline)]) -> Surface {
    let mut surface = sides(outer);
    surface.extend(sides(hole).into_iter().map(|[a, b, c]| [a, c, b]));
    let ends = [(&outer[0], &hole[0], false), (&outer[outer.len() - 1], &hole[hole.len() - 1], true)];
    for ((z, outer), (_, inner), top) in ends {
        for number in 0..outer.0.len() {
            let [a, b] = [number, number + 1].map(|number| outer.point(number, *z));
            let [c, d] = [number, number + 1].map(|number| inner.point(number, *z));
            let triangles = [[a, b, d], [a, d, c]];
            surface.extend(triangles.map(|[a, b, c]| if top { [a, b, c] } else { [a, c, b] }));
        }
    }
    surface
}

/// The sides between outlines above one another.
fn sides(outlines: &[(f64, Outline)]) -> Surface {
    let steps = outlines.windows(2).flat_map(|pair| {
        let [(low, below), (high, above)] = pair else { unreachable!("windows of two") };
        (0..below.0.len()).flat_map(move |number| {
            let [a, b] = [number, number + 1].map(|number| below.point(number, *low));
            let [c, d] = [number, number + 1].map(|number| above.point(number, *high));
            [[a, b, d], [a, d, c]]
        })
    });
    steps.collect()
}

/// A ring of round wire about the axis z.
pub fn ring(radius: f64, wire: f64) -> Surface {
    const AROUND: usize = 16;
    const WIRE: usize = 8;
    let point = |around: usize, wire_angle: usize| {
        let (sine, cosine) = (TAU * (around % AROUND) as f64 / AROUND as f64).sin_cos();
        let (up, out) = (TAU * (wire_angle % WIRE) as f64 / WIRE as f64).sin_cos();
        let from_axis = radius + wire * out;
        [from_axis * cosine, from_axis * sine, wire * up]
    };
    let cells = (0..AROUND).flat_map(|around| (0..WIRE).map(move |wire_angle| (around, wire_angle)));
    let triangles = cells.flat_map(|(i, j)| {
        let [a, b, c, d] = [point(i, j), point(i + 1, j), point(i + 1, j + 1), point(i, j + 1)];
        [[a, b, c], [a, c, d]]
    });
    triangles.collect()
}

/// A ball about the origin.
pub fn ball(radius: f64) -> Surface {
    const RINGS: usize = 16;
    let outline = |number: usize| {
        let (from_axis, z) = (TAU / 2.0 * number as f64 / RINGS as f64).sin_cos();
        (-radius * z, Outline::round(24, radius * from_axis))
    };
    let outlines: Vec<_> = (1..RINGS).map(outline).collect();
    stack(&outlines)
}

/// Outlines of a thread of one start, `turns` high: the radius goes from `root` to `crest` and back once around.
pub fn thread(root: f64, crest: f64, pitch: f64, turns: usize) -> Vec<(f64, Outline)> {
    const AROUND: usize = 24;
    let outline = |level: usize| {
        let height = level as f64 / AROUND as f64;
        let radius = move |turn: f64| {
            // A triangle wave of the angle behind that of the height.
            let phase = (turn - height).rem_euclid(1.0);
            root + (crest - root) * (1.0 - (2.0 * phase - 1.0).abs())
        };
        (height * pitch, Outline::new(AROUND, radius))
    };
    (0..=turns * AROUND).map(outline).collect()
}

/// The surface with each corner mapped.
pub fn mapped(surface: Surface, corner: impl Fn([f64; 3]) -> [f64; 3]) -> Surface {
    surface.into_iter().map(|triangle| triangle.map(&corner)).collect()
}

/// The surface moved by a vector.
pub fn moved(surface: Surface, by: [f64; 3]) -> Surface {
    mapped(surface, |corner| [0, 1, 2].map(|axis| corner[axis] + by[axis]))
}

/// The volume between each triangle and the origin, summed: that of bodies which share nothing.
pub fn signed_volume(surface: &Surface) -> f64 {
    let six_volumes = surface.iter().map(|[a, b, c]| {
        a[0] * (b[1] * c[2] - b[2] * c[1]) - a[1] * (b[0] * c[2] - b[2] * c[0]) + a[2] * (b[0] * c[1] - b[1] * c[0])
    });
    six_volumes.sum::<f64>() / 6.0
}
