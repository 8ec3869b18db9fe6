//! Tests of the configuration as a user sees it: all errors are reported at once, and none shows a secret.

use std::collections::BTreeSet;
use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;

use pricing_worker::config::kind::Bounds;
use pricing_worker::config::{AnySetting, GROUPS};

use super::{Ran, fixture, program};
use crate::support::tls::Authority;

const SECRET: &str = "hunter2";

/// Settings for which every text, or every existing file, is valid.
const TAKE_ANYTHING: [&str; 8] = [
    "AWS_ENDPOINT_URL",
    "AWS_ENDPOINT_URL_S3",
    "NO_COLOR",
    "NO_PROXY",
    "OTEL_SDK_DISABLED",
    "RAYON_NUM_THREADS",
    "SSL_CERT_DIR",
    "no_proxy",
];

/// Every row of the table of settings.
fn rows() -> impl Iterator<Item = &'static dyn AnySetting> {
    GROUPS.iter().flat_map(|group| group.settings.iter().copied())
}

/// Runs `check` in an environment.
fn check<'a>(variables: impl IntoIterator<Item = (&'a str, &'a str)>) -> Ran {
    Ran::of(program().arg("check").envs(variables))
}

/// The settings that `check` does not print: the log format, details of trace export, and exceptions where no proxy is.
const NOT_SHOWN: [&str; 10] = [
    "PRICING_LOG",
    "RUST_LOG",
    "NO_COLOR",
    "RAYON_NUM_THREADS",
    "OTEL_EXPORTER_OTLP_PROTOCOL",
    "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL",
    "OTEL_EXPORTER_OTLP_TIMEOUT",
    "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT",
    "NO_PROXY",
    "no_proxy",
];

#[test]
fn the_defaults_are_right() {
    let ran = check([]);
    assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""));
    for shown in
        ["amqp://127.0.0.1:5672/%2f", "512.0 MiB", "8.0 GiB", "5m", "30s", "0.0.0.0:9090", "sample", "pa12-sls"]
    {
        assert!(ran.stdout.contains(shown), "{shown} in {}", ran.stdout);
    }
}

