//! CAD files by the real converter. `tests/cad-converter` builds it, once; without it, or without the files of
//! `../shared/models/cad`, `tests/run` leaves these tests out, and says so.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde::Deserialize;
use serde_json::Value;

use super::{price, rejection, reviews};

/// How far an exact volume may be from that of another program that integrates adaptively, as a share of it: nine in ten, and all.
const MOST_OFF: [f64; 2] = [1e-6, 1e-4];
/// How far a mesh may be from the exact volume.
const MOST_OFF_MESH: f64 = 5e-3;

#[derive(Deserialize)]
struct Truth {
    #[serde(default)]
    solids: Option<u64>,
    #[serde(default)]
    volume_mm3: f64,
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn converter() -> PathBuf {
    let program = repository().join("target/converter/pricing-cad");
    assert!(program.is_file(), "{} is missing: tests/cad-converter builds it", program.display());
    program
}

fn models() -> PathBuf {
    repository().join("../shared/models/cad")
}

fn truth() -> BTreeMap<String, Truth> {
    let path = models().join("truth.json");
    let text = std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    serde_json::from_slice(&text).expect("it has what is read of it")
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("a number, not {value}"))
}

/// The sum of the volumes of the parts, each as often as the model has it.
fn volume_of_parts(geometry: &Value) -> f64 {
    let parts = geometry["parts"].as_array().expect("solids that overlap are several");
    parts.iter().map(|part| number(&part["volume_mm3"]) * number(&part["copies"])).sum()
}

#[test]
fn real_step_files_have_the_exact_volumes_of_another_program() {
    let truth: Vec<_> =
        truth().into_iter().filter(|(_, truth)| truth.solids.is_some_and(|solids| solids > 0)).collect();
    let files = truth.iter().map(|(name, _)| models().join(name));
    let events = price(&converter(), &["--quantity", "1"], files);
    assert_eq!(events.len(), truth.len());
    let mut near = 0;
    for ((name, truth), event) in truth.iter().zip(&events) {
        let geometry = &event["data"]["geometry"];
        let volume = number(&geometry["volume_mm3"]);
        // The other program adds solids up that overlap; the model is their union.
        let is_united = event["data"]["findings"].to_string().contains("overlapping_shells");
        let added_up = if is_united { volume_of_parts(geometry) } else { volume };
        let off = (added_up / truth.volume_mm3 - 1.0).abs();
        let off_mesh = (number(&geometry["mesh"]["volume_mm3"]) / volume - 1.0).abs();
        println!("{name}: {volume} mm3, off by {off:.1e}, its mesh by {off_mesh:.1e}; {:?}", reviews(event));
        assert!(off <= MOST_OFF[1], "{name}: {volume} mm3, and {} by another program", truth.volume_mm3);
        assert!(off_mesh <= MOST_OFF_MESH, "{name}: the mesh is off by {off_mesh}");
        near += usize::from(off <= MOST_OFF[0]);
    }
    assert!(near * 10 >= truth.len() * 9, "{near} of {} within {}", truth.len(), MOST_OFF[0]);
}

#[test]
fn what_makes_no_solid_is_rejected_by_its_reason() {
    let rows = [
        ("kovacsv_test_testfiles_cax-if_s1-c5-214_FOOT.stp", "unsupported_feature", "FOOT_FRONT_000.stp"),
        ("tpaviot_assets_models_splinecage.stp", "no_volume", "surfaces"),
        ("kovacsv_test_testfiles_cube-10x10mm_Cube_10x10.igs", "unsupported_feature", "STEP"),
    ];
    let events = price(&converter(), &[], rows.map(|(name, ..)| models().join(name)));
    for ((name, code, says), event) in rows.iter().zip(&events) {
        let (found, message) = rejection(event);
        assert!(found == *code && message.contains(says), "{name}: {found}: {message}");
    }
}

#[test]
fn a_file_keeps_its_unit() {
    let rows = [("cube-in", "inch"), ("cube-m", "m")];
    let files = rows.map(|(name, _)| models().join(format!("kovacsv_test_testfiles_cube-units_{name}.step")));
    for ((name, unit), event) in rows.iter().zip(price(&converter(), &[], files)) {
        let expected = serde_json::json!({ "name": unit, "source": "file" });
        assert_eq!(event["data"]["model"]["unit"], expected, "{name}");
        // A cube of a metre, whatever its unit.
        assert!((number(&event["data"]["geometry"]["extents_mm"][0]) - 1000.0).abs() < 1e-3, "{event}");
    }
}

