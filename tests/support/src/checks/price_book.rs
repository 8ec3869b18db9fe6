//! The properties of a price book read from untrusted bytes.

use pricing_worker::contract::{Item, Quote, RejectionCode};
use pricing_worker::driver::{BasicMeasures, Measures};
use pricing_worker::pricing::{BookErrors, PriceBook, limits};

/// Quantities on both sides of any discount.
const QUANTITIES: [u32; 4] = [1, 2, 100, 1_000_000];
/// The most materials and lead times that a check quotes: more would test nothing new.
const QUOTED: usize = 8;

/// Checks that every error has its place in the text, and that every price is the sum of its lines.
pub fn check(bytes: &[u8]) {
    match PriceBook::parse_bytes(bytes) {
        Ok(book) => check_quotes(&book),
        Err(errors) => check_errors(&errors, &String::from_utf8_lossy(bytes)),
    }
}

fn check_errors(errors: &BookErrors, text: &str) {
    assert!((1..=limits::ERRORS).contains(&errors.iter().count()));
    let lines: Vec<&str> = text.split('\n').collect();
    for error in errors {
        let line = error.line.checked_sub(1).and_then(|line| lines.get(line));
        let is_in_line = |line: &&str| (1..=line.chars().count() + 1).contains(&error.column);
        assert!(line.is_some_and(is_in_line), "{error}");
    }
    let shown = errors.render("book.toml", text, false);
    assert!(!shown.contains(|character: char| character.is_control() && character != '\n'), "{shown:?}");
    assert!(shown.len() < 100_000, "{} bytes are shown", shown.len());
}

fn check_quotes(book: &PriceBook) {
    let lead_times: Vec<String> = book.lead_times().take(QUOTED).map(str::to_owned).collect();
    let item = |(id, _): (&str, &str)| Item {
        material: id.to_owned(),
        quantities: QUANTITIES.to_vec(),
        lead_times: lead_times.clone(),
    };
    let items: Vec<Item> = book.materials().take(QUOTED).map(item).collect();
    let selection = book.select(&items).expect("the book has what it lists");
    // A cube of 10 mm.
    let cube = BasicMeasures::new(1000.0, 600.0, [10.0; 3]).expect("a part that can have a price");
    book.findings(&selection, &cube);
    let measures = Measures::take(&selection.demand(), cube, |_, _| unreachable!());
    match book.quote(&selection, &measures.expect("the book's drivers stand on sums")) {
        Ok(quotes) => {
            assert_eq!(quotes.len(), items.len() * QUANTITIES.len() * lead_times.len());
            quotes.iter().for_each(check_sum);
        }
        Err(reason) => assert_eq!(reason.code, RejectionCode::TooLarge, "{reason}"),
    }
}

/// Checks that a total is exactly the sum of its lines, and never negative.
fn check_sum(quote: &Quote) {
    let decimals = |text: &str| text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    let scaled = |text: &str| -> i128 {
        assert_eq!(decimals(text), decimals(&quote.total_price), "{quote:?}");
        text.replace('.', "").parse().expect("an amount is a decimal number")
    };
    let total = scaled(&quote.total_price);
    assert_eq!(quote.lines.iter().map(|line| scaled(&line.amount)).sum::<i128>(), total, "{quote:?}");
    assert!(total >= 0 && scaled(&quote.unit_price) >= 0, "{quote:?}");
}
