//! A bench of the worker against moving the same messages without pricing, and of the latency that a client sees.
//!
//! All parts are real: RabbitMQ with its quorum queues, an S3 server, and workers as separate processes, which share
//! the cores of this machine. So figures are ratios, measured in turn in one run, and the cost of a program is the
//! processor time of its own process.
//!
//! | part | what | what limits it |
//! | --- | --- | --- |
//! | throughput | worker and [`mover`] in turn on [`loads`]: 20,000 triangles, a shop's mixture, 200 triangles | cores: of each job's processor time, most is the S3 server's, the broker's and the kernel's, and the mover pays it too |
//! | garage | the same from Garage, and Python | Garage: where the mover is no faster than the worker, neither is what limits |
//! | python | the worker and one of pika, boto3 and trimesh | the interpreter; numpy's passes over memory |
//! | latency | publish to result: alone, at half load, beside a flood of bulk | the broker's disk, twice: request and result are confirmed by quorum queues; then the cores |
//! | footprint | start to ready, memory, size of the program | ways to the broker and back: two connections, the topology; code, and what an allocator keeps |
//! | sharing | two and four workers on one queue | prefetch: see [`sharing`] |
//!
//! ```sh
//! cargo bench --bench worker                       # all of it, some ten minutes
//! cargo bench --bench worker -- --quick            # a minute, to see that it runs: its figures say little
//! cargo bench --bench worker -- --part latency     # one part
//! cargo bench --bench worker -- --report           # keeps the figures, and writes them into docs/performance.md
//! ```
//!
//! Garage is measured once it is compiled; `--part garage` makes `benches/worker/garage` compile it, which takes many
//! minutes. The first run creates a virtual environment for the Python worker.

use bench_report::{Figure, Wanted, show};
use clap::{Parser, Subcommand, ValueEnum};
use test_support::python;

use self::contest::Run;
use self::latency::Latencies;
use self::loads::Load;
use self::place::{Contender, Place};
use self::store::{Garage, Store};

mod contest;
mod footprint;
mod latency;
mod loads;
mod mover;
mod place;
mod process;
mod sharing;
mod store;

/// Measures the worker against moving its messages, and against a worker in Python.
#[derive(Debug, Parser)]
struct Arguments {
    #[command(subcommand)]
    role: Option<Role>,
    /// Only these parts; all where none is named, but for Garage where it is not compiled yet: named, it will be.
    #[arg(long)]
    part: Vec<Part>,
    /// Models of the load of 20,000 triangles.
    #[arg(long, default_value_t = 5_000)]
    models: usize,
    /// Rounds of each contender, of which the median counts.
    #[arg(long, default_value_t = 3)]
    rounds: usize,
    /// A twentieth of everything.
    #[arg(long, conflicts_with = "report")]
    quick: bool,
    /// Keeps the figures, and writes them into docs/performance.md.
    #[arg(long, conflicts_with = "part")]
    report: bool,
    /// Cargo's own.
    #[arg(long, hide = true)]
    bench: bool,
}

/// The role of this executable when the bench starts it again.
#[derive(Debug, Subcommand)]
enum Role {
    /// Moves messages, and prices nothing.
    #[command(hide = true)]
    Mover(mover::MoverArguments),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    /// This part runs first: after tens of thousands of messages the broker goes on writing for minutes.
    Latency,
    Throughput,
    Garage,
    Python,
    Footprint,
    Sharing,
}

fn main() {
    let arguments = Arguments::parse();
    if let Some(Role::Mover(arguments)) = &arguments.role {
        return mover::run(arguments);
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let figures = runtime.block_on(Bench::new(&arguments)).all();
    let figures = runtime.block_on(figures);
    let title = "The worker, beside one that only moves messages and one in Python";
    show("worker", title, "cargo bench --bench worker -- --report", &figures, arguments.report);
}

/// A running bench.
struct Bench<'a> {
    arguments: &'a Arguments,
    place: Place,
    usual: Load,
    small: Load,
    figures: Vec<Figure>,
}

const CORES: &str = "cores: s3s-fs takes most, broker and bench share them";
const GARAGE: &str = "Garage, on the same cores";

impl<'a> Bench<'a> {
    async fn new(arguments: &'a Arguments) -> Self {
        let place = Place::new(Store::s3s().await).await;
        let (usual, small) = (Load::usual(), Load::small());
        place.put(&usual).await;
        place.put(&small).await;
        Self { arguments, place, usual, small, figures: Vec::new() }
    }

