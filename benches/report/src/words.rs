//! Figures and text in the form that documents show.

use super::{Figure, Wanted};

/// The value with its unit.
pub fn measured(figure: &Figure) -> String {
    with_unit(&number(figure.value), &figure.unit)
}

/// The wanted value with its unit; empty without one.
pub fn wanted(figure: &Figure) -> String {
    figure.wanted.map_or(String::new(), |wanted| with_unit(&bound(wanted), &figure.unit))
}

/// The wanted value as a number.
pub fn bound(wanted: Wanted) -> String {
    match wanted {
        Wanted::AtLeast(least) => format!("≥ {}", as_written(least)),
        Wanted::AtMost(most) => format!("≤ {}", as_written(most)),
        Wanted::Within { of, by } => format!("{} ± {}", as_written(of), as_written(by)),
    }
}

/// Whether a value is as wanted, and by how much it misses.
pub fn verdict(value: f64, wanted: Wanted) -> String {
    if wanted.holds(value) {
        return "as wanted".into();
    }
    let missed_by = wanted.missed_by(value);
    match 100.0 * missed_by {
        // Any value is infinitely more than zero.
        percent if !percent.is_finite() => "missed".into(),
        // A value that only just misses must not read as "missed by 0 %".
        percent if percent < 0.1 => "missed by under 0.1 %".into(),
        percent if percent < 10.0 => format!("missed by {percent:.1} %"),
        percent if percent < 200.0 => format!("missed by {percent:.0} %"),
        _ => format!("missed: {} times as much", number(1.0 + missed_by)),
    }
}

fn with_unit(number: &str, unit: &str) -> String {
    format!("{number} {unit}").trim_end().to_owned()
}

/// Three significant digits, or all before the point; two for values below one.
fn number(value: f64) -> String {
    match value.abs() {
        size if size >= 99.95 || size.fract() == 0.0 => thousands(value),
        size if size >= 9.995 => format!("{value:.1}"),
        size if size >= 0.995 => format!("{value:.2}"),
        size => {
            let noughts = (1..7).take_while(|&place| size * 10_f64.powi(place) < 0.995).count();
            format!("{value:.*}", noughts + 2)
        }
    }
}

/// A bound is a round number.
fn as_written(bound: f64) -> String {
    if bound.fract() == 0.0 { thousands(bound) } else { bound.to_string() }
}

/// A whole number, its digits in groups of three.
pub fn thousands(value: f64) -> String {
    let digits = format!("{:.0}", value.abs());
    let mut text = String::from(if value < 0.0 { "-" } else { "" });
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Text wrapped to a number of characters; a longer word has its own line.
pub fn lines(text: &str, characters: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let line = lines.last_mut().expect("one at least");
        if line.is_empty() {
            word.clone_into(line);
        } else if line.chars().count() + 1 + word.chars().count() <= characters {
            *line += " ";
            *line += word;
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}
