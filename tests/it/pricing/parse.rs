//! Tests of the errors of price books: their places and their messages.

use std::path::Path;

use pricing_worker::pricing::{BookFault, PriceBook, SAMPLE, limits};
use proptest::prelude::*;

use super::{SMALL, book, small_with};

/// The errors of a book: line, column, message.
fn errors(text: &str) -> Vec<(usize, usize, String)> {
    let errors = PriceBook::parse(text).expect_err("the book is wrong");
    errors.iter().map(|error| (error.line, error.column, error.fault.to_string())).collect()
}

#[test]
fn every_wrong_book_in_the_fixtures_has_its_one_error_at_its_place() {
    let rows = [
        ("unknown-key", 18, 1, "unknown key `densty` in a material: did you mean `density`?"),
        ("unknown-driver", 27, 10, "unknown driver `volumes`: did you mean `volume`?"),
        ("unknown-unit", 28, 18, "unknown unit `cm^3`: did you mean `cm3`?"),
        (
            "wrong-dimension",
            28,
            18,
            "wrong dimension: a rate for time (h); expected a rate for volume, such as 0.58 EUR/cm3, \
             as driver `volume` is counted in mm3, cm3, ml, l, m3",
        ),
        ("negative-rate", 28, 9, "negative rate: `-0.58`; it must not be below 0"),
        ("duplicate-material", 42, 6, "duplicate material id `nylon`; the first one is in line 15"),
        (
            "discount-steps-out-of-order",
            22,
            64,
            "discount steps out of order: from 10 after from 100; each must be above the one before",
        ),
        ("missing-currency", 1, 1, "missing key `currency` in the price book, such as: currency = \"EUR\""),
        ("rate-without-currency", 28, 8, "missing currency: expected an amount of money, such as 0.58 EUR"),
        ("other-currency", 28, 14, "USD in a price book in EUR: every price must be in EUR"),
        (
            "floating-point-money",
            28,
            8,
            "expected a text in quotes, such as \"0.58 EUR/cm3\", found a bare number; \
             decimal numbers are never floating point",
        ),
        ("syntax", 2, 14, "not TOML: invalid basic string, expected `\"`"),
    ];
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/price-books/wrong");
    for (name, line, column, message) in rows {
        let text = std::fs::read_to_string(folder.join(name).with_extension("toml")).expect(name);
        assert_eq!(errors(&text), [(line, column, message.to_owned())], "{name}");
    }
    let files = std::fs::read_dir(folder).unwrap().count();
    assert_eq!(files, rows.len(), "every file has its row");
}

