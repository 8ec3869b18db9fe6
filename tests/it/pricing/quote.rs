//! Tests of quotes against the contract's worked example, sums by hand, and Python's fractions.

use pricing_worker::contract::{DriverName, FindingCode, Item, Per, Quote, QuoteLine, RejectionCode, Severity};
use pricing_worker::pricing::PriceBook;
use proptest::prelude::*;

use super::{CUBE, Part, SMALL, book, small_with};

fn item(material: &str, quantities: &[u32], lead_times: &[&str]) -> Item {
    let lead_times = lead_times.iter().map(ToString::to_string).collect();
    Item { material: material.to_owned(), quantities: quantities.to_vec(), lead_times }
}

fn quotes(book: &PriceBook, items: &[Item], part: &Part) -> Vec<Quote> {
    let selection = book.select(items).expect("the items exist");
    part.quotes(book, &selection).expect("the part has a price")
}

fn quote(book: &PriceBook, material: &str, quantity: u32, lead_time: &str, part: &Part) -> Quote {
    let mut quotes = quotes(book, &[item(material, &[quantity], &[lead_time])], part);
    assert_eq!(quotes.len(), 1);
    quotes.remove(0)
}

/// The name, driver amount, unit, rate and amount of each line.
fn lines<'a>(quote: &'a Quote) -> Vec<[&'a str; 5]> {
    let line = |line: &'a QuoteLine| {
        let QuoteLine { name, amount_of_driver, unit, rate, amount, .. } = line;
        [name, amount_of_driver.as_deref().unwrap_or("-"), unit.as_deref().unwrap_or("-"), rate, amount]
    };
    quote.lines.iter().map(line).collect()
}

/// A book that rounds to `rounding`, with one material of these charges and keys.
fn one_material(rounding: &str, keys: &str, charges: &str) -> PriceBook {
    book(&format!(
        "schema = 1\nname = \"one\"\nversion = \"1\"\ncurrency = \"EUR\"\nrounding = \"{rounding}\"\n\
         [[lead_times]]\nid = \"standard\"\nfactor = \"1\"\n\
         [[lead_times]]\nid = \"express\"\nfactor = \"1.5\"\n\
         [[lead_times]]\nid = \"slow\"\nfactor = \"0.925\"\n\
         [[materials]]\nid = \"m\"\nname = \"M\"\nprocess = \"p\"\n{keys}\n{charges}"
    ))
}

fn charge(per: &str, rest: &str) -> String {
    format!("[[materials.charges]]\nname = \"c\"\nper = \"{per}\"\n{rest}\n")
}

#[test]
fn the_contracts_worked_example_holds() {
    let quote = quote(&PriceBook::sample(), "pa12-sls", 10, "standard", &CUBE);
    assert_eq!(
        lines(&quote),
        [
            ["powder", "1", "cm3", "0.58 EUR/cm3", "5.80"],
            ["machine space", "1.728", "cm3", "0.03 EUR/cm3", "0.52"],
            ["set-up", "-", "-", "4.00 EUR", "4.00"],
            ["quantity discount", "6.32", "EUR", "-5%", "-0.32"],
        ]
    );
    assert_eq!((quote.total_price.as_str(), quote.unit_price.as_str()), ("10.00", "1.00"));
    assert_eq!((quote.process.as_str(), quote.currency.as_str()), ("sls", "EUR"));
    assert_eq!((quote.quantity, quote.lead_time.as_str()), (10, "standard"));
    let kinds: Vec<_> = quote.lines.iter().map(|line| (line.per, line.driver)).collect();
    let expected = [
        (Some(Per::Piece), Some(DriverName::Volume)),
        (Some(Per::Piece), Some(DriverName::BoxVolume)),
        (Some(Per::Model), None),
        (None, None),
    ];
    assert_eq!(kinds, expected);
}

