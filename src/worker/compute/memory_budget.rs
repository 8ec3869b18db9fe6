//! Admission by bytes: a job that does not fit in the budget waits, and is never refused for it.
//!
//! First come, first served: a large job is not overtaken for ever by small ones.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The granularity: it lets a budget of up to 4 TiB be counted in the 32 bits that a semaphore takes.
const UNIT_BYTES: u64 = 1024;

/// Bytes that all jobs together may hold.
#[derive(Debug, Clone)]
pub struct MemoryBudget {
    units: Arc<Semaphore>,
    total_units: u32,
}

/// Bytes of a budget; given back when dropped.
#[derive(Debug)]
pub struct Reserved {
    _permit: OwnedSemaphorePermit,
}

impl MemoryBudget {
    /// A budget.
    pub fn new(budget_bytes: u64) -> Self {
        let most_units = Semaphore::MAX_PERMITS.min(u32::MAX as usize) as u64;
        let total_units = (budget_bytes / UNIT_BYTES).clamp(1, most_units) as u32;
        Self { units: Arc::new(Semaphore::new(total_units as usize)), total_units }
    }

    /// Takes bytes of the budget if they are free and nobody waits for them.
    pub fn try_reserve(&self, size_bytes: u64) -> Option<Reserved> {
        let permit = Arc::clone(&self.units).try_acquire_many_owned(self.units_of(size_bytes)).ok()?;
        Some(Reserved { _permit: permit })
    }

    /// Takes bytes of the budget, after those who asked before. Asking for more than all of it takes all of it.
    pub async fn reserve(&self, size_bytes: u64) -> Reserved {
        let permit = Arc::clone(&self.units).acquire_many_owned(self.units_of(size_bytes)).await;
        Reserved { _permit: permit.expect("the semaphore is never closed") }
    }

    /// Bytes that are reserved now.
    pub fn used_bytes(&self) -> u64 {
        (u64::from(self.total_units)).saturating_sub(self.units.available_permits() as u64) * UNIT_BYTES
    }

    fn units_of(&self, size_bytes: u64) -> u32 {
        size_bytes.div_ceil(UNIT_BYTES).min(u64::from(self.total_units)) as u32
    }
}
