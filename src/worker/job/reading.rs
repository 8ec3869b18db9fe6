//! The reading of a model to its end, for a job of any kind.
//!
//! ```text
//! accept → open → head → plan → reserve → push ∥ fetch … → finish
//!    └───────┴──────┴──────┴───────┴───────────┴───────────┴─ rejected
//! ```
//!
//! Of a CAD file, what is fetched is the stream of a converter, to which the body goes.
//!
//! The core is told the time and never asks for it. It computes one batch of the body while the next is fetched.

use std::sync::Arc;

use bytes::Bytes;

use super::download::Download;
use super::{JobContext, StepError};
use crate::appraise::{Allowance, Appraisal, HEAD_BYTES, Plan, QuoteRequest, Stop, Unread};
use crate::contract::{ObjectInfo, Reason, RejectionCode};
use crate::worker::compute::memory_budget::Reserved;
use crate::worker::fail_point;
use crate::worker::observe::job_record::{ErrorType, JobRecord, StageTimer};
use crate::worker::observe::stage::Stage;
use crate::worker::observe::trace;
use crate::worker::ports::{ObjectRef, ObjectStore, StoreError};

/// What becomes of a model that was read to its end. A model that outgrows its plan is read again, and a copy ends that.
pub(in crate::worker) trait Finish: Clone + Send + 'static {
    /// What is made of it.
    type Output: Send + 'static;

    /// Adds to the plan what the end takes.
    fn plan(&self, plan: Plan) -> Plan {
        plan
    }

    /// Ends the reading of an object, as the store opened it. Computes.
    fn finish(self, measurement: Measurement, object: &ObjectInfo) -> Result<Self::Output, Interrupted>;
}

/// The reading of one model.
pub(in crate::worker) struct Reading<'a, S, F> {
    pub request: &'a Arc<QuoteRequest>,
    pub context: &'a JobContext<S>,
    pub finish: F,
}

/// A model whose download has begun.
struct OpenModel {
    size_bytes: u64,
    ahead_bytes: u64,
    version_id: Option<String>,
    etag: Option<String>,
    content_type: Option<String>,
    download: Download,
    downloading: StageTimer,
}

impl<S: ObjectStore, F: Finish> Reading<'_, S, F> {
    /// Fetches, measures and finishes. `object` becomes what the store says that it is.
    pub async fn run(&self, object: &mut ObjectInfo) -> Result<F::Output, StepError> {
        let context = self.context;
        context.appraiser().accept(self.request, context.now())?;
        let mut model = context.within(open(&object_ref(&self.request.object), context)).await?;
        object.size_bytes = Some(model.size_bytes);
        object.version_id.clone_from(&model.version_id);
        object.etag.clone_from(&model.etag);
        let size_bytes = model.size_bytes;
        let mut allowance = Allowance::default();
        loop {
            match self.attempt(model, allowance, object).await {
                Ok(finished) => return Ok(finished),
                Err(Interrupted::Step(error)) => return Err(error),
                Err(Interrupted::Outgrown(more)) => allowance = more,
            }
            context.release_memory();
            model = context.within(reopen(object, size_bytes, context)).await?;
        }
    }

    /// Reads and finishes a model, if it does not outgrow its plan.
    async fn attempt(
        &self,
        mut model: OpenModel,
        allowance: Allowance,
        object: &ObjectInfo,
    ) -> Result<F::Output, Interrupted> {
        let context = self.context;
        let head = context
            .within(async { Ok::<_, StepError>(model.downloading.wait(model.download.head(HEAD_BYTES)).await?) })
            .await?;
        let appraiser = context.appraiser();
        let plan = appraiser.plan(self.request, model.size_bytes, &head, allowance)?;
        let plan = self.finish.plan(appraiser.with_content_type(plan, model.content_type.as_deref()));
        plan.format().into_iter().for_each(|format| context.record().format(format));
        let (model, reserved) = self.reserve(model, plan.memory_bytes(), object).await?;
        let conversion = plan.conversion();
        let stop = Stop::default();
        let _stop_computing_when_dropped = StopOnDrop(stop.clone());
        let appraisal = context.appraiser().begin(plan, stop.clone()).with_more_memory(context.more_memory());
        let measurement = Measurement::new(appraisal, reserved, stop, context.record());
        let OpenModel { download, downloading, .. } = model;
        let Some(conversion) = conversion else {
            return context.within(self.read(download, downloading, measurement, object)).await;
        };
        drop(downloading);
        let converted = Download::of_unknown_length(context.convert(conversion, download.into_body())?);
        let converting = context.record().begin(Stage::Convert);
        context.within(self.read(converted, converting, measurement, object)).await
    }

    /// Reserves the memory that the model takes.
    ///
    /// Waiting for memory is not the job's time, and may take long: the connection is let go meanwhile, and the same
    /// version of the object is opened again.
    async fn reserve(
        &self,
        model: OpenModel,
        planned_bytes: u64,
        object: &ObjectInfo,
    ) -> Result<(OpenModel, Reserved), StepError> {
        let context = self.context;
        let needed_bytes = planned_bytes.saturating_add(model.ahead_bytes);
        if let Some(reserved) = context.try_reserve(needed_bytes) {
            return Ok((model, reserved));
        }
        let size_bytes = model.size_bytes;
        drop(model);
        let reserved = context.reserve(needed_bytes).await;
        context.appraiser().accept(self.request, context.now())?;
        Ok((context.within(reopen(object, size_bytes, context)).await?, reserved))
    }

    /// Reads the body to its end, and computes each batch while the next is fetched; then finishes.
    async fn read<E>(
        &self,
        mut download: Download<E>,
        downloading: StageTimer,
        mut measurement: Measurement,
        object: &ObjectInfo,
    ) -> Result<F::Output, Interrupted>
    where
        E: From<StoreError> + Into<StepError> + ErrorType,
    {
        let context = self.context;
        let mut batch = downloading.wait(download.next_batch()).await?;
        fail_point::reached("downloading", &self.request.identity.id).await;
        while !download.has_ended() {
            let id = self.request.identity.id.clone();
            context.record().read(&batch);
            let pushed = async { context.compute(move || measurement.push(&batch, &id)).await? };
            let fetched = async { Ok::<_, Interrupted>(downloading.wait(download.next_batch()).await?) };
            (measurement, batch) = tokio::try_join!(pushed, fetched)?;
        }
        drop((download, downloading));
        context.record().read(&batch);
        let (finish, request, object) = (self.finish.clone(), Arc::clone(self.request), object.clone());
        // In one go with the last bytes, which for most models are all: each computation wakes two threads.
        let end = move || finish.finish(measurement.push(&batch, &request.identity.id)?, &object);
        context.compute(end).await?
    }
}

