//! The bench's report: as text, and as the table of `docs/autoscaling.md`.

use std::fmt::{self, Write};

use bench_report::words::{lines, thousands};

use super::arrivals::{ServiceTimes, Sizes, stl_bytes};
use super::day::World;
use super::measured::Measured;
use super::scenario::Scenario;
use super::settings::Chart;
use super::sweep::Outcome;

/// The figures that the model starts from.
pub struct Facts {
    measured: Measured,
    slots: usize,
    cores: f64,
    max_replicas: u32,
    start_s: f64,
    mean_service_s: f64,
    mean_bytes: f64,
    mean_triangles: f64,
}

impl Facts {
    /// Gathers the figures.
    pub fn of(measured: &Measured, chart: &Chart, sizes: &Sizes, times: &ServiceTimes, world: &World) -> Self {
        Self {
            measured: measured.clone(),
            slots: chart.slots,
            cores: chart.cores,
            max_replicas: chart.keda.max_replicas,
            start_s: world.start_s,
            mean_service_s: times.mean_s(sizes),
            mean_bytes: stl_bytes(sizes.mean_triangles),
            mean_triangles: sizes.mean_triangles,
        }
    }

    /// Models a second, of the mix, that one pod prices.
    fn pod_per_s(&self) -> f64 {
        self.slots as f64 / self.mean_service_s
    }

    /// The slot time of one of the measured models.
    fn service(&self, model: usize) -> String {
        duration(self.measured.models[model].service_s(self.slots, self.cores))
    }

    /// Models a second at which the store is saturated.
    fn store_per_s(&self) -> f64 {
        self.measured.store_gets_per_s.min(self.measured.store_bytes_per_s / self.mean_bytes)
    }
}

impl fmt::Display for Facts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { measured, slots, cores, .. } = self;
        writeln!(f, "measured: a worker is ready {:.2} s after its start; a model takes", measured.start_s)?;
        for model in &measured.models {
            let service_ms = model.service_s(*slots, *cores) * 1e3;
            writeln!(
                f,
                "  {:>9} triangles: {:>8.2} ms of a processor, {:>8.2} ms alone; {service_ms:>8.2} ms in one of {slots} slots \
                 on {cores} cores",
                model.triangles,
                model.processor_s * 1e3,
                model.alone_s * 1e3,
            )?;
        }
        let third = &measured.models[2];
        writeln!(
            f,
            "  four at once, {} triangles: {:.0} a second here, where a processor's time allows {:.0} on one core",
            third.triangles,
            measured.four_at_once_per_s,
            1.0 / third.processor_s
        )?;
        writeln!(
            f,
            "the broker moves {:.0} messages a second, {:.0} with a GET each; the store gives {:.0} small objects a second, and \
             {:.0} MB/s",
            measured.broker_per_s,
            measured.moved_per_s,
            measured.store_gets_per_s,
            measured.store_bytes_per_s / 1e6
        )?;
        writeln!(
            f,
            "of models of {:.0} triangles on average, log-normal: {:.1} ms in a slot, {:.0} a second for one pod; a pod is \
             ready after {:.1} s",
            self.mean_triangles,
            self.mean_service_s * 1e3,
            self.pod_per_s(),
            self.start_s
        )
    }
}