/// A text of the small book, its replacement, the underlined text, and the message.
const FAULTS: &[(&str, &str, &str, &str)] = &[
    // Keys.
    ("rounding =", "colour = \"red\"\nrounding =", "colour", "expected one of schema, name, version, currency"),
    ("factor = \"1\"", "factr = \"1\"\nfactor = \"1\"", "factr", "did you mean `factor`?"),
    ("{ from = 10,", "{ from = 10, till = 20,", "till", "unknown key `till` in a quantity discount"),
    ("name = \"powder\"", "name = \"powder\"\nunit = \"cm3\"", "unit", "unknown key `unit` in a charge"),
    ("process = \"sls\"\n", "", "[[materials]]", "missing key `process` in a material"),
    ("factor = \"1.5\"\n", "", "[[lead_times]]", "missing key `factor` in a lead time, such as: factor = \"1\""),
    ("rate = \"0.10 EUR/g\"\n", "", "[[materials.charges]]", "missing key `rate` in a charge"),
    ("{ from = 10, percent = \"5\" }", "{ from = 10 }", "{ from = 10 }", "missing key `percent`"),
    // Types.
    ("schema = 1", "schema = \"1\"", "\"1\"", "expected a whole number, without quotes, found a text"),
    ("schema = 1", "schema = 1.0", "1.0", "expected a whole number, without quotes, found a floating-point number"),
    ("schema = 1", "schema = 2", "2", "schema 2; this program reads schema 1"),
    ("rounding = \"0.01\"", "rounding = 0.01", "0.01", "expected a text in quotes, such as \"0.01\""),
    ("factor = \"1.5\"", "factor = 2", "2", "expected a text in quotes, such as \"1.5\""),
    ("minimum_price = \"5.00\"", "minimum_price = 5.00", "5.00", "decimal numbers are never floating point"),
    ("percent = \"5\"", "percent = 5", "5", "expected a text in quotes, such as \"5\""),
    ("from = 10,", "from = \"10\",", "\"10\"", "expected a whole number, without quotes, found a text"),
    ("from = 10,", "from = 0,", "0", "0: expected a whole number from 1 to 1000000"),
    ("from = 10,", "from = -1,", "-1", "-1: expected a whole number from 1 to 1000000"),
    ("from = 10,", "from = 99999999999999999999,", "99999999999999999999", "expected a whole number from 1 to 1000000"),
    ("name = \"small\"", "name = true", "true", "expected a text in quotes, found a boolean"),
    ("name = \"small\"", "name = 2026-11-24", "2026-11-24", "expected a text in quotes, found a date or time"),
    ("name = \"small\"", "name = \" small\"", "\" small\"", "expected 1 to 100 characters"),
    ("name = \"small\"", "name = \"\"", "\"\"", "expected 1 to 100 characters"),
    ("name = \"small\"", "name = \"sm\\nall\"", "\"sm\\nall\"", "none of them a control character"),
    ("id = \"resin\"", "id = [\"resin\"]", "[\"resin\"]", "expected a text in quotes, found an array"),
    // Numbers.
    ("rounding = \"0.01\"", "rounding = \"0\"", "\"0\"", "the rounding must be greater than 0"),
    ("rounding = \"0.01\"", "rounding = \"1e-2\"", "e-2", "unexpected `e-2`: expected a number alone"),
    ("rounding = \"0.01\"", "rounding = \"0,01\"", "0,01", "decimals follow a point"),
    ("rounding = \"0.01\"", "rounding = \".01\"", ".01", "expected a decimal number, such as 0.58, found `.01`"),
    ("rounding = \"0.01\"", "rounding = \"1.\"", "1.", "expected a decimal number, such as 0.58, found `1.`"),
    ("rounding = \"0.01\"", "rounding = \"+1\"", "+1", "expected a decimal number, such as 0.58, found `+1`"),
    ("rounding = \"0.01\"", "rounding = \"cent\"", "cent", "expected a decimal number, such as 0.58, found `cent`"),
    ("rounding = \"0.01\"", "rounding = \"\"", "\"\"", "expected a decimal number, such as 0.58, found ``"),
    ("factor = \"1.5\"", "factor = \"0.00\"", "\"0.00\"", "the factor must be greater than 0"),
    ("factor = \"1.5\"", "factor = \"-1\"", "-1", "negative factor: `-1`"),
    ("factor = \"1.5\"", "factor = \"NaN\"", "NaN", "expected a decimal number"),
    ("percent = \"5\"", "percent = \"100.1\"", "\"100.1\"", "100.1 percent: expected 0 to 100"),
    ("percent = \"5\"", "percent = \"-5\"", "-5", "negative percentage: `-5`"),
    ("percent = \"5\"", "percent = \"5%\"", "%", "unexpected `%`: expected a number alone"),
    ("minimum_price = \"5.00\"", "minimum_price = \"5 EUR\"", "EUR", "unexpected `EUR`: expected a number alone"),
    (
        "minimum_price = \"5.00\"",
        "minimum_price = \"5.001\"",
        "\"5.001\"",
        "not a multiple of the book's rounding, 0.01",
    ),
    ("0.58 EUR/cm3", "1000000000 EUR/cm3", "1000000000", "at most 9 digits before the point and 9 after it"),
    ("0.58 EUR/cm3", "0.0000000001 EUR/cm3", "0.0000000001", "at most 9 digits before the point"),
    // Quantities.
    ("density = \"1.01 g/cm3\"", "density = \"1.01\"", "\"1.01\"", "missing unit: expected a mass for a volume"),
    (
        "density = \"1.01 g/cm3\"",
        "density = \"1.01 g\"",
        "\"1.01 g\"",
        "expected a mass for a volume, such as 1.01 g/cm3",
    ),
    ("density = \"1.01 g/cm3\"", "density = \"1.01 g/cm2\"", "cm2", "`cm2` is a unit of area"),
    ("density = \"1.01 g/cm3\"", "density = \"1.01 cm3/l\"", "cm3", "`cm3` is a unit of volume"),
    ("density = \"1.01 g/cm3\"", "density = \"0 g/cm3\"", "\"0 g/cm3\"", "the density must be greater than 0"),
    ("density = \"1.01 g/cm3\"", "density = \"1.01 g/cc\"", "cc", "unknown unit `cc`"),
    (
        "minimum_wall = \"0.8 mm\"",
        "minimum_wall = \"0.8 g\"",
        "g",
        "wrong dimension: `g` is a unit of mass; expected a length",
    ),
    ("minimum_wall = \"0.8 mm\"", "minimum_wall = \"0 mm\"", "\"0 mm\"", "the minimum wall must be greater than 0"),
    (
        "minimum_wall = \"0.8 mm\"",
        "minimum_wall = \"0.8 inches\"",
        "inches",
        "unknown unit `inches`: did you mean `inch`?",
    ),
    ("300 x 200 x 100 mm", "300 x 200 mm", "mm", "expected three lengths, such as 330 x 330 x 580 mm"),
    ("300 x 200 x 100 mm", "300 x 200 x 100 x 5 mm", "x", "unknown unit `x`"),
    ("300 x 200 x 100 mm", "300 x 200 x 100 l", "l", "`l` is a unit of volume; expected three lengths"),
    (
        "300 x 200 x 100 mm",
        "300 x 0 x 100 mm",
        "\"300 x 0 x 100 mm\"",
        "sides of the build volume must be greater than 0",
    ),
    ("300 x 200 x 100 mm", "300 x -2 x 100 mm", "-2", "negative side: `-2`"),
    // Rates and drivers.
    ("0.58 EUR/cm3", "EUR 0.58/cm3", "EUR", "expected a decimal number, such as 0.58, found `EUR`"),
    ("0.58 EUR/cm3", "0.58 eur/cm3", "eur", "unknown currency `eur`: expected an ISO 4217 code, such as EUR"),
    ("0.58 EUR/cm3", "0.58 €/cm3", "€", "unknown currency `€`"),
    ("0.58 EUR/cm3", "0.58 EUR/", "\"0.58 EUR/\"", "missing unit: expected money for one unit"),
    ("0.58 EUR/cm3", "0.58 EUR per cm3", "per cm3", "unexpected `per cm3`: expected money for one unit"),
    ("0.58 EUR/cm3", "0.58 EUR/cm3/h", "/h", "unexpected `/h`: expected money for one unit"),
    ("0.58 EUR/cm3", "0.58 EUR", "\"0.58 EUR\"", "wrong dimension: money alone; expected a rate for volume"),
    ("4.00 EUR", "4.00 EUR/h", "h", "expected money alone, such as 4.00 EUR, for a charge without a driver"),
    ("0.10 EUR/g", "0.10 EUR/cm3", "cm3", "wrong dimension: a rate for volume (cm3); expected a rate for mass"),
    (
        "driver = \"volume\"",
        "driver = \"machine_time\"",
        "\"machine_time\"",
        "expected one of volume, surface_area, box_volume, height, mass",
    ),
    ("driver = \"volume\"", "driver = \"Volume\"", "\"Volume\"", "did you mean `volume`?"),
    ("per = \"piece\"", "per = \"order\"", "\"order\"", "unknown `per` `order`: expected one of piece, model"),
    (
        "driver = \"box_volume\"",
        "driver = \"volume\"",
        "\"1 mm\"",
        "a clearance grows the box of driver `box_volume`; this charge has driver `volume`",
    ),
    ("clearance = \"1 mm\"", "clearance = \"1 cm3\"", "cm3", "`cm3` is a unit of volume; expected a length"),
    ("density = \"1.01 g/cm3\"\n", "", "\"mass\"", "driver `mass` needs the material's density"),
    // Lists.
    (
        "id = \"express\"",
        "id = \"standard\"",
        "\"standard\"",
        "duplicate lead time id `standard`; the first one is in line 8",
    ),
    ("from = 100,", "from = 10,", "10", "discount steps out of order: from 10 after from 10"),
    ("currency = \"EUR\"", "currency = \"\"", "\"\"", "unknown currency ``: expected an ISO 4217 code"),
];

