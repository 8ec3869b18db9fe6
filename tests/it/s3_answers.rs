//! Tests of answers to the GET that opens an object, over a scripted S3 server: which are an object, which are the request's
//! fault, and what a rejection says.

use bytes::Bytes;
use futures_util::TryStreamExt;
use pricing_worker::contract::RejectionCode::{self, InvalidRequest, ObjectChanged, ObjectForbidden, ObjectNotFound};
use pricing_worker::worker::ports::{ObjectRef, ObjectStore, StoreError};

use crate::support::scripted_s3::{ScriptedS3, error};
use crate::support::{s3, soon};

fn model() -> ObjectRef {
    ObjectRef { bucket: Some("models".into()), key: "model.stl".into(), ..ObjectRef::default() }
}

fn with_etag(etag: &str) -> ObjectRef {
    ObjectRef { etag: Some(etag.into()), ..model() }
}

fn with_version(version_id: &str) -> ObjectRef {
    ObjectRef { version_id: Some(version_id.into()), ..model() }
}

/// Opens an object and reads it to its end.
async fn read(server: &ScriptedS3, object: &ObjectRef) -> Result<Bytes, StoreError> {
    let object = soon("an answer", server.store.open(object)).await?;
    let chunks: Vec<Bytes> = soon("the body", object.body.try_collect()).await?;
    let bytes = Bytes::from(chunks.concat());
    assert_eq!(bytes.len() as u64, object.size_bytes, "the announced length");
    Ok(bytes)
}

/// The object `0123456789`, with further headers.
fn object(headers: &str) -> Vec<u8> {
    format!("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n{headers}\r\n0123456789").into_bytes()
}

/// The same in Latin-1.
fn in_latin_1(text: &str) -> Vec<u8> {
    text.chars().map(|char| u8::try_from(u32::from(char)).expect("a character of Latin-1")).collect()
}

#[tokio::test]
async fn headers_that_say_nothing_of_the_bytes_cost_no_price() {
    let rows = [
        ("metadata in Latin-1", "x-amz-meta-author: J\u{fc}rgen M\u{fc}ller"),
        ("a disposition in Latin-1", "Content-Disposition: attachment; filename=\"\u{e9}tag\u{e8}re.stl\""),
        ("an expiry in Latin-1", "Expires: \u{e0} jamais"),
        ("a date that is none", "Last-Modified: yesterday"),
        ("a count that is none", "x-amz-missing-meta: some"),
        ("a switch that is none", "x-amz-delete-marker: perhaps"),
        ("a lock's date that is none", "x-amz-object-lock-retain-until-date: never"),
        ("a name of its own", "X-Gateway: \u{a7}"),
        ("a media type in Latin-1", "Content-Type: mod\u{e8}le/stl"),
        ("an id in Latin-1", "x-amz-request-id: \u{e9}"),
        ("a range that was not asked for, in Latin-1", "Content-Range: \u{e9}"),
        ("none at all", "Content-Type: text/plain"),
    ];
    for (what, header) in rows {
        for etag in ["ETag: \"e\"\r\n", ""] {
            let text = String::from_utf8(object(&format!("{header}\r\n{etag}"))).expect("text");
            let server = ScriptedS3::new([in_latin_1(&text)]).await;
            assert_eq!(read(&server, &model()).await.as_deref(), Ok(&b"0123456789"[..]), "{what}");
        }
    }
}

