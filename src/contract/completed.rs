//! `pricing.completed.v1`: the measures, findings and quotes of a model.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{Format, Geometry, ObjectInfo, Unit};

/// The payload of `pricing.completed.v1`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Completed {
    /// The id of the request's event.
    pub request_id: String,
    /// The order that the request named.
    pub order_id: Option<String>,
    /// The object whose bytes were measured.
    pub object: ObjectInfo,
    /// The format and unit that the bytes were read as.
    pub model: ModelInfo,
    /// The measures that every model has.
    pub geometry: Geometry,
    /// Further measures that the price book needs, by the driver's name: with `geometry`, all that a quote needs.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measures: BTreeMap<String, Measure>,
    /// Facts about the model that a person should know.
    pub findings: Vec<Finding>,
    /// Whether any finding asks a person to review the part before it is made.
    pub review_required: bool,
    /// One for each material, quantity and lead time asked for, in the order of the request.
    pub quotes: Vec<Quote>,
    /// The price book that was used.
    pub price_book: PriceBookIdentity,
    /// The program that measured and priced.
    pub engine: Engine,
}

/// The format and unit that the bytes were read as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ModelInfo {
    /// The file format.
    pub format: Format,
    /// The unit of the file's coordinates.
    pub unit: UnitInfo,
}

/// A unit of length and its source.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct UnitInfo {
    /// The unit.
    pub name: Unit,
    /// The source of the unit.
    pub source: UnitSource,
}

/// The source of a model's unit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnitSource {
    /// The request.
    Declared,
    /// The file.
    File,
    /// Neither: millimetres are assumed.
    Assumed,
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

/// A fact about a model that a person should know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Finding {
    /// The machine-readable code.
    pub code: FindingCode,
    /// The severity.
    pub severity: Severity,
    /// The finding as a sentence, with its figures.
    pub message: String,
}

/// The machine-readable code of a finding. Later versions add codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum FindingCode {
    /// Neither the request nor the file says what the unit is.
    UnitAssumed,
    /// The unit is in doubt: the model is implausibly small or large in it, or a name suggests another.
    UnitSuspicious,
    /// The mesh had holes, which were closed to measure it.
    OpenMesh,
    /// Corners that differ in their last digits were merged.
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
    /// Shells whose bounds overlap, or one that crosses itself: their common volume may be counted twice.
    OverlappingShells,
    /// The part does not fit in the process's build volume.
    ExceedsBuildVolume,
    /// The part is thinner than the process can make.
    BelowMinimumWall,
    /// The mesh was too large for its topology to be examined.
    TopologySkipped,
    /// The header of the file counts fewer triangles than the file has; all were read.
    HeaderCountWrong,
    /// Triangles that lie where another one lies, and were left out.
    DuplicateTriangles,
    /// The request, the name or the content type says another format than the content is of.
    FormatHintWrong,
    /// The file has objects that are no part of the model: supports, surfaces, modifiers of a slicer.
    ObjectsLeftOut,
    /// The file breaks rules of its format that change no surface.
    FormatRuleBroken,
    /// The mesh of a solid of a CAD file encloses another volume than its faces, or there is no exact one.
    ExactVolumeDiffers,
    /// A solid of a CAD file is inside out; it was turned.
    SolidInsideOut,
    /// The solids of a CAD file are measured by the meshes that the file has to show them, which may be coarse.
    RenderMesh,
    /// What a CAD file has beside its solids: surfaces.
    LeftOut,
}

/// The severity of a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// For information.
    Info,
    /// The price stands.
    Warning,
    /// A person should review the part before it is made.
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
    /// The lines that the total is the sum of, in order.
    pub lines: Vec<QuoteLine>,
}

/// One line of a quote.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct QuoteLine {
    /// The charge's name in the price book, or `quantity discount`, `lead time`, `minimum price`.
    pub name: String,
    /// Whether the charge is for each piece or once; null for a line that is no charge.
    pub per: Option<Per>,
    /// The measure that drives the charge; null for a flat charge and for a line that is no charge.
    pub driver: Option<DriverName>,
    /// The amount of the driver in one piece, or the sum that a percentage is taken of. Decimal; null where flat.
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
    /// The volume of the convex hull.
    HullVolume,
    /// The volume of the smallest box in any orientation.
    OrientedBoxVolume,
}

/// The price book that priced a result.
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
