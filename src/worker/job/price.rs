//! The job that measures a model and quotes it.

use std::sync::Arc;

use super::reading::{Finish, Interrupted, Measurement, Reading, object_ref};
use super::{Job, JobContext, JobError, StepError};
use crate::appraise::{Answer, Appraisal, Appraiser, QuoteRequest};
use crate::contract::{Completed, Envelope, ObjectInfo, REQUESTED_TYPE, Request, RequestError};
use crate::worker::observe::stage::Stage;
use crate::worker::ports::{ObjectRef, ObjectStore};

/// Measures one model and quotes it.
#[derive(Debug)]
pub struct Price {
    request: Arc<QuoteRequest>,
}

impl Price {
    /// The job that answers a request.
    pub fn new(request: impl Into<QuoteRequest>) -> Self {
        Self { request: Arc::new(request.into()) }
    }
}

impl Job for Price {
    const TYPE: &'static str = REQUESTED_TYPE;

    fn parse(envelope: Envelope) -> Result<Self, RequestError> {
        Request::from_envelope(envelope).map(Self::new)
    }

    async fn run<S: ObjectStore>(&self, context: &JobContext<S>) -> Result<Answer, JobError> {
        let QuoteRequest { identity, time, order_id, .. } = &*self.request;
        context.record().request(&identity.id, order_id.as_deref(), time.as_deref());
        let mut object = self.request.object.clone();
        let finish = Quoting { appraiser: Arc::clone(context.appraiser()), request: Arc::clone(&self.request) };
        let reading = Reading { request: &self.request, context, finish };
        let quoted = match reading.run(&mut object).await {
            Ok(completed) => Ok(completed),
            Err(StepError::Rejected(reason)) => Err(reason),
            Err(StepError::Failed(error)) => {
                let ObjectRef { bucket, key, .. } = object_ref(&object);
                let reject = |reason| context.appraiser().outcome(&self.request, &object, Err(reason));
                return Err(context.blame_store(bucket.as_deref(), &key, error, reject).await);
            }
        };
        Ok(context.appraiser().outcome(&self.request, &object, quoted).into())
    }
}

/// Quotes a model that was read.
#[derive(Clone)]
struct Quoting {
    appraiser: Arc<Appraiser>,
    request: Arc<QuoteRequest>,
}

impl Finish for Quoting {
    type Output = Completed;

    fn finish(self, measurement: Measurement, object: &ObjectInfo) -> Result<Completed, Interrupted> {
        let record = Arc::clone(measurement.record());
        let measured = measurement.finish(Appraisal::finish)?;
        Ok(record.begin(Stage::Price).compute(|| self.appraiser.quote(&self.request, object, measured))?)
    }
}
