//! Text between two marks of a Markdown file: `<!-- name -->` and `<!-- /name -->`, each on a line of its own.

/// Replaces the text between a file's marks.
///
/// # Panics
/// Panics if the marks are missing: there would be no place to write to.
pub fn replaced(text: &str, name: &str, between: &str) -> String {
    let [begin, end] = [format!("<!-- {name} -->\n"), format!("<!-- /{name} -->\n")];
    let parts = text.split_once(&begin).and_then(|(before, rest)| Some((before, rest.split_once(&end)?.1)));
    let (before, after) = parts.unwrap_or_else(|| panic!("there are no lines {begin:?} and {end:?}"));
    format!("{before}{begin}{between}{end}{after}")
}