#[tokio::test]
async fn an_object_without_a_length_is_opened_by_its_range() {
    let plain =
        |etag: &str| format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n{etag}\r\na\r\n0123456789\r\n0\r\n\r\n");
    let closes = "HTTP/1.1 200 OK\r\nConnection: close\r\nETag: \"e\"\r\n\r\n0123456789".to_owned();
    let range = |range: &str, etag: &str| {
        let head = "HTTP/1.1 206 Partial Content\r\nTransfer-Encoding: chunked";
        format!("{head}\r\nContent-Range: bytes {range}\r\n{etag}\r\na\r\n0123456789\r\n0\r\n\r\n")
    };
    let etag = "ETag: \"e\"\r\n";
    let rows = [
        ("in chunks", plain(etag), range("0-9/10", etag)),
        ("until the connection ends", closes, range("0-9/10", etag)),
        ("without an ETag", plain(""), range("0-9/10", "")),
    ];
    for (what, first, second) in rows {
        let pinned = first.contains("ETag");
        let server = ScriptedS3::new([first, second]).await;
        assert_eq!(read(&server, &model()).await.as_deref(), Ok(&b"0123456789"[..]), "{what}");
        let requests = server.requests();
        assert!(requests[1].contains("range: bytes=0-\r\n"), "{what}: {}", requests[1]);
        assert_eq!(requests[1].contains("if-match: \"e\""), pinned, "{what}: {}", requests[1]);
    }

    let empty = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n{etag}\r\n0\r\n\r\n");
    let server = ScriptedS3::new([empty, error("416 Range Not Satisfiable", "InvalidRange", "")]).await;
    assert_eq!(read(&server, &model()).await.as_deref(), Ok(&b""[..]), "an empty object has no range");

    let replaced = range("0-9/10", "ETag: \"other\"\r\n");
    let server = ScriptedS3::new([plain(etag), replaced]).await;
    let changed = read(&server, &model()).await.expect_err("another object");
    assert!(matches!(changed, StoreError::Changed(_)), "{changed:?}");

    for no_range in [plain(etag), range("0-9/*", etag), range("0-9/11", etag)] {
        let server = ScriptedS3::new([plain(etag), no_range]).await;
        let unknown = read(&server, &model()).await.expect_err("no length");
        assert!(matches!(unknown, StoreError::Unavailable(_)), "{unknown:?}");
    }
}

#[tokio::test]
async fn a_web_page_is_no_object() {
    let page = |headers: &str| object(&format!("Content-Type: text/html; charset=utf-8\r\n{headers}"));
    for kind in ["application/xml", "text/xml; charset=utf-8", "Application/JSON"] {
        let server = ScriptedS3::new([object(&format!("Content-Type: {kind}\r\n"))]).await;
        let error = read(&server, &model()).await.expect_err("what failed, in a proxy's words");
        assert!(matches!(error, StoreError::Unavailable(_)), "{kind}: {error:?}");
    }
    // Web servers have ETags too: nginx makes them of time and length.
    for headers in ["", "ETag: \"65a1b2c3-264\"\r\n", "ETag: W/\"65a1b2c3-264\"\r\n", "ETag: \"2aa6-5f0e1c3b2a\"\r\n"] {
        for asked in [model(), with_etag("e"), with_version("v1")] {
            let server = ScriptedS3::new([page(headers)]).await;
            let error = read(&server, &asked).await.expect_err("a proxy's page");
            assert!(matches!(error, StoreError::Unavailable(_)), "{headers:?} {asked:?}: {error:?}");
        }
    }
    // An object may be kept as a page by mistake: the store's own headers show that it is one.
    for headers in [
        "ETag: \"781e5e245d69b566979b86e28d23f2c7\"\r\n",
        "ETag: \"781e5e245d69b566979b86e28d23f2c7-12\"\r\n",
        "x-amz-request-id: 1\r\n",
        "x-amz-id-2: 1\r\n",
        "x-amz-version-id: 1\r\n",
    ] {
        let server = ScriptedS3::new([page(headers)]).await;
        assert!(read(&server, &model()).await.is_ok(), "{headers}");
    }
}

#[tokio::test]
async fn a_part_that_was_not_asked_for_is_no_object() {
    let part = |range: &str| object(&format!("ETag: \"e\"\r\nContent-Range: bytes {range}\r\n"));
    for range in ["0-9/20", "10-19/20", "5-9/10", "0-9/*"] {
        for status in ["200 OK", "206 Partial Content"] {
            let answer = String::from_utf8(part(range)).expect("text").replace("200 OK", status);
            let error = read(&ScriptedS3::new([answer]).await, &model()).await.expect_err(range);
            assert!(
                matches!(&error, StoreError::Unavailable(why) if why.contains(range)),
                "{status} {range}: {error:?}"
            );
        }
    }
    assert!(read(&ScriptedS3::new([part("0-9/10")]).await, &model()).await.is_ok(), "all of it");
}

