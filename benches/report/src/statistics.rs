//! Medians and percentiles.

/// The percentile of the values by the nearest rank; none of no values.
pub fn percentile(values: &[f64], percent: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at_least = percent / 100.0 * sorted.len() as f64;
    let mut ranked = (1..).zip(sorted);
    ranked.find(|&(rank, _)| f64::from(rank) >= at_least).map(|(_, value)| value)
}

/// The median of at least one value.
pub fn median(values: &[f64]) -> f64 {
    percentile(values, 50.0).expect("a median of some values")
}
