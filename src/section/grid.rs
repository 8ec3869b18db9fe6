//! The layers of a part, and the planes that cut them.

use thiserror::Error;

/// The most layers that a part is cut into. A metre has as many at 0.015 mm.
pub const MOST_LAYERS: u32 = 1 << 16;

/// How far a part may reach above the last plane without a layer of its own, as a share of a layer: what rounding of the height adds.
const ROUNDING: f64 = 1e-9;

/// Layers of one height, from the lowest point of a part up. Each is cut half a layer below its top, as slicers do, and a part has no
/// layer that its top does not reach the plane of.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct LayerGrid {
    /// The height of the first plane.
    first_plane: f64,
    bottom: f64,
    top: f64,
    height: f64,
    count: u32,
}

/// Why a part cannot be cut so.
#[derive(Debug, Clone, PartialEq, Error)]
pub enum GridError {
    /// The height of a layer is no length.
    #[error("a layer must be higher than nothing")]
    Height,
    /// The first layer would be cut below the part.
    #[error("the first layer must be higher than half of the others")]
    FirstHeight,
    /// There are too many layers.
    #[error("the part would have more than {most} layers; the least layer height for it is {least_height}")]
    TooMany {
        /// The most layers.
        most: u32,
        /// The least height of a layer, in the unit of the mesh.
        least_height: f64,
    },
}

impl LayerGrid {
    /// The layers of a part between two heights; the first layer may have another height than the others.
    pub fn new([bottom, top]: [f64; 2], height: f64, first_height: f64) -> Result<Self, GridError> {
        if !(height > 0.0 && height.is_finite()) {
            return Err(GridError::Height);
        }
        let to_plane = first_height - height / 2.0;
        if !(to_plane > 0.0 && to_plane.is_finite()) {
            return Err(GridError::FirstHeight);
        }
        // A part that ends below the first plane is cut in its middle.
        let first_plane = bottom + to_plane.min((top - bottom) / 2.0);
        let count = ((top - first_plane) / height - ROUNDING).ceil().max(1.0);
        if count > f64::from(MOST_LAYERS) {
            let least_height = (top - bottom) / f64::from(MOST_LAYERS - 1);
            return Err(GridError::TooMany { most: MOST_LAYERS, least_height });
        }
        Ok(Self { first_plane, bottom, top, height, count: rounded_up(count) })
    }

    /// The number of layers.
    pub fn count(&self) -> u32 {
        self.count
    }

    /// The height of a layer; the first may have another.
    pub fn height(&self) -> f64 {
        self.height
    }

    /// The height of the plane that cuts a layer.
    pub fn plane(&self, layer: u32) -> f64 {
        self.first_plane + f64::from(layer) * self.height
    }

    /// The thickness of a layer, of which the last ends with the part.
    pub fn thickness(&self, layer: u32) -> f64 {
        let upper = |layer: u32| self.plane(layer) + self.height / 2.0;
        let below = if layer == 0 { self.bottom } else { upper(layer - 1) };
        let above = if layer + 1 == self.count { self.top } else { upper(layer) };
        above - below
    }

    /// The thickness between a plane and the one below it: of the first, that below it; of one more than there are, that above the last.
    pub(super) fn gap(&self, plane: u32) -> f64 {
        let below = if plane == 0 { self.bottom } else { self.plane(plane - 1) };
        let above = if plane == self.count { self.top } else { self.plane(plane) };
        (above - below).max(0.0)
    }

    /// A height as a number of layers above the first plane: that of the plane of layer 5 is 5.
    pub(super) fn level(&self, height: f64) -> f64 {
        (height - self.first_plane) / self.height
    }

    /// The first plane that a level is not above, as the number of its layer; the count of layers above the last.
    pub(super) fn first_plane_above(&self, level: f64) -> u32 {
        rounded_up(level).min(self.count)
    }
}

#[allow(clippy::cast_sign_loss, reason = "a level below the first plane becomes 0, as it should")]
fn rounded_up(number: f64) -> u32 {
    number.ceil() as u32
}
