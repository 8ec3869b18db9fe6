//! The properties of a request read from untrusted bytes.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use jiff::Timestamp;
use pricing_worker::appraise::{Appraiser, Limits, QuoteRequest};
use pricing_worker::contract::request::{InvalidRequest, limits};
use pricing_worker::contract::{
    Envelope, Event, EventHeaders, Item, ObjectInfo, REQUESTED_TYPE, Reason, RejectionCode, Request, RequestError,
    Requested,
};
use pricing_worker::pricing::PriceBook;
use serde_json::json;

/// The most bytes of an error's text, which goes into headers and logs.
const ERROR_TEXT_BYTES: usize = 2000;

static APPRAISER: LazyLock<Appraiser> = LazyLock::new(|| {
    Appraiser::new(PriceBook::sample(), Limits { object_bytes: 8 << 30, topology_triangles: 2_000_000 })
});

/// Checks bytes as an event in structured mode, and as the data of an event in binary mode.
pub fn check(bytes: &[u8]) {
    check_answer(Request::parse(bytes));
    check_data(bytes);
}

/// Checks that an accepted request keeps its limits and survives a round trip, and that the answer to a refused one
/// keeps its own limits.
fn check_answer(request: Result<Request, RequestError>) {
    match request {
        Ok(request) => {
            check_limits(&request);
            check_again(&request);
            let request = QuoteRequest::from(request);
            check_outcome(&request, APPRAISER.accept(&request, Timestamp::UNIX_EPOCH));
        }
        Err(RequestError::Undecodable(message)) => assert!((1..ERROR_TEXT_BYTES).contains(&message.len()), "{message}"),
        Err(RequestError::UnsupportedSchema { found }) => {
            assert!(found != REQUESTED_TYPE && found.len() < ERROR_TEXT_BYTES, "{found}");
        }
        Err(RequestError::Invalid(invalid)) => check_invalid(&invalid),
    }
}

/// Checks that data is answered, whatever it is, once the event has an id and a type; and that it is the same request in
/// binary mode and in `data_base64`.
fn check_data(data: &[u8]) {
    let attributes = [("id", "1"), ("type", REQUESTED_TYPE)].map(|(name, text)| (name.to_owned(), text.to_owned()));
    let headers = EventHeaders { attributes: attributes.into(), ..EventHeaders::default() };
    let binary = Envelope::read(&headers, data, &[REQUESTED_TYPE]).and_then(Request::from_envelope);
    let event = json!({ "id": "1", "type": REQUESTED_TYPE, "data_base64": BASE64.encode(data) }).to_string();
    if event.len() > limits::MESSAGE_BYTES {
        return;
    }
    match (&binary, Request::parse(event.as_bytes())) {
        (Ok(binary), Ok(structured)) => assert_eq!(*binary, structured),
        (Err(RequestError::Invalid(_)), Err(RequestError::Invalid(_))) => {}
        answers => panic!("not answered, or not alike: {answers:?}"),
    }
    check_answer(binary);
}

fn check_limits(request: &Request) {
    let Requested { order_id, model, items, .. } = &request.data;
    assert!((1..=limits::ID_BYTES).contains(&request.identity.id.len()));
    assert!(request.time.as_deref().is_none_or(is_rfc3339), "{:?}", request.time);
    assert!((1..=limits::KEY_BYTES).contains(&model.key.len()));
    let texts = [order_id, &model.version_id, &model.etag, &model.format, &model.sha256];
    let of_items = items.iter().flat_map(|item| item.lead_times.iter().chain([&item.material]));
    for text in texts.into_iter().flatten().chain(of_items).chain([&model.bucket]) {
        assert!((1..=limits::TEXT_BYTES).contains(&text.len()), "{text}");
    }
    assert!(model.sha256.as_ref().is_none_or(|digest| digest.len() == 64));
    assert!(items.len() <= limits::ITEMS);
    let quotes = |item: &Item| item.quantities.len().max(1) * item.lead_times.len().max(1);
    assert!(items.iter().map(quotes).sum::<usize>() <= limits::QUOTES);
    let mut quantities = items.iter().flat_map(|item| &item.quantities);
    assert!(quantities.all(|quantity| (1..=limits::QUANTITY).contains(quantity)));
}

/// Checks that an accepted request is the same after it is written and read again.
fn check_again(request: &Request) {
    let Request { identity, time, data } = request.clone();
    let event = Event::new(identity.id.clone(), REQUESTED_TYPE, time, data);
    let bytes = serde_json::to_vec(&event).expect("a request can be written");
    // Escapes can make it longer than a message may be.
    if bytes.len() <= limits::MESSAGE_BYTES {
        let again = Request::parse(&bytes).expect("what was accepted");
        assert_eq!((&again.identity.id, &again.time, &again.data), (&identity.id, &request.time, &request.data));
    }
}

/// Checks the event of a valid request that asks for something the program lacks: its rejection is an event too.
fn check_outcome(request: &QuoteRequest, accepted: Result<(), Reason>) {
    let Err(reason) = accepted else { return };
    let codes = [
        RejectionCode::DeadlineExceeded,
        RejectionCode::UnknownFormat,
        RejectionCode::UnknownMaterial,
        RejectionCode::UnknownLeadTime,
    ];
    assert!(codes.contains(&reason.code), "{reason}");
    let outcome = APPRAISER.outcome(request, &ObjectInfo::default(), Err(reason));
    assert_eq!(outcome.event_id().len(), 32);
    serde_json::from_slice::<serde_json::Value>(&outcome.to_json()).expect("an event is JSON");
}

fn check_invalid(InvalidRequest { identity, time, rejected }: &InvalidRequest) {
    assert_eq!(identity.id, rejected.request_id);
    assert!((1..=limits::ID_BYTES).contains(&rejected.request_id.len()));
    assert!(time.as_deref().is_none_or(is_rfc3339), "{time:?}");
    assert_eq!(rejected.reason.code, RejectionCode::InvalidRequest);
    assert!((1..ERROR_TEXT_BYTES).contains(&rejected.reason.message.len()), "{}", rejected.reason);
    for text in [&rejected.order_id, &rejected.object.bucket, &rejected.object.key].into_iter().flatten() {
        assert!(text.len() <= limits::TEXT_BYTES, "{text}");
    }
}

/// Whether a text is a date and time of RFC 3339. A result carries its request's time, and `CloudEvents` allows no
/// other form.
fn is_rfc3339(text: &str) -> bool {
    let (Some(local), Some(rest)) = (text.get(..19), text.get(19..)) else { return false };
    let fits = |text: &str, pattern: &str| {
        text.len() == pattern.len()
            && text.chars().zip(pattern.chars()).all(|(found, expected)| match expected {
                '0' => found.is_ascii_digit(),
                'T' => "Tt ".contains(found),
                '+' => "+-".contains(found),
                other => found == other,
            })
    };
    let zone = rest.strip_prefix('.').map_or(rest, |digits| digits.trim_start_matches(|c: char| c.is_ascii_digit()));
    fits(local, "0000-00-00T00:00:00")
        && !rest.starts_with(".Z")
        && (zone.eq_ignore_ascii_case("z") || fits(zone, "+00:00"))
}
