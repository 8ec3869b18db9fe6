//! For tests: what convex shapes on a small lattice have in common, by clipping with exact fractions.

/// A point as x, y, z over a common positive denominator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fraction {
    numerators: [i128; 3],
    denominator: i128,
}

/// A half-space: the points whose product with the normal is at most the offset.
#[derive(Debug, Clone, Copy)]
pub struct HalfSpace {
    pub normal: [i128; 3],
    pub offset: i128,
}

pub type Lattice = [i128; 3];

impl Fraction {
    fn new(numerators: [i128; 3], denominator: i128) -> Self {
        let common = numerators.iter().fold(denominator, |common, &number| greatest_common_divisor(common, number));
        let common = common * denominator.signum();
        Self { numerators: numerators.map(|number| number / common), denominator: denominator / common }
    }

    pub fn of(point: Lattice) -> Self {
        Self { numerators: point, denominator: 1 }
    }

    /// The point halfway to another one.
    pub fn midpoint(&self, other: &Self) -> Self {
        let sum =
            [0, 1, 2].map(|axis| self.numerators[axis] * other.denominator + other.numerators[axis] * self.denominator);
        Self::new(sum, 2 * self.denominator * other.denominator)
    }

    /// Positive outside of a half-space, zero on its border.
    fn excess(&self, space: &HalfSpace) -> i128 {
        dot(self.numerators, space.normal) - space.offset * self.denominator
    }

    /// 1 outside of a half-space, 0 on its border.
    pub fn side(&self, space: &HalfSpace) -> i128 {
        self.excess(space).signum()
    }
}

impl HalfSpace {
    pub fn opposite(&self) -> Self {
        Self { normal: self.normal.map(|number| -number), offset: -self.offset }
    }
}

/// The half-space below a triangle.
pub fn below([a, b, c]: [Lattice; 3]) -> HalfSpace {
    let normal = cross(minus(b, a), minus(c, a));
    HalfSpace { normal, offset: dot(normal, a) }
}

/// The half-spaces across the edges of a triangle, which contain it: that of edge k through corners k and k + 1.
pub fn within_edges(corners: [Lattice; 3]) -> [HalfSpace; 3] {
    let plane = below(corners).normal;
    [0, 1, 2].map(|edge| {
        let (from, to) = (corners[edge], corners[(edge + 1) % 3]);
        let normal = cross(minus(to, from), plane);
        HalfSpace { normal, offset: dot(normal, from) }
    })
}

/// The corners of the part of a convex polygon that lies in some half-spaces. Corners may come twice.
pub fn clip(polygon: &[Fraction], spaces: &[HalfSpace]) -> Vec<Fraction> {
    let mut polygon = polygon.to_vec();
    for space in spaces {
        let mut inside = Vec::new();
        for (place, from) in polygon.iter().enumerate() {
            let to = &polygon[(place + 1) % polygon.len()];
            let (before, after) = (from.excess(space), to.excess(space));
            if before <= 0 {
                inside.push(*from);
            }
            if before.signum() * after.signum() < 0 {
                inside.push(border_point([from, to], [before, after]));
            }
        }
        polygon = inside;
    }
    polygon
}

/// Distinct points of a list.
pub fn distinct(points: &[Fraction]) -> Vec<Fraction> {
    let mut distinct: Vec<Fraction> = Vec::new();
    for point in points {
        if !distinct.contains(point) {
            distinct.push(*point);
        }
    }
    distinct
}

/// The point on the border of a half-space between two points, of which one lies inside.
fn border_point([from, to]: [&Fraction; 2], [before, after]: [i128; 2]) -> Fraction {
    // The shares of both points, with their denominators taken out of their excess.
    let (of_from, of_to) = (after * from.denominator, before * to.denominator);
    let numerators = [0, 1, 2]
        .map(|axis| from.numerators[axis] * to.denominator * of_from - to.numerators[axis] * from.denominator * of_to);
    Fraction::new(numerators, (of_from - of_to) * from.denominator * to.denominator)
}

pub fn minus(a: Lattice, b: Lattice) -> Lattice {
    [0, 1, 2].map(|axis| a[axis] - b[axis])
}

pub fn cross(a: Lattice, b: Lattice) -> Lattice {
    [0, 1, 2].map(|axis| a[(axis + 1) % 3] * b[(axis + 2) % 3] - a[(axis + 2) % 3] * b[(axis + 1) % 3])
}

pub fn dot(a: Lattice, b: Lattice) -> i128 {
    a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

fn greatest_common_divisor(a: i128, b: i128) -> i128 {
    if b == 0 { a.abs() } else { greatest_common_divisor(b, a % b) }
}
