//! The study of one model's solid, for a command that asks for more than a price.

use std::fmt;
use std::sync::Arc;

use super::reading::{Finish, Interrupted, Measurement, Reading};
use super::{JobContext, StepError};
use crate::appraise::{MeasuredModel, Plan, QuoteRequest, Stop};
use crate::contract::{ObjectInfo, Reason, RejectionCode};
use crate::mesh::Surface;
use crate::worker::ports::ObjectStore;

/// Makes something of a model and its surface.
type Look<T> = dyn Fn(&MeasuredModel, &Surface, &Stop) -> Result<T, Reason> + Send + Sync;

/// What is to be made of the surface of a model, and the memory that it takes.
pub struct Study<T> {
    bytes_per_triangle: u64,
    look: Arc<Look<T>>,
}

impl<T> Study<T> {
    /// A study that takes so much memory for each triangle of the file. `look` ends early once it is told to stop.
    pub fn new(
        bytes_per_triangle: u64,
        look: impl Fn(&MeasuredModel, &Surface, &Stop) -> Result<T, Reason> + Send + Sync + 'static,
    ) -> Self {
        Self { bytes_per_triangle, look: Arc::new(look) }
    }
}

impl<T> Clone for Study<T> {
    fn clone(&self) -> Self {
        Self { bytes_per_triangle: self.bytes_per_triangle, look: Arc::clone(&self.look) }
    }
}

impl<T> fmt::Debug for Study<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Study").field("bytes_per_triangle", &self.bytes_per_triangle).finish_non_exhaustive()
    }
}

impl<T: Send + 'static> Finish for Study<T> {
    type Output = T;

    fn plan(&self, plan: Plan) -> Plan {
        plan.with_study(self.bytes_per_triangle)
    }

    fn finish(self, measurement: Measurement, _object: &ObjectInfo) -> Result<T, Interrupted> {
        let stop = measurement.stop();
        measurement.finish(|appraisal| {
            let (model, surface) = appraisal.finish_with_surface()?;
            let surface = surface.ok_or_else(|| {
                let message = "the mesh has more triangles than are examined: see PRICING_TOPOLOGY_TRIANGLES";
                Reason::new(RejectionCode::TooLarge, message)
            })?;
            Ok((self.look)(&model, &surface, &stop)?)
        })
    }
}

/// Reads a model, and makes of it what the study asks for.
pub(in crate::worker) async fn run<S: ObjectStore, T: Send + 'static>(
    request: QuoteRequest,
    study: Study<T>,
    context: &JobContext<S>,
) -> Result<T, StepError> {
    let (mut object, request) = (request.object.clone(), Arc::new(request));
    Reading { request: &request, context, finish: study }.run(&mut object).await
}
