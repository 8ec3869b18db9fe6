//! Tests of large objects that the adapter gets by parallel GETs, over a server that delays, breaks and replaces
//! answers: the requests in flight, the order of the bytes, and the memory held.

use std::ops::Range;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::task::Poll;

use bytes::Bytes;
use futures_util::{StreamExt, poll};
use pricing_worker::adapter::S3;
use pricing_worker::worker::ports::{Object, ObjectRef, ObjectStore, StoreError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::support::{eventually, s3, soon, still_pending};

const PART: usize = 8 << 20;
/// Eight parts; the last one is short.
const SIZE: usize = 7 * PART + (PART >> 1) + 5;
/// The most parts in flight.
const AT_MOST: usize = 4;
/// Ends every delay.
const ALL: usize = usize::MAX;

/// Bytes that differ from place to place.
static OBJECT: LazyLock<Bytes> = LazyLock::new(|| (0..SIZE).map(|at| (at ^ (at >> 8) ^ (at >> 16)) as u8).collect());

/// The server's answer to a request.
#[derive(Clone)]
enum Answer {
    /// Sends the requested bytes.
    Gives,
    /// Announces the bytes, and closes the connection after this number of them.
    BreaksAfter(usize),
    /// Sends this text.
    Says(String),
}

/// An S3 server with one object.
struct Server {
    store: S3,
    asked: Arc<Mutex<Vec<Asked>>>,
    /// The number of requests being answered.
    answering: Arc<AtomicUsize>,
    /// The number of parts that may end: the server delays the last byte of every further part.
    ended: watch::Sender<usize>,
    _accepting: JoinSet<()>,
}

/// A request: its range, and its text.
#[derive(Clone)]
struct Asked {
    range: Option<Range<usize>>,
    words: String,
}

impl Server {
    /// A store with an object of this size; `answer` gets the number of each request and returns its answer.
    async fn new(
        size: usize,
        etag: &'static str,
        answer: impl Fn(usize, &Asked) -> Answer + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let store = s3::at(listener.local_addr().expect("its address")).await;
        let (asked, answering) = (Arc::<Mutex<Vec<Asked>>>::default(), Arc::<AtomicUsize>::default());
        let (ended, may_end) = watch::channel(ALL);
        let mut accepting = JoinSet::new();
        let (seen, count, answer) = (Arc::clone(&asked), Arc::clone(&answering), Arc::new(answer));
        accepting.spawn(async move {
            let mut connections = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                let (seen, count, answer) = (Arc::clone(&seen), Arc::clone(&count), Arc::clone(&answer));
                let may_end = may_end.clone();
                connections.spawn(async move {
                    count.fetch_add(1, Ordering::SeqCst);
                    let mut connection = Connection { stream, may_end };
                    if let Some(request) = connection.request().await {
                        let number = {
                            let mut seen = seen.lock().unwrap_or_else(PoisonError::into_inner);
                            seen.push(request.clone());
                            seen.len() - 1
                        };
                        connection.answer(size, etag, &request, answer(number, &request)).await;
                    }
                    count.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        Self { store, asked, answering, ended, _accepting: accepting }
    }

    async fn open(&self) -> Object {
        let model = ObjectRef { bucket: Some("models".into()), key: "model.stl".into(), ..ObjectRef::default() };
        soon("the object", self.store.open(&model)).await.expect("an object")
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn ranges(&self) -> Vec<Option<Range<usize>>> {
        self.asked().into_iter().map(|asked| asked.range).collect()
    }

    async fn was_asked(&self, times: usize) {
        eventually(&format!("{times} requests"), async || (self.asked().len() >= times).then_some(())).await;
        assert_eq!(self.asked().len(), times, "{:?}", self.ranges());
    }

    async fn answers_nobody(&self) {
        let what = "every connection has ended";
        eventually(what, async || (self.answering.load(Ordering::SeqCst) == 0).then_some(())).await;
    }
}

struct Connection {
    stream: TcpStream,
    may_end: watch::Receiver<usize>,
}

impl Connection {
    async fn request(&mut self) -> Option<Asked> {
        let mut words = vec![0; 8192];
        let length = self.stream.read(&mut words).await.ok().filter(|length| *length > 0)?;
        words.truncate(length);
        let words = String::from_utf8(words).expect("headers are text").to_lowercase();
        let range = words.lines().find_map(|line| line.strip_prefix("range: bytes=")).map(|range| {
            let (first, last) = range.trim().split_once('-').expect("a range");
            first.parse().expect("a number")..last.parse::<usize>().expect("a number") + 1
        });
        Some(Asked { range, words })
    }

    /// Answers a request. A client that has closed its connection is ignored.
    async fn answer(&mut self, size: usize, etag: &str, asked: &Asked, answer: Answer) {
        if let Answer::Says(words) = answer {
            let _ = self.stream.write_all(words.as_bytes()).await;
            return;
        }
        let range = asked.range.clone().unwrap_or(0..size);
        let status = match asked.range {
            Some(_) => format!("206 Partial Content\r\nContent-Range: bytes {}-{}/{size}", range.start, range.end - 1),
            None => "200 OK".to_owned(),
        };
        let length = range.len();
        let head = format!("HTTP/1.1 {status}\r\nContent-Length: {length}\r\n{etag}Connection: close\r\n\r\n");
        let end = if let Answer::BreaksAfter(bytes) = answer { range.start + bytes } else { range.end };
        if self.stream.write_all(head.as_bytes()).await.is_err() {
            return;
        }
        let mut at = range.start;
        while at < end {
            let part_end = size.min((at / PART + 1) * PART);
            if at + 1 == part_end && !self.may_end(at / PART).await {
                return;
            }
            let to = if at + 1 == part_end { part_end } else { part_end - 1 };
            let to = to.min(end);
            if self.stream.write_all(&OBJECT[at..to]).await.is_err() {
                return;
            }
            at = to;
        }
    }

    /// Waits until a part may end; returns whether the client is still connected.
    async fn may_end(&mut self, part: usize) -> bool {
        let mut nothing = [0];
        tokio::select! {
            ended = self.may_end.wait_for(|ended| *ended > part) => ended.is_ok(),
            _ = self.stream.read(&mut nothing) => false,
        }
    }
}

/// An entity tag as a header line.
const ETAG: &str = "ETag: \"e\"\r\n";

/// Reads to the end or to an error, and compares every byte with the object's.
async fn read(mut object: Object) -> Result<usize, StoreError> {
    let mut received = 0;
    while let Some(chunk) = object.body.next().await {
        check(&mut received, &chunk?);
    }
    Ok(received)
}

fn check(received: &mut usize, chunk: &Bytes) {
    assert!(!chunk.is_empty(), "a chunk of no bytes");
    assert!(OBJECT[*received..].starts_with(chunk), "other bytes at {received}");
    *received += chunk.len();
}

#[tokio::test]
async fn parts_are_added_while_the_reader_waits_and_come_in_order() {
    let server = Server::new(SIZE, ETAG, |_, _| Answer::Gives).await;
    server.ended.send_replace(0);
    let mut object = server.open().await;
    assert_eq!((object.size_bytes, object.ahead_bytes), (SIZE as u64, (AT_MOST * PART) as u64));
    // The number of requests sent when the reader waits for the last byte of each part.
    let mut expected = [2, 4, 6, 7, 8, 8, 8, 8].into_iter().enumerate();
    let mut received = 0;
    loop {
        let chunk = match poll!(object.body.next()) {
            Poll::Ready(chunk) => chunk,
            Poll::Pending => {
                if (received + 1) % PART == 0 || received + 1 == SIZE {
                    let (part, requests) = expected.next().expect("a part");
                    server.was_asked(requests).await;
                    assert!(requests - part <= AT_MOST);
                    server.ended.send_replace(part + 1);
                }
                soon("a chunk", object.body.next()).await
            }
        };
        let Some(chunk) = chunk else { break };
        check(&mut received, &chunk.expect("a chunk"));
    }
    assert_eq!((received, expected.next()), (SIZE, None));
    let asked = server.asked();
    assert!(asked[0].range.is_none() && !asked[0].words.contains("if-match: "), "{}", asked[0].words);
    // Requests that are in flight together may arrive in any order.
    let mut ranges: Vec<_> = server.ranges().into_iter().flatten().map(|range| (range.start, range.end)).collect();
    ranges.sort_unstable();
    let parts: Vec<_> = (1..8).map(|part| (part * PART, SIZE.min((part + 1) * PART))).collect();
    assert_eq!(ranges, parts);
    assert!(asked[1..].iter().all(|asked| asked.words.contains("if-match: \"e\"")), "each is of the same version");
    server.answers_nobody().await;
}

#[tokio::test]
async fn a_body_that_nobody_reads_on_holds_two_parts() {
    let server = Server::new(SIZE, ETAG, |_, _| Answer::Gives).await;
    let mut object = server.open().await;
    server.was_asked(1).await;
    let mut received = 0;
    check(&mut received, &soon("a chunk", object.body.next()).await.expect("a chunk").expect("a chunk"));
    // Both arrive while the body is not read.
    server.was_asked(2).await;
    server.answers_nobody().await;
    still_pending("more is asked for", async {
        server.was_asked(2).await;
        eventually("a third part", async || (server.asked().len() > 2).then_some(())).await;
    })
    .await;
    while let Some(chunk) = soon("a chunk", object.body.next()).await {
        check(&mut received, &chunk.expect("a chunk"));
    }
    assert_eq!(received, SIZE);
}

#[tokio::test]
async fn a_part_that_breaks_is_taken_up_where_it_stopped() {
    // The first request for some bytes breaks: the opening one, and those of the second and of the last part.
    let breaks = [(0, 3 << 20), (PART, 5_000_001), (7 * PART, 1)];
    let server = Server::new(SIZE, ETAG, move |_, asked| {
        let start = asked.range.as_ref().map_or(0, |range| range.start);
        let place = breaks.iter().find(|(at, _)| *at == start);
        place.map_or(Answer::Gives, |(_, bytes)| Answer::BreaksAfter(*bytes))
    })
    .await;
    assert_eq!(soon("the whole", read(server.open().await)).await, Ok(SIZE));
    let ranges = server.ranges();
    for (start, bytes) in breaks {
        let rest = start + bytes..SIZE.min(start + PART);
        assert!(ranges.contains(&Some(rest.clone())), "{rest:?}: {ranges:?}");
    }
    assert_eq!(ranges.len(), 8 + breaks.len());
}

#[tokio::test]
async fn a_part_that_breaks_again_and_again_is_given_up() {
    let server = Server::new(SIZE, ETAG, |_, asked| match &asked.range {
        Some(range) if range.end == 3 * PART => Answer::BreaksAfter(0),
        _ => Answer::Gives,
    })
    .await;
    let error = soon("the end", read(server.open().await)).await.expect_err("it never gets on");
    assert!(matches!(error, StoreError::Unavailable(_) | StoreError::CutShort { .. }), "{error:?}");
    let of_it = server.ranges().into_iter().flatten().filter(|range| range.end == 3 * PART).count();
    assert_eq!(of_it, 6, "the first and five more");
}

/// Whether an error is the expected one.
type Expected = fn(&StoreError) -> bool;

#[tokio::test]
async fn a_part_of_another_object_is_never_taken() {
    let changed: Expected = |error| matches!(error, StoreError::Changed(_));
    let unavailable: Expected = |error| matches!(error, StoreError::Unavailable(_));
    let said = |status: &str, code: &str| {
        let body = format!("<Error><Code>{code}</Code></Error>");
        format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
    };
    let part = |range: &str, etag: &str| {
        let head = format!("HTTP/1.1 206 Partial Content\r\nContent-Length: {PART}\r\nETag: \"{etag}\"");
        format!("{head}\r\nContent-Range: bytes {range}\r\nConnection: close\r\n\r\n")
    };
    let [first, last] = [2 * PART, 3 * PART - 1];
    let rows: [(&str, String, Expected); 8] = [
        ("replaced", said("412 Precondition Failed", "PreconditionFailed"), changed),
        ("shorter", said("416 Range Not Satisfiable", "InvalidRange"), changed),
        ("another tag, by a store that ignores conditions", part(&format!("{first}-{last}/{SIZE}"), "other"), changed),
        ("another length", part(&format!("{first}-{last}/{}", SIZE + 1), "e"), changed),
        ("lost", said("404 Not Found", "NoSuchKey"), |error| matches!(error, StoreError::NotFound(_))),
        ("forbidden", said("403 Forbidden", "AccessDenied"), |error| matches!(error, StoreError::Denied(_))),
        (
            "the whole again, by a store that ignores ranges",
            format!("HTTP/1.1 200 OK\r\nContent-Length: {SIZE}\r\n{ETAG}Connection: close\r\n\r\n"),
            unavailable,
        ),
        ("a store that is busy for ever", said("503 Slow Down", "SlowDown"), unavailable),
    ];
    for (what, answer, expected) in rows {
        let server = Server::new(SIZE, ETAG, move |_, asked| match &asked.range {
            Some(range) if range.start == first => Answer::Says(answer.clone()),
            _ => Answer::Gives,
        })
        .await;
        let mut object = server.open().await;
        let (mut received, mut error) = (0, None);
        while let Some(chunk) = soon(what, object.body.next()).await {
            match chunk {
                Ok(chunk) => check(&mut received, &chunk),
                Err(found) => error = Some(found),
            }
        }
        assert_eq!(received, first, "{what}: what came before it, and nothing after");
        assert!(error.as_ref().is_some_and(expected), "{what}: {error:?}");
        server.answers_nobody().await;
    }
}

#[tokio::test]
async fn a_body_that_is_let_go_ends_every_request() {
    let server = Server::new(SIZE, ETAG, |_, _| Answer::Gives).await;
    server.ended.send_replace(1);
    let mut object = server.open().await;
    let mut received = 0;
    while received < PART + 1 {
        check(&mut received, &soon("a chunk", object.body.next()).await.expect("a chunk").expect("a chunk"));
    }
    eventually("some are in flight", async || (server.answering.load(Ordering::SeqCst) >= 2).then_some(())).await;
    drop(object);
    server.answers_nobody().await;
    assert!(server.asked().len() <= AT_MOST);
}

#[tokio::test]
async fn one_request_is_enough_for_a_small_object_and_for_one_that_cannot_be_pinned() {
    for (size, etag) in [(0, ETAG), (1, ETAG), (2 * PART, ETAG), (SIZE, "")] {
        let server = Server::new(size, etag, |_, _| Answer::Gives).await;
        let object = server.open().await;
        assert_eq!(object.ahead_bytes, 0, "{size} {etag:?}");
        assert_eq!(soon("the whole", read(object)).await, Ok(size));
        assert_eq!(server.ranges(), [None], "{size} {etag:?}");
    }
    let server = Server::new(2 * PART + 1, ETAG, |_, _| Answer::Gives).await;
    assert_eq!(soon("the whole", read(server.open().await)).await, Ok(2 * PART + 1));
    assert_eq!(server.asked().len(), 3);
}

#[tokio::test]
async fn one_request_is_all_where_there_is_no_room_to_read_ahead() {
    for (most_ahead, requests) in [(0, 1), (AT_MOST * PART - 1, 1), (AT_MOST * PART, 8)] {
        let mut server = Server::new(SIZE, ETAG, |_, _| Answer::Gives).await;
        server.store = server.store.reading_ahead(most_ahead as u64);
        let object = server.open().await;
        assert!(object.ahead_bytes <= most_ahead as u64, "{} are held ahead, of {most_ahead}", object.ahead_bytes);
        assert_eq!(soon("the whole", read(object)).await, Ok(SIZE));
        assert_eq!(server.asked().len(), requests, "{most_ahead}");
    }
}
