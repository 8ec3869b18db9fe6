//! Tests of the documents' examples against the program.

use std::path::Path;

use pricing_worker::contract::Request;
use serde_json::Value;

use super::documents;
use super::markdown::{Block, blocks, rows};
use crate::cli::{Ran, program};
use crate::project::{assert_none, read, root};

/// The mark in an example for omitted text.
const LEFT_OUT: &str = "…";

/// The text before the material of an example that is not a whole book.
const HEAD: &str = r#"
schema = 1
name = "example"
version = "1"
currency = "EUR"
rounding = "0.01"
lead_times = [ { id = "standard", factor = "1" } ]
"#;

fn run<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Ran {
    Ran::of(program().current_dir(root()).args(arguments))
}

/// Calls a function with each code block whose info begins with a text, in each document, and collects the problems.
fn each_block(begins: &str, mut problem: impl FnMut(&Path, &Block<'_>) -> Option<String>) -> Vec<String> {
    let mut problems = Vec::new();
    let mut count = 0;
    for document in documents() {
        for block in blocks(&read(&document)).iter().filter(|block| block.info.starts_with(begins)) {
            count += 1;
            let place = format!("{}:{}", document.display(), block.line);
            problems.extend(problem(&document, block).map(|problem| format!("{place}: {problem}")));
        }
    }
    assert!(count > 0, "no document has a block of {begins}");
    problems
}

/// A block that begins with `$ pricing-worker …` shows the program's output.
#[test]
fn what_the_program_is_shown_to_print_it_prints() {
    let problems = each_block("text", |_, block| {
        let (command, shown) = block.text.strip_prefix("$ pricing-worker ")?.split_once('\n')?;
        let ran = run(command.split_whitespace());
        let printed = ran.stdout + &ran.stderr;
        (printed.trim_end() != shown.trim_end()).then(|| format!("it prints\n{printed}"))
    });
    assert_none("examples that are not what is printed", &problems);
}

#[test]
fn every_request_is_one() {
    let problems = each_block("json request", |_, block| {
        Request::parse(block.text.as_bytes()).err().map(|error| error.to_string())
    });
    assert_none("requests that are not accepted", &problems);
}

/// The answers are for the cube of 10 mm, and for a cut one; each field that they show equals the program's.
#[test]
fn every_answer_is_the_programs() {
    let cube = ["price", "--format", "json", "--unit", "mm", "--material", "pa12-sls", "--quantity", "10"];
    let answer = run(cube.into_iter().chain(["fixtures/models/cube-10mm-binary.stl"]));
    let rejection = run(["price", "--format", "json", "fixtures/rejected/truncated--cut-in-a-triangle.stl"]);
    for (info, ran) in [("json part of an answer", answer), ("json rejection", rejection)] {
        let mut actual: Value = serde_json::from_str(&ran.stdout).expect("one event");
        // The fields from the request: the example names an object, the test a local file.
        for (pointer, of_request) in [
            ("", ("id", "…".into())),
            ("", ("time", "2026-11-23T10:00:00Z".into())),
            ("/data", ("request_id", "01JDAZ0X7Y3Q9V6N5K2M8T4R1D".into())),
            ("/data", ("order_id", "A-1001".into())),
            ("/data/object", ("bucket", "models".into())),
            ("/data/object", ("key", "A-1001/cube.stl".into())),
        ] {
            let (name, value): (&str, Value) = of_request;
            actual.pointer_mut(pointer).expect("it is there")[name] = value;
        }
        let problems = each_block(info, |_, block| match serde_json::from_str(&block.text) {
            Ok(shown) => difference("", &shown, &actual),
            Err(error) => Some(error.to_string()),
        });
        assert_none("answers that the program does not give", &problems);
    }
}

/// The place where a part of an answer differs from the whole.
fn difference(place: &str, part: &Value, whole: &Value) -> Option<String> {
    match (part, whole) {
        (Value::String(text), _) if text == LEFT_OUT => None,
        (Value::Object(part), Value::Object(whole)) => part.iter().find_map(|(name, value)| {
            let place = format!("{place}/{name}");
            match whole.get(name) {
                Some(found) => difference(&place, value, found),
                None => Some(format!("{place} is not in an answer")),
            }
        }),
        (Value::Array(part), Value::Array(whole)) if part.len() == whole.len() => part
            .iter()
            .zip(whole)
            .enumerate()
            .find_map(|(number, (part, whole))| difference(&format!("{place}/{number}"), part, whole)),
        _ => (part != whole).then(|| format!("{place}: {part} is shown, and it is {whole}")),
    }
}

#[test]
fn every_price_book_is_one() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("book.toml");
    let problems = each_block("toml", |_, block| {
        let head = if block.info == "toml material" { HEAD } else { "" };
        std::fs::write(&file, head.to_owned() + &block.text).expect("written");
        let ran = run(["check", "--price-book", file.to_str().expect("UTF-8")]);
        (ran.exit != 0).then_some(ran.stderr)
    });
    assert_none("price books that are not", &problems);
}

