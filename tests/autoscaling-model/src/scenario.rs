//! The days that the model plays: now, in five years, and at ten times that.

use crate::arrivals::{self, Demand, Request, ServiceTimes, Sizes};
use crate::measured::Measured;
use crate::settings::Chart;
use crate::sweep::Trial;

/// Days of a month, all alike.
const MONTH_DAYS: f64 = 30.0;
/// The growth in orders per month.
const GROWTH: usize = 100;
/// The period of growth, in months.
const FIVE_YEARS: usize = 60;
const SEED: u64 = 1;

/// The shop's demand today.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shop {
    /// Orders a month. They grow by a hundred a month.
    pub orders: usize,
    /// Interactive requests for each order.
    pub prices_per_order: f64,
    /// Uploads of 10,000 models in a day. They grow as orders do.
    pub uploads: usize,
}

/// A scenario: one day to play.
pub struct Scenario {
    /// Its name: when it is.
    pub name: &'static str,
    /// The orders of its month.
    pub orders_a_month: usize,
    /// The demand that its requests are drawn from.
    pub demand: Demand,
    /// Its requests, by time.
    pub requests: Vec<Request>,
}

/// The slot times of models in the chart's pods, from the measurements.
pub fn service_times(measured: &Measured, chart: &Chart) -> ServiceTimes {
    let times = measured.models.iter().map(|model| (model.triangles as f64, model.service_s(chart.slots, chart.cores)));
    ServiceTimes { points: times.collect() }
}

/// The scenarios: now, in five years, and ten times that.
pub fn scenarios(shop: &Shop, sizes: &Sizes, times: &ServiceTimes) -> Vec<Scenario> {
    let grown = shop.orders + GROWTH * FIVE_YEARS;
    let table = [("now", shop.orders), ("in five years", grown), ("ten times that", 10 * grown)];
    let scenarios = table.map(|(name, orders_a_month)| {
        let demand = Demand {
            orders: orders_a_month as f64 / MONTH_DAYS,
            prices_per_order: shop.prices_per_order,
            uploads: shop.uploads * orders_a_month / shop.orders,
            models_per_upload: 10_000,
        };
        let requests = arrivals::day(&demand, sizes, times, SEED);
        Scenario { name, orders_a_month, demand, requests }
    });
    scenarios.into()
}

/// The days for judging settings.
pub fn trials(scenarios: &[Scenario], sizes: &Sizes, times: &ServiceTimes) -> Vec<Trial> {
    let ten_times_as_large = Sizes { mean_triangles: 10.0 * sizes.mean_triangles, ..*sizes };
    let large = arrivals::day(&scenarios[1].demand, &ten_times_as_large, times, SEED);
    let trial = |name, requests: &[Request], upload_p95_s| Trial { name, requests: requests.to_vec(), upload_p95_s };
    vec![
        trial(scenarios[1].name, &scenarios[1].requests, 120.0),
        trial(scenarios[2].name, &scenarios[2].requests, 120.0),
        trial("in five years, with models ten times as large", &large, 300.0),
    ]
}
