//! Generates docs/configuration.md, between its marks, from the table of settings, and checks it.

use std::fmt::Write;

use bench_report::marks::replaced;
use pricing_worker::config::{AnySetting, Chart, GROUPS};

use crate::fixtures::{assert_current, folder};

const PATH: &str = "../docs/configuration.md";

/// The first line between the marks.
const MADE: &str = "<!-- Made from src/config/table by `UPDATE_FIXTURES=1 tests/run configuration_reference`. -->\n";

/// A cell of a Markdown table.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}

fn code(text: &str) -> String {
    format!("`{text}`")
}

fn default(row: &dyn AnySetting) -> String {
    match (row.default_text(), row.default_shown()) {
        (Some(text), _) => code(text),
        (None, "") => "none".to_owned(),
        (None, described) => cell(described),
    }
}

fn values(row: &dyn AnySetting) -> String {
    cell(&row.kind().expected(row.default_shown()))
}

fn chart(row: &dyn AnySetting) -> String {
    match row.chart() {
        Chart::Value(path) => code(path),
        Chart::Made(paths) => paths.iter().map(|path| code(path)).collect::<Vec<_>>().join(", "),
        Chart::Absent(reason) => format!("none: {}", cell(reason)),
    }
}

fn meaning(row: &dyn AnySetting) -> String {
    let separator = if row.note().is_empty() { "" } else { ". " };
    cell(&format!("{}{separator}{}", row.help(), row.note()))
}

fn reference() -> String {
    let mut text = String::from(MADE);
    for group in GROUPS {
        let _ = write!(
            text,
            "\n## {}\n\n| variable | flag | default | values | meaning | value of the chart |\n\
             | --- | --- | --- | --- | --- | --- |\n",
            group.heading
        );
        for &row in group.settings {
            let flag = row.flag().map_or_else(String::new, code);
            let cells = [code(row.variable()), flag, default(row), values(row), meaning(row), chart(row)];
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        }
    }
    text.push('\n');
    text
}

#[test]
fn the_configuration_reference_follows_from_the_table() {
    let found = std::fs::read_to_string(folder().join(PATH)).expect("docs/configuration.md is there");
    assert_current(PATH, replaced(&found, "settings", &reference()).as_bytes());
}