#[test]
fn a_wrong_setting_is_named_with_what_was_expected() {
    let table = [
        ("PRICING_CONCURRENCY", "many", "whole number from 1"),
        ("PRICING_CONCURRENCY", "0", "whole number from 1"),
        ("PRICING_CONCURRENCY", "1.5", "whole number from 1"),
        ("PRICING_CONCURRENCY", "99999999999999999999", "whole number from 1"),
        ("PRICING_THREADS", "0", "whole number from 1 to 1024"),
        ("PRICING_THREADS", "1025", "whole number from 1 to 1024"),
        ("PRICING_THREADS", "all", "whole number from 1 to 1024"),
        ("PRICING_TOPOLOGY_TRIANGLES", "some", "whole number from 1 to 350000000"),
        ("PRICING_TOPOLOGY_TRIANGLES", "0", "whole number from 1 to 350000000"),
        ("PRICING_TOPOLOGY_TRIANGLES", "350000001", "whole number from 1 to 350000000"),
        ("PRICING_TOPOLOGY_TRIANGLES", "2e6", "whole number from 1 to 350000000"),
        ("PRICING_MEMORY_BUDGET", "lots", "like 512MiB"),
        ("PRICING_MEMORY_BUDGET", "10", "at least 1.0 MiB"),
        ("PRICING_MEMORY_BUDGET", "-1GiB", "like 512MiB"),
        ("PRICING_MAX_OBJECT_SIZE", "0", "like 8GiB"),
        ("PRICING_CAD", "/no/such/pricing-cad", "/no/such/pricing-cad"),
        ("PRICING_CAD", "/dev", "it is no file"),
        ("PRICING_CAD_MEMORY", "255MiB", "at least 256.0 MiB"),
        ("PRICING_CAD_TIMEOUT", "0s", "like 1m"),
        ("PRICING_JOB_TIMEOUT", "5", "like 5m"),
        ("PRICING_JOB_TIMEOUT", "0s", "like 5m"),
        ("PRICING_JOB_TIMEOUT", "1000years", "like 5m"),
        ("PRICING_DRAIN_TIMEOUT", "soon", "like 30s"),
        ("PRICING_TOPOLOGY", "ignore", "declare or verify"),
        ("PRICING_ADMIN_ADDR", "9090", "like 0.0.0.0:9090"),
        ("PRICING_ADMIN_ADDR", "localhost:http", "like 0.0.0.0:9090"),
        ("PRICING_LOG", "xml", "json or text"),
        ("PRICING_S3_PATH_STYLE", "perhaps", "true or false"),
        ("RUST_LOG", "pricing_worker=loud", "levels"),
        ("PRICING_PRICE_BOOK", "/no/such/book.toml", "/no/such/book.toml"),
        ("PRICING_AMQP_URL", "rabbit", "amqp://user:password@host:5672/vhost"),
        ("PRICING_AMQP_URL_FILE", "/no/such/secret", "/no/such/secret"),
        ("PRICING_AMQP_URL_FILE", "/dev/zero", "larger than 64.0 KiB"),
        ("PRICING_AMQP_CA", "/no/such/ca.pem", "/no/such/ca.pem"),
        ("PRICING_AMQP_CA", "/dev/zero", "larger than 1.0 MiB"),
        ("PRICING_AMQP_CERT", "/no/such/client.pem", "PRICING_AMQP_KEY is not"),
        ("PRICING_AMQP_KEY", "/no/such/key.pem", "PRICING_AMQP_CERT is not"),
        ("AWS_CA_BUNDLE", "/no/such/ca.pem", "/no/such/ca.pem"),
        ("AWS_CA_BUNDLE", "/dev/zero", "larger than 1.0 MiB"),
        ("SSL_CERT_FILE", "/no/such/ca.pem", "/no/such/ca.pem"),
        ("SSL_CERT_FILE", "/dev/null", "holds no certificate"),
        ("HTTPS_PROXY", "socks5://proxy:1080", "like http://proxy:3128"),
        ("https_proxy", "http://proxy:port", "like http://proxy:3128"),
        ("HTTP_PROXY", "http://", "like http://proxy:3128"),
        ("http_proxy", "no proxy", "like http://proxy:3128"),
        ("ALL_PROXY", "socks5h://proxy:1080", "SOCKS is not spoken"),
        ("all_proxy", "ftp://proxy", "like http://proxy:3128"),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318", "like http://collector:4318"),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "collector:4318", "like http://collector:4318"),
        ("OTEL_EXPORTER_OTLP_PROTOCOL", "grpc", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "grpc", "http/protobuf"),
        ("OTEL_EXPORTER_OTLP_TIMEOUT", "10s", "a whole number from 1 to 600000"),
        ("OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "0", "a whole number from 1 to 600000"),
        ("OTEL_TRACES_EXPORTER", "zipkin", "otlp or none"),
    ];
    let tried: BTreeSet<_> = table.iter().map(|(variable, ..)| *variable).chain(TAKE_ANYTHING).collect();
    assert_eq!(tried, rows().map(AnySetting::variable).collect(), "a setting of the table is not tried here");
    for (variable, value, expected) in table {
        // The protocol matters only with a collector; other variables follow this one.
        let collector = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:4318");
        let ran = check([collector, (variable, value)]);
        assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{variable}={value}");
        assert!(ran.stderr.contains(variable), "{variable}={value}: {}", ran.stderr);
        assert!(ran.stderr.contains(expected), "{variable}={value}: {}", ran.stderr);
    }
}

#[test]
fn a_value_out_of_its_bounds_is_refused_and_one_on_them_is_not() {
    for row in rows() {
        let Bounds::Whole(least, most) = row.kind().bounds() else { continue };
        for (number, is_right) in [(least, true), (most, true), (least - 1, false), (most + 1, false)]
            .map(|(n, right)| (n.to_string(), right))
        {
            let budget = ("PRICING_MEMORY_BUDGET", "1TiB");
            let exported = ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector:4318");
            let ran = check([(row.variable(), number.as_str()), budget, exported]);
            assert_eq!(ran.exit, if is_right { 0 } else { 2 }, "{}={number}: {}", row.variable(), ran.stderr);
            let shown = if is_right { &ran.stdout } else { &ran.stderr };
            let is_shown = !(is_right && NOT_SHOWN.contains(&row.variable()));
            assert!(!is_shown || shown.contains(&number), "{}={number}: {shown}", row.variable());
        }
    }
}

#[test]
fn a_variable_that_is_not_utf8_is_an_error_that_names_it() {
    let broken = OsStr::from_bytes(b"a-secret-\xff");
    let by_libraries = ["AWS_REGION", "AWS_SECRET_ACCESS_KEY", "OTEL_EXPORTER_OTLP_HEADERS"];
    for variable in rows().map(AnySetting::variable).chain(by_libraries) {
        let ran = Ran::of(program().arg("check").env(variable, broken));
        if ["NO_COLOR", "SSL_CERT_DIR"].contains(&variable) {
            // The presence of the one counts, not its value; a folder may have any name.
            assert_eq!((ran.exit, ran.stderr.as_str()), (0, ""));
            continue;
        }
        assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{variable}");
        assert!(ran.stderr.starts_with(&format!("error: {variable}")), "{variable}: {}", ran.stderr);
        // A file may have any name.
        let is_file = [
            "PRICING_PRICE_BOOK",
            "PRICING_CAD",
            "PRICING_AMQP_URL_FILE",
            "PRICING_AMQP_CA",
            "PRICING_AMQP_CERT",
            "PRICING_AMQP_KEY",
            "SSL_CERT_FILE",
        ]
        .contains(&variable);
        let problem = match variable {
            // A client certificate without its key.
            "PRICING_AMQP_CERT" | "PRICING_AMQP_KEY" => "set both of them",
            _ if is_file => "cannot be read",
            _ => "its value is not UTF-8",
        };
        assert!(ran.stderr.contains(problem), "{variable}: {}", ran.stderr);
        assert!(is_file || !ran.stderr.contains("a-secret"), "{variable}: {}", ran.stderr);
    }
}

#[test]
fn a_flag_that_is_not_utf8_is_an_error_that_names_it() {
    let broken = OsStr::from_bytes(b"a-secret-\xff");
    for row in rows() {
        let Some(flag) = row.flag() else { continue };
        let ran = Ran::of(program().args(["check".as_ref(), flag.as_ref(), broken]));
        assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{flag}");
        assert!(ran.stderr.starts_with(&format!("error: {}", row.variable())), "{flag}: {}", ran.stderr);
    }
}

#[test]
fn what_is_written_in_other_ways_means_the_same() {
    let table = [
        (("PRICING_MEMORY_BUDGET", "1 GiB"), "1.0 GiB of models"),
        (("PRICING_MEMORY_BUDGET", "1073741824"), "1.0 GiB of models"),
        (("PRICING_JOB_TIMEOUT", "1h 30m"), "1h 30m a job"),
        (("PRICING_DRAIN_TIMEOUT", "0s"), "0s to drain"),
        (("PRICING_TOPOLOGY", "Verify"), "verify"),
        (("PRICING_TOPOLOGY_TRIANGLES", " 1000000 "), "meshes of up to 1000000 triangles"),
        (("PRICING_ADMIN_ADDR", "[::1]:9091"), "[::1]:9091"),
        (("AWS_ENDPOINT_URL", "http://127.0.0.1:9000"), "path-style"),
        // An empty variable counts as absent.
        (("PRICING_JOB_TIMEOUT", ""), "5m a job"),
        (("PRICING_AMQP_URL", ""), "amqp://127.0.0.1:5672"),
        (("PRICING_PRICE_BOOK", ""), "sample"),
        (("PRICING_AMQP_URL_FILE", ""), "amqp://127.0.0.1:5672"),
        (("PRICING_AMQP_CA", ""), "tls         none: the URL is amqp://\n"),
        (("PRICING_AMQP_URL", "amqps://rabbit"), "tls         by the system's authorities\n"),
        (("HTTPS_PROXY", "proxy:3128"), "proxy       http://proxy:3128 for https://, no proxy for http://\n"),
        (("http_proxy", "https://proxy"), "proxy       no proxy for https://, https://proxy for http://\n"),
        (("ALL_PROXY", "http://shop:word@[::1]:3128/"), "proxy       http://[::1]:3128\n"),
        (("all_proxy", ""), "proxy       none\n"),
    ];
    for (variable, shown) in table {
        let ran = check([variable]);
        assert_eq!(ran.exit, 0, "{variable:?}: {}", ran.stderr);
        assert!(ran.stdout.contains(shown), "{variable:?}: {}", ran.stdout);
    }
}

#[test]
fn a_flag_wins_over_its_variable() {
    let ran = Ran::of(program().args(["check", "--job-timeout", "7m"]).env("PRICING_JOB_TIMEOUT", "soon"));
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("7m a job"));
}

