//! Scenes: objects that are placed, once or many times, by a model or by one another.
//!
//! A reader makes a [`Scene`] of what its file defines, in any order, and has it [counted](Scene::count) and
//! [given](CountedScene::give) to the sink. Counting multiplies: a tower of thirty objects, of which each is placed twice in the next,
//! has 2³⁰ copies of the lowest and takes thirty steps. So a file of too many triangles is refused before one of them is made. What
//! is not placed counts nothing.
//!
//! No triangle of a copy is kept: each is made from its mesh when the sink asks for it, by the thread that measures it.

use std::ops::Range;

use thiserror::Error;

use super::transform::Transform;
use super::{PartStart, ReadError, Sink};
use crate::contract::{Reason, RejectionCode};
use crate::mesh::{Triangle, Triangles};

/// The most triangles that a scene has, if it was not read from more bytes: half a second for two threads.
const MOST_TRIANGLES: u64 = 1 << 24;
/// The most placements that are gone through, those within each copy of a group included.
const MOST_PLACEMENTS: u64 = 1 << 20;
/// The most objects within one another.
const MOST_DEPTH: u32 = 1 << 10;

/// The objects that a file defines, and those that it places. `M` is a mesh as the reader has it.
#[derive(Debug)]
pub(super) struct Scene<M> {
    pub objects: Vec<Object<M>>,
    /// What the model is made of.
    pub placed: Vec<Placement>,
}

/// An object.
#[derive(Debug)]
pub(super) struct Object<M> {
    /// Its name in the file; empty if it has none. The mesh of an object is a part of this name.
    pub name: String,
    pub shape: Shape<M>,
}

/// What an object is made of.
#[derive(Debug)]
pub(super) enum Shape<M> {
    Mesh(M),
    /// Other objects, placed in this one.
    Group(Vec<Placement>),
}

/// An object at its place in the model, or in another object.
#[derive(Debug, Clone, Copy)]
pub(super) struct Placement {
    /// The number of the object, which must be there.
    pub object: usize,
    pub transform: Transform,
}

/// Why a scene is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum SceneError {
    /// An object is placed within itself, directly or by others. The reader knows how its format names objects.
    #[error("object {object} contains itself")]
    Cycle {
        /// Its number.
        object: usize,
    },
    /// Objects are within one another too deeply.
    #[error("objects are nested more than {MOST_DEPTH} deep: save the model as one mesh")]
    TooDeep,
    /// The copies have too many triangles.
    #[error("with all copies of its objects the model has {}{count} triangles; at most {most} are priced", at_least(*.count))]
    TooManyTriangles {
        /// Their number; `u64::MAX` if there are as many or more.
        count: u64,
        /// The most that are measured.
        most: u64,
    },
    /// There are too many copies.
    #[error("the model has {}{count} copies of its objects; at most {MOST_PLACEMENTS} are priced", at_least(*.count))]
    TooManyPlacements {
        /// Their number; `u64::MAX` if there are as many or more.
        count: u64,
    },
}

fn at_least(count: u64) -> &'static str {
    if count == u64::MAX { "more than " } else { "" }
}

/// A scene that is known to end, and its size.
#[derive(Debug)]
pub(super) struct CountedScene<'a, M> {
    scene: &'a Scene<M>,
    tallies: Vec<Tally>,
    total: Tally,
}

/// What an object holds with all that is placed in it.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    triangles: u64,
    placements: u64,
    depth: u32,
}

/// How far the counting of an object is.
#[derive(Debug, Clone, Copy)]
enum Counting {
    NotBegun,
    /// Its placements are being gone through.
    Begun,
    Done(Tally),
}

