//! A million triangles in each format: how fast the one pass reads them, and the whole process beside other programs.
//!
//! The rate is of the file's bytes, and of the XML in a packed one. assimp and lib3mf only load the mesh; trimesh measures it, and
//! so do we, with the topology and the price.

use bench_report::{Figure, Wanted};
use pricing_worker::appraise::{Appraiser, Limits};
use pricing_worker::mesh::Triangle;
use pricing_worker::pricing::PriceBook;
use test_support::formats::IndexedMesh;
use test_support::packing::{gzip, threemf_packed};
use test_support::shapes;

use super::peers::{Peer, TRIMESH};
use super::timing::in_turn;
use super::{figure, file, pass, peers};

const ROUNDS: usize = 9;
const LIB3MF: &str = "import sys\n\
    from lib3mf import get_wrapper\n\
    model = get_wrapper().CreateModel()\n\
    model.QueryReader('3mf').ReadFromFile(sys.argv[1])\n\
    objects = model.GetMeshObjects()\n\
    while objects.MoveNext():\n    \
        print(objects.GetCurrentMeshObject().GetTriangleCount())";
const PEERS: [Peer; 3] = [
    TRIMESH,
    Peer { name: "assimp info", words: &["assimp", "info"] },
    Peer { name: "lib3mf", words: &["", "-c", LIB3MF] },
];
const WHOLE: &str = "memory, and page faults of what is new";

/// A model in one format.
struct Row {
    name: &'static str,
    extension: &'static str,
    bytes: Vec<u8>,
    /// The bytes that the rate is of.
    read_bytes: usize,
    /// The wanted rate, in MB/s.
    wanted: Option<f64>,
    limit: &'static str,
}

fn rows(triangles: &[Triangle]) -> Vec<Row> {
    let mesh = IndexedMesh::of(triangles);
    let row = |name, extension, bytes: Vec<u8>, wanted, limit| Row {
        name,
        extension,
        read_bytes: bytes.len(),
        bytes,
        wanted,
        limit,
    };
    let xml = mesh.threemf_xml();
    let stl = shapes::binary(triangles);
    vec![
        row("OBJ", "obj", mesh.obj(), Some(300.0), "numbers from text"),
        row("PLY in text", "ply", mesh.ply_text(), Some(300.0), "numbers from text"),
        row("PLY in binary", "ply", mesh.ply_binary(), Some(1000.0), "corners by their numbers"),
        row("OFF", "off", mesh.off(), None, "numbers from text"),
        row("GLB", "glb", mesh.glb(), None, "corners by their numbers"),
        Row {
            read_bytes: xml.len(),
            ..row("3MF", "3mf", threemf_packed(&xml), Some(100.0), "unpacking, and XML by one thread")
        },
        row("AMF", "amf", mesh.amf(), None, "XML by one thread"),
        Row { read_bytes: stl.len(), ..row("STL in gzip", "stl.gz", gzip(&stl), None, "unpacking by one thread") },
    ]
}

/// The rate of the pass in each format, and, beside peers, the ratio of each one's time to ours.
pub fn figures(triangles: &[Triangle], runs: Option<usize>) -> Vec<Figure> {
    // None is kept for its topology.
    let limits = Limits { object_bytes: u64::MAX, topology_triangles: 0 };
    let appraiser = Appraiser::new(PriceBook::sample(), limits);
    let python = runs.map(|runs| (peers::interpreter(), runs));
    let mut figures = Vec::new();
    println!("\n1,000,000 triangles in each format, the pass alone:");
    for row in rows(triangles) {
        // On a thread of the pool, as a job computes.
        let on_pool = || rayon::scope(|_| pass::pass(&appraiser, &row.bytes));
        let [seconds] = in_turn([&on_pool], ROUNDS);
        let rate = row.read_bytes as f64 / 1e6 / seconds;
        println!(
            "  {:14} {:6.1} MB in {:6.1} ms: {rate:6.0} MB/s",
            row.name,
            row.read_bytes as f64 / 1e6,
            seconds * 1e3
        );
        let what = format!("1,000,000 triangles of {}: the pass alone", row.name);
        figures.push(figure(what, rate, "MB/s", row.wanted.map(Wanted::AtLeast), row.limit));
        let Some((python, runs)) = &python else { continue };
        let path = file(&format!("{}.{}", row.name.replace(' ', "-"), row.extension), &row.bytes);
        for (peer, times) in PEERS.iter().zip(peers::times_ours(&PEERS, &path, python, *runs)) {
            let what = format!("1,000,000 triangles of {}, whole process: faster than {}", row.name, peer.name);
            figures.extend(times.map(|times| figure(what, times, "times", None, WHOLE)));
        }
    }
    figures
}
