//! The unit of a model's coordinates: where it comes from, and the reasons to doubt it.
//!
//! The request decides, then what the file states as its unit. Names and sizes only raise doubts: a price must not change by a
//! thousand because a file is called `ring_inch`. A doubt is a warning with the price in each other unit beside it.

use super::findings::significant;
use crate::contract::{Finding, FindingCode, Geometry, Quote, Severity, Unit, UnitInfo, UnitSource};
use crate::driver::Measures;
use crate::format::FileFacts;

/// The smallest plausible longest side: nothing smaller is made, so a smaller model was drawn in another unit.
const SMALLEST_PART_MM: f64 = 1.0;
/// The largest plausible longest side: no process makes larger parts, so a larger model was drawn in another unit.
const LARGEST_PART_MM: f64 = 5000.0;
/// The largest usual longest side. The largest machines of printing services build 1.5 to 1.8 m (3D Hubs, "3D printing geometry
/// restrictions").
const LARGEST_USUAL_PART_MM: f64 = 2000.0;
/// The smallest usual volume: 0.2 g of silver, or 0.02 g of nylon. `PrusaSlicer` doubts millimetres below 9 mm3.
const SMALLEST_USUAL_VOLUME_MM3: f64 = 20.0;
/// The longest side of a small model that is usual in inches: desktop printers build 200 to 250 mm.
const LONGEST_USUAL_SIDE_INCH: f64 = 10.0;
/// The difference of two sides that are meant to be equal, as a share: that of a coarse circle along two axes.
const ROUND_TOLERANCE: f64 = 0.01;

/// The units that the texts of a model name.
#[derive(Debug, Clone, Copy)]
pub(super) struct NamedUnits<'a> {
    /// The facts of the file.
    pub facts: &'a FileFacts,
    /// The unit that the name of the file suggests.
    pub by_file_name: Option<Unit>,
}

/// A reason to doubt the unit.
struct Doubt(Severity, String);

/// The unit of the coordinates: the request's wins over the file's.
pub(super) fn unit(declared: Option<Unit>, of_file: Option<Unit>) -> UnitInfo {
    match (declared, of_file) {
        (Some(name), _) => UnitInfo { name, source: UnitSource::Declared },
        (None, Some(name)) => UnitInfo { name, source: UnitSource::File },
        (None, None) => UnitInfo { name: Unit::Mm, source: UnitSource::Assumed },
    }
}

/// The findings about the unit.
pub(super) fn findings(unit: &UnitInfo, named: NamedUnits<'_>, geometry: &Geometry) -> Vec<Finding> {
    let mut findings = Vec::new();
    if unit.source == UnitSource::Assumed {
        let message = format!("neither the request nor the file names a unit; {} is assumed", unit.name.name());
        findings.push(Finding { code: FindingCode::UnitAssumed, severity: Severity::Info, message });
    }
    let mut doubts = by_names(unit, named);
    doubts.extend(by_size(unit, named, geometry));
    if let Some(severity) = doubts.iter().map(|Doubt(severity, _)| *severity).max() {
        let reasons: Vec<_> = doubts.into_iter().map(|Doubt(_, reason)| reason).collect();
        let message = reasons.join("; ");
        findings.push(Finding { code: FindingCode::UnitSuspicious, severity, message });
    }
    findings
}

/// Adds to a doubt what the model would be in other units, and its price where it has one.
pub(super) fn add_other_units(
    findings: &mut [Finding],
    others: &[(Unit, Measures)],
    price: impl Fn(&Measures) -> Option<Quote>,
) {
    let Some(finding) = findings.iter_mut().find(|finding| finding.code == FindingCode::UnitSuspicious) else { return };
    let others = others.iter().map(|(unit, measures)| in_other_unit(*unit, measures, price(measures)));
    let sentences = std::iter::once(std::mem::take(&mut finding.message)).chain(others);
    finding.message = sentences.collect::<Vec<_>>().join("; ");
}

