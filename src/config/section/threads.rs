//! How many threads the process has: all of it follows from one number.

use crate::config::table::own::THREADS;
use crate::config::table::shared::RAYON_NUM_THREADS;
use crate::config::{SettingError, Sources};

/// The threads of the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Threads {
    /// The cores that the process counts on.
    pub cores: usize,
    /// Threads that compute.
    pub computing: usize,
    /// The number that rayon must be told; none where it finds [`Self::computing`] by itself.
    pub told_to_rayon: Option<usize>,
}

impl Threads {
    pub(super) fn parse(sources: &Sources<'_>) -> Result<Self, SettingError> {
        let cores = sources.environment().cores();
        let given = THREADS.optional(sources)?.map(|threads| threads as usize);
        // As rayon reads its variable: 0, or what is no number, stands for the number of cores.
        let of_rayon = RAYON_NUM_THREADS.optional(sources)?.and_then(|text| text.parse().ok());
        let of_rayon = of_rayon.filter(|&threads| threads > 0).unwrap_or(cores);
        Ok(Self { cores: given.unwrap_or(cores), computing: given.unwrap_or(of_rayon), told_to_rayon: given })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Environment, Flags, Jobs};

    #[test]
    fn one_number_decides() {
        // PRICING_THREADS, RAYON_NUM_THREADS; cores, threads that compute, what rayon is told: on three cores.
        let table = [
            ("", "", 3, 3, None),
            ("", "7", 3, 7, None),
            ("", "0", 3, 3, None),
            ("", "many", 3, 3, None),
            ("5", "", 5, 5, Some(5)),
            ("5", "7", 5, 5, Some(5)),
        ];
        for (threads, of_rayon, cores, computing, told_to_rayon) in table {
            let environment = Environment::new([("PRICING_THREADS", threads), ("RAYON_NUM_THREADS", of_rayon)], 3);
            let jobs: Jobs = Flags::default().parse(&environment).expect("it is right");
            let expected = Threads { cores, computing, told_to_rayon };
            assert_eq!(jobs.threads, expected, "PRICING_THREADS={threads} RAYON_NUM_THREADS={of_rayon}");
        }
    }
}
