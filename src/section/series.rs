//! Sums over layers of what each triangle adds to many of them: constants, and functions that are linear or quadratic in the layer.
//!
//! A triangle as high as the part would add to every layer. Here it adds its first value and the differences to the next ones where
//! it begins, and takes them away where it ends, so that any triangle takes a few steps, and a pass over the layers adds all up. All
//! is in whole numbers: what was added is taken away to the last bit, and the order of the triangles does not matter. A difference
//! may overflow, of a triangle that ends at once: all is modulo 2^128, and sums that are in range are right even so.

use std::num::Wrapping;

/// The bits behind the point. A quadratic function over 2^16 layers multiplies the error of its second difference by 2^31; with 2^28
/// triangles that add at most one each, 36 bits are before the point.
const FRACTION_BITS: i32 = 90;

/// A sum for each layer.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Series {
    /// What is added to the sum, to its first and to its second difference, from a layer on.
    steps: Vec<[Wrapping<i128>; 3]>,
    /// What a number is multiplied by to become a whole one.
    scale: f64,
    unit: f64,
}

impl Series {
    /// A series of zeros. `unit` is more than any one triangle adds to a layer.
    pub fn new(layer_count: u32, unit: f64) -> Self {
        let scale = f64::from(FRACTION_BITS).exp2();
        Self { steps: vec![[Wrapping(0); 3]; layer_count as usize], scale, unit }
    }

    /// The memory of a series for each layer, in bytes.
    pub const BYTES_PER_LAYER: usize = size_of::<[i128; 3]>();

    fn fixed(&self, number: f64) -> Wrapping<i128> {
        Wrapping((number / self.unit * self.scale) as i128)
    }

    /// Adds a number to each layer from `from` on.
    pub fn add_from(&mut self, from: u32, number: f64) {
        let fixed = self.fixed(number);
        if let Some(step) = self.steps.get_mut(from as usize) {
            step[0] += fixed;
        }
    }

    /// Adds to the layers from `from` to before `to` a polynomial in the number of layers since `from`: the coefficients of the powers
    /// 0, 1 and 2.
    pub fn add(&mut self, from: u32, to: u32, [constant, linear, quadratic]: [f64; 3]) {
        if from >= to {
            return;
        }
        let begin = [constant, linear + quadratic, 2.0 * quadratic].map(|number| self.fixed(number));
        let length = i128::from(to - from);
        let (length, pairs) = (Wrapping(length), Wrapping(length * (length - 1) / 2));
        let end = [begin[0] + begin[1] * length + begin[2] * pairs, begin[1] + begin[2] * length, begin[2]];
        for (step, number) in self.steps[from as usize].iter_mut().zip(begin) {
            *step += number;
        }
        if let Some(steps) = self.steps.get_mut(to as usize) {
            for (step, number) in steps.iter_mut().zip(end) {
                *step -= number;
            }
        }
    }

    /// Adds another series of as many layers and the same unit.
    pub fn merge(&mut self, other: &Self) {
        for (steps, others) in self.steps.iter_mut().zip(&other.steps) {
            for (step, other) in steps.iter_mut().zip(others) {
                *step += other;
            }
        }
    }

    /// The sum of each layer.
    pub fn sums(&self) -> impl Iterator<Item = f64> {
        let mut state = [Wrapping(0_i128); 3];
        self.steps.iter().map(move |[constant, linear, quadratic]| {
            let [sum, first, second] = &mut state;
            *sum += *first;
            *first += *second;
            *sum += constant;
            *first += linear;
            *second += quadratic;
            sum.0 as f64 / self.scale * self.unit
        })
    }
}
