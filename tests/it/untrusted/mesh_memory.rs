//! Tests of topology's memory: each mesh is the worst case of one step.

use std::f32::consts::TAU;

use pricing_worker::mesh::{
    BLOCK_TRIANGLES, Indexed, MeasuredMesh, Measurer, Point, RepairOptions, Triangle, repair, topology_bytes,
    topology_bytes_with_unions,
};

use super::checks::memory;

/// The triangles of a large mesh.
const COUNT: usize = 100_000;

/// Whether a mesh comes with indices, and whether its surface is lent.
type Way = (bool, bool);

#[test]
fn topology_keeps_to_its_memory() {
    examine(20_000, &[(false, false), (true, true)]);
}

#[test]
#[ignore = "long: tests/run --long"]
fn topology_of_larger_meshes_keeps_to_its_memory() {
    examine(COUNT, &[(false, false), (false, true), (true, false), (true, true)]);
}

/// Repairs meshes of so many triangles, where their kind has a number of triangles, each in some ways.
fn examine(count: usize, ways: &[Way]) {
    let meshes = [
        ("no two triangles share a corner", soup(count)),
        ("only the first triangles share a corner", [star(300), soup(count)].concat()),
        ("no two triangles share a corner until they are welded", cracked_sheets(count)),
        ("all triangles share an edge", fan(count)),
        ("all triangles share a corner", star(count)),
        ("every edge is used three times", triples(count)),
        ("each triangle has a double", doubles(count)),
        ("tetrahedra", (0..count / 4).flat_map(|number| tetrahedron(cell(number), 2.0)).collect()),
        ("slim tetrahedra without their lids", (0..count / 3).flat_map(|number| open_needle(cell(number))).collect()),
        ("tetrahedra in tetrahedra", (1..2000).flat_map(|size| nested(size as f32)).collect()),
        ("few bodies that overlap all the others", (0..220).flat_map(|number| drum(number as f32 / 1000.0)).collect()),
        ("bodies that unite", (0..100).flat_map(|number| drum(number as f32 / 2.0)).collect()),
        ("two bodies that unite", [0.0, 0.7].into_iter().flat_map(|shift| ball(80, shift)).collect()),
        ("a body twice", [0.0, 0.0].into_iter().flat_map(|shift| ball(50, shift)).collect()),
        ("bars that cross in many places", lattice(20)),
        ("bars that cross in too many places", lattice(40)),
        ("one hole of many edges", drum_without_lid(count)),
        ("as many bodies as are compared", (1..200).flat_map(|size| nested(size as f32)).collect()),
        ("as many rays as are sent at once", (0..32).flat_map(|number| drum(number as f32 / 1000.0)).collect()),
        ("one triangle in another", (1..3).flat_map(|size| nested(size as f32)).collect()),
        ("all triangles on one line", line(count / 3)),
        ("flat triangles on one line", points_on_one_edge(count / 3)),
        ("each triangle three times", thrice(count)),
        ("every edge of tetrahedra is divided", divided_tetrahedra(count)),
        ("one triangle", soup(1)),
    ];
    let mut failed = Vec::new();
    let meshes = meshes.iter().flat_map(|(name, triangles)| ways.iter().map(move |way| (name, triangles, way)));
    for (name, triangles, &(is_indexed, lend_surface)) in meshes {
        let count = triangles.len() as u64;
        for (has_room_for_unions, most) in [(true, topology_bytes_with_unions(count)), (false, topology_bytes(count))] {
            let options = RepairOptions { lend_surface, has_room_for_unions: &|| has_room_for_unions };
            let peak_bytes = peak_bytes(triangles, is_indexed, options);
            if peak_bytes > most {
                failed.push(format!(
                    "{name}, indexed: {is_indexed}, surface lent: {lend_surface}, unions: {has_room_for_unions}: {count} triangles took {peak_bytes} bytes, {} each",
                    peak_bytes / count
                ));
            }
        }
    }
    assert!(failed.is_empty(), "more than `mesh::memory` says:\n{}", failed.join("\n"));
}

