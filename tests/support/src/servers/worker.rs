//! The worker as a separate process: its log, its probes and its signals.

use std::collections::HashSet;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use serde_json::Value;

use super::eventually;
use super::http::get;
use super::process;

/// `pricing-worker run`; killed at the end of the test.
pub struct Worker {
    child: Child,
    logs: Arc<Mutex<Vec<Value>>>,
    reading: Option<JoinHandle<()>>,
}

impl Worker {
    /// Starts a prepared command, with its probes on a free port.
    pub fn start(mut command: Command) -> Self {
        command.arg("run").env("PRICING_ADMIN_ADDR", "127.0.0.1:0").stdout(Stdio::null()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program starts");
        let stderr = BufReader::new(child.stderr.take().expect("it is piped"));
        let logs = Arc::new(Mutex::new(Vec::new()));
        let reading = {
            let logs = Arc::clone(&logs);
            thread::spawn(move || {
                for line in stderr.lines().map_while(Result::ok) {
                    let log = serde_json::from_str(&line).unwrap_or(Value::String(line));
                    logs.lock().unwrap_or_else(PoisonError::into_inner).push(log);
                }
            })
        };
        Self { child, logs, reading: Some(reading) }
    }

    /// Starts the worker, and waits until it is ready.
    pub async fn ready(command: Command) -> Self {
        let worker = Self::start(command);
        worker.logged("taking requests", 1).await;
        worker
    }

    /// The number of jobs that it has held so far. It logs each again at every retry.
    pub fn held(&self) -> usize {
        let logs = self.logs();
        let held = logs.iter().filter(|log| log["message"] == "held").map(|log| log["request_id"].as_str());
        held.map(|request| request.expect("a job's line says which it is")).collect::<HashSet<_>>().len()
    }

    /// All lines of its log.
    pub fn logs(&self) -> Vec<Value> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until it has logged a message a number of times; returns the last line.
    pub async fn logged(&self, message: &str, times: usize) -> Value {
        let what = format!("the worker says {message:?} {times} times");
        eventually(&what, async || {
            let logs = self.logs();
            assert!(self.reading.as_ref().is_some_and(|reading| !reading.is_finished()), "it has ended: {logs:#?}");
            let mut found = logs.into_iter().filter(|log| log["message"] == message);
            found.nth(times - 1)
        })
        .await
    }

    /// The last lines of its log.
    pub fn last_logs(&self, count: usize) -> Vec<Value> {
        let logs = self.logs();
        logs[logs.len().saturating_sub(count)..].to_vec()
    }

    /// Its peak memory so far, in bytes.
    pub fn peak_memory_bytes(&self) -> u64 {
        self.status("VmHWM") << 10
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// The current number of its threads.
    pub fn threads(&self) -> u64 {
        self.status("Threads")
    }

    /// The processor time that it has used so far.
    pub fn processor_time(&self) -> Duration {
        process::processor_time(self.id()).expect("it runs, on Linux")
    }

    fn status(&self, name: &str) -> u64 {
        process::status(self.id(), name)
            .unwrap_or_else(|| panic!("no {name} in its status, so it has ended: {:#?}", self.last_logs(30)))
    }

    /// Kills the process, as the failure of a node would.
    pub fn kill(&mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it is our child");
    }

    /// Whether its probe reports it ready.
    pub async fn is_ready(&self) -> bool {
        self.probe("/readyz").await.0 == 200
    }

    /// Waits until its probe reports that it is, or is not, ready; returns the probe's text.
    pub async fn becomes_ready(&self, ready: bool) -> String {
        eventually(&format!("ready is {ready}"), async || {
            let (status, text) = self.probe("/readyz").await;
            ((status == 200) == ready).then_some(text)
        })
        .await
    }

    /// Calls one of its probes: status and text.
    pub async fn probe(&self, path: &str) -> (u16, String) {
        let starting = self.logged("starting", 1).await;
        let address: SocketAddr = starting["admin"].as_str().expect("an address").parse().expect("an address");
        get(address, path).expect("an answer")
    }

    /// The value of one of its metrics without labels.
    pub async fn gauge(&self, name: &str) -> f64 {
        let (_, text) = self.probe("/metrics").await;
        let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
        line.unwrap_or_else(|| panic!("no {name} in {text}")).parse().expect("a number")
    }

    /// Waits until the metric has this value.
    pub async fn gauge_becomes(&self, name: &str, value: f64) {
        let what = format!("{name} is {value}");
        eventually(&what, async || (self.gauge(name).await == value).then_some(())).await;
    }

    /// Sends a signal to the process: `TERM`, `STOP`.
    pub fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([&format!("-{signal}"), &self.child.id().to_string()]).status();
        assert!(sent.expect("kill is there").success());
    }

    /// Waits until the process has ended.
    pub async fn ended(&mut self) -> ExitStatus {
        let status = eventually("the worker ends", async || self.child.try_wait().expect("it is our child")).await;
        self.reading.take().map(JoinHandle::join);
        status
    }
}

impl Drop for Worker {
    fn drop(&mut self) {
        // It may have ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