impl<M: Triangles> Scene<M> {
    /// Counts what is placed. Each object is looked at once, however often it is placed. It was read from so many bytes, of which
    /// each may make a triangle: a longer file takes longer.
    pub fn count(&self, read_bytes: u64) -> Result<CountedScene<'_, M>, SceneError> {
        let mut counting = vec![Counting::NotBegun; self.objects.len()];
        let mut total = Tally::default();
        for placement in &self.placed {
            total.add(self.count_object(placement.object, &mut counting)?)?;
        }
        let most = MOST_TRIANGLES.max(read_bytes);
        if total.triangles > most {
            return Err(SceneError::TooManyTriangles { count: total.triangles, most });
        }
        if total.placements > MOST_PLACEMENTS {
            return Err(SceneError::TooManyPlacements { count: total.placements });
        }
        Ok(CountedScene { scene: self, tallies: counting.into_iter().map(Counting::tally).collect(), total })
    }

    /// Counts an object and all below it, with a path in place of recursion: a file may nest deeper than the stack.
    fn count_object(&self, object: usize, counting: &mut [Counting]) -> Result<Tally, SceneError> {
        let mut path = vec![Open::of(object)];
        while let Some(open) = path.last_mut() {
            let object = open.object;
            let next = match (&counting[object], &self.objects[object].shape) {
                (Counting::Done(_), _) => None,
                (_, Shape::Mesh(mesh)) => {
                    open.tally.triangles = mesh.len() as u64;
                    None
                }
                (_, Shape::Group(placements)) => placements.get(open.next),
            };
            let Some(placement) = next else {
                if !matches!(counting[object], Counting::Done(_)) {
                    counting[object] = Counting::Done(open.tally);
                }
                path.pop();
                continue;
            };
            counting[object] = Counting::Begun;
            match counting[placement.object] {
                Counting::Done(tally) => {
                    open.tally.add(tally)?;
                    open.next += 1;
                }
                Counting::Begun => return Err(SceneError::Cycle { object: placement.object }),
                Counting::NotBegun => path.push(Open::of(placement.object)),
            }
        }
        Ok(counting[object].tally())
    }
}

/// An object whose placements are gone through.
struct Open {
    object: usize,
    next: usize,
    tally: Tally,
}

impl Open {
    fn of(object: usize) -> Self {
        Self { object, next: 0, tally: Tally::default() }
    }
}

impl Counting {
    fn tally(self) -> Tally {
        if let Self::Done(tally) = self { tally } else { Tally::default() }
    }
}

impl Tally {
    /// Adds an object that is placed in this one. What has no triangle is not gone through, and adds nothing.
    fn add(&mut self, placed: Self) -> Result<(), SceneError> {
        if placed.triangles == 0 {
            return Ok(());
        }
        self.triangles = self.triangles.saturating_add(placed.triangles);
        self.placements = self.placements.saturating_add(placed.placements).saturating_add(1);
        self.depth = self.depth.max(placed.depth + 1);
        if self.depth > MOST_DEPTH { Err(SceneError::TooDeep) } else { Ok(()) }
    }
}

impl<M: Triangles> CountedScene<'_, M> {
    /// The number of triangles, those of each copy included.
    pub fn triangle_count(&self) -> u64 {
        self.total.triangles
    }

    /// Gives all triangles to a sink: copy by copy, in the order in which the file places them.
    pub fn give(&self, sink: &mut dyn Sink) -> Result<(), ReadError> {
        sink.expect(self.total.triangles)?;
        let mut parts = Parts { of_object: vec![None; self.tallies.len()], count: 0 };
        let mut path = vec![(&self.scene.placed[..], Transform::IDENTITY)];
        while let Some((placements, outer)) = path.last_mut() {
            let Some((placement, rest)) = placements.split_first() else {
                path.pop();
                continue;
            };
            *placements = rest;
            let Placement { object, transform } = placement;
            if self.tallies[*object].triangles == 0 {
                continue;
            }
            let transform = outer.after(transform);
            let Object { name, shape } = &self.scene.objects[*object];
            match shape {
                Shape::Group(placements) => path.push((placements, transform)),
                Shape::Mesh(mesh) => {
                    sink.part(parts.begin(*object, name));
                    sink.triangles(&Copied { mesh, transform })?;
                }
            }
        }
        Ok(())
    }
}

