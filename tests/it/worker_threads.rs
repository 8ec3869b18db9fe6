//! Tests of the number of threads: one setting decides, or the cores that the process may use.

use std::path::Path;
use std::process::Command;

use lapin::BasicProperties;
use serde_json::json;

use crate::cli::program;
use crate::geometry::shapes::cube;
use crate::support::broker::VirtualHost;
use crate::support::s3::Bucket;
use crate::support::worker::Worker;

/// The names of a process's threads.
fn threads(process: u32) -> Vec<String> {
    let tasks = Path::new("/proc").join(process.to_string()).join("task");
    let tasks = std::fs::read_dir(tasks).expect("it runs, on Linux");
    tasks
        .filter_map(|task| std::fs::read_to_string(task.expect("a thread").path().join("comm")).ok())
        .map(|name| name.trim_end().to_owned())
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_has_as_many_threads_as_were_set_whatever_the_cores() {
    let (host, bucket) = (VirtualHost::new(), Bucket::new().await);
    host.declare().await;
    let key = bucket.key("cube.stl");
    bucket.put(&key, cube(10).binary()).await;
    let event = json!({ "specversion": "1.0", "id": "1", "source": "test", "type": "pricing.requested.v1",
        "data": { "model": { "bucket": bucket.name, "key": key } } });
    // PRICING_THREADS; threads of tokio that run tasks: one for two that compute.
    for (set, of_tokio) in [("1", 1), ("64", 32)] {
        let mut command = program();
        command
            .env("PRICING_AMQP_URL", host.url())
            .env("PRICING_THREADS", set)
            // It loses.
            .env("RAYON_NUM_THREADS", "7")
            .envs(bucket.environment());
        let worker = Worker::ready(command).await;
        assert_eq!(worker.logged("starting", 1).await["threads"].to_string(), set);
        // The threads that compute start with the first job.
        host.publish("pricing", "job.bulk", event.to_string().as_bytes(), BasicProperties::default()).await;
        worker.logged("settled", 1).await;
        let threads = threads(worker.id());
        let named = |prefix: &str| threads.iter().filter(|name| name.starts_with(prefix)).count();
        assert_eq!(named("compute-").to_string(), set, "{threads:?}");
        // Those that read files and resolve names have the same name.
        assert!((of_tokio..of_tokio + 4).contains(&named("tokio-")), "{threads:?}");
        // Rayon's have no name of their own, and so the program's, as has the first thread.
        assert_eq!((named("pricing-worker") - 1).to_string(), set, "{threads:?}");
    }
}

#[test]
fn a_process_that_is_bound_to_one_core_computes_with_one_thread() {
    let mut command = Command::new("taskset");
    command.args(["--cpu-list", first_core().as_str()]).arg(program().get_program()).arg("check").env_clear();
    let output = command.output().expect("taskset, of Debian's util-linux, starts");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("\nthreads     1 compute\n"), "{output:?}");
    assert!(told.contains("\njobs        2 in flight"), "{output:?}");
}

#[test]
#[ignore = "it mounts a file system over /sys/fs/cgroup, for its own processes alone: only root may"]
fn the_quota_of_the_cgroup_bounds_the_threads_whatever_the_cores() {
    let groups = std::fs::read_to_string("/proc/self/cgroup").expect("Linux");
    let of_cpu = groups.lines().find_map(|line| {
        let (controllers, path) = line.split_once(':')?.1.split_once(':')?;
        controllers.split(',').any(|name| name == "cpu").then_some(path)
    });
    // Version 1 where it has the controller `cpu`, otherwise version 2: a quota of one and a half CPUs, in microseconds.
    let (folder, quota) = match (of_cpu, groups.lines().find_map(|line| line.strip_prefix("0::"))) {
        (Some(path), _) => {
            (format!("/sys/fs/cgroup/cpu{path}"), "echo 150000 >cpu.cfs_quota_us && echo 100000 >cpu.cfs_period_us")
        }
        (None, Some(path)) => {
            (format!("/sys/fs/cgroup{path}"), "echo cpu >cgroup.controllers && echo 150000 100000 >cpu.max")
        }
        (None, None) => panic!("this process is in no cgroup: {groups}"),
    };
    let script = format!(
        "mount -t tmpfs none /sys/fs/cgroup && mkdir -p '{folder}' && cd '{folder}' && {quota} && exec env -i \"$0\" check"
    );
    let mut command = Command::new("unshare");
    let output = command.args(["--mount", "sh", "-c", &script]).arg(program().get_program()).output();
    let output = output.expect("unshare, of Debian's util-linux, starts");
    let told = String::from_utf8_lossy(&output.stdout);
    assert!(told.contains("\nthreads     1 compute\n"), "run this test as root: {output:?}");
}

/// The first core that this process may use.
fn first_core() -> String {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let cores = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).expect("it is there");
    cores.trim().split([',', '-']).next().expect("a core").to_owned()
}
