//! Text for a terminal: escaped names and messages, and figures for people.

use std::fmt::Write as _;

use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

/// Decimals of the smallest measures.
const MOST_DECIMALS: u8 = 6;

/// The text with control characters and marks of writing direction escaped: a file's name must not move the cursor or look
/// like another name.
pub fn printable(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() || turns_direction(character) {
            let _ = write!(safe, "{}", character.escape_default());
        } else {
            safe.push(character);
        }
    }
    safe
}

fn turns_direction(character: char) -> bool {
    matches!(character, '\u{061c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// The columns that a text takes on a terminal.
pub fn width(text: &str) -> usize {
    text.width()
}

/// The last `columns` columns of a text: the end of a path says more than its beginning.
pub fn keep_end(text: &str, columns: usize) -> String {
    if width(text) <= columns {
        return text.to_owned();
    }
    let mut left = columns.saturating_sub(1);
    let mut start = text.len();
    for (offset, character) in text.char_indices().rev() {
        let taken = character.width().unwrap_or(0);
        if taken > left {
            break;
        }
        left -= taken;
        start = offset;
    }
    format!("…{}", &text[start..])
}

/// Words in lines of at most `columns` columns; a longer word is not broken.
pub fn fold(words: impl IntoIterator<Item = impl AsRef<str>>, separator: &str, columns: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in words {
        let word = word.as_ref();
        match lines.last_mut() {
            Some(line) if width(line) + width(separator) + width(word) <= columns => {
                line.push_str(separator);
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines
}

/// A whole number in groups of three: 1,234,567.
pub fn grouped(number: u64) -> String {
    in_threes(&number.to_string())
}

/// A measure with about three significant digits, without powers of ten.
pub fn rounded(measure: f64) -> String {
    if measure.abs() >= 100.0 {
        return in_threes(&format!("{measure:.0}"));
    }
    let three_digits = |decimals: &u8| measure.abs() * 10f64.powi(i32::from(*decimals)) >= 100.0;
    let decimals = if measure == 0.0 { 2 } else { (0..MOST_DECIMALS).find(three_digits).unwrap_or(MOST_DECIMALS) };
    let text = format!("{measure:.*}", usize::from(decimals));
    // A small measure is not shown as zero.
    let vanished = measure > 0.0 && !text.contains(|digit| matches!(digit, '1'..='9'));
    if vanished { format!("<{}1", &text[..text.len() - 1]) } else { text }
}

fn in_threes(digits: &str) -> String {
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_terminal_would_act_on_is_escaped() {
        let table = [
            ("ring.stl", "ring.stl"),
            ("Kölner Dom 大.stl", "Kölner Dom 大.stl"),
            ("\u{1b}[2Jgone.stl", "\\u{1b}[2Jgone.stl"),
            ("two\nlines\r.stl", "two\\nlines\\r.stl"),
            ("\u{9b}31m", "\\u{9b}31m"),
            ("lts.\u{202e}exe", "lts.\\u{202e}exe"),
        ];
        for (text, expected) in table {
            assert_eq!(printable(text), expected);
        }
    }

    #[test]
    fn long_names_keep_their_end_within_the_width() {
        let table = [
            ("ring.stl", 8, "ring.stl"),
            ("models/ring.stl", 9, "…ring.stl"),
            ("大大大大", 5, "…大大"),
            ("大大大大", 6, "…大大"),
        ];
        for (text, columns, expected) in table {
            assert_eq!(keep_end(text, columns), expected, "{text} in {columns}");
        }
    }

    #[test]
    fn measures_keep_three_digits() {
        let table = [
            (0.0, "0.00"),
            (1.0, "1.00"),
            (12.345, "12.3"),
            (123.6, "124"),
            (1_234_567.4, "1,234,567"),
            (0.012_34, "0.0123"),
            (0.000_012_34, "0.000012"),
            (1e-9, "<0.000001"),
        ];
        for (measure, expected) in table {
            assert_eq!(rounded(measure), expected);
        }
        assert_eq!(grouped(1_000_000), "1,000,000");
        assert_eq!(grouped(999), "999");
    }
}
