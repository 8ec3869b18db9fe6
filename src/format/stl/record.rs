//! The record of a triangle in binary STL: a normal, three corners, and two bytes whose meaning varies.
//!
//! Normals are ignored: they follow from the corners, and many programs write them wrong. They still tell a record from other
//! bytes, as do the sizes of coordinates.

use crate::mesh::{Point, Triangle};

pub(super) const RECORD_BYTES: usize = 50;
const NORMAL_BYTES: usize = 12;
/// Coordinates of parts are smaller, in any unit.
const LARGEST: f32 = 1e12;
/// Coordinates of parts are larger, but for rounding errors around 0.
const SMALLEST: f32 = 1e-12;
/// The most rounding errors in a triangle: a side of it lies in one plane, and the third corner in another.
const MOST_ROUNDING_ERRORS: usize = 4;

/// The 50 bytes of a triangle.
pub(super) type TriangleRecord = [u8; RECORD_BYTES];

/// The likeness of 50 bytes to a triangle, from the least likely.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Likeness {
    /// A corner that no part has.
    Other,
    /// Only zeros: padding, or a triangle without an area.
    Zeros,
    /// Corners of a part, and a normal that is none, or all corners in one point.
    Corners,
    /// Corners of a part that differ, and a normal of zero or of about unit length. One record of random bytes in ten thousand.
    Triangle,
}

/// The triangle of a record. Written out, it is a few loads: as a `map` over the offsets of four vectors it was a call for each
/// of them, and took a third of the time of a whole mesh.
#[inline]
pub(super) fn decode(record: &TriangleRecord) -> Triangle {
    let corner = |number: usize| vector(record, coordinate_offset(number, 0) as usize);
    [corner(0), corner(1), corner(2)]
}

/// The two bytes after the corners: by the specification, the number of bytes of attributes that follow the record. Most
/// programs write 0, or a colour.
pub(super) fn attribute(record: &TriangleRecord) -> u16 {
    u16::from_le_bytes([record[RECORD_BYTES - 2], record[RECORD_BYTES - 1]])
}

/// The offset of a coordinate in a record.
pub(super) fn coordinate_offset(corner: usize, axis: usize) -> u64 {
    (NORMAL_BYTES + 12 * corner + 4 * axis) as u64
}

/// Tells how far a record looks like a triangle.
pub(super) fn likeness(record: &TriangleRecord) -> Likeness {
    let normal = vector(record, 0);
    let [a, b, c] = decode(record);
    let coordinates = [a, b, c].concat();
    let rounding_errors = coordinates.iter().filter(|number| **number != 0.0 && number.abs() < SMALLEST).count();
    // A NaN is not smaller either.
    let are_of_a_part = coordinates.iter().all(|number| number.abs() < LARGEST);
    let squared_length: f32 = normal.iter().map(|part| part * part).sum();
    if record.iter().all(|&byte| byte == 0) {
        Likeness::Zeros
    } else if !are_of_a_part || rounding_errors > MOST_ROUNDING_ERRORS {
        Likeness::Other
    } else if (normal == [0.0; 3] || (0.5..2.0).contains(&squared_length)) && (a != b || b != c) {
        Likeness::Triangle
    } else {
        Likeness::Corners
    }
}

/// The normal or a corner.
#[inline]
fn vector(record: &TriangleRecord, at: usize) -> Point {
    let number = |at: usize| f32::from_le_bytes([record[at], record[at + 1], record[at + 2], record[at + 3]]);
    [number(at), number(at + 4), number(at + 8)]
}