#[test]
fn an_empty_flag_stands_for_the_default() {
    let ran = Ran::of(program().args(["check", "--job-timeout", ""]).env("PRICING_JOB_TIMEOUT", "7m"));
    assert_eq!(ran.exit, 0, "{}", ran.stderr);
    assert!(ran.stdout.contains("5m a job"));
}

#[test]
fn check_shows_every_setting_that_the_worker_uses() {
    let book = fixture("price-books/sample.toml");
    let authority = tempfile::NamedTempFile::new().expect("a file");
    fs::write(authority.path(), Authority::new("ours").pem()).expect("written");
    let path = |path: &std::path::Path| path.to_str().expect("UTF-8").to_owned();
    let url = tempfile::NamedTempFile::new().expect("a file");
    fs::write(url.path(), "amqp://rabbit/orders").expect("written");
    let [certificate, key] = [(); 2].map(|()| tempfile::NamedTempFile::new().expect("a file"));
    let identity = Authority::new("ours").client("worker");
    for (file, pem) in [&certificate, &key].into_iter().zip(identity.pem()) {
        fs::write(file.path(), pem).expect("written");
    }
    // Two settings that need each other.
    let other_of = |variable| match variable {
        "PRICING_AMQP_CERT" => Some(("PRICING_AMQP_KEY", path(key.path()))),
        "PRICING_AMQP_KEY" => Some(("PRICING_AMQP_CERT", path(certificate.path()))),
        _ => None,
    };
    let another = tempfile::NamedTempFile::new().expect("a file");
    let text = fs::read_to_string(&book).expect("it is there");
    fs::write(another.path(), text.replacen("name = \"sample\"", "name = \"another\"", 1)).expect("written");
    // A value that differs from the default.
    let table = [
        ("PRICING_PRICE_BOOK", path(another.path())),
        ("PRICING_AMQP_URL", "amqp://rabbit".to_owned()),
        ("PRICING_AMQP_URL_FILE", path(url.path())),
        ("PRICING_AMQP_CA", path(authority.path())),
        ("PRICING_AMQP_CERT", path(certificate.path())),
        ("PRICING_AMQP_KEY", path(key.path())),
        ("PRICING_TOPOLOGY", "verify".to_owned()),
        ("AWS_CA_BUNDLE", path(authority.path())),
        ("SSL_CERT_FILE", path(authority.path())),
        ("SSL_CERT_DIR", "/etc/authorities".to_owned()),
        ("HTTPS_PROXY", "http://proxy:3128".to_owned()),
        ("https_proxy", "http://proxy:3128".to_owned()),
        ("HTTP_PROXY", "http://proxy:3128".to_owned()),
        ("http_proxy", "http://proxy:3128".to_owned()),
        ("ALL_PROXY", "http://proxy:3128".to_owned()),
        ("all_proxy", "http://proxy:3128".to_owned()),
        ("PRICING_S3_PATH_STYLE", "true".to_owned()),
        ("AWS_ENDPOINT_URL", "http://127.0.0.1:9000".to_owned()),
        ("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9000".to_owned()),
        ("PRICING_CONCURRENCY", "777".to_owned()),
        ("PRICING_THREADS", "777".to_owned()),
        ("PRICING_MEMORY_BUDGET", "777MiB".to_owned()),
        ("PRICING_TOPOLOGY_TRIANGLES", "777".to_owned()),
        ("PRICING_MAX_OBJECT_SIZE", "777MiB".to_owned()),
        ("PRICING_CAD", "off".to_owned()),
        ("PRICING_CAD_MEMORY", "777MiB".to_owned()),
        ("PRICING_CAD_TIMEOUT", "777s".to_owned()),
        ("PRICING_JOB_TIMEOUT", "777s".to_owned()),
        ("PRICING_DRAIN_TIMEOUT", "777s".to_owned()),
        ("PRICING_ADMIN_ADDR", "127.0.0.1:777".to_owned()),
        ("OTEL_EXPORTER_OTLP_ENDPOINT", "http://collector".to_owned()),
        ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "http://collector".to_owned()),
        ("OTEL_TRACES_EXPORTER", "none".to_owned()),
        ("OTEL_SDK_DISABLED", "true".to_owned()),
    ];
    let tried: BTreeSet<_> = table.iter().map(|(variable, _)| *variable).chain(NOT_SHOWN).collect();
    assert_eq!(tried, rows().map(AnySetting::variable).collect(), "a setting of the table is not tried here");
    let defaults = check([]).stdout;
    for (variable, value) in &table {
        let other = other_of(variable);
        let other = other.as_ref().map(|(variable, value)| (*variable, value.as_str()));
        let by_variable = check([(*variable, value.as_str())].into_iter().chain(other));
        assert_eq!(by_variable.exit, 0, "{variable}: {}", by_variable.stderr);
        assert_ne!(by_variable.stdout, defaults, "check does not show {variable}={value}");
        let row = rows().find(|row| row.variable() == *variable).expect("it is in the table");
        if let Some(flag) = row.flag() {
            let by_flag = Ran::of(program().args(["check", flag, value]).envs(other));
            assert_eq!(by_flag.stdout, by_variable.stdout, "{flag} and {variable}");
        }
    }
}

