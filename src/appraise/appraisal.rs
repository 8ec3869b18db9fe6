//! The reading and measuring of one model.

use std::fmt;

use sha2::Digest;

use super::exact::Priced;
use super::geometry::{check_size, geometry};
use super::measuring_sink::MeasuringSink;
use super::model_parts::ModelParts;
use super::no_solid::{no_solid, stopped};
use super::unit::{self, NamedUnits};
use super::{Allowance, Plan, Stop, findings};
use crate::contract::{Finding, FindingCode, Geometry, ModelInfo, Reason, RejectionCode, Unit};
use crate::driver::{Ask, BasicMeasures, Derived, MeasureSurface, Measures, SurfaceInput};
use crate::format::{FileFacts, ReadError, Reader, Sink};
use crate::mesh::{
    KeptMesh, MeasureError, MeasuredMesh, Measurer, RepairOptions, Repaired, Solid, SolidError, Stopped, Sums, Surface,
    Topology, repair, solid_of_sums,
};

/// The most bytes that are decoded at once, so that the triangles of a large chunk are never all in memory. The threads wait
/// for one another after each step, hence not fewer.
const STEP_BYTES: usize = 16 << 20;

/// A model in reading.
#[derive(Debug)]
pub struct Appraisal {
    plan: Plan,
    stop: Stop,
    measurer: Measurer,
    parts: ModelParts,
    /// The whole file, where its reader needs it as one chunk.
    whole_file: Vec<u8>,
    more_memory: MoreMemory,
}

/// Reserves bytes beyond those of the plan until it is dropped, if they are free at once: a model that had to wait for them while it
/// holds others could wait for ever.
type Reserve = dyn Fn(u64) -> bool + Send + Sync;

/// Memory beyond that of the plan.
struct MoreMemory(Box<Reserve>);

impl fmt::Debug for MoreMemory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MoreMemory")
    }
}

/// Why a model was not read to its end.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum Unread {
    /// It has no price.
    #[error("{0}")]
    Rejected(#[from] Reason),
    /// It has more triangles than its plan has memory for, or bodies that meet, or is an archive: let go of the plan's memory, plan
    /// it again with this allowance, and read it from its first byte.
    #[error("the model is more than planned")]
    Outgrown(Allowance),
}

/// A model that was read and measured.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredModel {
    /// The format and unit of the bytes.
    pub model: ModelInfo,
    /// The measures that every model has.
    pub geometry: Geometry,
    /// The findings that hold for every material.
    pub findings: Vec<Finding>,
    /// The measures that the quotes need.
    pub measures: Measures,
    /// The same measures in each other unit in which the model could be priced, where its unit is in doubt.
    pub other_units: Vec<(Unit, Measures)>,
}

/// A mesh with its solid.
#[derive(Debug)]
struct MeshWithSolid {
    sums: Sums,
    repaired: Option<Repaired>,
    solid: Solid,
    priced: Priced,
}

impl Appraisal {
    /// Begins to read a model as planned.
    pub(super) fn begin(plan: Plan, stop: Stop) -> Self {
        let measurer = plan.most_kept.map_or_else(Measurer::default, Measurer::keeping);
        let measurer = measurer.expecting(plan.needs.triangles.most());
        // Reserved at once: a vector that grows takes up to twice the memory that the plan counts.
        let whole_file_bytes = if plan.needs.whole_file { plan.size_bytes } else { 0 };
        let whole_file = Vec::with_capacity(usize::try_from(whole_file_bytes).unwrap_or_default());
        let more_memory = MoreMemory(Box::new(|_| false));
        Self { plan, stop, measurer, parts: ModelParts::default(), whole_file, more_memory }
    }

    /// The same, with a way to more memory than planned. A model whose bodies meet is not read again then, if memory for their union
    /// is free.
    #[must_use]
    pub fn with_more_memory(self, reserve: impl Fn(u64) -> bool + Send + Sync + 'static) -> Self {
        Self { more_memory: MoreMemory(Box::new(reserve)), ..self }
    }

