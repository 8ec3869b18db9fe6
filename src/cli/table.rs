//! The table of results: a line per model, with the prices beside it where they fit, and below it otherwise.
//!
//! It is written in segments, each with its header and its own widths, so that memory does not grow with the list. A
//! [`ModelRow`] holds only texts that are safe to print.

mod prices;
mod row;

use std::io::{self, Write};

use comfy_table::{CellAlignment, Table, presets};

use self::prices::{below, beside};
pub use self::row::ModelRow;
use super::terminal_text::{fold, keep_end, width};

/// Models in a segment.
const SEGMENT_ROWS: usize = 200;
/// The least columns that a name is cut to.
const NARROWEST_NAME: usize = 20;
/// The indent of a line that belongs to the line above.
const INDENT: &str = "    ";
/// Blank columns between two columns.
const GAP: u16 = 2;
/// The columns at which a material's id in a header is broken at its hyphens.
const HEADING: usize = 9;
/// The columns of every table; prices come after them, and findings last.
const FIXED: [&str; 4] = ["model", "size", "triangles", "volume cm³"];

/// Collects rows, and writes them in segments.
#[derive(Debug)]
pub struct TableWriter {
    width: usize,
    colours: bool,
    rows: Vec<ModelRow>,
    written: bool,
}

impl TableWriter {
    /// A table for a screen of `width` columns.
    pub fn new(width: usize, colours: bool) -> Self {
        Self { width, colours, rows: Vec::new(), written: false }
    }

    /// Adds a model, and writes the segment when it is full.
    pub fn add(&mut self, row: ModelRow, out: &mut dyn Write) -> io::Result<()> {
        self.rows.push(row);
        if self.rows.len() < SEGMENT_ROWS { Ok(()) } else { self.flush(out) }
    }

    /// Writes the rows so far.
    pub fn flush(&mut self, out: &mut dyn Write) -> io::Result<()> {
        let mut rows = std::mem::take(&mut self.rows);
        if rows.is_empty() {
            return Ok(());
        }
        if std::mem::replace(&mut self.written, true) {
            writeln!(out)?;
        }
        // A long list of findings moves to its own line, so that names and prices keep their columns.
        for row in &mut rows {
            row.move_findings_below(self.width / 3);
        }
        self.segment(&rows, out)
    }

    fn segment(&self, rows: &[ModelRow], out: &mut dyn Write) -> io::Result<()> {
        if let Some(heading) = prices::heading(rows) {
            writeln!(out, "{heading}")?;
        }
        let materials = beside(rows).filter(|materials| self.fits(&self.lines(rows, materials))).unwrap_or_default();
        let lines = self.lines(rows, &materials);
        let (header, lines) = lines.split_at(lines.len() - rows.len());
        header.iter().try_for_each(|line| writeln!(out, "{}", self.paint("1", line)))?;
        let mut lines_below =
            if materials.is_empty() { below(rows, self.width - INDENT.len()) } else { Vec::new() }.into_iter();
        for (row, line) in rows.iter().zip(lines) {
            self.line(row, line, out)?;
            for line in lines_below.next().unwrap_or_default() {
                writeln!(out, "{INDENT}{line}")?;
            }
            for note in &row.notes {
                self.note(note, out)?;
            }
        }
        Ok(())
    }

    /// Writes the line of a model; the findings of a rejected one are red.
    fn line(&self, row: &ModelRow, line: &str, out: &mut dyn Write) -> io::Result<()> {
        match line.strip_suffix(&row.findings).filter(|_| row.rejected) {
            Some(rest) => writeln!(out, "{rest}{}", self.paint("31", &row.findings)),
            None => writeln!(out, "{line}"),
        }
    }

    /// Writes a note below a model; its first word is the severity.
    fn note(&self, note: &str, out: &mut dyn Write) -> io::Result<()> {
        let mut lines = fold(note.split(' '), " ", self.width - INDENT.len()).into_iter();
        let first = lines.next().unwrap_or_default();
        match first.strip_prefix("review:") {
            Some(rest) => writeln!(out, "{INDENT}{}{rest}", self.paint("33", "review:"))?,
            None => writeln!(out, "{INDENT}{first}")?,
        }
        lines.try_for_each(|line| writeln!(out, "{INDENT}{line}"))
    }

    fn paint(&self, style: &str, text: &str) -> String {
        if self.colours { format!("\u{1b}[{style}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn fits(&self, lines: &[String]) -> bool {
        lines.iter().all(|line| width(line) <= self.width)
    }

    /// The lines of the table: those of the header, then one per row. Names are cut where that makes the table fit.
    fn lines(&self, rows: &[ModelRow], materials: &[String]) -> Vec<String> {
        let longest = rows.iter().map(|row| width(&row.model)).max().unwrap_or(0);
        let lines = lay_out(rows, materials, longest);
        let widest = lines.iter().map(|line| width(line)).max().unwrap_or(0);
        if widest <= self.width {
            return lines;
        }
        lay_out(rows, materials, longest.saturating_sub(widest - self.width).max(NARROWEST_NAME))
    }
}

fn lay_out(rows: &[ModelRow], materials: &[String], name_columns: usize) -> Vec<String> {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    let headings = FIXED.iter().map(|&name| name.to_owned()).chain(materials.iter().map(|id| in_lines(id)));
    table.set_header(headings.chain(["findings".to_owned()]));
    for row in rows {
        let fixed = [keep_end(&row.model, name_columns), row.size.clone(), row.triangles.clone(), row.volume.clone()];
        let prices = materials.iter().map(|id| row.total(id).to_owned());
        table.add_row(fixed.into_iter().chain(prices).chain([row.findings.clone()]));
    }
    let last = FIXED.len() + materials.len();
    for (number, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, if number == last { 0 } else { GAP }));
        let left = number == 0 || number == last;
        column.set_cell_alignment(if left { CellAlignment::Left } else { CellAlignment::Right });
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect()
}

/// A material's id as the heading of a column: broken at its hyphens.
fn in_lines(id: &str) -> String {
    fold(id.split_inclusive(['-', '_', '.']), "", HEADING).join("\n")
}