#[test]
fn everything_that_is_wrong_is_told_at_once() {
    let book = tempfile::NamedTempFile::new().expect("a file");
    let sample = fs::read_to_string(fixture("price-books/sample.toml")).expect("it is there");
    fs::write(book.path(), sample.replacen("EUR/cm3", "EUR/h", 1).replacen("1.5", "-1.5", 1)).expect("written");
    let path = book.path().to_str().expect("UTF-8");
    let ran = check([
        ("PRICING_CONCURRENCY", "many"),
        ("PRICING_JOB_TIMEOUT", "soon"),
        ("PRICING_TOPOLOGY", "ignore"),
        ("PRICING_ADMIN_ADDR", "everywhere"),
        ("PRICING_PRICE_BOOK", path),
    ]);
    assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""));
    let told =
        ["PRICING_CONCURRENCY", "PRICING_JOB_TIMEOUT", "PRICING_TOPOLOGY", "PRICING_ADMIN_ADDR", "EUR/h", "-1.5"];
    for told in told {
        assert!(ran.stderr.contains(told), "{told} in {}", ran.stderr);
    }
    // With the file, the line and the column.
    let line = 1 + sample[..sample.find("EUR/cm3").expect("a rate")].matches('\n').count();
    assert!(ran.stderr.contains(&format!("{path}:{line}:")), "{path}:{line} in {}", ran.stderr);
}

