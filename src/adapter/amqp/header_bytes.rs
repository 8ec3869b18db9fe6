//! The bytes that headers take on the wire, by AMQP 0-9-1, section 4.2.5.

use lapin::types::{AMQPValue, FieldTable, ShortString};

/// A table, with its length in front.
pub(super) fn table_bytes(table: &FieldTable) -> usize {
    4 + table.inner().iter().map(|(name, value)| entry_bytes(name, value)).sum::<usize>()
}

/// An entry of a table: its name, with a byte for its length, and its value, with a byte for its type.
pub(super) fn entry_bytes(name: &ShortString, value: &AMQPValue) -> usize {
    1 + name.as_str().len() + 1 + value_bytes(value)
}

fn value_bytes(value: &AMQPValue) -> usize {
    match value {
        AMQPValue::Void => 0,
        AMQPValue::Boolean(_) | AMQPValue::ShortShortInt(_) | AMQPValue::ShortShortUInt(_) => 1,
        AMQPValue::ShortInt(_) | AMQPValue::ShortUInt(_) => 2,
        AMQPValue::LongInt(_) | AMQPValue::LongUInt(_) | AMQPValue::Float(_) => 4,
        AMQPValue::DecimalValue(_) => 5,
        AMQPValue::LongLongInt(_) | AMQPValue::Double(_) | AMQPValue::Timestamp(_) => 8,
        AMQPValue::ShortString(text) => 1 + text.as_str().len(),
        AMQPValue::LongString(text) => 4 + text.as_bytes().len(),
        AMQPValue::ByteArray(bytes) => 4 + bytes.len(),
        AMQPValue::FieldArray(array) => 4 + array.as_slice().iter().map(|value| 1 + value_bytes(value)).sum::<usize>(),
        AMQPValue::FieldTable(table) => table_bytes(table),
    }
}

#[cfg(test)]
mod tests {
    use lapin::types::{ByteArray, DecimalValue, FieldArray};

    use super::*;

    #[test]
    fn a_value_takes_the_bytes_of_its_type() {
        let nested = |value| {
            let mut table = FieldTable::default();
            table.insert("ab".into(), value);
            AMQPValue::FieldTable(table)
        };
        let rows = [
            (AMQPValue::Void, 0),
            (AMQPValue::Boolean(true), 1),
            (AMQPValue::ShortShortInt(-1), 1),
            (AMQPValue::ShortShortUInt(1), 1),
            (AMQPValue::ShortInt(-1), 2),
            (AMQPValue::ShortUInt(1), 2),
            (AMQPValue::LongInt(-1), 4),
            (AMQPValue::LongUInt(1), 4),
            (AMQPValue::LongLongInt(-1), 8),
            (AMQPValue::Float(0.5), 4),
            (AMQPValue::Double(0.5), 8),
            (AMQPValue::DecimalValue(DecimalValue { scale: 2, value: 314 }), 5),
            (AMQPValue::Timestamp(1), 8),
            (AMQPValue::LongString("üx".into()), 4 + 3),
            (AMQPValue::ByteArray(ByteArray::from(vec![0; 7])), 4 + 7),
            (AMQPValue::FieldArray(FieldArray::from(vec![AMQPValue::Void, AMQPValue::LongInt(1)])), 4 + 1 + 5),
            (nested(AMQPValue::Boolean(true)), 4 + 3 + 1 + 1),
        ];
        for (value, bytes) in rows {
            assert_eq!(value_bytes(&value), bytes, "{value:?}");
            assert_eq!(entry_bytes(&"name".into(), &value), 5 + 1 + bytes, "{value:?}");
        }
    }
}
