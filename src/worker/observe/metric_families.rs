//! Families of metrics, each made and registered in one step.

use prometheus::core::Collector;
use prometheus::{
    GaugeVec, HistogramOpts, HistogramVec, IntCounter, IntCounterVec, IntGauge, Opts, PullingGauge, Registry,
};

/// Makes families, all registered in one place.
pub(in crate::worker) struct Families(pub(in crate::worker) Registry);

/// Names, labels and buckets are written in the sources: one that is wrong is a defect, seen by every test.
pub(in crate::worker) const RIGHT: &str = "the families are well named, and each is registered once";

impl Families {
    fn registered<C: Collector + Clone + 'static>(&self, collector: prometheus::Result<C>) -> C {
        let collector = collector.expect(RIGHT);
        self.0.register(Box::new(collector.clone())).expect(RIGHT);
        collector
    }

    pub(in crate::worker) fn counter(&self, name: &str, help: &str) -> IntCounter {
        self.registered(IntCounter::new(name, help))
    }

    pub(in crate::worker) fn counters(&self, name: &str, help: &str, labels: &[&str]) -> IntCounterVec {
        self.registered(IntCounterVec::new(Opts::new(name, help), labels))
    }

    pub(in crate::worker) fn gauge(&self, name: &str, help: &str) -> IntGauge {
        self.registered(IntGauge::new(name, help))
    }

    pub(in crate::worker) fn histograms(&self, name: &str, help: &str, label: &str, buckets: &[f64]) -> HistogramVec {
        let options = HistogramOpts::new(name, help).buckets(buckets.to_vec());
        self.registered(HistogramVec::new(options, &[label]))
    }

    /// A gauge whose value is asked for at each scrape.
    pub(in crate::worker) fn asked(&self, name: &str, help: &str, value: impl Fn() -> f64 + Send + Sync + 'static) {
        self.registered(PullingGauge::new(name, help, Box::new(value)));
    }

    /// A gauge that is always 1, and tells by its labels.
    pub(in crate::worker) fn info(&self, name: &str, help: &str, labels: &[(&str, &str)]) {
        let (names, values): (Vec<&str>, Vec<&str>) = labels.iter().copied().unzip();
        self.registered(GaugeVec::new(Opts::new(name, help), &names)).with_label_values(&values).set(1.0);
    }
}
