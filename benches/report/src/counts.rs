//! Instruction counts, compared with committed ones.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// The largest change in percent that is not reported; more growth is a failure, more shrinking an improvement.
const REPORTED_PERCENT: f64 = 5.0;

/// Instruction counts, and the compiler whose code was counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Counts {
    /// The compiler's name, version and architecture.
    pub compiler: String,
    /// The counts by the name of the input.
    pub instructions: BTreeMap<String, u64>,
}

/// The differences between two sets of counts.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The compilers, if they differ.
    compilers: Option<[String; 2]>,
    rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq)]
struct Row {
    input: String,
    was: Option<u64>,
    is: Option<u64>,
}

impl Counts {
    /// Compares these counts with newer ones.
    pub fn compare(&self, now: &Self) -> Comparison {
        let inputs = self.instructions.keys().chain(now.instructions.keys().filter(|name| !self.has(name)));
        let row = |input: &String| {
            let [was, is] = [self, now].map(|counts| counts.instructions.get(input).copied());
            Row { input: input.clone(), was, is }
        };
        let compilers = [&self.compiler, &now.compiler].map(String::clone);
        Comparison { compilers: (compilers[0] != compilers[1]).then_some(compilers), rows: inputs.map(row).collect() }
    }

    fn has(&self, input: &str) -> bool {
        self.instructions.contains_key(input)
    }
}

impl Comparison {
    /// Whether no count grew too much, and every input is in both sets.
    pub fn holds(&self) -> bool {
        self.rows.iter().all(|row| row.percent().is_some_and(|percent| percent <= REPORTED_PERCENT))
    }
}

impl Row {
    /// The growth of the count in percent.
    fn percent(&self) -> Option<f64> {
        let (was, is) = (self.was? as f64, self.is? as f64);
        Some(100.0 * (is - was) / was)
    }
}

impl fmt::Display for Comparison {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |count: Option<u64>| count.map_or("none".into(), |count| count.to_string());
        writeln!(f, "{:10} {:>14} {:>14} {:>9}", "input", "instructions", "committed", "more")?;
        for row in &self.rows {
            let percent = row.percent();
            let more = percent.map_or(String::new(), |percent| format!("{percent:+.2} %"));
            let verdict = match percent {
                None => "  FAILED: there is one of the two only",
                Some(percent) if percent > REPORTED_PERCENT => "  FAILED: over 5 % more",
                Some(percent) if percent < -REPORTED_PERCENT => "  better: over 5 % less; take it for the figure",
                Some(_) => "",
            };
            writeln!(f, "{:10} {:>14} {:>14} {more:>9}{verdict}", row.input, count(row.is), count(row.was))?;
        }
        if let Some([was, is]) = &self.compilers {
            writeln!(f, "Another compiler makes other code: the figures are of {was}, the counts of {is}.")?;
        }
        if !self.holds() {
            writeln!(f, "Where it is worth it: `cargo bench --bench regress -- --update`, and say why in the commit.")?;
        }
        Ok(())
    }
}