#[test]
fn secrets_are_read_from_files_and_never_shown() {
    let file = tempfile::NamedTempFile::new().expect("a file");
    let path = file.path().to_str().expect("UTF-8");
    // The contents of the file; whether they are a URL.
    let table = [
        (format!("amqp://shop:{SECRET}@rabbit:5672/orders\n"), 0),
        (format!("amqp://shop:{SECRET}@rabbit:port/orders"), 2),
        (format!("https://shop:{SECRET}@rabbit/"), 2),
        (format!("amqp://shop:{SECRET}@[::1]:5672/"), 2),
        (SECRET.to_owned(), 2),
    ];
    for (text, exit) in table {
        fs::write(file.path(), &text).expect("written");
        let as_file = [("PRICING_AMQP_URL_FILE", path), ("RUST_LOG", "trace")];
        let as_variable = [("PRICING_AMQP_URL", text.trim()), ("RUST_LOG", "trace")];
        for variables in [as_file, as_variable] {
            for arguments in [&["check"][..], &["topology"], &["run", "--help"]] {
                let ran = Ran::of(program().args(arguments).envs(variables));
                assert!(!ran.stdout.contains(SECRET) && !ran.stderr.contains(SECRET), "{text} {arguments:?}: {ran:?}");
                let expected = if arguments.contains(&"--help") { 0 } else { exit };
                assert_eq!(ran.exit, expected, "{text} {arguments:?}: {ran:?}");
            }
        }
    }
    let both = check([("PRICING_AMQP_URL_FILE", path), ("PRICING_AMQP_URL", "amqp://host")]);
    assert_eq!(both.exit, 2);
    assert!(both.stderr.contains("both set"), "{}", both.stderr);
}

