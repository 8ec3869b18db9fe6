//! What a person should know about a CAD file, beside its mesh.

use super::record::{ExactRecord, LeftOutRecord, Meshes, SolidRecord};
use crate::contract::{Finding, FindingCode, Severity};
use crate::format::shown::plain;

/// The most that a mesh encloses more or less than its solid, as a share of it, before a person looks at it.
const LARGEST_DIFFERENCE: f64 = 0.01;
/// The letters of a name that a finding shows.
const LONGEST_SHOWN: usize = 40;
/// The most solids that one finding names.
const MOST_NAMED: usize = 3;

/// Collects what is to be said.
#[derive(Debug, Default)]
pub(super) struct Notes {
    differing: Named,
    inside_out: Named,
    without_exact: Named,
    left_out: Vec<LeftOutRecord>,
}

/// Solids of which the first few are named.
#[derive(Debug, Default)]
struct Named {
    count: u64,
    first: Vec<String>,
}

impl Notes {
    /// Notes what is to be said of a solid of a file whose boundaries are known.
    pub fn solid(&mut self, solid: &SolidRecord) {
        let name = if solid.name.is_empty() {
            "one without a name".into()
        } else {
            format!("`{}`", plain(&solid.name, LONGEST_SHOWN))
        };
        match solid.exact {
            None => self.without_exact.add(name),
            Some(ExactRecord { volume, mesh_volume, .. }) => {
                let off = (mesh_volume - volume).abs() / volume.abs();
                // A share that is no number, of a solid without volume, is a difference as well.
                let is_alike = off <= LARGEST_DIFFERENCE;
                if !is_alike {
                    self.differing.add(format!("{name} by {:.2}%", off * 100.0));
                }
                if volume < 0.0 {
                    self.inside_out.add(name);
                }
            }
        }
    }

    /// Notes what was left out.
    pub fn left_out(&mut self, record: LeftOutRecord) {
        self.left_out.push(record);
    }

    /// The findings.
    pub fn findings(&self, meshes: Meshes) -> Vec<Finding> {
        let mut findings = Vec::new();
        let mut add = |code, severity, message| findings.push(Finding { code, severity, message });
        if let Some(who) = self.differing.text() {
            let message = format!("the mesh of a solid encloses another volume than its faces: {who}");
            add(FindingCode::ExactVolumeDiffers, Severity::Review, message);
        }
        if let Some(who) = self.inside_out.text() {
            add(FindingCode::SolidInsideOut, Severity::Review, format!("a solid is inside out, and was turned: {who}"));
        }
        match meshes {
            Meshes::Tessellated => {
                if let Some(who) = self.without_exact.text() {
                    let message = format!("a solid has no exact volume, so that the price stands on its mesh: {who}");
                    add(FindingCode::ExactVolumeDiffers, Severity::Review, message);
                }
            }
            Meshes::Render => {
                let message = "the solids of the file are measured by their render meshes, which may be coarse; STEP has \
                               the solids themselves";
                add(FindingCode::RenderMesh, Severity::Review, message.into());
            }
            Meshes::Own => {}
        }
        for LeftOutRecord { what, count } in &self.left_out {
            let message = format!("{count} {} of the file are no solid and were left out", plain(what, LONGEST_SHOWN));
            add(FindingCode::LeftOut, Severity::Warning, message);
        }
        findings
    }
}

impl Named {
    fn add(&mut self, name: String) {
        self.count += 1;
        if self.first.len() < MOST_NAMED {
            self.first.push(name);
        }
    }

    fn text(&self) -> Option<String> {
        let more = self.count - self.first.len() as u64;
        let first = self.first.join(", ");
        match (self.count, more) {
            (0, _) => None,
            (_, 0) => Some(first),
            _ => Some(format!("{first} and {more} more")),
        }
    }
}