    async fn all(mut self) -> Vec<Figure> {
        let chosen = |part| self.arguments.part.is_empty() || self.arguments.part.contains(&part);
        let parts = Part::value_variants().iter().copied().filter(|&part| chosen(part)).collect::<Vec<_>>();
        for part in parts {
            match part {
                Part::Throughput => self.throughput().await,
                Part::Garage => self.garage().await,
                Part::Python => self.python().await,
                Part::Latency => self.latency().await,
                Part::Footprint => self.footprint().await,
                Part::Sharing => self.sharing().await,
            }
        }
        self.figures
    }

    /// The number of jobs; a twentieth with `--quick`, but enough to measure.
    fn jobs(&self, count: usize) -> usize {
        if self.arguments.quick { (count / 20).max(40) } else { count }
    }

    fn rounds(&self) -> usize {
        if self.arguments.quick { 1 } else { self.arguments.rounds }
    }

    fn say(&mut self, what: impl Into<String>, value: f64, unit: &str, wanted: Option<Wanted>, limit: &str) {
        let (what, unit, limit) = (what.into(), unit.into(), limit.into());
        self.figures.push(Figure { what, value, unit, wanted, limit });
    }

    async fn throughput(&mut self) {
        let (usual, small, shop) = (self.usual.clone(), self.small.clone(), Load::shop());
        self.place.put(&shop).await;
        let rounds = self.rounds();
        for (load, count, cpu) in [(usual, self.arguments.models, true), (shop, 400, false), (small, 6_000, true)] {
            let [worker, mover] = contest::worker_and_mover(&self.place, &load, self.jobs(count), rounds).await;
            self.say_contest(&load.title, &worker, &mover, CORES);
            // A mixture has no typical job whose pricing could be within 2 ms.
            self.say_cpu(&load.title, &worker, &mover, cpu);
            let what = format!("{}: CPU a job of the S3 server, s3s-fs, and the bench", load.title);
            self.say(what, worker.bench_cpu_ms, "ms", None, "syscalls, copies");
        }
    }

    fn say_contest(&mut self, title: &str, worker: &Run, mover: &Run, limit: &str) {
        let share = 100.0 * worker.per_s / mover.per_s;
        self.say(format!("{title}: of the mover's messages a second"), share, "%", Some(Wanted::AtLeast(90.0)), limit);
        self.say(format!("{title}: the worker"), worker.per_s, "a second", None, limit);
        self.say(format!("{title}: the mover"), mover.per_s, "a second", None, limit);
    }

    fn say_cpu(&mut self, title: &str, worker: &Run, mover: &Run, is_wanted: bool) {
        let more = worker.cpu_ms - mover.cpu_ms;
        let wanted = is_wanted.then_some(Wanted::AtMost(2.0));
        self.say(format!("{title}: CPU a job beyond the mover's"), more, "ms", wanted, "memory: measure and topology");
        self.say(format!("{title}: the mover's CPU a job"), mover.cpu_ms, "ms", None, "syscalls, signing, copies");
    }

    async fn garage(&mut self) {
        if self.arguments.part.is_empty() && !Garage::is_compiled() {
            println!("Garage is not compiled yet: --part garage does that, and measures it");
            return;
        }
        let place = Place::new(Store::garage().await).await;
        for (load, count) in [(self.usual.clone(), 1_000), (self.small.clone(), 600)] {
            place.put(&load).await;
            let [worker, mover] = contest::worker_and_mover(&place, &load, self.jobs(count), self.rounds()).await;
            self.say_contest(&format!("Garage, {}", load.title), &worker, &mover, GARAGE);
            self.say_cpu(&format!("Garage, {}", load.title), &worker, &mover, true);
        }
        let contest = self.worker_and_python(&place).await;
        self.say_python("Garage, ", &contest);
    }

    async fn python(&mut self) {
        let contest = self.worker_and_python(&self.place).await;
        self.say_python("", &contest);
    }

    async fn worker_and_python(&self, place: &Place) -> [Run; 2] {
        let python = Contender::Python(python::interpreter("pricing-worker-bench", &place::PYTHON_PACKAGES));
        let counts = [self.jobs(1_000), self.jobs(200)];
        contest::worker_and_python(place, &self.usual, &python, counts, self.rounds()).await
    }

