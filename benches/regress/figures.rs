//! Counts that were, beside counts that are.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// More than this, in percent, is told: as a failure where a count grew, and as good news where it shrank.
const TOLD_PERCENT: f64 = 5.0;

/// Instructions by the name of their input.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    pub compiler: String,
    pub instructions: BTreeMap<String, u64>,
}

/// What has become of the figures.
#[derive(Debug, Clone, PartialEq)]
pub struct Comparison {
    /// The compilers, where they differ.
    compilers: Option<[String; 2]>,
    rows: Vec<Row>,
}

#[derive(Debug, Clone, PartialEq)]
struct Row {
    input: String,
    was: Option<u64>,
    is: Option<u64>,
}

impl Figures {
    pub fn compare(&self, now: &Self) -> Comparison {
        let inputs = self.instructions.keys().chain(now.instructions.keys().filter(|name| !self.has(name)));
        let row = |input: &String| {
            let [was, is] = [self, now].map(|figures| figures.instructions.get(input).copied());
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
    /// Whether nothing grew too much, and every input has its figure.
    pub fn holds(&self) -> bool {
        self.rows.iter().all(|row| row.percent().is_some_and(|percent| percent <= TOLD_PERCENT))
    }
}

impl Row {
    /// By how much it grew.
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
                Some(percent) if percent > TOLD_PERCENT => "  FAILED: over 5 % more",
                Some(percent) if percent < -TOLD_PERCENT => "  better: over 5 % less; take it for the figure",
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
