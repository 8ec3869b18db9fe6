//! Property tests of untrusted bytes as price books.

use proptest::collection::vec;
use proptest::prelude::*;

use super::changes::{Bytes, changed, spliced};
use super::checks::price_book::check;

const FOLDERS: [&str; 1] = ["price-books"];
const WORDS: [&str; 24] = [
    "\"",
    "\"\"\"",
    "'",
    "[",
    "]",
    "[[",
    "]]",
    "{",
    "}",
    "=",
    ".",
    ",",
    "\n",
    "\r",
    "#",
    "\t",
    "\u{0}",
    "\u{feff}",
    "x",
    "[[materials]]\n",
    "[[materials.charges]]\n",
    "[[lead_times]]\n",
    "EUR/cm3",
    "1979-05-27",
];

proptest! {
    #[test]
    fn noise_is_answered(bytes in vec(any::<u8>(), 0..300).prop_map(Bytes)) {
        check(&bytes.0);
    }

    #[test]
    fn changed_books_are_answered(bytes in prop_oneof![4 => changed(&FOLDERS, &WORDS), 1 => spliced(&FOLDERS)]) {
        check(&bytes.0);
    }
}
