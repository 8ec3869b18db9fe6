//! Rational arithmetic between what was measured and what is charged.
//!
//! A measure is a binary number, a price book is written in decimals, and their product is rounded twice, where the
//! contract says so: the driver to six decimals, the line to the book's step. Fractions of whole numbers of any size
//! keep every digit in between, so that no rounding happens but these two, and a tie is a tie. What is written or
//! printed is a [`Decimal`] or [`crate::pricing`] money; fractions stay inside this module's callers.

use std::cmp::Ordering;
use std::fmt;
use std::ops::{Add, Div, Mul};

use num_bigint::{BigInt, Sign};
use rust_decimal::Decimal;

/// A fraction of whole numbers of any size, in any terms.
///
/// A dozen operations lie between a measure and a line, so numbers stay short. To reduce them to lowest terms each time,
/// as `num_rational` does, took a third of the whole worker's time for a small model.
#[derive(Debug, Clone)]
pub struct Rational {
    numerator: BigInt,
    /// Greater than zero.
    denominator: BigInt,
}

/// Decimals that the amount of a driver is rounded to.
const AMOUNT_DECIMALS: u32 = 6;

/// A fraction of small whole numbers; the denominator is greater than zero.
pub fn fraction(numerator: impl Into<i128>, denominator: impl Into<i128>) -> Rational {
    let denominator = denominator.into();
    debug_assert!(denominator > 0, "{denominator}");
    Rational { numerator: numerator.into().into(), denominator: denominator.into() }
}

impl Rational {
    /// Nothing.
    pub fn zero() -> Self {
        fraction(0, 1)
    }
}

/// The value of a decimal.
pub fn from_decimal(decimal: Decimal) -> Rational {
    fraction(decimal.mantissa(), 10_i128.pow(decimal.scale()))
}

/// The value of a binary number, to its last bit; none where it is not finite.
pub fn from_f64(number: f64) -> Option<Rational> {
    if !number.is_finite() {
        return None;
    }
    // 1, 11 and 52 bits: sign, exponent, fraction. A number is its significand times two to its exponent.
    let bits = number.to_bits();
    let (exponent, fraction) = ((bits >> 52 & 0x7ff) as i32, bits & ((1 << 52) - 1));
    // Subnormal numbers have no implied bit.
    let (significand, exponent) = if exponent == 0 { (fraction, -1074) } else { (fraction | 1 << 52, exponent - 1075) };
    let significand = if number.is_sign_negative() { -BigInt::from(significand) } else { significand.into() };
    let power = BigInt::from(1) << exponent.unsigned_abs();
    Some(if exponent < 0 {
        Rational { numerator: significand, denominator: power }
    } else {
        Rational { numerator: significand * power, denominator: 1.into() }
    })
}

/// The whole number nearest to a value, half to even; none where it has more than 38 digits.
pub fn nearest_whole(value: &Rational) -> Option<i128> {
    let Rational { numerator, denominator } = value;
    // Towards zero, from which a rest of more than a half leads away.
    let whole = numerator / denominator;
    let rest = numerator - &whole * denominator;
    let whole = i128::try_from(whole).ok()?;
    let is_away = match (rest.magnitude() * 2_u32).cmp(denominator.magnitude()) {
        Ordering::Less => false,
        Ordering::Equal => whole % 2 != 0,
        Ordering::Greater => true,
    };
    let away = if numerator.sign() == Sign::Minus { -1 } else { 1 };
    if is_away { whole.checked_add(away) } else { Some(whole) }
}

/// The amount of a driver, rounded to six decimals half to even, without trailing zeros; none where it has more
/// digits than a decimal can hold.
pub fn round_amount(value: &Rational) -> Option<Decimal> {
    let millionths = nearest_whole(&(value * &fraction(10_i128.pow(AMOUNT_DECIMALS), 1)))?;
    Some(Decimal::try_from_i128_with_scale(millionths, AMOUNT_DECIMALS).ok()?.normalize())
}

impl fmt::Display for Rational {
    /// As a decimal of at most 18 decimals, without trailing zeros.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DECIMALS: u32 = 18;
        let scaled = nearest_whole(&(self * &fraction(10_i128.pow(DECIMALS), 1)));
        let decimal = scaled.and_then(|scaled| Decimal::try_from_i128_with_scale(scaled, DECIMALS).ok());
        match decimal {
            Some(decimal) => decimal.normalize().fmt(f),
            None => write!(f, "{}/{}", self.numerator, self.denominator),
        }
    }
}

impl PartialEq for Rational {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Rational {}

impl PartialOrd for Rational {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Rational {
    fn cmp(&self, other: &Self) -> Ordering {
        (&self.numerator * &other.denominator).cmp(&(&other.numerator * &self.denominator))
    }
}

impl Add for &Rational {
    type Output = Rational;

    fn add(self, other: &Rational) -> Rational {
        let numerator = &self.numerator * &other.denominator + &other.numerator * &self.denominator;
        Rational { numerator, denominator: &self.denominator * &other.denominator }
    }
}

impl Mul for &Rational {
    type Output = Rational;

    fn mul(self, other: &Rational) -> Rational {
        Rational { numerator: &self.numerator * &other.numerator, denominator: &self.denominator * &other.denominator }
    }
}

impl Div for &Rational {
    type Output = Rational;

    /// The divisor is greater than zero, as every unit, step and count is.
    fn div(self, other: &Rational) -> Rational {
        debug_assert!(other.numerator.sign() == Sign::Plus, "{other:?}");
        Rational { numerator: &self.numerator * &other.denominator, denominator: &self.denominator * &other.numerator }
    }
}

/// The same, for values that nobody needs any more.
macro_rules! by_value {
    ($($trait:ident $operation:ident)*) => {$(
        impl $trait for Rational {
            type Output = Rational;

            fn $operation(self, other: Rational) -> Rational {
                (&self).$operation(&other)
            }
        }
    )*};
}

by_value!(Mul mul Div div);

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
        let power = Rational { numerator: BigInt::from(1) << 1074, denominator: 1.into() };
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
