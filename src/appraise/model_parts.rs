//! The parts of a model, each measured by itself as its triangles arrive.
//!
//! Most models are of one part. So the first is measured with the model, and costs nothing: when another begins, the sums of the
//! model so far are those of the first.

use super::geometry::bounds;
use crate::contract::{Geometry, MOST_PARTS, Part, Unit};
use crate::format::PartStart;
use crate::mesh::{MeasureError, Measurer, Sums, Triangles};

/// The most characters of a name.
const NAME_CHARS: usize = 200;

/// The parts so far.
#[derive(Debug, Default)]
pub(super) struct ModelParts {
    /// Those that have ended.
    parts: Vec<MeasuredPart>,
    /// The name of the part that the next triangles are of.
    name: String,
    exact_volume: Option<f64>,
    measuring: Measuring,
    left_out_count: u64,
}

#[derive(Debug)]
struct MeasuredPart {
    name: String,
    copies: u64,
    sums: Sums,
    /// The exact volume, in the unit of the file, if the file has more than the part's mesh.
    exact_volume: Option<f64>,
}

/// How the part that the next triangles are of is measured.
#[derive(Debug, Default)]
enum Measuring {
    /// With the model, of which it is the first part.
    #[default]
    WithModel,
    Apart(Box<Measurer>),
    /// It is a copy of one that was measured, or its triangles are not counted for another reason.
    Not,
    /// It is one too many, once it has a triangle.
    LeftOut,
}

impl ModelParts {
    /// Begins a part of the model that is being measured.
    pub fn begin(&mut self, part: PartStart<'_>, model: &Measurer) {
        self.end(model);
        self.measuring = match part {
            PartStart::CopyOf { part } => {
                // There is none if it was left out.
                if let Some(first) = self.parts.get_mut(part) {
                    first.copies += 1;
                }
                Measuring::Not
            }
            PartStart::New { .. } if self.parts.len() == MOST_PARTS => Measuring::LeftOut,
            PartStart::New { name, exact_volume } => {
                self.exact_volume = exact_volume;
                self.name = name.chars().take(NAME_CHARS).collect();
                if model.pushed_count() == 0 { Measuring::WithModel } else { Measuring::Apart(Box::default()) }
            }
        };
    }

    /// Adds triangles that were added to the model.
    pub fn push(&mut self, batch: &dyn Triangles, stopped: &(dyn Fn() -> bool + Sync)) -> Result<(), MeasureError> {
        match &mut self.measuring {
            Measuring::WithModel | Measuring::Not => {}
            Measuring::LeftOut if batch.is_empty() => {}
            Measuring::LeftOut => {
                self.left_out_count += 1;
                self.measuring = Measuring::Not;
            }
            Measuring::Apart(measurer) => match measurer.push(batch, stopped) {
                // The model is refused for it, with its place in the model, once its block is full.
                Err(MeasureError::NonFinite(_)) => self.measuring = Measuring::Not,
                result => result?,
            },
        }
        Ok(())
    }

    /// Ends the parts, before the model's measuring ends.
    pub fn finish(mut self, model: &Measurer) -> Self {
        let is_one = self.parts.is_empty() && matches!(self.measuring, Measuring::WithModel);
        if !is_one {
            self.end(model);
        }
        self
    }

    /// Ends the part that the triangles so far are of. One without triangles is none.
    fn end(&mut self, model: &Measurer) {
        let (name, exact_volume) = (std::mem::take(&mut self.name), self.exact_volume.take());
        let sums = match std::mem::replace(&mut self.measuring, Measuring::Not) {
            Measuring::WithModel => model.sums_so_far(),
            Measuring::Apart(measurer) => measurer.sums_so_far(),
            Measuring::Not | Measuring::LeftOut => None,
        };
        self.parts.extend(sums.map(|sums| MeasuredPart { name, copies: 1, sums, exact_volume }));
    }

