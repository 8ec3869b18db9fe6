//! Edges on which a triangle of another body lies along its own edge: whether it runs into the body there.
//!
//! The two triangles at an edge of a body enclose a wedge of its inside. A triangle of another body that has a part of the
//! edge in common runs into the wedge or stays outside of it. One of the two triangles at the edge does not tell which.

use super::contacts::Evidence;
use super::triangle_pair::{Corners, side_of_plane};
use crate::mesh::faces::Faces;

/// The most records. Beyond, bodies count as having a volume in common.
const MOST: usize = 1 << 17;
/// The most triangles of one body at one triangle of another that are compared with one another.
const MOST_AT_ONE: usize = 64;

/// Triangles that lie along edges of other bodies' triangles, or on them.
#[derive(Debug, Default)]
pub(in crate::mesh) struct Ridges(Vec<Record>);

/// A triangle that meets one of another body along a common line or in an area.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Record {
    /// The triangle that runs into the body or does not.
    guest: u32,
    /// The body's triangle.
    host: u32,
    /// The edge of each that lies on the line; none if they have an area in common.
    edges: Option<[u8; 2]>,
}

impl Ridges {
    /// Adds two triangles that have a segment in common along an edge of each, or an area, where they face opposite ways.
    pub fn add(&mut self, [a, b]: [u32; 2], edges: Option<[u8; 2]>) -> Evidence {
        if self.0.len() >= MOST {
            return Evidence::Inside;
        }
        self.0.push(Record { guest: a, host: b, edges });
        self.0.push(Record { guest: b, host: a, edges: edges.map(|[a, b]| [b, a]) });
        Evidence::Side
    }

    /// The pairs of bodies of which a triangle of one runs into the other, or may do so.
    pub fn bodies_inside(&mut self, faces: &Faces<'_>, outward: impl Fn(u32) -> i8) -> Vec<(u32, u32)> {
        let key = |record: &Record| (record.guest, faces.body(record.host));
        self.0.sort_unstable_by_key(|record| (key(record), record.host));
        let runs_in = |group: &[Record]| {
            let outward = outward(faces.body(group[0].host));
            group.len() > MOST_AT_ONE || group.iter().any(|record| enters(record, group, faces, outward))
        };
        let inside = self.0.chunk_by(|a, b| key(a) == key(b)).filter(|group| runs_in(group));
        inside.map(|group| (faces.body(group[0].guest), faces.body(group[0].host))).collect()
    }
}

/// Whether the guest of a record runs into the wedge at the host's edge, among all records of the guest and the body. If the
/// body's surface is not plain at the edge, it may.
fn enters(record: &Record, group: &[Record], faces: &Faces<'_>, outward: i8) -> bool {
    let Some([guest_edge, host_edge]) = record.edges else {
        return false;
    };
    let host = faces.corners(record.host);
    let [from, to] = [host_edge, host_edge + 1].map(|corner| host[usize::from(corner % 3)]);
    // The triangle beyond the edge runs along it the other way.
    let beyond = |other: &Record| {
        let corners = faces.corners(other.host);
        let edge = (0..3).find(|&edge| corners[edge] == to && corners[(edge + 1) % 3] == from)?;
        Some((other.edges.is_none(), corners, corners[(edge + 2) % 3]))
    };
    let mut beyond = group.iter().filter_map(beyond);
    let (Some((holds_guest, neighbour, apex)), None) = (beyond.next(), beyond.next()) else {
        return true;
    };
    if holds_guest {
        // The guest lies in a side of the wedge.
        return false;
    }
    let point = faces.corners(record.guest)[usize::from((guest_edge + 2) % 3)];
    let lies_in = |corners: &Corners| side_of_plane(corners, &point) * outward < 0;
    match side_of_plane(&host, &apex) * outward {
        -1 => lies_in(&host) && lies_in(&neighbour),
        0 => lies_in(&host),
        _ => lies_in(&host) || lies_in(&neighbour),
    }
}
