//! The picture of all figures that have a wanted value, as SVG: a bar for each, whose length shows how many times
//! better or worse than wanted it is.
//!
//! A bar to the left of the line is a figure that misses. The colours follow the reader's light or dark theme; the
//! picture has its own background, so that it is readable on any page.

use super::Figure;
use super::kept::Bench;
use super::svg::Svg;
use super::words::{self, lines};

const WIDTH: f64 = 980.0;
/// The left edge of labels, the range of bars, and the left edge of the text beside them.
const LABEL_X: f64 = 24.0;
const BARS: [f64; 2] = [420.0, 700.0];
const BESIDE_X: f64 = 714.0;
/// Letters on a line of a label: as many as fit in the widest fonts that readers have.
const LABEL_LETTERS: usize = 52;
/// Letters on a line of a bold label.
const BOLD_LETTERS: usize = 46;
const BESIDE_LETTERS: usize = 34;
/// The top of the first bench, and the heights of a line of text and of a bar.
const TOP: f64 = 92.0;
const LINE: f64 = 16.0;
const BAR: f64 = 11.0;
/// The gap between two rows, and before a bench.
const ROW_GAP: f64 = 7.0;
const BENCH_GAP: f64 = 18.0;
/// The smallest and the largest range of the axis: better values run to the edge.
const LEAST_AXIS: [f64; 2] = [0.5, 5.0];
const MOST_AXIS: [f64; 2] = [0.02, 200.0];

