//! The time of each stage for a million triangles: run one after another through the library, beside the whole process.
//!
//! The process reads, decodes and measures a file a few MiB at a time, partly in parallel, on every core; here decoding
//! has one core. So the sum of the stages may exceed the whole, and the report shows the difference as it is.

use std::fs::{self, File};
use std::io::Read;
use std::path::Path;

use bench_report::Figure;
use bench_report::statistics::median;
use pricing_worker::appraise::{Appraiser, Limits, MeasuredModel, QuoteRequest};
use pricing_worker::format::{self, FORMATS, HEAD_BYTES, Head, Hints, ReadError, Sink, Unpacking};
use pricing_worker::mesh::{
    BLOCK_TRIANGLES, KeptMesh, Measurer, RepairOptions, Sums, Triangle, Triangles, repair, self_overlap,
};
use pricing_worker::pricing::PriceBook;
use test_support::appraising::{measure, quote_request};

use super::timing::{in_turn, seconds};
use super::{Files, figure, process};

const ROUNDS: usize = 15;
/// The core's own step: its triangles stay in the cache.
const STEP_BYTES: usize = 4 << 20;
/// The stages, with the limiting factor of each.
const STAGES: [(&str, &str); 8] = [
    ("start and exit (a cube)", "the system: a program, its pages and threads"),
    ("read", "memory: the page cache is copied"),
    ("decode", "memory"),
    ("measure", "arithmetic, on every core"),
    ("topology", "memory"),
    ("rays through the solid", "memory"),
    ("price", "decimal arithmetic"),
    ("write", "nothing: microseconds"),
];

/// Milliseconds of each stage.
pub fn figures(files: &Files) -> Vec<Figure> {
    let core = Core::new(&files.million);
    let rounds: Vec<_> = (0..ROUNDS).map(|_| core.stages()).collect();
    let inside: [f64; 7] =
        std::array::from_fn(|stage| median(&rounds.iter().map(|round| round[stage]).collect::<Vec<_>>()));
    let [whole, start] =
        in_turn([&|| process::price(&files.million, None), &|| process::price(&files.cube, None)], ROUNDS);
    let all: Vec<f64> = [start].into_iter().chain(inside).collect();
    println!("\n1,000,000 triangles, stage by stage:");
    let print = |name: &str, s: f64| println!("  {name:24} {:8.2} ms {:5.1} %", s * 1e3, 100.0 * s / whole);
    let mut figures = vec![figure(
        "1,000,000 triangles, whole process",
        whole * 1e3,
        "ms",
        None,
        "memory, and page faults of what is new",
    )];
    for ((name, limit), s) in STAGES.into_iter().zip(&all) {
        print(name, *s);
        let what = format!("1,000,000 triangles, {name}: {:.1} % of it", 100.0 * s / whole);
        figures.push(figure(what, s * 1e3, "ms", None, limit));
    }
    print("the rest, less overlaps", whole - all.iter().sum::<f64>());
    print("the whole process", whole);
    figures
}

/// The stages of the core.
struct Core<'a> {
    file: &'a Path,
    appraiser: Appraiser,
    request: QuoteRequest,
    bytes: Vec<u8>,
    triangles: Vec<Triangle>,
    /// The sum of the stages up to the price.
    measured: MeasuredModel,
}

impl<'a> Core<'a> {
    fn new(file: &'a Path) -> Self {
        let limits = Limits { object_bytes: u64::MAX, topology_triangles: u64::MAX };
        let appraiser = Appraiser::new(PriceBook::sample(), limits);
        let request = quote_request("model.stl");
        let bytes = fs::read(file).expect("the file");
        let measured = measure(&appraiser, &request, [&bytes[..]]).expect("a sphere");
        let mut triangles = Vec::new();
        decode(&bytes, |batch| batch.append(0..batch.len(), &mut triangles));
        Self { file, appraiser, request, bytes, triangles, measured }
    }

    /// The seconds of each stage in one run.
    fn stages(&self) -> [f64; 7] {
        let Self { bytes, triangles, .. } = self;
        let read = seconds(|| read(self.file));
        let decode = seconds(|| {
            let mut step = Vec::new();
            decode(bytes, |batch| {
                step.clear();
                batch.append(0..batch.len(), &mut step);
            });
        });
        let measure = seconds(|| pass(Measurer::default(), triangles));
        let mut kept = None;
        let measure_and_keep = seconds(|| kept = pass(Measurer::keeping(u64::MAX), triangles));
        let (sums, mesh) = kept.expect("triangles");
        let ends = seconds(|| {
            repair(&sums, mesh.expect("it was kept"), RepairOptions::default(), &|| false).expect("a solid")
        });
        let blocks: Vec<&[Triangle]> = triangles.chunks(BLOCK_TRIANGLES).collect();
        let rays = seconds(|| self_overlap(&blocks, [sums.min, sums.max], sums.volume, sums.area, &|| false));
        // Blocks pair their edges during the pass.
        let topology = (measure_and_keep - measure).max(0.0) + (ends - rays).max(0.0);
        let Self { appraiser, request, measured, .. } = self;
        let mut completed = None;
        let price = seconds(|| completed = Some(appraiser.quote(request, &request.object, measured.clone())));
        let write =
            seconds(|| appraiser.outcome(request, &request.object, completed.expect("it was priced")).to_json());
        [read, decode, measure, topology, rays, price, write]
    }
}

fn pass(mut measurer: Measurer, triangles: &[Triangle]) -> Option<(Sums, Option<KeptMesh>)> {
    triangles.chunks(STEP_BYTES / 50).for_each(|step| measurer.push(step, &|| false).expect("finite"));
    measurer.finish().expect("finite").map(|measured| (measured.sums, measured.mesh))
}

/// Reads a file into reused memory, as the store does.
fn read(file: &Path) {
    let mut file = File::open(file).expect("the file");
    let mut step = vec![0; STEP_BYTES];
    while file.read(&mut step).expect("the file") > 0 {}
}

fn decode(bytes: &[u8], take: impl FnMut(&dyn Triangles)) {
    let head = Head { bytes: &bytes[..HEAD_BYTES], size_bytes: bytes.len() as u64 };
    let opened = format::open(&FORMATS, &head, &Hints::default(), Unpacking::default()).expect("an STL");
    let mut reader = opened.reader;
    let mut sink = Each(take);
    bytes.chunks(STEP_BYTES).for_each(|step| reader.push(step, &mut sink).expect("an STL"));
    reader.finish(&mut sink).expect("an STL");
}

/// A sink that calls a function with each batch.
struct Each<F>(F);

impl<F: FnMut(&dyn Triangles)> Sink for Each<F> {
    fn triangles(&mut self, batch: &dyn Triangles) -> Result<(), ReadError> {
        self.0(batch);
        Ok(())
    }
}
