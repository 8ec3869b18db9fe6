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

/// The first core that this process may use.
fn first_core() -> String {
    let status = std::fs::read_to_string("/proc/self/status").expect("Linux");
    let cores = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed_list:")).expect("it is there");
    cores.trim().split([',', '-']).next().expect("a core").to_owned()
}