/// Why a model was not measured to its end.
pub(in crate::worker) enum Interrupted {
    Step(StepError),
    /// It outgrew the memory of its plan, which is let go.
    Outgrown(Allowance),
}

impl<E: Into<StepError>> From<E> for Interrupted {
    fn from(error: E) -> Self {
        Self::Step(error.into())
    }
}

impl Interrupted {
    fn of(unread: Unread) -> Self {
        match unread {
            Unread::Rejected(reason) => Self::Step(reason.into()),
            Unread::Outgrown(allowance) => Self::Outgrown(allowance),
        }
    }
}

impl ErrorType for Unread {
    fn error_type(&self) -> String {
        match self {
            Self::Rejected(reason) => reason.error_type(),
            Self::Outgrown(_) => "outgrown".into(),
        }
    }
}

/// Begins the download of an object that was open before, and is the same still.
async fn reopen<S: ObjectStore>(
    object: &ObjectInfo,
    size_bytes: u64,
    context: &JobContext<S>,
) -> Result<OpenModel, StepError> {
    let again = open(&object_ref(object), context).await?;
    if again.size_bytes != size_bytes {
        let message = format!("the object had {size_bytes} bytes and has {} now", again.size_bytes);
        return Err(Reason::new(RejectionCode::ObjectChanged, message).into());
    }
    Ok(again)
}

/// Begins a download.
async fn open<S: ObjectStore>(object: &ObjectRef, context: &JobContext<S>) -> Result<OpenModel, StepError> {
    let downloading = context.record().begin(Stage::Download);
    trace::of_object(downloading.span(), object.bucket.as_deref(), &object.key);
    let opened = downloading.wait(context.open(object)).await?;
    trace::of_size(downloading.span(), opened.size_bytes);
    context.record().size(opened.size_bytes);
    Ok(OpenModel {
        size_bytes: opened.size_bytes,
        ahead_bytes: opened.ahead_bytes,
        version_id: opened.version_id,
        etag: opened.etag,
        content_type: opened.content_type,
        download: Download::new(opened.body, opened.size_bytes),
        downloading,
    })
}

pub(super) fn object_ref(object: &ObjectInfo) -> ObjectRef {
    let ObjectInfo { bucket, key, version_id, etag, .. } = object.clone();
    ObjectRef { bucket, key: key.unwrap_or_default(), version_id, etag }
}

/// A model that is being measured, and its memory: a computation goes on, and holds both, after its job was dropped.
pub(in crate::worker) struct Measurement {
    /// Boxed, as a future holds it in many places.
    appraisal: Box<Appraisal>,
    stop: Stop,
    record: Arc<JobRecord>,
    measuring: StageTimer,
    _reserved: Reserved,
}

impl Measurement {
    /// A measurement that has begun, its memory, and the flag that stops it.
    fn new(appraisal: Appraisal, reserved: Reserved, stop: Stop, record: &Arc<JobRecord>) -> Self {
        let measuring = record.begin(Stage::Measure);
        Self { appraisal: Box::new(appraisal), stop, record: Arc::clone(record), measuring, _reserved: reserved }
    }

    /// Reads the next bytes, for a request. Computes.
    fn push(mut self, batch: &[Bytes], request_id: &str) -> Result<Self, Interrupted> {
        let Self { appraisal, stop, measuring, .. } = &mut self;
        let pushed = measuring.compute(|| {
            fail_point::computing(request_id, || stop.is_stopped());
            batch.iter().try_for_each(|chunk| appraisal.push(chunk))
        });
        pushed.map_err(Interrupted::of)?;
        Ok(self)
    }

    /// Ends the reading. What is made of the model is in the stage of measuring.
    pub fn finish<T>(self, end: impl FnOnce(Appraisal) -> Result<T, Unread>) -> Result<T, Interrupted> {
        let Self { appraisal, measuring, .. } = self;
        measuring.compute(|| end(*appraisal)).map_err(Interrupted::of)
    }

    /// The flag that stops it.
    pub fn stop(&self) -> Stop {
        self.stop.clone()
    }

    /// Takes the stages and facts of the job.
    pub fn record(&self) -> &Arc<JobRecord> {
        &self.record
    }
}

/// Stops a computation when its job ends before it: timed out, or dropped with its connection.
struct StopOnDrop(Stop);

impl Drop for StopOnDrop {
    fn drop(&mut self) {
        self.0.stop();
    }
}
