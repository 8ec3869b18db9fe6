//! Settling: what becomes of a delivery. It knows nothing of models.
//!
//! A delivery is answered, retried, deferred, dead-lettered, tried again in its slot, or left to be delivered again:
//! `settlement` decides, `settler` does it. An answer, a retry and a dead letter are published and confirmed before the
//! delivery is acknowledged.

mod error;
mod letter_slots;
mod settlement;
mod settler;
mod wait_in_slot;

pub use error::DeliveryError;
pub use settlement::{LONGEST_RETRYING, Settlement, settle};

pub(in crate::worker) use letter_slots::LetterSlots;
pub(in crate::worker) use settler::{Settler, acknowledge};
