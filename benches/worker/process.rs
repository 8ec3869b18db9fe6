//! A measured program as a separate process, with its use of the processors and of memory.

use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::NamedTempFile;
use test_support::eventually;
use test_support::http::get;
use test_support::{port, process};

/// The interval between two readiness checks of a starting process.
const PROBE_INTERVAL: Duration = Duration::from_millis(1);
const STARTS_WITHIN: Duration = Duration::from_mins(1);

/// A process; dropping it kills it.
pub struct Process {
    child: Child,
    started: Instant,
    /// The address of `/readyz` and `/metrics`, if it has them.
    admin: SocketAddr,
    /// Its log. A file takes it as fast as a pipe with a reader, and needs no reader on this machine.
    log: NamedTempFile,
}

impl Process {
    /// Starts a process. A worker gets an address for its probes.
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

    /// Waits until the process is ready; returns the time since its start.
    pub async fn ready(&self) -> Duration {
        // The probe refuses connections until it listens, and answers 503 until the worker has its dependencies.
        while !matches!(get(self.admin, "/readyz"), Ok((200, _))) {
            assert!(self.started.elapsed() < STARTS_WITHIN, "it is not ready: {}", self.last_words());
            tokio::time::sleep(PROBE_INTERVAL).await;
        }
        self.started.elapsed()
    }

    /// The processor time that it has used so far, in user and in kernel mode.
    pub fn processor_time(&self) -> Duration {
        self.running(process::processor_time(self.child.id()))
    }

    /// The memory that it holds now, in MiB.
    pub fn resident_mib(&self) -> f64 {
        let kib = self.running(process::status(self.child.id(), "VmRSS"));
        kib as f64 / 1024.0
    }

    /// The jobs that it has ended so far, by its own metrics.
    pub fn jobs(&self) -> f64 {
        let (_, page) = get(self.admin, "/metrics").expect("a worker answers");
        let counts = page.lines().filter(|line| line.starts_with("pricing_jobs_total{"));
        counts.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
    }

    /// Tells the process to end, and waits until it has.
    pub async fn stop(mut self) {
        let told = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status();
        assert!(told.expect("kill is there").success());
        eventually("the process ends", async || self.child.try_wait().expect("it is our child")).await;
    }

    /// The last lines of its log.
    pub fn last_words(&self) -> String {
        let log = std::fs::read_to_string(self.log.path()).unwrap_or_default();
        let lines: Vec<_> = log.lines().collect();
        lines[lines.len().saturating_sub(20)..].join("\n")
    }

    /// A figure that only a running process has.
    fn running<T>(&self, figure: Option<T>) -> T {
        figure.unwrap_or_else(|| panic!("it has ended: {}", self.last_words()))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The same for this process: the bench, and the store if it runs in here.
pub fn own_processor_time() -> Duration {
    process::processor_time(std::process::id()).expect("it runs, on Linux")
}
