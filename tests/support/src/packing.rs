//! Writers of archives, right ones and wrong ones.

use std::io::Write;

use flate2::write::{DeflateEncoder, GzEncoder};
use flate2::{Compression, Crc};

/// A gzip file.
pub fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).expect("a vector takes all");
    encoder.finish().expect("a vector takes all")
}

/// A file in a ZIP archive, and what the archive says of it.
#[derive(Debug, Clone)]
pub struct Zipped {
    /// Its path.
    pub name: String,
    /// The data as they are in the archive.
    pub packed: Vec<u8>,
    /// The length that the archive says.
    pub size_bytes: u64,
    /// The checksum that the archive says.
    pub crc: u32,
    /// The number of the method of packing.
    pub method: u16,
    /// Flags, such as [`ENCRYPTED`].
    pub flags: u16,
    /// Whether its sizes stand in fields of ZIP64.
    pub is_zip64: bool,
}

/// The flag of an encrypted file.
pub const ENCRYPTED: u16 = 1;
/// The flag of a file whose sizes follow its data.
pub const STREAMED: u16 = 8;

impl Zipped {
    /// A file that is packed with DEFLATE.
    pub fn new(name: &str, bytes: &[u8]) -> Self {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::default());
        encoder.write_all(bytes).expect("a vector takes all");
        let packed = encoder.finish().expect("a vector takes all");
        Self { packed, method: 8, ..Self::stored(name, bytes) }
    }

    /// A file that is not packed.
    pub fn stored(name: &str, bytes: &[u8]) -> Self {
        let mut crc = Crc::new();
        crc.update(bytes);
        Self {
            name: name.into(),
            packed: bytes.to_vec(),
            size_bytes: bytes.len() as u64,
            crc: crc.sum(),
            method: 0,
            flags: 0,
            is_zip64: false,
        }
    }

    /// What both headers have: from the version that reads the file to the lengths of its name and its extra field.
    fn header(&self, is_local: bool) -> Vec<u8> {
        let is_known = !(is_local && self.flags & STREAMED != 0);
        let [packed, size] = [self.packed.len() as u64, self.size_bytes].map(|size| if is_known { size } else { 0 });
        let short = |size: u64| if self.is_zip64 { u32::MAX } else { size as u32 };
        let mut header = Vec::new();
        header.extend([45_u16, self.flags, self.method, 0, 0].iter().flat_map(|field| field.to_le_bytes()));
        let crc = if is_known { self.crc } else { 0 };
        header.extend([crc, short(packed), short(size)].iter().flat_map(|field| field.to_le_bytes()));
        header.extend((self.name.len() as u16).to_le_bytes());
        header.extend((self.extra().len() as u16).to_le_bytes());
        header
    }

    fn extra(&self) -> Vec<u8> {
        if !self.is_zip64 {
            return Vec::new();
        }
        let sizes = [self.size_bytes, self.packed.len() as u64];
        [&[1, 0, 16, 0][..], &sizes.map(u64::to_le_bytes).concat()].concat()
    }
}

/// A ZIP archive of some files.
pub fn zip(files: &[Zipped]) -> Vec<u8> {
    let (mut archive, mut directory) = (Vec::new(), Vec::new());
    for file in files {
        let offset = archive.len() as u32;
        let (name, extra) = (file.name.as_bytes(), file.extra());
        archive.extend([b"PK\x03\x04", &file.header(true)[..], name, &extra, &file.packed].concat());
        if file.flags & STREAMED != 0 {
            let sizes = [file.crc, file.packed.len() as u32, file.size_bytes as u32];
            archive.extend([b"PK\x07\x08", &sizes.map(u32::to_le_bytes).concat()[..]].concat());
        }
        // The length of a comment, the disk, and the attributes.
        let others = [&[0; 10][..], &offset.to_le_bytes()].concat();
        directory.extend([b"PK\x01\x02\x2d\x00", &file.header(false)[..], &others, name, &extra].concat());
    }
    with_directory(archive, &directory, files.len() as u16)
}

/// A 3MF file with a model of this XML, which is not packed.
pub fn threemf(model: &[u8]) -> Vec<u8> {
    package(Zipped::stored(MODEL, model))
}

/// A 3MF file with a model of this XML, packed as programs do it.
pub fn threemf_packed(model: &[u8]) -> Vec<u8> {
    package(Zipped::new(MODEL, model))
}

/// The usual path of a model in a 3MF file.
const MODEL: &str = "3D/3dmodel.model";

fn package(model: Zipped) -> Vec<u8> {
    let types = br#"<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="model" ContentType="application/vnd.ms-package.3dmanufacturing-3dmodel+xml"/></Types>"#;
    let relationships = br#"<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="model" Target="/3D/3dmodel.model" Type="http://schemas.microsoft.com/3dmanufacturing/2013/01/3dmodel"/></Relationships>"#;
    zip(&[Zipped::stored("[Content_Types].xml", types), Zipped::stored("_rels/.rels", relationships), model])
}

/// The files of an archive, with a directory and an end that counts so many.
fn with_directory(mut archive: Vec<u8>, directory: &[u8], count: u16) -> Vec<u8> {
    let start = archive.len() as u32;
    archive.extend_from_slice(directory);
    archive.extend(b"PK\x05\x06\0\0\0\0");
    archive.extend([count, count].iter().flat_map(|field| field.to_le_bytes()));
    archive.extend([directory.len() as u32, start].iter().flat_map(|field| field.to_le_bytes()));
    archive.extend([0, 0]);
    archive
}
