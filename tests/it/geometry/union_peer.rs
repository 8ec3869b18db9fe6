//! Compares unions with those of manifold3d, a library of another origin, on a fixed set of bodies.

use std::path::Path;
use std::process::Command;

use test_support::python;

use super::shapes::{Shape, cuboid, sphere, torus};
use super::{assert_close, measure};

/// Prints the volume and the area of the union of the binary STL files in each folder.
const UNITE: &str = r#"
import pathlib, sys
import manifold3d, numpy

TRIANGLE = numpy.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])

def body(path):
    corners = numpy.frombuffer(path.read_bytes()[84:], TRIANGLE)["corners"].reshape(-1, 3).astype(numpy.float64)
    points, triangles = numpy.unique(corners, axis=0, return_inverse=True)
    mesh = manifold3d.Mesh64(vert_properties=points, tri_verts=triangles.reshape(-1, 3).astype(numpy.uint64))
    solid = manifold3d.Manifold(mesh)
    assert solid.status() == manifold3d.Error.NoError, path
    return solid

for folder in sys.argv[1:]:
    bodies = [body(path) for path in sorted(pathlib.Path(folder).iterdir())]
    union = manifold3d.Manifold.batch_boolean(bodies, manifold3d.OpType.Add)
    print(repr(union.volume()), repr(union.surface_area()))
"#;

fn sets() -> Vec<(&'static str, Vec<Shape>)> {
    let ball = |at: i64| sphere(1000.0, 16, 24).moved([at, at / 3, -at / 2]);
    let ring = torus(1000.0, 250.0, 16, 40);
    // Each turned by an eighth about another axis, so that no planes coincide.
    let bar = cuboid([-1500, -100, -100], [3000, 200, 200]).diagonal();
    let walls = |number: i64| cuboid([400 * number, 0, 0], [400, 900, 500 + 100 * number]);
    vec![
        ("two balls", vec![ball(0), ball(700)]),
        ("a row of balls", (0..20).map(|number| ball(450 * number)).collect()),
        ("a ball in a ring", vec![ring.clone(), sphere(850.0, 14, 18)]),
        ("rings through one another", vec![ring.clone(), ring.turned().moved([300, 100, 0]), ring.turned().turned()]),
        ("bars that cross", vec![bar.clone(), bar.turned(), bar.turned().turned()]),
        ("walls side by side", (0..5).map(walls).collect()),
        ("a ball twice, and a box in it", vec![ball(0), ball(0), cuboid([-300; 3], [600; 3])]),
        (
            "boxes that share planes",
            (0..9).map(|number| cuboid([100 * number, 50 * (number % 3), 0], [200; 3])).collect(),
        ),
    ]
}

fn write(folder: &Path, bodies: &[Shape]) {
    std::fs::create_dir(folder).expect("the folder is ours");
    for (number, body) in bodies.iter().enumerate() {
        std::fs::write(folder.join(format!("{number:03}.stl")), body.binary()).expect("the folder is ours");
    }
}

#[test]
fn manifold3d_unites_alike() {
    let python = python::interpreter("pricing-worker-union-peer", &["manifold3d==3.5.4", "numpy==2.4.6"]);
    let home = tempfile::tempdir().expect("a folder");
    let sets = sets();
    let folders: Vec<_> = (0..sets.len()).map(|number| home.path().join(number.to_string())).collect();
    folders.iter().zip(&sets).for_each(|(folder, (_, bodies))| write(folder, bodies));
    let output = Command::new(python).arg("-c").arg(UNITE).args(&folders).output().expect("Python starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("numbers");
    assert_eq!(text.lines().count(), sets.len(), "{text}");
    for ((name, bodies), line) in sets.into_iter().zip(text.lines()) {
        let (volume, area) = line.split_once(' ').expect("two numbers");
        let number = |text: &str| text.parse::<f64>().expect("a number");
        let together = bodies.into_iter().reduce(Shape::and).expect("bodies");
        let geometry = measure(&together.binary()).expect(name).geometry;
        assert_close(geometry.volume_mm3, number(volume), 1e-6, name);
        assert_close(geometry.surface_area_mm2, number(area), 1e-6, name);
    }
}
