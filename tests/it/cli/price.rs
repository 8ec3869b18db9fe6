//! Tests of `price`: exit status, events, flags, and files that cannot be priced.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::ffi::OsStrExt;
use std::process::Stdio;

use super::{cube, fixture, program, run};

#[test]
fn the_exit_status_tells_whether_all_was_priced() {
    let cube = fixture("models/cube-10mm-binary.stl");
    let empty = fixture("rejected/empty_model--empty-file.stl");
    let table = [(vec![&cube], 0), (vec![&empty], 1), (vec![&cube, &empty, &cube], 1)];
    for (paths, expected) in table {
        let ran = run([OsStr::new("price")].into_iter().chain(paths.iter().map(|path| path.as_os_str())));
        assert_eq!(ran.exit, expected, "{paths:?}: {ran:?}");
        assert_eq!(ran.events().len(), paths.len());
        assert_eq!(ran.stderr, "", "{paths:?}");
    }
}

#[test]
fn the_worked_example_costs_ten_euros() {
    let cube = fixture("models/cube-10mm-binary.stl");
    let ran = run(["price", "--material", "pa12-sls", "--quantity", "10", cube.to_str().expect("UTF-8")]);
    let [event] = &ran.events()[..] else { panic!("one event: {ran:?}") };
    let [quote] = &event["data"]["quotes"].as_array().expect("quotes")[..] else { panic!("one quote: {event}") };
    assert_eq!((&quote["total_price"], &quote["unit_price"]), (&"10.00".into(), &"1.00".into()));
    let object = &event["data"]["object"];
    assert_eq!((object["bucket"].clone(), object["key"].as_str()), (serde_json::Value::Null, cube.to_str()));
    assert_eq!(event["data"]["request_id"].as_str(), cube.to_str());
    assert!(event.get("time").is_none(), "there is no time that would be the same at the next run");
}

#[test]
fn every_choice_is_quoted_in_the_order_of_the_flags() {
    let cube = fixture("models/cube-10mm-binary.stl");
    let flags = "price --material pla-fdm --material pa12-sls --quantity 1,10 --lead-time express --lead-time standard";
    let ran = run(flags.split(' ').chain([cube.to_str().expect("UTF-8")]));
    let quotes = ran.events()[0]["data"]["quotes"].as_array().expect("quotes").clone();
    let asked: Vec<_> = quotes
        .iter()
        .map(|quote| format!("{} {} {}", quote["material"], quote["quantity"], quote["lead_time"]).replace('"', ""))
        .collect();
    let expected = [
        "pla-fdm 1 express",
        "pla-fdm 1 standard",
        "pla-fdm 10 express",
        "pla-fdm 10 standard",
        "pa12-sls 1 express",
        "pa12-sls 1 standard",
        "pa12-sls 10 express",
        "pa12-sls 10 standard",
    ];
    assert_eq!(asked, expected);
}

#[test]
fn a_unit_on_the_command_line_wins() {
    let cube = fixture("models/cube-10mm-binary.stl");
    for (unit, volume_mm3) in
        [("mm", 1e3), ("cm", 1e6), ("inch", 1e3 * 25.4 * 25.4 * 25.4), ("foot", 1e3 * 304.8 * 304.8 * 304.8)]
    {
        let ran = run(["price", "--unit", unit, cube.to_str().expect("UTF-8")]);
        let data = &ran.events()[0]["data"];
        assert_eq!(
            (&data["model"]["unit"]["name"], &data["model"]["unit"]["source"]),
            (&unit.into(), &"declared".into())
        );
        let found = data["geometry"]["volume_mm3"].as_f64().expect("a volume");
        assert!((found / volume_mm3 - 1.0).abs() < 1e-12, "{unit}: {found}");
    }
}

#[test]
fn mistakes_in_usage_end_with_2_and_print_nothing() {
    let cube = fixture("models/cube-10mm-binary.stl");
    let table = [
        ("price", "<PATH>"),
        ("price --material unobtainium", "unobtainium"),
        // The message lists the known ids.
        ("price --material unobtainium", "pa12-sls"),
        ("price --lead-time yesterday", "express"),
        ("price --quantity 0", "1..=1000000"),
        ("price --quantity 1,two", "two"),
        ("price --unit furlong", "mm, cm, m, inch, foot or micron"),
        ("price --format xml", "xml"),
        ("price --price-book no-such-book.toml", "no-such-book.toml"),
        ("price --concurrency 0", "PRICING_CONCURRENCY"),
    ];
    for (arguments, told) in table {
        let path = (arguments != "price").then(|| cube.to_str().expect("UTF-8"));
        let ran = run(arguments.split(' ').chain(path));
        assert_eq!(ran.exit, 2, "{arguments}: {ran:?}");
        assert_eq!(ran.stdout, "", "{arguments}");
        assert!(ran.stderr.contains(told), "{arguments}: {}", ran.stderr);
    }
}