#[test]
fn a_file_of_authorities_is_read_to_its_last_certificate() {
    let (file, authority) = (tempfile::NamedTempFile::new().expect("a file"), Authority::new("ours"));
    let one = authority.pem();
    let (broken, cut) = (one.replace("MII", "M!I"), one.replace("-----END CERTIFICATE-----", ""));
    let key = one.replace("CERTIFICATE", "PRIVATE KEY");
    let not_a_certificate = format!("-----BEGIN CERTIFICATE-----\n{SECRET}x\n-----END CERTIFICATE-----\n");
    // The contents of the file; the error.
    let table = [
        (one.clone(), Ok("and 1 more of PRICING_AMQP_CA")),
        (format!("# Our authorities\n{one}\n{}", Authority::new("old").pem()), Ok("and 2 more of PRICING_AMQP_CA")),
        (String::new(), Err("it holds no certificate")),
        (SECRET.repeat(100), Err("it holds no certificate")),
        (key, Err("it holds no certificate")),
        (cut, Err("it is no PEM: after 0 whole certificates, the next one has no -----END-----")),
        (format!("{one}{broken}"), Err("it is no PEM: after 1 whole certificates, the next one is not in base64")),
        (format!("{one}{not_a_certificate}"), Err("certificate 2 of it cannot be used")),
    ];
    for (text, expected) in table {
        fs::write(file.path(), &text).expect("written");
        let path = file.path().to_str().expect("UTF-8");
        let environment = [("PRICING_AMQP_CA", path), ("PRICING_AMQP_URL", "amqps://rabbit")];
        let ran = check(environment);
        match expected {
            Ok(shown) => assert!(ran.exit == 0 && ran.stdout.contains(shown), "{text}: {ran:?}"),
            Err(problem) => {
                let expected = format!("error: PRICING_AMQP_CA: {path}: {problem}");
                // The other commands that need a broker also report it, before they do anything.
                for arguments in [&["check"][..], &["run"], &["submit", "ring.stl"], &["dead-letters", "list"]] {
                    let ran = Ran::of(program().args(arguments).envs(environment));
                    assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{text} {arguments:?}");
                    assert!(ran.stderr.contains(&expected) && !ran.stderr.contains(SECRET), "{text}: {}", ran.stderr);
                }
            }
        }
    }
}

