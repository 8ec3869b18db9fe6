//! Tests that the schema and the parser accept the same price books, as far as a schema can.

use std::path::Path;

use pricing_worker::cli::schema::{SCHEMA_NAMES, schema};
use pricing_worker::driver::{DRIVERS, Driver, Parameter, ParameterTable};
use pricing_worker::pricing::{BookFault, PriceBook, SAMPLE};
use serde_json::{Value, json};
use toml::de::{DeTable, DeValue};

use super::{SMALL, small_with};

fn to_json(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::String(text) => json!(text),
        DeValue::Integer(integer) => json!(integer.to_string().parse::<i64>().expect("small")),
        DeValue::Float(float) => json!(float.as_str().parse::<f64>().expect("finite")),
        DeValue::Boolean(boolean) => json!(boolean),
        DeValue::Datetime(time) => json!(time.to_string()),
        DeValue::Array(array) => array.iter().map(|element| to_json(element.get_ref())).collect(),
        DeValue::Table(table) => table_to_json(table),
    }
}

fn table_to_json(table: &DeTable<'_>) -> Value {
    let entry = |(key, value): (&toml::Spanned<_>, &toml::Spanned<_>)| {
        let key: &std::borrow::Cow<'_, str> = key.get_ref();
        (key.to_string(), to_json(value.get_ref()))
    };
    Value::Object(table.iter().map(entry).collect())
}

fn document(text: &str) -> Value {
    table_to_json(DeTable::parse(text).expect("TOML").get_ref())
}

fn validator() -> jsonschema::Validator {
    let schema = schema("price-book").expect("there is such a schema").to_value();
    jsonschema::validator_for(&schema).expect("it is a schema")
}

