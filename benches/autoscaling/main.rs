//! Measures a worker, RabbitMQ and S3, and plays whole days with these figures in `tests/autoscaling-model`, for the
//! waits and the cost of the pods with the chart's settings, now, in five years, and at ten times that.
//!
//! Then the model plays the same days with other settings, and the bench prints the best.
//!
//! ```sh
//! cargo bench --bench autoscaling                  # measures, plays, prints; some minutes
//! cargo bench --bench autoscaling -- --again       # plays with the last measurements: seconds
//! cargo bench --bench autoscaling -- --report      # writes docs/autoscaling.svg and docs/autoscaling.md too
//! ```
//!
//! A figure that is neither measured nor a setting is an option with a default, and the output names it.

use std::fs;
use std::path::{Path, PathBuf};

use autoscaling_model::arrivals::Sizes;
use autoscaling_model::day::World;
use autoscaling_model::measured::Measured;
use autoscaling_model::scenario::{Scenario, Shop, scenarios, service_times, trials};
use autoscaling_model::settings::Chart;
use autoscaling_model::sweep::{self, Outcome};
use autoscaling_model::{chart, report};
use clap::Parser;

mod measure;

/// Plays a day of requests against the chart's autoscaling.
#[derive(Debug, Parser)]
struct Arguments {
    /// The chart's schema, whose defaults are played.
    #[arg(long, default_value = "helm/values.schema.json")]
    schema: PathBuf,
    /// Plays with the last measurements.
    #[arg(long)]
    again: bool,
    /// Writes docs/autoscaling.svg, and the table of docs/autoscaling.md.
    #[arg(long)]
    report: bool,
    /// Orders a month, now. They grow by a hundred a month.
    #[arg(long, default_value_t = 1_000)]
    orders: usize,
    /// Interactive requests for each order.
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
    let Arguments { orders, prices_per_order, uploads, .. } = arguments;
    let scenarios = scenarios(&Shop { orders, prices_per_order, uploads }, &sizes, &times);
    let facts = report::Facts::of(&measured, &chart, &sizes, &times, &world);
    println!("{facts}");
    let outcomes = |world: &World| -> Vec<Outcome> {
        scenarios.iter().map(|scenario| Outcome::of(world, &chart.keda, &scenario.requests)).collect()
    };
    let keeps_up = world.with_a_store_that_keeps_up();
    let table = report::table(&facts, &scenarios, &outcomes(&keeps_up), &outcomes(&world));
    println!("{table}");
    if arguments.report {
        write_report(&keeps_up, &chart, &scenarios[1], &table);
    }
    sweep::print(&chart.keda, &keeps_up, &trials(&scenarios, &sizes, &times));
}

fn write_report(world: &World, chart: &Chart, scenario: &Scenario, table: &str) {
    let docs = bench_report::docs();
    fs::write(docs.join("autoscaling.svg"), chart::draw(world, &chart.keda, scenario)).expect("docs/autoscaling.svg");
    bench_report::write_between(&docs.join("autoscaling.md"), "autoscaling", table);
}

/// The measurements: new ones, or the last ones.
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
