//! A row of the table: one model, from its event.

use bytesize::ByteSize;
use serde::Serialize;
use serde_json::Value;

use crate::cli::terminal_text::{grouped, printable, rounded, width};
use crate::contract::{Completed, Finding, Geometry, ObjectInfo, Part, Position, Quote, Reason, Rejected, Severity};

/// The most parts that are shown.
const SHOWN_PARTS: usize = 5;

/// The row of one model.
#[derive(Debug, Default)]
pub struct ModelRow {
    pub(super) model: String,
    pub(super) size: String,
    pub(super) triangles: String,
    pub(super) volume: String,
    /// The codes of findings for information, or the code of the rejection.
    pub(super) findings: String,
    pub(super) prices: Vec<ModelPrice>,
    /// The lines below: findings and rejections as sentences.
    pub(super) notes: Vec<String>,
    pub(super) rejected: bool,
}

/// One quote without its lines.
#[derive(Debug)]
pub(super) struct ModelPrice {
    pub(super) material: String,
    /// Quantity and lead time.
    pub(super) choice: String,
    pub(super) currency: String,
    pub(super) total: String,
    /// The price of one piece; empty where the quantity is one.
    pub(super) each: String,
}

impl ModelRow {
    /// The row of a priced model.
    pub fn completed(event: &Completed) -> Self {
        let (info, others): (Vec<_>, Vec<_>) =
            event.findings.iter().partition(|finding| finding.severity == Severity::Info);
        let mut codes: Vec<_> = info.iter().map(|finding| word(&finding.code)).collect();
        codes.dedup();
        let alike = others.chunk_by(|one, other| one.code == other.code && one.severity == other.severity);
        Self {
            triangles: grouped(event.geometry.triangle_count),
            volume: rounded(event.geometry.volume_mm3 / 1000.0),
            findings: codes.join(", "),
            prices: event.quotes.iter().map(ModelPrice::of).collect(),
            notes: alike.map(note).chain(parts_note(&event.geometry)).collect(),
            ..Self::of(&event.object)
        }
    }

    /// The row of a rejected model.
    pub fn rejected(event: &Rejected) -> Self {
        let findings = format!("rejected: {}", word(&event.reason.code));
        Self { findings, notes: vec![sentence(&event.reason)], rejected: true, ..Self::of(&event.object) }
    }

    fn of(object: &ObjectInfo) -> Self {
        let model = printable(object.key.as_deref().unwrap_or("?"));
        let size = object.size_bytes.map(|bytes| ByteSize::b(bytes).display().iec().to_string());
        Self { model, size: size.unwrap_or_default(), ..Self::default() }
    }

    /// The price of a material that has one price; empty where there is none.
    pub(super) fn total(&self, material: &str) -> &str {
        self.prices.iter().find(|price| price.material == material).map_or("", |price| &price.total)
    }

    /// Moves findings that take more columns to the first line below.
    pub(super) fn move_findings_below(&mut self, columns: usize) {
        if width(&self.findings) > columns && !self.rejected {
            self.notes.insert(0, format!("info: {}", std::mem::take(&mut self.findings)));
        }
    }
}

impl ModelPrice {
    fn of(quote: &Quote) -> Self {
        let pieces = if quote.quantity == 1 { "piece" } else { "pieces" };
        let each = if quote.quantity == 1 { String::new() } else { format!("({} each)", quote.unit_price) };
        Self {
            material: printable(&quote.material),
            choice: format!("{} {pieces}, {}", grouped(quote.quantity.into()), printable(&quote.lead_time)),
            currency: quote.currency.clone(),
            total: quote.total_price.clone(),
            each,
        }
    }
}

/// Findings of one code as a sentence. Several of one code are about a material each, which their messages begin with: the
/// sentence has the first message, and the materials of the others.
fn note(alike: &[&Finding]) -> String {
    let (first, others) = alike.split_first().expect("a chunk has an element");
    let subject = |finding: &&Finding| {
        let subject = finding.message.split_once(": ").map_or(finding.message.as_str(), |(subject, _)| subject);
        printable(subject)
    };
    let others: Vec<_> = others.iter().map(subject).collect();
    let others = if others.is_empty() { String::new() } else { format!("; also {}", others.join(", ")) };
    format!("{}: {}: {}{others}", word(&first.severity), word(&first.code), printable(&first.message))
}

/// The first parts of a model, with the volume of one copy in cm³, and the number of the others.
fn parts_note(geometry: &Geometry) -> Option<String> {
    let Geometry { parts, parts_left_out, .. } = geometry;
    let shown = parts.iter().take(SHOWN_PARTS).map(|part| {
        let Part { name, copies, volume_mm3, .. } = part;
        let copies = if *copies == 1 { String::new() } else { format!("{} x ", grouped(*copies)) };
        let volume =
            volume_mm3.map_or_else(|| "open".into(), |volume_mm3| format!("{} cm³", rounded(volume_mm3 / 1000.0)));
        format!("{copies}{} ({volume})", printable(name.as_deref().unwrap_or("unnamed")))
    });
    let shown: Vec<_> = shown.collect();
    let others = parts.len().saturating_sub(SHOWN_PARTS) as u64 + parts_left_out;
    let others = if others == 0 { String::new() } else { format!(", and {} more", grouped(others)) };
    (!shown.is_empty()).then(|| format!("parts: {}{others}", shown.join(", ")))
}

/// The reason of a rejection, with its place.
fn sentence(reason: &Reason) -> String {
    let place = match reason.position {
        Some(Position::Byte(byte)) => format!("byte {byte}: "),
        Some(Position::Line(line)) => format!("line {line}: "),
        None => String::new(),
    };
    place + &printable(&reason.message)
}

/// The word of a code in events.
fn word(code: &impl Serialize) -> String {
    let word = serde_json::to_value(code).ok();
    word.as_ref().and_then(Value::as_str).unwrap_or("?").to_owned()
}