/// A key that openssl encrypted, in the form of PKCS #8 and in its older one; the bytes do not matter.
const ENCRYPTED: [&str; 2] = [
    "-----BEGIN ENCRYPTED PRIVATE KEY-----\naHVudGVyMg==\n-----END ENCRYPTED PRIVATE KEY-----\n",
    "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\naHVudGVyMg==\n\
     -----END RSA PRIVATE KEY-----\n",
];

#[test]
fn a_client_certificate_is_read_with_its_key() {
    let [certificate_file, key_file] = [(); 2].map(|()| tempfile::NamedTempFile::new().expect("a file"));
    let [certificate_path, key_path] =
        [&certificate_file, &key_file].map(|file| file.path().to_str().expect("UTF-8").to_owned());
    let authority = Authority::new("ours");
    let (identity, other) = (authority.client("worker"), authority.client("another"));
    let [certificate, key] = identity.pem();
    let chain = format!("{certificate}{}", authority.pem());
    let both = format!("{key}{certificate}");
    let cut = certificate.replace("-----END CERTIFICATE-----", "");
    let no_key = format!("-----BEGIN PRIVATE KEY-----\n{SECRET}x\n-----END PRIVATE KEY-----\n");
    let of_certificate = format!("error: PRICING_AMQP_CERT: {certificate_path}: ");
    let of_key = format!("error: PRICING_AMQP_KEY: {key_path}: ");
    // The contents of both files; the error.
    let table = [
        (certificate, key, None),
        (chain.as_str(), key, None),
        (both.as_str(), both.as_str(), None),
        ("", key, Some(format!("{of_certificate}it holds no certificate"))),
        (key, key, Some(format!("{of_certificate}it holds no certificate"))),
        (cut.as_str(), key, Some(format!("{of_certificate}it is no PEM: after 0 whole certificates"))),
        (certificate, "", Some(format!("{of_key}it holds no private key"))),
        (certificate, SECRET, Some(format!("{of_key}it holds no private key"))),
        (certificate, certificate, Some(format!("{of_key}it holds no private key"))),
        (certificate, &no_key, Some(format!("{of_key}its private key cannot be used"))),
        (certificate, other.pem()[1], Some(format!("{of_key}its private key cannot be used with the certificate"))),
        (certificate, ENCRYPTED[0], Some(format!("{of_key}its private key is encrypted"))),
        (certificate, ENCRYPTED[1], Some(format!("{of_key}its private key is encrypted"))),
    ];
    for (certificate, key, expected) in table {
        fs::write(certificate_file.path(), certificate).expect("written");
        fs::write(key_file.path(), key).expect("written");
        let environment =
            [("PRICING_AMQP_CERT", certificate_path.as_str()), ("PRICING_AMQP_KEY", &key_path), ("RUST_LOG", "trace")];
        for (url, shown) in [
            ("amqps://rabbit", "by the system's authorities; with the client certificate of PRICING_AMQP_CERT"),
            ("amqp://rabbit", "none: the URL is amqp://; PRICING_AMQP_CERT is not used"),
        ] {
            let ran = check(environment.into_iter().chain([("PRICING_AMQP_URL", url)]));
            match &expected {
                None => assert!(ran.exit == 0 && ran.stdout.contains(shown), "{certificate} {key}: {ran:?}"),
                Some(expected) => {
                    assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{certificate} {key}");
                    assert!(
                        ran.stderr.contains(expected) && !ran.stderr.contains(SECRET),
                        "{expected}: {}",
                        ran.stderr
                    );
                }
            }
        }
    }
}

