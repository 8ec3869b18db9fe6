//! Where the price book is.

use std::path::PathBuf;

use crate::config::table::{self, SettingGroup, own};
use crate::config::{ConfigErrors, Section, Sources};

/// The price book's file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookSource {
    /// The file; none for the sample book, which is built in.
    pub path: Option<PathBuf>,
}

impl Section for BookSource {
    const GROUP: &'static SettingGroup = &table::BOOK;

    fn parse(sources: &Sources<'_>) -> Result<Self, ConfigErrors> {
        Ok(Self { path: own::PRICE_BOOK.path(sources) })
    }
}
