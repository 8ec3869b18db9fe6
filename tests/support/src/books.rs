//! Price books for tests.

use pricing_worker::driver::{DRIVERS, Driver, Source};

/// The drivers that measure a surface.
pub fn surface_drivers() -> impl Iterator<Item = &'static Driver> {
    DRIVERS.iter().filter(|driver| matches!(driver.source, Source::Surface { .. }))
}

/// The text of a book of one material, which charges by these drivers: one euro for one of the base unit of each.
pub fn charging_by<'a>(drivers: impl IntoIterator<Item = &'a Driver>) -> String {
    let charge = |driver: &Driver| {
        let (name, unit) = (driver.name, driver.dimension.base_unit());
        let parameter = |key: &str, value: &str| format!("{key} = {value}, ");
        let parameters: String = driver.parameters.iter().map(|known| parameter(known.key, known.example)).collect();
        format!("{{ name = \"{name}\", per = \"piece\", driver = \"{name}\", {parameters}rate = \"1 EUR/{unit}\" }},\n")
    };
    let charges: String = drivers.into_iter().map(charge).collect();
    format!(
        "schema = 1\nname = \"charging\"\nversion = \"1\"\ncurrency = \"EUR\"\nrounding = \"0.01\"\n\
         lead_times = [ {{ id = \"standard\", factor = \"1\" }} ]\n\
         [[materials]]\nid = \"any\"\nname = \"Any\"\nprocess = \"any\"\ncharges = [\n{charges}]\n"
    )
}
