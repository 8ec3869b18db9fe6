//! The core as one function: measures the bytes of a model for a request.

use pricing_worker::appraise::{Allowance, Appraiser, HEAD_BYTES, MeasuredModel, QuoteRequest, Stop, Unread};
use pricing_worker::contract::{ObjectInfo, Reason, RequestIdentity};

/// Makes a request for a model by its key: every material, one piece, no declared unit.
pub fn quote_request(key: &str) -> QuoteRequest {
    QuoteRequest {
        identity: RequestIdentity::new("tests", "1", &key),
        time: None,
        order_id: None,
        object: ObjectInfo { bucket: Some("models".into()), key: Some(key.into()), ..ObjectInfo::default() },
        format: None,
        unit: None,
        items: Vec::new(),
        deadline: None,
    }
}

/// Measures a model whose bytes come in chunks, with as much memory as it takes.
pub fn measure<'b>(
    appraiser: &Appraiser,
    request: &QuoteRequest,
    chunks: impl IntoIterator<Item = &'b [u8]>,
) -> Result<MeasuredModel, Reason> {
    let chunks: Vec<&[u8]> = chunks.into_iter().collect();
    let size_bytes = chunks.iter().map(|chunk| chunk.len() as u64).sum();
    let head: Vec<u8> = chunks.iter().copied().flatten().copied().take(HEAD_BYTES).collect();
    measure_by_head(appraiser, request, (&head, size_bytes), &chunks, |_| true, &mut 0)
}

/// Measures the model in a file with this head and length from what a reader of it is given: chunks of the file, or of what a
/// converter makes of it. `more_memory` says whether there is memory beyond the plan's; `planned_bytes` becomes that of the largest
/// plan.
pub fn measure_by_head(
    appraiser: &Appraiser,
    request: &QuoteRequest,
    (head, size_bytes): (&[u8], u64),
    chunks: &[&[u8]],
    more_memory: fn(u64) -> bool,
    planned_bytes: &mut u64,
) -> Result<MeasuredModel, Reason> {
    let mut allowance = Allowance::default();
    loop {
        let plan = appraiser.plan(request, size_bytes, head, allowance)?;
        *planned_bytes = plan.memory_bytes().max(*planned_bytes);
        let mut appraisal = appraiser.begin(plan, Stop::default()).with_more_memory(more_memory);
        let read = chunks.iter().try_for_each(|chunk| appraisal.push(chunk));
        match read.and_then(|()| appraisal.finish()) {
            Ok(measured) => return Ok(measured),
            Err(Unread::Rejected(reason)) => return Err(reason),
            Err(Unread::Outgrown(more)) => allowance = more,
        }
    }
}
