//! What other programs say of files of ours, as docs/peers.py asks them.

use std::collections::BTreeMap;

use serde::Deserialize;
use sha2::{Digest, Sha256};

use crate::project::read;

/// Where the answers are made.
const MADE_BY: &str = "run docs/peers.py";

/// The answers to the files of one folder.
#[derive(Deserialize)]
pub struct Peers {
    /// Each program with its version, in the order of the columns.
    pub programs: Vec<Program>,
    /// The answers to each file, by its name.
    files: BTreeMap<String, Answers>,
}

#[derive(Deserialize)]
pub struct Program {
    name: String,
    version: String,
}

#[derive(Deserialize)]
struct Answers {
    /// The SHA-256 of the file that they were asked about.
    sha256: String,
    /// The volume that each program says; none where it fails.
    volumes: BTreeMap<String, Option<f64>>,
}

impl Peers {
    /// The answers in a file of the project.
    pub fn of(file: &str) -> Self {
        serde_json::from_str(&read(file)).unwrap_or_else(|error| panic!("{file}: {error}: {MADE_BY}"))
    }

    /// The names of the programs, as heads of columns.
    pub fn heads(&self) -> String {
        let heads = self.programs.iter().map(|program| format!("{} {}", program.name, program.version));
        heads.collect::<Vec<_>>().join(" | ")
    }

    /// The volume that each program says of a file.
    pub fn volumes(&self, file: &str) -> impl Iterator<Item = Option<f64>> {
        let answers = self.files.get(file).unwrap_or_else(|| panic!("{file}: {MADE_BY}"));
        self.programs.iter().map(|program| answers.volumes.get(&program.name).copied().flatten())
    }

    /// What is wrong with the answers, if these are the files.
    pub fn outdated<'a>(mut self, files: impl Iterator<Item = (&'a str, &'a [u8])>) -> Vec<String> {
        let mut problems = Vec::new();
        for (name, bytes) in files {
            let asked = self.files.remove(name).map(|answers| answers.sha256);
            if asked != Some(hex::encode(Sha256::digest(bytes))) {
                problems.push(format!("{name}: its file is another: {MADE_BY}"));
            }
        }
        problems.extend(self.files.keys().map(|name| format!("{name}: there is no such file: {MADE_BY}")));
        problems
    }
}

/// A volume with up to two decimals. A program that takes metres for millimetres says a billionth of it, which is less than the rounding
/// of numbers of 32 bits leaves of nothing elsewhere.
pub fn volume_text(volume: f64) -> String {
    if (1e-9..1e-5).contains(&volume.abs()) {
        return format!("{volume:.1e}");
    }
    format!("{}", (volume * 100.0).round() / 100.0 + 0.0)
}
