//! The errors of a price book with their places, and their text for a terminal.
//!
//! Lines and columns count from 1; a column counts characters, as editors do.

use std::fmt::{self, Write as _};
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use super::{BookFault, limits};

/// One error of a price book.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookError {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The reason.
    pub fault: BookFault,
    /// The bytes of the text that it is about.
    span: Range<usize>,
}

/// The errors of a price book, in the order of the text: at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookErrors {
    errors: Vec<BookError>,
    omitted: usize,
}

impl BookError {
    /// The part of the price book's text that it is about; empty where something is missing.
    pub fn offending<'t>(&self, text: &'t str) -> &'t str {
        text.get(self.span.clone()).unwrap_or_default()
    }
}

impl BookErrors {
    /// Errors from faults and their places in the text.
    pub(super) fn new(text: &str, mut faults: Vec<(Range<usize>, BookFault)>) -> Self {
        faults.sort_by_key(|(span, _)| (span.start, span.end));
        let omitted = faults.len().saturating_sub(limits::ERRORS);
        faults.truncate(limits::ERRORS);
        let lines = Lines::new(text);
        let errors = faults.into_iter().map(|(span, fault)| {
            let (line, column) = lines.place(span.start);
            BookError { line, column, fault, span }
        });
        Self { errors: errors.collect(), omitted }
    }

    /// The errors, at most [`limits::ERRORS`] of them.
    pub fn iter(&self) -> std::slice::Iter<'_, BookError> {
        self.errors.iter()
    }

    /// The number of further errors.
    pub fn omitted(&self) -> usize {
        self.omitted
    }

    /// The errors for a terminal: each with file, line and column, and the offending text underlined. `text` is the
    /// price book; `color` adds ANSI escapes. Ends with a newline.
    pub fn render(&self, file_name: &str, text: &str, color: bool) -> String {
        let renderer = if color { Renderer::styled() } else { Renderer::plain() };
        let renderer = renderer.decor_style(DecorStyle::Ascii);
        let lines = Lines::new(text);
        let mut shown = String::new();
        for error in &self.errors {
            let (piece, is_cut) = lines.around(&error.span);
            let within = |at: usize| text.floor_char_boundary(at).clamp(piece.start, piece.end) - piece.start;
            let underlined = AnnotationKind::Primary.span(within(error.span.start)..within(error.span.end));
            let source = harmless(&text[piece.clone()]);
            let snippet = Snippet::source(source).line_start(error.line).annotation(underlined);
            let title = Level::ERROR.primary_title(error.fault.to_string());
            let report = [if is_cut {
                // The snippet would count its column from the cut.
                title.element(Origin::path(file_name).line(error.line).char_column(error.column)).element(snippet)
            } else {
                title.element(snippet.path(file_name))
            }];
            shown.push_str(&renderer.render(&report));
            shown.push_str("\n\n");
        }
        let count = self.errors.len() + self.omitted;
        let _ = match (count, self.omitted) {
            (1, _) => writeln!(shown, "{file_name}: 1 error"),
            (_, 0) => writeln!(shown, "{file_name}: {count} errors"),
            (_, omitted) => writeln!(shown, "{file_name}: {count} errors; {omitted} of them are not shown"),
        };
        shown
    }
}

impl<'a> IntoIterator for &'a BookErrors {
    type Item = &'a BookError;
    type IntoIter = std::slice::Iter<'a, BookError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Display for BookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}: {}", self.line, self.column, self.fault)
    }
}

impl fmt::Display for BookErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (number, error) in self.errors.iter().enumerate() {
            write!(f, "{}{error}", if number == 0 { "" } else { "\n" })?;
        }
        if self.omitted > 0 {
            write!(f, "\nand {} more", self.omitted)?;
        }
        Ok(())
    }
}

impl std::error::Error for BookError {}
impl std::error::Error for BookErrors {}

/// A piece of the book without control characters of Latin-1: the renderer shows the control characters of ASCII as pictures, but lets
/// those of Latin-1 through, and some terminals take U+009B for an escape. Every byte stays at its place.
fn harmless(piece: &str) -> String {
    piece.replace(|character| matches!(character, '\u{80}'..='\u{9f}'), "·")
}

/// The starts of a text's lines.
pub(super) struct Lines<'t> {
    text: &'t str,
    starts: Vec<usize>,
}

impl<'t> Lines<'t> {
    pub fn new(text: &'t str) -> Self {
        let after_newlines = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { text, starts: std::iter::once(0).chain(after_newlines).collect() }
    }

    /// The line and column of a byte.
    pub fn place(&self, at: usize) -> (usize, usize) {
        let at = self.text.floor_char_boundary(at);
        let line = self.starts.partition_point(|&start| start <= at);
        let column = self.text[self.starts[line - 1]..at].chars().count() + 1;
        (line, column)
    }

    /// The bytes to show around a span, and whether they are cut: the line that it begins in, without the newline. Of a very
    /// long line it is a part, as rendering takes time in proportion to the line for each of its errors.
    fn around(&self, span: &Range<usize>) -> (Range<usize>, bool) {
        const BEFORE: usize = 100;
        const AFTER: usize = 300;
        let at = self.text.floor_char_boundary(span.start);
        let line = self.starts.partition_point(|&start| start <= at);
        let start = self.starts[line - 1];
        let end = self.starts.get(line).map_or(self.text.len(), |next| next - 1);
        let end = start + self.text[start..end].trim_end_matches('\r').len();
        if end - start <= BEFORE + AFTER {
            return (start..end, false);
        }
        let first = self.text.floor_char_boundary(at.saturating_sub(BEFORE).max(start));
        (first..self.text.floor_char_boundary((at + AFTER).min(end)), true)
    }
}
