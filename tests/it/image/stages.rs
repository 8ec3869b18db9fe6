//! Executes the stages' `COPY`s and `RUN`s on this machine, in folders that stand for the roots of their file systems
//! and start empty. Base images are absent: the machine's own toolchain stands for the first.
//!
//! A real builder differs in two points. This one keeps cargo's compiled dependencies from run to run, in the folder
//! that they were made in; the stage itself removes what cargo made of this package. And it refuses a `RUN` that could
//! harm the machine that runs the tests: see [`held_harmless`].

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::LazyLock;

use super::dockerfile::{Dockerfile, Instruction, Stage, Variables, expand};
use super::{context, dockerfile, repository};

/// The programs that a `RUN` may call here. Anything else, such as Debian packages, needs another base image or a rule
/// that is added here.
const PROGRAMS: [&str; 4] = ["cargo", "mkdir", "rm", "touch"];
/// The variables of this machine that a build may need to reach the toolchain and the registry. All others are removed.
const ENVIRONMENT: [&str; 9] = [
    "CARGO_HOME",
    "HOME",
    "PATH",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "SSL_CERT_FILE",
    "http_proxy",
    "https_proxy",
    "no_proxy",
];

/// The folder of a stage that is kept from run to run: cargo's `target`.
const KEPT: &str = "build/target";

/// The files that the last stage adds to its base.
pub struct Image {
    /// The folder that stands for its root: its own files only.
    pub root: PathBuf,
    /// The folder that the program was compiled in.
    pub workdir: PathBuf,
    pub entrypoint: Vec<String>,
    pub cmd: Vec<String>,
    /// A lock that this process holds for its life: another run of the tests would remove the folders.
    _lock: fs::File,
}

impl Image {
    /// The image, built once for all tests.
    pub fn built() -> &'static Self {
        static IMAGE: LazyLock<Image> = LazyLock::new(Image::build);
        &IMAGE
    }

    /// The folder of this module, which is kept between runs.
    pub fn folder() -> PathBuf {
        Path::new(env!("CARGO_TARGET_TMPDIR")).join("image")
    }

    fn build() -> Self {
        let folder = Self::folder();
        fs::create_dir_all(&folder).expect("a folder");
        let lock = fs::File::create(folder.join("lock")).expect("a file to lock");
        lock.lock().expect("locked");

        let Dockerfile { arguments, stages } = dockerfile::ours();
        let mut built: Vec<Built<'_>> = Vec::new();
        for stage in &stages {
            let name = stage.name.as_deref();
            let next = if let Some(base) = built.iter().find(|earlier| earlier.name == Some(&stage.base)) {
                Built { name, ..base.clone() }
            } else {
                Built::new(name, emptied(&folder.join(name.unwrap_or("last"))))
            };
            let next = next.follow(stage, &arguments, &built);
            built.push(next);
        }
        let [.., compiling, last] = &built[..] else { panic!("fewer than two stages") };
        let mut image = Self {
            root: last.root.clone(),
            workdir: compiling.workdir.clone(),
            entrypoint: Vec::new(),
            cmd: Vec::new(),
            _lock: lock,
        };
        for instruction in &stages[stages.len() - 1].instructions {
            match instruction {
                Instruction::Entrypoint(words) => image.entrypoint.clone_from(words),
                Instruction::Cmd(words) => image.cmd.clone_from(words),
                _ => {}
            }
        }
        image
    }
}

/// A stage whose instructions were executed.
#[derive(Clone)]
struct Built<'a> {
    name: Option<&'a str>,
    root: PathBuf,
    workdir: PathBuf,
    variables: Variables,
}

impl<'a> Built<'a> {
    /// A stage before its first instruction.
    fn new(name: Option<&'a str>, root: PathBuf) -> Self {
        let known = |name: &&str| std::env::var(name).ok().map(|value| ((*name).to_owned(), value));
        let mut variables: Variables = ENVIRONMENT.iter().filter_map(known).collect();
        // The base image sets this variable, too.
        if let Some(home) = variables.get("HOME") {
            let cargo = format!("{home}/.cargo");
            variables.entry("CARGO_HOME".to_owned()).or_insert(cargo);
        }
        Self { name, workdir: root.clone(), root, variables }
    }