    /// Reads the next bytes, in a chunk of any size. It computes: run it on a compute thread.
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), Unread> {
        for step in chunk.chunks(STEP_BYTES) {
            if let Some((digest, _)) = &mut self.plan.digest {
                digest.update(step);
            }
            if self.plan.needs.whole_file {
                self.whole_file.extend_from_slice(step);
            } else {
                self.read(|reader, sink| reader.push(step, sink))?;
            }
        }
        Ok(())
    }

    /// Ends the model and measures what needs all of it. It computes: run it on a compute thread.
    pub fn finish(self) -> Result<MeasuredModel, Unread> {
        self.finish_with_surface().map(|(model, _)| model)
    }

    /// The same with the surface, if the plan is for a [study](Plan::with_study). A mesh that is too large to be repaired has none.
    pub fn finish_with_surface(mut self) -> Result<(MeasuredModel, Option<Surface>), Unread> {
        if self.plan.needs.whole_file {
            let file = std::mem::take(&mut self.whole_file);
            self.read(|reader, sink| reader.push(&file, sink))?;
        }
        let facts = self.read(|reader, sink| reader.finish(sink))?;
        self.measure_all(facts)
    }

    /// Measures a model that was read to its end.
    fn measure_all(mut self, mut facts: FileFacts) -> Result<(MeasuredModel, Option<Surface>), Unread> {
        let unit = unit::unit(self.plan.unit, facts.unit);
        if let Some((digest, expected)) = self.plan.digest.take() {
            check_digest(&hex::encode(digest.finalize()), &expected)?;
        }
        if let (Some(found), Some(expected)) = (&facts.source_sha256, &self.plan.source_digest) {
            check_digest(found, expected)?;
        }
        let parts = std::mem::take(&mut self.parts).finish(&self.measurer);
        let measured = std::mem::take(&mut self.measurer).finish().map_err(|error| self.measure_error(error))?;
        let Some(MeasuredMesh { sums, mesh }) = measured else {
            return Err(Reason::new(RejectionCode::EmptyModel, "the file has no triangles").into());
        };
        if let Some(reason) = facts.doubt.take().filter(|_| !sums.closed()) {
            return Err(reason.into());
        }
        check_size(&sums, unit.name)?;
        let repaired = mesh.map(|mesh| self.repair(&sums, mesh)).transpose()?;
        let solid = match &repaired {
            Some(repaired) => repaired.solid,
            None => self.streamed(&sums)?,
        };
        let topology = repaired.as_ref().map(|repaired| &repaired.topology);
        let priced = Priced::of(&solid, &sums, topology, facts.exact);
        let mesh = MeshWithSolid { sums, repaired, solid, priced };
        let mut geometry = mesh.geometry(unit.name);
        parts.list_in(&mut geometry, unit.name, mesh.solid.inverted);
        let named = NamedUnits { facts: &facts, by_file_name: self.plan.unit_by_name };
        let mut findings = unit::findings(&unit, named, &geometry);
        let is_in_doubt = findings.iter().any(|finding| finding.code == FindingCode::UnitSuspicious);
        findings.append(&mut facts.findings);
        let format = self.plan.format.expect("an archive that is looked into is planned anew");
        findings.extend(self.plan.format_hints.finding(format));
        let findings =
            findings::findings(findings, &unit, &geometry, mesh.topology(), &solid, self.plan.topology_triangles);
        let derived = mesh.repaired.as_ref().and_then(|repaired| repaired.surface.as_ref()).map(Derived::of);
        let measures = self.measures(derived.as_ref(), &geometry, unit.name)?;
        let other_units =
            if is_in_doubt { self.in_other_units(&mesh, derived.as_ref(), unit.name)? } else { Vec::new() };
        drop(derived);
        let model = ModelInfo { format, unit };
        let surface = mesh.repaired.and_then(|repaired| repaired.surface);
        Ok((MeasuredModel { model, geometry, findings, measures, other_units }, surface))
    }

    /// Runs the reader with a sink that measures its triangles.
    fn read<T>(
        &mut self,
        read: impl FnOnce(&mut dyn Reader, &mut dyn Sink) -> Result<T, ReadError>,
    ) -> Result<T, Unread> {
        let Self { measurer, parts, stop, .. } = self;
        let mut sink = MeasuringSink { measurer, parts, stop, room: self.plan.room };
        read(&mut *self.plan.reader, &mut sink).map_err(|error| match error {
            ReadError::Refused(reason) => Unread::Rejected(reason),
            ReadError::Measure(error) => Unread::Rejected(self.measure_error(error)),
            ReadError::Outgrown { triangles } => Unread::Outgrown(self.plan.outgrown(triangles)),
            ReadError::Unpacked(contents) => Unread::Outgrown(self.plan.unpacked(contents)),
        })
    }

    fn repair(&self, sums: &Sums, mesh: KeptMesh) -> Result<Repaired, Unread> {
        let Self { plan, stop, .. } = self;
        let more_bytes = plan.more_for_unions_bytes;
        let has_room_for_unions = || more_bytes == 0 || (self.more_memory.0)(more_bytes);
        let options = RepairOptions { lend_surface: plan.lends_surface, has_room_for_unions: &has_room_for_unions };
        repair(sums, mesh, options, &|| stop.is_stopped()).map_err(|error| match error {
            SolidError::NoRoomForUnions => Unread::Outgrown(plan.with_unions()),
            error => no_solid(error).into(),
        })
    }

    /// The solid of a mesh that is too large to be repaired.
    fn streamed(&self, sums: &Sums) -> Result<Solid, Reason> {
        if sums.closed() {
            return solid_of_sums(sums).map_err(no_solid);
        }
        let fault = if sums.evenly_used_edges() {
            "neighbouring triangles disagree on which side is out"
        } else {
            "there are holes"
        };
        let (count, most) = (sums.triangle_count, self.plan.topology_triangles);
        let message =
            format!("{fault}, and with {count} triangles the mesh is too large to be repaired; at most {most}");
        Err(Reason::new(RejectionCode::TooLarge, message))
    }

    /// Takes the measures that the quotes need, of a mesh whose geometry is known in the unit.
    fn measures(&self, derived: Option<&Derived<'_>>, geometry: &Geometry, unit: Unit) -> Result<Measures, Reason> {
        let basic = BasicMeasures::of(geometry)?;
        Measures::take(&self.plan.demand, basic, |ask, measure| self.measure(ask, measure, derived, unit))
    }

    /// Takes the measures in each other unit, but for those in which the model has no price.
    fn in_other_units(
        &self,
        mesh: &MeshWithSolid,
        derived: Option<&Derived<'_>>,
        unit: Unit,
    ) -> Result<Vec<(Unit, Measures)>, Reason> {
        let mut others = Vec::new();
        for other in Unit::USUAL.into_iter().filter(|other| *other != unit) {
            match check_size(&mesh.sums, other).and_then(|()| self.measures(derived, &mesh.geometry(other), other)) {
                Ok(measures) => others.push((other, measures)),
                Err(reason) if reason.code == RejectionCode::JobTimeout => return Err(reason),
                Err(_) => {}
            }
        }
        Ok(others)
    }

    /// Runs a driver on the surface; the measure is in the base unit of its dimension.
    fn measure(
        &self,
        ask: &Ask,
        measure: MeasureSurface,
        derived: Option<&Derived<'_>>,
        unit: Unit,
    ) -> Result<f64, Reason> {
        let Some(derived) = derived else {
            let most = self.plan.topology_triangles;
            let message =
                format!("{} is measured on meshes of at most {most} triangles; this one has more", ask.driver.name);
            return Err(Reason::new(RejectionCode::TooLarge, message));
        };
        let stop = &self.stop;
        let stopped_early = || stop.is_stopped();
        let input =
            SurfaceInput { derived, unit_mm: unit.millimetres(), arguments: &ask.arguments, stopped: &stopped_early };
        measure(&input).map_err(|Stopped| stopped())
    }

    fn measure_error(&self, error: MeasureError) -> Reason {
        match error {
            MeasureError::Stopped => stopped(),
            MeasureError::NonFinite(place) => {
                let position = self.plan.reader.position(place);
                Reason {
                    code: RejectionCode::NonFiniteCoordinate,
                    message: format!("{place} is NaN or infinite"),
                    position,
                }
            }
        }
    }
}

impl MeshWithSolid {
    fn topology(&self) -> Option<&Topology> {
        self.repaired.as_ref().map(|repaired| &repaired.topology)
    }

    fn geometry(&self, unit: Unit) -> Geometry {
        geometry(&self.sums, self.topology(), &self.solid, &self.priced, unit)
    }
}

fn check_digest(found: &str, expected: &str) -> Result<(), Reason> {
    if found == expected {
        return Ok(());
    }
    Err(Reason::new(RejectionCode::ChecksumMismatch, format!("the bytes have the SHA-256 {found}, not {expected}")))
}
