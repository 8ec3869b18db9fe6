//! Tests of the built image: its size, the base libraries that its program needs, and that it works with no more.
//!
//! The test composes the image's root from the files that the last stage copies and the few libraries of the base. The
//! program runs in it as a container would run it: no other files, none writable, another user, no capabilities, and
//! only the given environment.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use super::output;
use super::stages::Image;
use crate::cli::program;
use crate::support::broker::VirtualHost;
use crate::support::s3::Bucket;
use crate::support::worker::Worker;

/// The most that the image may add to its base.
const MOST_BYTES: u64 = 30_000_000;
/// The glibc of Debian 12, which the base has.
const GLIBC: (u32, u32) = (2, 36);
/// The base's libraries that a Rust program may need. By its documentation, gcr.io/distroless/cc has everything of
/// gcr.io/distroless/base, which has Debian's libc6 (all here but the last), and libgcc:
/// <https://github.com/GoogleContainerTools/distroless>, base/README.md and cc/README.md.
const LIBRARIES: [&str; 8] = [
    "ld-linux-x86-64.so.2",
    "ld-linux-aarch64.so.1",
    "libc.so.6",
    "libdl.so.2",
    "libm.so.6",
    "libpthread.so.0",
    "librt.so.1",
    "libgcc_s.so.1",
];

const BINUTILS: &str = "Debian's package binutils has it";
const UTIL_LINUX: &str = "Debian's package util-linux has it; users must be allowed to make user namespaces";

/// The program of the image.
fn binary() -> PathBuf {
    let image = Image::built();
    let [path] = &image.entrypoint[..] else { panic!("not one program: {:?}", image.entrypoint) };
    image.root.join(path.trim_start_matches('/'))
}

fn readelf(argument: &str) -> String {
    output(Command::new("readelf").args(["--wide", argument]).arg(binary()), BINUTILS)
}

/// The newest glibc version in readelf's output, as `GLIBC_2.34` or `GLIBC_2.2.5`. A name in place of the numbers is a
/// property that only Debian 12's glibc has; no binary here requires one.
fn newest_glibc(version_info: &str) -> (u32, u32) {
    let version = |rest: &str| {
        let digits = rest.split(|character: char| !character.is_ascii_digit() && character != '.').next();
        let mut numbers = digits.unwrap_or_default().split('.').map(|number| number.parse().ok());
        (numbers.next().flatten()).zip(numbers.next().flatten()).unwrap_or_else(|| panic!("no version: GLIBC_{rest}"))
    };
    version_info.split("GLIBC_").skip(1).map(version).max().expect("it asks for glibc")
}

#[test]
fn versions_of_glibc_are_numbers_and_not_texts() {
    let version_info =
        "  004:   3 (GLIBC_2.2.5)    4 (GLIBC_2.34)\n  0x0010:   Name: GLIBC_2.9  Flags: none  Version: 12\n";
    assert_eq!(newest_glibc(version_info), (2, 34));
}

/// Every file that the image adds, by its path in it.
fn files() -> Vec<(PathBuf, fs::Metadata)> {
    let root = &Image::built().root;
    let below = walkdir::WalkDir::new(root).min_depth(1).into_iter().map(|entry| entry.expect("it can be read"));
    below
        .map(|entry| {
            let path = entry.path().strip_prefix(root).expect("it is below the root").to_owned();
            (path, entry.metadata().expect("its metadata"))
        })
        .collect()
}

#[test]
#[ignore = "long: tests/run --long"]
fn it_adds_two_programs_and_their_licences_and_the_worker_is_no_more_than_thirty_megabytes() {
    let files: Vec<_> = files().into_iter().filter(|(_, metadata)| metadata.is_file()).collect();
    let names: BTreeSet<_> = files.iter().map(|(path, _)| path.to_str().expect("UTF-8")).collect();
    let expected = [
        "usr/local/bin/pricing-cad",
        "usr/local/bin/pricing-cad-occt-7.0.0.module",
        "usr/local/bin/pricing-worker",
        "usr/share/doc/pricing-cad/LICENSE-LGPL-2.1",
        "usr/share/doc/pricing-cad/NOTICE.md",
        "usr/share/doc/pricing-worker/LICENSE-APACHE",
        "usr/share/doc/pricing-worker/LICENSE-MIT",
    ];
    assert_eq!(names, expected.into());
    let bytes_of = |of_converter: bool| -> u64 {
        let is_converters = |path: &PathBuf| path.to_str().is_some_and(|path| path.contains("/pricing-cad"));
        files.iter().filter(|(path, _)| is_converters(path) == of_converter).map(|(_, file)| file.len()).sum()
    };
    let bytes = bytes_of(false);
    println!("the image adds {bytes} bytes to its base, and {} of the converter of CAD files", bytes_of(true));
    assert!(bytes <= MOST_BYTES, "{bytes} bytes; Cargo.toml, [profile.dist], can make it smaller");
}

