//! The RabbitMQ releases that the tests run: the command that starts each, and its data folders.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use super::Broker;

/// The folder of the Debian package's programs.
const PROGRAMS: &str = "/usr/lib/rabbitmq/bin";

/// The plugins of every node. The last lets a client certificate be the user, where a test turns that on.
const PLUGINS: &str = "[rabbitmq_management, rabbitmq_prometheus, rabbitmq_auth_mechanism_ssl].";

/// A release and its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Release {
    /// 3.10, Debian bookworm's package.
    Debian,
    /// 4.0, which `tests/rabbitmq-4` keeps in its own folder.
    Four,
}

impl Release {
    /// The release that `PRICING_TEST_BROKER` names, or Debian's.
    pub fn chosen() -> Self {
        match std::env::var("PRICING_TEST_BROKER").as_deref() {
            Err(_) | Ok("3.10") => {
                assert!(
                    Path::new(PROGRAMS).join("rabbitmq-server").exists(),
                    "RabbitMQ is not installed. Run tests/run, which installs it, or point PRICING_TEST_AMQP_URL at a broker"
                );
                Self::Debian
            }
            Ok("4.0") => Self::Four,
            Ok(other) => panic!("PRICING_TEST_BROKER={other}: the tests can start 3.10 and 4.0"),
        }
    }

    /// The program that serves in the foreground, until SIGTERM.
    pub fn server(self, amqp: u16, management: u16) -> (PathBuf, Vec<String>) {
        match self {
            Self::Debian => (Path::new(PROGRAMS).join("rabbitmq-server"), Vec::new()),
            // The guard adds the argument that makes the node restart with its data.
            Self::Four => (
                "/bin/sh".into(),
                vec!["-c".into(), format!("exec {} serve $1 {amqp} {management}", tool().display()), "sh".into()],
            ),
        }
    }

    /// `rabbitmqctl` for the node on a port.
    pub fn ctl(self, amqp: u16) -> Command {
        match self {
            Self::Debian => Command::new(Path::new(PROGRAMS).join("rabbitmqctl")),
            Self::Four => {
                let mut command = Command::new(tool());
                command.args(["ctl", &amqp.to_string()]);
                command
            }
        }
    }

    /// The longest start: the first start of 4.0 on a machine downloads it.
    pub fn startup(self) -> Duration {
        match self {
            Self::Debian => Duration::from_mins(2),
            Self::Four => Duration::from_mins(10),
        }
    }

    /// The environment of the server and its tools; writes the files that they read.
    pub fn environment(
        self,
        home: &Path,
        [amqp, management, metrics]: [u16; 3],
        [dist, epmd]: [u16; 2],
    ) -> Vec<(&'static str, String)> {
        let mut environment = vec![
            ("HOME", home.display().to_string()),
            ("ERL_EPMD_PORT", epmd.to_string()),
            ("ERL_EPMD_ADDRESS", "127.0.0.1".into()),
        ];
        match self {
            Self::Debian => {
                write_configuration(home, amqp, management, metrics);
                let below = |name: &str| home.join(name).display().to_string();
                environment.extend([
                    ("RABBITMQ_NODENAME", format!("test-{dist}@localhost")),
                    ("RABBITMQ_MNESIA_BASE", below("data")),
                    ("RABBITMQ_LOG_BASE", below("log")),
                    ("RABBITMQ_PID_FILE", below("pid")),
                    ("RABBITMQ_CONFIG_FILE", below("rabbitmq.conf")),
                    ("RABBITMQ_ENABLED_PLUGINS_FILE", below("enabled_plugins")),
                    ("RABBITMQ_CONF_ENV_FILE", below("rabbitmq-env.conf")),
                    ("RABBITMQ_ADVANCED_CONFIG_FILE", below("advanced.config")),
                    ("RABBITMQ_DIST_PORT", dist.to_string()),
                    ("AGAIN", String::new()),
                    ("DATA", below("data")),
                ]);
            }
            Self::Four => {
                let root = std::env::var("RABBITMQ_4_ROOT").unwrap_or_else(|_| "/var/lib/rabbitmq-4".into());
                environment.extend([("AGAIN", "--keep".into()), ("DATA", format!("{root}/srv/broker-{amqp}"))]);
            }
        }
        environment
    }

    /// Makes the settings of a new node that have no file.
    pub fn prepare(self, broker: &Broker, metrics: u16) {
        if self == Self::Four {
            broker.ctl(&["eval", "application:set_env(rabbit, collect_statistics_interval, 500)."]);
            broker.ctl(&["eval", &enable_plugins(metrics)]);
        }
    }
}

fn tool() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../rabbitmq-4")
}

/// Enables the plugins on a running node, with a port for the metrics.
fn enable_plugins(port: u16) -> String {
    format!(
        "application:set_env(rabbitmq_prometheus, tcp_config, [{{ip, \"127.0.0.1\"}}, {{port, {port}}}], [{{persistent, true}}]),
         {{ok, File}} = application:get_env(rabbit, enabled_plugins_file),
         ok = file:write_file(File, \"{PLUGINS}\"),
         {{ok, _, _}} = rabbit_plugins:ensure(File)."
    )
}

fn write_configuration(home: &Path, amqp: u16, management: u16, metrics: u16) {
    let configuration = format!(
        "listeners.tcp.1 = 127.0.0.1:{amqp}\n\
         management.tcp.ip = 127.0.0.1\n\
         management.tcp.port = {management}\n\
         prometheus.tcp.ip = 127.0.0.1\n\
         prometheus.tcp.port = {metrics}\n\
         # Fresh counts for tests that wait for them: how often they are made, and how often gathered.\n\
         collect_statistics_interval = 500\n\
         management.sample_retention_policies.global.minute = 1\n\
         management.sample_retention_policies.basic.minute = 1\n\
         management.sample_retention_policies.detailed.minute = 1\n\
         log.file.level = warning\n"
    );
    fs::write(home.join("rabbitmq.conf"), configuration).expect("the configuration");
    fs::write(home.join("enabled_plugins"), PLUGINS).expect("the plugins");
}