#[test]
fn every_fault_is_one_error_at_its_text() {
    for &(from, to, underlined, message) in FAULTS {
        let text = small_with(from, to);
        let errors = PriceBook::parse(&text).expect_err(to);
        let shown: Vec<_> = errors.iter().map(ToString::to_string).collect();
        assert_eq!(shown.len(), 1, "{to}: {shown:?}");
        let error = errors.iter().next().expect("at least one");
        assert!(shown[0].contains(message), "{to}: {shown:?}");
        assert_eq!(error.offending(&text), underlined, "{to}: {shown:?}");
        // The error's place is that of the underlined text.
        let line = text.lines().nth(error.line - 1).expect("the line is there");
        let rest: String = line.chars().skip(error.column - 1).collect();
        assert!(rest.starts_with(underlined), "{to}: {rest:?} at {}:{}", error.line, error.column);
    }
}

#[test]
fn a_document_of_another_shape_is_refused_at_its_root() {
    let rows = [
        ("", "missing key `schema`"),
        ("[lead_times]\n", "expected tables [[lead_times]], found a table"),
        ("lead_times = []\n", "expected at least one lead time"),
        ("materials = []\n", "expected at least one material"),
        ("materials = [ 1 ]\n", "expected a table, found a whole number"),
        ("materials = \"pa12\"\n", "expected tables [[materials]], found a text"),
        ("[[materials.charges]]\n", "expected tables [[materials]], found a table"),
        ("[[materials]]\ncharges = []\n", "expected at least one charge"),
        ("[[materials]]\nquantity_discounts = 5\n", "expected an array, such as [ { from = 10, percent = \"5\" } ]"),
    ];
    for (text, message) in rows {
        let found = errors(text);
        assert!(found.iter().any(|(_, _, found)| found.contains(message)), "{text:?}: {found:?}");
    }
}