#[test]
fn every_kind_of_line_in_its_order() {
    // Per piece 0.58 + 0.05, once 4.00; a half more for express: 2.315 -> 2.32; the minimum does not apply.
    let sample = PriceBook::sample();
    let express = quote(&sample, "pa12-sls", 1, "express", &CUBE);
    assert_eq!(
        lines(&express),
        [
            ["powder", "1", "cm3", "0.58 EUR/cm3", "0.58"],
            ["machine space", "1.728", "cm3", "0.03 EUR/cm3", "0.05"],
            ["set-up", "-", "-", "4.00 EUR", "4.00"],
            ["lead time", "4.63", "EUR", "50%", "2.32"],
        ]
    );
    assert_eq!(express.total_price, "6.95");
    // The same at standard lies 0.37 below the minimum.
    let standard = quote(&sample, "pa12-sls", 1, "standard", &CUBE);
    assert_eq!(lines(&standard)[3..], [["minimum price", "-", "-", "5.00 EUR", "0.37"]]);
    assert_eq!((standard.total_price.as_str(), standard.unit_price.as_str()), ("5.00", "5.00"));
    // All rules: 3 pieces at 0.10, 50.5% off for the quantity, 7.5% off for the lead time, and a minimum.
    let all = one_material(
        "0.01",
        "minimum_price = \"1\"\nquantity_discounts = [ { from = 3, percent = \"50.50\" } ]",
        &charge("piece", "rate = \"0.1 EUR\""),
    );
    assert_eq!(
        lines(&quote(&all, "m", 3, "slow", &CUBE)),
        [
            ["c", "-", "-", "0.1 EUR", "0.30"],
            ["quantity discount", "0.30", "EUR", "-50.5%", "-0.15"],
            ["lead time", "0.15", "EUR", "-7.5%", "-0.01"],
            ["minimum price", "-", "-", "1.00 EUR", "0.86"],
        ]
    );
}

#[test]
fn each_driver_in_each_unit() {
    // 20 x 30 x 50.8 mm, half full, of 2 g/cm3: 15240 mm3, 5000 mm2; grown by 5 mm on every side 30 x 40 x 60.8 mm.
    let part = Part { volume_mm3: 15240.0, surface_area_mm2: 5000.0, extents_mm: [20.0, 30.0, 50.8] };
    let rows = [
        ("volume", "", "mm3", "15240"),
        ("volume", "", "cm3", "15.24"),
        ("volume", "", "ml", "15.24"),
        ("volume", "", "l", "0.01524"),
        ("volume", "", "m3", "0.000015"),
        ("surface_area", "", "mm2", "5000"),
        ("surface_area", "", "cm2", "50"),
        ("surface_area", "", "m2", "0.005"),
        // The binary number nearest to 50.8 differs from it in the sixteenth digit, which rounding removes.
        ("height", "", "mm", "50.8"),
        ("height", "", "cm", "5.08"),
        ("height", "", "m", "0.0508"),
        ("height", "", "inch", "2"),
        ("mass", "", "g", "30.48"),
        ("mass", "", "kg", "0.03048"),
        ("box_volume", "", "cm3", "30.48"),
        ("box_volume", "clearance = \"5 mm\"\n", "cm3", "72.96"),
        ("box_volume", "clearance = \"0.5 cm\"\n", "mm3", "72960"),
        ("box_volume", "clearance = \"0 mm\"\n", "l", "0.03048"),
    ];
    for (driver, clearance, unit, amount) in rows {
        let charge = charge("model", &format!("driver = \"{driver}\"\n{clearance}rate = \"2 EUR/{unit}\""));
        let book = one_material("0.000001", "density = \"2 g/cm3\"", &charge);
        let quote = quote(&book, "m", 1, "standard", &part);
        let rate = format!("2 EUR/{unit}");
        assert_eq!(lines(&quote)[0][..4], ["c", amount, unit, &rate], "{driver} {clearance} {unit}");
        let doubled = 2.0 * amount.parse::<f64>().unwrap();
        assert_eq!(quote.total_price, format!("{doubled:.6}"), "{driver} {clearance} {unit}");
    }
}

