//! Single closed shells that may overlap themselves, with the boxes that they consist of.

use proptest::collection::vec;
use proptest::prelude::*;

use super::winding::SignedBox;

pub type Corner = [f64; 3];

/// A single closed shell, and the boxes that sum up to its winding numbers.
#[derive(Debug, Clone, Default)]
pub struct Shell {
    pub triangles: Vec<[Corner; 3]>,
    pub boxes: Vec<SignedBox>,
}

impl Shell {
    /// Adds a quadrilateral, counter-clockwise from outside.
    fn quad(&mut self, [a, b, c, d]: [Corner; 4]) {
        self.triangles.extend([[a, b, c], [a, c, d]]);
    }

    /// Adds the four sides between two rings of corners, counter-clockwise as seen from the second.
    fn sides(&mut self, from: [Corner; 4], to: [Corner; 4]) {
        for side in 0..4 {
            let next = (side + 1) % 4;
            self.quad([from[side], from[next], to[next], to[side]]);
        }
    }
}

/// A step of a tube: the axis, as one of the two that the last step did not take, and a length with a sign.
pub type Step = (bool, f64);

/// Generates a square tube of half the width `1` that is bent at right angles `2..=bends` times, over itself or not.
/// `flat` keeps it in a plane, as the strokes of a letter are.
pub fn tube(bends: usize, flat: bool) -> impl Strategy<Value = Shell> {
    let length = (2.1..12.0_f64, any::<bool>()).prop_map(|(length, down)| if down { -length } else { length });
    vec((any::<bool>(), length), 3..bends + 2).prop_map(move |steps| {
        bent_tube(&steps.into_iter().map(|(other, length)| (!flat && other, length)).collect::<Vec<_>>())
    })
}

/// Generates a long tube that runs over its own beginning and nicks it, touches it, or passes it by.
pub fn grazing_tube() -> impl Strategy<Value = Shell> {
    let length = || 10.0..60.0_f64;
    (length(), length(), length(), length(), -2.0..2.1_f64).prop_map(|(x, y, back, beyond, apart)| {
        let (x, y) = (x + back, y + 3.0);
        let (up, down) = (5.0, apart - 5.0);
        // Along x, up, along y, down, back along x, and along y over the first segment.
        bent_tube(&[(false, x), (true, up), (true, y), (true, down), (false, -back), (false, -y - beyond)])
    })
}

/// Generates a long tube whose tip pokes a little into an edge near its beginning: by less than its width on all axes.
pub fn poking_tube() -> impl Strategy<Value = Shell> {
    let length = || 6.0..40.0_f64;
    let depth = || 0.3..2.0_f64;
    (length(), length(), [depth(), depth(), depth()]).prop_map(|(x, y, depth)| {
        let down = -3.0 - depth[2];
        bent_tube(&[
            (false, x),
            (true, 5.0),
            (true, y),
            (true, down),
            (false, -x - 1.0 + depth[0]),
            (false, -y + 1.0 - depth[1]),
        ])
    })
}