/// The parts so far.
struct Parts {
    of_object: Vec<Option<usize>>,
    count: usize,
}

impl Parts {
    fn begin<'a>(&mut self, object: usize, name: &'a str) -> PartStart<'a> {
        if let Some(part) = self.of_object[object] {
            return PartStart::CopyOf { part };
        }
        self.of_object[object] = Some(self.count);
        self.count += 1;
        PartStart::New { name, exact_volume: None }
    }
}

/// A copy of a mesh.
pub(super) struct Copied<'a, M> {
    pub mesh: &'a M,
    pub transform: Transform,
}

impl<M: Triangles> Triangles for Copied<'_, M> {
    fn len(&self) -> usize {
        self.mesh.len()
    }

    fn append(&self, range: Range<usize>, to: &mut Vec<Triangle>) {
        let before = to.len();
        self.mesh.append(range, to);
        self.transform.apply(&mut to[before..]);
    }
}

impl From<SceneError> for Reason {
    fn from(error: SceneError) -> Self {
        let code = match error {
            SceneError::Cycle { .. } => RejectionCode::Malformed,
            SceneError::TooDeep => RejectionCode::UnsupportedFeature,
            SceneError::TooManyTriangles { .. } | SceneError::TooManyPlacements { .. } => RejectionCode::TooLarge,
        };
        Self::new(code, error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::reading::Kept;
    use super::*;

    const CORNER: Triangle = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];

    fn moved(object: usize, [x, y, z]: [f64; 3]) -> Placement {
        let columns = [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [x, y, z]];
        Placement { object, transform: Transform::of_columns(columns) }
    }

    fn at(object: usize) -> Placement {
        Placement { object, transform: Transform::IDENTITY }
    }

    fn mesh(name: &str, count: usize) -> Object<Vec<Triangle>> {
        Object { name: name.into(), shape: Shape::Mesh(vec![CORNER; count]) }
    }

    fn group(placements: &[Placement]) -> Object<Vec<Triangle>> {
        Object { name: String::new(), shape: Shape::Group(placements.to_vec()) }
    }

    /// A tower: each object is placed twice in the next, and the highest is the model.
    fn tower(height: usize, lowest: Object<Vec<Triangle>>) -> Scene<Vec<Triangle>> {
        let mut objects = vec![lowest];
        objects.extend((0..height).map(|below| group(&[at(below), at(below)])));
        Scene { objects, placed: vec![at(height)] }
    }

    fn refused(scene: &Scene<Vec<Triangle>>) -> Option<SceneError> {
        scene.count(0).err()
    }

    #[test]
    fn copies_are_given_in_the_order_of_the_file_and_parts_begin_once() {
        let pair = group(&[moved(0, [10.0, 0.0, 0.0]), moved(1, [0.0, 10.0, 0.0])]);
        let objects = vec![mesh("link", 1), mesh("", 2), pair, mesh("not placed", 5)];
        let scene = Scene { objects, placed: vec![at(2), moved(0, [0.0, 0.0, 1.0]), moved(2, [0.0, 0.0, 5.0])] };
        let counted = scene.count(0).expect("a scene without cycles");
        let mut kept = Kept::default();
        counted.give(&mut kept).expect("room");
        assert_eq!((counted.triangle_count(), kept.expected), (7, 7));
        assert_eq!(kept.parts, ["link", "", "copy of 0", "copy of 0", "copy of 1"]);
        let firsts: Vec<_> = kept.triangles.iter().map(|triangle| triangle[0]).collect();
        let in_pair = |z: f32| [[11.0, 0.0, z], [1.0, 10.0, z], [1.0, 10.0, z]];
        assert_eq!(firsts, [&in_pair(0.0)[..], &[[1.0, 0.0, 1.0]], &in_pair(5.0)].concat());
    }

    #[test]
    fn what_never_ends_or_is_too_much_is_refused_without_a_walk() {
        use SceneError::{Cycle, TooDeep, TooManyPlacements, TooManyTriangles};
        let in_itself = Scene { objects: vec![group(&[at(0)])], placed: vec![at(0)] };
        let ring = Scene { objects: vec![group(&[at(1)]), group(&[at(2)]), group(&[at(0)])], placed: vec![at(1)] };
        let unplaced_ring = Scene { objects: vec![group(&[at(0)]), mesh("", 1)], placed: vec![at(1)] };
        let mut chain = Scene { objects: vec![mesh("", 1)], placed: Vec::new() };
        chain.objects.extend((0..200_000).map(|below| group(&[at(below)])));
        let chain_of = |height: usize| Scene { placed: vec![at(height)], ..chain_with(height) };
        chain.placed = vec![at(200_000)];
        let most = MOST_TRIANGLES;
        let rows = [
            ("within itself", in_itself, Some(Cycle { object: 0 })),
            ("a ring", ring, Some(Cycle { object: 1 })),
            ("a ring that is not placed", unplaced_ring, None),
            ("a tower", tower(10, mesh("", 3)), None),
            ("a tower of triangles", tower(18, mesh("", 1000)), Some(TooManyTriangles { count: 1000 << 18, most })),
            ("a tower above all numbers", tower(70, mesh("", 1)), Some(TooManyTriangles { count: u64::MAX, most })),
            ("a tower of nothing", tower(70, mesh("", 0)), None),
            ("a tower of copies", tower(21, mesh("", 1)), Some(TooManyPlacements { count: (2 << 21) - 1 })),
            ("a deep chain", chain_of(MOST_DEPTH as usize - 1), None),
            ("too deep a chain", chain_of(MOST_DEPTH as usize), Some(TooDeep)),
            ("deeper than the stack", chain, Some(TooDeep)),
            ("nothing", Scene { objects: Vec::new(), placed: Vec::new() }, None),
        ];
        for (name, scene, expected) in rows {
            assert_eq!(refused(&scene), expected, "{name}");
        }
    }

    fn chain_with(height: usize) -> Scene<Vec<Triangle>> {
        let mut objects = vec![mesh("", 1)];
        objects.extend((0..height).map(|below| group(&[at(below)])));
        Scene { objects, placed: Vec::new() }
    }

    #[test]
    fn what_has_no_triangle_is_not_walked() {
        let mut kept = Kept::default();
        tower(70, mesh("", 0)).count(0).expect("nothing is placed").give(&mut kept).expect("room");
        assert!(kept.triangles.is_empty() && kept.parts.is_empty());
    }

    proptest! {
        /// Objects that place only those before them, by the sum over all paths.
        #[test]
        fn counts_are_those_of_a_walk(groups in prop::collection::vec(prop::collection::vec(any::<prop::sample::Index>(), 0..4), 1..7)) {
            let mut objects = vec![mesh("a", 1), mesh("b", 2)];
            for places in groups {
                let placed: Vec<_> = places.iter().map(|place| moved(place.index(objects.len()), [1.0, 2.0, 3.0])).collect();
                objects.push(group(&placed));
            }
            let scene = Scene { placed: vec![at(objects.len() - 1)], objects };
            let counted = scene.count(0).expect("no cycles");
            let mut kept = Kept::default();
            counted.give(&mut kept).expect("room");
            prop_assert_eq!(kept.triangles.len() as u64, counted.triangle_count());
            prop_assert_eq!(kept.parts.len() as u64, copies(&scene, scene.placed[0].object));
        }
    }

    /// The copies of meshes in an object, by recursion.
    fn copies(scene: &Scene<Vec<Triangle>>, object: usize) -> u64 {
        match &scene.objects[object].shape {
            Shape::Mesh(_) => 1,
            Shape::Group(placements) => placements.iter().map(|placement| copies(scene, placement.object)).sum(),
        }
    }
}
