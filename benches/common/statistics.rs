//! Medians and percentiles.

/// The value that so many of a hundred do not exceed: the nearest rank.
pub fn percentile(values: &[f64], percent: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at_least = percent / 100.0 * sorted.len() as f64;
    let mut ranked = (1..).zip(sorted);
    ranked.find(|&(rank, _)| f64::from(rank) >= at_least).map_or(f64::NAN, |(_, value)| value)
}

pub fn median(values: &[f64]) -> f64 {
    percentile(values, 50.0)
}
