//! A writer of SVG pictures with their own background, which makes them readable on any page.

use std::fmt::Write;

/// An SVG picture in progress.
pub struct Svg(String);

impl Svg {
    /// An empty picture. Its style says what the class `ground` looks like; the text of its element `title` is its name.
    pub fn new(width: f64, height: f64, style: &str) -> Self {
        Self(format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\" role=\"img\" aria-labelledby=\"title\">\n<style>{style}\n</style>\n\
             <rect class=\"ground\" width=\"{width}\" height=\"{height}\"/>\n"
        ))
    }

    /// Adds a line of text.
    pub fn text(&mut self, x: f64, y: f64, class: &str, anchor: &str, words: &str) {
        let words = escaped(words);
        self.raw(&format!("<text class=\"{class}\" x=\"{x:.1}\" y=\"{y:.1}\" text-anchor=\"{anchor}\">{words}</text>"));
    }

    /// Adds an element as given.
    pub fn raw(&mut self, element: &str) {
        writeln!(self.0, "{element}").expect("a string takes all text");
    }

    /// The whole picture.
    pub fn end(mut self) -> String {
        self.raw("</svg>");
        self.0
    }
}

/// Text with XML's reserved characters escaped.
fn escaped(words: &str) -> String {
    words.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}
