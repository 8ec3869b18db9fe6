//! The members of clusters: their triangles, taken out of the surface of all bodies.

use std::ops::ControlFlow;

use nalgebra::Vector3;

use super::body::MeasuredBody;
use super::closed_mesh::ClosedMesh;
use super::clusters::Cluster;
use super::stop_poll::StopPoll;
use super::union::Member;
use crate::mesh::surface::Surface;

/// Calls `solve` with each of the clusters and its members about `place_of` the cluster, none of them hollow; with none if they
/// have more than `most_triangles`. Each pass over the surface takes out as many clusters as may be in memory at once.
pub(in crate::mesh) fn for_each_cluster<'c>(
    surface: &Surface,
    bodies: &[MeasuredBody],
    clusters: impl Iterator<Item = &'c Cluster>,
    most_triangles: u64,
    poll: &mut StopPoll<'_>,
    mut solve: impl FnMut(&'c Cluster, Option<Vec<Member>>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let size = |cluster: &Cluster| cluster.bodies.iter().map(|&body| bodies[body as usize].triangle_count).sum::<u64>();
    let mut clusters = clusters.peekable();
    while clusters.peek().is_some() {
        let mut left = most_triangles;
        let mut batch = Vec::new();
        while let Some(cluster) = clusters.next_if(|cluster| batch.is_empty() || size(cluster) <= left) {
            left = left.saturating_sub(size(cluster));
            batch.push(cluster);
        }
        if let [cluster] = batch[..]
            && size(cluster) > most_triangles
        {
            solve(cluster, None)?;
            continue;
        }
        let mut triangles = triangles_of(surface, bodies, &batch, poll)?.into_iter();
        for cluster in batch {
            let place = place_of(cluster, bodies);
            let members = cluster.bodies.iter().zip(triangles.by_ref()).map(|(&body, triangles)| {
                let measured = &bodies[body as usize];
                let mut mesh = ClosedMesh::of(&triangles, place);
                if measured.volume < 0.0 {
                    mesh.turn();
                }
                let crossing = cluster.selves.iter().find(|crossing| crossing.body == body);
                let self_meeting_count = crossing.map_or(0, |crossing| crossing.meeting_count);
                let centre = measured.centre() - place;
                let box_volume = measured.common_box_volume(measured);
                Member { mesh, volume: measured.size(), box_volume, centre, is_hollow: false, self_meeting_count }
            });
            let members = members.collect();
            solve(cluster, Some(members))?;
        }
    }
    ControlFlow::Continue(())
}

/// The origin of a cluster: a point near all of its bodies.
pub(in crate::mesh) fn place_of(cluster: &Cluster, bodies: &[MeasuredBody]) -> Vector3<f64> {
    bodies[cluster.bodies[0] as usize].centre()
}

/// The triangles of each body of the clusters and of its patches, one body after another.
fn triangles_of(
    surface: &Surface,
    bodies: &[MeasuredBody],
    clusters: &[&Cluster],
    poll: &mut StopPoll<'_>,
) -> ControlFlow<(), Vec<Vec<[Vector3<f64>; 3]>>> {
    const NONE: u32 = u32::MAX;
    let mut slots = vec![NONE; bodies.len()];
    let mut triangles = Vec::new();
    for &body in clusters.iter().flat_map(|cluster| &cluster.bodies) {
        slots[body as usize] = triangles.len() as u32;
        triangles.push(Vec::with_capacity(bodies[body as usize].triangle_count as usize));
    }
    for (body, triangle) in surface.written_triangles() {
        poll.count(1)?;
        let slot = slots[body as usize];
        if slot != NONE {
            triangles[slot as usize].push(triangle);
        }
    }
    ControlFlow::Continue(triangles)
}
