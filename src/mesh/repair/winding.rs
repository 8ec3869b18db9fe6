//! The repair of winding: makes neighbours agree on which side is out, shell by shell.
//!
//! Two triangles that share an edge agree if they run along it in opposite directions. A walk over shared edges from the
//! first triangle of a shell finds for each other one whether it is wound like the first; the minority is turned, and of two
//! halves the one without which the shell faces outward. `nesting` decides which side of a shell is out in the end.

use std::cmp::Ordering;

use crate::mesh::sums::Sums;
use crate::mesh::topology::edges::{Edges, NON_MANIFOLD};
use crate::mesh::topology::indexed_mesh::IndexedMesh;
use crate::mesh::triangle::to_f64;

/// A surface with one side only: a Möbius strip, a Klein bottle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::mesh) struct OneSided;

/// Turns triangles until all neighbours agree, and returns the number of turned ones. The mates are up to date then.
pub(in crate::mesh) fn repair_winding(
    mesh: &mut IndexedMesh,
    edges: &mut Edges,
    shells: &[u32],
    shell_count: u32,
    sums: &Sums,
) -> Result<u64, OneSided> {
    let agree = |half_edge: u32| edges.mate(half_edge).is_none_or(|mate| mesh.ends(mate).0 != mesh.ends(half_edge).0);
    if (0..edges.mates.len() as u32).all(agree) {
        return Ok(0);
    }
    let mut is_turned = sides(mesh, edges)?;
    let mut sizes = vec![0_u64; shell_count as usize];
    let mut unlike_counts = vec![0_u64; shell_count as usize];
    for (&shell, &unlike) in shells.iter().zip(&is_turned) {
        sizes[shell as usize] += 1;
        unlike_counts[shell as usize] += u64::from(unlike);
    }
    // The signed volume of each shell, if it is wound like its first triangle.
    let mut volumes = vec![0.0; shell_count as usize];
    let middle = sums.middle();
    for ((triangle, &shell), &unlike) in mesh.triangles.iter().zip(shells).zip(&is_turned) {
        let [a, b, c] = triangle.map(|vertex| to_f64(mesh.vertices[vertex as usize]) - middle);
        volumes[shell as usize] += a.cross(&b).dot(&c) * if unlike { -1.0 } else { 1.0 };
    }
    for (&shell, turned) in shells.iter().zip(&mut is_turned) {
        let shell = shell as usize;
        let turns_unlike = match (unlike_counts[shell] * 2).cmp(&sizes[shell]) {
            Ordering::Less => true,
            Ordering::Equal => volumes[shell] >= 0.0,
            Ordering::Greater => false,
        };
        *turned = *turned == turns_unlike;
    }
    turn(mesh, edges, &is_turned);
    Ok(is_turned.into_iter().filter(|turned| *turned).count() as u64)
}

/// Turns triangles, and brings the mates up to date: the first and the last half-edge of a turned triangle change places.
fn turn(mesh: &mut IndexedMesh, edges: &mut Edges, is_turned: &[bool]) {
    for mate in edges.mates.iter_mut().filter(|mate| **mate < NON_MANIFOLD && is_turned[**mate as usize / 3]) {
        let corner = *mate % 3;
        *mate = *mate - corner + (2 - corner);
    }
    let (mates, _) = edges.mates.as_chunks_mut::<3>();
    for ((triangle, mates), _) in mesh.triangles.iter_mut().zip(mates).zip(is_turned).filter(|(_, turned)| **turned) {
        triangle.swap(1, 2);
        mates.swap(0, 2);
    }
}

/// Finds for each triangle whether it is wound unlike the first of its shell.
fn sides(mesh: &IndexedMesh, edges: &Edges) -> Result<Vec<bool>, OneSided> {
    let mut sides: Vec<Option<bool>> = vec![None; mesh.triangles.len()];
    let mut reached = Vec::new();
    for first in 0..sides.len() {
        if sides[first].is_some() {
            continue;
        }
        sides[first] = Some(false);
        reached.push(first as u32);
        while let Some(triangle) = reached.pop() {
            let side = sides[triangle as usize].expect("it was reached");
            for half_edge in triangle * 3..triangle * 3 + 3 {
                let Some(mate) = edges.mate(half_edge) else { continue };
                let disagree = mesh.ends(half_edge).0 == mesh.ends(mate).0;
                let neighbour = &mut sides[mate as usize / 3];
                match neighbour {
                    None => {
                        *neighbour = Some(side ^ disagree);
                        reached.push(mate / 3);
                    }
                    Some(known) if *known != side ^ disagree => return Err(OneSided),
                    Some(_) => {}
                }
            }
        }
    }
    Ok(sides.into_iter().map(|side| side == Some(true)).collect())
}
