//! Formats that are recognised by their first bytes and are not supported.

/// The first bytes of each format, and its name in a message.
const MAGIC: [(&[u8], &str); 15] = [
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive or a 3MF file"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"Rar!", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"ply", "a PLY file"),
    (b"OFF", "an OFF file"),
    (b"glTF", "a glTF file"),
    (b"ISO-10303-21", "a STEP file"),
    (b"<?xml", "an XML file"),
    (b"<!DOCTYPE", "an HTML page"),
    (b"<html", "an HTML page"),
];

/// The name of the format that begins with these bytes, if it is recognised.
pub(super) fn foreign_format(head: &[u8]) -> Option<&'static str> {
    MAGIC.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, name)| *name)
}
