//! Generators of fixtures with a few changes: nearly right files find most faults of a reader.

use std::fmt;
use std::path::Path;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use crate::fixtures::folder;

/// The bytes of a generated file, printed as a byte string when a test fails.
#[derive(Clone)]
pub struct Bytes(pub Vec<u8>);

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "b\"{}\"", self.0.escape_ascii())
    }
}

/// Numbers on which text readers tend to fail.
const NUMBERS: [&str; 14] = [
    "0",
    "-0",
    "-1",
    "1e38",
    "3.5e38",
    "1e-45",
    "1e999",
    "nan",
    "-inf",
    "16777217",
    "4294967295",
    "18446744073709551616",
    "999999999.999999999",
    "0.0000000001",
];
/// Numbers on which binary readers tend to fail.
const BITS: [u32; 10] = [
    0,
    1,
    u32::MAX,
    1 << 31,
    f32::MAX.to_bits(),
    f32::MIN_POSITIVE.to_bits(),
    f32::NAN.to_bits(),
    f32::INFINITY.to_bits(),
    f32::EPSILON.to_bits(),
    16_777_217_f32.to_bits(),
];

/// One change of a file, at any place in it.
#[derive(Debug, Clone)]
enum Change {
    Flip {
        place: Index,
        bits: u8,
    },
    Truncate {
        place: Index,
    },
    Remove {
        place: Index,
        length: usize,
    },
    Repeat {
        place: Index,
        length: usize,
        times: usize,
    },
    Insert {
        place: Index,
        bytes: Vec<u8>,
    },
    /// The number at the place, or the next one.
    Number {
        place: Index,
        number: &'static str,
    },
    Bits {
        place: Index,
        bits: u32,
    },
}

impl Change {
    fn any(words: &'static [&'static str]) -> impl Strategy<Value = Self> {
        let place = any::<Index>;
        let word = select(words).prop_map(|word| word.as_bytes().to_vec());
        prop_oneof![
            (place(), 1_u8..).prop_map(|(place, bits)| Self::Flip { place, bits }),
            place().prop_map(|place| Self::Truncate { place }),
            (place(), 1_usize..300).prop_map(|(place, length)| Self::Remove { place, length }),
            (place(), 1_usize..300, 1_usize..20).prop_map(|(place, length, times)| Self::Repeat {
                place,
                length,
                times
            }),
            (place(), vec(any::<u8>(), 1..20)).prop_map(|(place, bytes)| Self::Insert { place, bytes }),
            (place(), word).prop_map(|(place, bytes)| Self::Insert { place, bytes }),
            (place(), select(&NUMBERS)).prop_map(|(place, number)| Self::Number { place, number }),
            (place(), select(&BITS)).prop_map(|(place, bits)| Self::Bits { place, bits }),
        ]
    }

    fn apply(&self, file: &mut Vec<u8>) {
        let size = file.len();
        let at = |place: &Index| place.index(size + 1);
        match self {
            Self::Flip { place, bits } => file.iter_mut().skip(at(place)).take(1).for_each(|byte| *byte ^= bits),
            Self::Truncate { place } => file.truncate(at(place)),
            Self::Remove { place, length } => drop(file.drain(at(place)..size.min(at(place) + length))),
            Self::Repeat { place, length, times } => {
                let slice = file[at(place)..size.min(at(place) + length)].repeat(*times);
                file.splice(at(place)..at(place), slice);
            }
            Self::Insert { place, bytes } => drop(file.splice(at(place)..at(place), bytes.iter().copied())),
            Self::Number { place, number } => {
                let is_part = |byte: &u8| byte.is_ascii_digit() || b".+-eE".contains(byte);
                let start = at(place) + file[at(place)..].iter().take_while(|byte| !is_part(byte)).count();
                let end = start + file[start..].iter().take_while(|byte| is_part(byte)).count();
                file.splice(start..end, number.bytes());
            }
            Self::Bits { place, bits } => {
                // Numbers lie at even places of a binary STL file.
                let place = at(place) & !1;
                file[place..].iter_mut().zip(bits.to_le_bytes()).for_each(|(byte, bits)| *byte = bits);
            }
        }
    }
}

/// Generates files from some folders of fixtures/, with up to a few changes, which may insert words of their format.
pub fn changed(folders: &[&str], words: &'static [&'static str]) -> impl Strategy<Value = Bytes> {
    changed_files(files(folders), words)
}

/// Generates some files with up to a few changes, which may insert words of their format.
pub fn changed_files(files: Vec<Vec<u8>>, words: &'static [&'static str]) -> impl Strategy<Value = Bytes> {
    (select(files), vec(Change::any(words), 0..6)).prop_map(|(mut file, changes)| {
        for change in changes {
            change.apply(&mut file);
        }
        Bytes(file)
    })
}

/// Generates files of the head of one file and the tail of another.
pub fn spliced(folders: &[&str]) -> impl Strategy<Value = Bytes> {
    let files = files(folders);
    (select(files.clone()), any::<Index>(), select(files), any::<Index>()).prop_map(|(head, end, tail, start)| {
        Bytes([&head[..end.index(head.len() + 1)], &tail[start.index(tail.len() + 1)..]].concat())
    })
}

/// Every file below some folders of fixtures/, in the order of their names.
pub(super) fn files(folders: &[&str]) -> Vec<Vec<u8>> {
    let entries = folders.iter().flat_map(|name| walkdir::WalkDir::new(folder().join(name)).sort_by_file_name());
    let paths = entries.map(|entry| entry.expect("fixtures/ can be read").into_path());
    let files: Vec<_> = paths.filter(|path| path.is_file()).map(|path: std::path::PathBuf| read(&path)).collect();
    assert!(files.len() > 1, "{folders:?}");
    files
}

fn read(path: &Path) -> Vec<u8> {
    std::fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
