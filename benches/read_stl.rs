//! A criterion benchmark of the core, from the bytes of an STL file to its measures, beside `stl_io` on the bytes alone.
//!
//! The input is a sphere of about a million triangles in memory, binary and ASCII. `pass` is the one pass without
//! topology (for meshes above the topology limit), and `whole` is everything up to the findings. `stl_io plain` reads
//! triangles one by one; `stl_io indexed` also numbers their corners. Criterion compares each run with the last one:
//! run `cargo bench --bench read_stl` before and after a change.

use std::hint::black_box;
use std::io::Cursor;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pricing_worker::appraise::{Appraiser, Limits};
use pricing_worker::pricing::PriceBook;
use test_support::appraising::{measure, quote_request};
use test_support::shapes;

fn volume_mm3(appraiser: &Appraiser, bytes: &[u8]) -> f64 {
    measure(appraiser, &quote_request("model.stl"), [bytes]).expect("a sphere").geometry.volume_mm3
}

fn read_stl(criterion: &mut Criterion) {
    let sphere = shapes::sphere(400_000.0, 500, 1000);
    let [pass, whole] = [0, u64::MAX].map(|topology_triangles| {
        Appraiser::new(PriceBook::sample(), Limits { object_bytes: u64::MAX, topology_triangles })
    });
    for (kind, bytes) in [("binary", sphere.binary()), ("ascii", sphere.ascii())] {
        let mut group = criterion.benchmark_group(kind);
        group.throughput(Throughput::Bytes(bytes.len() as u64)).sample_size(10);
        group.bench_function("pass", |bencher| bencher.iter(|| volume_mm3(&pass, black_box(&bytes))));
        group.bench_function("whole", |bencher| bencher.iter(|| volume_mm3(&whole, black_box(&bytes))));
        group.bench_function("stl_io plain", |bencher| {
            bencher.iter(|| {
                let mut file = Cursor::new(black_box(&bytes));
                let triangles = stl_io::create_stl_reader(&mut file).expect("a sphere");
                triangles.flatten().count()
            });
        });
        group.bench_function("stl_io indexed", |bencher| {
            bencher.iter(|| stl_io::read_stl(&mut Cursor::new(black_box(&bytes))).expect("a sphere").faces.len());
        });
        group.finish();
    }
}

criterion_group!(benches, read_stl);
criterion_main!(benches);
