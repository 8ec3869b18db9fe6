//! The chart of a day, and of one upload of it: replicas, backlog and wait over time, as SVG.
//!
//! The colours follow the reader's light or dark theme; the picture has its own background, so that it is readable on
//! any page.

use std::fmt::Write;

use bench_report::svg::Svg;
use bench_report::words::thousands;

use super::day::{Day, Sample, World};
use super::model::play;
use super::report::duration;
use super::scenario::Scenario;
use super::settings::Keda;

const WIDTH: f64 = 980.0;
const HEIGHT: f64 = 690.0;
/// Left edges and widths of the columns, tops and heights of the rows.
const COLUMNS: [(f64, f64); 2] = [(64.0, 440.0), (560.0, 390.0)];
const ROWS: [(f64, f64); 3] = [(96.0, 130.0), (278.0, 150.0), (480.0, 160.0)];
/// The shortest and the longest wait on the axis.
const WAIT_S: [f64; 2] = [0.001, 1_000.0];

const STYLE: &str = "
  svg { font: 12px system-ui, -apple-system, 'Segoe UI', Helvetica, Arial, sans-serif; }
  .ground { fill: #ffffff; } .frame { fill: none; stroke: #8c959f; } .grid { stroke: #d8dee4; }
  text { fill: #1f2328; } .dim { fill: #59636e; } .title { font-size: 15px; font-weight: 600; } .head { font-weight: 600; }
  .asked { stroke: #1a7f37; } .ready { fill: #1a7f37; fill-opacity: .22; } .asked-text { fill: #1a7f37; }
  .interactive { stroke: #0969da; } .interactive-dot { fill: #0969da; }
  .bulk { stroke: #bc4c00; } .bulk-dot { fill: #bc4c00; } .bulk-area { fill: #bc4c00; fill-opacity: .18; }
  .line { fill: none; stroke-width: 1.5; stroke-linejoin: round; }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #0d1117; } .frame { stroke: #656c76; } .grid { stroke: #262c36; }
    text { fill: #e6edf3; } .dim { fill: #9198a1; }
    .asked { stroke: #3fb950; } .ready { fill: #3fb950; } .asked-text { fill: #3fb950; }
    .interactive { stroke: #58a6ff; } .interactive-dot { fill: #58a6ff; }
    .bulk { stroke: #f0883e; } .bulk-dot { fill: #f0883e; } .bulk-area { fill: #f0883e; }
  }";

/// Plays the day of a scenario and draws it.
pub fn draw(world: &World, keda: &Keda, scenario: &Scenario) -> String {
    let day = play(world, &keda.settings(world.slots), &scenario.requests);
    let (upload, upload_s) = quietest_upload(scenario);
    let most_backlog = day.samples.iter().map(|sample| sample.backlogs[1]).max().unwrap_or(0);
    let scales =
        Scales { most_replicas: above(f64::from(day.most_replicas)), most_backlog: above(most_backlog as f64) };
    let mut drawing = Drawing(Svg::new(WIDTH, HEIGHT, STYLE));
    drawing.header(scenario);
    let hours: Vec<(f64, String)> = (0..=8).map(|n| (f64::from(n) * 3.0, format!("{:02}:00", n * 3))).collect();
    let whole = Window { from_s: 0.0, to_s: 86_400.0, unit_s: 3_600.0, zero_s: 0.0, ticks: &hours, done_s: None };
    drawing.column(0, "the whole day", &whole, &day, &scales);
    let to_s = calm_again(&day, keda, upload_s);
    let ticks = linear_ticks((to_s - upload_s) / 60.0);
    let one = Window {
        from_s: upload_s - (to_s - upload_s) * 0.06,
        to_s,
        unit_s: 60.0,
        zero_s: upload_s,
        ticks: &ticks,
        done_s: Some(day.uploads_s[upload]),
    };
    let clock = format!("{:02.0}:{:02.0}", (upload_s / 3_600.0).floor(), (upload_s / 60.0).floor() % 60.0);
    drawing.column(1, &format!("minutes after the upload of {clock}"), &one, &day, &scales);
    drawing.0.end()
}

/// The upload furthest from all others, and its time.
fn quietest_upload(scenario: &Scenario) -> (usize, f64) {
    let uploads = scenario.requests.iter().filter_map(|request| Some((request.upload?, request.at_s)));
    let mut starts: Vec<(usize, f64)> = uploads.collect();
    starts.dedup();
    let distance = |at_s: f64| {
        let others = starts.iter().filter(|&&(_, other_s)| other_s != at_s);
        others.map(|&(_, other_s)| (other_s - at_s).abs()).fold(f64::MAX, f64::min)
    };
    let quietest = starts.iter().copied().max_by(|a, b| distance(a.1).total_cmp(&distance(b.1)));
    quietest.expect("a day with uploads")
}

/// The time at which the replicas are back at their minimum after an upload, and a little more.
fn calm_again(day: &Day, keda: &Keda, upload_s: f64) -> f64 {
    let mut after = day.samples.iter().skip_while(|sample| sample.at_s <= upload_s);
    let grown = after.find(|sample| sample.replicas > keda.min_replicas).map_or(upload_s, |sample| sample.at_s);
    let calm = after.find(|sample| sample.replicas == keda.min_replicas).map_or(grown, |sample| sample.at_s);
    upload_s + (calm - upload_s).max(60.0) * 1.3
}

/// A scale a little above the largest value.
fn above(most: f64) -> f64 {
    (most * 1.08).max(1.0)
}

/// The largest values of both columns.
struct Scales {
    most_replicas: f64,
    most_backlog: f64,
}

/// A part of the day.
struct Window<'a> {
    from_s: f64,
    to_s: f64,
    /// The unit of the ticks, and their zero.
    unit_s: f64,
    zero_s: f64,
    ticks: &'a [(f64, String)],
    /// The duration of one upload, shown in the panel.
    done_s: Option<f64>,
}

/// The area of a panel, and the values at its edges.
struct Panel {
    left: f64,
    top: f64,
    width: f64,
    height: f64,
    from_s: f64,
    to_s: f64,
    least: f64,
    most: f64,
    logarithmic: bool,
}

impl Panel {
    fn x(&self, at_s: f64) -> f64 {
        self.left + self.width * (at_s - self.from_s) / (self.to_s - self.from_s)
    }

    fn y(&self, value: f64) -> f64 {
        let scale = |value: f64| if self.logarithmic { value.max(self.least).log10() } else { value };
        let part = (scale(value) - scale(self.least)) / (scale(self.most) - scale(self.least));
        self.top + self.height * (1.0 - part.min(1.0))
    }
}

/// The picture while it is drawn.
struct Drawing(Svg);

impl Drawing {
    fn header(&mut self, scenario: &Scenario) {
        let Scenario { name, orders_a_month, demand, .. } = scenario;
        let (orders, uploads) = (thousands(*orders_a_month as f64), demand.uploads);
        self.0.raw(&format!(
            "<text id=\"title\" class=\"title\" x=\"24\" y=\"30\">A day {name}: {orders} orders a month, {uploads} \
             uploads of 10,000 models</text>"
        ));
        let mut x = 24.0;
        let keys = [
            ("asked", "replicas asked for", 165.0),
            ("ready", "replicas that take requests", 225.0),
            ("interactive", "interactive: people wait", 225.0),
            ("bulk", "bulk: sellers' uploads", 0.0),
        ];
        for (class, words, width) in keys {
            if class == "ready" {
                self.0.raw(&format!("<rect class=\"ready\" x=\"{x}\" y=\"45\" width=\"20\" height=\"9\"/>"));
            } else {
                self.0.raw(&format!("<path class=\"line {class}\" d=\"M{x} 50h20\"/>"));
            }
            self.0.text(x + 26.0, 54.0, "dim", "start", words);
            x += width;
        }
    }

    fn column(&mut self, column: usize, caption: &str, window: &Window<'_>, day: &Day, scales: &Scales) {
        let (left, width) = COLUMNS[column];
        let panel = |row: usize, least: f64, most: f64| {
            let (top, height) = ROWS[row];
            let Window { from_s, to_s, .. } = *window;
            Panel { left, top, width, height, from_s, to_s, least, most, logarithmic: row == 2 }
        };
        let seen: Vec<&Sample> =
            day.samples.iter().filter(|sample| (window.from_s..=window.to_s).contains(&sample.at_s)).collect();
        let replicas = panel(0, 0.0, scales.most_replicas);
        self.frame(&replicas, "replicas", window, &linear_ticks(scales.most_replicas));
        self.replicas(&replicas, &seen);
        let backlog = panel(1, 0.0, scales.most_backlog);
        self.frame(&backlog, "backlog, messages", window, &linear_ticks(scales.most_backlog));
        self.backlog(&backlog, &seen);
        if let Some(done_s) = window.done_s {
            let x = backlog.x(window.zero_s + done_s) + 12.0;
            self.0.text(
                x,
                backlog.top + 40.0,
                "bulk-dot",
                "start",
                &format!("10,000 models done after {}", duration(done_s)),
            );
        }
        let wait = panel(2, WAIT_S[0], WAIT_S[1]);
        let ticks = [
            (0.001, "≤ 1 ms"),
            (0.01, "10 ms"),
            (0.1, "0.1 s"),
            (1.0, "1 s"),
            (10.0, "10 s"),
            (100.0, "100 s"),
            (1_000.0, "1,000 s"),
        ];
        self.frame(
            &wait,
            "longest wait, in each second",
            window,
            &ticks.map(|(value, label)| (value, label.to_owned())),
        );
        self.waits(&wait, &seen, window);
        for &(value, ref label) in window.ticks {
            let x = wait.x(window.zero_s + value * window.unit_s);
            self.0.text(x, ROWS[2].0 + ROWS[2].1 + 17.0, "dim", "middle", label);
        }
        self.0.text(left + width / 2.0, HEIGHT - 14.0, "dim", "middle", caption);
    }

    /// Draws the frame of a panel, its grid and its labels.
    fn frame(&mut self, panel: &Panel, title: &str, window: &Window<'_>, ticks: &[(f64, String)]) {
        let Panel { left, top, width, height, .. } = *panel;
        for (value, label) in ticks {
            let y = panel.y(*value);
            self.0.raw(&format!("<path class=\"grid\" d=\"M{left} {y:.1}h{width}\"/>"));
            self.0.text(left - 6.0, y + 4.0, "dim", "end", label);
        }
        for (value, _) in window.ticks {
            let x = panel.x(window.zero_s + value * window.unit_s);
            self.0.raw(&format!("<path class=\"grid\" d=\"M{x:.1} {top}v{height}\"/>"));
        }
        self.0.raw(&format!("<rect class=\"frame\" x=\"{left}\" y=\"{top}\" width=\"{width}\" height=\"{height}\"/>"));
        self.0.text(left, top - 9.0, "head", "start", title);
    }

    fn replicas(&mut self, panel: &Panel, seen: &[&Sample]) {
        let ready = steps(panel, seen, |sample| f64::from(sample.ready));
        let (from, to, floor) = (panel.x(seen[0].at_s), panel.x(seen[seen.len() - 1].at_s), panel.y(0.0));
        self.0.raw(&format!("<path class=\"ready\" d=\"M{from:.1} {floor:.1}L{ready}L{to:.1} {floor:.1}z\"/>"));
        let asked = steps(panel, seen, |sample| f64::from(sample.replicas));
        self.0.raw(&format!("<path class=\"line asked\" d=\"M{asked}\"/>"));
    }

    fn backlog(&mut self, panel: &Panel, seen: &[&Sample]) {
        let bulk = steps(panel, seen, |sample| sample.backlogs[1] as f64);
        let (from, to, floor) = (panel.x(seen[0].at_s), panel.x(seen[seen.len() - 1].at_s), panel.y(0.0));
        self.0.raw(&format!("<path class=\"bulk-area\" d=\"M{from:.1} {floor:.1}L{bulk}L{to:.1} {floor:.1}z\"/>"));
        self.0.raw(&format!("<path class=\"line bulk\" d=\"M{bulk}\"/>"));
        let interactive = steps(panel, seen, |sample| sample.backlogs[0] as f64);
        self.0.raw(&format!("<path class=\"line interactive\" d=\"M{interactive}\"/>"));
    }

    fn waits(&mut self, panel: &Panel, seen: &[&Sample], window: &Window<'_>) {
        let radius = if window.done_s.is_some() { 2.0 } else { 1.1 };
        for (queue, class) in [(1, "bulk-dot"), (0, "interactive-dot")] {
            let mut last = (f64::MIN, f64::MIN);
            for sample in seen {
                let Some(wait_s) = sample.longest_wait_s[queue] else { continue };
                let (x, y) = (panel.x(sample.at_s), panel.y(wait_s));
                // Coinciding points are drawn once.
                if (x - last.0).abs() + (y - last.1).abs() > 1.0 {
                    self.0.raw(&format!("<circle class=\"{class}\" cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"{radius}\"/>"));
                    last = (x, y);
                }
            }
            let Some(done_s) = window.done_s else { continue };
            let in_upload = seen.iter().filter(|sample| (0.0..=done_s).contains(&(sample.at_s - window.zero_s)));
            let longest_s = in_upload.filter_map(|sample| sample.longest_wait_s[queue]).fold(0.0, f64::max);
            let (name, class) = [("interactive", "interactive-dot"), ("bulk", "bulk-dot")][queue];
            let x = panel.x(window.zero_s + done_s) + 12.0;
            let words = format!("{name}, meanwhile: {} at most", duration(longest_s));
            self.0.text(x, panel.y(longest_s.max(0.003)) + 4.0, class, "start", &words);
        }
    }
}

/// Round numbers, three to five of them, from zero.
fn linear_ticks(most: f64) -> Vec<(f64, String)> {
    let power = 10_f64.powf(most.log10().floor() - 1.0);
    let step = [1.0, 2.0, 5.0, 10.0, 20.0, 50.0].map(|step| step * power).into_iter().find(|step| most / step < 5.0);
    let step = step.expect("most is less than a hundred of the power");
    let label = |value: f64| if step < 1.0 { format!("{value:.1}") } else { thousands(value) };
    let values = (0..).map(|number| f64::from(number) * step).take_while(|&value| value <= most);
    values.map(|value| (value, label(value))).collect()
}

/// The steps from sample to sample, with points only at changes; without the first `M` or `L`.
fn steps(panel: &Panel, seen: &[&Sample], value: impl Fn(&Sample) -> f64) -> String {
    let mut path = String::new();
    let mut level = f64::NAN;
    for (place, sample) in seen.iter().enumerate() {
        let (x, y) = (panel.x(sample.at_s), panel.y(value(sample)));
        if y == level && place + 1 < seen.len() {
            continue;
        }
        if level.is_nan() {
            write!(path, "{x:.1} {y:.1}").expect("a string takes all text");
        } else {
            write!(path, "H{x:.1}V{y:.1}").expect("a string takes all text");
        }
        level = y;
    }
    path
}
