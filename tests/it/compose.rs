//! Tests of compose.yaml without a container engine: against the worker, the files that it mounts, and the programs
//! that read those files, if they are installed.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::cli::{Ran, program};
use crate::project::{read, root};

/// The keys that a service may have: some engines ignore a misspelt key.
const KEYS: [&str; 16] = [
    "build",
    "cap_drop",
    "command",
    "depends_on",
    "entrypoint",
    "environment",
    "healthcheck",
    "hostname",
    "image",
    "ports",
    "profiles",
    "read_only",
    "restart",
    "security_opt",
    "stop_grace_period",
    "volumes",
];
/// The worker's variables that belong to the AWS SDK and to OpenTelemetry.
const OF_OTHERS: [&str; 5] =
    ["AWS_ACCESS_KEY_ID", "AWS_ENDPOINT_URL", "AWS_REGION", "AWS_SECRET_ACCESS_KEY", "OTEL_EXPORTER_OTLP_ENDPOINT"];

fn yaml(path: &str) -> Value {
    serde_saphyr::from_str(&read(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn services() -> BTreeMap<String, Value> {
    let file = yaml("compose.yaml");
    file["services"]
        .as_object()
        .expect("services")
        .iter()
        .map(|(name, service)| (name.clone(), service.clone()))
        .collect()
}

fn list(value: &Value) -> Vec<&str> {
    value.as_array().into_iter().flatten().map(|item| item.as_str().expect("text")).collect()
}

fn environment(service: &Value) -> BTreeMap<&str, &str> {
    let variables = service["environment"].as_object().into_iter().flatten();
    variables.map(|(name, value)| (name.as_str(), value.as_str().expect("values stand in quotes"))).collect()
}

/// The files of this repository that a service mounts: the path here, and the path in the container.
fn mounts(service: &Value) -> Vec<(PathBuf, PathBuf)> {
    let of_repository = list(&service["volumes"]).into_iter().filter_map(|volume| volume.strip_prefix("./"));
    of_repository
        .map(|volume| match volume.split(':').collect::<Vec<_>>()[..] {
            [here, there, "ro"] => (here.into(), there.into()),
            _ => panic!("{volume}: what is mounted of the repository is read-only"),
        })
        .collect()
}

/// The published ports of a service: the address and port here, and the port in the container.
fn ports(service: &Value) -> Vec<(&str, u16, u16)> {
    let port = |text: &str| text.parse().unwrap_or_else(|_| panic!("{text}: a port"));
    let ports = list(&service["ports"]);
    ports
        .into_iter()
        .map(|line| match line.split(':').collect::<Vec<_>>()[..] {
            [address, here, there] => (address, port(here), port(there)),
            _ => panic!("{line}: ADDRESS:PORT:PORT"),
        })
        .collect()
}

#[test]
fn every_key_of_a_service_is_known() {
    for (name, service) in services() {
        for key in service.as_object().expect("a table").keys() {
            assert!(KEYS.contains(&key.as_str()), "{name}: {key} is none of {KEYS:?}");
        }
    }
}

#[test]
fn every_image_has_a_name_and_a_version() {
    let own = format!("pricing-worker:{}", env!("CARGO_PKG_VERSION"));
    for (name, service) in services() {
        let image = service["image"].as_str().expect("an image");
        if image == own {
            assert_eq!(service["build"], ".", "{name}: it is built here");
            continue;
        }
        let (repository, tag) = image.rsplit_once(':').expect("a tag");
        assert!(repository.starts_with("docker.io/"), "{name}: {repository}: the registry is named");
        let version = tag.trim_start_matches('v').split('-').next().expect("a first part");
        let numbers: Vec<_> = version.split('.').map(str::parse::<u32>).collect();
        assert!(numbers.len() == 3 && numbers.iter().all(Result::is_ok), "{name}: {tag} is no version");
    }
}

/// The option names in a command's help, without those that the text only mentions.
fn settings(command: &str) -> BTreeSet<String> {
    let help = Ran::of(program().args([command, "--help"])).stdout;
    let words = help.split(|letter: char| !(letter.is_ascii_uppercase() || letter.is_ascii_digit() || letter == '_'));
    words.filter(|word| word.starts_with("PRICING_") || *word == "RUST_LOG").map(str::to_owned).collect()
}

#[test]
fn every_variable_of_the_worker_is_one_that_it_knows() {
    for (name, command) in [("worker", "run"), ("submit", "submit")] {
        let known = settings(command);
        for variable in environment(&services()[name]).keys() {
            assert!(
                known.contains(*variable) || OF_OTHERS.contains(variable),
                "{name}: {command} does not read {variable}"
            );
        }
    }
}

/// A service's configuration as the worker checks it, with the mounted files replaced by those of the repository.
#[test]
fn the_worker_takes_its_configuration() {
    let services = services();
    let worker = &services["worker"];
    let mut check = program();
    check.arg("check");
    for (name, value) in environment(worker) {
        let mounted = mounts(worker).into_iter().find(|(_, there)| Path::new(value) == there);
        check.env(name, mounted.map_or_else(|| value.into(), |(here, _)| root().join(here)));
    }
    let ran = Ran::of(&mut check);
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    for line in
        ["amqp://rabbitmq:5672/%2f (declare)", "S3, path-style", "exported to http://jaeger:4318", "sample 2026"]
    {
        assert!(ran.stdout.contains(line), "{line} is not in\n{}", ran.stdout);
    }
}

#[test]
fn every_file_that_is_mounted_exists() {
    let file = yaml("compose.yaml");
    let declared: BTreeSet<_> = file["volumes"].as_object().expect("volumes").keys().map(String::as_str).collect();
    let mut used = BTreeSet::new();
    for (name, service) in &services() {
        for (here, there) in mounts(service) {
            assert!(root().join(&here).exists(), "{name}: {} is not there", here.display());
            assert!(there.is_absolute(), "{name}: {}", there.display());
        }
        for volume in list(&service["volumes"]).into_iter().filter(|volume| !volume.starts_with("./")) {
            let (volume, _) = volume.split_once(':').expect("NAME:PATH");
            used.insert(declared.get(volume).unwrap_or_else(|| panic!("{name}: no volume {volume}")).to_owned());
        }
    }
    assert_eq!(used, declared, "volumes that no service uses");
}

#[test]
fn ports_are_open_on_this_machine_alone_and_once() {
    let mut taken = BTreeMap::new();
    for (name, service) in &services() {
        for (address, port, _) in ports(service) {
            assert_eq!(address, "127.0.0.1", "{name}: {port}");
            let other = taken.insert(port, name.clone());
            assert!(other.is_none(), "{name} and {} both open {port}", other.unwrap_or_default());
        }
    }
}

/// compose.yaml publishes the ports that docs/operations.md names.
#[test]
fn the_documents_name_ports_that_are_open() {
    let document = read("docs/operations.md");
    let (_, part) = document.split_once("## Everything on one machine").expect("there is such a part");
    let (part, _) = part.split_once("\n## ").expect("and a part after it");
    let open: BTreeSet<u16> =
        services().values().flat_map(|service| ports(service).into_iter().map(|port| port.1)).collect();
    let named = part.split("127.0.0.1:").skip(1);
    let named: BTreeSet<u16> = named
        .map(|rest| {
            rest.split(|letter: char| !letter.is_ascii_digit()).next().expect("a part").parse().expect("a port")
        })
        .collect();
    assert_eq!(named, open);
    let dashboard: Value = serde_json::from_str(&read("helm/dashboards/pricing-worker.json")).expect("JSON");
    let page = format!("http://127.0.0.1:3000/d/{}>", dashboard["uid"].as_str().expect("an id"));
    assert!(part.contains(&page), "{page} is not in docs/operations.md");
}

#[test]
fn every_service_has_a_health_check_or_says_why_not() {
    let source = read("compose.yaml");
    let services = services();
    for (name, service) in &services {
        let (before, _) = source.split_once(&format!("\n  {name}:\n")).expect("the service");
        let says_why = before.lines().next_back().is_some_and(|line| line.starts_with("  # No health check: "));
        let has_check = service["healthcheck"]["test"].is_array();
        assert!(has_check != says_why, "{name}: a health check, or a comment `# No health check: …`");
        for (other, how) in service["depends_on"].as_object().into_iter().flatten() {
            assert_eq!(how["condition"], "service_healthy", "{name} waits for {other}");
            assert!(
                services[other]["healthcheck"]["test"].is_array(),
                "{name}: {other} has no health check to wait for"
            );
        }
    }
}

#[test]
fn the_store_makes_the_key_and_the_bucket_that_are_used() {
    let services = services();
    let store = environment(&services["garage"]);
    for name in ["worker", "submit"] {
        let client = environment(&services[name]);
        assert_eq!(client["AWS_ACCESS_KEY_ID"], store["GARAGE_DEFAULT_ACCESS_KEY"], "{name}");
        assert_eq!(client["AWS_SECRET_ACCESS_KEY"], store["GARAGE_DEFAULT_SECRET_KEY"], "{name}");
        let config = read("docs/compose/garage.toml");
        assert!(config.contains(&format!("s3_region = \"{}\"", client["AWS_REGION"])), "{name}: the region");
    }
    let help = Ran::of(program().args(["submit", "--help"])).stdout;
    let default = format!("[default: {}]", store["GARAGE_DEFAULT_BUCKET"]);
    assert!(help.contains(&default), "`submit` puts models into another bucket than {default}");
    assert!(list(&services["garage"]["healthcheck"]["test"]).contains(&store["GARAGE_DEFAULT_BUCKET"]));
}

/// promtool checks the configuration and the rules at their paths in the container.
#[test]
fn prometheus_takes_its_configuration() {
    let folder = tempfile::tempdir().expect("a folder");
    for (here, there) in mounts(&services()["prometheus"]) {
        let to = folder.path().join(there.strip_prefix("/etc/prometheus").expect("Prometheus reads it there"));
        fs::create_dir_all(to.parent().expect("a folder")).expect("made");
        fs::copy(root().join(here), to).expect("copied");
    }
    let mut promtool = Command::new("promtool");
    let checked = promtool.args(["check", "config"]).arg(folder.path().join("prometheus.yml")).output();
    let checked = checked.expect("promtool is not installed: tests/run installs it, or apt-get install prometheus");
    let said = [checked.stdout, checked.stderr].map(|said| String::from_utf8_lossy(&said).into_owned()).concat();
    assert!(checked.status.success() && said.contains("rules found"), "{said}");
}

/// Each scrape target is a service on a port that it listens on, and RabbitMQ has the plugin that serves metrics.
#[test]
fn prometheus_scrapes_what_is_there() {
    let config = yaml("docs/compose/prometheus.yaml");
    let jobs = config["scrape_configs"].as_array().expect("jobs");
    let found = &jobs[0]["dns_sd_configs"][0];
    let services = services();
    assert_eq!(list(&found["names"]), ["worker"]);
    assert!(ports(&services["worker"]).iter().any(|port| found["port"] == port.2), "the worker listens elsewhere");
    assert_eq!(list(&jobs[1]["static_configs"][0]["targets"]), ["rabbitmq:15692"]);
    let plugins = read("docs/compose/rabbitmq-plugins");
    assert_eq!(plugins.trim(), "[rabbitmq_management,rabbitmq_prometheus].");
    assert_eq!(config["global"]["scrape_interval"], "15s", "the alerts are written for it");
}

#[test]
fn grafana_is_given_files_and_sources_that_are_there() {
    let services = services();
    let mounts = mounts(&services["grafana"]);
    let sources = yaml("docs/compose/grafana/datasources.yaml");
    for source in sources["datasources"].as_array().expect("sources") {
        let url = source["url"].as_str().and_then(|url| url.strip_prefix("http://")).expect("a URL");
        let (service, port) = url.split_once(':').expect("a port");
        let open = ports(&services[service]).iter().any(|open| open.2.to_string() == port);
        assert!(open, "{url}: {service} listens elsewhere");
    }
    let provider = yaml("docs/compose/grafana/dashboards.yaml");
    let folder = Path::new(provider["providers"][0]["options"]["path"].as_str().expect("a path")).to_owned();
    let (here, _) = mounts.iter().find(|(_, there)| *there == folder).expect("the folder of dashboards is mounted");
    assert!(root().join(here).join("pricing-worker.json").exists());
    for kind in ["datasources", "dashboards"] {
        let provisioned = format!("/etc/grafana/provisioning/{kind}/pricing-worker.yaml");
        assert!(mounts.iter().any(|(_, there)| there == Path::new(&provisioned)), "{provisioned} is not mounted");
    }
}
