//! Tests of the reader of PLY alone. What it makes of whole files is in tests/it/geometry.

use super::*;
use crate::contract::{Position, RejectionCode};
use crate::format::reading;
use crate::mesh::{Point, Triangle};

fn read(file: &[u8]) -> Result<Vec<Triangle>, Reason> {
    reading::read(&Ply, file)
}

const CORNERS: [Point; 4] = [[0.0; 3], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 0.5]];
const VERTICES: &str = "0 0 0\n1 0 0\n0 1 0\n0 0 0.5\n";

fn header(encoding: &str, elements: &str) -> String {
    format!("ply\nformat {encoding} 1.0\ncomment made up\n{elements}end_header\n")
}

const XYZ: &str = "element vertex 4\nproperty float x\nproperty float y\nproperty float z\n";
const FACES: &str = "property list uchar int vertex_indices\n";

#[test]
fn text_is_read_with_any_properties() {
    let [o, x, y, z] = CORNERS;
    let turned = "element vertex 4\nproperty uchar red\nproperty double z\nproperty list uchar float more\n\
                  property float y\nproperty float x\n";
    let turned_rows = "255 0 0 0 0\n255 0 2 7 8 0 1\n\n1 0 1 9 1 0\n1 0.5 0 0 0\n";
    let rows: [(&str, String, &[Triangle]); 9] = [
        ("triangles", format!("{XYZ}element face 2\n{FACES}|{VERTICES}3 0 1 2\n3 0 1 3\n"), &[[o, x, y], [o, x, z]]),
        ("no end of the last line", format!("{XYZ}element face 1\n{FACES}|{VERTICES}3 0 1 2"), &[[o, x, y]]),
        ("a polygon", format!("{XYZ}element face 1\n{FACES}|{VERTICES}4 0 1 2 3\n"), &[[o, x, y], [o, y, z]]),
        ("two corners", format!("{XYZ}element face 2\n{FACES}|{VERTICES}2 0 1\n3 0 1 2\n"), &[[o, x, y]]),
        (
            "more in a face",
            format!(
                "{XYZ}element face 1\nproperty int a\nproperty list int float uv\n{FACES}property float b\n|{VERTICES}7 2 .1 .2 3 0 1 2 9\n"
            ),
            &[[o, x, y]],
        ),
        (
            "other names",
            format!("{XYZ}element face 1\nproperty list int8 uint32 vertex_index\n|{VERTICES}3 0 1 2\n"),
            &[[o, x, y]],
        ),
        ("another order", format!("{turned}element face 1\n{FACES}|{turned_rows}3 0 1 2\n"), &[[o, x, y]]),
        ("faces first", format!("element face 1\n{FACES}{XYZ}|3 0 1 2\n{VERTICES}"), &[[o, x, y]]),
        (
            "other tables, and more behind them",
            format!(
                "element camera 1\nproperty float f\n{XYZ}element face 1\n{FACES}element edge 1\nproperty int a\n|1\n{VERTICES}3 0 1 2\n4\nmore\n"
            ),
            &[[o, x, y]],
        ),
    ];
    for (name, file, expected) in rows {
        let (elements, body) = file.split_once('|').expect("two parts");
        let file = header("ascii", elements) + body;
        assert_eq!(read(file.as_bytes()), Ok(expected.to_vec()), "{name}");
        let windows = file.replace('\n', "\r\n");
        assert_eq!(read(windows.as_bytes()), Ok(expected.to_vec()), "{name}, CR and LF");
    }
}

#[test]
fn strips_turn_every_second_triangle() {
    let [o, x, y, z] = CORNERS;
    let elements = format!("{XYZ}element tristrips 1\nproperty list int int vertex_indices\n");
    let file = header("ascii", &elements) + VERTICES + "8 0 1 2 3 -1 0 2 3\n";
    assert_eq!(read(file.as_bytes()), Ok(vec![[o, x, y], [y, x, z], [o, y, z]]));
}