#[test]
fn all_errors_come_at_once_in_the_order_of_the_text() {
    let mut text = SMALL.to_owned();
    let changes = [
        ("currency = \"EUR\"", "currency = \"EURO\""),
        ("factor = \"1\"", "factor = 1.0"),
        ("id = \"express\"", "id = \"standard\""),
        ("density =", "densty ="),
        ("300 x 200 x 100 mm", "300 x 200 mm"),
        ("from = 100,", "from = 5,"),
        ("driver = \"volume\"", "driver = \"volum\""),
        ("0.58 EUR/cm3", "-0.58 XYZ/h"),
        ("0.03 EUR/cm3", "0.03 EUR/cm2"),
        ("id = \"resin\"", "id = \"nylon\""),
    ];
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    let lines: Vec<_> = errors(&text).iter().map(|(line, _, _)| *line).collect();
    // The rate in line 28 is negative and without currency; the mass charge in line 38 has no density.
    assert_eq!(lines, [4, 9, 11, 18, 19, 22, 27, 28, 28, 34, 38, 42]);
}

#[test]
fn a_syntax_error_does_not_hide_the_faults_of_other_lines_nor_invent_any() {
    let text = small_with("name = \"small\"", "name = \"small").replace("0.58 EUR/cm3", "0.58 EUR/h");
    let lines: Vec<_> = errors(&text).iter().map(|(line, _, _)| *line).collect();
    assert_eq!(lines, [2, 28]);

    let unclosed = small_with("[[lead_times]]\nid = \"standard\"", "[[lead_times]\nid = \"standard\"");
    assert_eq!(errors(&unclosed).iter().map(|(line, _, _)| *line).collect::<Vec<_>>(), [7]);

    let twice = small_with("version = \"1\"", "version = \"1\"\nversion = \"2\"");
    assert_eq!(errors(&twice), [(4, 1, "not TOML: duplicate key".to_owned())]);
}

