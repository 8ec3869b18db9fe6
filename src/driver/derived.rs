//! What several drivers need of a surface, each computed at most once, when the first one asks for it.

use std::cell::OnceCell;

use crate::measure::Hull;
use crate::mesh::{SolidMesh, Stopped, Surface};

/// A surface, with what was derived from it.
#[derive(Debug)]
pub struct Derived<'a> {
    surface: &'a Surface,
    mesh: OnceCell<SolidMesh>,
    hull: OnceCell<Option<Hull>>,
}

impl<'a> Derived<'a> {
    /// The most memory of the mesh and its hull for each triangle of the file, in bytes.
    pub const HULL_BYTES_PER_TRIANGLE: u64 = SolidMesh::BYTES_PER_TRIANGLE
        + SolidMesh::MOST_POINTS_PER_TRIANGLE * (size_of::<[f64; 3]>() as u64 + Hull::BYTES_PER_POINT);

    /// A surface of which nothing was derived yet.
    pub fn of(surface: &'a Surface) -> Self {
        Self { surface, mesh: OnceCell::new(), hull: OnceCell::new() }
    }

    /// The surface itself.
    pub fn surface(&self) -> &'a Surface {
        self.surface
    }

    /// The surface as one mesh.
    pub fn mesh(&self) -> &SolidMesh {
        self.mesh.get_or_init(|| self.surface.to_solid_mesh())
    }

    /// The convex hull of the solid; none if rounding left it no volume.
    pub fn hull(&self, stopped: &(dyn Fn() -> bool + Sync)) -> Result<Option<&Hull>, Stopped> {
        if self.hull.get().is_none() {
            let hull = Hull::of(&self.mesh().used_points(), stopped)?;
            return Ok(self.hull.get_or_init(|| hull).as_ref());
        }
        Ok(self.hull.get().and_then(Option::as_ref))
    }
}
