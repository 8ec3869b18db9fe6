//! Times the core from the bytes of an STL file to its measures, beside `stl_io` on the bytes alone, with criterion's statistics.
//!
//! A sphere of about a million triangles in memory, binary and ASCII. `pass` is the one pass without topology (what a model beyond
//! its memory gets), `whole` is everything up to the findings; `stl_io plain` reads triangles one by one, `stl_io indexed`
//! also numbers their corners. Criterion compares each run with the last one: run `cargo bench --bench read_stl` before and
//! after a change.

use std::hint::black_box;
use std::io::Cursor;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use pricing_worker::appraise::{Appraisal, Limits, Stop};
use pricing_worker::contract::ModelRef;
use test_support::shapes;

fn measure(bytes: &[u8], memory_bytes: u64) -> f64 {
    let model = ModelRef { key: "model.stl".into(), ..ModelRef::default() };
    let limits = Limits { object_bytes: u64::MAX, memory_bytes };
    let mut appraisal = Appraisal::begin(&model, bytes.len() as u64, &limits, Stop::default()).expect("within limits");
    appraisal.push(bytes).expect("a sphere");
    appraisal.finish().expect("a sphere").geometry.volume_mm3
}

fn read_stl(criterion: &mut Criterion) {
    let sphere = shapes::sphere(400_000.0, 500, 1000);
    for (kind, bytes) in [("binary", sphere.binary()), ("ascii", sphere.ascii())] {
        let mut group = criterion.benchmark_group(kind);
        group.throughput(Throughput::Bytes(bytes.len() as u64)).sample_size(10);
        group.bench_function("pass", |bencher| bencher.iter(|| measure(black_box(&bytes), 0)));
        group.bench_function("whole", |bencher| bencher.iter(|| measure(black_box(&bytes), u64::MAX)));
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
