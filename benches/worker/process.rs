//! A program that is measured, as a process of its own: what it takes of the processors and of memory.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;
use test_support::eventually;
use test_support::http::get;
use test_support::port;
use test_support::worker::processor_time;

/// How often a process that starts is asked whether it is ready.
const PROBE_INTERVAL: Duration = Duration::from_millis(1);
const STARTS_WITHIN: Duration = Duration::from_mins(1);

/// A process; killed with its owner.
pub struct Process {
    child: Child,
    started: Instant,
    /// Where `/readyz` and `/metrics` are, if it has such.
    admin: SocketAddr,
    /// What it logs. A file takes it as fast as a pipe that is read, and nobody on this machine has to read it.
    log: NamedTempFile,
}

impl Process {
    /// Starts it. A worker is told where to answer probes.
    pub fn start(command: &mut Command) -> Self {
        let log = NamedTempFile::new().expect("a file");
        let admin = port::free();
        command
            .env("PRICING_ADMIN_ADDR", admin.to_string())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log.reopen().expect("the file"));
        let started = Instant::now();
        let child = command.spawn().unwrap_or_else(|error| panic!("{command:?}: {error}"));
        Self { child, started, admin, log }
    }

    /// Waits until it says that it is ready; gives how long that took from its start.
    pub async fn ready(&self) -> Duration {
        // Refused until it listens, and 503 until it has what it needs.
        while !matches!(get(self.admin, "/readyz"), Ok((200, _))) {
            assert!(self.started.elapsed() < STARTS_WITHIN, "it is not ready: {}", self.last_words());
            tokio::time::sleep(PROBE_INTERVAL).await;
        }
        self.started.elapsed()
    }

    /// The time that processors have spent on it so far, in user's and in kernel's mode.
    pub fn processor_time(&self) -> Duration {
        processor_time(&self.proc("stat"))
    }

    /// The memory that it holds now, in MiB.
    pub fn resident_mib(&self) -> f64 {
        let status = self.proc("status");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("it holds some");
        let kib: f64 = line.split_whitespace().next().and_then(|kib| kib.parse().ok()).expect("a number");
        kib / 1024.0
    }

    /// The jobs that it has ended so far, by its own metrics.
    pub fn jobs(&self) -> f64 {
        let (_, page) = get(self.admin, "/metrics").expect("a worker answers");
        let counts = page.lines().filter(|line| line.starts_with("pricing_jobs_total{"));
        counts.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// Tells it to end, and waits until it has.
    pub async fn stop(mut self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(told.expect("kill is there").success());
        eventually("the process ends", async || self.child.try_wait().expect("it is our child")).await;
    }

    /// The end of what it has logged.
    pub fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.log.path()).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    fn proc(&self, file: &str) -> String {
        std::fs::read_to_string(format!("/proc/{}/{file}", self.child.id()))
            .unwrap_or_else(|error| panic!("it has ended ({error}): {}", self.last_words()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The same of this process: the bench, and the store where it is in here.
pub fn own_processor_time() -> Duration {
    processor_time(&std::fs::read_to_string("/proc/self/stat").expect("Linux"))
}
