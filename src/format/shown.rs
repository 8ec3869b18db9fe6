//! Words of a file, as messages show them.

/// Shortens a word for a message, and escapes what a terminal would act on.
pub(super) fn shown(word: &[u8]) -> String {
    const SHOWN_BYTES: usize = 40;
    let mut shown = word[..word.len().min(SHOWN_BYTES)].escape_ascii().to_string();
    if word.len() > SHOWN_BYTES {
        shown.push('…');
    }
    shown
}