#[test]
fn densities_in_other_units_are_the_same() {
    let charge = charge("piece", "driver = \"mass\"\nrate = \"1 EUR/g\"");
    for density in ["8.5 g/cm3", "8500 kg/m3", "8.5 kg/l", "8.5 g/ml", "0.0085 g/mm3", "0.0000085 kg/mm3"] {
        let book = one_material("0.01", &format!("density = \"{density}\""), &charge);
        assert_eq!(quote(&book, "m", 1, "standard", &CUBE).total_price, "8.50", "{density}");
    }
}

#[test]
fn a_rate_is_printed_as_the_book_writes_it_with_its_blanks_put_right() {
    for rate in ["0.580 EUR/cm3", "0.580EUR/cm3", " 0.580  EUR / cm3 "] {
        let book = one_material("0.01", "", &charge("piece", &format!("driver = \"volume\"\nrate = \"{rate}\"")));
        assert_eq!(lines(&quote(&book, "m", 1, "standard", &CUBE))[0][3], "0.580 EUR/cm3");
    }
}

#[test]
fn lines_are_rounded_half_to_even_to_the_books_step() {
    let rows = [
        ("0.01", "0.005", "0.00"),
        ("0.01", "0.015", "0.02"),
        ("0.01", "0.025", "0.02"),
        ("0.01", "0.0250001", "0.03"),
        ("0.05", "0.025", "0.00"),
        ("0.05", "0.075", "0.10"),
        ("0.05", "1.12", "1.10"),
        ("0.05", "1.125", "1.10"),
        ("0.05", "1.175", "1.20"),
        ("1", "0.5", "0"),
        ("1", "1.5", "2"),
        ("1", "2.5", "2"),
        ("1", "1234567.49", "1234567"),
        ("100", "1250", "1200"),
        ("0.001", "0.0005", "0.000"),
        ("0.03", "0.045", "0.06"),
    ];
    for (step, rate, total) in rows {
        let book = one_material(step, "", &charge("model", &format!("rate = \"{rate} EUR\"")));
        assert_eq!(quote(&book, "m", 1, "standard", &CUBE).total_price, total, "{rate} in steps of {step}");
    }
}

#[test]
fn a_total_is_the_sum_of_rounded_lines_and_not_the_rounded_sum() {
    let three = charge("piece", "rate = \"0.004 EUR\"").repeat(3);
    let quote = quote(&one_material("0.01", "", &three), "m", 1, "standard", &CUBE);
    assert_eq!(quote.total_price, "0.00");
    assert_eq!(lines(&quote).iter().map(|line| line[4]).collect::<Vec<_>>(), ["0.00"; 3]);
}

#[test]
fn a_unit_price_is_the_total_shared_out_and_rounded() {
    let rows = [(1, "10.00"), (3, "3.33"), (6, "1.67"), (8, "1.25"), (16, "0.62"), (1_000_000, "0.00")];
    for (quantity, unit_price) in rows {
        let book = one_material("0.01", "", &charge("model", "rate = \"10 EUR\""));
        let quote = quote(&book, "m", quantity, "standard", &CUBE);
        assert_eq!((quote.unit_price.as_str(), quote.total_price.as_str()), (unit_price, "10.00"), "{quantity}");
    }
}

#[test]
fn the_highest_step_that_the_quantity_reaches_is_the_discount_on_the_per_piece_charges_alone() {
    let keys = "quantity_discounts = [ { from = 2, percent = \"0\" }, { from = 10, percent = \"5\" }, \
                { from = 100, percent = \"12.5\" }, { from = 1000, percent = \"100\" } ]";
    let charges = charge("piece", "rate = \"1 EUR\"") + &charge("model", "rate = \"50 EUR\"");
    let book = one_material("0.01", keys, &charges);
    let rows = [
        (1, None, "51.00"),
        (2, Some(["2.00", "0%", "0.00"]), "52.00"),
        (9, Some(["9.00", "0%", "0.00"]), "59.00"),
        (10, Some(["10.00", "-5%", "-0.50"]), "59.50"),
        (99, Some(["99.00", "-5%", "-4.95"]), "144.05"),
        (100, Some(["100.00", "-12.5%", "-12.50"]), "137.50"),
        (999, Some(["999.00", "-12.5%", "-124.88"]), "924.12"),
        (1000, Some(["1000.00", "-100%", "-1000.00"]), "50.00"),
    ];
    for (quantity, discount, total) in rows {
        let quote = quote(&book, "m", quantity, "standard", &CUBE);
        let found = lines(&quote).get(2).map(|&[name, of, unit, rate, amount]| {
            assert_eq!((name, unit), ("quantity discount", "EUR"));
            [of, rate, amount]
        });
        assert_eq!((found, quote.total_price.as_str()), (discount, total), "{quantity}");
    }
}

