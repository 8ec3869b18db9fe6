//! The converter of CAD files as a program: one process a file, without an environment, ended at its time limit.
//!
//! The program denies itself files, sockets, other processes and memory beyond its own before it reads a byte
//! (`crates/pricing-cad`, `limits`). Here it is started, fed, read and ended.

use std::os::unix::process::ExitStatusExt;
use std::path::{self, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};
use tokio::time::{Instant, timeout_at};
use tracing::warn;

use crate::contract::{Reason, RejectionCode};
use crate::worker::conversion::{CadConverter, Conversion, ConversionError, ConvertedBody};
use crate::worker::ports::Body;

/// The bytes of one read.
const CHUNK_BYTES: usize = 256 << 10;
/// The processor time that the program has beyond its time limit, which ends it first unless nobody watches any more.
const SPARE_CPU_SECONDS: u64 = 5;
/// What is kept of what the program says of itself.
const MOST_SAID_BYTES: u64 = 2 << 10;

/// The converter of a file on this machine.
#[derive(Debug, Clone)]
pub struct CadProgram {
    program: PathBuf,
    time_limit: Duration,
}

/// A conversion that was fed.
struct Running {
    child: Child,
    output: ChildStdout,
    said: ChildStderr,
    time_limit: Duration,
    deadline: Instant,
}

impl CadProgram {
    /// The program of this path. It has so much time for a file, once it has the file's bytes.
    pub fn new(program: PathBuf, time_limit: Duration) -> Self {
        // It is started in the root: a path from the folder of this process would lead nowhere from there. Where that folder is gone,
        // the start says so.
        Self { program: path::absolute(&program).unwrap_or(program), time_limit }
    }

    fn start(&self, conversion: &Conversion) -> std::io::Result<Child> {
        let Conversion { format, memory_bytes, triangles } = conversion;
        Command::new(&self.program)
            .arg("convert")
            .arg(format!("--format={format}"))
            .arg(format!("--memory-mib={}", memory_bytes >> 20))
            .arg(format!("--triangles={triangles}"))
            .arg(format!("--cpu-seconds={}", self.time_limit.as_secs() + SPARE_CPU_SECONDS))
            .env_clear()
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
    }

    /// Starts the program, and feeds it the file.
    async fn feed(self, conversion: Conversion, mut file: Body) -> Result<Running, ConversionError> {
        let unavailable =
            |error: std::io::Error| ConversionError::Unavailable(format!("{}: {error}", self.program.display()));
        let mut child = self.start(&conversion).map_err(unavailable)?;
        let (Some(mut input), Some(output), Some(said)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(ConversionError::Unavailable("it has no standard streams".into()));
        };
        while let Some(chunk) = file.try_next().await? {
            // A program that has ended takes no more bytes, and its status says why.
            if input.write_all(&chunk).await.is_err() {
                break;
            }
        }
        drop(input);
        let deadline = Instant::now() + self.time_limit;
        Ok(Running { child, output, said, time_limit: self.time_limit, deadline })
    }
}

impl CadConverter for CadProgram {
    fn convert(&self, conversion: Conversion, file: Body) -> ConvertedBody {
        let fed = self.clone().feed(conversion, file);
        let chunks = |running| stream::try_unfold(running, Running::next);
        stream::once(fed).map_ok(chunks).try_flatten().boxed()
    }
}

impl Running {
    /// The next bytes of the stream, and the conversion that goes on; none at its end.
    async fn next(mut self) -> Result<Option<(Bytes, Self)>, ConversionError> {
        let mut chunk = BytesMut::with_capacity(CHUNK_BYTES);
        match timeout_at(self.deadline, self.output.read_buf(&mut chunk)).await {
            Err(_) => Err(self.timed_out()),
            Ok(Ok(0)) => self.end().await.map(|()| None),
            Ok(Ok(_)) => Ok(Some((chunk.freeze(), self))),
            Ok(Err(error)) => Err(failed(&format!("its output cannot be read: {error}"))),
        }
    }

    /// Takes leave of a program that has written all.
    async fn end(&mut self) -> Result<(), ConversionError> {
        let mut said = Vec::new();
        let ended = async {
            // What it says is read to its end, or the program would wait for that.
            let _ = (&mut self.said).take(MOST_SAID_BYTES).read_to_end(&mut said).await;
            self.child.wait().await
        };
        let Ok(status) = timeout_at(self.deadline, ended).await else { return Err(self.timed_out()) };
        let status = status.map_err(|error| failed(&error.to_string()))?;
        if !said.is_empty() {
            let said = String::from_utf8_lossy(&said);
            warn!(said = said.trim_end(), %status, "the CAD converter spoke");
        }
        if status.success() { Ok(()) } else { Err(failed(&words(status))) }
    }

    fn timed_out(&self) -> ConversionError {
        let limit = humantime::format_duration(self.time_limit);
        let message = format!("the file could not be converted within {limit}: the model is too complex, or damaged");
        Reason::new(RejectionCode::JobTimeout, message).into()
    }
}

fn words(status: ExitStatus) -> String {
    match (status.code(), status.signal()) {
        (Some(code), _) => format!("it ended with status {code}"),
        (None, Some(signal)) => format!("it was ended by signal {signal}"),
        (None, None) => "it ended".into(),
    }
}

fn failed(why: &str) -> ConversionError {
    let message = format!("the file could not be converted: the CAD converter failed on it ({why}); export it anew");
    Reason::new(RejectionCode::Malformed, message).into()
}