#[test]
#[ignore = "long: tests/run --long"]
fn anybody_may_read_it_and_nobody_may_change_it() {
    for (path, metadata) in files() {
        let mode = metadata.permissions().mode();
        let is_program = path.ends_with("bin/pricing-worker") || path.ends_with("bin/pricing-cad");
        let needed = if metadata.is_dir() || is_program { 0o555 } else { 0o444 };
        assert!(mode & needed == needed && mode & 0o022 == 0, "{}: mode {:o}", path.display(), mode & 0o7777);
    }
}

#[test]
#[ignore = "long: tests/run --long"]
fn the_program_needs_nothing_that_the_base_does_not_have() {
    let dynamic = readelf("--dynamic");
    let needed: Vec<_> = dynamic.lines().filter(|line| line.contains("(NEEDED)")).collect();
    assert!(needed.iter().any(|line| line.contains("[libc.so.6]")), "{dynamic}");
    for line in needed {
        assert!(LIBRARIES.iter().any(|name| line.contains(&format!("[{name}]"))), "not in the base: {line}");
    }
    assert!(!dynamic.contains("RPATH") && !dynamic.contains("RUNPATH"), "it looks in folders of its own:\n{dynamic}");

    let newest = newest_glibc(&readelf("--version-info"));
    println!("the program needs glibc {}.{}", newest.0, newest.1);
    assert!(
        newest <= GLIBC,
        "it needs glibc {newest:?}, and the base has {GLIBC:?}. The image's first stage is of the same Debian as its base; \
         a machine of a later one cannot show this: run the tests on Debian 12"
    );
}

#[test]
#[ignore = "long: tests/run --long"]
fn the_program_is_hardened_and_can_say_where_it_failed() {
    let header = readelf("--file-header");
    assert!(header.contains("DYN"), "it can be loaded anywhere:\n{header}");
    let segments = readelf("--program-headers");
    let stack = segments.lines().find(|line| line.contains("GNU_STACK")).expect("it says what the stack is");
    assert!(stack.contains("RW ") && !stack.contains("RWE"), "nothing on the stack is run: {stack}");
    assert!(segments.contains("GNU_RELRO"), "what the loader fills in is closed afterwards:\n{segments}");
    assert!(readelf("--dynamic").contains("BIND_NOW"), "at the start, and not when it is first called");

    assert!(readelf("--symbols").contains("pricing_worker"), "a backtrace names its functions");
}

#[test]
#[ignore = "long: tests/run --long"]
fn the_program_does_not_say_where_it_was_built() {
    let bytes = fs::read(binary()).expect("it is there");
    let home = std::env::var("HOME").expect("HOME is set");
    let cargo = std::env::var("CARGO_HOME").unwrap_or_else(|_| format!("{home}/.cargo"));
    for path in [Image::built().workdir.to_str().expect("UTF-8"), &format!("{cargo}/registry")] {
        let at = memchr::memmem::find(&bytes, path.as_bytes());
        let said = at.map(|at| String::from_utf8_lossy(&bytes[at..bytes.len().min(at + 160)]).into_owned());
        assert_eq!(said, None, "{path} is in the program; see RUSTFLAGS in the Dockerfile");
    }
    // Paths are those of the image, wherever it is built: a panic's location stays useful.
    assert!(memchr::memmem::find(&bytes, b"/cargo/registry/src/").is_some(), "the places of panics are there");
}

