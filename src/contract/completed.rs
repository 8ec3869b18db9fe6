//! `pricing.completed.v1`: what a model is, and what it costs.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Format, ObjectInfo, Unit};

/// The payload of `pricing.completed.v1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Completed {
    /// The id of the request's event.
    pub request_id: String,
    /// The order that the request named.
    pub order_id: Option<String>,
    /// The object whose bytes were measured.
    pub object: ObjectInfo,
    /// What the bytes were read as.
    pub model: ModelInfo,
    /// What was measured of every model.
    pub geometry: Geometry,
    /// What was measured because the price book asks for it, by the driver's name: with `geometry`, all that a quote needs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measures: BTreeMap<String, Measure>,
    /// What a person should know about the model.
    pub findings: Vec<Finding>,
    /// Whether any finding asks for a person to look before the part is made.
    pub review_required: bool,
    /// One for each material, quantity and lead time asked for, in the order of the request.
    pub quotes: Vec<Quote>,
    /// The price book that was used.
    pub price_book: PriceBookIdentity,
    /// The program that measured and priced.
    pub engine: Engine,
}

/// What the bytes were read as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelInfo {
    /// The file format.
    pub format: Format,
    /// The unit of the file's coordinates.
    pub unit: UnitInfo,
}

/// A unit of length and how it came to be known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnitInfo {
    /// The unit.
    pub name: Unit,
    /// Who said so.
    pub source: UnitSource,
}

/// Who said what the unit is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnitSource {
    /// The request.
    Declared,
    /// The file.
    File,
    /// Nobody: millimetres are assumed.
    Assumed,
}

/// The measures of a model. Lengths are in millimetres, whatever the file's unit.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Geometry {
    /// Triangles in the file as written.
    pub triangle_count: u64,
    /// The volume of the solid that would be made: after winding is repaired and holes are closed.
    pub volume_mm3: f64,
    /// The area of all triangles of the file.
    pub surface_area_mm2: f64,
    /// The axis-aligned bounding box.
    pub bounds_mm: Bounds,
    /// The sides of the bounding box: x, y, z.
    pub extents_mm: [f64; 3],
    /// The centroid of the solid: x, y, z.
    pub centroid_mm: [f64; 3],
    /// Whether, after near vertices are welded, no hole is left to close.
    pub watertight: bool,
    /// Whether neighbouring triangles of the file as written agree on which side is out.
    pub winding_consistent: bool,
    /// Shells: sets of triangles joined across edges that exactly two share; null where topology was skipped.
    pub shell_count: Option<u64>,
    /// Edges that one triangle uses, after near vertices are welded; null where topology was skipped.
    pub boundary_edge_count: Option<u64>,
    /// Edges that three or more triangles use, after near vertices are welded; null where topology was skipped.
    pub non_manifold_edge_count: Option<u64>,
    /// Triangles of the file as written that enclose no area.
    pub degenerate_triangle_count: u64,
    /// The same for the same set of triangles, whatever their order, first corner and format; 32 hexadecimal digits.
    pub fingerprint: String,
}

/// A measure that the price book asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Measure {
    /// Its value to the last digit. Decimal.
    pub amount: String,
    /// The unit of `amount`.
    pub unit: String,
}

impl Measure {
    /// A measure from its number; the text reads back as the same number.
    pub fn new(number: f64, unit: &str) -> Self {
        Self { amount: number.to_string(), unit: unit.to_owned() }
    }
}

/// An axis-aligned box, in millimetres.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Bounds {
    /// The smallest x, y, z.
    pub min: [f64; 3],
    /// The largest x, y, z.
    pub max: [f64; 3],
}

/// Something that a person should know about a model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// What it is.
    pub code: FindingCode,
    /// How much it matters.
    pub severity: Severity,
    /// The same in a sentence, with the figures.
    pub message: String,
}

/// What a finding is about. Later versions add codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingCode {
    /// Neither the request nor the file says what the unit is.
    UnitAssumed,
    /// In this unit the model is too small or too large to be meant.
    UnitSuspicious,
    /// The mesh had holes, which were closed to measure it.
    OpenMesh,
    /// Corners that differ in their last digits were taken for one.
    NearVerticesWelded,
    /// Triangles or whole shells were turned.
    WindingRepaired,
    /// The whole mesh was inside out.
    InvertedMesh,
    /// Edges that three or more triangles use.
    NonManifoldEdges,
    /// Triangles without area.
    DegenerateTriangles,
    /// More than one shell.
    MultipleShells,
    /// Shells whose bounds overlap: their common volume may be counted twice.
    OverlappingShells,
    /// The part does not fit in the process's build volume.
    ExceedsBuildVolume,
    /// The part is thinner than the process can make.
    BelowMinimumWall,
    /// The model was too large for what needs the whole mesh.
    TopologySkipped,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know.
    Info,
    /// The price stands.
    Warning,
    /// A person should look.
    Review,
}

/// A price for a quantity of one material at one lead time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Quote {
    /// The material's id in the price book.
    pub material: String,
    /// The material's process.
    pub process: String,
    /// Pieces.
    pub quantity: u32,
    /// The lead time's id in the price book.
    pub lead_time: String,
    /// ISO 4217.
    pub currency: String,
    /// `total_price` divided by `quantity`, rounded as the book says. Decimal.
    pub unit_price: String,
    /// The sum of the lines. Decimal.
    pub total_price: String,
    /// What the total is made of, in order.
    pub lines: Vec<QuoteLine>,
}

/// One line of a quote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuoteLine {
    /// The charge's name in the price book, or `quantity discount`, `lead time`, `minimum price`.
    pub name: String,
    /// Whether the charge is for each piece or once; null for what is no charge.
    pub per: Option<Per>,
    /// The measure that drives the charge; null for a flat charge and for what is no charge.
    pub driver: Option<DriverName>,
    /// How much of the driver one piece has, or the sum that a percentage is of. Decimal; null where flat.
    pub amount_of_driver: Option<String>,
    /// The unit of `amount_of_driver`; null where flat.
    pub unit: Option<String>,
    /// The rate: `0.58 EUR/cm3`, `4.00 EUR`, `-5%`.
    pub rate: String,
    /// The line's money, rounded. Decimal.
    pub amount: String,
}

/// Whether a charge is for each piece or once for the model.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Per {
    /// Once for each piece.
    Piece,
    /// Once, whatever the quantity.
    Model,
}

/// The measure that drives a charge. Later versions add drivers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[schemars(rename = "Driver")]
#[non_exhaustive]
pub enum DriverName {
    /// The volume of the solid.
    Volume,
    /// The area of all triangles.
    SurfaceArea,
    /// The volume of the bounds, each side grown by the charge's clearance.
    BoxVolume,
    /// The height of the bounds.
    Height,
    /// The volume times the material's density.
    Mass,
}

/// The price book that a quote was made by.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PriceBookIdentity {
    /// The book's own name.
    pub name: String,
    /// The book's own version.
    pub version: String,
    /// The SHA-256 of its text, in lower-case hexadecimal.
    pub sha256: String,
}

/// The program that made a result.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Engine {
    /// The version of the crate.
    pub version: String,
    /// The largest mesh, in triangles, whose topology is examined (`PRICING_TOPOLOGY_TRIANGLES`); absent only in events of the
    /// first releases.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "u64")]
    pub topology_triangles: Option<u64>,
}
