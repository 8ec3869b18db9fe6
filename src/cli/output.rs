//! The output of results: lines of JSON or a table on standard output, and progress on standard error.
//!
//! A thread of its own writes, so that a slow reader does not block the runtime. When the reader closes standard output, the
//! thread ends without a message, and the command with it.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use bytes::Bytes;
use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressStyle};
use serde::de::DeserializeOwned;
use tokio::sync::mpsc;

use super::Exit;
use super::table::{ModelRow, TableWriter};
use super::terminal_text::{grouped, printable};
use crate::contract::{Completed, Event};

/// The columns of a table that goes to no terminal.
const WIDTH: usize = 120;
/// Results that wait to be written.
const WAITING: usize = 64;
/// The interval at which the progress is redrawn.
const TICK: Duration = Duration::from_millis(200);

/// The format of results.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputFormat {
    /// For people.
    Table,
    /// One event a line, as it is published.
    Json,
}

impl OutputFormat {
    /// The given format, or else a table on a terminal and JSON elsewhere.
    pub fn chosen(format: Option<Self>) -> Self {
        format.unwrap_or(if io::stdout().is_terminal() { Self::Table } else { Self::Json })
    }
}

/// One result, in order.
#[derive(Debug)]
pub enum OutputItem {
    /// `pricing.completed.v1`, as published.
    Completed(Bytes),
    /// `pricing.rejected.v1`, as published.
    Rejected(Bytes),
    /// A request that was sent, without waiting: its id, its object, its file.
    Submitted([String; 3]),
    /// A model without an event, because of a fault of the program or the broker: the message.
    Failed(String),
}

/// The counts of results.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Priced.
    pub priced: u64,
    /// The priced models that a person should review; counted for the table only.
    pub to_review: u64,
    /// Rejected.
    pub rejected: u64,
    /// Without an event, because of a fault.
    pub failed: u64,
    /// Sent, without waiting for the result.
    pub submitted: u64,
}

impl Tally {
    /// The exit status of a command with these counts.
    pub fn exit(&self) -> Exit {
        if self.rejected + self.failed == 0 { Exit::Done } else { Exit::SomeNotPriced }
    }
}

/// The thread that writes, and the channel to it.
#[derive(Debug)]
pub struct Output {
    /// Takes the answers; closed when the reader has closed standard output.
    pub answers: mpsc::Sender<OutputItem>,
    writer: JoinHandle<io::Result<Tally>>,
}

impl Output {
    /// Starts the thread.
    pub fn start(format: Option<OutputFormat>, allows_colors: bool) -> Self {
        let on_terminal = io::stdout().is_terminal();
        let format = OutputFormat::chosen(format);
        let (answers, receiver) = mpsc::channel(WAITING);
        let writer = thread::spawn(move || Writer::new(format, on_terminal, allows_colors).run(receiver));
        Self { answers, writer }
    }

    /// Waits until everything is written. A reader that closes standard output is no error; the counts are those until then.
    pub fn finish(self) -> io::Result<Tally> {
        drop(self.answers);
        self.writer.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
    }
}

struct Writer {
    out: BufWriter<io::Stdout>,
    table: Option<TableWriter>,
    progress: ProgressBar,
    tally: Tally,
    started: Instant,
}

impl Writer {
    fn new(format: OutputFormat, on_terminal: bool, allows_colors: bool) -> Self {
        let width = terminal_size::terminal_size().map_or(WIDTH, |(width, _)| usize::from(width.0));
        let table = TableWriter::new(if on_terminal { width } else { WIDTH }, on_terminal && allows_colors);
        Self {
            out: BufWriter::new(io::stdout()),
            table: (format == OutputFormat::Table).then_some(table),
            progress: progress(),
            tally: Tally::default(),
            started: Instant::now(),
        }
    }

    fn run(mut self, mut answers: mpsc::Receiver<OutputItem>) -> io::Result<Tally> {
        let result = self.write_all(&mut answers);
        self.progress.finish_and_clear();
        match result.and_then(|()| self.sum_up()) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(error),
            _ => Ok(self.tally),
        }
    }

    fn write_all(&mut self, answers: &mut mpsc::Receiver<OutputItem>) -> io::Result<()> {
        while let Some(answer) = answers.blocking_recv() {
            self.write(answer)?;
            // Every line is flushed before the thread waits for more.
            if answers.is_empty() && self.table.is_none() {
                self.progress.clone().suspend(|| self.out.flush())?;
            }
        }
        Ok(())
    }

    /// Writes one answer while the progress is out of the way.
    fn write(&mut self, answer: OutputItem) -> io::Result<()> {
        self.progress.inc(1);
        self.progress.clone().suspend(|| self.write_suspended(answer))
    }

    fn write_suspended(&mut self, answer: OutputItem) -> io::Result<()> {
        match &answer {
            OutputItem::Completed(_) => self.tally.priced += 1,
            OutputItem::Rejected(_) => self.tally.rejected += 1,
            OutputItem::Submitted(_) => self.tally.submitted += 1,
            OutputItem::Failed(message) => {
                self.tally.failed += 1;
                eprintln!("{}", printable(message));
            }
        }
        match (&mut self.table, answer) {
            (_, OutputItem::Failed(_)) => Ok(()),
            (_, OutputItem::Submitted(fields)) => {
                writeln!(self.out, "{}", fields.map(|field| printable(&field)).join("\t"))
            }
            (None, OutputItem::Completed(event) | OutputItem::Rejected(event)) => {
                self.out.write_all(&event)?;
                self.out.write_all(b"\n")
            }
            (Some(table), OutputItem::Completed(event)) => {
                let event: Completed = data(&event)?;
                self.tally.to_review += u64::from(event.review_required);
                table.add(ModelRow::completed(&event), &mut self.out)
            }
            (Some(table), OutputItem::Rejected(event)) => table.add(ModelRow::rejected(&data(&event)?), &mut self.out),
        }
    }

    fn sum_up(&mut self) -> io::Result<()> {
        if let Some(table) = &mut self.table
            && self.tally.submitted == 0
        {
            table.flush(&mut self.out)?;
            let Tally { priced, to_review, rejected, failed, .. } = self.tally;
            let models = grouped(priced + rejected + failed);
            let review = if to_review == 0 { String::new() } else { format!(" ({} to review)", grouped(to_review)) };
            let failed = if failed == 0 { String::new() } else { format!(", {} without an answer", grouped(failed)) };
            let seconds = self.started.elapsed().as_secs_f64();
            let [priced, rejected] = [priced, rejected].map(grouped);
            writeln!(
                self.out,
                "\n{models} models: {priced} priced{review}, {rejected} rejected{failed}; {seconds:.1} s"
            )?;
        }
        self.out.flush()
    }
}

/// The payload of an event that this program made.
fn data<D: DeserializeOwned>(event: &[u8]) -> io::Result<D> {
    serde_json::from_slice(event).map(|event: Event<D>| event.data).map_err(io::Error::from)
}

/// A spinner with a count. The total is unknown, as folders are walked while models are priced. It is hidden where standard
/// error is no terminal.
fn progress() -> ProgressBar {
    let style = ProgressStyle::with_template("{spinner} {human_pos} models, {elapsed}, {per_sec}");
    let bar = ProgressBar::new_spinner().with_style(style.expect("the template is right"));
    // Ticking takes a thread.
    if !bar.is_hidden() {
        bar.enable_steady_tick(TICK);
    }
    bar
}