#[test]
fn what_is_shown_has_the_file_the_place_and_the_text_underlined() {
    let text = small_with("0.58 EUR/cm3", "0.58 EUR/h");
    let shown = PriceBook::parse(&text).unwrap_err().render("books/mine.toml", &text, false);
    let expected = "\
error: wrong dimension: a rate for time (h); expected a rate for volume, such as 0.58 EUR/cm3, as driver `volume` is \
counted in mm3, cm3, ml, l, m3
  --> books/mine.toml:28:18
   |
28 | rate = \"0.58 EUR/h\"
   |                  ^

books/mine.toml: 1 error
";
    assert_eq!(shown, expected);
    let colored = PriceBook::parse(&text).unwrap_err().render("books/mine.toml", &text, true);
    assert!(colored.contains("\u{1b}["), "{colored:?}");
}

#[test]
fn columns_count_characters_whatever_stands_before() {
    let rows = [
        ("lead_times = [ { id = \"größe\", factor = \"0\" } ]", 41),
        ("lead_times = [ { id = \"界界界\", factor = \"0\" } ]", 39),
        ("\tlead_times = [ { id = \"a\u{301}\", factor = \"0\" } ]", 39),
    ];
    for (line, column) in rows {
        let text = format!("# größe\r\n{line}\r\n");
        let errors = PriceBook::parse(&text).unwrap_err();
        let zero = errors.iter().find(|error| matches!(error.fault, BookFault::Zero { .. })).expect("a factor of 0");
        assert_eq!((zero.line, zero.column), (2, column), "{line}");
        let shown = errors.render("b.toml", &text, false);
        assert!(shown.contains(&format!("b.toml:2:{column}\n")), "{shown}");
    }
}

#[test]
fn what_is_shown_of_a_hostile_book_is_short_and_harmless() {
    let long = format!("name = \"{}\"\ncurrency = \"\u{7f}{}\"", "x".repeat(100_000), "y".repeat(100_000));
    let text = small_with("name = \"small\"", &long);
    let shown = PriceBook::parse(&text).unwrap_err().render("b.toml", &text, false);
    assert!(shown.len() < 5000, "{} bytes", shown.len());
    assert!(!shown.contains('\u{7f}'), "{shown:?}");
    let escape = small_with("driver = \"volume\"", "driver = \"\\u001b[31m\"");
    let shown = PriceBook::parse(&escape).unwrap_err().render("b.toml", &escape, false);
    assert!(!shown.contains('\u{1b}'), "{shown:?}");
    // The Latin-1 escape stands before the fault in its line: the underlined text stays the same.
    let escape = small_with("factor = \"1\"", "factor = \"0\" # \u{9b}31m");
    let shown = PriceBook::parse(&escape).unwrap_err().render("b.toml", &escape, false);
    assert!(shown.contains("factor = \"0\" # ·31m\n  |          ^^^"), "{shown}");
}

#[test]
fn a_very_long_line_is_cut_around_its_fault_and_its_column_stays_true() {
    let right = "{ id = \"größe\", factor = \"1\" }, ".repeat(30);
    let text = format!("lead_times = [ {right}{{ id = \"last\", factor = \"0\" }}, {right} ]");
    let errors = PriceBook::parse(&text).unwrap_err();
    let zero = errors.iter().find(|error| matches!(error.fault, BookFault::Zero { .. })).expect("a factor of 0");
    let column = 15 + right.chars().count() + "{ id = \"last\", factor = \"".len();
    assert_eq!((zero.line, zero.column), (1, column));
    let shown = errors.render("b.toml", &text, false);
    assert!(shown.contains(&format!("b.toml:1:{column}\n")), "{shown}");
    let shown = shown.split("greater than 0").nth(1).expect("the error is shown");
    let shown = shown.split("error:").next().unwrap();
    assert!(shown.contains("id = \"last\", factor = \"0\""), "{shown}");
    assert!(shown.len() < 1000, "{} bytes", shown.len());
}

