//! What was measured beside what is wanted, as a table in the terminal.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One measured figure beside what is wanted of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Figure {
    /// What was measured, in a few words.
    pub what: String,
    pub value: f64,
    /// `ms`, `MiB`, `times`, `%`…
    pub unit: String,
    /// What is wanted; none where it only stands beside.
    pub wanted: Option<Wanted>,
    /// What limits it, in a few words: memory, syscalls, network, protocol…
    pub limit: String,
}

/// What is wanted of a figure.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub enum Wanted {
    AtLeast(f64),
    AtMost(f64),
    Within { of: f64, by: f64 },
}

impl Wanted {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtLeast(least) => value >= least,
            Self::AtMost(most) => value <= most,
            Self::Within { of, by } => (of - by..=of + by).contains(&value),
        }
    }
}

impl fmt::Display for Wanted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AtLeast(least) => write!(f, "≥ {least}"),
            Self::AtMost(most) => write!(f, "≤ {most}"),
            Self::Within { of, by } => write!(f, "{of} ± {by}"),
        }
    }
}

/// Prints the figures of one bench.
pub fn show(_name: &str, title: &str, _command: &str, figures: &[Figure], _report: bool) {
    println!("\n{title}");
    for Figure { what, value, unit, wanted, limit } in figures {
        let mark = wanted.map_or(' ', |wanted| if wanted.holds(*value) { '✓' } else { '✗' });
        let wanted = wanted.map(|wanted| wanted.to_string()).unwrap_or_default();
        println!("{mark} {what:<78} {value:>10.2} {unit:<12} {wanted:<10} {limit}");
    }
}
