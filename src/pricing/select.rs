//! The selection of a request's items from a price book.
//!
//! It needs no model: a request for unknown materials is refused before the download. The contract bounds the number of
//! items.

use std::sync::Arc;

use super::book::{Book, LeadTime, Material};
use crate::contract::{Item, Reason, RejectionCode};
use crate::driver::Demand;

/// Materials, quantities and lead times to quote, in the order of the request. It is valid for the book that made it.
#[derive(Debug, Clone)]
pub struct Selection {
    pub(super) materials: Vec<SelectedMaterial>,
}

/// A material to quote in every combination of the quantities and lead times.
#[derive(Debug, Clone)]
pub(super) struct SelectedMaterial {
    pub material: Arc<Material>,
    /// At least one.
    pub quantities: Vec<u32>,
    /// At least one.
    pub lead_times: Vec<Arc<LeadTime>>,
}

impl Selection {
    /// The first material in its first quantity and lead time.
    #[must_use]
    pub fn first(&self) -> Self {
        let first = |selected: &SelectedMaterial| SelectedMaterial {
            material: Arc::clone(&selected.material),
            quantities: selected.quantities[..1].to_vec(),
            lead_times: selected.lead_times[..1].to_vec(),
        };
        Self { materials: self.materials.iter().take(1).map(first).collect() }
    }

    /// The measures that its quotes need.
    pub fn demand(&self) -> Demand {
        demand_of(self.materials.iter().map(|selected| selected.material.as_ref()))
    }
}

/// The measures that quotes in these materials need.
pub(super) fn demand_of<'m>(materials: impl Iterator<Item = &'m Material>) -> Demand {
    let mut demand = Demand::default();
    for basis in materials.flat_map(|material| &material.charges).filter_map(|charge| charge.basis.as_ref()) {
        demand.add(&basis.ask);
    }
    demand
}

/// The most ids that a message lists; a book may have a thousand materials.
const NAMED: usize = 50;

/// Selects the items. The error names every unknown id.
pub(super) fn select(book: &Book, items: &[Item]) -> Result<Selection, Reason> {
    if items.is_empty() {
        let each = |material: &Arc<Material>| SelectedMaterial {
            material: Arc::clone(material),
            quantities: vec![1],
            lead_times: first_lead_time(book),
        };
        return Ok(Selection { materials: book.materials.iter().map(each).collect() });
    }
    let mut unknown = Unknown::default();
    let mut materials = Vec::with_capacity(items.len());
    for item in items {
        let material = book.materials.iter().find(|material| material.id == item.material);
        if material.is_none() {
            unknown.materials.push(&item.material);
        }
        let lead_times = lead_times(book, item, &mut unknown);
        let quantities = if item.quantities.is_empty() { vec![1] } else { item.quantities.clone() };
        materials.extend(material.cloned().map(|material| SelectedMaterial { material, quantities, lead_times }));
    }
    unknown.reason(book).map_or(Ok(Selection { materials }), Err)
}

fn lead_times<'i>(book: &Book, item: &'i Item, unknown: &mut Unknown<'i>) -> Vec<Arc<LeadTime>> {
    if item.lead_times.is_empty() {
        return first_lead_time(book);
    }
    let find = |id: &'i String| {
        let found = book.lead_times.iter().find(|lead_time| lead_time.id == *id);
        if found.is_none() {
            unknown.lead_times.push(id);
        }
        found.cloned()
    };
    item.lead_times.iter().filter_map(find).collect()
}

fn first_lead_time(book: &Book) -> Vec<Arc<LeadTime>> {
    book.lead_times.iter().take(1).cloned().collect()
}

/// Ids that the book does not have, in the order of the request.
#[derive(Default)]
struct Unknown<'i> {
    materials: Vec<&'i str>,
    lead_times: Vec<&'i str>,
}

impl Unknown<'_> {
    /// The reason for a rejection; none where every id is known. Its code is that of materials where both kinds are unknown.
    fn reason(&self, book: &Book) -> Option<Reason> {
        let materials = book.materials.iter().map(|material| material.id.as_str());
        let lead_times = book.lead_times.iter().map(|lead_time| lead_time.id.as_str());
        let sentences = [
            sentence("material", &self.materials, &materials.collect::<Vec<_>>()),
            sentence("lead time", &self.lead_times, &lead_times.collect::<Vec<_>>()),
        ];
        let message = sentences.into_iter().flatten().collect::<Vec<_>>().join("; ");
        let code =
            if self.materials.is_empty() { RejectionCode::UnknownLeadTime } else { RejectionCode::UnknownMaterial };
        (!message.is_empty()).then(|| Reason::new(code, message))
    }
}

fn sentence(what: &str, unknown: &[&str], known: &[&str]) -> Option<String> {
    let mut distinct: Vec<String> = Vec::new();
    for id in unknown {
        let id = id.chars().take(100).flat_map(char::escape_debug).collect();
        if !distinct.contains(&id) {
            distinct.push(id);
        }
    }
    let plural = if distinct.len() == 1 { "" } else { "s" };
    let distinct: Vec<_> = distinct.iter().map(String::as_str).collect();
    let message = || format!("unknown {what}{plural} {}; the price book has {}", listed(&distinct), listed(known));
    (!distinct.is_empty()).then(message)
}

fn listed(ids: &[&str]) -> String {
    let named = ids.iter().take(NAMED).copied().collect::<Vec<_>>().join(", ");
    match ids.len().saturating_sub(NAMED) {
        0 => named,
        more => format!("{named} and {more} more"),
    }
}