#[test]
fn a_book_is_bounded() {
    let large = format!("{SMALL}# {}", "x".repeat(limits::BOOK_BYTES));
    assert!(errors(&large)[0].2.contains("the price book has"), "{:?}", errors(&large));
    let just = format!("{SMALL}{}", "#".repeat(limits::BOOK_BYTES - SMALL.len()));
    assert_eq!(book(&just).identity().name, "small");

    let charge = "[[materials.charges]]\nname = \"c\"\nper = \"model\"\nrate = \"1 EUR\"\n";
    let charges = |count: usize| format!("{SMALL}{}", charge.repeat(count));
    book(&charges(limits::CHARGES - 1));
    assert_eq!(errors(&charges(limits::CHARGES))[0].2, "51 charges; at most 50");

    let material =
        |number: usize| format!("[[materials]]\nid = \"m{number}\"\nname = \"M\"\nprocess = \"p\"\n{charge}");
    let materials = |count: usize| format!("{SMALL}{}", (0..count).map(material).collect::<String>());
    book(&materials(limits::MATERIALS - 2));
    assert_eq!(errors(&materials(limits::MATERIALS - 1))[0].2, "1001 materials; at most 1000");

    let unknown: Vec<_> = (0..limits::ERRORS + 7).map(|number| format!("unknown_{number} = 1\n")).collect();
    let many = SMALL.to_owned() + &unknown.concat();
    let errors = PriceBook::parse(&many).unwrap_err();
    assert_eq!((errors.iter().count(), errors.omitted()), (limits::ERRORS, 7));
    assert!(errors.render("b.toml", &many, false).ends_with("b.toml: 107 errors; 7 of them are not shown\n"));
}

#[test]
fn bytes_that_are_no_utf8_are_refused_at_their_place() {
    let latin1: Vec<u8> =
        small_with("name = \"Nylon\"", "name = \"Gr\u{f6}\u{df}e\"").chars().map(|c| c as u8).collect();
    let errors = PriceBook::parse_bytes(&latin1).unwrap_err();
    let places: Vec<_> = errors.iter().map(|error| (error.line, error.column, &error.fault)).collect();
    assert_eq!(places, [(16, 11, &BookFault::NotUtf8)]);
    let shown = errors.render("b.toml", &String::from_utf8_lossy(&latin1), false);
    assert!(shown.contains("b.toml:16:11"), "{shown}");
    assert!(PriceBook::parse_bytes(SMALL.as_bytes()).is_ok());
}

#[test]
fn every_unit_is_read_and_blanks_may_stand_anywhere() {
    let rates = [
        ("volume", &["mm3", "cm3", "ml", "l", "m3"][..]),
        ("box_volume", &["mm3", "cm3", "ml", "l", "m3"]),
        ("surface_area", &["mm2", "cm2", "m2"]),
        ("height", &["mm", "cm", "m", "inch"]),
        ("mass", &["g", "kg"]),
    ];
    let all = ["mm", "cm", "m", "inch", "mm2", "cm2", "m2", "mm3", "cm3", "ml", "l", "m3", "g", "kg", "s", "min", "h"];
    for (driver, units) in rates {
        for unit in all {
            let text = small_with(
                "driver = \"volume\"\nrate = \"0.58 EUR/cm3\"",
                &format!("driver = \"{driver}\"\nrate = \" 0.58EUR / {unit} \""),
            );
            assert_eq!(PriceBook::parse(&text).is_ok(), units.contains(&unit), "{driver} in {unit}");
        }
    }
    for density in ["1010 kg/m3", "1.01 g/ml", "1.01kg/l", "0.00101 g / mm3"] {
        book(&small_with("1.01 g/cm3", density));
    }
    for sides in ["300x200x100mm", "30 x 20 x 10 cm", "11.8 × 7.9 × 3.9 inch", "0.3 x 0.2 x 0.1 m"] {
        book(&small_with("300 x 200 x 100 mm", sides));
    }
}