/// A binary file of the corners and one polygon of them all, of given types.
fn binary(is_big: bool, coordinate: &str, count: &str, index: &str) -> Vec<u8> {
    let encoding = if is_big { "binary_big_endian" } else { "binary_little_endian" };
    let elements = format!(
        "element vertex 4\nproperty {coordinate} x\nproperty {coordinate} y\nproperty {coordinate} z\nproperty uchar red\n\
         element face 1\nproperty list {count} {index} vertex_indices\n"
    );
    let mut file = header(encoding, &elements).into_bytes();
    let mut put = |number: f32, scalar: &str| {
        let whole = [4_u8, 0, 1, 2, 3, 200].into_iter().find(|&whole| f32::from(whole) == number).unwrap_or_default();
        let mut bytes = match scalar {
            "char" | "uchar" => vec![whole],
            "short" | "ushort" => u16::from(whole).to_le_bytes().to_vec(),
            "int" | "uint" => u32::from(whole).to_le_bytes().to_vec(),
            "float" => number.to_le_bytes().to_vec(),
            _ => f64::from(number).to_le_bytes().to_vec(),
        };
        if is_big {
            bytes.reverse();
        }
        file.extend(bytes);
    };
    for corner in CORNERS {
        for axis in corner {
            put(axis, coordinate);
        }
        put(200.0, "uchar");
    }
    put(4.0, count);
    for corner in [0.0, 1.0, 2.0, 3.0] {
        put(corner, index);
    }
    file
}

#[test]
fn binary_is_read_in_every_type() {
    let [o, x, y, z] = CORNERS;
    for is_big in [false, true] {
        for coordinate in ["float", "double"] {
            for count in ["char", "uchar", "short", "ushort", "int", "uint"] {
                for index in ["char", "uchar", "short", "ushort", "int", "uint"] {
                    let found = read(&binary(is_big, coordinate, count, index));
                    assert_eq!(found, Ok(vec![[o, x, y], [o, y, z]]), "{is_big} {coordinate} {count} {index}");
                }
            }
        }
    }
}

/// Files of the corners and polygons, in text and in binary.
fn both(polygons: &[Vec<i32>]) -> [Vec<u8>; 2] {
    let elements = format!("{XYZ}element face {}\n{FACES}", polygons.len());
    let mut text = header("ascii", &elements) + VERTICES;
    let mut binary = header("binary_little_endian", &elements).into_bytes();
    binary.extend(CORNERS.as_flattened().iter().flat_map(|coordinate| coordinate.to_le_bytes()));
    for polygon in polygons {
        text += &polygon.len().to_string();
        for number in polygon {
            text += " ";
            text += &number.to_string();
        }
        text += "\n";
        binary.push(polygon.len() as u8);
        binary.extend(polygon.iter().flat_map(|number| number.to_le_bytes()));
    }
    [text.into_bytes(), binary]
}

#[test]
fn triangles_in_binary_are_read_as_polygons_are() {
    let triangle = vec![0, 1, 2];
    let rows = [
        ("triangles", vec![triangle.clone(); 20_000]),
        ("a polygon among triangles", [vec![triangle.clone(); 9], vec![vec![0, 1, 2, 3], triangle.clone()]].concat()),
        ("as many bytes as triangles have", vec![vec![0, 1], vec![0, 1, 2, 3], triangle.clone()]),
        ("a vertex that is not there", vec![triangle.clone(), vec![0, 1, 4]]),
        ("a negative vertex", vec![triangle.clone(), vec![0, 1, -1], triangle]),
    ];
    for (name, polygons) in rows {
        let [text, binary] = both(&polygons).map(|file| read(&file).map_err(|reason| (reason.code, reason.message)));
        assert!(text == binary, "{name}: {:?}", binary.map(|triangles| triangles.len()));
    }
    let [_, mut binary] = both(&[vec![0, 1, 2], vec![0, 1, 9]]);
    let row = binary.len() as u64 - 13;
    assert_eq!(read(&binary).expect_err("no vertex").position, Some(Position::Byte(row)));
    let place = binary.len() - 26 - 4;
    binary[place..place + 4].copy_from_slice(&f32::NAN.to_le_bytes());
    let reason = read(&binary).expect_err("no number");
    assert_eq!(
        (reason.code, reason.position),
        (RejectionCode::NonFiniteCoordinate, Some(Position::Byte(row - 13 - 12)))
    );
}

