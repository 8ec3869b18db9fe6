//! Files of formats that are known and not read, by their first bytes.

/// First bytes, and what a file is that begins with them.
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

/// What a file is that begins with these bytes; none where they are not known.
pub(super) fn foreign_format(head: &[u8]) -> Option<&'static str> {
    MAGIC.iter().find(|(magic, _)| head.starts_with(magic)).map(|(_, name)| *name)
}
