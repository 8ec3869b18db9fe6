//! One model, from its first bytes to its measures.

use sha2::{Digest, Sha256};

use super::{Limits, Stop, findings};
use crate::contract::{
    Bounds, Finding, Format, Geometry, ModelInfo, ModelRef, Reason, RejectionCode, Unit, UnitInfo, UnitSource,
};
use crate::format::{Decoder, HEAD_BYTES, sniff};
use crate::mesh::{
    MOST_LOOSE, MeasureError, Measurer, NonFinite, Solid, SolidError, Sums, Topology, solid_of_sums, solidify,
    topology_bytes,
};

/// Bytes that are measured in one go, so that what is decoded from a large chunk of text is never held at once. At the end
/// of each the threads wait for one another: as few as that allows.
const STEP_BYTES: usize = 16 << 20;
/// Memory for the bytes and triangles that are in flight, whatever the size of the model: two chunks and the triangles of
/// one.
const IN_FLIGHT_BYTES: u64 = 16 << 20;
/// The fewest bytes that a triangle takes in a file.
const FILE_BYTES_PER_TRIANGLE: u64 = 50;
/// The longest side that is priced: a kilometre. Beyond it a number is a mistake, and money would lose its digits.
const LONGEST_SIDE_MM: f64 = 1e6;

/// Whether a format that a request names is read.
pub(super) fn reads(format: &str) -> bool {
    format.eq_ignore_ascii_case("stl")
}

/// How a model of a size is read within a limit of memory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Plan {
    /// The memory that is taken at most.
    pub memory_bytes: u64,
    /// Whether the whole mesh is kept for its topology.
    pub whole_mesh: bool,
}

impl Plan {
    pub fn of(size_bytes: u64, limit_bytes: u64) -> Self {
        let in_flight = IN_FLIGHT_BYTES.min(size_bytes.saturating_mul(4));
        let most_triangles = size_bytes / FILE_BYTES_PER_TRIANGLE;
        let whole = topology_bytes(most_triangles).saturating_add(in_flight);
        // Half-edges are numbered in 32 bits, less a few special values.
        let whole_mesh = whole <= limit_bytes && most_triangles < u64::from(u32::MAX / 3 - 1);
        Self { memory_bytes: if whole_mesh { whole } else { in_flight.min(limit_bytes) }, whole_mesh }
    }
}

/// A model that is being read.
#[derive(Debug)]
pub struct Appraisal {
    unit: UnitInfo,
    named_stl: bool,
    size_bytes: u64,
    stop: Stop,
    /// The first bytes, until they are enough to tell the format.
    head: Vec<u8>,
    decoder: Option<Decoder>,
    /// It keeps the mesh, unless the model is too large for its topology.
    measurer: Measurer,
    /// The digest of the bytes and the one they must have.
    digest: Option<(Sha256, String)>,
}

/// A model that was read to its end and measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Measured {
    /// What the bytes were read as.
    pub model: ModelInfo,
    /// What was measured.
    pub geometry: Geometry,
    /// What a person should know, whatever the material.
    pub findings: Vec<Finding>,
}

impl Appraisal {
    /// Begins to read a model of a known size, whatever it is to cost.
    pub fn begin(model: &ModelRef, size_bytes: u64, limits: &Limits, stop: Stop) -> Result<Self, Reason> {
        if size_bytes > limits.object_bytes {
            let message = format!("{size_bytes} bytes; at most {} are read", limits.object_bytes);
            return Err(Reason::new(RejectionCode::TooLarge, message));
        }
        let plan = Plan::of(size_bytes, limits.memory_bytes);
        let unit = match model.unit {
            Some(name) => UnitInfo { name, source: UnitSource::Declared },
            None => UnitInfo { name: Unit::Mm, source: UnitSource::Assumed },
        };
        let measurer = if plan.whole_mesh { Measurer::keeping() } else { Measurer::default() };
        let extension = model.key.rsplit_once('.').map(|(_, extension)| extension);
        let digest = model.sha256.as_ref().map(|expected| (Sha256::new(), expected.to_ascii_lowercase()));
        Ok(Self {
            unit,
            named_stl: model.format.as_deref().or(extension).is_some_and(reads),
            size_bytes,
            stop,
            head: Vec::new(),
            decoder: None,
            measurer: measurer.expecting(size_bytes / FILE_BYTES_PER_TRIANGLE),
            digest,
        })
    }

