//! The parts of a job whose time is measured.

/// A part of a job whose time is measured. Stages overlap: the worker measures a model while the rest of it arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Waiting for the store: to open the object, and for each of its bytes.
    Download,
    /// Waiting for the converter of CAD files, which waits for the store first.
    Convert,
    /// Computing the model's measures.
    Measure,
    /// Computing the quote.
    Price,
    /// Waiting for the broker to confirm the answer.
    Publish,
}

impl Stage {
    /// Every stage, in the order in which a job begins them.
    pub const ALL: [Self; 5] = [Self::Download, Self::Convert, Self::Measure, Self::Price, Self::Publish];

    /// The machine-readable code.
    pub fn name(self) -> &'static str {
        match self {
            Self::Download => "download",
            Self::Convert => "convert",
            Self::Measure => "measure",
            Self::Price => "price",
            Self::Publish => "publish",
        }
    }
}
