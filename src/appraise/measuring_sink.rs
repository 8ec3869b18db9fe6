//! The sink of a reader: it measures triangles as they come, of the model and of its parts.

use super::model_parts::ModelParts;
use super::{Allowance, Stop};
use crate::format::{PartStart, ReadError, Sink};
use crate::mesh::{MeasureError, Measurer, Triangles};

/// A sink that measures the triangles of a reader.
pub(super) struct MeasuringSink<'a> {
    pub measurer: &'a mut Measurer,
    pub parts: &'a mut ModelParts,
    pub stop: &'a Stop,
    /// The triangles that there is memory for, if there may be more.
    pub room: Option<u64>,
}

impl Sink for MeasuringSink<'_> {
    fn triangles(&mut self, batch: &dyn Triangles) -> Result<(), ReadError> {
        if let Some(room) = self.room
            && self.measurer.pushed_count() + batch.len() as u64 > room
        {
            return Err(ReadError::Outgrown { triangles: Allowance::grown(room) });
        }
        let stopped = || self.stop.is_stopped();
        self.measurer.push(batch, &stopped)?;
        Ok(self.parts.push(batch, &stopped)?)
    }

    fn expect(&mut self, triangles: u64) -> Result<(), ReadError> {
        if self.room.is_some_and(|room| triangles > room) {
            return Err(ReadError::Outgrown { triangles });
        }
        Ok(())
    }

    fn go_on(&self) -> Result<(), ReadError> {
        if self.stop.is_stopped() { Err(MeasureError::Stopped.into()) } else { Ok(()) }
    }

    fn part(&mut self, part: PartStart<'_>) {
        self.parts.begin(part, self.measurer);
    }
}
