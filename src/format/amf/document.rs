//! The elements of AMF: objects of volumes, and constellations of placed objects.

use super::error::AmfError;
use super::instance::Instance;
use crate::contract::{Reason, Unit};
use crate::format::indexed::Mesh;
use crate::format::shown::shown;
use crate::format::xml::{Document, Element};
use crate::mesh::Triangles;

/// The most objects, volumes, constellations and instances of a file.
pub(super) const MOST_ELEMENTS: u64 = 100_000;
/// The most bytes of a value: a number, or the kind of a volume.
const LIMIT_VALUE_BYTES: usize = 200;

/// What a file holds.
#[derive(Debug, Default)]
pub(super) struct Amf {
    pub unit: Option<Unit>,
    pub objects: Vec<AmfObject>,
    pub constellations: Vec<Constellation>,
    /// Whether volumes are no model: supports, and modifiers of a slicer.
    pub has_left_out: bool,
}

/// An object.
#[derive(Debug)]
pub(super) struct AmfObject {
    pub id: u32,
    pub name: String,
    pub mesh: Mesh,
}

/// Objects and other constellations, each at its place.
#[derive(Debug)]
pub(super) struct Constellation {
    pub id: u32,
    pub instances: Vec<Instance>,
}

/// Reads the elements of a file.
#[derive(Debug, Default)]
pub(super) struct AmfDocument {
    pub amf: Amf,
    elements: u64,
    open: Vec<Place>,
    /// The text of the element that is open.
    value: String,
    point: [Option<f32>; 3],
    corners: [Option<u64>; 3],
    volume: Volume,
    instance: Instance,
    /// The type of the metadata that is open.
    metadata: String,
}

/// The volume that is open.
#[derive(Debug, Default)]
struct Volume {
    first_triangle: usize,
    is_left_out: bool,
}

/// An element that is open, as far as something in it is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Amf,
    Object,
    Mesh,
    Vertices,
    Vertex,
    Coordinates,
    /// An axis by its number.
    Axis(usize),
    Volume,
    Triangle,
    /// A corner by its number.
    Corner(usize),
    Constellation,
    Instance,
    /// A number of an instance.
    Number(&'static str),
    /// Metadata of an object, or of a volume.
    Metadata,
    /// Nothing in it is read.
    Other,
}

impl AmfDocument {
    fn place(&mut self, outer: Option<Place>, element: &Element<'_>) -> Result<Place, AmfError> {
        Ok(match (outer, element.name) {
            (None, name) if name.eq_ignore_ascii_case("amf") => {
                self.amf.unit = Some(unit(element.attribute("unit").unwrap_or("millimeter"))?);
                Place::Amf
            }
            (None, found) => return Err(AmfError::NoAmf { found: shown(found.as_bytes()) }),
            (Some(Place::Amf), "object") => {
                self.count()?;
                let (id, mesh) = (id(element, "id")?, Mesh::default());
                self.amf.objects.push(AmfObject { id, name: String::new(), mesh });
                Place::Object
            }
            (Some(Place::Object), "mesh") => Place::Mesh,
            (Some(Place::Mesh), "vertices") => Place::Vertices,
            (Some(Place::Vertices), "vertex") => Place::Vertex,
            (Some(Place::Vertices), "edge") => return Err(AmfError::Feature { feature: "edges that are curved" }),
            (Some(Place::Vertex), "normal") => {
                return Err(AmfError::Feature { feature: "normals, by which triangles are curved" });
            }
            (Some(Place::Vertex), "coordinates") => {
                self.point = [None; 3];
                Place::Coordinates
            }
            (Some(Place::Coordinates), name) => number_of(name, ["x", "y", "z"]).map_or(Place::Other, Place::Axis),
            (Some(Place::Mesh), "volume") => {
                self.count()?;
                let is_left_out = element.attribute("type").is_some_and(|kind| kind.eq_ignore_ascii_case("support"));
                self.volume = Volume { first_triangle: self.mesh().map_or(0, |mesh| mesh.len()), is_left_out };
                Place::Volume
            }
            (Some(Place::Volume), "triangle") => {
                self.corners = [None; 3];
                Place::Triangle
            }
            (Some(Place::Triangle), name) => number_of(name, ["v1", "v2", "v3"]).map_or(Place::Other, Place::Corner),
            (Some(Place::Amf), "constellation") => {
                self.count()?;
                self.amf.constellations.push(Constellation { id: id(element, "id")?, instances: Vec::new() });
                Place::Constellation
            }
            (Some(Place::Constellation), "instance") => {
                self.count()?;
                self.instance = Instance::of(id(element, "objectid")?);
                Place::Instance
            }
            (Some(Place::Instance), name) => Instance::number_named(name).map_or(Place::Other, Place::Number),
            (Some(Place::Object | Place::Volume), "metadata") => {
                self.metadata = element.attribute("type").unwrap_or_default().into();
                Place::Metadata
            }
            _ => Place::Other,
        })
    }

