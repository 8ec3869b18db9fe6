//! Tests of gzip files and ZIP archives.

use std::io::Write;
use std::process::{Command, Stdio};

use pricing_worker::contract::RejectionCode::{
    EmptyModel, Encrypted, Malformed, SeveralModels, TooLarge, Truncated, UnknownFormat, UnsupportedFeature,
};
use test_support::packing::{ENCRYPTED, STREAMED, Zipped, gzip, zip};

use super::{Refused, check_refused, measure, measured};
use crate::geometry::shapes::{cube, sphere};

/// A gzip file with every field of a header: an extra field, a name, a comment and a checksum.
fn with_header_fields(packed: &[u8]) -> Vec<u8> {
    let (fixed, data) = packed.split_at(10);
    let fields = b"\x05\0extra" as &[u8];
    [&fixed[..3], &[2 | 4 | 8 | 16], &fixed[4..], fields, b"model.stl\0", b"a comment\0", &[0, 0], data].concat()
}

#[test]
fn a_packed_model_is_measured_as_it_would_be_unpacked() {
    let (plain, text) = (cube(10).binary(), cube(10).ascii());
    let large = sphere(1_000.0, 111, 110).binary();
    let halves = |bytes: &[u8]| {
        let (first, second) = bytes.split_at(bytes.len() / 2);
        [gzip(first), gzip(b""), gzip(second)].concat()
    };
    let streamed = Zipped { flags: STREAMED, ..Zipped::new("part.stl", &plain) };
    let wide = Zipped { is_zip64: true, ..Zipped::new("part.stl", &plain) };
    let around = [
        Zipped::stored("models/", b""),
        Zipped::new("models/part.STL", &plain),
        Zipped::new("__MACOSX/models/._part.STL", b"attributes"),
        Zipped::new("models/.DS_Store", b"attributes"),
        Zipped::new("models/Thumbs.db", b"pictures"),
        Zipped::new("models/preview.png", b"\x89PNG"),
        Zipped::new("models/part.mtl", b"newmtl steel"),
        Zipped::new("README.txt", b"Two pieces, please"),
    ];
    let rows: [(&str, Vec<u8>, &[u8]); 15] = [
        ("gzip", gzip(&plain), &plain),
        ("gzip of text", gzip(&text), &text),
        ("gzip of more than is given at once", gzip(&large), &large),
        ("gzip in three members", halves(&plain), &plain),
        ("gzip in three members of a large file", halves(&large), &large),
        ("gzip with all fields of a header", with_header_fields(&gzip(&plain)), &plain),
        ("gzip with zeros behind it", [gzip(&plain), vec![0; 512]].concat(), &plain),
        ("ZIP", zip(&[Zipped::new("part.stl", &plain)]), &plain),
        ("ZIP of more than is given at once", zip(&[Zipped::new("part.stl", &large)]), &large),
        ("ZIP, not packed", zip(&[Zipped::stored("part.stl", &plain)]), &plain),
        ("ZIP, sizes behind the data", zip(&[streamed]), &plain),
        ("ZIP64", zip(&[wide]), &plain),
        ("ZIP with what is no model", zip(&around), &plain),
        ("ZIP of a model without extension", zip(&[Zipped::new("part", &plain)]), &plain),
        ("ZIP of a model with a wrong extension", zip(&[Zipped::new("part.obj", &plain)]), &plain),
    ];
    for (name, packed, unpacked) in rows {
        assert_eq!(measured(name, &packed), measure(unpacked, usize::MAX).expect("a solid"), "{name}");
    }
}