/// A square tube that is bent at right angles.
pub fn bent_tube(steps: &[Step]) -> Shell {
    let mut shell = Shell::default();
    let (mut node, mut axis) = ([0.0; 3], 0);
    let mut along = steps[0].1;
    // The corners around the path, counter-clockwise as seen against its direction.
    let ring = [[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]].map(|[y, z]| [0.0, y * along.signum(), z]);
    let mut offsets: [Corner; 4] = ring;
    let at = |node: Corner, offset: Corner| [0, 1, 2].map(|axis| node[axis] + offset[axis]);
    let mut last = offsets.map(|offset| at(node, offset));
    shell.quad([last[3], last[2], last[1], last[0]]);
    for (number, _) in steps.iter().enumerate() {
        let from = node;
        node[axis] += along;
        // A segment as long as its middle line; bends follow.
        let (mut a, mut b) = (from.map(|c| c - 1.0), node.map(|c| c + 1.0));
        (a[axis], b[axis]) = (from[axis], node[axis]);
        if b[axis] < a[axis] {
            (a[axis], b[axis]) = (b[axis], a[axis]);
        }
        shell.boxes.push(SignedBox::between(1, a, b));
        let Some(&(other, length)) = steps.get(number + 1) else {
            let end = offsets.map(|offset| at(node, offset));
            shell.sides(last, end);
            shell.quad(end);
            break;
        };
        let next_axis = match (axis, other) {
            (0, false) | (2, true) => 1,
            (1 | 2, false) => 0,
            _ => 2,
        };
        let (direction, next_direction) = (along.signum(), length.signum());
        // The corners on the side of the next segment end before the node, the others behind it.
        let bend = offsets.map(|offset| {
            let inner = offset[next_axis] * next_direction;
            let mut bent = offset;
            bent[axis] = -inner * direction;
            bent
        });
        let end = bend.map(|offset| at(node, offset));
        shell.sides(last, end);
        // Around the node, the two middle lines count half of the cube each, and leave out the outer quarter of it.
        for outer in corner_boxes(node, [(axis, direction), (next_axis, next_direction)]) {
            shell.boxes.push(outer);
        }
        offsets = bend.map(|mut offset| {
            offset[next_axis] = 0.0;
            offset
        });
        last = end;
        (axis, along) = (next_axis, length);
    }
    shell
}

/// What a bend has beside its two segments, each as long as its middle line: the outer quarter of the cube around the node is
/// missing, and the inner one is there twice.
fn corner_boxes(node: Corner, [(a, a_direction), (b, b_direction)]: [(usize, f64); 2]) -> [SignedBox; 2] {
    [(1, 1.0), (-1, -1.0)].map(|(winds, side)| {
        let (mut low, mut high) = (node.map(|c| c - 1.0), node.map(|c| c + 1.0));
        // Beyond the node along the first segment, and before it along the second.
        for (axis, end) in [(a, node[a] + side * a_direction), (b, node[b] - side * b_direction)] {
            (low[axis], high[axis]) = (node[axis].min(end), node[axis].max(end));
        }
        SignedBox::between(winds, low, high)
    })
}

/// Generates a chain of boxes along x, each joined to the next by a neck between a hole in its right side and one in the next
/// one's left side. Where the boxes overlap, the neck runs backwards.
pub fn chain() -> impl Strategy<Value = Shell> {
    let link = (2.0..10.0_f64, -4.0..1.0_f64, prop::array::uniform2((1.5..6.0_f64, 1.5..6.0_f64)));
    vec(link, 2..6).prop_map(|links| {
        let mut shell = Shell::default();
        let mut left = 0.0;
        let mut neck: Option<[Corner; 4]> = None;
        for (number, (length, gap, [y, z])) in links.iter().enumerate() {
            let right = left + length;
            let rim = |x: f64| [[x, y.1, z.1], [x, -y.0, z.1], [x, -y.0, -z.0], [x, y.1, -z.0]];
            let (from, to) = (rim(left), rim(right));
            shell.sides(from, to);
            shell.boxes.push(SignedBox::between(1, from[2], to[0]));
            let back = |ring: [Corner; 4]| [ring[3], ring[2], ring[1], ring[0]];
            match neck {
                None => shell.quad(back(from)),
                Some(neck) => shell.sides(neck, from),
            }
            if number + 1 == links.len() {
                shell.quad(to);
            } else {
                let hole = |x: f64| [[1.0, 1.0], [-1.0, 1.0], [-1.0, -1.0], [1.0, -1.0]].map(|[y, z]| [x, y, z]);
                let next = right + gap;
                shell.sides(to, hole(right));
                shell.sides(hole(right), hole(next));
                shell.boxes.push(SignedBox::between(1, hole(right)[2], hole(next)[0]));
                neck = Some(hole(next));
                left = next;
            }
        }
        shell
    })
}
