//! Do the chart's settings keep nobody waiting, and what do they cost: now, in five years, and at ten times that?
//!
//! Measures a real worker against a real RabbitMQ and a real S3 (`measure`), makes up a day of requests (`arrivals`), and
//! plays it event by event (`model`, which the tests hold against queueing theory) with the autoscaler that the tests
//! start real workers by. Then it plays the same day with other settings (`sweep`), and says which are best.
//!
//! ```sh
//! cargo bench --bench autoscaling                  # measures, plays, prints; some minutes
//! cargo bench --bench autoscaling -- --again       # plays with what was measured last: seconds
//! cargo bench --bench autoscaling -- --report      # writes docs/autoscaling.svg and the README's table too
//! ```
//!
//! What is neither measured nor a setting is an option with a default, and said in what is printed.

use std::fs;
use std::path::{Path, PathBuf};

use clap::Parser;

use self::arrivals::{Demand, Request, ServiceTimes, Sizes};
use self::day::World;
use self::measure::Measured;
use self::settings::{Chart, Keda};
use self::sweep::{Judged, Outcome, Trial};

mod arrivals;
mod chart;
mod day;
mod measure;
mod model;
mod report;
mod settings;
#[path = "../common/svg.rs"]
mod svg;
mod sweep;

#[allow(dead_code, missing_docs)]
#[path = "../../tests/it/geometry/shapes.rs"]
mod shapes;
#[allow(dead_code, missing_docs)]
#[path = "../../tests/it/support/mod.rs"]
mod support;

/// Plays a day of requests against the chart's autoscaling.
#[derive(Debug, Parser)]
struct Arguments {
    /// The chart's schema, whose defaults are played.
    #[arg(long, default_value = "helm/values.schema.json")]
    schema: PathBuf,
    /// Plays with what was measured last.
    #[arg(long)]
    again: bool,
    /// Writes docs/autoscaling.svg and the table of the README.
    #[arg(long)]
    report: bool,
    /// Orders a month, now. They grow by a hundred a month.
    #[arg(long, default_value_t = 1_000)]
    orders: usize,
    /// Prices that somebody waits for, for each order.
    #[arg(long, default_value_t = 10.0)]
    prices_per_order: f64,
    /// Uploads of 10,000 models in a day, now. They grow as orders do.
    #[arg(long, default_value_t = 2)]
    uploads: usize,
    /// The mean of a model's triangles.
    #[arg(long, default_value_t = 100_000.0)]
    triangles: f64,
    /// What a cluster adds to the worker's own start: a node is found, the image is there or is fetched.
    #[arg(long, default_value_t = 5.0)]
    cluster_start_s: f64,
    /// Cargo's own.
    #[arg(long, hide = true)]
    bench: bool,
}

/// Days of a month, of which all are alike.
const MONTH_DAYS: f64 = 30.0;
/// Orders more each month.
const GROWTH: usize = 100;
/// The growth that is looked at, in months.
const FIVE_YEARS: usize = 60;
const SEED: u64 = 1;

/// A time that is played.
struct Scenario {
    name: &'static str,
    orders_a_month: usize,
    demand: Demand,
    requests: Vec<Request>,
}

fn main() {
    let arguments = Arguments::parse();
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let chart = Chart::read(&root.join(&arguments.schema));
    let measured = measured(arguments.again);
    let sizes = Sizes { mean_triangles: arguments.triangles, sigma: 0.95 };
    let times = service_times(&measured, &chart);
    let world = World {
        slots: chart.slots,
        start_s: measured.start_s + arguments.cluster_start_s,
        drain_timeout_s: chart.drain_timeout_s,
        // Defaults of kube-controller-manager, and of RabbitMQ and its management plugin.
        sync_s: 15.0,
        statistics_s: 5.0,
        broker_per_s: measured.broker_per_s,
        store_gets_per_s: measured.store_gets_per_s,
        store_bytes_per_s: measured.store_bytes_per_s,
        sample_s: 1.0,
    };
    let scenarios = scenarios(&arguments, &sizes, &times);
    let facts = report::Facts::of(&measured, &chart, &sizes, &times, &world);
    println!("{facts}");
    let outcomes = |world: &World| -> Vec<Outcome> {
        scenarios.iter().map(|scenario| Outcome::of(world, &chart.keda, &scenario.requests)).collect()
    };
    let keeps_up = world.with_a_store_that_keeps_up();
    let table = report::table(&facts, &scenarios, &outcomes(&keeps_up), &outcomes(&world));
    println!("{table}");
    if arguments.report {
        write_report(root, &keeps_up, &chart, &scenarios[1], &table);
    }
    sweep(&chart, &keeps_up, &trials(&scenarios, &sizes, &times));
}