#[tokio::test]
async fn a_pin_that_the_answer_does_not_confirm_is_a_changed_object() {
    let both = ObjectRef { etag: Some("e".into()), ..with_version("v1") };
    let (etag, version) = ("ETag: \"e\"\r\n", "x-amz-version-id: v1\r\n");
    // The request; the headers of the answer; what the rejection says, where it is one.
    let rows = [
        (model(), String::new(), None),
        (with_etag("e"), etag.to_owned(), None),
        (with_etag("\"e\""), etag.to_owned(), None),
        (with_etag("e"), String::new(), Some("gives no ETag")),
        (with_etag("e"), "ETag: \"other\"\r\n".into(), Some("ETag is another than asked for")),
        (with_etag("e"), version.to_owned(), Some("gives no ETag")),
        (with_version("v1"), version.to_owned(), None),
        (with_version("v1"), etag.to_owned(), Some("does not say which version it gave")),
        (with_version("v1"), "x-amz-version-id: v2\r\n".into(), Some("another version than asked for")),
        (with_version("v1"), "x-amz-version-id: null\r\n".into(), Some("another version than asked for")),
        (with_version("null"), String::new(), None),
        (with_version("null"), "x-amz-version-id: v2\r\n".into(), Some("another version than asked for")),
        (both.clone(), format!("{etag}{version}"), None),
        (both.clone(), etag.to_owned(), Some("does not say which version it gave")),
        (both, version.to_owned(), Some("gives no ETag")),
    ];
    for (asked, headers, rejected) in rows {
        let server = ScriptedS3::new([object(&headers)]).await;
        let opened = read(&server, &asked).await;
        match rejected {
            None => assert!(opened.is_ok(), "{asked:?} {headers:?}: {opened:?}"),
            Some(why) => {
                let reason = opened.expect_err(why).rejection().expect("a rejection");
                assert_eq!(reason.code, ObjectChanged, "{asked:?} {headers:?}");
                assert!(reason.message.contains(why) && reason.message.contains("\"models\""), "{}", reason.message);
            }
        }
    }
}

