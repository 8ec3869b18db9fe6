//! The JSON Schema of a price book: the document's types, with the names and parameters of a table of drivers.

use schemars::generate::SchemaSettings;
use schemars::{Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::document::{DensityText, LengthText, MaterialDocument, PriceBookDocument};
use crate::driver::{Driver, ParameterKind, ParameterTable, parameters_in};

/// The schema of price books whose charges may use these drivers.
pub(super) fn schema(drivers: &'static [Driver]) -> Schema {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    // Registers the definitions that the drivers extend: a material's, and those that it refers to.
    generator.subschema_for::<MaterialDocument>();
    let name =
        |driver: &Driver| json!({ "description": sentence(driver.meaning), "type": "string", "const": driver.name });
    let names = definition(&mut generator, "Driver");
    names.remove("type");
    names.insert("oneOf".into(), drivers.iter().map(name).collect());
    add_parameters(&mut generator, "ChargeDocument", drivers, ParameterTable::Charge);
    add_parameters(&mut generator, "MaterialDocument", drivers, ParameterTable::Material);
    generator.into_root_schema_for::<PriceBookDocument>()
}

/// Adds the parameters of one table of the book to its definition, as keys that may be absent.
fn add_parameters(generator: &mut SchemaGenerator, name: &str, drivers: &'static [Driver], table: ParameterTable) {
    let relation = match table {
        ParameterTable::Charge => "With",
        ParameterTable::Material => "Required by",
    };
    for parameter in parameters_in(drivers, table) {
        let mut schema = value_schema(parameter.kind, generator);
        let takers = drivers.iter().filter(|driver| driver.takes(parameter.key));
        let takers = takers.map(|driver| format!("`{}`", driver.name)).collect::<Vec<_>>().join(", ");
        schema.insert("description".into(), format!("{relation} driver {takers}: {}.", parameter.meaning).into());
        let properties = definition(generator, name).get_mut("properties").and_then(Value::as_object_mut);
        properties.expect("a table has keys").insert(parameter.key.into(), schema.to_value());
    }
}

fn definition<'g>(generator: &'g mut SchemaGenerator, name: &str) -> &'g mut Map<String, Value> {
    let definition = generator.definitions_mut().get_mut(name).and_then(Value::as_object_mut);
    definition.expect("the document has such a definition")
}

/// The schema of a parameter's value.
fn value_schema(kind: ParameterKind, generator: &mut SchemaGenerator) -> Schema {
    match kind {
        ParameterKind::Length => generator.subschema_for::<LengthText>(),
        ParameterKind::Density => generator.subschema_for::<DensityText>(),
    }
}

fn sentence(text: &str) -> String {
    let mut characters = text.chars();
    let first = characters.next().into_iter().flat_map(char::to_uppercase);
    first.chain(characters).chain(['.']).collect()
}
