//! The types of a price book's document, for its JSON Schema.
//!
//! [`mod@super::schema`] adds the names and parameters of drivers. These types read no price book: an error needs the place of
//! its value, so [`super::parse`] walks the document, and checks what a schema cannot express (dimensions, currencies,
//! duplicates, order). A test compares the two. Amounts and quantities are texts: decimal, never floating point.

use schemars::JsonSchema;

use crate::contract::Per;
use crate::quantity::Dimension;
use crate::quantity::units::UNITS;

/// A price book: a TOML document of this shape. Units: mm cm m inch; mm2 cm2 m2; mm3 cm3 ml l m3; g kg; s min h.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct PriceBookDocument {
    /// The version of this format.
    #[schemars(extend("const" = 1))]
    schema: u32,
    /// The book's name; it stands on every quote.
    name: NameText,
    /// The book's version; it stands on every quote.
    version: NameText,
    /// The currency of every price, in ISO 4217.
    #[schemars(regex(pattern = "^[A-Z]{3}$"))]
    currency: String,
    /// The step that every line of a quote is rounded to, half to even: `0.01`, `0.05`, `1`.
    rounding: PositiveText,
    /// How soon a part can be had; the first is quoted where a request names none.
    #[schemars(length(min = 1, max = 100))]
    lead_times: Vec<LeadTimeDocument>,
    /// What parts can be made of.
    #[schemars(length(min = 1, max = 1000))]
    materials: Vec<MaterialDocument>,
}

/// A lead time.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct LeadTimeDocument {
    /// What requests name it by; unique among the lead times.
    id: NameText,
    /// What the lines before it are multiplied by.
    factor: PositiveText,
}

/// A material in a process, and what it costs.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub(super) struct MaterialDocument {
    /// What requests name it by; unique among the materials.
    id: NameText,
    /// What people call it.
    name: NameText,
    /// How parts are made of it: `fdm`, `sla`, `sls`, `casting`, or another.
    process: NameText,
    /// The largest box that can be made, turned as it may be; larger parts are for review.
    #[schemars(default, with = "BoxText")]
    build_volume: Option<BoxText>,
    /// The thinnest wall that can be made; thinner parts get a warning.
    #[schemars(default, with = "LengthText")]
    minimum_wall: Option<LengthText>,
    /// The least that a quote comes to: an amount of the book's currency, a multiple of the rounding.
    #[schemars(default, with = "DecimalText")]
    minimum_price: Option<DecimalText>,
    /// What is taken off the per-piece charges, in steps of ascending quantity; the highest that is reached counts.
    #[schemars(default, length(max = 50))]
    quantity_discounts: Vec<DiscountDocument>,
    /// What a quote is made of, in order.
    #[schemars(length(min = 1, max = 50))]
    charges: Vec<ChargeDocument>,
}

/// A step of a quantity discount.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct DiscountDocument {
    /// The quantity from which it counts.
    #[schemars(range(min = 1, max = 1_000_000))]
    from: u32,
    /// 0 to 100.
    percent: DecimalText,
}

/// A charge: driver × rate, or a rate alone.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
struct ChargeDocument {
    /// The name of its line in a quote.
    name: NameText,
    /// For each piece, or once for the model.
    per: Per,
    /// What the rate is multiplied by; without one the charge is flat.
    #[schemars(default, with = "DriverText")]
    driver: Option<DriverText>,
    /// Money for one unit of the driver, or flat.
    rate: RateText,
}

/// The pattern of the units of one dimension, or of all units.
fn units(dimension: Option<Dimension>) -> String {
    let units = UNITS.iter().filter(|unit| dimension.is_none_or(|dimension| unit.dimension == dimension));
    format!("({})", units.map(|unit| unit.name).collect::<Vec<_>>().join("|"))
}

/// The pattern of a decimal number; blanks may stand around every part of a quantity.
const NUMBER: &str = r"[ \t]*[0-9]{1,9}(\.[0-9]{1,9})?[ \t]*";

/// The measure that drives a charge. Later versions add drivers.
#[derive(Debug, JsonSchema)]
#[schemars(rename = "Driver")]
struct DriverText(String);

/// A name or an id: 1 to 100 characters, without control characters, and without blanks at its ends.
#[derive(Debug, JsonSchema)]
#[schemars(extend("minLength" = 1, "maxLength" = 100, "pattern" = r"^\S([^\u0000-\u001f\u007f-\u009f]*\S)?$"))]
struct NameText(String);

/// A decimal number.
#[derive(Debug, JsonSchema)]
#[schemars(extend("pattern" = format!("^{NUMBER}$"), "examples" = ["5.00", "5"]))]
struct DecimalText(String);

/// A decimal number greater than 0.
#[derive(Debug, JsonSchema)]
#[schemars(extend("pattern" = format!("^(?=.*[1-9]){NUMBER}$"), "examples" = ["0.01", "1.5"]))]
struct PositiveText(String);

/// A length.
#[derive(Debug, JsonSchema)]
#[schemars(extend("pattern" = format!("^{NUMBER}{}[ \t]*$", units(Some(Dimension::Length))), "examples" = ["0.8 mm"]))]
pub(super) struct LengthText(String);

/// The three sides of a box.
#[derive(Debug, JsonSchema)]
#[schemars(extend(
    "pattern" = format!("^{NUMBER}[x×]{NUMBER}[x×]{NUMBER}{}[ \t]*$", units(Some(Dimension::Length))),
    "examples" = ["330 x 330 x 580 mm"]
))]
struct BoxText(String);

/// A mass for a volume.
#[derive(Debug, JsonSchema)]
#[schemars(extend(
    "pattern" = format!("^{NUMBER}{}[ \t]*/[ \t]*{}[ \t]*$", units(Some(Dimension::Mass)), units(Some(Dimension::Volume))),
    "examples" = ["1.01 g/cm3"]
))]
pub(super) struct DensityText(String);

/// Money for one unit of a driver, or money alone.
#[derive(Debug, JsonSchema)]
#[schemars(extend(
    "pattern" = format!("^{NUMBER}[A-Z]{{3}}[ \t]*(/[ \t]*{}[ \t]*)?$", units(None)),
    "examples" = ["0.58 EUR/cm3", "4.00 EUR"]
))]
struct RateText(String);