fn in_other_unit(unit: Unit, measures: &Measures, quote: Option<Quote>) -> String {
    let basic = measures.basic();
    let [x, y, z] = basic.extents_mm.map(significant);
    let (name, volume) = (unit.name(), significant(basic.volume_mm3));
    let price = quote.map_or_else(String::new, |quote| {
        let Quote { material, quantity, lead_time, currency, total_price, .. } = quote;
        format!(", {total_price} {currency} for {quantity} of {material}, {lead_time}")
    });
    format!("in {name} it would be {x} x {y} x {z} mm, {volume} mm3{price}")
}

/// The doubts by texts that name another unit.
fn by_names(unit: &UnitInfo, named: NamedUnits<'_>) -> Vec<Doubt> {
    let mut doubts = Vec::new();
    let used = unit.name.name();
    let mut differs = |who: &str, other: Option<Unit>| {
        if let Some(other) = other.filter(|other| *other != unit.name) {
            let reason = format!("{who} {}, and {used} is used", other.name());
            doubts.push(Doubt(Severity::Warning, reason));
        }
    };
    differs("the file states", named.facts.unit);
    differs("a name in the file suggests", named.facts.suggested_unit);
    differs("the file's name suggests", named.by_file_name);
    if let Some(word) = &named.facts.unknown_unit
        && unit.source == UnitSource::Assumed
    {
        let reason = format!("the file states the unit `{word}`, which is not known: name one in the request");
        doubts.push(Doubt(Severity::Review, reason));
    }
    doubts
}

/// The doubt by the size of the model.
fn by_size(unit: &UnitInfo, named: NamedUnits<'_>, geometry: &Geometry) -> Option<Doubt> {
    let name = unit.name.name();
    let longest_mm = geometry.extents_mm.into_iter().fold(0.0, f64::max);
    let longest = significant(longest_mm);
    if !(SMALLEST_PART_MM..=LARGEST_PART_MM).contains(&longest_mm) {
        let size = if longest_mm < SMALLEST_PART_MM { "small" } else { "large" };
        // A declared unit is more likely meant than an assumed one.
        let severity = if unit.source == UnitSource::Assumed { Severity::Review } else { Severity::Warning };
        return Some(Doubt(severity, format!("the longest side is {longest} mm: too {size} for {name} to be meant")));
    }
    let is_named = [named.facts.suggested_unit, named.by_file_name].contains(&Some(unit.name));
    if unit.source == UnitSource::Assumed && !is_named && is_usual_in_inches(geometry, longest_mm) {
        let volume = significant(geometry.volume_mm3);
        let reason =
            format!("the longest side is {longest} mm and the volume {volume} mm3: small for {name}, usual for inch");
        return Some(Doubt(Severity::Warning, reason));
    }
    // In millimetres, the smallest unit, every size is one that was meant.
    let is_unusual = longest_mm > LARGEST_USUAL_PART_MM && unit.name != Unit::Mm;
    is_unusual.then(|| Doubt(Severity::Warning, format!("the longest side is {longest} mm: large for {name}")))
}

/// Whether a model is hardly in millimetres: so small that its numbers are usual in inches.
///
/// Beads, balls, jump rings and tubes of a few millimetres are goods of jewellers. They are round: two sides are equal, and a
/// body of revolution fills at most π / 4 of its box.
fn is_usual_in_inches(geometry: &Geometry, longest_mm: f64) -> bool {
    let [x, y, z] = geometry.extents_mm;
    let is_equal = |one: f64, other: f64| (one - other).abs() <= ROUND_TOLERANCE * one.max(other);
    let fills = geometry.volume_mm3 / (x * y * z);
    let is_round = (is_equal(x, y) || is_equal(y, z) || is_equal(z, x))
        && fills <= std::f64::consts::FRAC_PI_4 * (1.0 + ROUND_TOLERANCE);
    geometry.volume_mm3 < SMALLEST_USUAL_VOLUME_MM3 && longest_mm <= LONGEST_USUAL_SIDE_INCH && !is_round
}
