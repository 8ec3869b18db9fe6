//! Compares measures of real models with those of independent programs. The models are in `../shared/models`, which a
//! clone lacks: without that folder `tests/run` skips this test, and says so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use pricing_worker::contract::FindingCode;
use pricing_worker::format::{FORMATS, find};
use serde::Deserialize;

use super::{assert_close, codes, measure};

#[derive(Deserialize)]
struct Truth {
    models: BTreeMap<String, Model>,
}

#[derive(Deserialize)]
struct Model {
    triangle_count: u64,
    volume: f64,
    surface_area: f64,
    bounds: [[f64; 3]; 2],
    winding_consistent: bool,
    watertight: bool,
    #[serde(default)]
    watertight_after_weld: bool,
    shell_count: u64,
}

/// Models whose bodies overlap, with the volume and the area of their union by manifold3d 3.5.4. The programs of `truth.json` add
/// the bodies up.
const UNIONS: [(&str, f64, f64); 1] = [("box.STL", 16.082_087_202_744_95, 290.401_196_205_057_26)];

#[test]
fn real_models_agree_with_independent_programs() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/models");
    let truth = std::fs::read(folder.join("truth.json")).unwrap_or_else(|error| {
        panic!("truth.json in {}: {error}; without it, tests/run leaves this test out, and says so", folder.display())
    });
    let truth: Truth = serde_json::from_slice(&truth).unwrap();
    let closed = |model: &Model| model.watertight || model.watertight_after_weld;
    let is_read = |name: &str| {
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        find(&FORMATS, extension).is_some()
    };
    let models: Vec<_> = truth.models.iter().filter(|(name, model)| is_read(name) && closed(model)).collect();
    assert!(models.len() >= 16, "{} closed models in {}", models.len(), folder.display());
    for (name, model) in models {
        let measured = measure(&std::fs::read(folder.join(name)).unwrap()).unwrap();
        let geometry = &measured.geometry;
        assert_eq!(geometry.triangle_count, model.triangle_count, "{name}");
        assert_eq!(geometry.shell_count, Some(model.shell_count), "{name}");
        assert_eq!(geometry.winding_consistent, model.winding_consistent, "{name}");
        assert!(geometry.watertight, "{name}");
        let union = UNIONS.iter().find(|(other, ..)| other == name);
        let (volume, area) = union.map_or((model.volume, model.surface_area), |&(_, volume, area)| (volume, area));
        assert_close(geometry.volume_mm3, volume, 1e-6, name);
        assert_close(geometry.surface_area_mm2, area, 1e-6, name);
        for (found, expected) in [(geometry.bounds_mm.min, model.bounds[0]), (geometry.bounds_mm.max, model.bounds[1])]
        {
            // To the last digit of f32: the truth has decimal text, which the file rounds to f32.
            assert_eq!(found.map(|axis| axis as f32), expected.map(|axis| axis as f32), "{name}");
        }
    }
}

#[test]
fn real_models_in_other_units_are_doubted_and_printed_parts_are_not() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/models");
    let is_doubted = |path: &Path| {
        let measured = measure(&std::fs::read(path).unwrap()).unwrap_or_else(|reason| panic!("{path:?}: {reason}"));
        codes(&measured).contains(&FindingCode::UnitSuspicious)
    };
    for name in ["ADIS16480.STL", "featuretype.STL"] {
        assert!(is_doubted(&folder.join(name)), "{name} is in metres or inches");
    }
    let printed = ["20mm-xyz-cube.stl", "7_8ths_cube.stl", "teapot.stl"].map(|name| folder.join(name));
    let printed_parts = std::fs::read_dir(folder.join("fdm")).unwrap().map(|entry| entry.unwrap().path());
    let is_stl = |path: &PathBuf| path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("stl"));
    let printed: Vec<_> = printed.into_iter().chain(printed_parts.filter(is_stl)).collect();
    assert!(printed.len() > 20, "{} printed parts", printed.len());
    for path in printed {
        assert!(!is_doubted(&path), "{} is in millimetres", path.display());
    }
}

#[test]
fn no_single_shell_of_the_real_models_overlaps_itself() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/models");
    let mut count = 0;
    for folder in [folder.join("fdm"), folder] {
        let entries = std::fs::read_dir(&folder).unwrap_or_else(|error| {
            panic!("{}: {error}; without it, tests/run leaves this test out, and says so", folder.display())
        });
        for file in entries.map(|entry| entry.unwrap().path()) {
            let is_stl = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("stl"));
            let Some(measured) = is_stl.then(|| measure(&std::fs::read(&file).unwrap()).ok()).flatten() else {
                continue;
            };
            if measured.geometry.shell_count == Some(1) {
                count += 1;
                assert!(!codes(&measured).contains(&FindingCode::OverlappingShells), "{}", file.display());
            }
        }
    }
    assert!(count >= 25, "{count} models of one shell");
}