#[test]
fn a_table_that_has_just_grown_keeps_to_its_memory() {
    let triangles = soup((1 << 20) / 3 + 100);
    let peak_bytes = peak_bytes(&triangles, true, RepairOptions::default());
    assert!(peak_bytes <= topology_bytes(triangles.len() as u64), "{} bytes each", peak_bytes / triangles.len() as u64);
}

/// The peak memory of the pass and the repair.
fn peak_bytes(triangles: &[Triangle], is_indexed: bool, options: RepairOptions<'_>) -> u64 {
    let indices: Vec<[u32; 3]> = (0..triangles.len() as u32).map(|n| [3 * n, 3 * n + 1, 3 * n + 2]).collect();
    let (_, peak_bytes) = memory::peak(|| {
        let mut measurer = Measurer::keeping(u64::MAX);
        let pushed = if is_indexed {
            let points = triangles.as_flattened();
            let mut batches = indices.chunks(4096);
            batches.try_for_each(|triangles| measurer.push(&Indexed { points, triangles }, &|| false))
        } else {
            triangles.chunks(4096).try_for_each(|chunk| measurer.push(chunk, &|| false))
        };
        pushed.expect("the corners are finite");
        let MeasuredMesh { sums, mesh } =
            measurer.finish().expect("the corners are finite").expect("there are triangles");
        repair(&sums, mesh.expect("it is kept"), options, &|| false)
    });
    peak_bytes
}

#[test]
fn the_rays_through_a_single_body_keep_to_their_memory() {
    let long =
        |triangles: [Triangle; 4]| triangles.map(|triangle| triangle.map(|[x, y, z]| [x, y + x + z, z + 1e3 * x]));
    let meshes = [
        ("a tetrahedron", tetrahedron([0.0; 3], 2.0).to_vec()),
        ("a slim tetrahedron across its box, which takes the most rays", long(tetrahedron([0.0; 3], 2.0)).to_vec()),
        ("a drum", drum(0.0)),
        ("a wall folded to and fro", folded_wall(100)),
        ("a wall folded too often", folded_wall(2000)),
    ];
    for (name, triangles) in meshes {
        let count = triangles.len() as u64;
        let peak_bytes = peak_bytes(&triangles, false, RepairOptions::default());
        assert!(peak_bytes <= topology_bytes(count), "{name}: {count} triangles took {peak_bytes} bytes");
    }
}

/// A wall folded so that the ridges of both of its sides lie in two planes: sixteen triangles for each fold.
fn folded_wall(folds: usize) -> Vec<Triangle> {
    let size = folds as f32;
    // The section, from below on the one side and from above on the other.
    let ridge = |row: usize| if row.is_multiple_of(2) { 0.0 } else { size };
    let column = |row: usize, side: f32, z: f32| [ridge(row) + side * 0.2, row as f32, z];
    (0..2 * folds)
        .flat_map(|row| {
            let [a, b] = [row, row + 1].map(|row| [column(row, 0.0, 0.0), column(row, 0.0, size)]);
            let [c, d] = [row, row + 1].map(|row| [column(row, 1.0, 0.0), column(row, 1.0, size)]);
            let quad = |[a, b, c, d]: [Point; 4]| [[a, b, c], [a, c, d]];
            let mut sides = vec![
                quad([a[0], a[1], b[1], b[0]]),
                quad([c[0], d[0], d[1], c[1]]),
                quad([a[0], b[0], d[0], c[0]]),
                quad([a[1], c[1], d[1], b[1]]),
            ];
            if row == 0 {
                sides.push(quad([a[0], c[0], c[1], a[1]]));
            }
            if row + 1 == 2 * folds {
                sides.push(quad([b[0], b[1], d[1], d[0]]));
            }
            sides.into_iter().flatten()
        })
        .collect()
}

#[test]
fn a_block_of_a_known_size_is_not_copied_as_it_comes() {
    let triangles = soup(BLOCK_TRIANGLES);
    let allocated = |mut measurer: Measurer| {
        let info = allocation_counter::measure(|| {
            let pushed = triangles.chunks(300).try_for_each(|chunk| measurer.push(chunk, &|| false));
            pushed.expect("the corners are finite");
        });
        info.bytes_total
    };
    let (unknown, known) =
        (allocated(Measurer::default()), allocated(Measurer::default().expecting(BLOCK_TRIANGLES as u64)));
    // A buffer that grows by doubling allocates twice its size in all.
    let triangle_bytes = (BLOCK_TRIANGLES * size_of::<Triangle>()) as u64;
    assert!(
        known + triangle_bytes * 4 / 5 < unknown,
        "{known} bytes were allocated, and {unknown} for an unknown size"
    );
}

