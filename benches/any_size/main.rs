//! A bench of a model larger than memory: 5 GB of binary STL, through `price` and through the worker from S3.
//!
//! ```sh
//! cargo bench --bench any_size                        # some minutes, 6 GB of disk below target/tmp
//! cargo bench --bench any_size -- --triangles 4000000 --ascii-bytes 100MB      # seconds, to see that it works
//! cargo bench --bench any_size -- --whole             # the whole mesh in memory too: some 55 bytes a triangle, 6 GB
//! cargo bench --bench any_size -- --report            # writes docs/speed/any_size.json and docs/performance.md
//! ```
//!
//! The model is a torus on a lattice, written in a stream (`model`), with its volume summed in integers. The bench
//! compares every answer with that sum, and answers by different ways with each other, digit by digit.
//!
//! The limit of each figure:
//!
//! - `price`: decoding and measuring, on all cores; the file is in the page cache, if the machine has the memory. Its
//!   peak memory is that of the bytes in flight, whatever the file's size.
//! - The worker: the S3 server, which shares this machine's cores, and reads files 4 KiB at a time. The mover beside it
//!   reads the object over the same adapter and drops it: its time is a lower bound.
//! - A thin line: each connection has a fixed rate. One GET gets the rate of one connection; up to four parallel ones
//!   get theirs at the same time; the first part comes over one.
//! - ASCII: from text to numbers, on all cores.

use std::fs;
use std::path::Path;

use bench_report::{Figure, Wanted, show};
use bytesize::ByteSize;
use clap::Parser;
use tempfile::TempDir;

use self::model::{Model, Torus};
use self::price::{Answer, Settings, price};
use self::store::Place;

mod line;
mod model;
mod price;
mod store;

/// Measures models of any size.
#[derive(Debug, Parser)]
struct Arguments {
    /// Triangles of the large model, in binary STL.
    #[arg(long, default_value_t = 100_000_000)]
    triangles: u64,
    /// About so many bytes of ASCII STL.
    #[arg(long, default_value = "1GB")]
    ascii_bytes: ByteSize,
    /// Measures the large model with its whole mesh in memory, too.
    #[arg(long)]
    whole: bool,
    /// Keeps the figures in docs/speed, and writes them into docs/performance.md.
    #[arg(long)]
    report: bool,
    /// Cargo's own.
    #[arg(long, hide = true)]
    bench: bool,
}

/// The most memory for a model of any size, in MiB.
const MOST_MIB: f64 = 300.0;
/// Triangles of the model measured both ways on any machine: its mesh takes 320 MB.
const BOTH_WAYS: u64 = 2_000_000;
/// The approximate size of a triangle in ASCII.
const ASCII_BYTES_A_TRIANGLE: u64 = 190;
/// The settings of a program that keeps no mesh, and of one that keeps every mesh of this bench.
const STREAMED: Settings = &[("PRICING_TOPOLOGY_TRIANGLES", "1"), ("PRICING_MEMORY_BUDGET", "64MiB")];
const WHOLE: Settings = &[("PRICING_TOPOLOGY_TRIANGLES", "200000000"), ("PRICING_MEMORY_BUDGET", "64GiB")];
const FOLDER: &str = "any-size-";

fn main() {
    let arguments = Arguments::parse();
    let folder = folder();
    let figures = measure(&arguments, folder.path());
    folder.close().expect("the folder goes");
    show("any_size", "Any size", "cargo bench --bench any_size -- --report", &figures, arguments.report);
}

/// A folder for the models, which this process removes at its end, or the next one if a signal kills it.
fn folder() -> TempDir {
    let parent = Path::new(env!("CARGO_TARGET_TMPDIR"));
    for left in fs::read_dir(parent).expect("cargo's own folder").flatten() {
        if left.file_name().to_string_lossy().starts_with(FOLDER) {
            fs::remove_dir_all(left.path()).expect("what was left goes");
        }
    }
    tempfile::Builder::new().prefix(FOLDER).tempdir_in(parent).expect("a folder")
}

