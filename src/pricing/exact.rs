//! Exact arithmetic between what was measured and what is charged.
//!
//! A measure is a binary number, a price book is written in decimals, and their product is rounded twice, where the
//! contract says so: the driver to six decimals, the line to the book's step. Fractions of whole numbers of any size
//! keep every digit in between, so that no rounding happens but these two, and a tie is a tie. What is written or
//! printed is a [`Decimal`] or [`super::money::Money`]; fractions stay inside this module's callers.

use num_rational::BigRational;
use rust_decimal::Decimal;

/// A fraction of whole numbers of any size.
pub(super) type Exact = BigRational;

/// Decimals that the amount of a driver is rounded to.
const AMOUNT_DECIMALS: u32 = 6;

/// A fraction of small whole numbers.
pub(super) fn fraction(numerator: impl Into<i128>, denominator: impl Into<i128>) -> Exact {
    Exact::new(numerator.into().into(), denominator.into().into())
}

/// The value of a decimal.
pub(super) fn from_decimal(decimal: Decimal) -> Exact {
    fraction(decimal.mantissa(), 10_i128.pow(decimal.scale()))
}

/// The value of a binary number, to its last bit; none where it is not finite.
pub(super) fn from_f64(number: f64) -> Option<Exact> {
    Exact::from_float(number)
}

/// The whole number nearest to a value, half to even; none where it has more than 38 digits.
pub(super) fn nearest_whole(value: &Exact) -> Option<i128> {
    let floor = value.floor();
    let rest = value - &floor;
    let whole = i128::try_from(floor.to_integer()).ok()?;
    let up = match rest.cmp(&fraction(1, 2)) {
        std::cmp::Ordering::Less => false,
        std::cmp::Ordering::Equal => whole % 2 != 0,
        std::cmp::Ordering::Greater => true,
    };
    whole.checked_add(i128::from(up))
}

/// The amount of a driver, rounded to six decimals half to even, without trailing zeros; none where it has more
/// digits than a decimal can hold.
pub(super) fn round_amount(value: &Exact) -> Option<Decimal> {
    let millionths = nearest_whole(&(value * fraction(10_i128.pow(AMOUNT_DECIMALS), 1)))?;
    Some(Decimal::try_from_i128_with_scale(millionths, AMOUNT_DECIMALS).ok()?.normalize())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn half_goes_to_the_even_neighbour() {
        let rows = [
            (1, 2, 0),
            (3, 2, 2),
            (5, 2, 2),
            (-1, 2, 0),
            (-3, 2, -2),
            (-5, 2, -2),
            (7, 3, 2),
            (8, 3, 3),
            (-7, 3, -2),
            (-8, 3, -3),
            (4, 1, 4),
            (0, 1, 0),
        ];
        for (numerator, denominator, expected) in rows {
            assert_eq!(nearest_whole(&fraction(numerator, denominator)), Some(expected), "{numerator}/{denominator}");
        }
    }

    #[test]
    fn an_amount_keeps_six_decimals_of_the_binary_number_itself() {
        let rows = [
            (0.1, "0.1"),
            (1000.0, "1000"),
            (0.000_000_4, "0"),
            // 2^-7 = 0.0078125: a tie that binary numbers can express.
            (0.007_812_5, "0.007812"),
            (0.023_437_5, "0.023438"),
            // The nearest binary number to 0.0000005 lies below it, and the one to 0.0000015 below it too.
            (0.000_000_5, "0"),
            (0.000_001_5, "0.000002"),
            (1e21, "1000000000000000000000"),
        ];
        for (number, expected) in rows {
            let amount = from_f64(number).and_then(|exact| round_amount(&exact)).map(|amount| amount.to_string());
            assert_eq!(amount.as_deref(), Some(expected), "{number}");
        }
    }

    #[test]
    fn what_no_decimal_can_hold_is_no_amount() {
        for number in [1e30, 1e300, f64::MAX] {
            assert_eq!(from_f64(number).and_then(|exact| round_amount(&exact)), None, "{number}");
        }
        assert!(from_f64(f64::NAN).is_none());
        assert!(from_f64(f64::INFINITY).is_none());
    }
}
