//! Clusters: bodies that are connected by contact, and bodies that cross themselves. Their solid is not the sum of their
//! volumes, and their surface is not the sum of theirs.

use std::collections::BTreeMap;

use crate::mesh::solid::body::MeasuredBody;
use crate::mesh::solid::crossing::{Contact, Crossings};
use crate::mesh::solid::self_crossing::SelfCrossing;
use crate::mesh::union_find::DisjointSets;

/// Bodies that are connected by contact, or a single body that crosses itself.
#[derive(Debug, Default, PartialEq)]
pub(in crate::mesh) struct Cluster {
    /// Its bodies, ascending.
    pub bodies: Vec<u32>,
    /// The pairs of its bodies that have a volume in common.
    pub overlaps: Vec<(u32, u32)>,
    /// Those of its bodies that cross themselves, ascending.
    pub selves: Vec<SelfCrossing>,
}

/// All clusters of a mesh.
#[derive(Debug)]
pub(in crate::mesh) struct Clusters {
    /// In the order of their first bodies.
    pub all: Vec<Cluster>,
    /// The place of each body's cluster in `all`, or [`NONE`].
    of_body: Vec<u32>,
}

const NONE: u32 = u32::MAX;

impl Clusters {
    /// No clusters of so many bodies.
    pub fn none(body_count: usize) -> Self {
        Self { all: Vec::new(), of_body: vec![NONE; body_count] }
    }

    /// Finds the clusters of so many bodies.
    pub fn of(body_count: usize, crossings: &Crossings) -> Self {
        let all = clusters(body_count, crossings);
        let mut of_body = vec![NONE; body_count];
        for (place, cluster) in (0..).zip(&all) {
            cluster.bodies.iter().for_each(|&body| of_body[body as usize] = place);
        }
        Self { all, of_body }
    }

    /// Whether a body is in a cluster.
    pub fn contain(&self, body: u32) -> bool {
        self.of_body[body as usize] != NONE
    }

    /// Whether two bodies are in one cluster.
    pub fn connect(&self, a: u32, b: u32) -> bool {
        self.contain(a) && self.of_body[a as usize] == self.of_body[b as usize]
    }
}

fn clusters(body_count: usize, crossings: &Crossings) -> Vec<Cluster> {
    let mut sets = DisjointSets::new(body_count);
    for &(a, b, _) in &crossings.pairs {
        sets.join(a, b);
    }
    let mut clusters: BTreeMap<u32, Cluster> = BTreeMap::new();
    for &(a, b, contact) in &crossings.pairs {
        let cluster = clusters.entry(sets.root(a)).or_default();
        cluster.overlaps.extend((contact == Contact::Overlap).then_some((a, b)));
    }
    for &crossing in &crossings.selves {
        clusters.entry(sets.root(crossing.body)).or_default().selves.push(crossing);
    }
    for body in 0..body_count as u32 {
        if let Some(cluster) = clusters.get_mut(&sets.root(body)) {
            cluster.bodies.push(body);
        }
    }
    clusters.into_values().collect()
}

impl Cluster {
    /// The most by which the sum of the bodies' volumes differs from the volume of their solid: for each pair that overlaps no
    /// more than the smaller body and than what their bounds share, and all together no more than all bodies but the largest.
    pub fn most_off(&self, bodies: &[MeasuredBody]) -> f64 {
        let body = |number: u32| &bodies[number as usize];
        let shared = |&(a, b): &(u32, u32)| {
            let (a, b) = (body(a), body(b));
            a.size().min(b.size()).min(a.common_box_volume(b))
        };
        let by_pairs: f64 = self.overlaps.iter().map(shared).sum();
        let by_selves: f64 = self.selves.iter().map(|crossing| crossing.most_off).sum();
        by_pairs.min(all_but_largest(self.bodies.iter().map(|&number| body(number)))) + by_selves
    }
}

/// The volume of all bodies but the largest.
pub(in crate::mesh) fn all_but_largest<'a>(bodies: impl Iterator<Item = &'a MeasuredBody>) -> f64 {
    let (sum, largest) =
        bodies.map(MeasuredBody::size).fold((0.0, 0.0), |(sum, largest), size| (sum + size, f64::max(largest, size)));
    sum - largest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_that_are_connected_by_contact_and_bodies_that_cross_themselves_make_clusters() {
        use Contact::{Overlap, Touch};
        let crossing = |body: u32| SelfCrossing { body, meeting_count: 2, most_off: 9.0 };
        let crossings = Crossings {
            pairs: vec![(1, 4, Overlap), (2, 5, Touch), (4, 6, Touch)],
            selves: vec![crossing(3), crossing(5)],
            meeting_count: 9,
            complete: true,
            unexamined_selves: vec![],
        };
        let Clusters { all: found, of_body } = Clusters::of(8, &crossings);
        let expected = [
            Cluster { bodies: vec![1, 4, 6], overlaps: vec![(1, 4)], selves: vec![] },
            Cluster { bodies: vec![2, 5], overlaps: vec![], selves: vec![crossing(5)] },
            Cluster { bodies: vec![3], overlaps: vec![], selves: vec![crossing(3)] },
        ];
        assert_eq!(found, expected, "body 0 and body 7 are in none");
        assert_eq!(of_body, [NONE, 0, 1, 2, 0, 1, 0, NONE]);
    }

    #[test]
    fn the_bound_on_the_error_is_what_pairs_can_share() {
        let cube = |low: f32, side: f32| MeasuredBody {
            volume: f64::from(side).powi(3),
            moment: nalgebra::Vector3::zeros(),
            area: 6.0 * f64::from(side).powi(2),
            triangle_count: 12,
            bounds: [[low; 3], [low + side; 3]],
        };
        let bodies = [cube(0.0, 10.0), cube(8.0, 10.0), cube(1.0, 3.0)];
        let rows = [
            (vec![(0, 1)], vec![], 8.0),
            (vec![(0, 2)], vec![], 27.0),
            (vec![(0, 1), (0, 2)], vec![], 35.0),
            (vec![], vec![SelfCrossing { body: 1, meeting_count: 2, most_off: 9.0 }], 9.0),
        ];
        for (overlaps, selves, expected) in rows {
            let cluster = Cluster { bodies: vec![0, 1, 2], overlaps, selves };
            assert_eq!(cluster.most_off(&bodies), expected, "{cluster:?}");
        }
    }
}
