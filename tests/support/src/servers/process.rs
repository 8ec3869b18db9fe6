//! What Linux says of a process, in `/proc`.

use std::fs;
use std::time::Duration;

/// A number from `/proc/<pid>/status`, without its unit: `VmHWM`, the peak memory, in KiB. None once the process has ended.
pub fn status(process: u32, name: &str) -> Option<u64> {
    let status = fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The processor time of a process so far, in user and in kernel mode. None once it has ended.
pub fn processor_time(process: u32) -> Option<Duration> {
    let stat = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    // The name, in parentheses, may hold any character; the 14th and 15th fields are user and system time, in
    // hundredths of a second.
    let (_, fields) = stat.rsplit_once(')')?;
    let hundredths = |field: usize| -> Option<u64> { fields.split_whitespace().nth(field - 3)?.parse().ok() };
    Some(Duration::from_millis(10 * (hundredths(14)? + hundredths(15)?)))
}