/// The table of the document: `outcomes` are with a store that keeps up, `limited` with the measured one.
pub fn table(facts: &Facts, scenarios: &[Scenario], outcomes: &[Outcome], limited: &[Outcome]) -> String {
    let mut rows: Vec<Vec<String>> = vec![
        vec![String::new()],
        vec!["orders a month".into()],
        vec!["models a day".into()],
        vec!["interactive: 99 of 100 wait for a slot no longer than".into()],
        vec!["10,000 models of a seller: priced within, median".into()],
        vec!["the same, 19 of 20 uploads".into()],
        vec!["the same, from the measured S3 server".into()],
        vec!["most replicas".into()],
        vec!["pod hours a day".into()],
        vec!["of what RabbitMQ can take, in the busiest hour".into()],
        vec!["of what S3 can give, in the busiest hour".into()],
    ];
    for ((scenario, outcome), limited) in scenarios.iter().zip(outcomes).zip(limited) {
        let busiest_per_s = scenario.demand.requests() * scenario.demand.busiest_hour() / 3_600.0;
        let percent = |limit: f64| format!("{:.1} %", 100.0 * busiest_per_s / limit);
        let column = [
            scenario.name.to_owned(),
            thousands(scenario.orders_a_month as f64),
            thousands(scenario.requests.len() as f64),
            duration(outcome.interactive_p99_s),
            duration(outcome.upload_median_s),
            duration(outcome.upload_p95_s),
            duration(limited.upload_p95_s),
            outcome.most_replicas.to_string(),
            format!("{:.1}", outcome.pod_hours),
            percent(facts.measured.broker_per_s),
            percent(facts.store_per_s()),
        ];
        for (row, cell) in rows.iter_mut().zip(column) {
            row.push(cell);
        }
    }
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        writeln!(text, "| {} |", row.join(" | ")).expect("a string takes all text");
        if number == 0 {
            text += "| --- | --- | --- | --- |\n";
        }
    }
    text + "\n" + &wrapped(&limits(facts, &scenarios[1])) + "\n" + &wrapped(&sources(facts, &scenarios[0]))
}

/// The measured and the assumed figures.
fn sources(facts: &Facts, now: &Scenario) -> String {
    let Facts { measured, slots, mean_service_s, mean_triangles, start_s, .. } = facts;
    format!(
        "Measured: a worker is ready {:.2} s after its start, and a model takes {:.1} ms of one of its {slots} slots on average \
         ({} triangles: {}; {}: {}). Assumed: {} orders a month now and a hundred more each month, {:.0} prices that a person \
         waits for to an order, uploads ({} a day now) that grow as orders do, {} triangles a model on average, log-normal \
         (one in a thousand has twelve times as many), and {:.0} s that a cluster adds to a start.\n",
        measured.start_s,
        mean_service_s * 1e3,
        thousands(measured.models[1].triangles as f64),
        facts.service(1),
        thousands(measured.models[3].triangles as f64),
        facts.service(3),
        thousands(now.orders_a_month as f64),
        now.demand.prices_per_order,
        now.demand.uploads,
        thousands(*mean_triangles),
        start_s - measured.start_s,
    )
}

/// The size at which a server, and not the workers, limits the rate.
fn limits(facts: &Facts, scenario: &Scenario) -> String {
    let (pod, broker, store) = (facts.pod_per_s(), facts.measured.broker_per_s, facts.store_per_s());
    let orders_a_day = |per_s: f64| {
        let jobs_per_order = scenario.demand.requests() / scenario.demand.orders;
        per_s * 3_600.0 / scenario.demand.busiest_hour() / jobs_per_order
    };
    let all = pod * f64::from(facts.max_replicas);
    format!(
        "One pod prices {pod:.0} models a second, {max} pods {all:.0}. RabbitMQ moves {broker_per_s} a second: as much as \
         {broker_pods:.0} pods do, {broker_orders} orders a day with their uploads. The S3 server of the tests gives \
         {store_mb:.0} MB/s, {store:.0} models a second: as much as {store_pods:.1} pods do, {store_orders} orders a day; \
         {max} pods take {wanted_gb:.1} GB/s. From {first_pods:.1} pods on {first} limits, and not the workers. Both were measured \
         on two cores that they share with all else.\n",
        max = facts.max_replicas,
        first_pods = broker.min(store) / pod,
        first = if store < broker { "S3" } else { "RabbitMQ" },
        broker_per_s = thousands(broker),
        broker_pods = broker / pod,
        broker_orders = thousands(orders_a_day(broker)),
        store_mb = store * facts.mean_bytes / 1e6,
        store_pods = store / pod,
        store_orders = thousands(orders_a_day(store)),
        wanted_gb = all * facts.mean_bytes / 1e9,
    )
}

/// The text wrapped to the document's line length.
fn wrapped(text: &str) -> String {
    lines(text, 120).join("\n") + "\n"
}

/// Seconds in the unit that a reader expects.
pub fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 0.0005 => "under 1 ms".into(),
        s if s < 0.0995 => format!("{:.0} ms", s * 1e3),
        s if s < 99.5 => format!("{s:.1} s"),
        s => format!("{:.0} min {:02.0} s", (s / 60.0).floor(), s % 60.0),
    }
}
