//! The report of the benches: figures beside their wanted values, as text, in `docs/performance.md` and as a picture.
//!
//! Each bench stores its figures in `docs/speed/<name>.json`, with the machine and the day. The report draws the table
//! of `docs/performance.md` and `docs/speed.svg` from all of these files, so that benches may run one by one, on one
//! machine or on several; `cargo run --package pricing-worker-bench-report` redraws them. A figure that misses is shown
//! as missed, and does not fail the bench.

use comfy_table::{CellAlignment, Table, presets};
use serde::{Deserialize, Serialize};

pub mod counts;
mod kept;
pub mod marks;
mod picture;
pub mod statistics;
pub mod svg;
pub mod words;

pub use self::kept::{docs, redraw, write_between};

/// One measured figure beside its wanted value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The measured quantity, in a few words: "binary STL, 1,000,000 triangles: faster than `prusa-slicer --info`".
    pub what: String,
    /// The value, in its unit.
    pub value: f64,
    /// "ms", "MiB", "times", "MB/s", "%", "requests"…
    pub unit: String,
    /// The wanted value; none for a figure shown for comparison.
    pub wanted: Option<Wanted>,
    /// The limiting factor, in a few words: memory, syscalls, network, protocol…
    pub limit: String,
}

/// The wanted value of a figure, in the figure's unit.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wanted {
    /// This or more.
    AtLeast(f64),
    /// This or less.
    AtMost(f64),
    /// From `of - by` to `of + by`.
    Within {
        /// The middle.
        of: f64,
        /// Half of the width.
        by: f64,
    },
}

impl Wanted {
    /// Whether a value satisfies the wanted one.
    pub fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
            Self::Within { of, by } => (value - of).abs() <= by,
        }
    }

    /// The distance of a value from the nearest wanted one, as a share of that.
    fn missed_by(self, value: f64) -> f64 {
        let nearest = match self {
            Self::AtLeast(bound) | Self::AtMost(bound) => bound,
            Self::Within { of, by } => of + by.copysign(value - of),
        };
        ((value - nearest) / nearest).abs()
    }

    /// How many times better than wanted: one is just enough; infinite where no improvement is possible. A range has
    /// none.
    fn headroom(self, value: f64) -> Option<f64> {
        match self {
            Self::AtLeast(least) => Some(if least > 0.0 { value / least } else { f64::INFINITY }),
            // A figure measured as a difference can be below zero.
            Self::AtMost(most) => Some(if value > 0.0 { most / value } else { f64::INFINITY }),
            Self::Within { .. } => None,
        }
    }
}

impl Figure {
    fn holds(&self) -> bool {
        self.wanted.is_none_or(|wanted| wanted.holds(self.value))
    }
}

/// Prints the figures of one bench; with `report`, stores them in `docs/speed/<name>.json` and redraws `docs/speed.svg`
/// and the table of `docs/performance.md`.
pub fn show(name: &str, title: &str, command: &str, figures: &[Figure], report: bool) {
    for Figure { what, value, .. } in figures {
        assert!(value.is_finite(), "{what}: {value} is not a measurement");
    }
    println!("\n{title}\n{}", table(figures));
    if report {
        kept::keep(name, title, command, figures);
    }
}

/// The table in the terminal.
fn table(figures: &[Figure]) -> Table {
    let mut table = Table::new();
    table.load_style(presets::NOTHING).set_header(["measured", "", "wanted", "", "limited by"]);
    for figure in figures {
        let Figure { what, limit, .. } = figure;
        let verdict = figure.wanted.map_or(String::new(), |wanted| words::verdict(figure.value, wanted));
        table.add_row([what, &words::measured(figure), &words::wanted(figure), &verdict, limit]);
    }
    table.column_mut(1).expect("five columns").set_cell_alignment(CellAlignment::Right);
    table
}
