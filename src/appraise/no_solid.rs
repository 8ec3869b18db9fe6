//! The rejection of a mesh that has no solid, or whose measuring was stopped.

use crate::contract::{Reason, RejectionCode};
use crate::mesh::{MOST_LOOSE, SolidError};

/// The rejection of a model whose computation was stopped.
pub fn stopped() -> Reason {
    Reason::new(RejectionCode::JobTimeout, "the job took longer than it may")
}

pub(super) fn no_solid(error: SolidError) -> Reason {
    let message = match error {
        SolidError::Stopped => return stopped(),
        SolidError::NoRoomForUnions => "there is no memory for the union of bodies that meet".into(),
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