fn write_report(root: &Path, world: &World, chart: &Chart, scenario: &Scenario, table: &str) {
    let docs = root.join("docs");
    fs::create_dir_all(&docs).expect("docs/");
    fs::write(docs.join("autoscaling.svg"), chart::draw(world, &chart.keda, scenario)).expect("docs/autoscaling.svg");
    report::write(&root.join("README.md"), table);
}

/// What was measured, now or the last time.
fn measured(again: bool) -> Measured {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("autoscaling.json");
    if again {
        let text =
            fs::read_to_string(&file).unwrap_or_else(|error| panic!("{}: {error}; measure first", file.display()));
        return serde_json::from_str(&text).expect("what was measured");
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let measured = runtime.block_on(measure::measure());
    fs::write(file, serde_json::to_string_pretty(&measured).expect("JSON")).expect("the folder is cargo's");
    measured
}

fn service_times(measured: &Measured, chart: &Chart) -> ServiceTimes {
    let times = measured.models.iter().map(|model| (model.triangles as f64, model.service_s(chart.slots, chart.cores)));
    ServiceTimes { points: times.collect() }
}

fn scenarios(arguments: &Arguments, sizes: &Sizes, times: &ServiceTimes) -> Vec<Scenario> {
    let grown = arguments.orders + GROWTH * FIVE_YEARS;
    let table = [("now", arguments.orders), ("in five years", grown), ("ten times that", 10 * grown)];
    let scenarios = table.map(|(name, orders_a_month)| {
        let demand = Demand {
            orders: orders_a_month as f64 / MONTH_DAYS,
            prices_per_order: arguments.prices_per_order,
            uploads: arguments.uploads * orders_a_month / arguments.orders,
            models_per_upload: 10_000,
        };
        let requests = arrivals::day(&demand, sizes, times, SEED);
        Scenario { name, orders_a_month, demand, requests }
    });
    scenarios.into()
}

/// Plays some days with every candidate, and says which is best: with a store that keeps up, so that settings are not chosen
/// by the size of a test server.
fn sweep(chart: &Chart, world: &World, trials: &[Trial]) {
    println!("By settings: p99 of interactive waits, p95 of uploads, most replicas, pod hours a day. The days:");
    for Trial { name, upload_p95_s, .. } in trials {
        println!(
            "  {name}: uploads within {upload_p95_s:.0} s, interactive waits within {} s",
            sweep::INTERACTIVE_P99_S
        );
    }
    let own = Judged::of(world, chart.keda, trials);
    println!("the chart's own:\n  {own}");
    let judged = sweep::judge(world, &chart.keda, trials);
    println!("all, the best first:");
    for judged in &judged {
        println!("  {judged}");
    }
    let Some(best) = sweep::best(&judged) else {
        println!("each of them keeps somebody waiting");
        return;
    };
    println!(
        "the best: it keeps nobody waiting, with the fewest pod hours or about as few and quicker uploads:\n  {best}"
    );
    let more = 100.0 * (own.pod_hours() / best.pod_hours() - 1.0);
    println!("the chart's own take {more:.0} % more pod hours than it");
    println!("and with another least number of pods, or polling interval:");
    for (min_replicas, polling_s) in [(1, 30), (2, 5), (0, 5), (0, 30)] {
        println!("  {}", Judged::of(world, Keda { min_replicas, polling_s, ..best.keda }, trials));
    }
}

/// The days that settings are judged by.
fn trials(scenarios: &[Scenario], sizes: &Sizes, times: &ServiceTimes) -> Vec<Trial> {
    let ten_times_as_large = Sizes { mean_triangles: 10.0 * sizes.mean_triangles, ..*sizes };
    let large = arrivals::day(&scenarios[1].demand, &ten_times_as_large, times, SEED);
    let trial = |name, requests: &[Request], upload_p95_s| Trial { name, requests: requests.to_vec(), upload_p95_s };
    vec![
        trial(scenarios[1].name, &scenarios[1].requests, 120.0),
        trial(scenarios[2].name, &scenarios[2].requests, 120.0),
        trial("in five years, with models ten times as large", &large, 300.0),
    ]
}
