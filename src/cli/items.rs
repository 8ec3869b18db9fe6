//! The flags that say what to quote, and the items that they make.

use clap::Args;

use crate::contract::{Item, Reason, RejectionCode, Unit, request::limits};
use crate::pricing::PriceBook;

/// The flags that say what to quote.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "What to quote")]
pub struct ItemArgs {
    /// A material's id in the price book; may be repeated [default: every material]
    #[arg(long = "material", value_name = "ID")]
    pub materials: Vec<String>,
    /// Pieces; several with commas: 1,10,100
    #[arg(long = "quantity", value_name = "N", value_delimiter = ',', default_value = "1",
          value_parser = clap::value_parser!(u32).range(1..=i64::from(limits::QUANTITY)))]
    pub quantities: Vec<u32>,
    /// A lead time's id in the price book; may be repeated [default: the book's first]
    #[arg(long = "lead-time", value_name = "ID")]
    pub lead_times: Vec<String>,
    /// The unit of the coordinates: mm, cm, m, inch, foot or micron; wins over the file's own [default: the file's own, or mm]
    #[arg(long, value_name = "UNIT", value_parser = unit)]
    pub unit: Option<Unit>,
}

impl ItemArgs {
    /// Whether the flags mean the same as a request without items.
    pub fn is_default(&self) -> bool {
        self.materials.is_empty() && self.quantities == [1] && self.lead_times.is_empty()
    }

    /// The items of a request for these materials.
    pub fn items<'a>(&self, materials: impl IntoIterator<Item = &'a str>) -> Vec<Item> {
        let item = |material: &str| Item {
            material: material.to_owned(),
            quantities: self.quantities.clone(),
            lead_times: self.lead_times.clone(),
        };
        materials.into_iter().map(item).collect()
    }

    /// The items of a request, checked against a price book; of all its materials where none is named.
    pub fn of_book(&self, book: &PriceBook) -> Result<Vec<Item>, Reason> {
        if self.is_default() {
            return Ok(Vec::new());
        }
        let items = if self.materials.is_empty() {
            self.items(book.materials().map(|(id, _)| id))
        } else {
            self.items(self.materials.iter().map(String::as_str))
        };
        let quotes = items.len() * self.quantities.len() * self.lead_times.len().max(1);
        if quotes > limits::QUOTES {
            let message = format!("{quotes} quotes for each model; at most {}", limits::QUOTES);
            return Err(Reason::new(RejectionCode::InvalidRequest, message));
        }
        book.select(&items)?;
        Ok(items)
    }
}

/// Parses the name of a unit of coordinates.
pub fn unit(text: &str) -> Result<Unit, String> {
    let found = Unit::ALL.into_iter().find(|unit| unit.name().eq_ignore_ascii_case(text));
    found.ok_or_else(|| "expected mm, cm, m, inch, foot or micron".to_owned())
}