    /// Reads the next bytes, in a chunk of any size. Computes: run it where computing is done.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), Reason> {
        for step in chunk.chunks(STEP_BYTES) {
            if let Some((digest, _)) = &mut self.digest {
                digest.update(step);
            }
            let head_bytes = if self.decoder.is_none() { self.take_head(step)? } else { 0 };
            if self.decoder.is_some() {
                self.decode(&step[head_bytes..])?;
            }
        }
        Ok(())
    }

    /// What the bytes are read as; none until enough of them have come to tell.
    pub fn format(&self) -> Option<Format> {
        self.decoder.as_ref().map(Decoder::format)
    }

    /// Ends the model: what needs all of it is measured now. Computes.
    pub fn finish(mut self) -> Result<Measured, Reason> {
        if self.decoder.is_none() {
            self.start()?;
        }
        let Self { measurer, decoder, stop, .. } = &mut self;
        let batch = decoder.as_mut().expect("the format is known").finish()?;
        measurer.push(&batch, &|| stop.is_stopped()).map_err(|error| self.measure_error(error))?;
        if let Some((digest, expected)) = self.digest.take() {
            check_digest(digest, &expected)?;
        }
        let format = self.decoder().format();
        let (sums, mesh) = match std::mem::take(&mut self.measurer).finish() {
            Ok(Some(measured)) => measured,
            Ok(None) => return Err(Reason::new(RejectionCode::EmptyModel, "the file has no triangles")),
            Err(error) => return Err(self.measure_error(error)),
        };
        check_size(&sums, self.unit.name)?;
        let (topology, solid) = match mesh {
            Some(mesh) => {
                let (topology, solid) = solidify(&sums, mesh, &|| self.stop.is_stopped()).map_err(no_solid)?;
                (Some(topology), solid)
            }
            None => (None, self.streamed(&sums)?),
        };
        let geometry = geometry(&sums, topology.as_ref(), &solid, self.unit.name);
        let findings = findings::findings(&self.unit, &geometry, topology.as_ref(), &solid);
        Ok(Measured { model: ModelInfo { format, unit: self.unit }, geometry, findings })
    }

    /// The solid of a mesh that is too large for its topology.
    fn streamed(&self, sums: &Sums) -> Result<Solid, Reason> {
        if sums.closed() {
            return solid_of_sums(sums).map_err(no_solid);
        }
        let fault = if sums.evenly_used_edges() {
            "neighbouring triangles disagree on which side is out"
        } else {
            "there are holes"
        };
        let size_bytes = self.size_bytes;
        let message = format!("{fault}, and with {size_bytes} bytes the model is too large to be repaired in memory");
        Err(Reason::new(RejectionCode::TooLarge, message))
    }

    /// Takes what is missing of the head, and says how much that was.
    fn take_head(&mut self, bytes: &[u8]) -> Result<usize, Reason> {
        let head_bytes = bytes.len().min(HEAD_BYTES - self.head.len());
        self.head.extend_from_slice(&bytes[..head_bytes]);
        if self.head.len() == HEAD_BYTES || self.head.len() as u64 == self.size_bytes {
            self.start()?;
        }
        Ok(head_bytes)
    }

    /// Tells the format and reads the head.
    fn start(&mut self) -> Result<(), Reason> {
        let head = std::mem::take(&mut self.head);
        let kind = sniff(&head, self.size_bytes, self.named_stl)?;
        self.decoder = Some(Decoder::new(kind));
        self.decode(&head)
    }

    fn decoder(&mut self) -> &mut Decoder {
        self.decoder.as_mut().expect("the format is known")
    }

    fn decode(&mut self, bytes: &[u8]) -> Result<(), Reason> {
        let Self { measurer, decoder, stop, .. } = self;
        let batch = decoder.as_mut().expect("the format is known").push(bytes)?;
        measurer.push(&batch, &|| stop.is_stopped()).map_err(|error| self.measure_error(error))
    }

    fn measure_error(&self, error: MeasureError) -> Reason {
        match error {
            MeasureError::Stopped => stopped(),
            MeasureError::NonFinite(place) => {
                let NonFinite { triangle, corner, axis } = place;
                let axis = ["x", "y", "z"][axis];
                let message = format!("{axis} of corner {} of triangle {triangle} is NaN or infinite", corner + 1);
                let position = self.decoder.as_ref().and_then(|decoder| decoder.position(place));
                Reason { code: RejectionCode::NonFiniteCoordinate, message, position }
            }
        }
    }
}