fn measure(arguments: &Arguments, folder: &Path) -> Vec<Figure> {
    let mut figures = Figures(Vec::new());
    let small = Torus::of(BOTH_WAYS).binary(&folder.join("small.stl"));
    figures.both_ways(&small);
    let ascii = Torus::of(arguments.ascii_bytes.as_u64() / ASCII_BYTES_A_TRIANGLE).ascii(&folder.join("ascii.stl"));
    figures.ascii(&ascii);
    fs::remove_file(&ascii.path).expect("it was there");
    let large = Torus::of(arguments.triangles).binary(&folder.join("large.stl"));
    let priced = figures.price(&large);
    if arguments.whole {
        figures.whole(&large, &priced);
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(async {
        let place = Place::new().await;
        figures.worker(&place, &large, &priced).await;
        figures.thin_line(&place, &small).await;
    });
    figures.0
}

/// The results of the bench.
struct Figures(Vec<Figure>);

impl Figures {
    fn add(&mut self, what: String, (value, unit): (f64, &str), wanted: Option<Wanted>, limit: &str) {
        let (unit, limit) = (unit.to_owned(), limit.to_owned());
        eprintln!("{what}: {value:.3} {unit}");
        self.0.push(Figure { what, value, unit, wanted, limit });
    }

    /// Asserts that two ways to measure a model give the same to the last bit.
    fn same(&mut self, ways: &str, [one, other]: [&Answer; 2]) {
        let differing = one.measures().iter().zip(other.measures()).filter(|(one, other)| **one != *other).count();
        let what = format!("{ways}: volume, area, bounds, centroid, fingerprint that differ in any bit");
        self.add(what, (differing as f64, "measures"), Some(Wanted::AtMost(0.0)), "");
    }

    /// Asserts that the volume is the lattice's.
    fn exact(&mut self, model: &Model, answer: &Answer) {
        let error = (answer.volume_mm3() / model.volume_mm3 - 1.0).abs();
        let what = format!("{}: volume, off the sum in integers", model.name);
        self.add(what, (error, "of it"), Some(Wanted::AtMost(1e-12)), "f64");
    }

    fn both_ways(&mut self, model: &Model) {
        let streamed = price(&model.path, STREAMED);
        let whole = price(&model.path, WHOLE);
        assert!(streamed.skipped_topology() && !whole.skipped_topology(), "one without its mesh, one with it");
        self.same(&format!("{}, streamed and whole", model.name), [&streamed, &whole]);
        self.exact(model, &whole);
    }

    fn price(&mut self, model: &Model) -> Answer {
        let read_s = price::read_s(&model.path);
        let answer = price(&model.path, &[]);
        let Model { name, size_bytes, .. } = model;
        let peak = (mib(answer.peak_bytes), "MiB");
        self.add(format!("{name}, price: peak memory"), peak, Some(Wanted::AtMost(MOST_MIB)), "bytes in flight");
        self.add(format!("{name}, price"), (answer.seconds, "s"), None, "processors");
        self.add(format!("{name}, price"), rate(*size_bytes, answer.seconds), None, "processors");
        self.add(format!("{name}, read and dropped, one thread"), rate(*size_bytes, read_s), None, "memory");
        self.exact(model, &answer);
        println!("what is said of topology: {}", answer.topology_finding());
        answer
    }

    fn whole(&mut self, model: &Model, streamed: &Answer) {
        let whole = price(&model.path, WHOLE);
        let name = &model.name;
        assert!(!whole.skipped_topology(), "its mesh is whole");
        self.same(&format!("{name}, streamed and whole"), [streamed, &whole]);
        self.add(format!("{name}, whole mesh: peak memory"), (mib(whole.peak_bytes), "MiB"), None, "its mesh");
        self.add(format!("{name}, whole mesh"), (whole.seconds, "s"), None, "memory");
    }

    fn ascii(&mut self, model: &Model) {
        let Model { name, size_bytes, .. } = model;
        let answer = price(&model.path, &[]);
        let peak = (mib(answer.peak_bytes), "MiB");
        self.add(format!("{name}, price: peak memory"), peak, Some(Wanted::AtMost(MOST_MIB)), "bytes in flight");
        self.add(format!("{name}, price"), rate(*size_bytes, answer.seconds), None, "processors");
        self.exact(model, &answer);
    }

    async fn worker(&mut self, place: &Place, model: &Model, priced: &Answer) {
        let key = place.adopt(model).await;
        let moved_s = place.moved_s(&key).await;
        let answer = place.priced(&key, place.bucket.address(), &[]).await;
        let Model { name, size_bytes, .. } = model;
        let peak = (mib(answer.peak_bytes), "MiB");
        self.add(format!("{name}, worker: peak memory"), peak, Some(Wanted::AtMost(MOST_MIB)), "bytes in flight");
        self.add(format!("{name}, worker"), rate(*size_bytes, answer.seconds), None, "the S3 server");
        self.add(format!("{name}, mover: read from S3 and dropped"), rate(*size_bytes, moved_s), None, "the S3 server");
        self.same(&format!("{name}, price and worker"), [priced, &answer]);
    }

    /// A line with a low rate per connection: several GETs beside one, and the worker beside a mover.
    async fn thin_line(&mut self, place: &Place, model: &Model) {
        let key = place.adopt(model).await;
        let line = line::thin(place.bucket.address(), line::BYTES_A_SECOND).await;
        let one_s = place.one_get_s(&key, line).await;
        let several_s = place.moved_over_s(&key, line).await;
        let answer = place.priced(&key, line, STREAMED).await;
        let name = format!("{}, {} MB/s a connection", model.name, line::BYTES_A_SECOND / 1e6);
        self.add(format!("{name}, one GET"), rate(model.size_bytes, one_s), None, "network");
        self.add(format!("{name}, several GETs"), rate(model.size_bytes, several_s), None, "network");
        let times = (one_s / several_s, "times");
        self.add(format!("{name}: several GETs faster than one"), times, Some(Wanted::AtLeast(2.5)), "four at most");
        let kept_up = (100.0 * several_s / answer.seconds, "%");
        let what = format!("{name}: the worker's speed, of the mover's");
        self.add(what, kept_up, Some(Wanted::AtLeast(90.0)), "network");
    }
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / f64::from(1 << 20)
}

fn rate(bytes: u64, seconds: f64) -> (f64, &'static str) {
    (bytes as f64 / 1e6 / seconds, "MB/s")
}