#[test]
fn a_lead_time_is_on_the_sum_so_far_and_no_line_where_its_factor_is_one() {
    let book = one_material("0.01", "", &charge("model", "rate = \"10.05 EUR\""));
    let rows = [
        ("standard", None, "10.05"),
        // 5.025 and -0.75375.
        ("express", Some(["10.05", "50%", "5.02"]), "15.07"),
        ("slow", Some(["10.05", "-7.5%", "-0.75"]), "9.30"),
    ];
    for (lead_time, expected, total) in rows {
        let quote = quote(&book, "m", 1, lead_time, &CUBE);
        let found = lines(&quote).get(1).map(|&[name, of, unit, rate, amount]| {
            assert_eq!((name, unit), ("lead time", "EUR"));
            [of, rate, amount]
        });
        assert_eq!((found, quote.total_price.as_str()), (expected, total), "{lead_time}");
    }
}

#[test]
fn a_minimum_price_lifts_what_is_below_it_and_nothing_else() {
    let rows =
        [("4.99", Some("0.01"), "5.00"), ("5.00", None, "5.00"), ("5.01", None, "5.01"), ("0", Some("5.00"), "5.00")];
    for (rate, lift, total) in rows {
        let book = one_material("0.01", "minimum_price = \"5\"", &charge("model", &format!("rate = \"{rate} EUR\"")));
        let quote = quote(&book, "m", 1, "standard", &CUBE);
        let found = lines(&quote).get(1).map(|line| {
            assert_eq!(line[..4], ["minimum price", "-", "-", "5.00 EUR"]);
            line[4]
        });
        assert_eq!((found, quote.total_price.as_str()), (lift, total), "{rate}");
    }
}

