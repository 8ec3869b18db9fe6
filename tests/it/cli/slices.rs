//! Tests of `slices`: what a model's layers are, in each format, and what cannot be sliced.

use std::fs;

use serde_json::Value;

use super::{Ran, fixture, run};

/// A cube of 40 mm with a cavity of 20 mm in its middle.
const HOLLOW: &str = "models/cube-40mm-cavity-20mm.stl";

fn slices(model: &str, flags: &str) -> Ran {
    let path = fixture(model);
    run(["slices", path.to_str().expect("UTF-8")].into_iter().chain(flags.split(' ')))
}

fn json(model: &str, flags: &str) -> Value {
    let ran = slices(model, flags);
    assert_eq!((ran.exit, &*ran.stderr), (0, ""), "{model}");
    serde_json::from_str(&ran.stdout).expect("one document")
}

#[test]
fn each_layer_says_what_is_in_it() {
    let found = json(HOLLOW, "--layer-height 4mm");
    let layers = found["layers"].as_array().expect("layers");
    assert_eq!(layers.len(), 10);
    // The cavity is from 10 to 30 mm: the planes of layers 3 and 8 are those of its floor and its ceiling, which count as below them.
    for (number, layer) in (1_u32..).zip(layers) {
        let is_hollow = (3..=7).contains(&number);
        let number_of = |name: &str| layer[name].as_f64().expect("a number");
        assert_eq!(number_of("layer"), f64::from(number));
        assert_eq!(number_of("z_mm"), 4.0 * f64::from(number) - 2.0);
        let near = |name: &str, expected: f64| {
            assert!((number_of(name) - expected).abs() < 1e-6, "layer {number}: {name} is {}", number_of(name));
        };
        near("area_mm2", if is_hollow { 1200.0 } else { 1600.0 });
        near("outline_mm", if is_hollow { 240.0 } else { 160.0 });
        near("loops", if is_hollow { 2.0 } else { 1.0 });
        near("islands", 1.0);
        let ceiling = if number == 8 { 400.0 } else { 0.0 };
        near("down_mm2", if number == 1 { 1600.0 } else { ceiling });
        near("overhang_mm2", ceiling);
        near("bridge_mm2", ceiling);
        near("up_mm2", [0.0, 400.0, 1600.0][usize::from(number == 2) + 2 * usize::from(number == 10)]);
    }
    assert_eq!(found["volume_mm3"], 56_000.0);
    let difference = found["sliced_volume_mm3"].as_f64().expect("a volume") - 56_000.0;
    assert!(difference.abs() <= found["most_volume_error_mm3"].as_f64().expect("a bound"), "{difference}");
}

#[test]
fn lengths_are_millimetres_whatever_the_unit_of_the_file() {
    let [of_mm, of_inch] = ["--unit mm --layer-height 1mm", "--unit inch --layer-height 1inch"]
        .map(|flags| json("models/cube-10mm-binary.stl", flags)["layers"][4].clone());
    for (name, power) in [("z_mm", 1), ("outline_mm", 1), ("area_mm2", 2)] {
        let [of_mm, of_inch] = [&of_mm, &of_inch].map(|layer| layer[name].as_f64().expect("a number"));
        assert!((of_inch / of_mm / 25.4_f64.powi(power) - 1.0).abs() < 1e-12, "{name}: {of_mm} and {of_inch}");
    }
}

#[test]
fn layers_are_a_table_and_csv_too() {
    let table = slices(HOLLOW, "--layer-height 4mm --format table").stdout;
    assert_eq!(table.lines().count(), 13, "{table}");
    assert!(table.ends_with("the model has 56,000 mm³\n"), "{table}");
    let csv = slices(HOLLOW, "--layer-height 4mm --format csv").stdout;
    let widths: Vec<_> = csv.lines().map(|line| line.split(',').count()).collect();
    assert_eq!(widths, [11; 11], "{csv}");
    assert!(csv.starts_with("layer,z_mm,"), "{csv}");
}

#[test]
fn a_layer_is_drawn_to_scale() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("layer.svg");
    let path = fixture(HOLLOW);
    let flags = ["slices", "--layer-height", "4mm", "--layer", "5", "--svg", file.to_str().expect("UTF-8")];
    let ran = run(flags.into_iter().chain(path.to_str()));
    assert_eq!((ran.exit, &*ran.stderr), (0, ""));
    let drawing = fs::read_to_string(&file).expect("it is drawn");
    assert!(drawing.contains("width=\"44.000mm\" height=\"44.000mm\""), "{drawing}");
    // Two loops: the outside and the cavity.
    assert_eq!((drawing.matches('M').count(), drawing.matches('Z').count()), (2, 2), "{drawing}");
}

#[test]
fn what_cannot_be_sliced_says_why() {
    let cube = "models/cube-10mm-binary.stl";
    let rows = [
        (cube, "--layer-height 0.2", 2, "with its unit, like 0.2mm"),
        (cube, "--layer-height 0mm", 2, "greater than zero"),
        (cube, "--layer-height 1g", 2, "mm, cm, m, inch"),
        (cube, "--layer-height 1mm --overhang-angle 90", 2, "less than 90"),
        (cube, "--layer-height 1mm --layer 3", 2, "--svg"),
        (cube, "--layer-height 1mm --first-layer-height 0.4mm", 1, "higher than half of the others"),
        (cube, "--layer-height 0.0001mm", 1, "the least layer height for it is 0.000153 mm"),
        (cube, "--layer-height 1mm --layer 11 --svg nowhere.svg", 1, "no layer 11; the model has 10"),
        (cube, "--layer-height 1mm --layer 1 --svg no-folder/layer.svg", 1, "no-folder/layer.svg"),
        ("models/no-such-model.stl", "--layer-height 1mm", 1, "no-such-model.stl"),
        ("rejected/empty_model--empty-file.stl", "--layer-height 1mm", 1, "empty"),
    ];
    for (model, flags, exit, told) in rows {
        let ran = slices(model, flags);
        assert_eq!((ran.exit, &*ran.stdout), (exit, ""), "{flags}: {}", ran.stderr);
        assert!(ran.stderr.contains(told), "{flags}: {}", ran.stderr);
    }
}
