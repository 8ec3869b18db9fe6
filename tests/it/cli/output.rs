//! Tests of the help, the schemas, the topology, and the table for people.

use std::ffi::OsStr;
use std::fs;

use super::{cube, fixture, run};

const COMMANDS: [&str; 7] = ["price", "run", "submit", "check", "schema", "topology", "dead-letters"];

#[test]
fn the_help_of_every_command_shows_an_example() {
    for command in COMMANDS {
        let ran = run([command, "--help"]);
        assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""));
        assert!(ran.stdout.contains(&format!("  pricing-worker {command}")), "{}", ran.stdout);
        assert!(!ran.stdout.contains("TODO"));
    }
    let all = run(["--help"]);
    assert!(COMMANDS.iter().all(|command| all.stdout.contains(command)));
    assert!(all.stdout.contains("Exit status"));
}

#[test]
fn the_help_of_run_lists_every_variable_with_its_default() {
    let help = run(["run", "--help"]).stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    // As the contract defines them.
    let table = [
        ("PRICING_AMQP_URL", "amqp://guest:guest@127.0.0.1:5672/%2f"),
        ("PRICING_AMQP_URL_FILE", ""),
        ("PRICING_PRICE_BOOK", "the sample book"),
        ("PRICING_CONCURRENCY", "the number of cores × 2"),
        ("PRICING_THREADS", "the CPUs of the cgroup"),
        ("PRICING_MEMORY_BUDGET", "512MiB"),
        ("PRICING_MAX_OBJECT_SIZE", "8GiB"),
        ("PRICING_JOB_TIMEOUT", "5m"),
        ("PRICING_DRAIN_TIMEOUT", "30s"),
        ("PRICING_TOPOLOGY", "declare"),
        ("PRICING_ADMIN_ADDR", "0.0.0.0:9090"),
        ("PRICING_LOG", "json"),
        ("PRICING_S3_PATH_STYLE", "AWS_ENDPOINT_URL"),
    ];
    for (variable, default) in table {
        assert!(help.contains(variable), "{variable} in {help}");
        assert!(help.contains(default), "{default} in {help}");
    }
}

#[test]
fn schemas_are_listed_and_printed() {
    let names = run(["schema"]);
    assert_eq!((names.exit, names.stdout.as_str()), (0, "request\ncompleted\nrejected\nprice-book\n"));
    for name in names.stdout.lines() {
        let ran = run(["schema", name]);
        let schema: serde_json::Value = serde_json::from_str(&ran.stdout).expect("a schema is JSON");
        jsonschema::meta::validate(&schema).expect("it is a JSON Schema");
        let committed = fs::read_to_string(fixture(&format!("schemas/{name}.json"))).expect("it is committed");
        assert_eq!(schema, serde_json::from_str::<serde_json::Value>(&committed).expect("JSON"), "{name}");
    }
    let unknown = run(["schema", "invoice"]);
    assert_eq!((unknown.exit, unknown.stdout.as_str()), (2, ""));
    assert!(unknown.stderr.contains("price-book"));
}

#[test]
fn the_topology_is_of_the_virtual_host() {
    let ran = super::Ran::of(super::program().arg("topology").env("PRICING_AMQP_URL", "amqp://u:hunter2@host/shop"));
    let definitions: serde_json::Value = serde_json::from_str(&ran.stdout).expect("definitions are JSON");
    let queues: Vec<_> = definitions["queues"].as_array().expect("queues").iter().map(|queue| &queue["name"]).collect();
    for name in
        ["pricing.jobs.interactive", "pricing.jobs.bulk", "pricing.results", "pricing.dead", "pricing.retry.10s"]
    {
        assert!(queues.iter().any(|queue| *queue == name), "{name}");
    }
    assert_eq!(definitions["queues"][0]["vhost"], "shop");
    assert!(!ran.stdout.contains("hunter2"));
}

#[test]
fn the_table_has_a_line_for_each_model_and_sums_up() {
    let paths = ["models/cube-10mm-binary.stl", "models/box-without-lid.stl", "rejected/no_volume--one-triangle.stl"];
    let flags = ["price", "--format", "table", "--material", "pa12-sls", "--quantity", "10"].map(Into::into);
    let ran = run(flags.into_iter().chain(paths.map(|path| fixture(path).into_os_string())));
    assert_eq!(ran.exit, 1);
    let line = |name: &str| {
        let line = ran.stdout.lines().find(|line| line.contains(name));
        line.unwrap_or_else(|| panic!("{name} in {}", ran.stdout))
            .split_whitespace()
            .skip(1)
            .collect::<Vec<_>>()
            .join(" ")
    };
    assert_eq!(line("cube-10mm-binary.stl"), "684 B 12 1.00 10.00 unit_assumed");
    assert_eq!(line("one-triangle.stl"), "134 B rejected: no_volume");
    assert!(ran.stdout.contains("review: open_mesh: "), "{}", ran.stdout);
    let sum = ran.stdout.lines().last().expect("a last line");
    assert!(sum.starts_with("3 models: 2 priced (1 to review), 1 rejected; "), "{sum}");
}

#[test]
fn the_table_fits_a_screen_however_many_prices_there_are() {
    let models = fixture("models");
    let choices: [&[&str]; 3] =
        [&[], &["--quantity", "1,10,1000"], &["--lead-time", "express", "--lead-time", "standard"]];
    for flags in choices {
        let arguments = ["price", "--format", "table"].iter().chain(flags).map(OsStr::new).chain([models.as_os_str()]);
        let ran = run(arguments);
        let widest = ran.stdout.lines().map(|line| line.chars().count()).max();
        assert!(widest <= Some(120), "{flags:?}: {widest:?}\n{}", ran.stdout);
        // Every material of the sample book, for every model.
        assert!(ran.stdout.matches("bronze-casting ").count() >= fs::read_dir(&models).expect("it is there").count());
    }
}

#[test]
fn names_cannot_move_the_cursor() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("\u{1b}[2J\u{202e}evil\n.stl"), cube()).expect("written");
    let missing = folder.path().join("\u{9b}31mmissing.stl");
    let arguments = ["price", "--format", "table"].map(OsStr::new);
    let ran = run(arguments.into_iter().chain([folder.path().as_os_str(), missing.as_os_str()]));
    let raw = |character: char| character.is_control() && character != '\n' || character == '\u{202e}';
    assert!(!ran.stdout.contains(raw) && !ran.stderr.contains(raw), "{ran:?}");
    assert!(ran.stdout.contains("\\u{1b}[2J\\u{202e}evil\\n.stl"), "{}", ran.stdout);
    assert!(ran.stdout.contains("2 models: 1 priced, 1 rejected"), "{}", ran.stdout);
}