#[tokio::test]
async fn a_refusal_that_no_wait_mends_is_the_requests_fault_and_says_what_to_do() {
    let region = "<Message>The bucket is elsewhere</Message><Endpoint>models.s3.eu-west-1.amazonaws.com</Endpoint>\
                  <Region>eu-west-1</Region>";
    let wrong_region = "<Message>The authorization header is malformed; the region 'us-east-1' is wrong; expecting \
                        'eu-west-1'</Message><Region>eu-west-1</Region>";
    let encrypted = "<Message>The object was stored using a form of Server Side Encryption. The correct parameters must be \
                     provided to retrieve the object.</Message>";
    let key_service = "<Message>arn:aws:kms:eu-west-1:1:key/2 is disabled. (Service: AWSKMS; Request ID: 7)</Message>";
    let rows: [(&str, &str, &str, RejectionCode, &[&str]); 15] = [
        ("404 Not Found", "NoSuchBucket", "", ObjectNotFound, &["no such bucket", "check"]),
        ("404 Not Found", "NoSuchKey", "", ObjectNotFound, &["no such object", "check"]),
        ("404 Not Found", "NoSuchSomething", "", ObjectNotFound, &["no such object"]),
        (
            "301 Moved Permanently",
            "PermanentRedirect",
            region,
            ObjectNotFound,
            &["another region", "eu-west-1", "worker"],
        ),
        (
            "307 Temporary Redirect",
            "TemporaryRedirect",
            region,
            ObjectNotFound,
            &["another region", "eu-west-1", "worker"],
        ),
        (
            "400 Bad Request",
            "AuthorizationHeaderMalformed",
            wrong_region,
            ObjectNotFound,
            &["another region", "eu-west-1"],
        ),
        ("400 Bad Request", "IllegalLocationConstraintException", "", ObjectNotFound, &["another region"]),
        (
            "403 Forbidden",
            "InvalidObjectState",
            "<StorageClass>DEEP_ARCHIVE</StorageClass>",
            ObjectForbidden,
            &["archived", "DEEP_ARCHIVE", "restore it"],
        ),
        ("400 Bad Request", "InvalidRequest", encrypted, ObjectForbidden, &["encrypted", "SSE-C"]),
        ("400 Bad Request", "KMS.DisabledException", key_service, ObjectForbidden, &["encrypted", "enable that key"]),
        ("400 Bad Request", "KeyTooLongError", "", InvalidRequest, &["longer than the store allows"]),
        (
            "400 Bad Request",
            "InvalidURI",
            "<Message>Couldn't parse it</Message>",
            InvalidRequest,
            &["Couldn't parse it"],
        ),
        (
            "400 Bad Request",
            "XMinioInvalidObjectName",
            "<Message>Object name contains unsupported characters.</Message>",
            InvalidRequest,
            &["unsupported characters", "another key"],
        ),
        (
            "400 Bad Request",
            "InvalidArgument",
            "<Message>What is\u{7f} this?</Message>",
            InvalidRequest,
            &["What is this?"],
        ),
        ("405 Method Not Allowed", "MethodNotAllowed", "", ObjectNotFound, &["deleted"]),
    ];
    for (status, code, elements, expected, words) in rows {
        // What differs from one answer to the next stays out.
        let message = async |number: u32| {
            let ids = format!("{elements}<RequestId>id-{number}</RequestId><HostId>host-{number}</HostId>");
            let server = ScriptedS3::new([error(status, code, &ids)]).await;
            let error = read(&server, &model()).await.expect_err(code);
            let reason = error.rejection().unwrap_or_else(|| panic!("{code}: {error:?}"));
            assert_eq!(reason.code, expected, "{code}");
            assert_eq!(server.requests().len(), 1, "{code}: it is not asked again");
            reason.message
        };
        let said = message(1).await;
        assert_eq!(said, message(2).await, "the same at every attempt");
        for word in ["bucket \"models\"", code].iter().chain(words) {
            assert!(said.contains(word), "{code}: {word:?} is not in {said:?}");
        }
        for word in ["amazonaws", "Request ID", "arn:", "id-", "host-"] {
            assert!(!said.contains(word), "{code}: {word:?} is in {said:?}");
        }
        assert!(!said.contains(char::is_control) && said.len() < 500, "{said:?}");
    }
}

#[tokio::test]
async fn an_argument_that_the_store_does_not_take_is_the_version_where_one_was_asked_for() {
    let says = "<Message>Invalid version id specified</Message>";
    let server = ScriptedS3::new([error("400 Bad Request", "InvalidArgument", says)]).await;
    let reason = read(&server, &with_version("?")).await.expect_err("no version").rejection().expect("a rejection");
    assert_eq!(reason.code, ObjectNotFound);
    assert!(reason.message.contains("no such version"), "{}", reason.message);
}

#[tokio::test]
async fn an_answer_that_is_not_the_stores_is_the_worlds_fault() {
    let no_body = |status: &str, headers: &str| format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n{headers}\r\n");
    let page =
        "HTTP/1.1 403 Forbidden\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<html>no</html>".to_owned();
    let rows = [
        // A proxy that redirects to its login, or to HTTPS, says nothing of the object. The SDK follows no redirect.
        no_body("301 Moved Permanently", "Location: https://127.0.0.1/models/model.stl\r\n"),
        no_body("302 Found", "Location: https://login.example.com/\r\n"),
        no_body("307 Temporary Redirect", "Location: http://127.0.0.1:1/models/model.stl\r\n"),
        no_body("308 Permanent Redirect", "Location: http://127.0.0.1:1/models/model.stl\r\n"),
        no_body("403 Forbidden", ""),
        no_body("404 Not Found", ""),
        no_body("407 Proxy Authentication Required", ""),
        page,
    ];
    for answer in rows {
        let server = ScriptedS3::new([answer.clone()]).await;
        let error = read(&server, &model()).await.expect_err(&answer);
        assert!(matches!(error, StoreError::Unavailable(_)), "{answer}: {error:?}");
    }
}

