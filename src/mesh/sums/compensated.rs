//! Compensated summation: the error of a sum does not grow with the number of its terms.

/// A sum that carries the rounding error of its additions: Neumaier, "Rundungsfehleranalyse einiger Verfahren zur Summation
/// endlicher Summen", 1974.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::mesh) struct CompensatedSum {
    sum: f64,
    lost: f64,
}

impl CompensatedSum {
    pub(in crate::mesh) fn add(&mut self, term: f64) {
        let sum = self.sum + term;
        self.lost += if self.sum.abs() >= term.abs() { (self.sum - sum) + term } else { (term - sum) + self.sum };
        self.sum = sum;
    }

    pub(in crate::mesh) fn value(self) -> f64 {
        self.sum + self.lost
    }
}
