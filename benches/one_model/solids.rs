//! The processor time of finding the solid: of clean models, of many bodies within one, and of the worst that is known for the size
//! of a file.
//!
//! A model is one body or many by its triangles alone, so that each is held against one body of as many. The clock of a process
//! ticks in hundredths of a second: a model is measured again until it has taken some dozens.

use std::hint::black_box;
use std::time::Duration;

use bench_report::{Figure, Wanted};
use pricing_worker::appraise::{Appraiser, Limits};
use pricing_worker::mesh::{BLOCK_TRIANGLES, Measurer, Triangle, self_overlap};
use pricing_worker::pricing::PriceBook;
use test_support::appraising::{measure, quote_request};
use test_support::process::processor_time;
use test_support::shapes::{self, crowd, prism_around_tetrahedra, sphere};

use super::{as_a_part, figure};

/// The least processor time that a figure stands on.
const LEAST: Duration = Duration::from_millis(600);
/// Sides of a prism of 80,000 triangles, and the tetrahedra in it.
const SIDES: usize = 20_000;
const BODIES: i64 = 4_000;
/// Triangles of a file of 5 MB.
const FIVE_MEGABYTES: usize = 100_000;

pub fn figures(million: &[Triangle], twenty_thousand: &[Triangle]) -> Vec<Figure> {
    let bench = Bench::new();
    let mut figures = Vec::new();
    println!("\nthe solid:");
    let mut add = |what: &str, value: f64, unit: &str, wanted: Wanted, limit: &str| {
        println!("  {what}: {value:.3} {unit}");
        figures.push(figure(what, value, unit, Some(wanted), limit));
    };
    for (name, triangles) in [("1,000,000", million), ("20,000", twenty_thousand)] {
        let what = format!("one clean body of {name} triangles: the look for overlaps, of all else");
        add(&what, 100.0 * bench.share_of_rays(triangles), "%", Wanted::AtMost(15.0), "memory");
    }
    let one = prism_around_tetrahedra(SIDES + BODIES as usize, 0);
    let many = prism_around_tetrahedra(SIDES, BODIES);
    let rows = [("along x", one.clone(), many.clone()), ("along a diagonal", one.diagonal(), many.diagonal())];
    for (name, one, many) in rows {
        let what = format!("a prism of 80,000 long triangles around 4,000 bodies, {name}: of one body of as many");
        let times = bench.seconds(&as_a_part(&many)) / bench.seconds(&as_a_part(&one));
        add(&what, times, "times", Wanted::AtMost(5.0), "long triangles are near everything");
    }
    for (name, triangles) in hard_files() {
        let what = format!("5 MB of {name}: processor time");
        add(&what, 1e3 * bench.seconds(&triangles), "ms", Wanted::AtMost(1e3), "the bounds on steps");
    }
    figures
}

/// Files of 5 MB that take the longest for their size.
fn hard_files() -> [(&'static str, Vec<Triangle>); 4] {
    let ball = sphere(100_000.0, 126, 200);
    let two_balls = ball.clone().and(ball.moved([1_000, 2_000, 3_000]));
    [
        ("two balls that share most of their volume", as_a_part(&two_balls)),
        ("tetrahedra that meet one in four", as_a_part(&crowd(FIVE_MEGABYTES / 4, [20, 14]))),
        ("tetrahedra that meet a dozen each", as_a_part(&crowd(FIVE_MEGABYTES / 4, [20, 16]))),
        ("tetrahedra in one place", as_a_part(&crowd(FIVE_MEGABYTES / 4, [20, 20]))),
    ]
}

/// Measures models.
struct Bench {
    appraiser: Appraiser,
}

impl Bench {
    fn new() -> Self {
        let limits = Limits { object_bytes: u64::MAX, topology_triangles: u64::MAX };
        Self { appraiser: Appraiser::new(PriceBook::sample(), limits) }
    }

    /// The processor time of a model, from its bytes to its measures.
    fn seconds(&self, triangles: &[Triangle]) -> f64 {
        let bytes = shapes::binary(triangles);
        let request = quote_request("model.stl");
        processor_seconds(|| {
            black_box(measure(&self.appraiser, &request, bytes.chunks(4 << 20)).expect("a solid"));
        })
    }

    /// The processor time of the rays through a clean model, as a share of what the model takes without them.
    fn share_of_rays(&self, triangles: &[Triangle]) -> f64 {
        let mut measurer = Measurer::default();
        measurer.push(triangles, &|| false).expect("finite");
        let sums = measurer.finish().expect("finite").expect("triangles").sums;
        let blocks: Vec<&[Triangle]> = triangles.chunks(BLOCK_TRIANGLES).collect();
        let rays = processor_seconds(|| {
            black_box(self_overlap(&blocks, [sums.min, sums.max], sums.volume, sums.area, &|| false));
        });
        rays / (self.seconds(triangles) - rays)
    }
}

/// The processor time that a function takes on all threads, by as many calls as make it measurable, after one uncounted.
fn processor_seconds(run: impl Fn()) -> f64 {
    run();
    let now = || processor_time(std::process::id()).expect("this process runs");
    let (begun, mut calls) = (now(), 0);
    loop {
        run();
        calls += 1;
        let taken = now().saturating_sub(begun);
        if taken >= LEAST {
            return taken.as_secs_f64() / f64::from(calls);
        }
    }
}
