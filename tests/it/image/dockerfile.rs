//! A parser of the instructions in our Dockerfile, and of no others.
//!
//! It refuses everything else, so that no part that the image depends on is ignored: `ADD`, `SHELL`, here documents,
//! flags such as `--mount`, the shell forms of `ENTRYPOINT` and `CMD`.

use std::collections::BTreeMap;
use std::fs;

use super::repository;

/// The project's own.
pub fn ours() -> Dockerfile {
    let text = fs::read_to_string(repository().join("Dockerfile")).expect("there is a Dockerfile");
    Dockerfile::parse(&text).unwrap_or_else(|error| panic!("Dockerfile: {error}; see tests/it/image/dockerfile.rs"))
}

/// A Dockerfile: its global arguments, and its stages in order.
#[derive(Debug)]
pub struct Dockerfile {
    /// The `ARG`s before the first stage, which the stages' base names use.
    pub arguments: Variables,
    pub stages: Vec<Stage>,
}

/// The values of `${NAME}`, by name.
pub type Variables = BTreeMap<String, String>;

#[derive(Debug, PartialEq)]
pub struct Stage {
    /// As written: `${BUILD_IMAGE}`, or the name of an earlier stage.
    pub base: String,
    pub name: Option<String>,
    pub instructions: Vec<Instruction>,
}

#[derive(Debug, PartialEq)]
pub enum Instruction {
    /// The value of an `ARG` without a build argument; without one, that of the same `ARG` before the first stage.
    Arg(String, Option<String>),
    Env(Vec<(String, String)>),
    Label(Vec<(String, String)>),
    Workdir(String),
    Copy {
        from: Option<String>,
        sources: Vec<String>,
        destination: String,
    },
    /// A command for `sh -c`.
    Run(String),
    User(String),
    Expose(String),
    StopSignal(String),
    Entrypoint(Vec<String>),
    Cmd(Vec<String>),
}

impl Dockerfile {
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut file = Self { arguments: Variables::new(), stages: Vec::new() };
        for line in joined(text)? {
            let (keyword, rest) = line.split_once(char::is_whitespace).ok_or_else(|| format!("no argument: {line}"))?;
            let rest = rest.trim();
            if keyword == "FROM" {
                file.stages.push(Stage::parse(rest)?);
                continue;
            }
            let instruction = Instruction::parse(keyword, rest)?;
            match (file.stages.last_mut(), instruction) {
                (Some(stage), instruction) => stage.instructions.push(instruction),
                (None, Instruction::Arg(name, Some(value))) => _ = file.arguments.insert(name, value),
                (None, _) => return Err(format!("before the first stage: {line}")),
            }
        }
        Ok(file)
    }
}

impl Stage {
    fn parse(rest: &str) -> Result<Self, String> {
        let (base, name) = match rest.split_whitespace().collect::<Vec<_>>()[..] {
            [base] => (base, None),
            [base, "AS", name] => (base, Some(name.to_owned())),
            _ => return Err(format!("FROM is not known like this: {rest}")),
        };
        Ok(Self { base: base.to_owned(), name, instructions: Vec::new() })
    }
}

impl Instruction {
    fn parse(keyword: &str, rest: &str) -> Result<Self, String> {
        let unknown = || format!("{keyword} is not known like this: {rest}");
        let one = || if rest.contains(char::is_whitespace) { Err(unknown()) } else { Ok(rest.to_owned()) };
        let list = || serde_json::from_str(rest).map_err(|error| format!("{keyword} is no JSON list: {rest}: {error}"));
        Ok(match keyword {
            "ARG" => match pairs(rest) {
                Ok(pairs) => {
                    let [(name, value)] = <[_; 1]>::try_from(pairs).map_err(|_| unknown())?;
                    Self::Arg(name, Some(value))
                }
                Err(_) => Self::Arg(one()?, None),
            },
            "ENV" => Self::Env(pairs(rest)?),
            "LABEL" => Self::Label(pairs(rest)?),
            "WORKDIR" => Self::Workdir(one()?),
            "COPY" => {
                let mut words: Vec<_> = rest.split_whitespace().map(str::to_owned).collect();
                let from = words[0].strip_prefix("--from=").map(str::to_owned);
                words.drain(..usize::from(from.is_some()));
                let destination = words.pop().filter(|_| !words.is_empty()).ok_or_else(unknown)?;
                if words.iter().any(|word| word.starts_with("--")) || rest.contains(['[', '*', '?', '$', '"', '<']) {
                    return Err(unknown());
                }
                Self::Copy { from, sources: words, destination }
            }
            "RUN" if rest.starts_with("--") || rest.starts_with('[') || rest.contains("<<") => return Err(unknown()),
            "RUN" => Self::Run(rest.to_owned()),
            "USER" => Self::User(one()?),
            "EXPOSE" => Self::Expose(one()?),
            "STOPSIGNAL" => Self::StopSignal(one()?),
            "ENTRYPOINT" => Self::Entrypoint(list()?),
            "CMD" => Self::Cmd(list()?),
            _ => return Err(format!("{keyword} is not known: {rest}")),
        })
    }
}

