//! Tests of what slicers write into 3MF: which volumes are no model.

use pricing_worker::contract::RejectionCode::UnsupportedFeature;

use super::threemf::{check_left_out, check_measured, moved};
use super::threemf_files::{components, cube, items, mesh_of_cubes, model, object, package, package_with};
use super::{Refused, check_refused};

/// A model of two cubes in one mesh, and what `PrusaSlicer` says of the second one.
fn prusa(metadata: &str) -> Vec<u8> {
    let mesh = mesh_of_cubes(10.0, &[[0.0; 3], [5.0, 0.0, 0.0]]);
    let settings = format!(
        "<config><object id=\"1\"><volume firstid=\"0\" lastid=\"11\"><metadata key=\"volume_type\" value=\"ModelPart\"/>\
         </volume><volume firstid=\"12\" lastid=\"23\"><metadata type=\"volume\" key=\"name\" value=\"b\"/>{metadata}</volume>\
         </object></config>"
    );
    let model = model("", &object(1, &mesh), &items(&[(1, "")]));
    package_with(&model, &[("Metadata/Slic3r_PE_model.config", &settings)])
}

pub fn prusa_volume(kind: &str) -> Vec<u8> {
    prusa(&format!("<metadata type=\"volume\" key=\"volume_type\" value=\"{kind}\"/>"))
}

/// A model of two cubes as components, and what Bambu Studio says of the second one.
fn bambu(kind: &str) -> Vec<u8> {
    let settings = format!(
        "<config><object id=\"3\"><metadata key=\"name\" value=\"a\"/><part id=\"1\" subtype=\"normal_part\"/>\
         <part id=\"2\" subtype=\"{kind}\"><metadata key=\"matrix\" value=\"1\"/></part></object></config>"
    );
    let group = components(&[(1, ""), (2, &moved(5.0))]);
    let objects = [object(1, &cube(10.0)), object(2, &cube(10.0)), object(3, &group)].concat();
    package_with(&model("", &objects, &items(&[(3, "")])), &[("Metadata/model_settings.config", &settings)])
}

/// A model of two objects, and what Cura says of the second one.
fn cura(setting: &str, value: &str) -> Vec<u8> {
    let metadata = format!(
        "<metadatagroup><metadata name=\"cura:{setting}\" preserve=\"true\" type=\"xs:boolean\">{value}</metadata></metadatagroup>"
    );
    let objects = [object(1, &cube(10.0)), object(2, &[metadata, cube(5.0)].concat())].concat();
    package(&model("", &objects, &items(&[(1, ""), (2, &moved(20.0))])))
}

#[test]
fn modifiers_and_blockers_are_left_out_and_parts_are_not() {
    check_left_out([
        ("a modifier of PrusaSlicer", prusa_volume("ParameterModifier"), "modifiers"),
        ("a blocker of PrusaSlicer", prusa_volume("SupportBlocker"), "blockers"),
        ("an enforcer of PrusaSlicer", prusa_volume("SupportEnforcer"), "blockers"),
        ("a modifier of Slic3r", prusa("<metadata type=\"volume\" key=\"modifier\" value=\"1\"/>"), "modifiers"),
        ("a modifier of Bambu Studio", bambu("modifier_part"), "modifiers"),
        ("a blocker of Bambu Studio", bambu("support_blocker"), "blockers"),
        ("an enforcer of Bambu Studio", bambu("support_enforcer"), "blockers"),
        ("an infill mesh of Cura", cura("infill_mesh", "True"), "modifiers"),
        ("a support mesh of Cura", cura("support_mesh", "True"), "modifiers"),
        ("an overhang blocker of Cura", cura("anti_overhang_mesh", "True"), "modifiers"),
    ]);
    check_measured([
        ("two parts of PrusaSlicer", prusa_volume("ModelPart"), 1500.0, 24),
        ("two parts of Bambu Studio", bambu("normal_part"), 1500.0, 24),
        ("two objects of Cura", cura("infill_mesh", "False"), 1125.0, 24),
    ]);
}

#[test]
fn negative_volumes_are_refused_by_their_name() {
    check_refused([
        Refused("of PrusaSlicer", prusa_volume("NegativeVolume"), UnsupportedFeature, "negative volume"),
        Refused("of Bambu Studio", bambu("negative_part"), UnsupportedFeature, "negative volume"),
    ]);
}
