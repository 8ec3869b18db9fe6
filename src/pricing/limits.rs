//! The limits of a price book, far above any real one. They bound the memory that a wrong or hostile file takes.

/// Bytes in a price book.
pub const BOOK_BYTES: usize = 1 << 20;
/// Materials.
pub const MATERIALS: usize = 1000;
/// Lead times.
pub const LEAD_TIMES: usize = 100;
/// Charges of one material.
pub const CHARGES: usize = 50;
/// Discount steps of one material.
pub const DISCOUNTS: usize = 50;
/// Characters of a name or an id.
pub const TEXT_CHARACTERS: usize = 100;
/// Digits of a number before its point.
pub const WHOLE_DIGITS: usize = 9;
/// Digits of a number after its point.
pub const DECIMAL_DIGITS: usize = 9;
/// Errors that are kept; further ones are counted.
pub const ERRORS: usize = 100;
