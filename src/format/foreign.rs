//! Formats that are recognised by their first bytes and are not supported.

/// The first bytes of each format, and its name in a message.
const MAGIC: [(&[u8], &str); 8] = [
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or a 3MF file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
];

/// The first words of each format of text, in any case, and its name in a message. Blanks may stand before them.
const FIRST_WORDS: [(&[u8], &str); 6] = [
    (b"iso-10303-21", "a STEP file"),
    (b"<?xml", "an XML file"),
    (b"<!doctype html", "an HTML page"),
    (b"<html", "an HTML page"),
    (b"<error", "an XML file"),
    (b"{\"", "a JSON text"),
];

/// The name of the format that begins with these bytes, if it is recognised.
pub(super) fn foreign_format(head: &[u8]) -> Option<&'static str> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    let begins_with = |word: &[u8]| text.get(..word.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(word));
    let by_magic = MAGIC.iter().find(|(magic, _)| head.starts_with(magic));
    by_magic.or_else(|| FIRST_WORDS.iter().find(|(word, _)| begins_with(word))).map(|(_, name)| *name)
}
