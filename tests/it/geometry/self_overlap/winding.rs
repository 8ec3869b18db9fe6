//! The exact winding numbers of shells that are made of boxes, some of which take away.

/// A box that adds a number to the winding number of every point inside it.
#[derive(Debug, Clone, Copy)]
pub struct SignedBox {
    pub winds: i64,
    pub low: [f64; 3],
    pub high: [f64; 3],
}

/// The volumes of a shell.
#[derive(Debug, Clone, Copy, Default)]
pub struct Volumes {
    /// The signed volume: each point as often as the shell winds around it.
    pub signed: f64,
    /// How much of it is too much: the points that are not wound around once or not at all.
    pub surplus: f64,
    /// The solid: the points that it winds around at least once.
    pub solid: f64,
}

impl SignedBox {
    /// A box between two corners, in whichever order: it takes away if an odd number of its sides run downwards.
    pub fn between(winds: i64, a: [f64; 3], b: [f64; 3]) -> Self {
        let downwards = (0..3).filter(|&axis| b[axis] < a[axis]).count();
        let winds = if downwards.is_multiple_of(2) { winds } else { -winds };
        Self {
            winds,
            low: [0, 1, 2].map(|axis| a[axis].min(b[axis])),
            high: [0, 1, 2].map(|axis| a[axis].max(b[axis])),
        }
    }
}

/// Measures the sum of boxes: all of their sides cut the space into cells of one winding number each.
pub fn volumes(boxes: &[SignedBox]) -> Volumes {
    let cuts = [0, 1, 2].map(|axis| {
        let mut cuts: Vec<f64> = boxes.iter().flat_map(|one| [one.low[axis], one.high[axis]]).collect();
        cuts.sort_by(f64::total_cmp);
        cuts
    });
    let mut volumes = Volumes::default();
    for x in cuts[0].windows(2) {
        let across_x = |one: &&SignedBox| one.low[0] <= x[0] && x[1] <= one.high[0];
        let boxes: Vec<&SignedBox> = boxes.iter().filter(across_x).collect();
        for y in cuts[1].windows(2) {
            let across_y = |one: &&&SignedBox| one.low[1] <= y[0] && y[1] <= one.high[1];
            let boxes: Vec<&&SignedBox> = boxes.iter().filter(across_y).collect();
            for z in cuts[2].windows(2) {
                let across_z = boxes.iter().filter(|one| one.low[2] <= z[0] && z[1] <= one.high[2]);
                let winding: i64 = across_z.map(|one| one.winds).sum();
                let cell = (x[1] - x[0]) * (y[1] - y[0]) * (z[1] - z[0]);
                volumes.signed += winding as f64 * cell;
                volumes.solid += winding.clamp(0, 1) as f64 * cell;
                volumes.surplus += (winding - winding.clamp(0, 1)).abs() as f64 * cell;
            }
        }
    }
    volumes
}
