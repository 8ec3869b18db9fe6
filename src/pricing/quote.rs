//! Quotes: rounded lines in the order that the contract gives, and their sum.
//!
//! The book was checked when it was read. A part whose price has more digits than money can hold is rejected.

use rust_decimal::Decimal;

use super::book::{Basis, Book, Charge, LeadTime, Material};
use super::money::{Money, Rounding};
use super::select::{SelectedMaterial, Selection};
use crate::contract::{Per, Quote, QuoteLine, Reason, RejectionCode};
use crate::driver::Measures;
use crate::quantity::rational::{self, Rational};

/// The quotes of a selection: by material, then quantity, then lead time, in the order of the request.
pub(super) fn quotes(book: &Book, selection: &Selection, measures: &Measures) -> Result<Vec<Quote>, Reason> {
    let mut quotes = Vec::new();
    for selected in &selection.materials {
        let SelectedMaterial { material, quantities, lead_times } = selected;
        let charged = charged(material, measures)?;
        for &quantity in quantities {
            for lead_time in lead_times {
                let quote = quote(book, material, &charged, quantity, lead_time);
                quotes.push(quote.ok_or_else(|| too_large(material, quantity))?);
            }
        }
    }
    Ok(quotes)
}

fn too_large(material: &Material, quantity: u32) -> Reason {
    let message = format!("{}, quantity {quantity}: the price has too many digits; the part is too large", material.id);
    Reason::new(RejectionCode::TooLarge, message)
}

/// A charge and the amount of its driver in one piece; none where the charge is flat.
struct Charged<'m> {
    charge: &'m Charge,
    amount: Option<Decimal>,
}

fn charged<'m>(material: &'m Material, measures: &Measures) -> Result<Vec<Charged<'m>>, Reason> {
    let charged = |charge: &'m Charge| {
        let amount = charge.basis.as_ref().map(|basis| amount(material, basis, measures)).transpose()?;
        Ok(Charged { charge, amount })
    };
    material.charges.iter().map(charged).collect()
}

/// The amount of a driver in the unit of its charge, rounded.
fn amount(material: &Material, basis: &Basis, measures: &Measures) -> Result<Decimal, Reason> {
    let measure = measures.get(&basis.ask).ok_or_else(|| {
        let message = format!("{}: the model was not measured for {}", material.id, basis.ask.key());
        Reason::new(RejectionCode::InvalidRequest, message)
    })?;
    rational::round_amount(&(measure / &basis.unit.in_base())).ok_or_else(|| too_large(material, 1))
}

/// One quote; none where its price has too many digits.
fn quote(
    book: &Book,
    material: &Material,
    charged: &[Charged<'_>],
    quantity: u32,
    lead_time: &LeadTime,
) -> Option<Quote> {
    let mut bill = Bill::new(book);
    bill.charges(charged, quantity)?;
    bill.quantity_discount(material, quantity)?;
    bill.lead_time(lead_time)?;
    bill.minimum_price(material)?;
    let rounding = book.rounding;
    let unit_price = rounding.round(&(rounding.value(bill.total) / rational::fraction(quantity, 1)))?;
    Some(Quote {
        material: material.id.clone(),
        process: material.process.clone(),
        quantity,
        lead_time: lead_time.id.clone(),
        currency: book.currency.clone(),
        unit_price: rounding.text(unit_price),
        total_price: rounding.text(bill.total),
        lines: bill.lines,
    })
}

/// The lines of one quote so far, and their sum.
struct Bill<'b> {
    rounding: Rounding,
    currency: &'b str,
    lines: Vec<QuoteLine>,
    /// The sum of the lines.
    total: Money,
    /// The sum of the lines that are charged per piece.
    per_piece: Money,
}

impl<'b> Bill<'b> {
    fn new(book: &'b Book) -> Self {
        let (total, per_piece) = (Money::default(), Money::default());
        Self { rounding: book.rounding, currency: &book.currency, lines: Vec::new(), total, per_piece }
    }

    /// Adds the charges: driver × rate, × quantity where the charge is per piece.
    fn charges(&mut self, charged: &[Charged<'_>], quantity: u32) -> Option<()> {
        for Charged { charge, amount } in charged {
            let pieces = match charge.per {
                Per::Piece => quantity,
                Per::Model => 1,
            };
            let of_driver = amount.map_or_else(|| rational::fraction(1, 1), rational::from_decimal);
            let price = of_driver * rational::from_decimal(charge.rate) * rational::fraction(pieces, 1);
            let money = self.rounding.round(&price)?;
            if charge.per == Per::Piece {
                self.per_piece = self.per_piece.checked_add(money)?;
            }
            let line = QuoteLine {
                name: charge.name.clone(),
                per: Some(charge.per),
                driver: charge.basis.as_ref().map(|basis| basis.ask.driver.id),
                amount_of_driver: amount.map(|amount| amount.to_string()),
                unit: charge.basis.as_ref().map(|basis| basis.unit.name.to_owned()),
                rate: charge.rate_text.clone(),
                amount: self.rounding.text(money),
            };
            self.push(line, money)?;
        }
        Some(())
    }

    /// Adds the discount of the highest step that the quantity reaches: −percent of the per-piece charges.
    fn quantity_discount(&mut self, material: &Material, quantity: u32) -> Option<()> {
        let reached = material.discounts.iter().rev().find(|discount| quantity >= discount.from);
        let Some(discount) = reached else { return Some(()) };
        self.percentage("quantity discount", -discount.percent, self.per_piece)
    }

    /// Adds the lead time: (factor − 1) × the sum so far.
    fn lead_time(&mut self, lead_time: &LeadTime) -> Option<()> {
        if lead_time.factor == Decimal::ONE {
            return Some(());
        }
        // A factor has at most nine digits before its point and nine after it: this is exact.
        let percent = (lead_time.factor - Decimal::ONE) * Decimal::ONE_HUNDRED;
        self.percentage("lead time", percent, self.total)
    }

    /// Adds the difference to the minimum price, where the sum is lower.
    fn minimum_price(&mut self, material: &Material) -> Option<()> {
        let Some(minimum) = material.minimum_price.filter(|&minimum| self.total < minimum) else { return Some(()) };
        let lift = minimum.checked_sub(self.total)?;
        let rate = format!("{} {}", self.rounding.text(minimum), self.currency);
        let line = QuoteLine { amount: self.rounding.text(lift), ..no_charge("minimum price", rate) };
        self.push(line, lift)
    }

    /// Adds a percentage of a sum.
    fn percentage(&mut self, name: &str, percent: Decimal, of: Money) -> Option<()> {
        let share: Rational = self.rounding.value(of) * rational::from_decimal(percent) / rational::fraction(100, 1);
        let money = self.rounding.round(&share)?;
        let line = QuoteLine {
            amount_of_driver: Some(self.rounding.text(of)),
            unit: Some(self.currency.to_owned()),
            amount: self.rounding.text(money),
            ..no_charge(name, format!("{}%", percent.normalize()))
        };
        self.push(line, money)
    }

    fn push(&mut self, line: QuoteLine, money: Money) -> Option<()> {
        self.total = self.total.checked_add(money)?;
        self.lines.push(line);
        Some(())
    }
}

/// A line that is no charge of the book; its amount is to be filled in.
fn no_charge(name: &str, rate: String) -> QuoteLine {
    QuoteLine {
        name: name.to_owned(),
        per: None,
        driver: None,
        amount_of_driver: None,
        unit: None,
        rate,
        amount: String::new(),
    }
}
