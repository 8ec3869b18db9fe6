//! The plan for reading a model: made from its head, before memory is reserved.

use sha2::{Digest, Sha256};

use super::format_hints::{FormatHints, unpacked_name};
use super::{Conversion, Limits, QuoteRequest};
use crate::contract::{Format, Reason, RejectionCode, Unit};
use crate::driver::Demand;
use crate::format::{self, Contents, Count, Formats, Head, Needs, Opened, Reader, Unpacking};
use crate::mesh::{MOST_INDEXED_TRIANGLES, topology_bytes, topology_bytes_with_unions};
use crate::pricing::PriceBook;

/// The memory of bytes and triangles in flight, for a model of any size: two chunks and the triangles of one.
const IN_FLIGHT_BYTES: u64 = 16 << 20;

/// The most memory that a reader itself holds.
const LARGEST_READER_BYTES: u64 = 1 << 20;

/// The most bytes of a file that must be in memory as a whole, if the largest mesh takes less than twice as much.
const LEAST_WHOLE_FILE_BYTES: u64 = 64 << 20;

/// The plan for reading a model, and the memory that it takes.
///
/// It depends on the model and the fleet's limits, and never on a replica's free memory: every replica measures a model the
/// same way.
#[derive(Debug)]
pub struct Plan {
    pub(super) size_bytes: u64,
    /// The format; none where an archive is looked into, to be planned anew.
    pub(super) format: Option<Format>,
    pub(super) format_hints: FormatHints,
    pub(super) reader: Box<dyn Reader>,
    pub(super) needs: Needs,
    /// The unit that the request declares.
    pub(super) unit: Option<Unit>,
    /// The unit that the name of the file suggests.
    pub(super) unit_by_name: Option<Unit>,
    /// The measures that its quotes need.
    pub(super) demand: Demand,
    /// Whether the surface is needed after the measures.
    pub(super) lends_surface: bool,
    /// The triangles that memory is planned for, of a mesh that is kept.
    planned_kept: u64,
    /// The most triangles that are kept for topology; none where the mesh is known to have more.
    pub(super) most_kept: Option<u64>,
    pub(super) topology_triangles: u64,
    /// The triangles that there is memory for; none where no file of this length has more.
    pub(super) room: Option<u64>,
    /// The digest of the bytes so far, and the one that the request gives.
    pub(super) digest: Option<(Sha256, String)>,
    /// The digest that the request gives of a file that is converted.
    pub(super) source_digest: Option<String>,
    conversion: Option<Conversion>,
    /// The memory that unions of bodies that meet take beyond the plan's, in bytes.
    pub(super) more_for_unions_bytes: u64,
    memory_bytes: u64,
    allowance: Allowance,
}

impl Plan {
    /// Plans by the head of a model.
    pub(super) fn of(
        request: &QuoteRequest,
        head: &Head<'_>,
        limits: &Limits,
        book: &PriceBook,
        formats: Formats,
        converter_bytes: Option<u64>,
        allowance: Allowance,
    ) -> Result<Self, Reason> {
        let size_bytes = head.size_bytes;
        if size_bytes > limits.object_bytes {
            let message = format!("{size_bytes} bytes; at most {} are read", limits.object_bytes);
            return Err(Reason::new(RejectionCode::TooLarge, message));
        }
        let demand = book.select(&request.items)?.demand();
        let format_hints = FormatHints::of(request, formats);
        let unpacking = Unpacking {
            contents: &allowance.contents,
            most_bytes: limits.object_bytes,
            most_whole_bytes: most_whole_file_bytes(limits.topology_triangles.min(MOST_INDEXED_TRIANGLES)),
            is_inner: false,
        };
        let Opened { format, reader } = format::open(formats, head, &format_hints.hints(), unpacking)?;
        let converted = format.filter(|_| reader.reads_conversion());
        let conversion = converted.map(|format| Conversion::of(format, converter_bytes)).transpose()?;
        let needs = reader.needs();
        let topology_triangles = limits.topology_triangles.min(MOST_INDEXED_TRIANGLES);
        if needs.whole_file {
            check_whole_file(size_bytes, topology_triangles)?;
        }
        let planned = planned_triangles(needs.triangles, &allowance);
        let kept = match needs.triangles {
            Count::Exactly(count) => Some(count).filter(|&count| count <= topology_triangles),
            Count::AtMost(_) | Count::Likely { .. } => Some(planned.min(topology_triangles)),
        };
        let with_unions = kept.map_or(0, topology_bytes_with_unions);
        let mesh_bytes = if allowance.has_unions { with_unions } else { kept.map_or(0, topology_bytes) };
        let expected = request.object.sha256.clone();
        let (source_digest, digest) = if conversion.is_some() { (expected, None) } else { (None, expected) };
        let converter_bytes = conversion.map_or(0, |conversion| conversion.memory_bytes);
        Ok(Self {
            size_bytes,
            format,
            format_hints,
            reader,
            needs,
            unit: request.unit,
            unit_by_name: request.object.key.as_deref().and_then(|key| format::suggested_unit(file_stem(key))),
            lends_surface: demand.surface_bytes_per_triangle().is_some(),
            planned_kept: kept.unwrap_or(0),
            most_kept: kept.map(|_| topology_triangles),
            topology_triangles,
            // A mesh that is not kept takes no more memory for more triangles.
            room: Some(planned).filter(|&planned| planned < needs.triangles.most().min(topology_triangles)),
            digest: digest.map(|expected| (Sha256::new(), expected)),
            source_digest,
            conversion,
            more_for_unions_bytes: with_unions - mesh_bytes,
            memory_bytes: memory_bytes(size_bytes, &needs, kept, mesh_bytes, &demand).saturating_add(converter_bytes),
            demand,
            allowance,
        })
    }

