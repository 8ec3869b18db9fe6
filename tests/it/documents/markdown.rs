//! A reader of the Markdown that the documents use.

/// A code block: the words after its fence, its text, and the text before it.
pub struct Block<'t> {
    /// The words after the fence: `toml`, `json request`.
    pub info: &'t str,
    /// The lines, without the indentation of the fence.
    pub text: String,
    /// The number of the line after the fence, from 1.
    pub line: usize,
}

/// The code blocks of a text.
pub fn blocks(text: &str) -> Vec<Block<'_>> {
    let mut found = Vec::new();
    let mut lines = text.lines().enumerate();
    while let Some((number, line)) = lines.next() {
        let Some(info) = line.trim_start().strip_prefix("```") else { continue };
        let indentation = line.len() - line.trim_start().len();
        let inside = lines.by_ref().map(|(_, line)| line).take_while(|line| line.trim() != "```");
        let text = inside.map(|line| line.get(indentation..).unwrap_or_default().to_owned() + "\n").collect();
        found.push(Block { info, text, line: number + 2 });
    }
    found
}

/// A text without its code blocks.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    })
}

/// The targets of the links and pictures of a text.
pub fn links(text: &str) -> Vec<String> {
    let targets = prose(text).flat_map(|line| line.split("](").skip(1));
    targets.filter_map(|rest| rest.split_once(')')).map(|(target, _)| target.to_owned()).collect()
}

/// The headings of a text.
pub fn headings(text: &str) -> Vec<&str> {
    let headings = prose(text).filter(|line| line.starts_with('#'));
    headings.map(|line| line.trim_start_matches('#').trim()).collect()
}

/// The anchor of a heading, as GitHub makes it.
pub fn slug(heading: &str) -> String {
    let kept = heading.chars().filter(|&character| character.is_alphanumeric() || " -_".contains(character));
    kept.collect::<String>().to_lowercase().replace(' ', "-")
}

/// The rows of the table that begins with a line, without its head: the cells, without marks of style.
pub fn rows<'t>(lines: impl Iterator<Item = &'t str>) -> Vec<Vec<String>> {
    let table = lines.take_while(|line| line.starts_with('|')).skip(2);
    let cells =
        |line: &str| line.trim_matches('|').split('|').map(|cell| cell.trim().replace(['*', '`'], "")).collect();
    table.map(cells).collect()
}