/// The instructions, one line each: without comments, and with continued lines joined.
fn joined(text: &str) -> Result<Vec<String>, String> {
    let mut lines = Vec::new();
    let mut current = String::new();
    for line in text.lines() {
        if let Some(comment) = line.trim_start().strip_prefix('#') {
            // These comments are parser directives.
            if ["syntax=", "escape=", "check="].iter().any(|name| comment.trim_start().starts_with(name)) {
                return Err(format!("a directive: {line}"));
            }
            continue;
        }
        let (text, continued) = match line.trim_end().strip_suffix('\\') {
            Some(text) => (text, true),
            None => (line, false),
        };
        current.push_str(text.trim());
        if continued {
            current.push(' ');
        } else if !current.is_empty() {
            lines.push(std::mem::take(&mut current));
        }
    }
    if current.is_empty() { Ok(lines) } else { Err(format!("the last line is continued: {current}")) }
}

/// `name=value name="a longer value"`.
fn pairs(text: &str) -> Result<Vec<(String, String)>, String> {
    let mut pairs = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let unknown = || format!("not name=value: {rest}");
        let (name, after) = rest.split_once('=').ok_or_else(unknown)?;
        let (value, after) = match after.strip_prefix('"') {
            Some(quoted) => quoted.split_once('"').ok_or_else(unknown)?,
            None => after.split_at(after.find(char::is_whitespace).unwrap_or(after.len())),
        };
        let apart = after.is_empty() || after.starts_with(char::is_whitespace);
        if !apart || name.is_empty() || name.contains(char::is_whitespace) || value.contains(['\\', '\'', '"']) {
            return Err(unknown());
        }
        pairs.push((name.to_owned(), value.to_owned()));
        rest = after.trim_start();
    }
    if pairs.is_empty() { Err("no name=value".to_owned()) } else { Ok(pairs) }
}

/// A text with its `${NAME}`s replaced. A builder replaces an unknown name with nothing; here it is an error.
pub fn expand(text: &str, variables: &Variables) -> Result<String, String> {
    let mut parts = text.split('$');
    let mut expanded = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let braced = part.strip_prefix('{').and_then(|part| part.split_once('}'));
        let (name, rest) = braced.ok_or_else(|| format!("not ${{NAME}}: ${part}"))?;
        expanded += variables.get(name).ok_or_else(|| format!("${{{name}}} is not known in: {text}"))?;
        expanded += rest;
    }
    Ok(expanded)
}

#[test]
fn instructions_are_read_as_a_builder_reads_them() {
    let text = "# A comment.\nARG BASE=debian:12\n\nFROM ${BASE} AS build\nWORKDIR /build\nCOPY a.toml b.lock ./\n\
                RUN one \\\n    # between\n    && two\nFROM ${BASE}\nARG BASE\nARG WHO=\"\"\n\
                LABEL a=\"x y\" \\\n  b=${WHO}\nCOPY --from=build /build/out /bin/\nENTRYPOINT [\"/bin/out\", \"-v\"]\n";
    let file = Dockerfile::parse(text).expect("it is right");
    assert_eq!(file.arguments, Variables::from([("BASE".into(), "debian:12".into())]));
    let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
    let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
    let copy = |from: Option<&str>, sources: &[&str], destination: &str| Instruction::Copy {
        from: from.map(str::to_owned),
        sources: words(sources),
        destination: destination.into(),
    };
    let build = vec![
        Instruction::Workdir("/build".into()),
        copy(None, &["a.toml", "b.lock"], "./"),
        Instruction::Run("one && two".into()),
    ];
    let last = vec![
        Instruction::Arg("BASE".into(), None),
        Instruction::Arg("WHO".into(), Some(String::new())),
        Instruction::Label(vec![pair("a", "x y"), pair("b", "${WHO}")]),
        copy(Some("build"), &["/build/out"], "/bin/"),
        Instruction::Entrypoint(words(&["/bin/out", "-v"])),
    ];
    let base = "${BASE}".to_owned();
    assert_eq!(
        file.stages,
        [
            Stage { base: base.clone(), name: Some("build".into()), instructions: build },
            Stage { base, name: None, instructions: last }
        ]
    );
}

#[test]
fn what_is_not_known_is_refused() {
    let refused = [
        "ADD https://example.org/a /a",
        "SHELL [\"/bin/bash\"]",
        "HEALTHCHECK CMD true",
        "VOLUME /data",
        "run lower-case",
        "RUN --mount=type=cache,target=/c cargo build",
        "RUN [\"cargo\", \"build\"]",
        "RUN <<EOF",
        "COPY only-one",
        "COPY --chmod=755 a /a",
        "COPY --from=build --link a /a",
        "COPY *.toml ./",
        "ENV NAME value",
        "LABEL a=\"not closed",
        "LABEL a=\"x\"y",
        "ENTRYPOINT /bin/out",
        "CMD run",
        "USER a b",
        "EXPOSE",
        "# syntax=docker/dockerfile:1",
        "RUN one \\",
    ];
    for line in refused {
        let read = Dockerfile::parse(&format!("FROM base\n{line}\n"));
        assert!(read.is_err(), "{line}: {read:?}");
    }
    assert!(Dockerfile::parse("ENV A=b\nFROM base\n").is_err(), "only ARG stands before the first stage");
}

#[test]
fn variables_are_expanded_strictly() {
    let variables = Variables::from([("A".into(), "x".into())]);
    assert_eq!(expand("${A}-${A}", &variables).as_deref(), Ok("x-x"));
    assert_eq!(expand("plain", &variables).as_deref(), Ok("plain"));
    for wrong in ["${B}", "$A", "${A"] {
        assert!(expand(wrong, &variables).is_err(), "{wrong}");
    }
}