    /// The same plan for a caller that studies the surface too, which takes so much memory for each triangle.
    #[must_use]
    pub fn with_study(self, bytes_per_triangle: u64) -> Self {
        let study_bytes = self.planned_kept.saturating_mul(bytes_per_triangle);
        Self { lends_surface: true, memory_bytes: self.memory_bytes.saturating_add(study_bytes), ..self }
    }

    /// The most memory, in bytes, that the appraisal takes: reserve it before the appraisal begins, and hold it until the
    /// answer.
    pub fn memory_bytes(&self) -> u64 {
        self.memory_bytes
    }

    /// What a converter is to make of the file: its stream is then read in place of the file's bytes.
    pub fn conversion(&self) -> Option<Conversion> {
        self.conversion
    }

    /// The format that the bytes are read as; none of an archive whose contents are not known.
    pub fn format(&self) -> Option<Format> {
        self.format
    }

    /// The allowance of the next plan, once the model needs room for so many triangles.
    pub(super) fn outgrown(&self, triangles: u64) -> Allowance {
        Allowance { triangles, ..self.allowance.clone() }
    }

    /// The allowance of the next plan, once the model was found to have bodies that meet.
    pub(super) fn with_unions(&self) -> Allowance {
        Allowance { has_unions: true, ..self.allowance.clone() }
    }

    /// The allowance of the next plan, once the model was found to be an archive.
    pub(super) fn unpacked(&self, contents: Contents) -> Allowance {
        let mut allowance = self.allowance.clone();
        allowance.contents.push(contents);
        allowance
    }
}

/// What earlier readings of a model found, which its head does not tell: a plan has memory for it. The head of a file tells the
/// number of triangles for some formats, and a likely one for others; that of an archive tells nothing of its contents, and none
/// whether bodies meet. A model that outgrows its plan is planned again, and read from its first byte: no job waits for memory while
/// it holds some.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Allowance {
    /// The triangles that there is to be memory for at least.
    triangles: u64,
    /// Whether there is to be memory for unions.
    has_unions: bool,
    /// The contents of archives, from the outermost inwards.
    contents: Vec<Contents>,
}

impl Allowance {
    /// How much more a plan gets that was outgrown. A few rounds lead from the likely number to any.
    const GROWTH: u64 = 8;

    /// The number of triangles to make room for, once a model of unknown size has outgrown so many.
    pub(super) fn grown(triangles: u64) -> u64 {
        triangles.saturating_mul(Self::GROWTH)
    }
}

/// The triangles that a plan has memory for.
fn planned_triangles(count: Count, allowance: &Allowance) -> u64 {
    match count {
        Count::Exactly(most) | Count::AtMost(most) => most,
        Count::Likely { likely, most } => likely.max(allowance.triangles).min(most),
    }
}

/// The most bytes of a file that must be in memory as a whole: it may take half of what the topology of the largest mesh does, whatever
/// the format streams.
fn most_whole_file_bytes(topology_triangles: u64) -> u64 {
    (topology_bytes(topology_triangles) / 2).max(LEAST_WHOLE_FILE_BYTES)
}

/// Rejects a file that must be in memory as a whole, if it is too large for that.
fn check_whole_file(size_bytes: u64, topology_triangles: u64) -> Result<(), Reason> {
    let most = most_whole_file_bytes(topology_triangles);
    if size_bytes <= most {
        return Ok(());
    }
    let message = format!(
        "{size_bytes} bytes, of a format that is read as a whole; at most {most} are: send the model as binary STL, which is read \
         as it streams"
    );
    Err(Reason::new(RejectionCode::TooLarge, message))
}

/// The least memory budget, in bytes, of a fleet that examines the topology of so many triangles and prices by this book: the
/// memory of one such model with the demand of the whole book.
pub fn least_memory_bytes(topology_triangles: u64, book: &PriceBook) -> u64 {
    let needs =
        Needs { own_bytes: LARGEST_READER_BYTES, triangles: Count::AtMost(topology_triangles), whole_file: false };
    let mesh_bytes = topology_bytes_with_unions(topology_triangles);
    memory_bytes(u64::MAX, &needs, Some(topology_triangles), mesh_bytes, &book.demand())
}

fn memory_bytes(size_bytes: u64, needs: &Needs, kept: Option<u64>, mesh_bytes: u64, demand: &Demand) -> u64 {
    let in_flight = IN_FLIGHT_BYTES.min(size_bytes.saturating_mul(4));
    let whole_file = if needs.whole_file { size_bytes } else { 0 };
    let drivers = demand.surface_bytes_per_triangle().unwrap_or(0).saturating_mul(kept.unwrap_or(0));
    [whole_file, needs.own_bytes, mesh_bytes, drivers].into_iter().fold(in_flight, u64::saturating_add)
}

/// The last name of a key without its extension.
fn file_stem(key: &str) -> &str {
    let name = unpacked_name(key.rsplit(['/', '\\']).next().unwrap_or(key));
    name.rsplit_once('.').map_or(name, |(stem, _)| stem)
}
