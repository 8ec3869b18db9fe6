//! The one pass alone, over bytes in memory: beside `stl_io`, and beside the memory bandwidth of one core.
//!
//! Arithmetic limits it. Without any hash, decoding and the sums of areas and volumes take two thirds of the time, at half
//! of one core's memory bandwidth at most; the hashes, which tell a closed mesh from an open one, take the other third.

use std::hint::black_box;
use std::io::Cursor;

use bench_report::{Figure, Wanted};
use pricing_worker::appraise::{Appraiser, Limits};
use pricing_worker::mesh::Triangle;
use pricing_worker::pricing::PriceBook;
use rayon::{ThreadPool, ThreadPoolBuilder};
use test_support::appraising::{measure, quote_request};
use test_support::shapes;

use super::timing::in_turn;
use super::{figure, scaling};

const ROUNDS: usize = 21;
/// Fewer runs: `stl_io` takes seconds.
const SLOW_ROUNDS: usize = 3;
/// A size larger than any cache.
const BUFFER_BYTES: usize = 1 << 30;

pub fn figures(million: &[Triangle]) -> Vec<Figure> {
    let (binary, ascii) = (shapes::binary(million), shapes::ascii(million));
    let [one, two, four] = [1, 2, 4].map(pool);
    let appraiser = Appraiser::new(PriceBook::sample(), Limits { object_bytes: u64::MAX, topology_triangles: 0 });
    let pass = |bytes: &[u8]| pass(&appraiser, bytes);
    let on = |pool: &ThreadPool, bytes: &[u8]| pool.install(|| pass(bytes));
    let buffer = vec![1_u64; BUFFER_BYTES / 8];
    // The global pool has all cores.
    let [on_all, on_one, on_two, on_four, read, text] = in_turn(
        [
            &|| pass(&binary),
            &|| on(&one, &binary),
            &|| on(&two, &binary),
            &|| on(&four, &binary),
            &|| sum(&buffer),
            &|| pass(&ascii),
        ],
        ROUNDS,
    );
    drop(buffer);
    let [plain, indexed] = in_turn([&|| read_plain(&binary), &|| read_indexed(&binary)], SLOW_ROUNDS);
    let [plain_text, indexed_text] = in_turn([&|| read_plain(&ascii), &|| read_indexed(&ascii)], SLOW_ROUNDS);

    let per_million = |s: f64| 1e3 * s * 1e6 / million.len() as f64;
    let (read_per_s, pass_per_s) = (BUFFER_BYTES as f64 / read, binary.len() as f64 / on_all);
    println!(
        "\none core reads {:.1} GB/s from memory, the pass {:.1} GB/s of binary STL",
        read_per_s / 1e9,
        pass_per_s / 1e9
    );
    let mut figures = vec![
        figure(
            "the pass alone, a million triangles of binary STL",
            per_million(on_all),
            "ms",
            Some(Wanted::AtMost(12.0)),
            "arithmetic and memory",
        ),
        figure(
            "the pass alone, binary STL: of what one core reads from memory",
            100.0 * pass_per_s / read_per_s,
            "%",
            Some(Wanted::AtLeast(50.0)),
            "arithmetic and memory",
        ),
        figure(
            "a million triangles of binary STL by stl_io: triangles alone",
            per_million(plain),
            "ms",
            None,
            "one thread",
        ),
        figure(
            "a million triangles of binary STL by stl_io: read_stl, with an index",
            per_million(indexed),
            "ms",
            None,
            "one thread, a hash map",
        ),
    ];
    let four = (scaling::cores() >= 4).then_some(on_four);
    figures.extend(scaling::of("the pass alone", on_one, on_two, four));
    let mb_per_s = |s: f64| ascii.len() as f64 / 1e6 / s;
    figures.extend([
        figure("the pass alone, ASCII STL", mb_per_s(text), "MB/s", Some(Wanted::AtLeast(500.0)), "numbers from text"),
        figure("ASCII STL by stl_io: triangles alone", mb_per_s(plain_text), "MB/s", None, "one thread"),
        figure("ASCII STL by stl_io: read_stl, with an index", mb_per_s(indexed_text), "MB/s", None, "one thread"),
    ]);
    figures
}

fn pool(threads: usize) -> ThreadPool {
    ThreadPoolBuilder::new().num_threads(threads).build().expect("threads")
}

/// Measures bytes without topology, as for a mesh above the topology limit.
pub fn pass(appraiser: &Appraiser, bytes: &[u8]) {
    black_box(measure(appraiser, &quote_request("model.stl"), [black_box(bytes)]).expect("a sphere"));
}

/// Reads memory with the least possible work.
fn sum(buffer: &[u64]) {
    black_box(black_box(buffer).iter().copied().fold(0, u64::wrapping_add));
}

fn read_plain(bytes: &[u8]) {
    let mut file = Cursor::new(black_box(bytes));
    let triangles = stl_io::create_stl_reader(&mut file).expect("a sphere");
    for triangle in triangles {
        black_box(triangle.expect("a sphere"));
    }
}

fn read_indexed(bytes: &[u8]) {
    black_box(stl_io::read_stl(&mut Cursor::new(black_box(bytes))).expect("a sphere"));
}
