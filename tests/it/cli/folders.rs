//! Tests of `price` on folders: the files it takes, their order, and its memory.

use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader};
use std::os::unix::fs::symlink;
use std::path::Path;
use std::process::Stdio;

use super::{cube, fixture, program, run};
use crate::support::process;

fn write(folder: &Path, name: &str) {
    let path = folder.join(name);
    fs::create_dir_all(path.parent().expect("it has one")).expect("made");
    fs::write(path, cube()).expect("written");
}

/// The names of the models priced below a folder, in the order of the results.
fn priced(folder: &Path) -> Vec<String> {
    let ran = run([OsStr::new("price"), folder.as_os_str()]);
    let prefix = format!("{}/", folder.display());
    ran.ids().iter().map(|id| id.strip_prefix(&prefix).unwrap_or(id).to_owned()).collect()
}

#[test]
fn models_are_told_by_their_extension_in_any_case_and_come_in_order() {
    let folder = tempfile::tempdir().expect("a folder");
    let names = [
        "b/z.stl",
        "b/a.STL",
        "a.ply",
        "A.3MF",
        "z.obj",
        "README.md",
        "truth.json",
        "stl",
        ".stl",
        "c.off",
        "notes.txt",
        "b/deep/er/m.StP",
        "x.glb",
        "model.stl.bak",
        "d.3mf",
    ];
    for name in names {
        write(folder.path(), name);
    }
    let expected = ["A.3MF", "a.ply", "b/a.STL", "b/deep/er/m.StP", "b/z.stl", "c.off", "d.3mf", "x.glb", "z.obj"];
    assert_eq!(priced(folder.path()), expected);
}

#[test]
fn a_file_that_is_named_is_priced_whatever_its_name() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "model.bak");
    let ran = run([OsStr::new("price"), folder.path().join("model.bak").as_os_str()]);
    assert_eq!(ran.exit, 0);
}

#[test]
fn links_to_files_are_followed_and_links_to_folders_are_not() {
    let folder = tempfile::tempdir().expect("a folder");
    write(folder.path(), "real/cube.stl");
    symlink("real/cube.stl", folder.path().join("link.stl")).expect("linked");
    symlink("..", folder.path().join("real/loop")).expect("linked");
    symlink("nowhere", folder.path().join("real/nowhere.stl")).expect("linked");
    assert_eq!(priced(folder.path()), ["link.stl", "real/cube.stl", "real/nowhere.stl"]);
    // `price` follows a link to a folder that the command line names.
    symlink("real", folder.path().join("shortcut")).expect("linked");
    assert_eq!(priced(&folder.path().join("shortcut")), ["cube.stl", "nowhere.stl"]);
}

#[test]
fn paths_come_in_the_order_of_the_command_line() {
    let folder = tempfile::tempdir().expect("a folder");
    for name in ["z.stl", "folder/b.stl", "folder/a.stl", "a.stl"] {
        write(folder.path(), name);
    }
    let paths = ["z.stl", "folder", "a.stl"].map(|name| folder.path().join(name).into_os_string());
    let ran = run([OsStr::new("price").to_owned()].into_iter().chain(paths));
    let expected = ["z.stl", "folder/a.stl", "folder/b.stl", "a.stl"].map(|name| folder.path().join(name));
    assert_eq!(ran.ids(), expected.map(|path| path.display().to_string()));
}

#[test]
fn an_empty_folder_is_no_mistake() {
    let folder = tempfile::tempdir().expect("a folder");
    let ran = run([OsStr::new("price"), folder.path().as_os_str()]);
    assert_eq!((ran.exit, ran.stdout.as_str()), (0, ""));
}

#[test]
fn every_fixture_is_answered_as_its_name_says() {
    let rejected = fixture("rejected");
    let ran = run([OsStr::new("price"), rejected.as_os_str()]);
    assert_eq!(ran.exit, 1);
    assert_eq!(ran.events().len(), fs::read_dir(&rejected).expect("it is there").count());
    for event in ran.events() {
        let path = event["data"]["request_id"].as_str().expect("a path").to_owned();
        let name = Path::new(&path).file_name().and_then(OsStr::to_str).expect("a name");
        let code = name.split("--").next();
        assert_eq!(event["data"]["reason"]["code"].as_str(), code, "{name}");
    }
}

/// The peak memory of a run over a folder, in bytes. The test reads it while results arrive: later there is no process.
fn peak_bytes(folder: &Path, files: usize, format: &str) -> u64 {
    let mut child = program()
        .args(["price", "--concurrency", "4", "--format", format])
        .arg(folder)
        .env("RAYON_NUM_THREADS", "2")
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let (mut peak_kib, mut results) = (0, 0);
    for line in BufReader::new(child.stdout.take().expect("it is piped")).lines() {
        results += usize::from(line.expect("UTF-8").contains("cube-"));
        peak_kib = process::status(child.id(), "VmHWM").unwrap_or(peak_kib);
    }
    child.wait().expect("it ends");
    assert_eq!(results, files);
    assert!(peak_kib > 0, "the memory was never seen");
    peak_kib << 10
}

#[test]
fn memory_does_not_grow_with_the_number_of_files() {
    let few = tempfile::tempdir().expect("a folder");
    let many = tempfile::tempdir().expect("a folder");
    (0..300).for_each(|number| write(few.path(), &format!("cube-{number}.stl")));
    (0..4000).for_each(|number| write(many.path(), &format!("cube-{number}.stl")));
    for format in ["json", "table"] {
        let [few, many] = [peak_bytes(few.path(), 300, format), peak_bytes(many.path(), 4000, format)];
        // 3,700 results of 12 KiB would be 44 MiB, and the paths alone half a mebibyte.
        assert!(many < few + (6 << 20), "{format}: {few} bytes for 300 files, {many} for 4,000");
    }
}