#[tokio::test]
async fn a_request_that_cannot_be_made_is_not_sent() {
    let rows = [
        ("a header that cannot be", with_etag("a\nb"), InvalidRequest),
        ("a name that no bucket has", ObjectRef { bucket: Some("..".into()), ..model() }, ObjectNotFound),
        ("a bucket in the path", ObjectRef { bucket: Some("models/../other".into()), ..model() }, ObjectNotFound),
        (
            "an ARN, of a store that serves none",
            ObjectRef { bucket: Some("arn:aws:s3:eu-west-1:123456789012:accesspoint/models".into()), ..model() },
            InvalidRequest,
        ),
        (
            "a directory bucket, of a store that serves none",
            ObjectRef { bucket: Some("models--euw1-az1--x-s3".into()), ..model() },
            InvalidRequest,
        ),
    ];
    for (what, asked, expected) in rows {
        let server = ScriptedS3::new([object("")]).await;
        let reason = read(&server, &asked).await.expect_err(what).rejection().expect(what);
        assert_eq!(reason.code, expected, "{what}");
        assert!(reason.message.starts_with("bucket \""), "{what}: {}", reason.message);
        assert_eq!(server.requests().len(), 0, "{what}");
    }
}

#[tokio::test]
async fn a_name_of_amazons_own_that_leads_to_no_bucket_is_not_asked_for() {
    let store = s3::amazon().await;
    for name in [
        "arn:aws:s3:us-east -1:123456789012:accesspoint/models",
        "arn:aws:s3:us-east-1:123456_789012:accesspoint/models",
        "arn:aws:sqs:us-east-1:123456789012:accesspoint/models",
        "arn:aws:s3:us-east-1:123456789012:accesspoint/",
        "arn:aws:s3:us-east-1:123456789012:accesspoint/*",
        "arn:aws:s3-outposts:us-east-1:123456789012:outpost/op-1",
        "arn:",
        "models--x-s3",
        "test-accessp-h0b1d075431d83bebde8xz5w8ijx1qzlbp3i3kuse10--op-s3",
    ] {
        let asked = ObjectRef { bucket: Some(name.into()), ..model() };
        let error = soon(name, store.open(&asked)).await.err().expect(name);
        let reason = error.rejection().unwrap_or_else(|| panic!("{name}: {error:?}"));
        assert_eq!(reason.code, InvalidRequest, "{name}");
        assert!(reason.message.contains(name) && reason.message.contains("correct"), "{}", reason.message);
    }
}

#[tokio::test]
async fn a_store_answers_where_it_says_anything_of_its_own() {
    let buckets = "<ListAllMyBucketsResult><Buckets></Buckets></ListAllMyBucketsResult>";
    let lists = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{buckets}", buckets.len());
    let busy = || vec![error("503 Slow Down", "SlowDown", ""); 3];
    let nothing = || vec!["HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_owned()];
    // The bucket; the answers; whether the store answers.
    let page = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 15\r\n\r\n<html>hi</html>".to_owned();
    let broken_off = lists.replace("</ListAllMyBucketsResult>", "");
    let rows: [(Option<&str>, Vec<String>, bool); 14] = [
        (None, vec![lists], true),
        (None, vec![broken_off], true),
        (None, vec![page], false),
        (None, vec![error("403 Forbidden", "AccessDenied", "")], true),
        (None, vec![error("501 Not Implemented", "NotImplemented", "")], true),
        (None, vec![error("403 Forbidden", "InvalidAccessKeyId", "")], false),
        (None, busy(), false),
        (None, nothing(), true),
        (Some("models"), vec![error("404 Not Found", "NoSuchKey", "")], true),
        (Some("models"), vec![error("403 Forbidden", "AccessDenied", "")], true),
        (Some("models"), vec![error("404 Not Found", "NoSuchBucket", "")], true),
        (Some("models"), vec![error("403 Forbidden", "SignatureDoesNotMatch", "")], false),
        (Some("models"), busy(), false),
        (Some("models"), nothing(), false),
    ];
    for (bucket, answers, expected) in rows {
        let first = answers[0].clone();
        let server = ScriptedS3::new(answers).await;
        let answered = soon("an answer", server.store.probe(bucket)).await;
        assert_eq!(answered.is_ok(), expected, "{bucket:?} {first}: {answered:?}");
        assert!(answered.is_ok() || matches!(answered, Err(StoreError::Unavailable(_))), "{answered:?}");
    }
}