/// A text of the small book, its replacement, and whether schema and parser accept the result.
const AGREED: &[(&str, &str, bool)] = &[
    ("name = \"small\"", "name = 'größe, 界'", true),
    ("name = \"small\"", "name = \"\"", false),
    ("name = \"small\"", "name = \" small\"", false),
    ("name = \"small\"", "name = \"small \"", false),
    ("name = \"small\"", "name = \"s\\tmall\"", false),
    ("name = \"small\"", "name = 7", false),
    ("name = \"small\"\n", "", false),
    ("name = \"small\"", "name = \"small\"\ncolour = \"red\"", false),
    ("schema = 1", "schema = 2", false),
    ("schema = 1", "schema = \"1\"", false),
    ("currency = \"EUR\"", "currency = \"eur\"", false),
    ("currency = \"EUR\"", "currency = \"EURO\"", false),
    ("rounding = \"0.01\"", "rounding = \"0.05\"", true),
    ("rounding = \"0.01\"", "rounding = \" 1 \"", true),
    ("rounding = \"0.01\"", "rounding = \"0.00\"", false),
    ("rounding = \"0.01\"", "rounding = \"-0.01\"", false),
    ("rounding = \"0.01\"", "rounding = \"1e-2\"", false),
    ("rounding = \"0.01\"", "rounding = \".01\"", false),
    ("rounding = \"0.01\"", "rounding = \"1.\"", false),
    ("rounding = \"0.01\"", "rounding = \"0,01\"", false),
    ("rounding = \"0.01\"", "rounding = 0.01", false),
    ("factor = \"1.5\"", "factor = \"999999999.999999999\"", true),
    ("factor = \"1.5\"", "factor = \"1000000000\"", false),
    ("factor = \"1.5\"", "factor = \"1.0000000001\"", false),
    ("factor = \"1.5\"", "factor = \"0\"", false),
    ("factor = \"1.5\"", "factor = 1.5", false),
    ("from = 10,", "from = 1,", true),
    ("from = 10,", "from = 0,", false),
    ("from = 100,", "from = 1_000_000,", true),
    ("from = 100,", "from = 1_000_001,", false),
    ("from = 10,", "from = \"10\",", false),
    ("percent = \"5\"", "percent = \"0\"", true),
    ("percent = \"5\"", "percent = \"5%\"", false),
    ("percent = \"5\"", "percent = 5", false),
    (
        "quantity_discounts = [ { from = 10, percent = \"5\" }, { from = 100, percent = \"12\" } ]",
        "quantity_discounts = []",
        true,
    ),
    ("density = \"1.01 g/cm3\"", "density = \"1010kg / m3\"", true),
    ("density = \"1.01 g/cm3\"", "density = \"1.01\"", false),
    ("density = \"1.01 g/cm3\"", "density = \"1.01 g/cm2\"", false),
    ("density = \"1.01 g/cm3\"", "density = \"1.01 h/cm3\"", false),
    ("density = \"1.01 g/cm3\"", "density = 1.01", false),
    ("300 x 200 x 100 mm", "300x200×100inch", true),
    ("300 x 200 x 100 mm", "300 x 200 mm", false),
    ("300 x 200 x 100 mm", "300 x 200 x 100", false),
    ("300 x 200 x 100 mm", "300 x 200 x 100 g", false),
    ("minimum_wall = \"0.8 mm\"", "minimum_wall = \"0.08 cm\"", true),
    ("minimum_wall = \"0.8 mm\"", "minimum_wall = \"0.8\"", false),
    ("minimum_wall = \"0.8 mm\"", "minimum_wall = \"0.8 ml\"", false),
    ("minimum_wall = \"0.8 mm\"\n", "", true),
    ("minimum_price = \"5.00\"", "minimum_price = \"0\"", true),
    ("minimum_price = \"5.00\"", "minimum_price = \"5.00 EUR\"", false),
    ("minimum_price = \"5.00\"", "minimum_price = 5", false),
    ("per = \"piece\"", "per = \"order\"", false),
    ("per = \"piece\"\n", "", false),
    ("driver = \"volume\"", "driver = \"hull_volume\"", true),
    ("driver = \"volume\"", "driver = \"weight\"", false),
    ("clearance = \"1 mm\"", "clearance = \"0 mm\"", true),
    ("clearance = \"1 mm\"", "clearance = \"1 cm3\"", false),
    ("0.58 EUR/cm3", " 0.58EUR / ml ", true),
    ("0.58 EUR/cm3", "0.58/cm3", false),
    ("0.58 EUR/cm3", "0.58 €/cm3", false),
    ("0.58 EUR/cm3", "0.58 EUR/cm^3", false),
    ("0.58 EUR/cm3", "0.58 EUR/", false),
    ("0.58 EUR/cm3", "-0.58 EUR/cm3", false),
    ("rate = \"4.00 EUR\"\n", "", false),
    ("[[materials.charges]]\nname = \"set-up\"\nper = \"model\"\nrate = \"4.00 EUR\"\n", "charges = []\n", false),
    ("[[materials.charges]]\nname = \"set-up\"\nper = \"model\"\nrate = \"4.00 EUR\"\n", "", false),
];

#[test]
fn the_schema_and_the_parser_agree_on_what_a_schema_can_say() {
    let validator = validator();
    for &(from, to, is_right) in AGREED {
        let text = small_with(from, to);
        let errors: Vec<_> = validator.iter_errors(&document(&text)).map(|error| error.to_string()).collect();
        assert_eq!(errors.is_empty(), is_right, "by the schema: {to}: {errors:?}");
        let parsed = PriceBook::parse(&text);
        assert_eq!(parsed.is_ok(), is_right, "by the parser: {to}: {parsed:?}");
    }
}

/// The smallest book that charges by a driver, with these values of its parameters.
fn book_by(driver: &Driver, value: impl Fn(&Parameter) -> Option<String>) -> String {
    let keys = |table| {
        let line = |parameter: &Parameter| Some(format!("{} = {}\n", parameter.key, value(parameter)?));
        driver.parameters_of(table).filter_map(line).collect::<Vec<_>>().concat()
    };
    format!(
        "schema = 1\nname = \"one\"\nversion = \"1\"\ncurrency = \"EUR\"\nrounding = \"0.01\"\n\
         lead_times = [ {{ id = \"standard\", factor = \"1\" }} ]\n\
         [[materials]]\nid = \"m\"\nname = \"m\"\nprocess = \"p\"\n{}\
         [[materials.charges]]\nname = \"c\"\nper = \"piece\"\ndriver = \"{}\"\n{}rate = \"1 EUR/{}\"\n",
        keys(ParameterTable::Material),
        driver.name,
        keys(ParameterTable::Charge),
        driver.dimension.example(),
    )
}