#[test]
fn check_says_how_the_store_is_reached_and_shows_no_password_of_a_proxy() {
    let (file, authority) = (tempfile::NamedTempFile::new().expect("a file"), Authority::new("ours"));
    fs::write(file.path(), format!("{}{}", authority.pem(), Authority::new("old").pem())).expect("written");
    let path = file.path().to_str().expect("UTF-8");
    let (good, wrong) = (format!("http://shop:{SECRET}@proxy:3128"), format!("socks5://shop:{SECRET}@proxy:1080"));
    let through = "proxy       http://proxy:3128; not for hosts of NO_PROXY\n";
    let table: [(&[(&str, &str)], _); 7] = [
        (&[("AWS_CA_BUNDLE", path)], Ok("over TLS by the authorities of AWS_CA_BUNDLE alone, 2\n")),
        (&[("SSL_CERT_FILE", path)], Ok("over TLS by the system's authorities, which are those of SSL_CERT_FILE\n")),
        (&[("ALL_PROXY", &good), ("no_proxy", "*.example.com")], Ok(through)),
        (&[("HTTP_PROXY", &good), ("https_proxy", &good), ("NO_PROXY", "localhost")], Ok(through)),
        // The name in upper case wins, and that of the scheme.
        (
            &[("HTTPS_PROXY", "http://one"), ("https_proxy", "http://two"), ("ALL_PROXY", "http://three")],
            Ok("proxy       http://one for https://, http://three for http://\n"),
        ),
        (&[("HTTPS_PROXY", &wrong)], Err("HTTPS_PROXY: \"(a URL with a password)\"; expected")),
        (&[("https_proxy", &wrong)], Err("https_proxy: \"(a URL with a password)\"; expected")),
    ];
    for (variables, expected) in table {
        let ran = check(variables.iter().copied());
        assert!(!format!("{ran:?}").contains(SECRET), "{ran:?}");
        match expected {
            Ok(shown) => assert!(ran.exit == 0 && ran.stdout.contains(shown), "{variables:?}: {ran:?}"),
            Err(problem) => assert!(ran.exit == 2 && ran.stderr.contains(problem), "{variables:?}: {ran:?}"),
        }
    }
}

#[test]
fn a_secret_in_a_pipe_is_read_once() {
    let url = format!("amqp://shop:{SECRET}@rabbit/orders");
    let mut shell = std::process::Command::new("bash");
    let command =
        format!("printf '%s' \"$URL\" | '{}' check --amqp-url-file /dev/stdin", env!("CARGO_BIN_EXE_pricing-worker"));
    let ran = Ran::of(shell.args(["-c", &command]).env_clear().env("URL", url));
    assert!(ran.exit == 0 && ran.stdout.contains("amqp://rabbit:5672/orders"), "{ran:?}");
}

#[test]
fn a_file_that_is_no_price_book_is_refused() {
    let table: [(&str, &[u8]); 3] =
        [("image", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), ("empty", b""), ("toml", b"schema = [")];
    for (what, bytes) in table {
        let file = tempfile::NamedTempFile::new().expect("a file");
        fs::write(file.path(), bytes).expect("written");
        let ran = check([("PRICING_PRICE_BOOK", file.path().to_str().expect("UTF-8"))]);
        assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{what}");
        assert!(ran.stderr.contains(file.path().to_str().expect("UTF-8")), "{what}: {}", ran.stderr);
    }
    // An endless source of bytes.
    let endless = check([("PRICING_PRICE_BOOK", "/dev/zero")]);
    assert_eq!(endless.exit, 2);
}

#[test]
fn a_budget_that_cannot_hold_the_largest_mesh_is_refused_with_the_least_that_does() {
    let triangles = ("PRICING_TOPOLOGY_TRIANGLES", "500000");
    for command in ["check", "run"] {
        let ran = Ran::of(program().arg(command).envs([triangles, ("PRICING_MEMORY_BUDGET", "64MiB")]));
        assert_eq!((ran.exit, ran.stdout.as_str()), (2, ""), "{}", ran.stderr);
        let least =
            ran.stderr.split("at least ").nth(1).and_then(|rest| rest.split(',').next()).expect("the least budget");
        assert_eq!(check([triangles, ("PRICING_MEMORY_BUDGET", least)]).exit, 0, "{least}");
        let mib: u64 = least.strip_suffix("MiB").and_then(|mib| mib.parse().ok()).expect("MiB");
        assert_eq!(check([triangles, ("PRICING_MEMORY_BUDGET", &format!("{}MiB", mib - 1))]).exit, 2, "{least}");
    }
}