    /// Lists the parts in the geometry of their model, unless there is one alone. `inverted` says that the model was inside out, and
    /// its parts with it.
    pub fn list_in(self, geometry: &mut Geometry, unit: Unit, inverted: bool) {
        let Self { parts, left_out_count, .. } = self;
        if let [MeasuredPart { copies: 1, .. }] | [] = parts[..] {
            return;
        }
        let (scale, sign) = (unit.millimetres(), if inverted { -1.0 } else { 1.0 });
        geometry.parts_left_out = left_out_count;
        geometry.parts.extend(parts.into_iter().map(|MeasuredPart { name, copies, sums, exact_volume }| {
            Part {
                name: Some(name).filter(|name| !name.is_empty()),
                copies,
                triangle_count: sums.triangle_count,
                // Adding 0 makes no -0.
                volume_mm3: exact_volume
                    .or_else(|| sums.closed().then_some(sign * sums.volume))
                    .map(|volume| volume * scale.powi(3) + 0.0),
                bounds_mm: bounds(&sums, scale),
            }
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::super::exact::Priced;
    use super::*;
    use crate::mesh::Triangle;

    /// A tetrahedron of volume `size`³ / 6 whose right angle is at `x` of the x axis.
    fn tetrahedron(x: f32, size: f32) -> Vec<Triangle> {
        let [o, a, b, c] = [[x, 0.0, 0.0], [x + size, 0.0, 0.0], [x, size, 0.0], [x, 0.0, size]];
        vec![[o, b, a], [o, a, c], [o, c, b], [a, b, c]]
    }

    type Batch<'a> = (Option<PartStart<'a>>, Vec<Triangle>);

    /// The parts of batches, each with the part that begins before it, where one does.
    fn listed(batches: &[Batch<'_>]) -> Geometry {
        let (mut model, mut parts) = (Measurer::default(), ModelParts::default());
        for (start, batch) in batches {
            if let Some(start) = start {
                parts.begin(*start, &model);
            }
            model.push(batch, &|| false).expect("finite numbers");
            parts.push(batch, &|| false).expect("finite numbers");
        }
        let parts = parts.finish(&model);
        let sums = model.finish().expect("finite numbers").expect("triangles").sums;
        let solid = crate::mesh::solid_of_sums(&sums).expect("closed");
        let priced = Priced::of(&solid, &sums, None, None);
        let mut geometry = super::super::geometry::geometry(&sums, None, &solid, &priced, Unit::Cm);
        parts.list_in(&mut geometry, Unit::Cm, false);
        geometry
    }

    fn new(name: &str) -> PartStart<'_> {
        PartStart::New { name, exact_volume: None }
    }

    type Row = (Option<&'static str>, u64, u64, f64);

    #[test]
    fn parts_are_listed_where_there_is_more_than_one() {
        let (small, large) = (tetrahedron(0.0, 3.0), tetrahedron(9.0, 6.0));
        let copy = Some(PartStart::CopyOf { part: 0 });
        let rows: [(&str, &[Batch<'_>], &[Row]); 7] = [
            ("no part", &[(None, small.clone())], &[]),
            ("one", &[(Some(new("a")), small.clone())], &[]),
            ("one in two batches", &[(Some(new("a")), small[..1].to_vec()), (None, small[1..].to_vec())], &[]),
            (
                "two",
                &[(Some(new("a")), small.clone()), (Some(new("b")), large.clone())],
                &[(Some("a"), 1, 4, 4500.0), (Some("b"), 1, 4, 36000.0)],
            ),
            (
                "one before the first name",
                &[(None, small.clone()), (Some(new("b")), large.clone())],
                &[(None, 1, 4, 4500.0), (Some("b"), 1, 4, 36000.0)],
            ),
            (
                "names without triangles",
                &[
                    (Some(new("a")), vec![]),
                    (Some(new("b")), small.clone()),
                    (Some(new("c")), vec![]),
                    (Some(new("d")), large.clone()),
                ],
                &[(Some("b"), 1, 4, 4500.0), (Some("d"), 1, 4, 36000.0)],
            ),
            (
                "copies",
                &[
                    (Some(new("a")), small.clone()),
                    (copy, large.clone()),
                    (Some(new("b")), large.clone()),
                    (copy, small.clone()),
                ],
                &[(Some("a"), 3, 4, 4500.0), (Some("b"), 1, 4, 36000.0)],
            ),
        ];
        for (name, batches, expected) in rows {
            let listed = listed(batches);
            let rows: Vec<Row> = listed
                .parts
                .iter()
                .map(|part| {
                    let known = expected.iter().find_map(|row| row.0.filter(|name| part.name.as_deref() == Some(name)));
                    (known, part.copies, part.triangle_count, part.volume_mm3.expect("closed").round())
                })
                .collect();
            assert_eq!((&rows[..], listed.parts_left_out), (expected, 0), "{name}");
        }
    }

    #[test]
    fn an_open_part_has_no_volume_and_its_own_bounds() {
        let [first, second] = [tetrahedron(0.0, 3.0), tetrahedron(9.0, 6.0)];
        // The last side is of another part, so that the model is closed and neither part is.
        let found = listed(&[
            (Some(new("a")), first),
            (Some(new("b")), second[..3].to_vec()),
            (Some(new("c")), second[3..].to_vec()),
        ]);
        let volumes: Vec<_> = found.parts.iter().map(|part| part.volume_mm3.is_some()).collect();
        assert_eq!(volumes, [true, false, false]);
        assert_eq!(found.parts[2].bounds_mm.min, [90.0, 0.0, 0.0]);
        assert_eq!(found.parts[2].bounds_mm.max, [150.0, 60.0, 60.0]);
    }

    #[test]
    fn an_exact_volume_is_that_of_its_part_alone() {
        let [first, second] = [tetrahedron(0.0, 3.0), tetrahedron(9.0, 6.0)];
        let exact = PartStart::New { name: "a", exact_volume: Some(4.75) };
        let found = listed(&[(Some(exact), first), (Some(new("b")), second)]);
        let volumes: Vec<_> = found.parts.iter().map(|part| part.volume_mm3).collect();
        assert_eq!(volumes, [Some(4750.0), Some(36_000.0)]);
    }

    #[test]
    fn parts_past_a_thousand_are_counted_and_names_are_short() {
        let long = "x".repeat(300);
        let batches: Vec<_> = (0..1005).map(|part| (Some(new(&long)), tetrahedron(part as f32 * 2.0, 1.0))).collect();
        let found = listed(&batches);
        assert_eq!((found.parts.len(), found.parts_left_out), (1000, 5));
        assert_eq!(found.parts[0].name.as_ref().map(String::len), Some(NAME_CHARS));
    }
}