#[test]
fn the_schema_and_the_parser_know_every_driver_and_its_parameters() {
    let validator = validator();
    let agree = |text: &str, is_right: bool| {
        assert_eq!(validator.is_valid(&document(text)), is_right, "by the schema: {text}");
        assert_eq!(PriceBook::parse(text).is_ok(), is_right, "by the parser: {text}");
    };
    for driver in &DRIVERS {
        let right = book_by(driver, |parameter| Some(parameter.example.to_owned()));
        agree(&right, true);
        agree(&right.replace(driver.name, &driver.name.to_uppercase()), false);
        for wrong in driver.parameters {
            let value = |parameter: &Parameter| if parameter.key == wrong.key { "\"1 zz\"" } else { parameter.example };
            agree(&book_by(driver, |parameter| Some(value(parameter).to_owned())), false);
            // Only the parser knows which keys a driver needs: a schema cannot refer to a driver of another table.
            let without =
                book_by(driver, |parameter| (parameter.key != wrong.key).then(|| parameter.example.to_owned()));
            assert!(validator.is_valid(&document(&without)), "{without}");
            assert_eq!(PriceBook::parse(&without).is_ok(), wrong.table == ParameterTable::Charge, "{without}");
        }
    }
}

#[test]
fn every_right_book_of_the_fixtures_is_valid_and_every_wrong_one_refused_by_the_parser() {
    let validator = validator();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/price-books");
    let mut count = 0;
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let text = std::fs::read_to_string(&path).unwrap();
            PriceBook::parse(&text).unwrap_or_else(|errors| panic!("{errors}"));
            let errors: Vec<_> = validator.iter_errors(&document(&text)).map(|error| error.to_string()).collect();
            assert!(errors.is_empty(), "{}: {errors:?}", path.display());
            count += 1;
        }
    }
    assert!(count >= 2, "the sample and the small book are there");
    assert!(validator.is_valid(&document(SAMPLE)) && validator.is_valid(&document(SMALL)));
}

/// The keys that the parser allows in a table: it lists them in its error about an unknown one.
fn keys_by_the_parser(from: &str, to: &str) -> Vec<String> {
    let errors = PriceBook::parse(&small_with(from, to)).expect_err("an unknown key");
    let known = errors.iter().find_map(|error| match &error.fault {
        BookFault::UnknownKey { known, .. } => Some(known),
        _ => None,
    });
    let mut keys: Vec<_> = known.expect("the unknown key is an error").iter().map(ToString::to_string).collect();
    keys.sort();
    keys
}

#[test]
fn the_schema_and_the_parser_know_the_same_keys() {
    let schema = schema("price-book").unwrap().to_value();
    let rows = [
        ("", "rounding =", "zzz = 1\nrounding ="),
        ("/$defs/LeadTimeDocument", "factor =", "zzz = 1\nfactor ="),
        ("/$defs/MaterialDocument", "process =", "zzz = 1\nprocess ="),
        ("/$defs/DiscountDocument", "{ from = 10,", "{ zzz = 1, from = 10,"),
        ("/$defs/ChargeDocument", "driver = \"volume\"", "zzz = 1\ndriver = \"volume\""),
    ];
    for (record, from, to) in rows {
        let properties = schema.pointer(&format!("{record}/properties")).and_then(Value::as_object).expect(record);
        let mut by_schema: Vec<_> = properties.keys().cloned().collect();
        by_schema.sort();
        assert_eq!(by_schema, keys_by_the_parser(from, to), "{record}");
        assert!(!validator().is_valid(&document(&small_with(from, to))), "{record}: the schema lets an unknown key be");
    }
}

#[test]
fn the_price_book_is_among_the_schemas() {
    assert!(SCHEMA_NAMES.contains(&"price-book"));
    for name in SCHEMA_NAMES {
        assert!(schema(name).is_some(), "{name}");
    }
    assert!(schema("price_book").is_none());
}