/// Totals of the sample book, computed by Python: `tomllib`, `fractions.Fraction` and `round`, which is half to even.
#[test]
fn totals_agree_with_another_program() {
    let ring = Part { volume_mm3: 683.7312, surface_area_mm2: 1219.25, extents_mm: [24.5, 24.5, 6.1] };
    let vase = Part { volume_mm3: 48_211.906_25, surface_area_mm2: 61_002.3, extents_mm: [80.1, 80.1, 140.7] };
    let pin = Part { volume_mm3: 0.123_456_789, surface_area_mm2: 1.4, extents_mm: [0.3, 0.4, 5.0] };
    let rows = [
        ("ring", "pa12-sls", 1, "standard", "5.00"),
        ("ring", "pa12-sls", 12, "express", "15.71"),
        ("vase", "pa12-sls", 1, "standard", "60.82"),
        ("vase", "pa12-sls", 150, "express", "11256.09"),
        ("pin", "pa12-sls", 7, "standard", "5.00"),
        ("ring", "pa12gf-sls", 1, "express", "6.93"),
        ("ring", "pa12gf-sls", 12, "standard", "11.10"),
        ("vase", "pa12gf-sls", 1, "express", "97.02"),
        ("vase", "pa12gf-sls", 150, "standard", "8013.17"),
        ("pin", "pa12gf-sls", 7, "express", "6.01"),
        ("ring", "pla-fdm", 1, "standard", "4.00"),
        ("ring", "pla-fdm", 12, "express", "8.21"),
        ("vase", "pla-fdm", 1, "standard", "15.11"),
        ("vase", "pla-fdm", 150, "express", "2417.39"),
        ("pin", "pla-fdm", 7, "standard", "4.00"),
        ("ring", "petg-fdm", 1, "express", "4.17"),
        ("ring", "petg-fdm", 12, "standard", "5.71"),
        ("vase", "petg-fdm", 1, "express", "24.84"),
        ("vase", "petg-fdm", 150, "standard", "1795.63"),
        ("pin", "petg-fdm", 7, "express", "4.74"),
        ("ring", "grey-sla", 1, "standard", "8.00"),
        ("ring", "grey-sla", 12, "express", "37.13"),
        ("vase", "grey-sla", 1, "standard", "47.97"),
        ("vase", "grey-sla", 150, "express", "8515.65"),
        ("pin", "grey-sla", 7, "standard", "12.70"),
        ("ring", "castable-sla", 1, "express", "10.59"),
        ("ring", "castable-sla", 12, "standard", "28.26"),
        ("vase", "castable-sla", 1, "express", "82.23"),
        ("vase", "castable-sla", 150, "standard", "6581.50"),
        ("pin", "castable-sla", 7, "express", "22.73"),
        ("ring", "silver-925-casting", 1, "standard", "48.58"),
        ("ring", "silver-925-casting", 12, "express", "650.11"),
        ("vase", "silver-925-casting", 1, "standard", "1683.86"),
        ("vase", "silver-925-casting", 150, "express", "346093.33"),
        ("pin", "silver-925-casting", 7, "standard", "110.54"),
        ("ring", "bronze-casting", 1, "express", "49.05"),
        ("ring", "bronze-casting", 12, "standard", "247.96"),
        ("vase", "bronze-casting", 1, "express", "1073.22"),
        ("vase", "bronze-casting", 150, "standard", "94981.87"),
        ("pin", "bronze-casting", 7, "express", "144.78"),
        ("ring", "gold-14k-casting", 1, "standard", "757.19"),
        ("ring", "gold-14k-casting", 12, "express", "13381.93"),
        ("vase", "gold-14k-casting", 1, "standard", "50708.88"),
        ("vase", "gold-14k-casting", 150, "express", "11406147.72"),
        ("pin", "gold-14k-casting", 7, "standard", "184.43"),
    ];
    let sample = PriceBook::sample();
    for (part, material, quantity, lead_time, total) in rows {
        let part = match part {
            "ring" => &ring,
            "vase" => &vase,
            _ => &pin,
        };
        let found = quote(&sample, material, quantity, lead_time, part).total_price;
        assert_eq!(found, total, "{material}, {quantity}, {lead_time}: {part:?}");
    }
}

#[test]
fn no_price_comes_from_a_number_that_is_not_there() {
    let part = |volume_mm3, surface_area_mm2, z| Part { volume_mm3, surface_area_mm2, extents_mm: [10.0, 10.0, z] };
    let rows = [
        (part(f64::NAN, 600.0, 10.0), RejectionCode::NoVolume, "the volume is NaN mm3"),
        (part(0.0, 600.0, 10.0), RejectionCode::NoVolume, "the volume is 0 mm3"),
        (part(-0.0, 600.0, 10.0), RejectionCode::NoVolume, "the volume is -0 mm3"),
        (part(-1000.0, 600.0, 10.0), RejectionCode::NoVolume, "the volume is -1000 mm3"),
        (part(f64::NEG_INFINITY, 600.0, 10.0), RejectionCode::NoVolume, "the volume is -inf mm3"),
        (part(1000.0, f64::NAN, 10.0), RejectionCode::NoVolume, "the surface area is NaN mm2"),
        (part(1000.0, 600.0, 0.0), RejectionCode::NoVolume, "the extent in z is 0 mm"),
        (part(f64::INFINITY, 600.0, 10.0), RejectionCode::TooLarge, "the volume is larger than a number can say"),
        (part(1000.0, 600.0, f64::INFINITY), RejectionCode::TooLarge, "the extent in z is larger"),
        (part(f64::MAX, 600.0, 10.0), RejectionCode::TooLarge, "the price has too many digits"),
        (part(1e30, 600.0, 10.0), RejectionCode::TooLarge, "the price has too many digits"),
        (part(1000.0, 600.0, 1e300), RejectionCode::TooLarge, "the price has too many digits"),
    ];
    let sample = PriceBook::sample();
    let selection = sample.select(&[item("pa12-sls", &[1_000_000], &[])]).unwrap();
    for (part, code, message) in rows {
        let reason = part.quotes(&sample, &selection).expect_err(message);
        assert_eq!(reason.code, code, "{reason}");
        assert!(reason.message.contains(message), "{reason}");
    }
}

