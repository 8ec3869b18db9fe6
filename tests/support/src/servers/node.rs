//! RabbitMQ nodes that the tests start, stop, kill and restart.
//!
//! A shell process guards each node. It starts and ends the node on orders from a pipe. The pipe closes when this
//! process ends in any way; then the guard ends the node and its port mapper, and removes its folder.

mod release;

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::OnceLock;
use std::time::Instant;

use serde_json::Value;
use tokio::sync::{Mutex, MutexGuard};

use self::release::Release;
use super::http::Management;
use super::port;

/// The guard: it reads one order per line, and answers each with the server's process id when it is done.
const GUARD: &str = r#"
epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 >/dev/null 2>&1 & epmd=$!
again=
while read -r order; do
    case $order in
        start) setsid "$0" "$@" $again >>"$HOME/out" 2>&1 </dev/null & server=$!; again=$AGAIN ;;
        stop) kill -TERM "$server"; wait "$server" ;;
        kill) kill -KILL "-$server"; wait "$server" ;;
    esac 2>/dev/null
    echo "$order $server"
done
kill -KILL "-$server"; kill -KILL "$epmd"
wait
rm -rf "$HOME" "$DATA"
"#;

/// A broker and its management API.
#[derive(Debug, Clone)]
pub struct Broker {
    /// `amqp://user:password@host:port`, with no virtual host.
    pub amqp: String,
    /// Its management API.
    pub management: Management,
    /// The tools of the node, if it is our own.
    tools: Option<Tools>,
}

/// The data needed to run a node's tools.
#[derive(Debug, Clone)]
struct Tools {
    release: Release,
    /// Its AMQP port.
    port: u16,
    /// The address of its plugin `rabbitmq_prometheus`.
    metrics: SocketAddr,
    environment: Vec<(&'static str, String)>,
}

impl Broker {
    /// Imports a definitions file: with `rabbitmqctl` on our own node, over the management API elsewhere.
    pub fn import(&self, definitions: &Value) {
        let reads_our_files = self.tools.as_ref().is_some_and(|tools| tools.release == Release::Debian);
        if !reads_our_files {
            self.management.must("POST", "definitions", Some(definitions));
            return;
        }
        let file = tempfile::NamedTempFile::new().expect("a file");
        std::fs::write(file.path(), definitions.to_string()).expect("the definitions");
        self.ctl(&["import_definitions", file.path().to_str().expect("UTF-8")]);
    }

