//! What one job may take, and how many run at once.

use std::time::Duration;

use crate::config::table::own::{CONCURRENCY, JOB_TIMEOUT, MAX_OBJECT_SIZE, MEMORY_BUDGET, TOPOLOGY_TRIANGLES};
use crate::config::table::{self, SettingGroup};
use crate::config::{ConfigErrors, Section, SettingError, Sources, Threads};

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
    /// The threads of the process.
    pub threads: Threads,
}

impl Section for Jobs {
    const GROUP: &'static SettingGroup = &table::JOBS;

    fn parse(sources: &Sources<'_>) -> Result<Self, ConfigErrors> {
        let mut problems = ConfigErrors::default();
        let threads = problems.keep_one(Threads::parse(sources));
        let concurrency = problems.keep_one(CONCURRENCY.optional(sources));
        let memory_budget = problems.keep_one(MEMORY_BUDGET.value(sources));
        let triangles = problems.keep_one(TOPOLOGY_TRIANGLES.value(sources));
        let max_object = problems.keep_one(MAX_OBJECT_SIZE.value(sources));
        let timeout = problems.keep_one(JOB_TIMEOUT.value(sources));
        match (threads, concurrency, memory_budget, triangles, max_object, timeout) {
            (
                Some(threads),
                Some(concurrency),
                Some(memory_budget_bytes),
                Some(triangles),
                Some(max_object_bytes),
                Some(timeout),
            ) => Ok(Self {
                concurrency: concurrency.map_or(default_concurrency(threads.cores), |jobs| jobs as usize),
                memory_budget_bytes,
                topology_triangles: triangles.into(),
                max_object_bytes,
                timeout,
                threads,
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

/// Two jobs a core: one computes while the other is downloaded.
fn default_concurrency(cores: usize) -> usize {
    (2 * cores).min(CONCURRENCY.kind.most as usize)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, Flags};

    fn jobs(variables: &[(&str, &str)]) -> Result<Jobs, ConfigErrors> {
        Flags::default().parse(&Environment::new(variables.iter().copied(), 3))
    }

    #[test]
    fn jobs_follow_from_the_cores() {
        // Cores of the machine, PRICING_THREADS, jobs.
        let table = [(3, "", 6), (5000, "", 1024), (64, "4", 8), (2, "1024", 1024)];
        for (cores, threads, expected) in table {
            let environment = Environment::new([("PRICING_THREADS", threads)], cores);
            let jobs: Jobs = Flags::default().parse(&environment).expect("it is right");
            assert_eq!(jobs.concurrency, expected, "{cores} cores, {threads:?}");
        }
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