#[test]
fn the_largest_figures_are_exact_or_refused() {
    let rate = "rate = \"999999999.999999999 EUR/mm3\"\ndriver = \"volume\"";
    let large = one_material("0.000000001", "", &charge("model", rate));
    // 1000 mm3: 10^12 EUR in steps of 10^-9 are 10^21 steps, more than the money type holds.
    let selection = large.select(&[]).unwrap();
    assert_eq!(CUBE.quotes(&large, &selection).unwrap_err().code, RejectionCode::TooLarge);
    let coarser = one_material("0.01", "", &charge("model", rate));
    assert_eq!(quote(&coarser, "m", 1, "standard", &CUBE).total_price, "1000000000000.00");
    let exact = one_material("0.000000001", "", &charge("piece", "rate = \"9.999999999 EUR\""));
    assert_eq!(quote(&exact, "m", 999_999, "standard", &CUBE).total_price, "9999989.999000001");
}

#[test]
fn quotes_come_in_the_order_of_the_request() {
    let small = book(SMALL);
    let items = [item("resin", &[5, 1], &["express", "standard"]), item("nylon", &[], &[]), item("resin", &[5], &[])];
    let found: Vec<_> = quotes(&small, &items, &CUBE)
        .iter()
        .map(|quote| (quote.material.clone(), quote.quantity, quote.lead_time.clone()))
        .collect();
    let expected = [
        ("resin", 5, "express"),
        ("resin", 5, "standard"),
        ("resin", 1, "express"),
        ("resin", 1, "standard"),
        ("nylon", 1, "standard"),
        ("resin", 5, "standard"),
    ];
    assert_eq!(found, expected.map(|(material, quantity, lead)| (material.to_owned(), quantity, lead.to_owned())));
    let all: Vec<_> = quotes(&small, &[], &CUBE).iter().map(|quote| (quote.material.clone(), quote.quantity)).collect();
    assert_eq!(all, [("nylon".to_owned(), 1), ("resin".to_owned(), 1)]);
}

#[test]
fn every_unknown_id_is_named_and_so_are_those_that_exist() {
    let small = book(SMALL);
    let rows = [
        (
            vec![item("gold", &[], &[])],
            RejectionCode::UnknownMaterial,
            "unknown material gold; the price book has nylon, resin",
        ),
        (
            vec![item("gold", &[], &[]), item("nylon", &[], &[]), item("Resin", &[], &[]), item("gold", &[], &[])],
            RejectionCode::UnknownMaterial,
            "unknown materials gold, Resin; the price book has nylon, resin",
        ),
        (
            vec![item("nylon", &[1], &["soon", "express", "now"])],
            RejectionCode::UnknownLeadTime,
            "unknown lead times soon, now; the price book has standard, express",
        ),
        (
            vec![item("gold", &[], &["soon"])],
            RejectionCode::UnknownMaterial,
            "unknown material gold; the price book has nylon, resin; \
             unknown lead time soon; the price book has standard, express",
        ),
    ];
    for (items, code, message) in rows {
        let reason = small.select(&items).expect_err(message);
        assert_eq!((reason.code, reason.message.as_str()), (code, message));
    }
    let hostile: Vec<_> = (0..100).map(|number| item(&format!("\n{number}{}", "x".repeat(1000)), &[], &[])).collect();
    let reason = small.select(&hostile).unwrap_err();
    assert!(reason.message.len() < 10_000 && !reason.message.contains('\n'), "{reason}");
    assert!(reason.message.contains("and 50 more"), "{reason}");
}