    fn follow(mut self, stage: &Stage, global: &Variables, earlier: &[Built<'_>]) -> Self {
        for instruction in &stage.instructions {
            match instruction {
                Instruction::Arg(name, value) => {
                    let value = value.as_ref().or_else(|| global.get(name));
                    let value = value.unwrap_or_else(|| panic!("ARG {name} has no default, here or before the stages"));
                    self.variables.insert(name.clone(), value.clone());
                }
                Instruction::Env(pairs) => {
                    for (name, value) in pairs {
                        let value = expand(value, &self.variables).expect("ENV");
                        self.variables.insert(name.clone(), value);
                    }
                }
                Instruction::Workdir(path) => {
                    self.workdir = self.path(path);
                    fs::create_dir_all(&self.workdir).expect("a folder");
                }
                Instruction::Copy { from, sources, destination } => {
                    self.copy(from.as_deref(), sources, destination, earlier);
                }
                Instruction::Run(command) => self.run(command),
                // A setting for the start of a container; it changes no file of the image.
                Instruction::Label(_)
                | Instruction::User(_)
                | Instruction::Expose(_)
                | Instruction::StopSignal(_)
                | Instruction::Entrypoint(_)
                | Instruction::Cmd(_) => {}
            }
        }
        self
    }

    /// The path on this machine of a path in the stage.
    fn path(&self, path: &str) -> PathBuf {
        assert!(!path.split('/').any(|part| part == ".."), "{path} may lead out of the stage");
        path.strip_prefix('/').map_or_else(|| self.workdir.join(path), |within| self.root.join(within))
    }

    fn copy(&self, from: Option<&str>, sources: &[String], destination: &str, earlier: &[Built<'_>]) {
        let to = self.path(destination);
        let is_folder = destination.ends_with('/');
        assert!(is_folder || sources.len() == 1, "{destination} is no folder, and {sources:?} are many");
        for source in sources {
            if let Some(name) = from {
                let stage = earlier.iter().find(|stage| stage.name == Some(name));
                let source = stage.unwrap_or_else(|| panic!("no stage before is called {name}")).path(source);
                let name = source.file_name().expect("a name");
                copy_file(&source, &if is_folder { to.join(name) } else { to.clone() });
                continue;
            }
            let mut found = false;
            for file in context::files(&repository()) {
                let Ok(within) = file.strip_prefix(source) else { continue };
                found = true;
                // `COPY` puts a folder's files into the destination itself, a file into the folder or at the name.
                let name = Path::new(source).file_name().expect("a name");
                let target = match (within.as_os_str().is_empty(), is_folder) {
                    (true, true) => to.join(name),
                    (true, false) => to.clone(),
                    (false, _) => to.join(within),
                };
                copy_file(&repository().join(&file), &target);
            }
            assert!(found, "COPY {source}: nothing of it is sent to the builder; see .dockerignore");
        }
    }

    fn run(&self, command: &str) {
        held_harmless(command).unwrap_or_else(|why| panic!("RUN {command}\nis not run here: {why}"));
        let mut shell = Command::new("sh");
        shell.args(["-e", "-c", command]).current_dir(&self.workdir).env_clear().envs(&self.variables);
        let output = shell.output().expect("there is a shell");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "RUN {command}\nin {}: {}\n{said}", self.workdir.display(), output.status);
    }
}

/// Copies a file as a builder does, with its mode and its time: cargo compares times, and with new times for old files
/// it could take an old source for the one that it has compiled.
fn copy_file(from: &Path, to: &Path) {
    let copy = || {
        fs::create_dir_all(to.parent().unwrap_or(to))?;
        fs::copy(from, to)?;
        fs::File::open(to)?.set_modified(from.metadata()?.modified()?)
    };
    copy().unwrap_or_else(|error| panic!("COPY {} to {}: {error}", from.display(), to.display()));
}

/// A folder with nothing in it but [`KEPT`], if an earlier run has made that.
fn emptied(root: &Path) -> PathBuf {
    let target = root.join(KEPT);
    let kept = root.with_extension("kept");
    let empty = || {
        if target.exists() {
            fs::rename(&target, &kept)?;
        }
        if root.exists() {
            fs::remove_dir_all(root)?;
        }
        fs::create_dir_all(root)?;
        if kept.exists() {
            fs::create_dir_all(target.parent().unwrap_or(root))?;
            fs::rename(&kept, &target)?;
        }
        std::io::Result::Ok(())
    };
    empty().unwrap_or_else(|error| panic!("{} cannot be emptied: {error}", root.display()));
    root.to_owned()
}

/// Accepts a command that is safe outside a container, on the machine that runs the tests: a chain of a few programs,
/// on nothing outside the stage's folder.
fn held_harmless(command: &str) -> Result<(), String> {
    if let Some(character) = command.chars().find(|&character| "`$;|<>(){}*~'\"\\".contains(character)) {
        return Err(format!("{character} may do anything"));
    }
    for step in command.split("&&") {
        let mut words = step.split_whitespace();
        let program = words.next().unwrap_or_default();
        if !PROGRAMS.contains(&program) {
            return Err(format!("{program:?} is none of {PROGRAMS:?}; see tests/it/image/stages.rs"));
        }
        if let Some(path) = words.find(|word| word.starts_with('/') || word.contains("..") || word.contains('&')) {
            return Err(format!("{path} leads out of the stage's folder"));
        }
    }
    Ok(())
}

#[test]
fn only_what_cannot_harm_the_machine_is_run() {
    for harmless in ["cargo build --locked", "mkdir src && touch src/lib.rs && rm -r src"] {
        assert_eq!(held_harmless(harmless), Ok(()), "{harmless}");
    }
    let harmful = [
        "apt-get update",
        "cargo build && apt-get install -y gcc",
        "rm -r /usr",
        "rm -r ../src",
        "rm -r $HOME",
        "rm -r ~",
        "cargo build; apt-get update",
        "cargo build || reboot",
        "cargo build & reboot",
        "touch a > b",
        "",
    ];
    for command in harmful {
        assert!(held_harmless(command).is_err(), "{command}");
    }
}