    /// Runs `rabbitmqctl` on our own node.
    pub fn ctl(&self, arguments: &[&str]) -> String {
        let tools = self.tools.as_ref().expect("only a node of our own is at our command");
        let mut command = tools.release.ctl(tools.port);
        let output = command.args(arguments).envs(tools.environment.clone()).output().expect("rabbitmqctl");
        assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Makes our own node take deliveries back that are not acknowledged within a time, and look for them so often.
    pub fn acknowledge_within(&self, timeout_ms: u32, looked_at_every_ms: u32) {
        let set = |name: &str, value: u32| format!("application:set_env(rabbit, {name}, {value}).");
        self.ctl(&["eval", &set("consumer_timeout", timeout_ms)]);
        self.ctl(&["eval", &set("channel_tick_interval", looked_at_every_ms)]);
    }

    /// A page of its metrics, on our own node.
    pub fn metrics(&self, path: &str) -> String {
        let tools = self.tools.as_ref().expect("only a node of our own is scraped");
        let (status, page) = super::http::get(tools.metrics, path).expect("rabbitmq_prometheus answers");
        assert_eq!(status, 200, "{path}: {page}");
        page
    }

    /// The address that it listens on.
    pub fn address(&self) -> SocketAddr {
        let authority = self.amqp.rsplit('@').next().expect("a part");
        let resolved = std::net::ToSocketAddrs::to_socket_addrs(authority);
        resolved.ok().and_then(|mut found| found.next()).unwrap_or_else(|| panic!("{authority} is no host and port"))
    }
}

/// A node that the tests started.
pub struct Node {
    /// The broker's addresses.
    pub broker: Broker,
    release: Release,
    home: std::path::PathBuf,
    guard: Child,
    orders: ChildStdin,
    done: BufReader<ChildStdout>,
}

/// The broker that most tests share, each in a virtual host of its own.
pub fn broker() -> Broker {
    match std::env::var("PRICING_TEST_AMQP_URL") {
        Ok(url) => named(&url),
        Err(_) => own(),
    }
}

/// The shared broker, but always our own node: for tests that scrape it.
pub fn own() -> Broker {
    static NODE: OnceLock<Node> = OnceLock::new();
    let start = || {
        let node = Node::start();
        // Quorum queues have a separate interval for their counts. A node that gets killed keeps the default: with this
        // one, its queues do not come back.
        node.broker.ctl(&["eval", "application:set_env(rabbit, quorum_tick_interval, 500)."]);
        node
    };
    NODE.get_or_init(start).broker.clone()
}

/// A node that one test at a time stops, kills and starves.
pub async fn private() -> MutexGuard<'static, Node> {
    static NODE: OnceLock<Mutex<Node>> = OnceLock::new();
    NODE.get_or_init(|| Mutex::new(Node::start())).lock().await
}

fn named(url: &str) -> Broker {
    let management = std::env::var("PRICING_TEST_MANAGEMENT_URL").unwrap_or_else(|_| {
        panic!("PRICING_TEST_AMQP_URL needs PRICING_TEST_MANAGEMENT_URL: each test makes a virtual host of its own")
    });
    let authority_from = url.find("://").map_or(0, |at| at + 3);
    let end = url[authority_from..].find('/').map_or(url.len(), |at| authority_from + at);
    Broker { amqp: url[..end].into(), management: Management::parse(&management), tools: None }
}

impl Node {
    fn start() -> Self {
        let release = Release::chosen();
        let home = tempfile::Builder::new().prefix("pricing-rabbitmq-").tempdir().expect("a folder").keep();
        let [amqp, management, metrics, dist, epmd] = [(); 5].map(|()| port::free().port());
        let environment = release.environment(&home, [amqp, management, metrics], [dist, epmd]);
        let (program, arguments) = release.server(amqp, management);
        let mut guard = Command::new("/bin/sh")
            .args(["-c", GUARD])
            .arg(program)
            .args(arguments)
            .envs(environment.clone())
            // Its own process group shields it from the terminal's signals: it must outlive this process to clean up.
            .process_group(0)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("/bin/sh");
        let orders = guard.stdin.take().expect("it is piped");
        let done = BufReader::new(guard.stdout.take().expect("it is piped"));
        let broker = Broker {
            amqp: format!("amqp://guest:guest@127.0.0.1:{amqp}"),
            management: Management { address: format!("127.0.0.1:{management}"), credentials: "guest:guest".into() },
            tools: Some(Tools { release, port: amqp, metrics: ([127, 0, 0, 1], metrics).into(), environment }),
        };
        let mut node = Self { broker, release, home, guard, orders, done };
        node.start_again();
        release.prepare(&node.broker, metrics);
        node
    }

    /// Starts the stopped or killed node again; returns when it serves.
    pub fn start_again(&mut self) {
        let server = self.order("start");
        let started = Instant::now();
        // The management API is the last to come up.
        while !matches!(self.broker.management.call("GET", "overview", None), Ok((200, _))) {
            if has_ended(&server) || started.elapsed() > self.release.startup() {
                let output = std::fs::read_to_string(self.home.join("out")).unwrap_or_default();
                panic!("RabbitMQ did not start, within {:?}:\n{output}", started.elapsed());
            }
            std::thread::sleep(std::time::Duration::from_millis(50));
        }
    }

    /// Stops the node in order.
    pub fn stop(&mut self) {
        self.order("stop");
    }

    /// Kills the node, as a power cut would.
    pub fn kill(&mut self) {
        self.order("kill");
    }

    /// Sends an order to the guard; returns the id of the server's process.
    fn order(&mut self, word: &str) -> String {
        writeln!(self.orders, "{word}").expect("the guard listens");
        let mut done = String::new();
        self.done.read_line(&mut done).expect("the guard answers");
        let server = done.strip_prefix(word).map(str::trim);
        server.unwrap_or_else(|| panic!("the guard says {done:?}, {:?}", self.guard.try_wait())).to_owned()
    }
}

/// Whether a process has ended, including one that its parent, the guard, has not reaped.
fn has_ended(process: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat"));
    stat.map_or(true, |stat| stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('Z')))
}