#[test]
fn a_part_must_fit_in_the_build_volume_turned_as_it_may_be() {
    // The small book makes nylon within 300 x 200 x 100 mm; its resin has no bounds.
    let rows = [
        ([300.0, 200.0, 100.0], false),
        ([100.0, 300.0, 200.0], false),
        ([200.0, 100.0, 300.0], false),
        ([300.000_1, 200.0, 100.0], false),
        ([300.1, 200.0, 100.0], true),
        ([10.0, 301.0, 10.0], true),
        ([201.0, 201.0, 10.0], true),
        ([101.0, 101.0, 101.0], true),
    ];
    let small = book(SMALL);
    let all = small.select(&[]).unwrap();
    for (extents_mm, exceeds) in rows {
        let [x, y, z] = extents_mm;
        let part = Part { volume_mm3: x * y * z, surface_area_mm2: 2.0 * (x * y + y * z + z * x), extents_mm };
        let found = part.findings(&small, &all);
        let codes: Vec<_> = found.iter().map(|finding| (finding.code, finding.severity)).collect();
        let expected: &[_] = if exceeds { &[(FindingCode::ExceedsBuildVolume, Severity::Review)] } else { &[] };
        assert_eq!(codes, expected, "{extents_mm:?}: {found:?}");
    }
    let part = Part { volume_mm3: 1e5, surface_area_mm2: 2e4, extents_mm: [400.0, 20.25, 100.0] };
    let twice = small.select(&[item("nylon", &[1], &[]), item("nylon", &[2], &[])]).unwrap();
    let messages: Vec<_> = part.findings(&small, &twice).into_iter().map(|finding| finding.message).collect();
    assert_eq!(messages, ["nylon: 400 x 20.25 x 100 mm does not fit in 300 x 200 x 100 mm, however it is turned"]);
}

#[test]
fn a_wall_below_the_minimum_is_warned_of_and_a_small_solid_is_not() {
    use std::f64::consts::PI;
    let part = |volume_mm3, surface_area_mm2, extents_mm| Part { volume_mm3, surface_area_mm2, extents_mm };
    let bar = |x: f64, y: f64, z: f64| part(x * y * z, 2.0 * (x * y + y * z + z * x), [x, y, z]);
    // A hollow cube: one cavity, and walls on all sides.
    let hollow = |side: f64, wall: f64| {
        let inner = side - 2.0 * wall;
        part(side.powi(3) - inner.powi(3), 6.0 * (side * side + inner * inner), [side; 3])
    };
    let ball = |d: f64| part(PI * d.powi(3) / 6.0, PI * d * d, [d; 3]);
    let rod = |d: f64, length: f64| part(PI / 4.0 * d * d * length, PI * d * (length + d / 2.0), [d, d, length]);
    // A square plate of 50 mm turned by 45 degrees about x: its bounds are 50 x 36 x 36, and its wall stays the same.
    let askew = |wall: f64| Part { extents_mm: [50.0, 36.0, 36.0], ..bar(50.0, 50.0, wall) };
    // Nylon's minimum wall is 0.8 mm.
    let rows = [
        ("a plate", bar(100.0, 80.0, 0.5), true),
        ("a plate of just the wall, in 32-bit coordinates", bar(100.0, 80.0, f64::from(0.8_f32) - 6e-8), false),
        ("a plate that is thick enough", bar(100.0, 80.0, 1.0), false),
        ("a plate askew", askew(0.5), true),
        ("a plate askew that is thick enough", askew(1.0), false),
        ("a solid cube of 1.5 mm", bar(1.5, 1.5, 1.5), false),
        ("a solid cube of 0.7 mm", bar(0.7, 0.7, 0.7), true),
        ("a ball of 1 mm", ball(1.0), false),
        ("a ball of 0.7 mm", ball(0.7), true),
        ("a rod of 1 mm", rod(1.0, 40.0), false),
        ("a rod of 0.7 mm", rod(0.7, 40.0), true),
        ("a hollow cube", hollow(20.0, 0.5), true),
        ("a hollow cube that is thick enough", hollow(20.0, 1.0), false),
        ("a block", CUBE, false),
    ];
    let small = book(SMALL);
    let nylon = small.select(&[item("nylon", &[1], &[])]).unwrap();
    for (name, part, is_below) in rows {
        let found = part.findings(&small, &nylon);
        let codes: Vec<_> = found.iter().map(|finding| (finding.code, finding.severity)).collect();
        let expected: &[_] = if is_below { &[(FindingCode::BelowMinimumWall, Severity::Warning)] } else { &[] };
        assert_eq!(codes, expected, "{name}: {found:?}");
    }
    let messages: Vec<_> =
        bar(100.0, 80.0, 0.5).findings(&small, &nylon).into_iter().map(|found| found.message).collect();
    assert_eq!(messages, ["nylon: walls of about 0.5 mm, by volume and area; at least 0.8 mm can be made"]);
}

