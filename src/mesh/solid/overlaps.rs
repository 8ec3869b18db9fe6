//! What bodies share, as an answer says it.

use crate::mesh::solid::body::MeasuredBody;
use crate::mesh::solid::clusters::{Cluster, all_but_largest};
use crate::mesh::solid::crossing::Crossings;

/// The bodies that overlap, and what became of it.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct Overlaps {
    /// The number of pairs of bodies that have a volume in common, or may have.
    pub pair_count: u64,
    /// The number of bodies that cross themselves.
    pub self_count: u64,
    /// The volume by which bodies together exceed their solid, in the file's unit cubed. It counts once in the solid's volume.
    pub shared_volume: f64,
    /// The most by which the solid's volume is wrong, in the file's unit cubed, if what some bodies share is not known, or which
    /// triangles make a body.
    pub most_off: Option<f64>,
}

impl Overlaps {
    /// Adds a cluster whose solid is known.
    pub(in crate::mesh) fn add_solved(&mut self, cluster: &Cluster, shared_volume: f64) {
        self.count(cluster);
        self.shared_volume += shared_volume;
    }

    /// Adds a cluster whose bodies were added each for itself, or may be others.
    pub(in crate::mesh) fn add_unsolved(&mut self, cluster: &Cluster, bodies: &[MeasuredBody]) {
        self.count(cluster);
        *self.most_off.get_or_insert(0.0) += cluster.most_off(bodies);
    }

    /// Adds bodies of which not all was examined.
    pub(in crate::mesh) fn add_unexamined(&mut self, crossings: &Crossings, bodies: &[MeasuredBody]) {
        self.pair_count += crossings.pairs.len() as u64;
        self.self_count += crossings.selves.len() as u64;
        *self.most_off.get_or_insert(0.0) += all_but_largest(bodies.iter());
    }

    /// Adds bodies of which it is not known whether they cross themselves.
    pub(in crate::mesh) fn add_unexamined_selves(&mut self, crossings: &Crossings) {
        let each = crossings.unexamined_selves.iter().map(|crossing| crossing.most_off);
        if let Some(most_off) = each.reduce(|sum, most_off| sum + most_off) {
            *self.most_off.get_or_insert(0.0) += most_off;
        }
    }

    fn count(&mut self, cluster: &Cluster) {
        self.pair_count += cluster.overlaps.len() as u64;
        self.self_count += cluster.selves.len() as u64;
    }
}
