//! What slicers write beside a 3MF model: which of its volumes are none that is printed.
//!
//! `PrusaSlicer` has the volumes of an object one after another in its mesh, and their ranges in
//! `Metadata/Slic3r_PE_model.config`; Bambu Studio and `OrcaSlicer` have each as an object in one of components, and their kinds in
//! `Metadata/model_settings.config`.

use std::collections::BTreeMap;
use std::ops::RangeInclusive;

use crate::contract::Reason;
use crate::format::xml::{Document, Element};

/// The paths of these files, in lower case.
pub(super) const PATHS: [&str; 2] = ["metadata/slic3r_pe_model.config", "metadata/model_settings.config"];

/// What a volume is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    Model,
    /// A modifier, or a blocker or an enforcer of supports.
    Other,
    /// It is subtracted.
    Negative,
}

/// The volumes that are no model.
#[derive(Debug, Default)]
pub(super) struct SlicerSettings {
    /// The triangles of each object that are none of the model.
    ranges: BTreeMap<u32, Vec<RangeInclusive<u64>>>,
    /// The components of an object that are none, by both ids; and objects that have a negative volume.
    roles: BTreeMap<(u32, Option<u32>), Role>,
}

impl SlicerSettings {
    /// The triangles of an object that are none of the model.
    pub fn left_out(&self, object: u32) -> &[RangeInclusive<u64>] {
        self.ranges.get(&object).map_or(&[], Vec::as_slice)
    }

    /// What an object is for, or a component of it.
    pub fn role(&self, object: u32, component: Option<u32>) -> Role {
        self.roles.get(&(object, component)).copied().unwrap_or(Role::Model)
    }
}

/// Reads such a file.
#[derive(Debug, Default)]
pub(super) struct SettingsDocument {
    pub settings: SlicerSettings,
    object: Option<u32>,
    /// The volume that is open, and the depth of its element.
    volume: Option<Volume>,
    depth: usize,
}

/// A volume of an object.
#[derive(Debug)]
struct Volume {
    depth: usize,
    role: Role,
    range: Option<RangeInclusive<u64>>,
    component: Option<u32>,
}

impl Document for SettingsDocument {
    fn start(&mut self, element: &Element<'_>) -> Result<(), Reason> {
        self.depth += 1;
        let number = |name: &str| element.attribute(name)?.trim().parse::<u32>().ok();
        match element.name {
            "object" => self.object = number("id"),
            "volume" | "part" => {
                let range = number("firstid").zip(number("lastid"));
                self.volume = Some(Volume {
                    depth: self.depth,
                    role: element.attribute("subtype").map_or(Role::Model, role),
                    range: range.map(|(first, last)| u64::from(first)..=u64::from(last)),
                    component: number("id"),
                });
            }
            "metadata" => {
                if let (Some(volume), Some(value)) = (&mut self.volume, element.attribute("value")) {
                    match element.attribute("key") {
                        Some("volume_type") => volume.role = role(value),
                        Some("modifier") if value == "1" => volume.role = Role::Other,
                        _ => {}
                    }
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), Reason> {
        let ended = self.volume.take_if(|volume| volume.depth == self.depth);
        self.depth -= 1;
        if let (Some(object), Some(Volume { role, range, component, .. })) = (self.object, ended) {
            let SlicerSettings { ranges, roles } = &mut self.settings;
            match (role, range, component) {
                (Role::Other, Some(range), _) => ranges.entry(object).or_default().push(range),
                (Role::Negative, Some(_), _) => drop(roles.insert((object, None), role)),
                (Role::Other | Role::Negative, None, Some(_)) => drop(roles.insert((object, component), role)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// What a volume is for, by the words of `PrusaSlicer` or of Bambu Studio.
fn role(word: &str) -> Role {
    match word {
        "NegativeVolume" | "negative_part" => Role::Negative,
        "ParameterModifier" | "SupportBlocker" | "SupportEnforcer" | "modifier_part" | "support_blocker"
        | "support_enforcer" => Role::Other,
        _ => Role::Model,
    }
}