/// The root of a container: the image's files, and the needed files of its base. Made once.
fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        let root = Image::folder().join("root");
        if root.exists() {
            fs::remove_dir_all(&root).expect("what an earlier run made is taken away");
        }
        let add = |from: &Path, within: &Path| {
            let to = root.join(within);
            fs::create_dir_all(to.parent().expect("a folder")).expect("a folder");
            fs::copy(from, to).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
        };
        for (path, metadata) in files() {
            if metadata.is_file() {
                add(&Image::built().root.join(&path), &path);
            }
        }
        let linked = output(Command::new("ldd").arg(binary()), "Debian's package libc-bin has it");
        for library in linked.split_whitespace().filter(|word| word.starts_with('/')).map(Path::new) {
            let name = library.file_name().and_then(|name| name.to_str()).expect("a name");
            assert!(LIBRARIES.contains(&name), "{name} is not in the base");
            add(library, library.strip_prefix("/").expect("it starts so"));
        }
        // A container has its own `/proc`.
        fs::create_dir(root.join("proc")).expect("a folder");
        // The base has the file from the same package, if this machine has it too.
        let authorities = Path::new("/etc/ssl/certs/ca-certificates.crt");
        if authorities.exists() {
            add(authorities, authorities.strip_prefix("/").expect("it starts so"));
        }
        let model = super::repository().join("fixtures/models/cube-10mm-binary.stl");
        add(&model, Path::new("models/cube.stl"));
        root
    });
    &ROOT
}

/// The image's program as in a container, with an empty environment.
fn contained() -> Command {
    // The first namespace may mount; the second is another user, confined to the root.
    let script = "mount --bind $root $root && mount --rbind /proc $root/proc && mount -o remount,bind,ro $root && \
                  exec setpriv --no-new-privs \
                  unshare --user --map-user=65532 --map-group=65532 --root=$root --wd=/ \"$@\"";
    let script = format!("root='{}' && {}", root().display(), script.replace("$root", "\"$root\""));
    let mut command = Command::new("/usr/bin/unshare");
    command.args(["--user", "--map-root-user", "--mount", "/bin/sh", "-c", &script, "sh"]).env_clear();
    command.args(&Image::built().entrypoint);
    command
}

#[test]
#[ignore = "long: tests/run --long"]
fn the_program_runs_with_nothing_but_the_image() {
    let version = output(contained().arg("--version"), UTIL_LINUX);
    assert_eq!(version.trim(), concat!("pricing-worker ", env!("CARGO_PKG_VERSION")));
    assert!(output(contained().arg("check"), UTIL_LINUX).contains("price book  sample"), "no setting is needed");

    // The bytes equal those of the program that every other test runs.
    let event = |command: &mut Command, path: &str| {
        let json = output(command.args(["price", "--format", "json", path]), UTIL_LINUX);
        serde_json::from_str::<serde_json::Value>(&json).expect("one event")["data"]["quotes"].take()
    };
    let here = event(&mut program(), root().join("models/cube.stl").to_str().expect("UTF-8"));
    assert_eq!(event(&mut contained(), "/models/cube.stl"), here);
    assert_ne!(here, serde_json::Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "long: tests/run --long"]
async fn the_worker_of_the_image_answers_requests_and_ends_when_told() {
    // The build takes minutes and comes first, so that no connection waits for it.
    let mut command = contained();
    let (host, bucket) = (VirtualHost::new(), Bucket::new().await);
    command.env("PRICING_AMQP_URL", host.url()).envs(bucket.environment());
    assert_eq!(Image::built().cmd, ["run"], "what a container starts is what this starts");
    let mut worker = Worker::ready(command).await;
    assert_eq!(worker.becomes_ready(true).await.trim(), "ready");

    // The kernel's own text shows that it is inside.
    let of_process = |name: &str| fs::read_to_string(format!("/proc/{}/{name}", worker.id())).expect("it runs");
    let mounts = of_process("mountinfo");
    let root = mounts.lines().map(|line| line.split(' ').collect::<Vec<_>>()).find(|fields| fields[4] == "/");
    assert!(root.is_some_and(|fields| fields[5].split(',').any(|option| option == "ro")), "{mounts}");
    let status = of_process("status");
    for line in ["NoNewPrivs:\t1", "CapEff:\t0000000000000000", "CapPrm:\t0000000000000000"] {
        assert!(status.lines().any(|found| found == line), "{line} is not in\n{status}");
    }
    assert_eq!(of_process("uid_map").split_whitespace().next(), Some("65532"));

    let mut submit = program();
    submit.env("PRICING_AMQP_URL", host.url()).envs(bucket.environment());
    submit.args(["submit", "--wait", "--bucket", &bucket.name]).arg(super::repository().join("fixtures/models"));
    let said = tokio::task::spawn_blocking(move || output(&mut submit, "")).await.expect("it ends");
    let models = fs::read_dir(super::repository().join("fixtures/models")).expect("they are there").count();
    assert_eq!(said.lines().filter(|line| line.contains("pricing.completed.v1")).count(), models, "{said}");

    worker.signal("TERM");
    let status = worker.ended().await;
    assert!(status.success(), "{status}: {:#?}", worker.last_logs(5));
}