/// A decimal text as an integer in units of its last decimal; it must have `decimals` decimals.
fn scaled(text: &str, decimals: usize) -> i128 {
    let found = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    assert_eq!(found, decimals, "{text}");
    text.replace('.', "").parse().unwrap()
}

/// A part of any size that can be made, and of much larger sizes.
fn part() -> impl Strategy<Value = Part> {
    let extent = || 1e-3..2e3_f64;
    (extent(), extent(), extent(), 1e-6..1.0_f64, 1.0..20.0_f64).prop_map(|(x, y, z, full, rough)| Part {
        volume_mm3: x * y * z * full,
        surface_area_mm2: 2.0 * (x * y + y * z + z * x) * rough,
        extents_mm: [x, y, z],
    })
}

proptest! {
    // A case is two dozen quotes.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_total_is_exactly_the_sum_of_its_lines(part in part(), quantity in 1_u32..=1_000_000) {
        let sample = PriceBook::sample();
        let ids: Vec<_> = sample.materials().map(|(id, _)| id.to_owned()).collect();
        let items: Vec<_> = ids.iter().map(|id| item(id, &[quantity], &["standard", "express"])).collect();
        for quote in quotes(&sample, &items, &part) {
            let sum: i128 = quote.lines.iter().map(|line| scaled(&line.amount, 2)).sum();
            let total = scaled(&quote.total_price, 2);
            prop_assert_eq!(sum, total);
            prop_assert!(total > 0);
            // The unit price is within half a cent of its share.
            let unit = scaled(&quote.unit_price, 2) * i128::from(quantity);
            prop_assert!((unit - total).abs() * 2 <= i128::from(quantity));
        }
    }

    #[test]
    fn more_volume_never_costs_less(part in part(), grown in 1.0..3.0_f64, quantity in 1_u32..2000) {
        let sample = PriceBook::sample();
        let ids: Vec<_> = sample.materials().map(|(id, _)| id.to_owned()).collect();
        let items: Vec<_> = ids.iter().map(|id| item(id, &[quantity], &["standard", "express"])).collect();
        let larger = Part { volume_mm3: part.volume_mm3 * grown, ..part };
        for (small, large) in quotes(&sample, &items, &part).iter().zip(quotes(&sample, &items, &larger)) {
            prop_assert!(scaled(&small.total_price, 2) <= scaled(&large.total_price, 2), "{small:?} {large:?}");
        }
    }

}

proptest! {
    /// Rust prints a float with any number of decimals exactly, and half to even.
    #[test]
    fn the_amount_of_a_driver_is_the_measure_to_six_decimals(volume_mm3 in prop_oneof![1e-7..1e-3_f64, 1e-3..1e9_f64]) {
        let book = one_material("1", "", &charge("model", "driver = \"volume\"\nrate = \"1 EUR/mm3\""));
        let quote = quote(&book, "m", 1, "standard", &Part { volume_mm3, ..CUBE });
        let printed = format!("{volume_mm3:.6}");
        let expected = printed.trim_end_matches('0').trim_end_matches('.');
        prop_assert_eq!(lines(&quote)[0][1], expected);
    }
}

#[test]
fn changing_a_book_changes_its_prices() {
    // The tests above depend on the book: the rate, the clearance and the density each change the price.
    let price = |text: &str| quote(&book(text), "nylon", 100, "standard", &CUBE).total_price;
    let before = price(SMALL);
    for (from, to) in [("0.58 EUR", "0.59 EUR"), ("clearance = \"1 mm\"", "clearance = \"2 mm\""), ("1.01 g", "9.01 g")]
    {
        assert_ne!(price(&small_with(from, to)), before, "{to}");
    }
}
