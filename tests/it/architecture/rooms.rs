//! The rooms inside the modules, and the names that their sources may not use.

use super::sources::{leads_to, sources};

/// Rooms by the start of their paths below src, and the names forbidden in them.
const ROOMS: [(&str, &[&str]); 25] = [
    // All rooms of `mesh` build on the triangle.
    ("mesh/triangle.rs", &[SUMS, TOPOLOGY, REPAIR, SOLID, SURFACE, HIERARCHY]),
    ("mesh/hierarchy.rs", &[SUMS, TOPOLOGY, REPAIR, SOLID, SURFACE]),
    // The one pass keeps a mesh, and does not know its later uses.
    ("mesh/sums", &[REPAIR, SOLID, SURFACE, HIERARCHY]),
    ("mesh/topology", &[SUMS, REPAIR, SOLID, SURFACE, HIERARCHY]),
    // A surface is lent, not repaired: it uses the closed holes and the sums of a body, and no step of the repair.
    (
        "mesh/surface.rs",
        &[SUMS, "crate::mesh::repair::weld", "crate::mesh::repair::winding", "crate::mesh::solid::nesting"],
    ),
    ("mesh/solid", &[TOPOLOGY, REPAIR, HIERARCHY]),
    ("mesh/repair", &[HIERARCHY]),
    // Formats are rows of a table: only a format's row names it.
    ("format/reader.rs", &["crate::format::stl"]),
    ("format/error.rs", &["crate::format::stl"]),
    ("format/foreign.rs", &["crate::format::stl"]),
    // An archive holds any format, and XML means nothing by itself.
    (
        "format/archive",
        &["crate::format::FORMATS", "crate::format::stl", "crate::format::threemf", "crate::format::amf"],
    ),
    ("format/xml", &["crate::format::FORMATS", "crate::format::threemf", "crate::format::amf"]),
    ("format/stl", &["crate::format::FORMATS", "crate::format::foreign", "crate::format::open"]),
    // Drivers are rows of a table: requirements and measures do not depend on a single driver.
    ("driver/demand.rs", &["crate::driver::DRIVERS", "crate::driver::sums", "crate::mesh"]),
    ("driver/measures.rs", &["crate::driver::DRIVERS", "crate::driver::sums"]),
    // A quote does not depend on the syntax of its book.
    ("pricing/book.rs", &["crate::pricing::parse", "crate::pricing::quote", "crate::pricing::errors"]),
    ("pricing/quote.rs", &["crate::pricing::parse", "crate::pricing::errors"]),
    ("pricing/money.rs", &["crate::pricing::parse", "crate::pricing::book"]),
    // Settlement does not depend on models.
    ("worker/settle", &["crate::appraise", "crate::contract", "crate::worker::consume"]),
    // A job does not depend on acknowledgements, routes and retries.
    (
        "worker/job",
        &[
            "crate::worker::settle",
            "crate::worker::consume",
            "crate::worker::ports::MessagePort",
            "crate::worker::ports::Delivery",
            "crate::worker::ports::Outgoing",
            "crate::worker::ports::Route",
            "crate::worker::ports::Tier",
        ],
    ),
    ("worker/consume", &["crate::appraise", "crate::contract"]),
    // Only jobs know the request's parameters for a model.
    ("worker/observe", &["crate::appraise", "crate::contract::Request", "crate::contract::ModelRef"]),
    ("worker/compute", &["crate::appraise", "crate::contract", "crate::worker::consume", "crate::worker::settle"]),
    ("worker/ports.rs", &["crate::appraise", "crate::worker::consume", "crate::worker::job", "crate::worker::settle"]),
    ("adapter", &["crate::contract::Request", "crate::contract::ModelRef"]),
];
const SUMS: &str = "crate::mesh::sums";
const TOPOLOGY: &str = "crate::mesh::topology";
const REPAIR: &str = "crate::mesh::repair";
const SOLID: &str = "crate::mesh::solid";
const SURFACE: &str = "crate::mesh::surface";
const HIERARCHY: &str = "crate::mesh::hierarchy";

/// Names, and the only places that may use them.
const BORDERS: [(&str, &[&str]); 7] = [
    ("crate::format::stl", &["format"]),
    ("crate::contract::Format::Stl", &["contract", "format/stl"]),
    ("dashu_ratio", &["quantity/rational.rs"]),
    ("lapin", &["adapter/amqp.rs", "adapter/amqp"]),
    ("aws_sdk_s3", &["adapter/s3.rs", "adapter/s3"]),
    ("aws_credential_types", &["adapter/s3/renewal.rs"]),
    ("axum", &["admin.rs"]),
];

#[test]
fn rooms_keep_apart() {
    let mut wrong = Vec::new();
    for (room, strangers) in ROOMS {
        let inside: Vec<_> = sources().iter().filter(|source| source.path.starts_with(room)).collect();
        assert!(!inside.is_empty(), "there is no {room}");
        for source in inside {
            let named = source.names.iter().filter(|name| strangers.iter().any(|stranger| leads_to(name, stranger)));
            wrong.extend(named.map(|name| format!("{}: {name}", source.path.display())));
        }
    }
    assert!(wrong.is_empty(), "rooms that know of others:\n{}", wrong.join("\n"));
}

#[test]
fn names_stay_where_they_belong() {
    for (wanted, places) in BORDERS {
        let naming = sources().iter().filter(|source| source.names.iter().any(|name| leads_to(name, wanted)));
        let (inside, outside): (Vec<_>, Vec<_>) =
            naming.map(|source| &source.path).partition(|path| places.iter().any(|place| path.starts_with(place)));
        assert!(!inside.is_empty(), "no source in {places:?} names {wanted}");
        assert!(outside.is_empty(), "{wanted} is named outside of {places:?}: {outside:?}");
    }
}
