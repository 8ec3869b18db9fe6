//! Tests of the benches' reports: when `benches/regress` fails, the text written into a document, and percentiles.

use bench_report::counts::Counts;
use bench_report::marks;
use bench_report::statistics::{median, percentile};

fn counts(instructions: &[(&str, u64)]) -> Counts {
    let instructions = instructions.iter().map(|&(input, count)| (input.to_owned(), count)).collect();
    Counts { compiler: "rustc 1".into(), instructions }
}

#[test]
fn more_than_five_percent_more_fails_and_says_so() {
    // Old count; new count; whether it passes; the report.
    let table = [
        (1000, 1000, true, "+0.00 %\n"),
        (1000, 1050, true, "+5.00 %\n"),
        (1000, 1051, false, "+5.10 %  FAILED"),
        (1000, 949, true, "-5.10 %  better"),
    ];
    for (was, is, holds, said) in table {
        let comparison = counts(&[("other", 7), ("binary", was)]).compare(&counts(&[("binary", is), ("other", 7)]));
        let text = comparison.to_string();
        assert_eq!(comparison.holds(), holds, "{text}");
        assert!(text.contains(said), "{said}: {text}");
        assert_eq!(text.contains("-- --update"), !holds, "{text}");
    }
}

#[test]
fn an_input_without_a_figure_fails_and_a_figure_without_an_input_too() {
    let (one, two) = (counts(&[("a", 1)]), counts(&[("a", 1), ("b", 1)]));
    assert!(two.compare(&two).holds());
    assert!(!one.compare(&two).holds() && !two.compare(&one).holds());
}

#[test]
fn another_compiler_is_named() {
    let [was, mut is] = [(); 2].map(|()| counts(&[("a", 1)]));
    is.compiler = "rustc 2".into();
    let text = was.compare(&is).to_string();
    assert!(text.contains("figures are of rustc 1, the counts of rustc 2"), "{text}");
    assert!(!was.compare(&was).to_string().contains("rustc"));
}

#[test]
fn percentiles_are_of_the_nearest_rank() {
    let hundred: Vec<f64> = (1..=100).rev().map(f64::from).collect();
    for (percent, expected) in [(1.0, 1.0), (50.0, 50.0), (99.0, 99.0), (99.5, 100.0), (100.0, 100.0)] {
        assert_eq!(percentile(&hundred, percent), Some(expected));
    }
    assert_eq!(percentile(&[], 99.0), None);
    assert_eq!(median(&[3.0, 1.0, 2.0]), 2.0);
}

#[test]
fn a_document_keeps_everything_but_what_stands_between_the_marks() {
    let text = "before\n<!-- speed -->\nold\nrows\n<!-- /speed -->\nafter\n<!-- other -->\n<!-- /other -->\n";
    let expected = "before\n<!-- speed -->\nnew\n<!-- /speed -->\nafter\n<!-- other -->\n<!-- /other -->\n";
    assert_eq!(marks::replaced(text, "speed", "new\n"), expected);
    assert!(std::panic::catch_unwind(|| marks::replaced("no marks", "speed", "new\n")).is_err());
}
