//! Redraws `docs/speed.svg` and the table of `docs/performance.md` from the figures in `docs/speed`, without a bench.

fn main() {
    bench_report::redraw();
}
