//! Draws `docs/speed.svg` and the table of `docs/performance.md` again from the figures in `docs/speed`, and measures nothing.

fn main() {
    bench_report::redraw();
}
