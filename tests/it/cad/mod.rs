//! CAD files: by converters that the tests write, and by the real one.

mod converted;
mod converters;

use std::ffi::OsStr;
use std::path::Path;

use serde_json::Value;

use crate::cli::{Ran, program};

/// The events of `price` about files, by a converter or `off`, with further arguments.
fn price<P: AsRef<OsStr>>(converter: &Path, arguments: &[&str], files: impl IntoIterator<Item = P>) -> Vec<Value> {
    let mut command = program();
    command.args(["price", "--format", "json", "--material", "pa12-sls", "--cad"]).arg(converter).args(arguments);
    let ran = Ran::of(command.args(files));
    assert!(ran.exit < 2, "{}", ran.stderr);
    ran.stdout.lines().map(|line| serde_json::from_str(line).expect("each line is an event")).collect()
}

/// The code and the message of a rejection.
fn rejection(event: &Value) -> (&str, &str) {
    let reason = &event["data"]["reason"];
    let text = |name: &str| reason[name].as_str().unwrap_or_else(|| panic!("it is rejected: {event}"));
    (text("code"), text("message"))
}

/// The codes of the findings that ask for a review.
fn reviews(event: &Value) -> Vec<&str> {
    let findings = event["data"]["findings"].as_array().unwrap_or_else(|| panic!("it is priced: {event}"));
    let reviews = findings.iter().filter(|finding| finding["severity"] == "review");
    reviews.map(|finding| finding["code"].as_str().expect("a code")).collect()
}
