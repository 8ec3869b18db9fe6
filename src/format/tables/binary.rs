//! The rows of tables in binary.

use super::layout::{Encoding, Layout, Scalar};
use super::rows::{Cursor, RowFault, Rows, Values};

/// The rows that are read together: enough that the cut of their polygons by threads costs nothing.
const ROWS_TOGETHER: usize = 1 << 13;

/// What is wrong with a row, and where.
pub(super) struct BinaryFault {
    pub offset: usize,
    pub fault: RowFault,
}

/// Reads the rows that some bytes hold whole, of which the first is at the cursor, and moves the cursor behind them. Returns them
/// in parts, and the number of their bytes.
pub(super) fn read(bytes: &[u8], layout: &Layout, cursor: &mut Cursor) -> Result<(Vec<Rows>, usize), BinaryFault> {
    let (mut parts, vertex_count) = (Vec::new(), layout.vertex_count());
    let mut values = BinaryValues { bytes, at: 0, is_big: layout.encoding == Encoding::BigEndian };
    let mut is_cut = false;
    while !is_cut {
        let mut rows = Rows::default();
        let mut count = 0;
        while count < ROWS_TOGETHER {
            let Some(element) = cursor.element(&layout.elements) else {
                // What is behind the last row is left out.
                values.at = bytes.len();
                is_cut = true;
                break;
            };
            let (start, mark) = (values.at, rows.mark());
            match rows.read(&layout.elements[element], vertex_count, &mut values) {
                Ok(()) => {
                    cursor.pass(1, &layout.elements);
                    count += 1;
                }
                Err(RowFault::Cut) => {
                    rows.rewind(mark);
                    values.at = start;
                    is_cut = true;
                    break;
                }
                Err(fault) => return Err(BinaryFault { offset: start, fault }),
            }
        }
        parts.push(rows);
    }
    Ok((parts, values.at))
}

struct BinaryValues<'a> {
    bytes: &'a [u8],
    at: usize,
    is_big: bool,
}

impl BinaryValues<'_> {
    fn take<const N: usize>(&mut self) -> Result<[u8; N], RowFault> {
        let mut bytes = *self.bytes[self.at..].first_chunk::<N>().ok_or(RowFault::Cut)?;
        self.at += N;
        if self.is_big {
            bytes.reverse();
        }
        Ok(bytes)
    }
}

impl Values for BinaryValues<'_> {
    fn coordinate(&mut self, scalar: Scalar) -> Result<f32, RowFault> {
        let number = match scalar {
            Scalar::F32 => f32::from_le_bytes(self.take()?),
            Scalar::F64 => f64::from_le_bytes(self.take()?) as f32,
            whole => self.whole(whole)? as f32,
        };
        if number.is_finite() { Ok(number) } else { Err(RowFault::NonFinite { found: number.to_string() }) }
    }

    fn whole(&mut self, scalar: Scalar) -> Result<i64, RowFault> {
        Ok(match scalar {
            Scalar::I8 => i64::from(i8::from_le_bytes(self.take()?)),
            Scalar::U8 => i64::from(u8::from_le_bytes(self.take()?)),
            Scalar::I16 => i64::from(i16::from_le_bytes(self.take()?)),
            Scalar::U16 => i64::from(u16::from_le_bytes(self.take()?)),
            Scalar::I32 => i64::from(i32::from_le_bytes(self.take()?)),
            Scalar::U32 => i64::from(u32::from_le_bytes(self.take()?)),
            // Lists of such numbers are never of vertices.
            Scalar::F32 => f32::from_le_bytes(self.take()?) as i64,
            Scalar::F64 => f64::from_le_bytes(self.take()?) as i64,
        })
    }

    fn skip(&mut self, scalar: Scalar) -> Result<(), RowFault> {
        let next = self.at + scalar.size_bytes();
        if next > self.bytes.len() {
            return Err(RowFault::Cut);
        }
        self.at = next;
        Ok(())
    }
}
