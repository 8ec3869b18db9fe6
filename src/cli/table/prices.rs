//! The layout of prices: beside their model, in a column per material; or below it, in a grid.

use super::row::{ModelPrice, ModelRow};
use crate::cli::terminal_text::{fold, width};

/// Blank columns between two prices on a line.
const GAP: &str = "   ";

/// The heading of a segment: the currency, and the quantity and lead time where all prices share them.
pub(super) fn heading(rows: &[ModelRow]) -> Option<String> {
    let first = rows.iter().find_map(|row| row.prices.first())?;
    let one_choice = rows.iter().flat_map(|row| &row.prices).all(|price| price.choice == first.choice);
    let choice = if one_choice { format!(" for {}", first.choice) } else { String::new() };
    Some(format!("prices in {}{choice}", first.currency))
}

/// The materials of the columns; none where a model has several prices for a material.
pub(super) fn beside(rows: &[ModelRow]) -> Option<Vec<String>> {
    let prices = &rows.iter().find(|row| !row.prices.is_empty())?.prices;
    let materials: Vec<String> = prices.iter().map(|price| price.material.clone()).collect();
    let distinct = materials.iter().enumerate().all(|(number, id)| !materials[..number].contains(id));
    distinct.then_some(materials)
}

/// The lines below each row: its prices in columns that all rows share, with a section per quantity and lead time, which has
/// a title where there are several.
pub(super) fn below(rows: &[ModelRow], columns: usize) -> Vec<Vec<String>> {
    let all = || rows.iter().flat_map(|row| &row.prices);
    let widest = |text: fn(&ModelPrice) -> &str| all().map(|price| width(text(price))).max().unwrap_or(0);
    let widths = [widest(|price| &price.material), widest(|price| &price.total), widest(|price| &price.each)];
    rows.iter().map(|row| grid(&row.prices, widths, columns)).collect()
}

fn grid(prices: &[ModelPrice], widths: [usize; 3], columns: usize) -> Vec<String> {
    let mut choices: Vec<&str> = Vec::new();
    for price in prices {
        if !choices.contains(&price.choice.as_str()) {
            choices.push(&price.choice);
        }
    }
    let mut lines = Vec::new();
    for choice in &choices {
        let cells = prices.iter().filter(|price| price.choice == *choice).map(|price| cell(price, widths));
        let (name, indent) = if choices.len() == 1 { (None, "") } else { (Some(format!("{choice}:")), "  ") };
        lines.extend(name);
        let folded = fold(cells, GAP, columns.saturating_sub(indent.len()));
        lines.extend(folded.iter().map(|line| format!("{indent}{}", line.trim_end())));
    }
    lines
}

/// A material and its price, padded to the common widths.
fn cell(price: &ModelPrice, [material, total, each]: [usize; 3]) -> String {
    let left = |text: &str, columns: usize| " ".repeat(columns.saturating_sub(width(text)));
    let fill = left(&price.material, material) + &left(&price.total, total);
    format!("{} {fill}{} {}{}", price.material, price.total, price.each, left(&price.each, each))
}
