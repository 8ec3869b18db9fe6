//! A private RabbitMQ node, from Debian's package, with ports and folders of its own.
//!
//! One for the test process: it takes seconds to start. A shell holds the other end of a pipe, and ends the node and its
//! port mapper, and removes its folder, as soon as the pipe closes: at the end of the process, however it ends.

use std::fs;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use serde_json::Value;

use super::http::Management;

const PROGRAMS: &str = "/usr/lib/rabbitmq/bin";
const STARTUP: Duration = Duration::from_mins(2);

const GUARD: &str = r#"
epmd -port "$ERL_EPMD_PORT" -address 127.0.0.1 >/dev/null 2>&1 & epmd=$!
setsid "$0/rabbitmq-server" >"$HOME/out" 2>&1 </dev/null & server=$!
read -r _
kill -KILL "-$server"; kill -KILL "$epmd"
wait
rm -rf "$HOME"
"#;

/// A broker, and how it is managed.
#[derive(Debug, Clone)]
pub struct Broker {
    /// `amqp://user:password@host:port`, with no virtual host.
    pub amqp: String,
    /// Its management API.
    pub management: Management,
    /// A node of our own: how to run its tools.
    environment: Option<Vec<(&'static str, String)>>,
}

impl Broker {
    /// Imports a definitions file: with `rabbitmqctl` on a node of our own, over the management API elsewhere.
    pub fn import(&self, definitions: &Value) {
        let Some(environment) = &self.environment else {
            self.management.must("POST", "definitions", Some(definitions));
            return;
        };
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), definitions.to_string()).expect("the definitions");
        let mut command = Command::new(Path::new(PROGRAMS).join("rabbitmqctl"));
        let output = command.arg("import_definitions").arg(file.path()).envs(environment.clone()).output();
        let output = output.expect("rabbitmqctl");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

struct Node {
    broker: Broker,
    /// What keeps it alive.
    _guard: (Child, ChildStdin),
}

/// The broker that the tests use.
pub fn broker() -> Broker {
    static NODE: OnceLock<Node> = OnceLock::new();
    match std::env::var("PRICING_TEST_AMQP_URL") {
        Ok(url) => named(&url),
        Err(_) => NODE.get_or_init(start).broker.clone(),
    }
}

fn named(url: &str) -> Broker {
    let management = std::env::var("PRICING_TEST_MANAGEMENT_URL").unwrap_or_else(|_| {
        panic!("PRICING_TEST_AMQP_URL needs PRICING_TEST_MANAGEMENT_URL: each test makes a virtual host of its own")
    });
    let authority_from = url.find("://").map_or(0, |at| at + 3);
    let end = url[authority_from..].find('/').map_or(url.len(), |at| authority_from + at);
    Broker { amqp: url[..end].into(), management: Management::parse(&management), environment: None }
}

fn start() -> Node {
    assert!(
        Path::new(PROGRAMS).join("rabbitmq-server").exists(),
        "RabbitMQ is not installed. Run tests/run, which installs it, or point PRICING_TEST_AMQP_URL at a broker"
    );
    let home = tempfile::Builder::new().prefix("pricing-rabbitmq-").tempdir().expect("a folder").keep();
    let [amqp, management] = [free_port(), free_port()];
    write_configuration(&home, amqp, management);
    let environment = environment(&home, free_port(), free_port());
    let mut guard = Command::new("/bin/sh")
        .args(["-c", GUARD, PROGRAMS])
        .envs(environment.clone())
        // Away from the terminal's signals: it must outlive this process by as long as it takes to clean up.
        .process_group(0)
        .stdin(Stdio::piped())
        // Nor does it hold on to this process's output, which others may be waiting to end.
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("/bin/sh");
    let pipe = guard.stdin.take().expect("a pipe");
    let broker = Broker {
        amqp: format!("amqp://guest:guest@127.0.0.1:{amqp}"),
        management: Management { address: format!("127.0.0.1:{management}"), credentials: "guest:guest".into() },
        environment: Some(environment.clone()),
    };
    await_startup(&broker, &mut guard, &home);
    Node { broker, _guard: (guard, pipe) }
}

fn write_configuration(home: &Path, amqp: u16, management: u16) {
    let configuration = format!(
        "listeners.tcp.1 = 127.0.0.1:{amqp}\n\
         management.tcp.ip = 127.0.0.1\n\
         management.tcp.port = {management}\n\
         # Fresh counts for tests that wait for them.\n\
         collect_statistics_interval = 500\n\
         log.file.level = warning\n"
    );
    fs::write(home.join("rabbitmq.conf"), configuration).expect("the configuration");
    fs::write(home.join("enabled_plugins"), "[rabbitmq_management].").expect("the plugins");
}

fn environment(home: &Path, dist: u16, epmd: u16) -> Vec<(&'static str, String)> {
    let below = |name: &str| home.join(name).display().to_string();
    vec![
        ("HOME", home.display().to_string()),
        ("RABBITMQ_NODENAME", format!("test-{dist}@localhost")),
        ("RABBITMQ_MNESIA_BASE", below("data")),
        ("RABBITMQ_LOG_BASE", below("log")),
        ("RABBITMQ_PID_FILE", below("pid")),
        ("RABBITMQ_CONFIG_FILE", below("rabbitmq.conf")),
        ("RABBITMQ_ENABLED_PLUGINS_FILE", below("enabled_plugins")),
        ("RABBITMQ_CONF_ENV_FILE", below("rabbitmq-env.conf")),
        ("RABBITMQ_ADVANCED_CONFIG_FILE", below("advanced.config")),
        ("RABBITMQ_DIST_PORT", dist.to_string()),
        ("ERL_EPMD_PORT", epmd.to_string()),
        ("ERL_EPMD_ADDRESS", "127.0.0.1".into()),
    ]
}

fn await_startup(broker: &Broker, guard: &mut Child, home: &Path) {
    let started = Instant::now();
    loop {
        // The management API is the last to come up.
        if matches!(broker.management.call("GET", "overview", None), Ok((200, _))) {
            return;
        }
        let ended = guard.try_wait().expect("the guard is our child").is_some();
        if ended || started.elapsed() > STARTUP {
            let output = fs::read_to_string(home.join("out")).unwrap_or_default();
            panic!("RabbitMQ did not start within {STARTUP:?}:\n{output}");
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A port that nobody uses now.
fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    listener.local_addr().expect("its address").port()
}
