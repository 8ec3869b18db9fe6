//! Opens an object by one GET, and checks that the answer is about what was asked for.

use aws_sdk_s3::Client;
use aws_sdk_s3::operation::get_object::GetObjectOutput;
use aws_sdk_s3::operation::{RequestId, RequestIdExt};

use super::body::{self, RANGE_CHARS};
use super::error::Call;
use super::refusal::Purpose;
use super::renewal::RenewingClient;
use super::tag::bare;
use crate::worker::ports::{ObjectRef, StoreError};

/// An open object: its length, and the answer with its body.
pub(super) async fn open(
    client: &RenewingClient,
    bucket: &str,
    object: &ObjectRef,
) -> Result<(u64, GetObjectOutput), StoreError> {
    let call = Call { bucket, purpose: Purpose::of_read(object) };
    let get = |client: &Client| body::get(client, bucket, object).send();
    let output = client.call(get).await.map_err(|error| call.classify(&error))?;
    if is_page(&output) {
        return Err(StoreError::Unavailable("a web page came instead of the object, from a proxy".into()));
    }
    check_pinned(call, object, &output)?;
    // A cache that answers with the part that it has.
    if let Some(range) = output.content_range().filter(|range| whole_range(range).is_none()) {
        let range = range.chars().take(RANGE_CHARS).collect::<String>();
        return Err(StoreError::Unavailable(format!(
            "a part of the object came, {range:?}, where all of it was asked for"
        )));
    }
    match output.content_length().and_then(|length| u64::try_from(length).ok()) {
        Some(size_bytes) => Ok((size_bytes, output)),
        None => Box::pin(open_by_range(client, call, object, output)).await,
    }
}

/// Opens an object by a GET of its whole range, where the answer to the plain GET had no length: a proxy that passes bodies
/// on in chunks drops it, and keeps `Content-Range`. What the plain answer names is opened again, and nothing else.
async fn open_by_range(
    client: &RenewingClient,
    call: Call<'_>,
    object: &ObjectRef,
    plain: GetObjectOutput,
) -> Result<(u64, GetObjectOutput), StoreError> {
    let etag = plain.e_tag().map(str::to_owned).or_else(|| object.etag.clone());
    let version_id = plain.version_id().map(str::to_owned).or_else(|| object.version_id.clone());
    let same = ObjectRef { version_id, etag, ..object.clone() };
    let get = |client: &Client| body::get(client, call.bucket, &same).range("bytes=0-").send();
    let output = match client.call(get).await {
        // An empty object has no range.
        Err(error) if error.raw_response().is_some_and(|answer| answer.status().as_u16() == 416) => {
            return Ok((0, plain));
        }
        answer => answer.map_err(|error| call.classify(&error))?,
    };
    check_pinned(call, &same, &output)?;
    match output.content_range().and_then(whole_range) {
        Some(size_bytes) => Ok((size_bytes, output)),
        None => Err(StoreError::Unavailable("the store gives neither the object's length nor ranges of it".into())),
    }
}

/// The length in a `Content-Range` that names all bytes of an object.
fn whole_range(range: &str) -> Option<u64> {
    let (first_and_last, size_bytes) = range.strip_prefix("bytes ")?.split_once('/')?;
    let size_bytes: u64 = size_bytes.parse().ok()?;
    (first_and_last == format!("0-{}", size_bytes.checked_sub(1)?)).then_some(size_bytes)
}

/// Whether an answer is a proxy's own: it asks for a login, or says that it works, or what failed, with status 200. It may
/// have an entity tag, of a web server's own kind.
fn is_page(output: &GetObjectOutput) -> bool {
    const OF_PAGES: [&str; 4] = ["text/html", "application/json", "application/xml", "text/xml"];
    let kind = output.content_type().unwrap_or_default().trim().to_ascii_lowercase();
    let is_page = OF_PAGES.iter().any(|page| kind.starts_with(page));
    let is_of_s3 = output.e_tag().is_some_and(is_etag_of_s3)
        || output.version_id().is_some()
        || output.request_id().is_some()
        || output.extended_request_id().is_some();
    is_page && !is_of_s3
}

/// Whether an entity tag is one of S3's: 32 hexadecimal digits, and the number of parts where it was uploaded in parts.
fn is_etag_of_s3(etag: &str) -> bool {
    let (digest, parts) = bare(etag).split_once('-').unwrap_or((bare(etag), "1"));
    digest.len() == 32
        && digest.bytes().all(|byte| byte.is_ascii_hexdigit())
        && !parts.is_empty()
        && parts.bytes().all(|byte| byte.is_ascii_digit())
}

/// Checks that an answer confirms what the request pins: some stores ignore conditions and versions.
fn check_pinned(call: Call<'_>, object: &ObjectRef, output: &GetObjectOutput) -> Result<(), StoreError> {
    let changed = |words: &str| Err(StoreError::Changed(call.says(words)));
    match (object.etag.as_deref().map(bare), output.e_tag().map(bare)) {
        (Some(asked), Some(found)) if asked != found => return changed("the object's ETag is another than asked for"),
        (Some(_), None) => {
            return changed(
                "the store gives no ETag, so that the one that was asked for is not confirmed; leave it out, or use a store \
                 that gives ETags",
            );
        }
        _ => {}
    }
    match (object.version_id.as_deref(), output.version_id()) {
        (Some(asked), Some(found)) if asked != found => changed(
            "the store gave another version than asked for; leave the version out, or use a store that keeps versions",
        ),
        // A bucket that never had versions has this one alone, and the store need not say so.
        (Some("null"), None) => Ok(()),
        (Some(_), None) => changed(
            "the store does not say which version it gave, so that the one that was asked for is not confirmed; leave the \
             version out, or use a store that keeps versions",
        ),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_length_is_that_of_a_range_of_all_bytes() {
        let rows = [
            ("bytes 0-683/684", Some(684)),
            ("bytes 0-0/1", Some(1)),
            ("bytes 0-682/684", None),
            ("bytes 1-683/684", None),
            ("bytes 0-683/*", None),
            ("bytes */0", None),
            ("bytes 0-0/0", None),
            ("0-683/684", None),
            ("", None),
        ];
        for (range, expected) in rows {
            assert_eq!(whole_range(range), expected, "{range}");
        }
    }
}