/// A table below `<!-- quote: MATERIAL QUANTITY LEAD_TIME MODEL -->` has the lines of that quote, by the last whole
/// book before it, or by the sample.
#[test]
fn every_quote_is_the_programs() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("book.toml");
    let (mut problems, mut count) = (Vec::new(), 0);
    for document in documents() {
        let text = read(&document);
        let blocks = blocks(&text);
        for (number, line) in text.lines().enumerate() {
            let Some(quote) = line.strip_prefix("<!-- quote: ").and_then(|rest| rest.strip_suffix(" -->")) else {
                continue;
            };
            count += 1;
            let book = blocks.iter().rev().find(|block| block.info == "toml" && block.line <= number);
            let words: Vec<&str> = quote.split(' ').collect();
            let [material, quantity, lead_time, model] = words[..] else { panic!("{quote}: four words") };
            let mut arguments = vec!["price", "--format", "json", "--material", material, "--quantity", quantity];
            arguments.extend(["--lead-time", lead_time, model]);
            if let Some(book) = book {
                std::fs::write(&file, &book.text).expect("written");
                arguments.extend(["--price-book", file.to_str().expect("UTF-8")]);
            }
            let shown = rows(text.lines().skip(number + 1));
            let shown: Vec<_> = shown.iter().map(|row| (row[0].clone(), row[row.len() - 1].clone())).collect();
            let actual = quoted(&run(arguments));
            if shown != actual {
                problems.push(format!("{}:{}: {shown:?}\nis {actual:?}", document.display(), number + 1));
            }
        }
    }
    assert!(count > 0, "no document shows a quote");
    assert_none("quotes that are not the program's", &problems);
}

/// The lines of the one printed quote, and its total.
fn quoted(ran: &Ran) -> Vec<(String, String)> {
    let event: Value = serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"));
    let quote = &event["data"]["quotes"][0];
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let lines = quote["lines"].as_array().expect("lines").iter();
    let mut lines: Vec<_> = lines.map(|line| (text(&line["name"]), text(&line["amount"]))).collect();
    lines.push(("total".to_owned(), text(&quote["total_price"])));
    lines
}

/// The table of wrong books names each of them with its error.
#[test]
fn every_wrong_book_is_explained() {
    let text = read("docs/price-book.md");
    let table = rows(text.lines().skip_while(|line| *line != "| book | error |"));
    let mut named: Vec<_> = table.iter().map(|row| row[0].clone()).collect();
    named.sort();
    let folder = std::fs::read_dir(root().join("fixtures/price-books/wrong")).expect("a folder");
    let mut all: Vec<_> = folder.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    all.sort();
    assert_eq!(named, all);
    let problems = table.iter().filter_map(|row| {
        let ran = run(["check", "--price-book", &format!("fixtures/price-books/wrong/{}", row[0])]);
        (!ran.stderr.replace('`', "").contains(&row[1])).then(|| format!("{}: {}", row[0], ran.stderr))
    });
    assert_none("errors that are others", &problems.collect::<Vec<_>>());
}
