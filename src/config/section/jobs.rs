//! What one job may take, and how many run at once.

use std::time::Duration;

use crate::config::table::own::{CONCURRENCY, JOB_TIMEOUT, MAX_OBJECT_SIZE, MEMORY_BUDGET, TOPOLOGY_TRIANGLES};
use crate::config::table::shared::RAYON_NUM_THREADS;
use crate::config::table::{self, SettingGroup};
use crate::config::{ConfigErrors, Section, SettingError, Sources};

/// What one job may take, and how many run at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jobs {
    /// Jobs in flight.
    pub concurrency: usize,
    /// Bytes of models held at once, over all jobs.
    pub memory_budget_bytes: u64,
    /// The largest mesh, in triangles, whose topology is examined.
    pub topology_triangles: u64,
    /// The largest model, in bytes.
    pub max_object_bytes: u64,
    /// The time that one job may take, download included.
    pub timeout: Duration,
    /// Threads that compute.
    pub compute_threads: usize,
}

impl Section for Jobs {
    const GROUP: &'static SettingGroup = &table::JOBS;

    fn parse(sources: &Sources<'_>) -> Result<Self, ConfigErrors> {
        let mut problems = ConfigErrors::default();
        let concurrency = problems.keep_one(concurrency(sources));
        let memory_budget = problems.keep_one(MEMORY_BUDGET.value(sources));
        let triangles = problems.keep_one(TOPOLOGY_TRIANGLES.value(sources));
        let max_object = problems.keep_one(MAX_OBJECT_SIZE.value(sources));
        let timeout = problems.keep_one(JOB_TIMEOUT.value(sources));
        let threads = problems.keep_one(compute_threads(sources));
        match (concurrency, memory_budget, triangles, max_object, timeout, threads) {
            (
                Some(concurrency),
                Some(memory_budget_bytes),
                Some(triangles),
                Some(max_object_bytes),
                Some(timeout),
                Some(compute_threads),
            ) => Ok(Self {
                concurrency,
                memory_budget_bytes,
                topology_triangles: triangles.into(),
                max_object_bytes,
                timeout,
                compute_threads,
            }),
            _ => Err(problems),
        }
    }
}

impl Jobs {
    /// Refuses a memory budget that cannot hold the largest mesh whose topology is to be examined: whether a mesh is
    /// examined must not follow from a replica's memory.
    ///
    /// `least_budget_bytes` is the least budget for a mesh of so many triangles. The caller knows it: configuration knows
    /// no meshes.
    pub fn require_room_for_topology(&self, least_budget_bytes: impl FnOnce(u64) -> u64) -> Result<(), ConfigErrors> {
        let &Self { memory_budget_bytes, topology_triangles, .. } = self;
        let least_budget_bytes = least_budget_bytes(topology_triangles);
        if memory_budget_bytes < least_budget_bytes {
            let too_small =
                SettingError::BudgetTooSmall { memory_budget_bytes, topology_triangles, least_budget_bytes };
            return Err(too_small.into());
        }
        Ok(())
    }
}

fn concurrency(sources: &Sources<'_>) -> Result<usize, SettingError> {
    let default = (2 * sources.environment().cores()).min(CONCURRENCY.kind.most as usize);
    Ok(CONCURRENCY.optional(sources)?.map_or(default, |jobs| jobs as usize))
}

/// As rayon reads its variable: 0, or what is no number, stands for the number of cores.
fn compute_threads(sources: &Sources<'_>) -> Result<usize, SettingError> {
    let threads = RAYON_NUM_THREADS.optional(sources)?.and_then(|text| text.parse().ok());
    Ok(threads.filter(|&threads| threads > 0).unwrap_or_else(|| sources.environment().cores()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, Flags};

    fn jobs(variables: &[(&str, &str)]) -> Result<Jobs, ConfigErrors> {
        Flags::default().parse(&Environment::new(variables.iter().copied(), 3))
    }

    #[test]
    fn threads_and_jobs_follow_from_the_cores() {
        let table = [(None, 3), (Some("7"), 7), (Some("0"), 3), (Some("many"), 3)];
        for (threads, expected) in table {
            let variables: Vec<_> = threads.map(|threads| ("RAYON_NUM_THREADS", threads)).into_iter().collect();
            let jobs = jobs(&variables).expect("defaults");
            assert_eq!((jobs.compute_threads, jobs.concurrency), (expected, 6), "{threads:?}");
        }
        let many: Jobs = Flags::default().parse(&Environment::new([("", ""); 0], 5000)).expect("defaults");
        assert_eq!(many.concurrency, 1024);
    }

    #[test]
    fn a_budget_holds_the_largest_mesh_that_is_examined() {
        let least = |triangles| 100 * triangles;
        // The budget in MiB, triangles, what is expected at least.
        let table = [("1", "10485", None), ("1", "10486", Some("at least 2MiB")), ("191", "2000000", None)];
        for (budget, triangles, expected) in table {
            let budget = format!("{budget}MiB");
            let variables = [("PRICING_MEMORY_BUDGET", budget.as_str()), ("PRICING_TOPOLOGY_TRIANGLES", triangles)];
            let jobs = jobs(&variables).expect("right by themselves");
            let held = jobs.require_room_for_topology(least).map(|()| jobs);
            match (held, expected) {
                (Ok(jobs), None) => assert_eq!(jobs.topology_triangles.to_string(), triangles),
                (Err(errors), Some(expected)) => {
                    let message = errors.to_string();
                    for part in ["PRICING_MEMORY_BUDGET", "1.0 MiB", "PRICING_TOPOLOGY_TRIANGLES", triangles, expected]
                    {
                        assert!(message.contains(part), "{part} in {message}");
                    }
                }
                (held, _) => panic!("{budget}, {triangles}: {held:?}"),
            }
        }
    }
}
