//! The program's sources, parsed once.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use syn::spanned::Spanned;

use super::named_paths::{is_test, named_paths};
use crate::project::{read, root};

/// One source file.
pub struct Source {
    /// Its path below src.
    pub path: PathBuf,
    /// Its top-level module: `mesh`.
    pub module: String,
    /// The full names that it uses outside of its unit tests.
    pub names: Vec<String>,
    /// Its lines of code, without comments and unit tests.
    pub lines: usize,
}

/// Every source below src.
pub fn sources() -> &'static [Source] {
    static SOURCES: LazyLock<Vec<Source>> = LazyLock::new(|| {
        let root = root().join("src");
        rust_files(&root)
            .map(|file| source(file.strip_prefix(&root).expect("it is below the root"), &read(&file)))
            .collect()
    });
    &SOURCES
}

/// The Rust files of a folder and its subfolders, without cargo's build output.
pub fn rust_files(folder: &Path) -> impl Iterator<Item = PathBuf> {
    let files = walkdir::WalkDir::new(folder).into_iter().filter_entry(|entry| entry.file_name() != "target");
    let files = files.map(|entry| entry.expect("the sources can be read").into_path());
    files.filter(|path| path.extension().is_some_and(|extension| extension == "rs"))
}

fn source(path: &Path, text: &str) -> Source {
    let parts: Vec<String> = path.with_extension("").iter().map(|part| part.to_string_lossy().into_owned()).collect();
    let module = parts[0].clone();
    let own = parts.into_iter().filter(|part| !matches!(part.as_str(), "mod" | "lib" | "main"));
    let whole = std::iter::once("crate".to_owned()).chain(own).collect::<Vec<_>>().join("::");
    Source { path: path.to_owned(), module, names: named_paths(text, &whole), lines: lines_of_code(text) }
}

/// The number of lines that are neither comments nor part of an item for unit tests.
pub fn lines_of_code(text: &str) -> usize {
    let file = syn::parse_file(text).expect("it was parsed before");
    let tests = file.items.iter().filter(|item| is_test(item)).map(Spanned::span);
    let tests: Vec<_> = tests.map(|span| span.start().line..=span.end().line).collect();
    let is_code = |(number, line): &(usize, &str)| {
        !line.trim_start().starts_with("//") && !tests.iter().any(|lines| lines.contains(number))
    };
    (1..).zip(text.lines()).filter(is_code).count()
}

/// Whether a full name equals another or lies below it, or is a glob import of the other's parent.
pub fn leads_to(name: &str, to: &str) -> bool {
    let below = name.strip_prefix(to).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"));
    below || name.strip_suffix("*").is_some_and(|parent| to.starts_with(parent))
}