#[test]
fn the_same_file_gives_the_same_bytes() {
    let file = models().join("mikedh_models_featuretype.STEP");
    let convert = || {
        let mut command = Command::new(converter());
        command.args(["convert", "--format", "step"]).stdin(std::fs::File::open(&file).expect("it is there"));
        command.stderr(Stdio::inherit()).output().expect("it runs").stdout
    };
    let stream = convert();
    assert!(stream.len() > 10_000 && stream == convert(), "{} bytes", stream.len());
}

/// The files whose bytes are changed. The largest would take most of the time.
const CHANGED: [&str; 10] = [
    "CNCKitchen_cylinder.step",
    "CNCKitchen_sphere.step",
    "Formlabs_examples_abstract_pca.step",
    "Formlabs_examples_cube_hole.step",
    "ancorasir_nist_ftc_11_asme1_rb.stp",
    "kovacsv_test_testfiles_cax-if_s1-tu-203_headback.stp",
    "kovacsv_test_testfiles_cube-units_cube-in.step",
    "kovacsv_test_testfiles_rounded-cube_rounded-cube.step",
    "mcneel_example_files_V2_v2_my_mesh.3dm",
    "mcneel_example_files_V4_v4_MechPartB.3dm",
];

/// The longest time that the converter may take for one of them.
const LIMIT: Duration = Duration::from_secs(20);

/// Prices files with bytes changed, and holds that each has an answer in time, and none a price that a person should doubt unless it
/// says so.
fn check_changed(count: usize) {
    let originals = CHANGED.map(|name| (name, std::fs::read(models().join(name)).expect("it is there")));
    let folder = tempfile::tempdir().expect("a folder");
    let write = |((name, original), seed): (&(&str, Vec<u8>), u64)| {
        let path = folder.path().join(format!("{seed}-{name}"));
        std::fs::write(&path, changed(original, seed)).expect("written");
        path
    };
    let files: Vec<_> = originals.iter().cycle().take(count).zip(0..).map(write).collect();
    let (mut priced, mut reviewed, mut stopped) = (0, 0, 0);
    // As many as a command line holds.
    for files in files.chunks(100) {
        let began = Instant::now();
        let limit = format!("{}s", LIMIT.as_secs());
        let events = price(&converter(), &["--cad-timeout", &limit, "--quantity", "1"], files);
        assert_eq!(events.len(), files.len(), "each file has an answer");
        assert!(began.elapsed() < LIMIT * files.len() as u32);
        for event in &events {
            if !event["data"]["quotes"].is_array() {
                stopped += usize::from(rejection(event).0 == "job_timeout");
                continue;
            }
            priced += 1;
            if !reviews(event).is_empty() {
                reviewed += 1;
                continue;
            }
            let geometry = &event["data"]["geometry"];
            assert_eq!(geometry["watertight"], true, "a price without a review is that of a closed solid: {event}");
            if geometry["mesh"].is_object() {
                let off = number(&geometry["volume_mm3"]) / number(&geometry["mesh"]["volume_mm3"]) - 1.0;
                assert!(off.abs() <= 0.011, "{event}");
            }
        }
    }
    let rejected = count - priced;
    println!(
        "{count} files: {priced} priced, {reviewed} of them for review, {rejected} rejected, {stopped} of them by the limit"
    );
    // The kernel goes round for ever on some damaged surfaces, and is ended.
    assert!(stopped <= count / 100, "{stopped} of {count} files were ended by the time limit");
    assert!(
        priced > count / 10 && priced < count,
        "{priced} of {count} are priced: the changes are too many, or too few"
    );
}

/// A file with up to eight bytes changed.
fn changed(original: &[u8], seed: u64) -> Vec<u8> {
    let mut bytes = original.to_vec();
    // A linear congruential generator: Knuth's, of MMIX.
    let mut state = seed;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    for _ in 0..=next(8) {
        let place = next(bytes.len());
        bytes[place] = b"0123456789#(),.$'A;"[next(19)];
    }
    bytes
}

#[test]
fn files_with_bytes_changed_harm_nothing() {
    check_changed(40);
}

#[test]
#[ignore = "long: tests/run --long"]
fn a_thousand_files_with_bytes_changed_harm_nothing() {
    check_changed(1000);
}
