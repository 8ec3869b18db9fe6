//! Runs of `pricing-worker price` as a separate process, and their answers.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::Value;
use test_support::process;

/// The interval of reading its memory. The kernel keeps the peak itself, until the process ends.
const LOOK: Duration = Duration::from_millis(5);

/// The event about a model, with its time and memory.
pub struct Answer {
    pub seconds: f64,
    pub peak_bytes: u64,
    event: String,
}

/// Settings of the program, by the names of their variables; the others are the defaults.
pub type Settings = &'static [(&'static str, &'static str)];

/// Prices a file with some settings.
pub fn price(path: &Path, settings: Settings) -> Answer {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pricing-worker"));
    command.env_clear().envs(settings.iter().copied());
    command.args(["price", "--format", "json", "--job-timeout", "1h"]).arg(path).stdout(Stdio::piped());
    let started = Instant::now();
    let mut child = command.spawn().expect("the program starts");
    let mut peak_bytes = 0;
    // The event is far smaller than a pipe's buffer: the process does not wait for a reader.
    let status = loop {
        if let Some(status) = child.try_wait().expect("it is our child") {
            break status;
        }
        // None once it has ended.
        peak_bytes = peak_bytes.max(process::status(child.id(), "VmHWM").unwrap_or(0) << 10);
        std::thread::sleep(LOOK);
    };
    let seconds = started.elapsed().as_secs_f64();
    let mut event = String::new();
    child.stdout.take().expect("it is piped").read_to_string(&mut event).expect("its answer");
    assert!(status.success(), "{}: {event}", path.display());
    Answer::new(seconds, peak_bytes, event)
}

/// The time to read a file and drop it.
pub fn read_s(path: &Path) -> f64 {
    let (started, mut file, mut buffer) = (Instant::now(), File::open(path).expect("it is there"), vec![0; 1 << 20]);
    while file.read(&mut buffer).expect("it is read") > 0 {}
    started.elapsed().as_secs_f64()
}

impl Answer {
    pub fn new(seconds: f64, peak_bytes: u64, event: String) -> Self {
        assert!(event.contains("\"pricing.completed.v1\""), "it has a price: {event}");
        Self { seconds, peak_bytes, event }
    }

    /// The measures as written, whose digits determine every bit.
    pub fn measures(&self) -> [&str; 5] {
        let names = ["volume_mm3", "surface_area_mm2", "bounds_mm", "centroid_mm", "fingerprint"];
        names.map(|name| {
            let (_, rest) = self.event.split_once(&format!("\"{name}\":")).expect("it is measured");
            let end = if rest.starts_with(['{', '[']) { rest.find([']', '}']) } else { rest.find([',', '}']) };
            &rest[..end.expect("an end")]
        })
    }

    pub fn volume_mm3(&self) -> f64 {
        self.measures()[0].parse().expect("a number")
    }

    pub fn skipped_topology(&self) -> bool {
        self.event.contains("\"topology_skipped\"")
    }

    /// The message of the finding that topology was skipped.
    pub fn topology_finding(&self) -> String {
        let event: Value = serde_json::from_str(&self.event).expect("JSON");
        let mut findings = event["data"]["findings"].as_array().into_iter().flatten();
        let finding = findings.find(|finding| finding["code"] == "topology_skipped");
        finding.map_or("nothing: it was not skipped".into(), |finding| finding["message"].to_string())
    }
}