/// The place of one of many small shapes, apart from the others.
fn cell(number: usize) -> Point {
    [number % 50, number / 50 % 50, number / 2500].map(|place| place as f32 * 8.0)
}

fn moved(triangle: [Point; 3], by: Point) -> Triangle {
    triangle.map(|corner| [0, 1, 2].map(|axis| corner[axis] + by[axis]))
}

fn soup(count: usize) -> Vec<Triangle> {
    (0..count).map(|number| moved([[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], cell(number))).collect()
}

/// Sheets whose triangles do not quite meet, because each corner has its own rounding.
fn cracked_sheets(count: usize) -> Vec<Triangle> {
    let mut sheets = Vec::new();
    let mut error = 0_u32;
    for number in 0..count / 2 {
        let [x, y, z] = [number % 300, number / 300, 0].map(|place| 100.0 + place as f32);
        for triangle in
            [[[x, y, z], [x + 1.0, y, z], [x, y + 1.0, z]], [[x + 1.0, y, z], [x + 1.0, y + 1.0, z], [x, y + 1.0, z]]]
        {
            sheets.push(triangle.map(|corner| {
                error = (error + 1) % 7;
                corner.map(|coordinate| f32::from_bits(coordinate.to_bits() + error))
            }));
        }
    }
    sheets
}

fn fan(count: usize) -> Vec<Triangle> {
    (0..count).map(|number| [[0.0; 3], [0.0, 0.0, 1.0], on_circle(number, count, 0.5)]).collect()
}

fn star(count: usize) -> Vec<Triangle> {
    (0..count).map(|number| [[0.0; 3], on_circle(number, count, 0.5), on_circle(number, count, 0.6)]).collect()
}

fn on_circle(number: usize, count: usize, z: f32) -> Point {
    let angle = TAU * number as f32 / count as f32;
    [10.0 * angle.cos(), 10.0 * angle.sin(), z]
}

fn triples(count: usize) -> Vec<Triangle> {
    soup(count / 3).into_iter().flat_map(|triangle| [triangle; 3]).collect()
}

fn doubles(count: usize) -> Vec<Triangle> {
    soup(count / 2).into_iter().flat_map(|[a, b, c]| [[a, b, c], [a, c, b]]).collect()
}

/// Triangles whose corners lie on one line, in any order along it.
fn line(count: usize) -> Vec<Triangle> {
    let corner = |number: usize| [(number * 7919 % (3 * count)) as f32; 3];
    (0..count).map(|number| [corner(3 * number), corner(3 * number + 1), corner(3 * number + 2)]).collect()
}

/// Triangles with one edge each on one line; many of these edges have the corners of others on them.
fn points_on_one_edge(count: usize) -> Vec<Triangle> {
    let along = |number: usize| (number * 7919 % (2 * count)) as f32;
    let triangle =
        |number| [[along(number), 0.0, 0.0], [along(number + count), 0.0, 0.0], on_circle(number, count, 0.5)];
    (0..count).map(triangle).collect()
}

/// Bodies that lie there three times.
fn thrice(count: usize) -> Vec<Triangle> {
    (0..count / 12).flat_map(|number| [tetrahedron(cell(number), 2.0); 3].concat()).collect()
}

/// Tetrahedra of which one side is divided at the middles of its edges, and the others are not.
fn divided_tetrahedra(count: usize) -> Vec<Triangle> {
    let divided = |at: Point| {
        let [first, others @ ..] = tetrahedron(at, 2.0);
        let middle = |a: usize, b: usize| [0, 1, 2].map(|axis| f32::midpoint(first[a][axis], first[b][axis]));
        let [ab, bc, ca] = [middle(0, 1), middle(1, 2), middle(2, 0)];
        let [a, b, c] = first;
        [[[a, ab, ca], [ab, b, bc], [ca, bc, c], [ab, bc, ca]].to_vec(), others.to_vec()].concat()
    };
    (0..count / 7).flat_map(|number| divided(cell(number))).collect()
}

fn tetrahedron(at: Point, size: f32) -> [Triangle; 4] {
    let [o, x, y, z] = [[0.0; 3], [size, 0.0, 0.0], [0.0, size, 0.0], [0.0, 0.0, size]];
    [[o, y, x], [o, x, z], [o, z, y], [x, y, z]].map(|triangle| moved(triangle, at))
}

/// A tetrahedron six times as long as wide, without its end.
fn open_needle(at: Point) -> [Triangle; 3] {
    let [a, b, c, tip] = [[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.3, 0.3, 6.0]];
    [[a, b, tip], [b, c, tip], [c, a, tip]].map(|triangle| moved(triangle, at))
}

fn nested(size: f32) -> [Triangle; 4] {
    tetrahedron([-size; 3], 4.0 * size)
}

/// A closed drum of 128 triangles.
fn drum(shift: f32) -> Vec<Triangle> {
    const SIDES: usize = 32;
    let corner = |number: usize, z: f32| on_circle(number % SIDES, SIDES, z).map(|coordinate| coordinate + shift);
    let [low, high] = [0.0, 5.0].map(|z| [shift, shift, z + shift]);
    (0..SIDES)
        .flat_map(|side| {
            let [a, b] = [side, side + 1].map(|number| corner(number, 0.0));
            let [c, d] = [side, side + 1].map(|number| corner(number, 5.0));
            [[a, b, d], [a, d, c], [low, b, a], [high, c, d]]
        })
        .collect()
}

/// A closed ball of about `2 * rings * rings` triangles.
fn ball(rings: usize, shift: f32) -> Vec<Triangle> {
    let corner = |ring: usize, segment: usize| {
        let polar = std::f32::consts::PI * ring as f32 / rings as f32;
        let width = if ring == 0 || ring == rings { 0.0 } else { polar.sin() };
        let [x, y, _] = on_circle(segment % rings, rings, 0.0);
        [x * width + shift, y * width + shift, 10.0 * polar.cos() + shift]
    };
    let cells = (0..rings).flat_map(|ring| (0..rings).map(move |segment| (ring, segment)));
    let halves = cells.flat_map(|(ring, segment)| {
        let [a, b] = [segment, segment + 1].map(|segment| corner(ring, segment));
        let [c, d] = [segment, segment + 1].map(|segment| corner(ring + 1, segment));
        [[a, c, d], [a, d, b]]
    });
    halves.filter(|[a, b, c]| a != b && b != c && c != a).collect()
}

/// So many bars across so many others.
fn lattice(count: usize) -> Vec<Triangle> {
    let (length, lanes) = (3.0 * count as f32, (0..count).map(|lane| 3.0 * lane as f32));
    let along_x = lanes.clone().flat_map(|lane| cuboid([-1.0, lane, 0.0], [length, lane + 1.0, 1.0]));
    let along_y = lanes.flat_map(|lane| cuboid([lane, -1.0, 0.2], [lane + 1.0, length, 1.3]));
    along_x.chain(along_y).collect()
}

fn cuboid(low: Point, high: Point) -> Vec<Triangle> {
    let corner = |number: usize| [0, 1, 2].map(|axis| if number >> axis & 1 == 0 { low[axis] } else { high[axis] });
    let faces = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
    faces.into_iter().flat_map(|[a, b, c, d]| [[a, b, c], [a, c, d]]).map(|triangle| triangle.map(corner)).collect()
}

fn drum_without_lid(count: usize) -> Vec<Triangle> {
    let sides = count / 3;
    let corner = |number: usize, z: f32| on_circle(number % sides, sides, z);
    (0..sides)
        .flat_map(|side| {
            let [a, b] = [side, side + 1].map(|number| corner(number, 0.0));
            let [c, d] = [side, side + 1].map(|number| corner(number, 5.0));
            [[a, b, d], [a, d, c], [[0.0; 3], b, a]]
        })
        .collect()
}