#[test]
fn a_broken_file_is_refused_with_its_place() {
    use RejectionCode::{EmptyModel, Malformed, NonFiniteCoordinate, Truncated};
    let text = |elements: &str, body: &str| (header("ascii", elements) + body).into_bytes();
    let faces = format!("{XYZ}element face 1\n{FACES}");
    let cut = |bytes: usize| {
        let whole = binary(false, "float", "uchar", "int");
        whole[..whole.len() - bytes].to_vec()
    };
    let at_end = |file: &[u8]| Some(Position::Byte(file.len() as u64));
    let line = |line| Some(Position::Line(line));
    let mut bad = binary(false, "float", "uchar", "int");
    let last = bad.len() - 4;
    bad[last] = 9;
    let mut list = binary(false, "float", "uint", "int");
    let counts = list.len() - 20;
    list[counts..counts + 4].copy_from_slice(&u32::MAX.to_le_bytes());
    let rows = [
        ("points alone", text(XYZ, VERTICES), EmptyModel, None),
        ("no faces", text(&format!("{XYZ}element face 0\n{FACES}"), VERTICES), EmptyModel, None),
        ("no header", b"ply\nformat ascii 1.0\nelement vertex".to_vec(), Truncated, line(3)),
        (
            "no format",
            b"ply\nelement face 1\nproperty list uchar int vertex_index\nend_header\n3 0 0 0\n".to_vec(),
            Malformed,
            None,
        ),
        ("another version", b"ply\nformat ascii 2.0\nend_header\n".to_vec(), Malformed, line(2)),
        ("another line", b"ply\nformat ascii 1.0\nwhat\nend_header\n".to_vec(), Malformed, line(3)),
        ("another type", text("element vertex 1\nproperty quad x\n", ""), Malformed, line(5)),
        (
            "no z",
            text(
                "element vertex 1\nproperty float x\nproperty float y\nelement face 1\nproperty list uchar int vertex_index\n",
                "0 0\n3 0 0 0\n",
            ),
            Malformed,
            None,
        ),
        ("no list", text(&format!("{XYZ}element face 1\nproperty int vertex_indices\n"), VERTICES), Malformed, None),
        ("no properties", text(&format!("{faces}element other 1000000000000\n"), VERTICES), Malformed, None),
        (
            "counts that the file does not bear out",
            text(
                "element vertex 4000000000\nproperty float x\nproperty float y\nproperty float z\nelement face 1\nproperty list uchar int vertex_index\n",
                VERTICES,
            ),
            Truncated,
            None,
        ),
        ("a missing row", text(&faces, VERTICES), Truncated, line(15)),
        ("a short row", text(&faces, &format!("{VERTICES}3 0 1\n")), Malformed, line(15)),
        ("no number", text(&faces, &format!("{}3 0 1 2\n", VERTICES.replace("0.5", "x"))), Malformed, line(14)),
        (
            "not finite",
            text(&faces, &format!("{}3 0 1 2\n", VERTICES.replace("0.5", "inf"))),
            NonFiniteCoordinate,
            line(14),
        ),
        ("no vertex", text(&faces, &format!("{VERTICES}3 0 1 4\n")), Malformed, line(15)),
        ("a negative vertex", text(&faces, &format!("{VERTICES}3 0 1 -1\n")), Malformed, line(15)),
        ("a list of less than nothing", text(&faces, &format!("{VERTICES}-3 0 1 2\n")), Malformed, line(15)),
        ("binary cut", cut(3), Truncated, at_end(&cut(3))),
        ("binary, no vertex", bad.clone(), Malformed, Some(Position::Byte(bad.len() as u64 - 17))),
        ("a list of four billion", list.clone(), Truncated, at_end(&list)),
    ];
    for (name, file, code, position) in rows {
        let reason = read(&file).expect_err(name);
        assert_eq!((reason.code, reason.position), (code, position), "{name}: {reason}");
    }
}

#[test]
fn a_header_without_end_is_bounded() {
    let mut file = b"ply\nformat ascii 1.0\nelement vertex 3\n".to_vec();
    (0..100_000).for_each(|number| file.extend(format!("property float p{number}\n").into_bytes()));
    let reason = read(&file).expect_err("a long header");
    assert_eq!(reason.code, RejectionCode::Malformed, "{reason}");
}
