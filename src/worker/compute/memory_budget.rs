//! The memory budget that all jobs share.
//!
//! A job that does not fit waits and is never refused. The budget serves in the order of asking, so that small jobs do
//! not starve a large one.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The granularity: with it, the 32 bits that a semaphore takes count a budget of up to 4 TiB.
const UNIT_BYTES: u64 = 1024;

/// Bytes that all jobs together may hold.
#[derive(Debug, Clone)]
pub struct MemoryBudget {
    units: Arc<Semaphore>,
    total_units: u32,
}

/// Bytes of a budget. The budget gets them back when the last clone is dropped.
#[derive(Debug, Clone)]
pub struct Reserved {
    _permit: Arc<OwnedSemaphorePermit>,
}

impl MemoryBudget {
    /// A budget of which nothing is reserved.
    pub fn new(budget_bytes: u64) -> Self {
        let most_units = Semaphore::MAX_PERMITS.min(u32::MAX as usize) as u64;
        let total_units = (budget_bytes / UNIT_BYTES).clamp(1, most_units) as u32;
        Self { units: Arc::new(Semaphore::new(total_units as usize)), total_units }
    }

    /// Reserves bytes if they are free and no job waits for bytes.
    pub fn try_reserve(&self, size_bytes: u64) -> Option<Reserved> {
        let permit = Arc::clone(&self.units).try_acquire_many_owned(self.units_of(size_bytes)).ok()?;
        Some(Reserved { _permit: Arc::new(permit) })
    }

    /// Reserves bytes, after all who asked before. A job that asks for more than the whole budget gets the whole budget.
    pub async fn reserve(&self, size_bytes: u64) -> Reserved {
        let permit = Arc::clone(&self.units).acquire_many_owned(self.units_of(size_bytes)).await;
        Reserved { _permit: Arc::new(permit.expect("the semaphore is never closed")) }
    }

    /// Bytes that are reserved now.
    pub fn used_bytes(&self) -> u64 {
        (u64::from(self.total_units)).saturating_sub(self.units.available_permits() as u64) * UNIT_BYTES
    }

    fn units_of(&self, size_bytes: u64) -> u32 {
        size_bytes.div_ceil(UNIT_BYTES).min(u64::from(self.total_units)) as u32
    }
}
