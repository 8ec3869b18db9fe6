//! The instance of an object in a constellation: scaled, turned about x, then y, then z, and moved.

use nalgebra::{Matrix3, Rotation3, Vector3};

use super::error::AmfError;
use crate::format::shown::shown;
use crate::format::transform::Transform;

/// The numbers of an instance: those of AMF, and the scales and mirrors of `PrusaSlicer`.
const NUMBERS: [&str; 14] = [
    "deltax",
    "deltay",
    "deltaz",
    "rx",
    "ry",
    "rz",
    "scale",
    "scalex",
    "scaley",
    "scalez",
    "mirrorx",
    "mirrory",
    "mirrorz",
    "printable",
];

/// An object that is placed.
#[derive(Debug, Clone)]
pub(super) struct Instance {
    /// The id of the object or the constellation.
    pub id: u32,
    delta: [f64; 3],
    degrees: [f64; 3],
    scale: f64,
    scales: [f64; 3],
    mirrors: [f64; 3],
    pub is_printed: bool,
}

impl Default for Instance {
    fn default() -> Self {
        Self {
            id: 0,
            delta: [0.0; 3],
            degrees: [0.0; 3],
            scale: 1.0,
            scales: [1.0; 3],
            mirrors: [0.0; 3],
            is_printed: true,
        }
    }
}

impl Instance {
    /// An object where it was drawn.
    pub fn of(id: u32) -> Self {
        Self { id, ..Self::default() }
    }

    /// The number that an element has, if it is one of an instance.
    pub fn number_named(name: &str) -> Option<&'static str> {
        NUMBERS.iter().find(|number| **number == name).copied()
    }

    /// Sets a number.
    pub fn set(&mut self, name: &'static str, text: &str) -> Result<(), AmfError> {
        let text = text.trim();
        let number: Option<f64> = fast_float2::parse(text).ok().filter(|number: &f64| number.is_finite());
        let found = || shown(text.as_bytes());
        let number =
            number.ok_or_else(|| AmfError::Value { what: name, expected: "a finite number", found: found() })?;
        let is_scale = name.starts_with("scale");
        if is_scale && number == 0.0 {
            return Err(AmfError::Value { what: name, expected: "a scale other than 0", found: found() });
        }
        match name {
            "deltax" => self.delta[0] = number,
            "deltay" => self.delta[1] = number,
            "deltaz" => self.delta[2] = number,
            "rx" => self.degrees[0] = number,
            "ry" => self.degrees[1] = number,
            "rz" => self.degrees[2] = number,
            "scale" => self.scale = number,
            "scalex" => self.scales[0] = number,
            "scaley" => self.scales[1] = number,
            "scalez" => self.scales[2] = number,
            "mirrorx" => self.mirrors[0] = number,
            "mirrory" => self.mirrors[1] = number,
            "mirrorz" => self.mirrors[2] = number,
            _ => self.is_printed = number != 0.0,
        }
        Ok(())
    }

    pub fn transform(&self) -> Transform {
        let [x, y, z] = self.degrees;
        let scales = [0, 1, 2].map(|axis| {
            let mirror = if self.mirrors[axis] == 1.0 { -1.0 } else { 1.0 };
            self.scale * self.scales[axis] * mirror
        });
        let about = |axis, degrees| turn(axis, degrees);
        let linear = about(Vector3::z_axis(), z)
            * about(Vector3::y_axis(), y)
            * about(Vector3::x_axis(), x)
            * Matrix3::from_diagonal(&scales.into());
        let column = |axis: usize| linear.column(axis).into_owned().into();
        Transform::of_columns([column(0), column(1), column(2), self.delta])
    }
}

/// The turn about an axis. No turn, and each by right angles, is exact.
fn turn(axis: nalgebra::Unit<Vector3<f64>>, degrees: f64) -> Matrix3<f64> {
    let turned = Rotation3::from_axis_angle(&axis, degrees.to_radians()).into_inner();
    if degrees % 90.0 == 0.0 { turned.map(f64::round) } else { turned }
}
