//! Fail points: places where a test stops a job or breaks it, to see what is left behind.
//!
//! They are compiled only with the feature `fail-points`, which only the tests turn on; without it they do nothing. The
//! command line arms them with the variable `PRICING_FAIL_POINTS`: `PLACE=ACTION@PART,…`, for the requests whose id
//! contains the part. The places of a job, in order: `delivered`, `downloading`, `computing`, `published` (and not
//! confirmed), `confirmed` (and not acknowledged). The action `stop` stops the job there for good; at `computing` there are also `panic`, `overflow`
//! (of the stack) and `endless` (until the computation is stopped). The place `admin` has the action `end`: the admin
//! server ends.

/// Arms the points that a text names, once for the process.
#[cfg(feature = "fail-points")]
pub fn arm(points: Option<&std::ffi::OsStr>) {
    let points = points.map(|points| points.to_str().expect("PRICING_FAIL_POINTS is UTF-8").to_owned());
    armed::ARMED.set(points.unwrap_or_default()).expect("points are armed once");
}

/// A place between two steps of a job.
#[cfg(feature = "fail-points")]
pub async fn reached(place: &str, request: &str) {
    if armed::action(place, request).is_some() {
        tracing::warn!(place, "stopped at a fail point");
        std::future::pending::<()>().await;
    }
}

/// A place in a computation.
#[cfg(feature = "fail-points")]
pub fn computing(request: &str, is_stopped: impl Fn() -> bool) {
    let Some(action) = armed::action("computing", request) else { return };
    tracing::warn!(place = "computing", action, "stopped at a fail point");
    armed::fail(action, is_stopped);
}

/// Resolves where the place is armed, and never where it is not.
#[cfg(feature = "fail-points")]
pub async fn armed(place: &str) {
    if armed::action(place, "").is_none() {
        std::future::pending::<()>().await;
    }
}

/// A place between two steps of a job; does nothing in a program that is not a test's.
#[cfg(not(feature = "fail-points"))]
#[expect(clippy::unused_async, reason = "as it is in tests")]
pub async fn reached(_place: &str, _request: &str) {}

/// A place in a computation; does nothing in a program that is not a test's.
#[cfg(not(feature = "fail-points"))]
pub fn computing(_request: &str, _is_stopped: impl Fn() -> bool) {}

/// Never resolves, in a program that is not a test's.
#[cfg(not(feature = "fail-points"))]
pub async fn armed(_place: &str) {
    std::future::pending::<()>().await;
}

#[cfg(feature = "fail-points")]
mod armed {
    use std::hint::black_box;
    use std::sync::OnceLock;
    use std::thread;
    use std::time::Duration;

    pub static ARMED: OnceLock<String> = OnceLock::new();

    /// The action that is armed at a place for a request.
    pub fn action(place: &str, request: &str) -> Option<&'static str> {
        let armed = ARMED.get().map_or("", String::as_str);
        armed.split(',').find_map(|point| {
            let (name, action) = point.split_once('=')?;
            let (action, part) = action.split_once('@').unwrap_or((action, ""));
            (name == place && request.contains(part)).then_some(action)
        })
    }

    pub fn fail(action: &str, is_stopped: impl Fn() -> bool) {
        match action {
            "panic" => panic!("a fail point"),
            "overflow" => drop(overflow(1)),
            "endless" => {
                while !is_stopped() {
                    thread::sleep(Duration::from_millis(1));
                }
            }
            _ => loop {
                thread::park();
            },
        }
    }

    /// Overflows a stack of any size.
    #[expect(unconditional_recursion, reason = "that is what it is for")]
    fn overflow(depth: u64) -> u64 {
        let frame = [depth; 512];
        black_box(&frame);
        overflow(black_box(depth + 1)) + black_box(frame)[0]
    }
}
