//! The findings about a model that hold for every material: facts of its geometry as sentences.

use crate::contract::{Finding, FindingCode, Geometry, Severity, UnitInfo};
use crate::mesh::{Overlaps, Solid, Topology};

/// Adds the findings about the geometry to those about the file and its unit.
pub(super) fn findings(
    others: Vec<Finding>,
    unit: &UnitInfo,
    geometry: &Geometry,
    topology: Option<&Topology>,
    solid: &Solid,
    topology_triangles: u64,
) -> Vec<Finding> {
    let mut findings = Findings(others);
    match topology {
        Some(topology) => findings.topology(topology, unit),
        None => findings.topology_skipped(geometry.triangle_count, topology_triangles),
    }
    findings.overlaps(&solid.overlaps, unit);
    if solid.inverted {
        findings.add(
            FindingCode::InvertedMesh,
            Severity::Warning,
            "the whole mesh was inside out; it was turned".into(),
        );
    }
    let degenerate = geometry.degenerate_triangle_count;
    if degenerate > 0 {
        let message = format!("{} no area", counted(degenerate, "triangle has", "triangles have"));
        findings.add(FindingCode::DegenerateTriangles, Severity::Info, message);
    }
    findings.0.sort_by_key(|finding| finding.code);
    findings.0
}

struct Findings(Vec<Finding>);

impl Findings {
    fn add(&mut self, code: FindingCode, severity: Severity, message: String) {
        self.0.push(Finding { code, severity, message });
    }

    /// The shells of such a mesh may overlap or nest, so that its volume may be wrong: hence the review.
    fn topology_skipped(&mut self, triangle_count: u64, most: u64) {
        let message = format!(
            "the mesh has {triangle_count} triangles, and at most {most} are examined whole: its shells are not counted, and \
             multiple_shells, overlapping_shells and non_manifold_edges would not be found"
        );
        self.add(FindingCode::TopologySkipped, Severity::Review, message);
    }

    fn topology(&mut self, topology: &Topology, unit: &UnitInfo) {
        let scale = unit.name.millimetres();
        if let Some((holes, area)) = topology.holes {
            let area = significant(area * scale * scale);
            let message =
                format!("{} closed to measure the volume, with {area} mm2", counted(holes, "hole was", "holes were"));
            self.add(FindingCode::OpenMesh, Severity::Review, message);
        }
        if let Some((merged, tolerance)) = topology.welded {
            let tolerance = significant(tolerance * scale);
            let message = format!(
                "{} within {tolerance} mm of another, or of an edge, and merged",
                counted(merged, "vertex was", "vertices were")
            );
            self.add(FindingCode::NearVerticesWelded, Severity::Info, message);
        }
        if topology.turned_triangle_count > 0 || topology.turned_body_count > 0 {
            let triangles = counted(topology.turned_triangle_count, "triangle", "triangles");
            let shells = counted(topology.turned_body_count, "shell", "shells");
            let message = format!("{triangles} and {shells} faced the wrong way; they were turned");
            self.add(FindingCode::WindingRepaired, Severity::Warning, message);
        }
        if topology.duplicate_count > 0 {
            let triangles = counted(topology.duplicate_count, "triangle lies", "triangles lie");
            let message = format!("{triangles} where another one lies; each was left out");
            self.add(FindingCode::DuplicateTriangles, Severity::Info, message);
        }
        if topology.non_manifold_edge_count > 0 {
            let edges = counted(topology.non_manifold_edge_count, "edge is", "edges are");
            let message = format!("{edges} used by three or more triangles");
            self.add(FindingCode::NonManifoldEdges, Severity::Warning, message);
        }
        self.shells(topology);
    }

    fn shells(&mut self, topology: &Topology) {
        if topology.shell_count > 1 {
            let cavities = match topology.cavity_count {
                0 => String::new(),
                count => format!("; {}, subtracted", counted(count, "is a cavity", "are cavities")),
            };
            let absorbed = match topology.absorbed_count {
                0 => String::new(),
                1 => "; 1 lies inside a solid and adds nothing".into(),
                count => format!("; {count} lie inside solids and add nothing"),
            };
            let message = format!("{} shells{cavities}{absorbed}", topology.shell_count);
            self.add(FindingCode::MultipleShells, Severity::Info, message);
        }
    }

    fn overlaps(&mut self, overlaps: &Overlaps, unit: &UnitInfo) {
        let pairs = counted(overlaps.pair_count, "pair of shells overlaps", "pairs of shells overlap");
        let selves = counted(overlaps.self_count, "shell crosses itself", "shells cross themselves");
        let who = match (overlaps.pair_count, overlaps.self_count) {
            (0, 0) if overlaps.most_off.is_none() => return,
            (0, 0) => "shells may overlap".into(),
            (_, 0) => pairs,
            (0, _) => selves,
            _ => format!("{pairs}, {selves}"),
        };
        let volume_mm3 = |volume: f64| significant(volume * unit.name.millimetres().powi(3));
        let (severity, message) = match overlaps.most_off {
            None => {
                let shared = volume_mm3(overlaps.shared_volume);
                (Severity::Info, format!("{who}; the {shared} mm3 that they share are counted once"))
            }
            Some(most_off) => {
                let most_off = volume_mm3(most_off);
                let message =
                    format!("{who}; what they share is not known, and the volume may be off by up to {most_off} mm3");
                (Severity::Review, message)
            }
        };
        self.add(FindingCode::OverlappingShells, severity, message);
    }
}

fn counted(count: u64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

/// A length, an area or a volume with three significant digits.
pub(super) fn significant(value: f64) -> String {
    match value.abs() {
        0.0 => "0".into(),
        100.0..1e9 => format!("{value:.0}"),
        10.0..100.0 => format!("{value:.1}"),
        1.0..10.0 => format!("{value:.2}"),
        0.1..1.0 => format!("{value:.3}"),
        0.001..0.1 => format!("{value:.4}"),
        _ => format!("{value:.2e}"),
    }
}
