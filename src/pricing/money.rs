//! Money: a whole number of the price book's rounding steps.
//!
//! Every line of a quote is rounded to the step, so that a line is a count of steps and a total is an exact sum of counts.
//! Overflow is an error.

use rust_decimal::Decimal;

use crate::quantity::rational::{self, Rational};

/// An amount of money, in steps of a [`Rounding`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Money(i64);

impl Money {
    /// The sum; none where it has too many digits.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference; none where it has too many digits.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }
}

/// The step that every line is rounded to: greater than zero.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rounding {
    step: Decimal,
}

impl Rounding {
    /// Rounding to a step; none where it is not greater than zero.
    pub fn new(step: Decimal) -> Option<Self> {
        (step > Decimal::ZERO).then_some(Self { step })
    }

    /// The step.
    pub fn step(&self) -> Decimal {
        self.step
    }

    /// The nearest money, half to even; none where it has too many digits.
    pub fn round(&self, value: &Rational) -> Option<Money> {
        let steps = rational::nearest_whole(&(value / &rational::from_decimal(self.step)))?;
        i64::try_from(steps).ok().map(Money)
    }

    /// An amount as money; none where it lies between two steps, or has too many digits.
    pub fn whole(&self, amount: Decimal) -> Option<Money> {
        let value = rational::from_decimal(amount);
        self.round(&value).filter(|money| self.value(*money) == value)
    }

    /// The value of money in units of the currency.
    pub fn value(&self, money: Money) -> Rational {
        rational::from_decimal(self.step) * rational::fraction(money.0, 1)
    }

    /// An amount of money with the decimals of the step: `5.80`.
    pub fn text(&self, money: Money) -> String {
        let scale = self.step.scale() as usize;
        // At most 19 digits of steps by the 18 digits of a step: it fits in 38.
        let digits = i128::from(money.0) * self.step.mantissa();
        let sign = if digits < 0 { "-" } else { "" };
        let (units, decimals) = {
            let one = 10_u128.pow(self.step.scale());
            (digits.unsigned_abs() / one, digits.unsigned_abs() % one)
        };
        if scale == 0 { format!("{sign}{units}") } else { format!("{sign}{units}.{decimals:0scale$}") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounding(step: &str) -> Rounding {
        Rounding::new(Decimal::from_str_exact(step).unwrap()).unwrap()
    }

    #[test]
    fn lines_are_rounded_half_to_even_to_any_step() {
        let rows = [
            ("0.01", "0.005", "0.00"),
            ("0.01", "0.015", "0.02"),
            ("0.01", "0.0150001", "0.02"),
            ("0.01", "0.0249999", "0.02"),
            ("0.01", "0.025", "0.02"),
            ("0.01", "-0.316", "-0.32"),
            ("0.01", "-0.005", "0.00"),
            ("0.05", "0.075", "0.10"),
            ("0.05", "0.025", "0.00"),
            ("0.05", "0.124", "0.10"),
            ("0.05", "0.125", "0.10"),
            ("0.05", "0.175", "0.20"),
            ("1", "0.5", "0"),
            ("1", "1.5", "2"),
            ("1", "2.5", "2"),
            ("10", "25", "20"),
            ("10", "35", "40"),
            ("0.03", "0.045", "0.06"),
            ("0.03", "0.015", "0.00"),
            ("0.001", "5.8", "5.800"),
            ("0.10", "5.8", "5.80"),
        ];
        for (step, value, expected) in rows {
            let rounding = rounding(step);
            let money = rounding.round(&rational::from_decimal(Decimal::from_str_exact(value).unwrap()));
            assert_eq!(rounding.text(money.unwrap()), expected, "{value} to {step}");
        }
    }

    #[test]
    fn the_largest_money_and_step_are_printed_to_the_last_digit() {
        let rounding = rounding("999999999.999999999");
        assert_eq!(rounding.text(Money(i64::MAX)), "9223372036854775797776627963.145224193");
        assert_eq!(rounding.text(Money(i64::MIN)), "-9223372036854775798776627963.145224192");
    }

    #[test]
    fn sums_that_do_not_fit_are_seen() {
        assert_eq!(Money(i64::MAX).checked_add(Money(1)), None);
        assert_eq!(Money(i64::MIN).checked_sub(Money(1)), None);
        assert_eq!(rounding("0.01").round(&rational::fraction(10_i128.pow(20), 1)), None);
    }
}