const STYLE: &str = "
  svg { font: 12px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; }
  .ground { fill: #ffffff; } .grid { stroke: #d8dee4; } .wanted { stroke: #1f2328; stroke-width: 1.5; }
  text { fill: #1f2328; } .dim { fill: #59636e; } .title { font-size: 15px; font-weight: 600; } .head { font-weight: 600; }
  .good { fill: #1a7f37; } .missed { fill: #bc4c00; } .missed-text { fill: #bc4c00; font-weight: 600; }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117; } .grid { stroke: #262c36; } .wanted { stroke: #e6edf3; }
    text { fill: #e6edf3; } .dim { fill: #9198a1; }
    .good { fill: #3fb950; } .missed { fill: #f0883e; } .missed-text { fill: #f0883e; }
  }";

/// Draws the figures of all benches.
pub fn draw(benches: &[Bench]) -> String {
    let wanted = |bench: &Bench| bench.figures.iter().filter(|figure| figure.wanted.is_some()).cloned().collect();
    let parts: Vec<(&Bench, Vec<Figure>)> = benches.iter().map(|bench| (bench, wanted(bench))).collect();
    let parts: Vec<_> = parts.into_iter().filter(|(_, figures)| !figures.is_empty()).collect();
    let axis = Axis::of(parts.iter().flat_map(|(_, figures)| figures));
    let bottom = TOP + parts.iter().map(|(bench, figures)| part_height(bench, figures)).sum::<f64>();
    let mut svg = Svg::new(WIDTH, bottom + 40.0, STYLE);
    svg.header();
    svg.grid(&axis, bottom);
    let mut top = TOP;
    for (bench, figures) in &parts {
        svg.heading(bench, top);
        let mut row_top = top + heading_height(bench);
        for figure in figures {
            svg.row(figure, &axis, row_top);
            row_top += row_height(figure);
        }
        top += part_height(bench, figures);
    }
    svg.end()
}

/// The axis: how many times better than wanted, on a logarithmic scale.
struct Axis {
    ends: [f64; 2],
}

impl Axis {
    /// An axis with room for all values.
    fn of<'a>(figures: impl Iterator<Item = &'a Figure>) -> Self {
        let mut ends = LEAST_AXIS;
        for headroom in figures.filter_map(headroom).filter(|headroom| headroom.is_finite()) {
            ends = [ends[0].min(headroom), ends[1].max(headroom)];
        }
        Self { ends: [(ends[0] / 1.1).max(MOST_AXIS[0]), (ends[1] * 1.1).min(MOST_AXIS[1])] }
    }

    fn x(&self, headroom: f64) -> f64 {
        let [least, most] = self.ends;
        let part = (headroom.clamp(least, most) / least).log10() / (most / least).log10();
        BARS[0] + part * (BARS[1] - BARS[0])
    }

    /// Round numbers, with room for their labels between them.
    fn ticks(&self) -> Vec<f64> {
        let [least, most] = self.ends;
        let steps: &[f64] = if most / least > 50.0 { &[1.0] } else { &[1.0, 2.0, 5.0] };
        let all = (-2..=3).flat_map(|power| steps.iter().map(move |step| step * 10_f64.powi(power)));
        all.filter(|tick| (least..=most).contains(tick)).collect()
    }
}

fn headroom(figure: &Figure) -> Option<f64> {
    figure.wanted.and_then(|wanted| wanted.headroom(figure.value))
}

fn part_height(bench: &Bench, figures: &[Figure]) -> f64 {
    heading_height(bench) + figures.iter().map(row_height).sum::<f64>() + BENCH_GAP
}

fn heading_height(bench: &Bench) -> f64 {
    LINE * heading(bench).len() as f64 + ROW_GAP
}

/// The lines of text above a bench's figures, each with its class.
fn heading(bench: &Bench) -> Vec<(&'static str, String)> {
    let Bench { title, date, machine, .. } = bench;
    let place = format!("{date}, {}", machine.words());
    let title = lines(title, BOLD_LETTERS).into_iter().map(|line| ("head", line));
    title.chain(lines(&place, LABEL_LETTERS).into_iter().map(|line| ("dim", line))).collect()
}

fn row_height(figure: &Figure) -> f64 {
    let lines = lines(&figure.what, LABEL_LETTERS).len().max(beside(figure).len());
    LINE * lines as f64 + ROW_GAP
}

/// The text beside a bar: the value, the wanted value, and, on its own line, that it is missed.
fn beside(figure: &Figure) -> Vec<String> {
    let within = if headroom(figure).is_none() && figure.holds() { "within " } else { "" };
    let bound = figure.wanted.map_or(String::new(), words::bound);
    let mut beside = lines(&format!("{} ({within}{bound})", words::measured(figure)), BESIDE_LETTERS);
    if let Some(wanted) = figure.wanted.filter(|_| !figure.holds()) {
        beside.push(words::verdict(figure.value, wanted));
    }
    beside
}

impl Svg {
    fn header(&mut self) {
        self.raw("<text id=\"title\" class=\"title\" x=\"24\" y=\"30\">Measured speed, beside what is wanted</text>");
        self.raw("<rect class=\"good\" x=\"24\" y=\"46\" width=\"20\" height=\"9\"/>");
        self.text(50.0, 55.0, "dim", "start", "as wanted, or better");
        self.raw("<rect class=\"missed\" x=\"200\" y=\"46\" width=\"20\" height=\"9\"/>");
        self.text(226.0, 55.0, "dim", "start", "missed");
        self.text(BARS[0], 55.0, "dim", "start", "how many times better than wanted: right of the line, it is");
    }

    /// Draws the axis, from above the first bench to below the last.
    fn grid(&mut self, axis: &Axis, bottom: f64) {
        let top = TOP - 10.0;
        for tick in axis.ticks() {
            let (x, class) = (axis.x(tick), if tick == 1.0 { "wanted" } else { "grid" });
            self.raw(&format!("<path class=\"{class}\" d=\"M{x:.1} {top}V{bottom:.1}\"/>"));
            for y in [top - 6.0, bottom + 15.0] {
                self.text(x, y, "dim", "middle", &format!("{tick}×"));
            }
        }
    }

    fn heading(&mut self, bench: &Bench, top: f64) {
        for (number, (class, line)) in heading(bench).iter().enumerate() {
            self.text(LABEL_X, top + LINE * number as f64 + 12.0, class, "start", line);
        }
    }

    fn row(&mut self, figure: &Figure, axis: &Axis, top: f64) {
        for (number, line) in lines(&figure.what, LABEL_LETTERS).iter().enumerate() {
            self.text(LABEL_X, top + LINE * number as f64 + 12.0, "", "start", line);
        }
        let class = if figure.holds() { "good" } else { "missed" };
        let (one, y) = (axis.x(1.0), top + 3.0);
        if let Some(headroom) = headroom(figure) {
            // A figure that is just as wanted, or just missed, must be visible too.
            let width = (axis.x(headroom) - one).abs().max(4.0);
            let from = if figure.holds() { one } else { one - width };
            self.raw(&format!(
                "<rect class=\"{class}\" x=\"{from:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{BAR}\"/>"
            ));
        } else {
            // A range has no length: a dot on the line means within, and one before it means not.
            let (x, radius) = (if figure.holds() { one } else { f64::midpoint(BARS[0], one) }, BAR / 2.0);
            let y = y + radius;
            self.raw(&format!("<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\"/>"));
        }
        let beside = beside(figure);
        for (number, line) in beside.iter().enumerate() {
            let missed = !figure.holds() && number + 1 == beside.len();
            let class = if missed { "missed-text" } else { "" };
            self.text(BESIDE_X, top + LINE * number as f64 + 12.0, class, "start", line);
        }
    }
}