#[test]
fn what_cannot_be_read_is_rejected_and_the_others_go_on() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    fs::write(path("good.stl"), cube()).expect("written");
    fs::create_dir(path("folder.stl")).expect("made");
    std::os::unix::fs::symlink("nowhere.stl", path("link-to-nowhere.stl")).expect("linked");
    let made = std::process::Command::new("mkfifo").arg(path("pipe.stl")).status().expect("mkfifo is there");
    assert!(made.success());
    let long = "n".repeat(300) + ".stl";
    let table = [
        ("missing.stl", Some("object_not_found")),
        ("good.stl", None),
        ("good.stl/inside.stl", Some("object_not_found")),
        ("link-to-nowhere.stl", Some("object_not_found")),
        // Opening a pipe would block until a writer opens it.
        ("pipe.stl", Some("object_not_found")),
        (&long, Some("object_not_found")),
        ("good.stl", None),
    ];
    let ran = run([OsStr::new("price").to_owned()].into_iter().chain(table.iter().map(|(name, _)| path(name).into())));
    assert_eq!(ran.exit, 1);
    let events = ran.events();
    assert_eq!(events.len(), table.len());
    for (event, (name, expected)) in events.iter().zip(table) {
        assert_eq!(event["data"]["reason"]["code"].as_str(), expected, "{name}");
        assert_eq!(event["data"]["request_id"].as_str(), path(name).to_str(), "{name}");
    }
}

#[test]
fn a_name_that_is_not_utf8_is_answered() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join(OsStr::from_bytes(b"gr\xf6\xdfe.stl")), cube()).expect("written");
    let ran = run([OsStr::new("price"), folder.path().as_os_str()]);
    assert_eq!(ran.exit, 1);
    assert_eq!(ran.events()[0]["data"]["reason"]["code"], "invalid_request");
}

#[test]
fn one_path_twice_is_two_results() {
    let cube = fixture("models/cube-10mm-binary.stl");
    let ran = run([OsStr::new("price"), cube.as_os_str(), cube.as_os_str()]);
    let lines: Vec<_> = ran.stdout.lines().collect();
    assert_eq!(lines.len(), 2);
    assert_eq!(lines[0], lines[1]);
}

#[test]
fn the_same_bytes_come_out_at_any_number_of_threads_and_jobs() {
    let price = |variable: &str, threads: &str, jobs: &str| {
        let fixtures = fixture("");
        let mut command = program();
        command.args(["price", "--format", "json", "--concurrency", jobs]).arg(fixtures).env(variable, threads);
        super::Ran::of(&mut command).stdout
    };
    let one = price("RAYON_NUM_THREADS", "1", "1");
    assert!(one.lines().count() > 20);
    for variable in ["PRICING_THREADS", "RAYON_NUM_THREADS"] {
        for (threads, jobs) in [("1", "1"), ("7", "16"), ("2", "3")] {
            assert!(price(variable, threads, jobs) == one, "{variable}={threads}, {jobs} jobs");
        }
    }
}

#[test]
fn a_reader_that_goes_away_ends_it_without_a_word() {
    let folder = tempfile::tempdir().expect("a folder");
    for number in 0..2000 {
        fs::write(folder.path().join(format!("{number}.stl")), "").expect("written");
    }
    let mut child = program()
        .args(["price", "--format", "json"])
        .arg(folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut line = String::new();
    let stdout = child.stdout.take().expect("it is piped");
    BufReader::with_capacity(64, stdout).read_line(&mut line).expect("a line comes");
    let mut stderr = String::new();
    child.stderr.take().expect("it is piped").read_to_string(&mut stderr).expect("UTF-8");
    let status = child.wait().expect("it ends");
    assert!(line.starts_with('{'));
    assert_eq!(stderr, "");
    assert!(status.code().is_some_and(|code| code < 2), "{status}");
}