#[test]
fn the_same_book_may_be_written_in_other_ways() {
    let inline = r#"
        schema = 1
        name = 'one line'
        version = """1"""
        currency = "EUR"
        rounding = "1"
        lead_times = [ { id = "now", factor = "1" } ]
        materials = [ { id = "m", name = "M", process = "p", charges = [
            { name = "c", per = "model", rate = "1 EUR" },
        ] } ]
    "#;
    assert_eq!(book(inline).identity().version, "1");
    assert_eq!(book(&SMALL.replace('\n', "\r\n")).identity().name, "small");
    assert_eq!(book(&format!("\u{feff}{SMALL}")).identity().name, "small");
}

#[test]
fn a_book_is_known_by_its_name_its_version_and_the_sha256_of_its_text() {
    let identity = book(SMALL).identity().clone();
    assert_eq!((identity.name.as_str(), identity.version.as_str()), ("small", "1"));
    // sha256sum fixtures/price-books/small.toml
    assert_eq!(identity.sha256, "3906e4962eaecf8a624a45330c29e24b02234f8577ad054ca0161c014ad2cd8a");
    assert_ne!(book(&format!("{SMALL}\n")).identity().sha256, identity.sha256);
}

#[test]
fn the_sample_book_has_materials_of_every_process() {
    let sample = PriceBook::sample();
    let quotes = sample.select(&[]).and_then(|all| super::CUBE.quotes(&sample, &all)).expect("a cube has a price");
    assert_eq!(quotes.len(), sample.materials().len());
    assert!(quotes.len() >= 6, "{}", quotes.len());
    for process in ["fdm", "sla", "sls", "casting"] {
        assert!(quotes.iter().any(|quote| quote.process == process), "{process}");
    }
    assert_eq!(sample.lead_times().collect::<Vec<_>>(), ["standard", "express"]);
    assert_eq!(sample.currency(), "EUR");
}

/// A fragment that the tests combine into books and nearly valid books.
fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<char>().prop_map(String::from),
        "[ -~]{0,12}",
        prop::sample::select(vec![
            "\"",
            "'",
            "\"\"\"",
            "[",
            "]",
            "[[",
            "]]",
            "{",
            "}",
            "=",
            ".",
            ",",
            "\n",
            "\r",
            "#",
            "0",
            "-1",
            "1e999",
            "nan",
            "inf",
            "[[materials]]",
            "[[materials.charges]]",
            "materials = 3",
            "rate = ",
            "\"0.58 EUR/cm3\"",
            "\"999999999.999999999 EUR/mm3\"",
            "x",
            "×",
            "/",
            "mm",
            "EUR",
            "\u{0}",
            "\u{feff}",
            "1979-05-27",
        ])
        .prop_map(str::to_owned),
    ]
}

/// Asserts that every error lies in the text and can be rendered.
fn check_errors(text: &str) -> Result<(), TestCaseError> {
    let Err(errors) = PriceBook::parse(text) else { return Ok(()) };
    prop_assert!(errors.iter().count() > 0);
    for error in &errors {
        let line = text.split('\n').nth(error.line - 1);
        prop_assert!(line.is_some_and(|line| error.column <= line.chars().count() + 1), "{error}");
    }
    let shown = errors.render("book.toml", text, false);
    prop_assert!(!shown.contains('\u{1b}'), "an escape is shown");
    // Rendering with another text must not panic.
    let _ = errors.render("book.toml", "größe", true);
    Ok(())
}

proptest! {
    #[test]
    fn no_text_makes_the_parser_panic(pieces in prop::collection::vec(piece(), 0..40)) {
        check_errors(&pieces.concat())?;
    }

    #[test]
    fn no_change_of_a_right_book_makes_the_parser_panic(
        changes in prop::collection::vec((any::<prop::sample::Index>(), 0_usize..30, piece()), 1..6),
    ) {
        let mut text: Vec<char> = SAMPLE.chars().collect();
        for (index, length, piece) in changes {
            let start = index.index(text.len());
            let end = text.len().min(start + length);
            text.splice(start..end, piece.chars());
        }
        check_errors(&text.into_iter().collect::<String>())?;
    }

    #[test]
    fn no_bytes_make_the_parser_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        if let Err(errors) = PriceBook::parse_bytes(&bytes) {
            let _ = errors.render("book.toml", &String::from_utf8_lossy(&bytes), false);
        }
    }
}
