//! Exact rational arithmetic, from measures to prices.
//!
//! A measure is a binary number, and a price book is written in decimals. The contract rounds their product twice: the
//! amount of the driver to six decimals, the line to the book's step. Fractions keep every digit in between, so that
//! nothing else is rounded, and a tie is a tie. Messages carry a [`Decimal`] or money, and no fractions.

use std::cmp::Ordering;

use dashu_int::ops::DivRem;
use dashu_int::{IBig, Sign};
use dashu_ratio::Relaxed;
use rust_decimal::Decimal;

/// A fraction of whole numbers of any size, not reduced to lowest terms.
///
/// Numbers stay short, as a line takes a dozen operations. Reducing after each took a third of the worker's time for a small
/// model.
pub type Rational = Relaxed;

/// The decimals of a driver's amount.
const AMOUNT_DECIMALS: u32 = 6;

/// The fraction of two whole numbers; the denominator must be greater than zero.
pub fn fraction(numerator: impl Into<i128>, denominator: impl Into<i128>) -> Rational {
    Rational::from_parts_signed(numerator.into().into(), denominator.into().into())
}

/// The value of a decimal.
pub fn from_decimal(decimal: Decimal) -> Rational {
    fraction(decimal.mantissa(), 10_i128.pow(decimal.scale()))
}

/// The value of a binary number, to its last bit; none where it is not finite.
pub fn from_f64(number: f64) -> Option<Rational> {
    Rational::try_from(number).ok()
}

/// The whole number nearest to a value, half to even; none where it has more than 38 digits.
pub fn nearest_whole(value: &Rational) -> Option<i128> {
    // `whole` is rounded towards zero: a rest of more than a half moves it one away from zero.
    let (whole, rest): (IBig, IBig) = value.numerator().div_rem(value.denominator());
    let whole = i128::try_from(whole).ok()?;
    let (sign, rest) = rest.into_parts();
    let is_away = match (rest << 1).cmp(value.denominator()) {
        Ordering::Less => false,
        Ordering::Equal => whole % 2 != 0,
        Ordering::Greater => true,
    };
    let away = if sign == Sign::Negative { -1 } else { 1 };
    if is_away { whole.checked_add(away) } else { Some(whole) }
}

/// The amount of a driver, rounded to six decimals half to even, without trailing zeros; none where it has more
/// digits than a decimal can hold.
pub fn round_amount(value: &Rational) -> Option<Decimal> {
    let millionths = nearest_whole(&(value * fraction(10_i128.pow(AMOUNT_DECIMALS), 1)))?;
    Some(Decimal::try_from_i128_with_scale(millionths, AMOUNT_DECIMALS).ok()?.normalize())
}

/// The text of a value with at most 18 decimals, without trailing zeros.
pub fn decimal_text(value: &Rational) -> String {
    const DECIMALS: u32 = 18;
    let scaled = nearest_whole(&(value * fraction(10_i128.pow(DECIMALS), 1)));
    let decimal = scaled.and_then(|scaled| Decimal::try_from_i128_with_scale(scaled, DECIMALS).ok());
    decimal.map_or_else(|| value.to_string(), |decimal| decimal.normalize().to_string())
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
    fn terms_do_not_matter() {
        let (half, as_well) = (fraction(1, 2), fraction(-3, 4) / fraction(3, 2) * fraction(-7, 7));
        assert_eq!(half, as_well);
        assert_eq!(nearest_whole(&as_well), Some(0));
        assert!(fraction(-1, 3) < fraction(-2, 7) && fraction(5, 4) > fraction(6, 5));
        assert_eq!(&fraction(1, 3) + &fraction(1, 6), half);
    }

    #[test]
    fn a_binary_number_is_taken_to_its_last_bit() {
        let rows = [
            (0.0, fraction(0, 1)),
            (-0.75, fraction(-3, 4)),
            (1e22, fraction(10_i128.pow(22), 1)),
            (f64::from_bits(1) * 2_f64.powi(1000), fraction(1, 1_i128 << 74)),
        ];
        for (number, expected) in rows {
            assert_eq!(from_f64(number), Some(expected), "{number}");
        }
        let least = from_f64(f64::from_bits(1)).unwrap();
        let power = Rational::from(IBig::from(1) << 1074);
        assert_eq!(least * power, fraction(1, 1), "a subnormal number");
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
