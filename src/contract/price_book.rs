//! The price book as it is written in TOML, for its JSON Schema.
//!
//! No price book is read through these types: errors need the place of every value, so `pricing` walks the document by
//! hand, and checks what a schema cannot say (dimensions, currencies, duplicates, order). A test holds the two
//! together. Numbers that are money or measures are texts: decimal, never floating point.

use schemars::JsonSchema;

use super::{Driver, Per};

/// A price book: a TOML document of this shape. Units: mm cm m inch; mm2 cm2 m2; mm3 cm3 ml l m3; g kg; s min h.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct PriceBookDocument {
    /// The version of this format.
    #[schemars(extend("const" = 1))]
    pub schema: u32,
    /// The book's name; it stands on every quote.
    pub name: NameText,
    /// The book's version; it stands on every quote.
    pub version: NameText,
    /// The currency of every price, in ISO 4217.
    #[schemars(regex(pattern = "^[A-Z]{3}$"))]
    pub currency: String,
    /// The step that every line of a quote is rounded to, half to even: `0.01`, `0.05`, `1`.
    pub rounding: PositiveText,
    /// How soon a part can be had; the first is quoted where a request names none.
    #[schemars(length(min = 1, max = 100))]
    pub lead_times: Vec<LeadTimeDocument>,
    /// What parts can be made of.
    #[schemars(length(min = 1, max = 1000))]
    pub materials: Vec<MaterialDocument>,
}

/// A lead time.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct LeadTimeDocument {
    /// What requests name it by; unique among the lead times.
    pub id: NameText,
    /// What the lines before it are multiplied by.
    pub factor: PositiveText,
}

/// A material in a process, and what it costs.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct MaterialDocument {
    /// What requests name it by; unique among the materials.
    pub id: NameText,
    /// What people call it.
    pub name: NameText,
    /// How parts are made of it: `fdm`, `sla`, `sls`, `casting`, or another.
    pub process: NameText,
    /// Needed where a charge's driver is `mass`.
    #[schemars(default, with = "DensityText")]
    pub density: Option<DensityText>,
    /// The largest box that can be made, turned as it may be; larger parts are for review.
    #[schemars(default, with = "BoxText")]
    pub build_volume: Option<BoxText>,
    /// The thinnest wall that can be made; thinner parts get a warning.
    #[schemars(default, with = "LengthText")]
    pub minimum_wall: Option<LengthText>,
    /// The least that a quote comes to: an amount of the book's currency, a multiple of the rounding.
    #[schemars(default, with = "DecimalText")]
    pub minimum_price: Option<DecimalText>,
    /// What is taken off the per-piece charges, in steps of ascending quantity; the highest that is reached counts.
    #[schemars(default, length(max = 50))]
    pub quantity_discounts: Vec<DiscountDocument>,
    /// What a quote is made of, in order.
    #[schemars(length(min = 1, max = 50))]
    pub charges: Vec<ChargeDocument>,
}

/// A step of a quantity discount.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct DiscountDocument {
    /// The quantity from which it counts.
    #[schemars(range(min = 1, max = 1_000_000))]
    pub from: u32,
    /// 0 to 100.
    pub percent: DecimalText,
}

/// A charge: driver × rate, or a rate alone.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ChargeDocument {
    /// The name of its line in a quote.
    pub name: NameText,
    /// For each piece, or once for the model.
    pub per: Per,
    /// What the rate is multiplied by; without one the charge is flat.
    #[schemars(default, with = "Driver")]
    pub driver: Option<Driver>,
    /// With driver `box_volume`: how far each side of the bounds is moved outward.
    #[schemars(default, with = "LengthText")]
    pub clearance: Option<LengthText>,
    /// Money for one unit of the driver, or flat.
    pub rate: RateText,
}

/// A decimal number without its bounds' anchors: blanks may stand around every part of a quantity.
const NUMBER: &str = r"[ \t]*[0-9]{1,9}(\.[0-9]{1,9})?[ \t]*";
const LENGTH: &str = "(mm|cm|m|inch)";
const VOLUME: &str = "(mm3|cm3|ml|l|m3)";
const MASS: &str = "(g|kg)";
const ANY_UNIT: &str = "(mm|cm|m|inch|mm2|cm2|m2|mm3|cm3|ml|l|m3|g|kg|s|min|h)";

/// A name or an id: 1 to 100 characters, without control characters, and without blanks at its ends.
#[derive(Debug, JsonSchema)]
#[schemars(extend("minLength" = 1, "maxLength" = 100, "pattern" = r"^\S([^\u0000-\u001f\u007f-\u009f]*\S)?$"))]
pub struct NameText(pub String);

/// A decimal number.
#[derive(Debug, JsonSchema)]
#[schemars(extend("pattern" = format!("^{NUMBER}$"), "examples" = ["5.00", "5"]))]
pub struct DecimalText(pub String);

/// A decimal number greater than 0.
#[derive(Debug, JsonSchema)]
#[schemars(extend("pattern" = format!("^(?=.*[1-9]){NUMBER}$"), "examples" = ["0.01", "1.5"]))]
pub struct PositiveText(pub String);

/// A length.
#[derive(Debug, JsonSchema)]
#[schemars(extend("pattern" = format!("^{NUMBER}{LENGTH}[ \t]*$"), "examples" = ["0.8 mm"]))]
pub struct LengthText(pub String);

/// The three sides of a box.
#[derive(Debug, JsonSchema)]
#[schemars(extend(
    "pattern" = format!("^{NUMBER}[x×]{NUMBER}[x×]{NUMBER}{LENGTH}[ \t]*$"),
    "examples" = ["330 x 330 x 580 mm"]
))]
pub struct BoxText(pub String);

/// A mass for a volume.
#[derive(Debug, JsonSchema)]
#[schemars(extend("pattern" = format!("^{NUMBER}{MASS}[ \t]*/[ \t]*{VOLUME}[ \t]*$"), "examples" = ["1.01 g/cm3"]))]
pub struct DensityText(pub String);

/// Money for one unit of a driver, or money alone.
#[derive(Debug, JsonSchema)]
#[schemars(extend(
    "pattern" = format!("^{NUMBER}[A-Z]{{3}}[ \t]*(/[ \t]*{ANY_UNIT}[ \t]*)?$"),
    "examples" = ["0.58 EUR/cm3", "4.00 EUR"]
))]
pub struct RateText(pub String);
