//! Words of a file, as messages show them, and names, as answers repeat them.

/// The most bytes of a name.
const NAME_BYTES: usize = 400;

/// Shortens a word for a message, and escapes what a terminal would act on.
pub(super) fn shown(word: &[u8]) -> String {
    const SHOWN_BYTES: usize = 40;
    let mut shown = word[..word.len().min(SHOWN_BYTES)].escape_ascii().to_string();
    if word.len() > SHOWN_BYTES {
        shown.push('…');
    }
    shown
}

/// Text of a file without what a terminal would act on, and no longer than so many letters.
pub(super) fn plain(text: &str, most_letters: usize) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(most_letters).collect()
}

/// A name in a text that does not say its encoding: UTF-8, or else Latin-1, in which each byte is a letter. Blanks around it are left
/// out, and what a terminal would act on.
pub(super) fn name(bytes: &[u8]) -> String {
    let bytes = &bytes[..bytes.len().min(NAME_BYTES)];
    let letters: String = match str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        // The cut may be within a letter.
        Err(error) if error.error_len().is_none() => {
            String::from_utf8_lossy(&bytes[..error.valid_up_to()]).into_owned()
        }
        Err(_) => bytes.iter().copied().map(char::from).collect(),
    };
    plain(&letters, NAME_BYTES).trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_utf_8_or_latin_1() {
        let long = "é".repeat(NAME_BYTES);
        let rows: [(&[u8], &str); 8] = [
            (b"ring", "ring"),
            (b"  a ring\r", "a ring"),
            ("bague dorée".as_bytes(), "bague dorée"),
            (b"bague dor\xe9e", "bague dorée"),
            (b"a\x1b[2Jb", "a[2Jb"),
            (b"", ""),
            ("指輪".as_bytes(), "指輪"),
            (long.as_bytes(), &long[..NAME_BYTES]),
        ];
        for (bytes, expected) in rows {
            assert_eq!(name(bytes), expected, "{bytes:?}");
        }
    }
}