fn stopped() -> Reason {
    Reason::new(RejectionCode::JobTimeout, "the job took longer than it may")
}

fn no_solid(error: SolidError) -> Reason {
    let message = match error {
        SolidError::Stopped => return stopped(),
        SolidError::Nothing => "the triangles enclose nothing".into(),
        SolidError::OneSided => "the surface has one side only, like a Möbius strip, and encloses nothing".into(),
        SolidError::NoSurface { loose_edge_count, triangle_count } => format!(
            "the triangles make no surface: on average {:.1} edges of each have no neighbour; at most {MOST_LOOSE}",
            loose_edge_count as f64 / triangle_count as f64
        ),
        SolidError::TooOpen { patch_area, area } => {
            format!(
                "closing the holes would take {:.0}% of the mesh's own area; at most half",
                100.0 * patch_area / area
            )
        }
    };
    Reason::new(RejectionCode::NoVolume, message)
}

fn check_digest(digest: Sha256, expected: &str) -> Result<(), Reason> {
    let found = hex::encode(digest.finalize());
    if found == expected {
        return Ok(());
    }
    Err(Reason::new(RejectionCode::ChecksumMismatch, format!("the bytes have the SHA-256 {found}, not {expected}")))
}

fn check_size(sums: &Sums, unit: Unit) -> Result<(), Reason> {
    let sides = (0..3).map(|axis| (f64::from(sums.max[axis]) - f64::from(sums.min[axis])) * unit.millimetres());
    let longest = sides.fold(0.0, f64::max);
    if longest <= LONGEST_SIDE_MM {
        return Ok(());
    }
    let message = format!("the longest side is {longest:.3e} mm; at most {LONGEST_SIDE_MM:.0e} is priced");
    Err(Reason::new(RejectionCode::TooLarge, message))
}

/// The measures in millimetres.
fn geometry(sums: &Sums, topology: Option<&Topology>, solid: &Solid, unit: Unit) -> Geometry {
    let scale = unit.millimetres();
    let [min, max] = [sums.min, sums.max].map(|corner| corner.map(|coordinate| f64::from(coordinate) * scale));
    Geometry {
        triangle_count: sums.triangle_count,
        volume_mm3: solid.volume * scale.powi(3),
        surface_area_mm2: sums.area * scale.powi(2),
        bounds_mm: Bounds { min, max },
        extents_mm: [0, 1, 2].map(|axis| (f64::from(sums.max[axis]) - f64::from(sums.min[axis])) * scale),
        centroid_mm: (solid.centroid * scale).into(),
        watertight: topology.is_none_or(|topology| topology.watertight),
        winding_consistent: topology.is_none_or(|topology| topology.winding_consistent),
        shell_count: topology.map(|topology| topology.shell_count),
        boundary_edge_count: topology.map(|topology| topology.boundary_edge_count),
        non_manifold_edge_count: topology.map(|topology| topology.non_manifold_edge_count),
        degenerate_triangle_count: sums.degenerate_count,
        fingerprint: format!("{:032x}", sums.fingerprint(scale)),
    }
}
