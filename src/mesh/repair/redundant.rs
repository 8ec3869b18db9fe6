//! The removal of closed shells that make nothing: sheets, which enclose no volume, and doubles, which lie where another shell lies
//! but are wound the other way.

use std::collections::BTreeMap;

use nalgebra::Vector3;

use super::duplicates::count_doubled;
use super::strays::Removed;
use crate::mesh::solid::volume_noise;
use crate::mesh::sums::Sums;
use crate::mesh::sums::compensated::CompensatedSum;
use crate::mesh::topology::edges::{Edges, NON_MANIFOLD};
use crate::mesh::topology::indexed_mesh::IndexedMesh;
use crate::mesh::triangle::to_f64;

/// Removes closed shells without a volume, and all but one of those that have the same triangles. Returns what was removed; the
/// shells and the mates are up to date then. If nothing but sheets is there, they stay.
///
/// Takes at most 160 bytes for each closed shell, of two triangles at least, and 20 for each triangle.
pub(in crate::mesh) fn remove_redundant(
    mesh: &mut IndexedMesh,
    edges: &mut Edges,
    shells: &mut Vec<u32>,
    shell_count: &mut u32,
    sums: &Sums,
) -> Removed {
    let measured = ClosedShell::measure(mesh, edges, shells, *shell_count, sums.origin);
    let mut is_redundant = vec![false; *shell_count as usize];
    for shell in measured.iter().filter(|shell| shell.volume.abs() <= volume_noise(sums, shell.area)) {
        is_redundant[shell.number as usize] = true;
    }
    mark_doubles(mesh, shells, &measured, &mut is_redundant);
    if !is_redundant.contains(&true) || is_redundant.iter().all(|redundant| *redundant) {
        return Removed::default();
    }
    drop(measured);
    let goes = |triangle: u32| is_redundant[shells[triangle as usize] as usize];
    let doubled_count = count_doubled(mesh, goes);

    let mut new_numbers = Vec::with_capacity(mesh.triangles.len());
    let mut kept_count = 0_u32;
    for triangle in 0..mesh.triangles.len() as u32 {
        new_numbers.push(kept_count);
        kept_count += u32::from(!goes(triangle));
    }
    let mut stays = (0..mesh.triangles.len() as u32 * 3).map(|half_edge| !goes(half_edge / 3));
    edges.mates.retain(|_| stays.next().expect("there is one for each mate"));
    for mate in edges.mates.iter_mut().filter(|mate| **mate < NON_MANIFOLD) {
        *mate = 3 * new_numbers[*mate as usize / 3] + *mate % 3;
    }
    let mut stays = (0..mesh.triangles.len() as u32).map(|triangle| !goes(triangle));
    let triangle_count = (mesh.triangles.len() as u32 - kept_count).into();
    mesh.triangles.retain(|_| stays.next().expect("there is one for each triangle"));
    drop(new_numbers);

    let mut next = 0;
    let new_shells: Vec<u32> = is_redundant
        .iter()
        .map(|redundant| {
            if *redundant {
                next
            } else {
                next += 1;
                next - 1
            }
        })
        .collect();
    shells.retain(|shell| !is_redundant[*shell as usize]);
    for shell in shells.iter_mut() {
        *shell = new_shells[*shell as usize];
    }
    *shell_count = next;
    Removed { triangle_count, doubled_count }
}

/// A shell without loose edges, and its measures.
struct ClosedShell {
    number: u32,
    triangle_count: u32,
    /// A sum of hashes of its triangles, whichever way round.
    hash: u64,
    area: f64,
    volume: f64,
}

impl ClosedShell {
    fn measure(mesh: &IndexedMesh, edges: &Edges, shells: &[u32], shell_count: u32, origin: Vector3<f64>) -> Vec<Self> {
        const OPEN: u32 = u32::MAX;
        let mut place_of = vec![0; shell_count as usize];
        for half_edge in edges.loose() {
            place_of[shells[half_edge as usize / 3] as usize] = OPEN;
        }
        let mut closed = Vec::new();
        for (number, place) in (0..).zip(&mut place_of).filter(|(_, place)| **place != OPEN) {
            *place = closed.len() as u32;
            closed.push(Self { number, triangle_count: 0, hash: 0, area: 0.0, volume: 0.0 });
        }
        let mut six_volumes = vec![CompensatedSum::default(); closed.len()];
        for (triangle, &shell) in mesh.triangles.iter().zip(shells) {
            let place = place_of[shell as usize];
            if place != OPEN {
                let [a, b, c] = triangle.map(|vertex| to_f64(mesh.vertices[vertex as usize]) - origin);
                six_volumes[place as usize].add(a.cross(&b).dot(&c));
                let shell = &mut closed[place as usize];
                shell.area += (b - a).cross(&(c - a)).norm() / 2.0;
                shell.triangle_count += 1;
                shell.hash = shell.hash.wrapping_add(triangle_hash(*triangle));
            }
        }
        for (shell, six_volumes) in closed.iter_mut().zip(six_volumes) {
            shell.volume = six_volumes.value() / 6.0;
        }
        closed
    }
}

/// Marks all but the first of those shells that have the same triangles.
fn mark_doubles(mesh: &IndexedMesh, shells: &[u32], measured: &[ClosedShell], is_redundant: &mut [bool]) {
    let mut alike: Vec<&ClosedShell> = measured.iter().filter(|shell| !is_redundant[shell.number as usize]).collect();
    let key = |shell: &&ClosedShell| (shell.hash, shell.triangle_count);
    alike.sort_by_key(key);
    let groups = || alike.chunk_by(|a, b| key(a) == key(b)).filter(|group| group.len() > 1);
    if groups().next().is_none() {
        return;
    }
    // The hash only finds candidates; the triangles tell.
    let mut triangles: BTreeMap<u32, Vec<[u32; 3]>> =
        groups().flatten().map(|shell| (shell.number, Vec::new())).collect();
    for (&triangle, shell) in mesh.triangles.iter().zip(shells) {
        if let Some(of_shell) = triangles.get_mut(shell) {
            let mut corners = triangle;
            corners.sort_unstable();
            of_shell.push(corners);
        }
    }
    for of_shell in triangles.values_mut() {
        of_shell.sort_unstable();
    }
    for group in groups() {
        let mut stays = group[0];
        for other in &group[1..] {
            if triangles[&stays.number] == triangles[&other.number] {
                // The one that faces outward stays.
                let goes = if stays.volume < 0.0 { std::mem::replace(&mut stays, other) } else { other };
                is_redundant[goes.number as usize] = true;
            }
        }
    }
}

/// A hash of a triangle's vertices that is the same from whichever corner and whichever way round.
fn triangle_hash(mut triangle: [u32; 3]) -> u64 {
    triangle.sort_unstable();
    triangle
        .iter()
        .fold(0, |hash: u64, &vertex| (hash ^ u64::from(vertex)).wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29))
}
