//! Converters that do what they must not: each is an error of the file alone, and the next file is priced.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use pricing_worker::appraise::{Allowance, Appraiser, Limits, Stop, Unread};
use pricing_worker::contract::{Format, RejectionCode};
use pricing_worker::pricing::PriceBook;

use super::{price, rejection, reviews};
use crate::cli::{Ran, fixture, program};
use crate::support::appraising::quote_request;
use crate::support::cad_stream;

/// The first words of a STEP file: what tells the format.
const STEP: &str = "ISO-10303-21;\nHEADER;\n";

/// Writes a shell script that stands for a converter. It has read the file before it acts.
fn converter(folder: &Path, acts: &str) -> PathBuf {
    let path = folder.join("converter");
    fs::write(&path, format!("#!/bin/sh\n/bin/cat > /dev/null\n{acts}\n")).expect("written");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).expect("made a program");
    path
}

fn folder_with_step() -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().expect("a folder");
    let step = folder.path().join("bracket.step");
    fs::write(&step, STEP).expect("written");
    (folder, step)
}

#[test]
fn the_price_stands_on_the_exact_measures_and_the_mesh_is_beside_them() {
    let (folder, step) = folder_with_step();
    let stream = folder.path().join("stream");
    let program = converter(folder.path(), &format!("/bin/cat {}", stream.display()));
    for (volume, volume_mm3, expected) in
        [("1.0", 1000.0, vec![]), ("1.005", 1005.0, vec![]), ("1.02", 1020.0, vec!["exact_volume_differs"])]
    {
        fs::write(&stream, cad_stream::cube(volume)).expect("written");
        let [event] = &price(&program, &[], [&step])[..] else { panic!("one event") };
        let geometry = &event["data"]["geometry"];
        let found = geometry["volume_mm3"].as_f64().expect("a number");
        assert!((found / volume_mm3 - 1.0).abs() < 1e-12, "{geometry}");
        assert_eq!(geometry["mesh"]["volume_mm3"], 1000.0, "{geometry}");
        assert_eq!(geometry["mesh"]["deflection_mm"], 0.01, "{geometry}");
        assert_eq!(geometry["extents_mm"], serde_json::json!([10.0, 10.0, 10.0]));
        assert_eq!(
            event["data"]["model"],
            serde_json::json!({ "format": "step", "unit": { "name": "cm", "source": "file" } })
        );
        assert_eq!(reviews(event), expected, "{volume}");
        let amount = event["data"]["quotes"][0]["lines"][0]["amount_of_driver"].as_str().expect("a decimal");
        assert_eq!(amount.parse::<f64>().expect("a number"), volume_mm3 / 1000.0, "cm3 that are paid for");
    }
}

#[test]
fn a_converter_may_be_named_from_the_folder_that_the_program_is_started_in() {
    let (folder, step) = folder_with_step();
    fs::write(folder.path().join("stream"), cad_stream::cube("1.0")).expect("written");
    converter(folder.path(), &format!("/bin/cat {}", folder.path().join("stream").display()));
    let mut command = program();
    command.args(["price", "--format", "json", "--cad", "./converter"]).arg(&step).current_dir(folder.path());
    let ran = Ran::of(&mut command);
    assert!(ran.exit == 0 && ran.stdout.contains("\"volume_mm3\":1000.0"), "{}{}", ran.stdout, ran.stderr);
}

#[test]
fn whatever_a_converter_does_is_an_error_of_its_file_alone() {
    let cube = fixture("models/cube-10mm-binary.stl");
    let rows = [
        ("it writes nothing", "", "malformed", "ends too early"),
        ("it writes something else", "echo Segmentation fault", "malformed", "no stream of the version"),
        ("it writes half a stream", "/usr/bin/head -c 300 stream", "malformed", "ends too early"),
        ("it ends with a status", "/bin/cat stream; exit 3", "malformed", "ended with status 3"),
        ("it is killed", "/bin/cat stream; kill -9 $$", "malformed", "ended by signal 9"),
        ("it crashes", "kill -11 $$", "malformed", "ended by signal 11"),
        ("it hangs", "exec /bin/sleep 600", "job_timeout", "within 1s"),
        ("it hangs at its end", "/bin/cat stream; exec /bin/sleep 600", "job_timeout", "within 1s"),
        ("it writes without an end", "exec /bin/cat /dev/zero", "malformed", "no stream of the version"),
        ("it talks without an end", "exec /bin/cat /dev/zero >&2", "job_timeout", "within 1s"),
    ];
    for (name, acts, code, says) in rows {
        let (folder, step) = folder_with_step();
        fs::write(folder.path().join("stream"), cad_stream::cube("1.0")).expect("written");
        let acts = acts.replace("stream", folder.path().join("stream").to_str().expect("UTF-8"));
        let program = converter(folder.path(), &acts);
        let timeout = if code == "job_timeout" { "1s" } else { "1m" };
        let events = price(&program, &["--cad-timeout", timeout], [&step, &cube]);
        let [of_step, of_cube] = &events[..] else { panic!("two events, not {events:?}") };
        let (found, message) = rejection(of_step);
        assert!(found == code && message.contains(says), "{name}: {found}: {message}");
        assert!(of_cube["data"]["quotes"].is_array(), "{name}: the next file has a price");
    }
}

