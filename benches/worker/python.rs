//! What people run today: a worker in Python with pika, boto3 and trimesh, on the same queue.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What it imports, and what trimesh needs to count bodies.
const PACKAGES: [&str; 6] =
    ["pika==1.4.4", "boto3==1.44.8", "trimesh==5.2.0", "numpy==2.4.6", "scipy==1.17.1", "networkx==3.6.1"];

/// The worker.
pub fn script() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/worker/trimesh_worker.py")
}

/// The interpreter of a virtual environment of its own, below `$XDG_CACHE_HOME`: made where it is not there, or has other
/// packages.
pub fn interpreter() -> PathBuf {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| Some(PathBuf::from(std::env::var_os("HOME")?).join(".cache")));
    let home = cache.expect("XDG_CACHE_HOME or HOME").join("pricing-worker-bench");
    let (python, ready, packages) = (home.join("bin/python"), home.join("packages"), PACKAGES.join("\n"));
    // Written last: an environment that was begun and not finished is made again.
    if std::fs::read_to_string(&ready).is_ok_and(|found| found == packages) {
        return python;
    }
    println!("making {} for the Python worker", home.display());
    must(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home), "on Debian and Ubuntu: python3-venv");
    must(
        Command::new(&python).args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check"]).args(PACKAGES),
        "pip needs a package index; without one, leave this part out: --part names the others",
    );
    std::fs::write(ready, packages).expect("the environment is ours");
    python
}

fn must(command: &mut Command, help: &str) {
    let status = command.status().unwrap_or_else(|error| panic!("{command:?}: {error}; {help}"));
    assert!(status.success(), "{command:?}: {status}; {help}");
}
