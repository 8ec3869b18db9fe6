//! The values of attributes in 3MF.

use super::error::ThreeMfError;
use super::part::Kind;
use crate::contract::Unit;
use crate::format::shown::shown;
use crate::format::transform::Transform;
use crate::format::xml::Element;
use crate::mesh::Point;

/// The largest id of a resource.
const MOST_ID: u32 = i32::MAX as u32;

/// The unit of a model.
pub(super) fn unit(element: &Element<'_>) -> Result<Unit, ThreeMfError> {
    Ok(match element.attribute("unit").unwrap_or("millimeter") {
        "micron" => Unit::Micron,
        "millimeter" => Unit::Mm,
        "centimeter" => Unit::Cm,
        "inch" => Unit::Inch,
        "foot" => Unit::Foot,
        "meter" => Unit::M,
        found => {
            let expected = "micron, millimeter, centimeter, inch, foot or meter";
            return Err(ThreeMfError::Value { attribute: "unit", expected, found: shown(found.as_bytes()) });
        }
    })
}

/// What an object is for, by its type.
pub(super) fn kind(element: &Element<'_>) -> Result<Kind, ThreeMfError> {
    Ok(match element.attribute("type").unwrap_or("model") {
        "model" => Kind::Model,
        "solidsupport" | "support" => Kind::Support,
        "surface" => Kind::Surface,
        "other" => Kind::Other,
        found => {
            let expected = "model, solidsupport, support, surface or other";
            return Err(ThreeMfError::Value { attribute: "type", expected, found: shown(found.as_bytes()) });
        }
    })
}

/// The id of a resource.
pub(super) fn id(element: &Element<'_>, name: &'static str, attribute: &'static str) -> Result<u32, ThreeMfError> {
    let found = element.attribute(attribute).ok_or(ThreeMfError::NoAttribute { element: name, attribute })?;
    let id = found.trim().parse().ok().filter(|id| (1..=MOST_ID).contains(id));
    id.ok_or_else(|| {
        let expected = "a whole number from 1 to 2147483647";
        ThreeMfError::Value { attribute, expected, found: shown(found.as_bytes()) }
    })
}

/// The place of an object, by a matrix for rows of coordinates.
pub(super) fn transform(element: &Element<'_>) -> Result<Transform, ThreeMfError> {
    let Some(text) = element.attribute("transform") else { return Ok(Transform::IDENTITY) };
    let numbers: Vec<f64> =
        text.split_ascii_whitespace().take(13).map_while(|word| fast_float2::parse(word).ok()).collect();
    let matrix = <[f64; 12]>::try_from(numbers).ok().filter(|numbers| numbers.iter().all(|number| number.is_finite()));
    let wrong = |expected| ThreeMfError::Value { attribute: "transform", expected, found: shown(text.as_bytes()) };
    let matrix = matrix.ok_or_else(|| wrong("twelve finite numbers"))?;
    let [x, y, z, offset] = [0, 3, 6, 9].map(|row| [matrix[row], matrix[row + 1], matrix[row + 2]]);
    let transform = Transform::of_columns([x, y, z, offset]);
    if transform.is_flat() {
        return Err(wrong("a transform that can be undone"));
    }
    Ok(transform)
}

/// The point of a vertex.
pub(super) fn point(element: &Element<'_>) -> Result<Point, ThreeMfError> {
    let mut point = [0.0; 3];
    for (coordinate, attribute) in point.iter_mut().zip(["x", "y", "z"]) {
        let found = element.attribute(attribute).ok_or(ThreeMfError::NoAttribute { element: "vertex", attribute })?;
        let number: f32 = fast_float2::parse(found.trim()).map_err(|_| ThreeMfError::Value {
            attribute,
            expected: "a number",
            found: shown(found.as_bytes()),
        })?;
        if !number.is_finite() {
            return Err(ThreeMfError::NonFinite { found: shown(found.as_bytes()) });
        }
        *coordinate = number;
    }
    Ok(point)
}

/// The numbers of a triangle's vertices.
pub(super) fn corners(element: &Element<'_>) -> Result<[u64; 3], ThreeMfError> {
    let mut corners = [0; 3];
    for (corner, attribute) in corners.iter_mut().zip(["v1", "v2", "v3"]) {
        let found = element.attribute(attribute).ok_or(ThreeMfError::NoAttribute { element: "triangle", attribute })?;
        let expected = "the number of a vertex";
        *corner = found.trim().parse().map_err(|_| ThreeMfError::Value {
            attribute,
            expected,
            found: shown(found.as_bytes()),
        })?;
    }
    Ok(corners)
}
