//! Reads exported metrics from Prometheus' text format: their names, kinds, labels and label values.

use std::collections::{BTreeMap, BTreeSet};

use promql_parser::parser::{self, Expr};

/// The labels that a scrape adds to every series.
const BY_SCRAPE: [&str; 4] = ["instance", "job", "namespace", "pod"];

/// Metrics by the names that a query may use: a histogram `h` has `h_bucket`, `h_count` and `h_sum`.
#[derive(Debug, Clone, Default)]
pub struct Exported(BTreeMap<String, Metric>);

/// One metric.
#[derive(Debug, Clone, Default)]
pub struct Metric {
    /// Whether it only rises: a query has to ask for its rate.
    pub is_counter: bool,
    /// Its own labels, with the observed values.
    pub values: BTreeMap<String, BTreeSet<String>>,
}

impl Exported {
    /// Parses the text of a /metrics page. Every line must parse.
    pub fn parse(text: &str) -> Self {
        let mut kinds = BTreeMap::new();
        let mut metrics: BTreeMap<String, Metric> = BTreeMap::new();
        for line in text.lines().filter(|line| !line.is_empty()) {
            if let Some(comment) = line.strip_prefix('#') {
                if let ["TYPE", name, kind] = comment.split_whitespace().collect::<Vec<_>>()[..] {
                    kinds.insert(name.to_owned(), kind.to_owned());
                }
                continue;
            }
            let (name, labels) = sample(line);
            let metric = metrics.entry(name.clone()).or_default();
            metric.is_counter = is_counter(&name, &kinds);
            for (label, value) in labels {
                metric.values.entry(label).or_default().insert(value);
            }
        }
        Self(metrics)
    }

    /// The union of two sets of metrics.
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    /// The metric of this name.
    pub fn metric(&self, name: &str) -> Result<&Metric, String> {
        self.0.get(name).ok_or_else(|| {
            let parts = ["_bucket", "_count", "_sum"].map(|part| format!("{name}{part}"));
            if parts.iter().all(|part| self.0.contains_key(part)) {
                return format!("{name} is a histogram: ask for one of {}", parts.join(", "));
            }
            let near = self.0.keys().max_by(|a, b| strsim::jaro(a, name).total_cmp(&strsim::jaro(b, name)));
            format!("nobody exports {name}; the nearest name is {}", near.map_or("none", |near| near))
        })
    }
}

impl Metric {
    /// Its labels in Prometheus: its own, and those of the scrape.
    pub fn labels(&self) -> BTreeSet<String> {
        self.values.keys().cloned().chain(BY_SCRAPE.map(str::to_owned)).collect()
    }
}

/// The name and labels of a sample's line. They have the syntax of a selector, so the query parser reads them.
fn sample(line: &str) -> (String, Vec<(String, String)>) {
    let (series, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("no sample: {line}"));
    assert!(value.parse::<f64>().is_ok(), "no sample, or one with a timestamp: {line}");
    match parser::parse(series) {
        Ok(Expr::VectorSelector(selector)) => {
            let labels = selector.matchers.matchers.into_iter().map(|label| (label.name, label.value)).collect();
            (selector.name.expect("a sample has a name"), labels)
        }
        other => panic!("{line}: {other:?}"),
    }
}

fn is_counter(name: &str, kinds: &BTreeMap<String, String>) -> bool {
    let kind = |name: &str| kinds.get(name).map(String::as_str);
    let family = ["_bucket", "_count", "_sum"].iter().find_map(|part| name.strip_suffix(part));
    kind(name) == Some("counter") || family.is_some_and(|family| kind(family) == Some("histogram"))
}