    fn say_python(&mut self, store: &str, [worker, python]: &[Run; 2]) {
        let title = format!("{store}{}", self.usual.title);
        let (times, wanted) = (python.cpu_ms / worker.cpu_ms, Some(Wanted::AtLeast(20.0)));
        let limit = "the GET: syscalls, signing, copies";
        self.say(format!("{title}: less CPU a job than pika, boto3 and trimesh"), times, "times", wanted, limit);
        let taken = "the GET, measure and topology";
        self.say(format!("{title}: the worker's CPU a job"), worker.cpu_ms, "ms", None, taken);
        let taken = "the interpreter, numpy's passes";
        self.say(format!("{title}: the Python worker's CPU a job"), python.cpu_ms, "ms", None, taken);
        self.say(format!("{title}: one Python worker"), python.per_s, "a second", None, "one core");
    }

    async fn latency(&mut self) {
        let (place, usual, small) = (&self.place, self.usual.clone(), self.small.clone());
        let full = contest::run(place, &Contender::Worker, &usual, self.jobs(1_000)).await;
        let (half_rate, mover) = (full.per_s / 2.0, Contender::Mover { result_bytes: full.result_bytes });
        let at_half = async |contender| latency::at_rate(place, contender, &usual, half_rate, self.jobs(1_000)).await;
        let (mut alone, mut half, mut moved) = (Latencies::default(), Latencies::default(), Latencies::default());
        for _ in 0..self.rounds() {
            alone.add(latency::alone(place, &usual, self.jobs(300)).await);
            half.add(at_half(&Contender::Worker).await);
            moved.add(at_half(&mover).await);
        }
        let flooded = latency::under_flood(place, &usual, &small, self.jobs(200)).await;
        let (broker, queueing) = ("the broker's disk, twice", "cores, and jobs that come together");
        self.say("publish to result, alone on an idle worker: p50", alone.p50(), "ms", None, broker);
        self.say("publish to result, alone on an idle worker: p99", alone.p99(), "ms", None, broker);
        self.say("publish to result, at half load: p50", half.p50(), "ms", None, queueing);
        self.say("publish to result, at half load: p99", half.p99(), "ms", None, queueing);
        let (times_p50, times_p99) = (half.p99() / alone.p50(), half.p99() / alone.p99());
        let wanted = Some(Wanted::AtMost(3.0));
        self.say("p99 at half load, of the p50 alone on an idle worker", times_p50, "times", wanted, queueing);
        self.say("p99 at half load, of the p99 alone on an idle worker", times_p99, "times", wanted, queueing);
        self.say("publish to result, by the mover at the same load: p50", moved.p50(), "ms", None, queueing);
        self.say("publish to result, by the mover at the same load: p99", moved.p99(), "ms", None, queueing);
        let (latencies, slots) = (&flooded.latencies, "slots that are taken");
        self.say("publish to result, interactive beside a flood of bulk: p50", latencies.p50(), "ms", None, slots);
        self.say("publish to result, interactive beside a flood of bulk: p99", latencies.p99(), "ms", None, slots);
        let (most, wanted) = (flooded.overtaken_by as f64, Some(Wanted::AtMost(200.0)));
        self.say("bulk answers while one interactive request waits, at most", most, "answers", wanted, slots);
    }

    async fn footprint(&mut self) {
        let starts = if self.arguments.quick { 3 } else { 15 };
        let found = footprint::measure(&self.place, &self.usual, starts, self.jobs(1_000)).await;
        let wanted = |most| Some(Wanted::AtMost(most));
        self.say("start to ready", found.ready_ms, "ms", wanted(300.0), "ways to the broker and back");
        self.say("memory, idle", found.idle_mib, "MiB", wanted(32.0), "code, and what allocators keep");
        self.say("memory, idle after 1,000 jobs", found.idle_again_mib, "MiB", None, "what allocators keep");
        self.say("the program", found.program_mib, "MiB", wanted(30.0), "the AWS SDK, TLS, tracing");
    }

    async fn sharing(&mut self) {
        for (workers, name) in [(2, "two"), (4, "four")] {
            // With fewer jobs, one more or less would be whole percents.
            let jobs = self.jobs(2_000).max(200 * workers);
            let off = sharing::unevenness(&self.place, &self.small, workers, jobs).await;
            let what = format!("{name} workers on one queue: off an even share, at most");
            self.say(what, off, "%", Some(Wanted::AtMost(10.0)), "prefetch, as many as jobs at once");
        }
    }
}