#[test]
fn a_converter_has_no_environment_and_is_told_its_limits() {
    let (folder, step) = folder_with_step();
    let seen = folder.path().join("seen");
    let program = converter(folder.path(), &format!("{{ echo \"$@\"; /usr/bin/env; }} > {}", seen.display()));
    let mut command: Command = crate::cli::program();
    command.env("PRICING_CAD", &program).env("PRICING_CAD_MEMORY", "300MiB").env("AWS_SECRET_ACCESS_KEY", "secret");
    Ran::of(command.arg("price").arg(&step));
    let seen = fs::read_to_string(seen).expect("it was started");
    let told = seen.lines().next().expect("its arguments");
    assert_eq!(told, "convert --format=step --memory-mib=300 --triangles=1000000 --cpu-seconds=65");
    assert!(!seen.contains("secret") && !seen.contains("PRICING"), "{seen}");
}

#[test]
fn a_file_is_held_against_the_digest_of_its_request_and_its_plan_has_the_converters_memory() {
    const CONVERTER_BYTES: u64 = 300 << 20;
    let limits = Limits { object_bytes: 1 << 30, topology_triangles: 100_000 };
    let appraiser = Appraiser::new(PriceBook::sample(), limits).converting(CONVERTER_BYTES);
    // The stream says that the file's digest is 00.
    for (digest, expected) in [("00", None), ("11", Some(RejectionCode::ChecksumMismatch))] {
        let mut request = quote_request("bracket.step");
        request.object.sha256 = Some(digest.into());
        let plan = appraiser.plan(&request, STEP.len() as u64, STEP.as_bytes(), Allowance::default()).expect("a plan");
        let conversion = plan.conversion().expect("it is converted");
        assert_eq!((conversion.format, conversion.memory_bytes), (Format::Step, CONVERTER_BYTES));
        assert!(plan.memory_bytes() > CONVERTER_BYTES, "{} bytes", plan.memory_bytes());
        let mut appraisal = appraiser.begin(plan, Stop::default());
        appraisal.push(&cad_stream::cube("1.0")).expect("it is right");
        let rejected = match appraisal.finish() {
            Ok(_) => None,
            Err(Unread::Rejected(reason)) => Some(reason.code),
            Err(Unread::Outgrown(_)) => panic!("twelve triangles"),
        };
        assert_eq!(rejected, expected, "{digest}");
    }
}

#[test]
fn without_a_converter_cad_files_are_rejected_by_their_names() {
    let (folder, step) = folder_with_step();
    let (three_dm, iges) = (folder.path().join("ring.3dm"), folder.path().join("part.igs"));
    fs::write(&three_dm, "3D Geometry File Format       70").expect("written");
    fs::write(&iges, format!("{:<72}S      1\n", "a part")).expect("written");
    let events = price(Path::new("off"), &[], [&step, &three_dm, &iges]);
    let expected = ["(step), and this installation reads no CAD files", "(3dm), and this installation", "send that"];
    for (event, says) in events.iter().zip(expected) {
        let (code, message) = rejection(event);
        assert!(code == "unsupported_feature" && message.contains(says), "{code}: {message}");
    }
    assert_eq!(events.len(), 3);
}

#[test]
fn a_converter_that_is_named_and_not_there_is_an_error_of_the_configuration() {
    let (_folder, step) = folder_with_step();
    let ran = Ran::of(program().args(["price", "--cad", "/not/there"]).arg(step));
    assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""));
    assert!(ran.stderr.contains("PRICING_CAD") && ran.stderr.contains("/not/there"), "{}", ran.stderr);
}
