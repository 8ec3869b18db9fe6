//! The fuzz target of solids: meshes of a few bodies, for their volume and for the time that it takes.

#![no_main]

use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use rustix::time::{ClockId, clock_gettime};
use test_support::checks::{bodies, report_uncaught, solid};

/// The most triangles of a mesh: enough for a search that takes their square to be noticed.
const MOST_TRIANGLES: usize = 4096;
/// How much longer this build takes, which counts branches and checks overflows.
const SLOWNESS: u32 = 5;
/// The most processor time of any mesh, however small: the bound on the steps of a union has a constant part of half a second.
const START_TIME: Duration = Duration::from_millis(500);
/// The same for each triangle: a file of 5 MB has 100,000, and takes at most a second.
const TRIANGLE_TIME: Duration = Duration::from_micros(5);

fuzz_target!(init: report_uncaught(), |bytes: &[u8]| {
    let mesh = bodies::mesh(bytes, MOST_TRIANGLES);
    let started = processor_time();
    let _ = solid::measured(&mesh);
    let taken = processor_time().saturating_sub(started);
    let most = SLOWNESS * (START_TIME + TRIANGLE_TIME * mesh.len() as u32);
    assert!(taken <= most, "{} triangles took {taken:?} of a processor; at most {most:?}", mesh.len());
    solid::check(&mesh);
});

/// The processor time of this thread.
fn processor_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}
