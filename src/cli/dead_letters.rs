//! `dead-letters`: lists the messages of the dead-letter queue, and replays them into their queues.

use std::collections::BTreeSet;
use std::io::{self, Write};

use bytesize::ByteSize;
use clap::{Args, Subcommand};
use comfy_table::{CellAlignment, Table, presets};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use super::output::OutputFormat;
use super::terminal_text::{grouped, printable};
use super::{CommandError, Exit, schema::print};
use crate::adapter::amqp::{DeadLetter, DeadLetters};
use crate::config::{Broker, Environment, Flags};

/// Letters in a segment of the table. Each segment has its own widths, so that memory does not grow with the list.
const SEGMENT_ROWS: usize = 200;

/// Lists dead letters with their reasons, and puts chosen ones, or all, back into their queue
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  pricing-worker dead-letters list
  pricing-worker dead-letters list --reason store_unavailable --format json
  pricing-worker dead-letters replay --id 01JDAZ0X7Y3Q9V6N5K2M8T4R1D
  pricing-worker dead-letters replay --all

Each letter is confirmed in its queue before it leaves this one. Exit status: 0 done, 1 some were not replayed or not
found, 2 usage or configuration.")]
pub struct DeadLettersArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Shows dead letters: id, order, reason, attempts, age, size
    List {
        #[command(flatten)]
        filter: LetterFilter,
        /// `table` for people, `json` for programs: one letter a line [default: table on a terminal, json elsewhere]
        #[arg(long, value_enum, value_name = "FORMAT", hide_possible_values = true)]
        format: Option<OutputFormat>,
        #[command(flatten)]
        broker: Flags<Broker>,
    },
    /// Puts dead letters back into the queue that they came from; their attempts start again
    Replay {
        #[command(flatten)]
        filter: LetterFilter,
        /// All dead letters
        #[arg(long, conflicts_with_all = ["ids", "reasons"])]
        all: bool,
        #[command(flatten)]
        broker: Flags<Broker>,
    },
}

/// The letters to list or to replay.
#[derive(Debug, Clone, Default, Args)]
struct LetterFilter {
    /// Letters with this message id; may be repeated
    #[arg(long = "id", value_name = "ID")]
    ids: Vec<String>,
    /// Letters with this reason; may be repeated
    #[arg(long = "reason", value_name = "REASON")]
    reasons: Vec<String>,
}

impl LetterFilter {
    fn is_empty(&self) -> bool {
        self.ids.is_empty() && self.reasons.is_empty()
    }

    /// Whether a letter has one of the ids and one of the reasons, where any are given.
    fn matches(&self, letter: &DeadLetter) -> bool {
        let by_id = letter.message_id.as_ref().is_some_and(|id| self.ids.contains(id));
        (self.ids.is_empty() || by_id) && (self.reasons.is_empty() || self.reasons.contains(&letter.reason))
    }
}

/// Lists or replays.
pub fn run(args: &DeadLettersArgs, environment: &Environment) -> Result<Exit, CommandError> {
    if let Action::Replay { filter, all: false, .. } = &args.action
        && filter.is_empty()
    {
        return Err(CommandError::usage("say which: --id, --reason or --all"));
    }
    let (Action::List { broker, .. } | Action::Replay { broker, .. }) = &args.action;
    let broker = broker.parse(environment)?;
    let config = super::connection(&broker, 1);
    super::runtime(environment.cores())?.block_on(async {
        let mut letters = DeadLetters::connect(&config).await.map_err(CommandError::other)?;
        let exit = match &args.action {
            Action::List { filter, format, .. } => list(&mut letters, filter, *format).await,
            Action::Replay { filter, .. } => replay(&mut letters, filter).await,
        };
        letters.close().await;
        exit
    })
}