    fn ended(&mut self, place: Place) -> Result<(), AmfError> {
        match place {
            Place::Axis(axis) => self.point[axis] = Some(coordinate(&self.value)?),
            Place::Coordinates => {
                let [Some(x), Some(y), Some(z)] = self.point else {
                    return Err(AmfError::Lacks { what: "a vertex", parts: "x, y and z" });
                };
                self.mesh().into_iter().for_each(|mesh| mesh.points.push([x, y, z]));
            }
            Place::Corner(corner) => {
                let value = self.value.trim();
                let number = value.parse().map_err(|_| wrong("a corner", "the number of a vertex", value))?;
                self.corners[corner] = Some(number);
            }
            Place::Triangle => {
                let [Some(a), Some(b), Some(c)] = self.corners else {
                    return Err(AmfError::Lacks { what: "a triangle", parts: "v1, v2 and v3" });
                };
                if let Some(mesh) = self.mesh() {
                    mesh.triangles.push(mesh.corners([a, b, c])?);
                }
            }
            Place::Metadata => self.metadata()?,
            Place::Volume if self.volume.is_left_out => {
                let first = self.volume.first_triangle;
                self.amf.has_left_out = true;
                self.mesh().into_iter().for_each(|mesh| mesh.triangles.truncate(first));
            }
            Place::Number(name) => self.instance.set(name, &self.value)?,
            Place::Instance => {
                let instance = std::mem::take(&mut self.instance);
                self.amf.constellations.last_mut().into_iter().for_each(|open| open.instances.push(instance.clone()));
            }
            _ => {}
        }
        Ok(())
    }

    /// Takes the name of an object, and what slicers write of a volume.
    fn metadata(&mut self) -> Result<(), AmfError> {
        let (value, is_of_volume) = (self.value.trim(), self.open.last() == Some(&Place::Volume));
        match (&*self.metadata, is_of_volume) {
            ("name", false) => self.amf.objects.last_mut().into_iter().for_each(|object| object.name = value.into()),
            ("slic3r.modifier", true) => self.volume.is_left_out |= value == "1",
            ("slic3r.volume_type", true) => match value {
                "NegativeVolume" => return Err(AmfError::Feature { feature: "negative volumes" }),
                value => self.volume.is_left_out |= value != "ModelPart",
            },
            _ => {}
        }
        Ok(())
    }

    fn mesh(&mut self) -> Option<&mut Mesh> {
        self.amf.objects.last_mut().map(|object| &mut object.mesh)
    }

    fn count(&mut self) -> Result<(), AmfError> {
        self.elements += 1;
        if self.elements > MOST_ELEMENTS { Err(AmfError::TooManyElements) } else { Ok(()) }
    }
}

impl Document for AmfDocument {
    fn start(&mut self, element: &Element<'_>) -> Result<(), Reason> {
        let place = self.place(self.open.last().copied(), element)?;
        self.open.push(place);
        self.value.clear();
        Ok(())
    }

    fn text(&mut self, text: &str) {
        if self.value.len() + text.len() <= LIMIT_VALUE_BYTES {
            self.value += text;
        }
    }

    fn end(&mut self) -> Result<(), Reason> {
        let place = self.open.pop().unwrap_or(Place::Other);
        Ok(self.ended(place)?)
    }
}

fn number_of(name: &str, names: [&str; 3]) -> Option<usize> {
    names.iter().position(|other| *other == name)
}

fn wrong(what: &'static str, expected: &'static str, found: &str) -> AmfError {
    AmfError::Value { what, expected, found: shown(found.as_bytes()) }
}

fn id(element: &Element<'_>, attribute: &'static str) -> Result<u32, AmfError> {
    let found = element.attribute(attribute).unwrap_or_default().trim();
    found.parse().map_err(|_| wrong(attribute, "a whole number", found))
}

fn coordinate(value: &str) -> Result<f32, AmfError> {
    let value = value.trim();
    let number: f32 = fast_float2::parse(value).map_err(|_| wrong("a coordinate", "a number", value))?;
    if number.is_finite() { Ok(number) } else { Err(AmfError::NonFinite { found: shown(value.as_bytes()) }) }
}

fn unit(word: &str) -> Result<Unit, AmfError> {
    Ok(match &*word.to_ascii_lowercase() {
        "micrometer" | "micron" => Unit::Micron,
        "millimeter" => Unit::Mm,
        "inch" => Unit::Inch,
        "feet" | "foot" => Unit::Foot,
        "meter" => Unit::M,
        _ => return Err(AmfError::Unit { found: shown(word.as_bytes()) }),
    })
}
