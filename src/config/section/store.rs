//! How to reach S3, beside the AWS SDK's own variables and profiles.

use crate::config::table::own::S3_PATH_STYLE;
use crate::config::table::shared::{AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3};
use crate::config::table::{self, SettingGroup};
use crate::config::{ConfigErrors, Section, Sources};

/// How to reach S3, beside the AWS SDK's own variables and profiles.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Store {
    /// Whether the bucket is in the path of the URL and not in its host name.
    pub path_style: bool,
}

impl Section for Store {
    const GROUP: &'static SettingGroup = &table::STORE;

    fn parse(sources: &Sources<'_>) -> Result<Self, ConfigErrors> {
        let mut problems = ConfigErrors::default();
        problems.require_utf8(sources.environment(), "AWS_");
        let path_style = problems.keep_one(S3_PATH_STYLE.optional(sources));
        // An endpoint that is no text is among the problems already.
        let has_endpoint = [&AWS_ENDPOINT_URL, &AWS_ENDPOINT_URL_S3]
            .iter()
            .any(|endpoint| matches!(endpoint.optional(sources), Ok(Some(_))));
        match path_style {
            // Stores other than Amazon's own rarely have a host name for each bucket.
            Some(path_style) if problems.0.is_empty() => Ok(Self { path_style: path_style.unwrap_or(has_endpoint) }),
            _ => Err(problems),
        }
    }
}