#[test]
fn what_other_programs_pack_is_read() {
    let plain = cube(10).binary();
    let script = "
import gzip, io, sys, zipfile
kind, data, out = sys.argv[1], sys.stdin.buffer.read(), io.BytesIO()
if kind == 'gzip':
    out.write(gzip.compress(data))
else:
    method = zipfile.ZIP_STORED if kind == 'stored' else zipfile.ZIP_DEFLATED
    with zipfile.ZipFile(out, 'w', method) as archive:
        if kind == 'unseekable':
            with archive.open('part.stl', 'w', force_zip64=True) as file:
                file.write(data)
        else:
            archive.writestr('part.stl', data)
sys.stdout.buffer.write(out.getvalue())";
    for kind in ["gzip", "stored", "deflated", "unseekable"] {
        let mut python = Command::new("python3");
        let python = python.args(["-c", script, kind]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut python = python.spawn().expect("python3 is there: tests/run installs it");
        python.stdin.take().expect("it is piped").write_all(&plain).expect("it reads all");
        let packed = python.wait_with_output().expect("it ends").stdout;
        assert_eq!(measured(kind, &packed), measure(&plain, usize::MAX).expect("a solid"), "{kind} by Python");
    }
}

#[test]
fn damaged_gzip_files_are_refused() {
    let packed = gzip(&cube(10).binary());
    let end = packed.len();
    let changed = |at: usize| {
        let mut bytes = packed.clone();
        bytes[at] ^= 1;
        bytes
    };
    check_refused([
        Refused("cut in the data", packed[..end / 2].to_vec(), Truncated, "ends too early"),
        Refused("cut in the trailer", packed[..end - 3].to_vec(), Truncated, "ends too early"),
        Refused("cut in the header", packed[..5].to_vec(), Truncated, "ends too early"),
        Refused("another checksum", changed(end - 8), Malformed, "checksum"),
        Refused("another length", changed(end - 4), Malformed, "length"),
        Refused("another method", changed(2), Malformed, "header"),
        Refused("no DEFLATE", [&packed[..10], &[0xff; 20]].concat(), Malformed, "cannot be unpacked"),
        Refused("more behind it", [&packed[..], b"more"].concat(), Malformed, "behind its end"),
        Refused("cut in the second member", [&packed[..], &packed[..40]].concat(), Truncated, "ends too early"),
        Refused(
            "a name without end",
            [&b"\x1f\x8b\x08\x08\0\0\0\0\0\0"[..], &vec![b'x'; 1 << 18]].concat(),
            Malformed,
            "header",
        ),
        Refused("nothing in it", gzip(b""), EmptyModel, "empty"),
        Refused("no model in it", gzip(b"some text"), UnknownFormat, "no format that is known"),
        Refused("gzip in it", gzip(&packed), UnsupportedFeature, "archive in an archive"),
        Refused("a ZIP archive in it", gzip(&zip(&[Zipped::new("a.stl", b"x")])), UnsupportedFeature, "archive in an"),
    ]);
}

#[test]
fn zip_archives_that_cannot_be_read_are_refused() {
    let plain = cube(10).binary();
    let part = |name: &str| Zipped::new(name, &plain);
    let one = |file: Zipped| zip(&[file]);
    let whole = one(part("part.stl"));
    let many: Vec<_> = (0..8).map(|number| part(&format!("part{number}.stl"))).collect();
    let mut counts_two = whole.clone();
    let end = counts_two.len();
    (counts_two[end - 14], counts_two[end - 12]) = (2, 2);
    let mut unreadable = whole.clone();
    let directory = whole.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").expect("a directory");
    unreadable[directory] = b'X';
    let method = |method| one(Zipped { method, ..part("part.stl") });
    check_refused([
        Refused("cut", whole[..end - 30].to_vec(), Truncated, "no directory"),
        Refused("only its start", whole[..30].to_vec(), Truncated, "no directory"),
        Refused("counts another number", counts_two, Malformed, "counts other files"),
        Refused("no directory where its end says", unreadable, Malformed, "directory"),
        Refused(
            "several models",
            zip(&many),
            SeveralModels,
            "has 8 models: `part0.stl`, `part1.stl`, `part2.stl`, `part3.stl`, `part4.stl`, 3 more",
        ),
        Refused(
            "a model that is not read beside ours",
            zip(&[part("a.stl"), part("a.step")]),
            SeveralModels,
            "`a.step`",
        ),
        Refused("no files", zip(&[]), EmptyModel, "no files"),
        Refused("no model", zip(&[part("a.txt"), part("b.png")]), EmptyModel, "`a.txt`, `b.png`"),
        Refused(
            "encrypted",
            one(Zipped { flags: ENCRYPTED, ..part("part.stl") }),
            Encrypted,
            "`part.stl` is encrypted",
        ),
        Refused("AES", one(Zipped { flags: ENCRYPTED, method: 99, ..part("part.stl") }), Encrypted, "password"),
        Refused("DEFLATE64", method(9), UnsupportedFeature, "DEFLATE64"),
        Refused("BZIP2", method(12), UnsupportedFeature, "BZIP2"),
        Refused("LZMA", method(14), UnsupportedFeature, "LZMA"),
        Refused("Zstandard", method(93), UnsupportedFeature, "ZSTD"),
        Refused("a method of the future", method(1234), UnsupportedFeature, "method 1234"),
        Refused("another checksum", one(Zipped { crc: 1, ..part("part.stl") }), Malformed, "checksum"),
        Refused("more bytes than it says", one(Zipped { size_bytes: 600, ..part("part.stl") }), Malformed, "length"),
        Refused("fewer bytes than it says", one(Zipped { size_bytes: 700, ..part("part.stl") }), Malformed, "length"),
        Refused("no DEFLATE", one(Zipped { packed: vec![0xff; 100], ..part("part.stl") }), Malformed, "unpacked"),
        Refused("an unknown file", one(Zipped::new("part", b"some text")), UnknownFormat, "no format that is known"),
        Refused("an empty model", one(Zipped::new("part.stl", b"")), EmptyModel, "empty"),
        Refused("a ZIP archive in it", one(Zipped::new("a.zip", &whole)), UnsupportedFeature, "archive in an archive"),
        Refused("gzip in it", one(Zipped::new("a.stl.gz", &gzip(&plain))), UnsupportedFeature, "archive in an archive"),
    ]);
}

#[test]
fn bombs_are_refused_by_what_they_unpack_to() {
    let zeros = vec![0; 18 << 20];
    let mut header = cube(10).binary();
    header.extend_from_slice(&zeros);
    // Its directory says that it unpacks to a few bytes: no more are unpacked.
    let liar = Zipped { size_bytes: 684, ..Zipped::new("part.stl", &header) };
    let huge = Zipped { size_bytes: 4 << 40, is_zip64: true, ..Zipped::new("part.stl", &zeros) };
    let quoted = {
        let files = ["a.stl", "b.txt"].map(|name| Zipped::new(name, &cube(10).binary()));
        let mut archive = zip(&files);
        // The second file lies where the first one does.
        let second = archive.windows(4).rposition(|bytes| bytes == b"PK\x01\x02").expect("a directory");
        archive[second + 42..second + 46].copy_from_slice(&0_u32.to_le_bytes());
        archive
    };
    check_refused([
        Refused("gzip of zeros", gzip(&zeros), TooLarge, "unpack to more than"),
        Refused("a model with zeros behind it", gzip(&header), TooLarge, "unpack to more than"),
        Refused("ZIP of zeros", zip(&[Zipped::new("part.stl", &zeros)]), TooLarge, "unpack to more than"),
        Refused("ZIP that says little", zip(&[liar]), Malformed, "length"),
        Refused("ZIP that says terabytes", zip(&[huge]), TooLarge, "unpack to more than"),
        Refused("files that overlap", quoted, Malformed, "overlap"),
    ]);
}

#[test]
fn a_file_in_an_archive_has_the_limit_of_a_file() {
    let limits = pricing_worker::appraise::Limits { object_bytes: 5_000, topology_triangles: 1_000_000 };
    let shape = sphere(1_000.0, 21, 20).binary();
    assert!(shape.len() as u64 > limits.object_bytes, "a model above the limit");
    for packed in [gzip(&vec![b' '; 6_000]), zip(&[Zipped::new("a.obj", &vec![b' '; 6_000])])] {
        let reason = crate::geometry::measure_chunks([&packed[..]], &limits).expect_err("too large");
        assert_eq!(reason.code, TooLarge, "{reason}");
        assert!(reason.message.contains("5000"), "{reason}");
    }
}