async fn list(
    letters: &mut DeadLetters,
    filter: &LetterFilter,
    format: Option<OutputFormat>,
) -> Result<Exit, CommandError> {
    let format = OutputFormat::chosen(format);
    let mut out = io::stdout().lock();
    let (mut rows, mut count) = (Vec::new(), 0);
    let written = loop {
        let Some((letter, _)) = letters.next().await.map_err(CommandError::other)? else { break Ok(()) };
        if !filter.matches(&letter) {
            continue;
        }
        count += 1;
        let row = LetterRow::of(&letter, Timestamp::now());
        let written = match format {
            OutputFormat::Json => writeln!(out, "{}", serde_json::to_string(&row).expect("plain data serialises")),
            OutputFormat::Table => {
                rows.push(row);
                if rows.len() < SEGMENT_ROWS {
                    Ok(())
                } else {
                    writeln!(out, "{}\n", table(&std::mem::take(&mut rows)))
                }
            }
        };
        if written.is_err() {
            break written;
        }
    };
    let written = written.and_then(|()| match (format, rows.is_empty()) {
        (OutputFormat::Json, _) => Ok(()),
        (OutputFormat::Table, true) => writeln!(out, "{} dead letters", grouped(count)),
        (OutputFormat::Table, false) => writeln!(out, "{}\n\n{} dead letters", table(&rows), grouped(count)),
    });
    match written {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(CommandError::other(error)),
        _ => Ok(Exit::Done),
    }
}

async fn replay(letters: &mut DeadLetters, filter: &LetterFilter) -> Result<Exit, CommandError> {
    let (mut replayed, mut failed, mut left_alone) = (0, 0, 0);
    let mut missing: BTreeSet<&String> = filter.ids.iter().collect();
    while let Some((letter, held)) = letters.next().await.map_err(CommandError::other)? {
        if !filter.matches(&letter) {
            left_alone += 1;
            continue;
        }
        if let Some(id) = &letter.message_id {
            missing.remove(id);
        }
        let id = printable(letter.message_id.as_deref().unwrap_or("(no id)"));
        match letters.replay(letter, held).await {
            Ok(()) => replayed += 1,
            Err(error) => {
                failed += 1;
                eprintln!("{id}: {error}");
            }
        }
    }
    for id in &missing {
        eprintln!("{}: there is no such dead letter", printable(id));
    }
    print(&format!("{} replayed, {} not, {} left alone", grouped(replayed), grouped(failed), grouped(left_alone)))?;
    Ok(if failed == 0 && missing.is_empty() { Exit::Done } else { Exit::SomeNotPriced })
}

/// A dead letter in the list.
#[derive(Debug, Serialize)]
struct LetterRow {
    id: Option<String>,
    order_id: Option<String>,
    reason: String,
    attempts: Option<u32>,
    age_s: Option<i64>,
    size_bytes: usize,
    routing_key: String,
    error: Option<String>,
    first_error: Option<String>,
}

impl LetterRow {
    fn of(letter: &DeadLetter, now: Timestamp) -> Self {
        // A body that is no JSON names no order.
        let body: Value = serde_json::from_slice(&letter.body).unwrap_or_default();
        Self {
            id: letter.message_id.clone(),
            order_id: body["data"]["order_id"].as_str().map(str::to_owned),
            reason: letter.reason.clone(),
            attempts: letter.attempts,
            age_s: letter.failed_at.map(|at| now.duration_since(at).as_secs().max(0)),
            size_bytes: letter.body.len(),
            routing_key: letter.routing_key.clone(),
            error: letter.error.clone(),
            first_error: letter.first_error.clone(),
        }
    }
}

fn table(rows: &[LetterRow]) -> String {
    let mut table = Table::new();
    table.load_style(presets::NOTHING);
    table.set_header(["id", "order", "queue", "attempts", "age", "size", "reason"]);
    for row in rows {
        let text = |text: &Option<String>| text.as_deref().map_or("-".into(), printable);
        let age = |seconds: i64| humantime::format_duration(std::time::Duration::from_secs(seconds.unsigned_abs()));
        let why = row.error.as_deref().map_or(String::new(), |error| format!(": {}", printable(error)));
        table.add_row([
            text(&row.id),
            text(&row.order_id),
            printable(row.routing_key.strip_prefix("job.").unwrap_or(&row.routing_key)),
            row.attempts.map_or("-".into(), |attempts| attempts.to_string()),
            row.age_s.map_or("-".into(), |seconds| age(seconds).to_string()),
            ByteSize::b(row.size_bytes as u64).display().iec().to_string(),
            format!("{}{why}", printable(&row.reason)),
        ]);
    }
    for (number, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, 2));
        let right = (3..=5).contains(&number);
        column.set_cell_alignment(if right { CellAlignment::Right } else { CellAlignment::Left });
    }
    table.lines().map(|line| line.trim_end().to_owned()).collect::<Vec<_>>().join("\n")
}
