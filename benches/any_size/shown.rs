//! How results are shown, until all benches share it.

use serde::{Deserialize, Serialize};

/// One measured figure beside what is wanted of it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Figure {
    /// What was measured, in a few words.
    pub what: String,
    pub value: f64,
    pub unit: String,
    /// What is wanted; none where it only stands beside.
    pub wanted: Option<Wanted>,
    /// What limits it, in a few words: memory, syscalls, network, protocol.
    pub limit: String,
}

/// What is wanted of a figure.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Wanted {
    AtLeast(f64),
    AtMost(f64),
}

/// Prints the figures of a bench.
pub fn show(_name: &str, title: &str, command: &str, figures: &[Figure], _report: bool) {
    println!("{title}, by `{command}`:");
    for Figure { what, value, unit, wanted, limit } in figures {
        let verdict = match wanted {
            None => String::new(),
            Some(Wanted::AtLeast(least)) => format!("wanted: at least {least}{}", missed(value < least)),
            Some(Wanted::AtMost(most)) => format!("wanted: at most {most}{}", missed(value > most)),
        };
        println!("{what:<90} {value:>12.4e} {unit:<9} {verdict}  [{limit}]");
    }
}

fn missed(missed: bool) -> &'static str {
    if missed { " MISSED" } else { "" }
}
