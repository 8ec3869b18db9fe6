//! The unit of length that a text states, as `UNITS=mm`, or suggests, as `bracket_inch`.
//!
//! STL has no field for it. Some programs state it in the header of a binary file or in the name of a solid; people put it at
//! the end of a name. A number before the word makes it the size of the part (`pipe_2_inch`), and a lone `m` or `in` is mostly
//! no unit.

use crate::contract::Unit;

/// The words for each unit, in lower case.
const WORDS: [(Unit, &[&str]); 6] = [
    (Unit::Mm, &["mm", "millimeter", "millimeters", "millimetre", "millimetres"]),
    (Unit::Cm, &["cm", "centimeter", "centimeters", "centimetre", "centimetres"]),
    (Unit::M, &["m", "meter", "meters", "metre", "metres"]),
    (Unit::Inch, &["in", "inch", "inches"]),
    (Unit::Foot, &["ft", "foot", "feet"]),
    (Unit::Micron, &["um", "µm", "micron", "microns", "micrometer", "micrometers", "micrometre", "micrometres"]),
];

/// The most characters of a unit that is not known.
const SHOWN_CHARS: usize = 20;

/// A unit as a text states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StatedUnit {
    Known(Unit),
    /// The word for it.
    Unknown(String),
}

/// The unit that a text states: `UNITS=mm`, `Unit: inch`.
pub(super) fn stated_unit(text: &str) -> Option<StatedUnit> {
    let lower = text.to_ascii_lowercase();
    lower.match_indices("unit").find_map(|(at, unit)| {
        let is_word = !lower[..at].ends_with(char::is_alphanumeric);
        let rest = &lower[at + unit.len()..];
        let rest = rest.strip_prefix('s').unwrap_or(rest).trim_start();
        let value = rest.strip_prefix(['=', ':']).filter(|_| is_word)?.trim_start();
        let end = value.find(|letter: char| !letter.is_alphabetic()).unwrap_or(value.len());
        let word = &value[..end];
        let unknown = || StatedUnit::Unknown(word.chars().take(SHOWN_CHARS).collect());
        (!word.is_empty()).then(|| unit_of(word).map_or_else(unknown, StatedUnit::Known))
    })
}

/// The unit that a name without its extension suggests: its last word, or a word in brackets.
pub fn suggested_unit(name: &str) -> Option<Unit> {
    let lower = name.trim().to_ascii_lowercase();
    let in_brackets = |open, close| {
        let (_, rest) = lower.rsplit_once(open)?;
        unit_of(rest.split_once(close)?.0.trim())
    };
    let last_word = || {
        let (before, word) = lower.rsplit_once(|letter: char| !letter.is_alphanumeric())?;
        let is_size = before.ends_with(|letter: char| letter.is_ascii_digit());
        let is_unit = match word {
            // Feet are mostly those of a body.
            "m" | "foot" | "feet" => false,
            // `plug-in` is none.
            "in" => lower.ends_with("_in"),
            _ => true,
        };
        unit_of(word).filter(|_| is_unit && !is_size)
    };
    in_brackets('(', ')').or_else(|| in_brackets('[', ']')).or_else(last_word)
}

fn unit_of(word: &str) -> Option<Unit> {
    WORDS.iter().find(|(_, words)| words.contains(&word)).map(|(unit, _)| *unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_is_stated_with_an_equals_sign_or_a_colon() {
        let known = |unit| Some(StatedUnit::Known(unit));
        let rows = [
            ("STL File created by netfabb - http://www.netfabb.com UNITS=MM\0\0", known(Unit::Mm)),
            ("COLOR=\u{fffd}\0,MATERIAL=\u{fffd},UNITS=in", known(Unit::Inch)),
            ("ring units = inches", known(Unit::Inch)),
            ("ring Unit: cm (draft)", known(Unit::Cm)),
            ("[unit=meters]", known(Unit::M)),
            ("UNITS=ft", known(Unit::Foot)),
            ("units: feet", known(Unit::Foot)),
            ("UNITS=µm", known(Unit::Micron)),
            ("unit = microns", known(Unit::Micron)),
            ("UNITS=yd", Some(StatedUnit::Unknown("yd".into()))),
            ("a unit, UNITS=mm", known(Unit::Mm)),
            ("UNITS=", None),
            ("UNITS=1", None),
            ("units mm", None),
            ("unity=mm", None),
            ("subunit=mm", None),
            ("STLB ATF 9.0.0.1214 COLOR=", None),
            ("", None),
        ];
        for (text, expected) in rows {
            assert_eq!(stated_unit(text), expected, "{text}");
        }
    }

    #[test]
    fn a_unit_is_suggested_by_the_end_of_a_name() {
        let rows = [
            ("ring_inch", Some(Unit::Inch)),
            ("ring-INCHES", Some(Unit::Inch)),
            ("ring_in", Some(Unit::Inch)),
            ("ring (mm)", Some(Unit::Mm)),
            ("ring (mm) v2", Some(Unit::Mm)),
            ("ring [in]", Some(Unit::Inch)),
            ("ring (m)", Some(Unit::M)),
            ("ring in cm", Some(Unit::Cm)),
            ("ring.mm", Some(Unit::Mm)),
            ("wall_ft", Some(Unit::Foot)),
            ("wall (feet)", Some(Unit::Foot)),
            ("lens_um", Some(Unit::Micron)),
            ("lens [µm]", Some(Unit::Micron)),
            ("left_foot", None),
            ("two feet", None),
            ("plug-in", None),
            ("made in", None),
            ("size_m", None),
            ("pipe_2_inch", None),
            ("pipe_2inch", None),
            ("pipe 1.5 inch", None),
            ("inchworm", None),
            ("inch_worm", None),
            ("trimm", None),
            ("ring (copy)", None),
            ("", None),
        ];
        for (name, expected) in rows {
            assert_eq!(suggested_unit(name), expected, "{name}");
        }
    }
}
