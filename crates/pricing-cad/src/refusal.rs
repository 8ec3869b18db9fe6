//! The reason why a file gives no model.

use occt_wasm::OcctError;
use serde::Serialize;

/// Why a file gives no model, in the words of a rejection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, thiserror::Error)]
#[error("{message}")]
pub struct Refusal {
    /// The machine-readable code.
    pub code: Code,
    /// The reason as a sentence.
    pub message: String,
}

/// The codes of rejections that a converter gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The file breaks the rules of its format.
    Malformed,
    /// The file has what is not read.
    UnsupportedFeature,
    /// The file has nothing to make.
    EmptyModel,
    /// The file encloses nothing.
    NoVolume,
    /// The file takes more than the limits.
    TooLarge,
}

impl Refusal {
    /// A refusal.
    pub fn new(code: Code, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }

    /// What the kernel failed to do, as the file's fault.
    pub fn of_kernel(error: &OcctError, doing: &str) -> Self {
        match error {
            OcctError::MemoryLimit { requested, .. } => {
                let mib = requested >> 20;
                Self::new(
                    Code::TooLarge,
                    format!("the CAD kernel needs more than its memory: it asked for {mib} MiB while it {doing}"),
                )
            }
            OcctError::Operation { message, .. } => {
                Self::new(Code::Malformed, format!("the CAD kernel failed while it {doing}: {message}"))
            }
            // A trap, whose message has addresses and no cause.
            _ => Self::new(Code::Malformed, format!("the CAD kernel failed while it {doing}")),
        }
    }
}
