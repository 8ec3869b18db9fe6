//! The table of settings: one row for each variable that the program reads.
//!
//! The command line, the parsed sections, docs/configuration.md and the tests of the chart follow from these rows. `own` has
//! the settings of this program, `shared` the variables that other programs read too.

pub(super) mod own;
pub(super) mod shared;

use super::setting::AnySetting;

/// The settings of one section.
#[derive(Clone, Copy)]
pub struct SettingGroup {
    /// The heading in the help and in the documentation.
    pub heading: &'static str,
    /// Whether every command has its flags.
    pub is_global: bool,
    /// The settings, in the order of the help.
    pub settings: &'static [&'static dyn AnySetting],
}

/// All settings, by section, in the order of the help of `run`.
pub const GROUPS: [&SettingGroup; 8] = [&BOOK, &BROKER, &STORE, &JOBS, &CAD, &LIFECYCLE, &LOG, &TRACES];

pub(super) static BOOK: SettingGroup =
    SettingGroup { heading: "Price book", is_global: false, settings: &[&own::PRICE_BOOK] };

pub(super) static BROKER: SettingGroup = SettingGroup {
    heading: "RabbitMQ",
    is_global: false,
    settings: &[&own::AMQP_URL, &own::AMQP_URL_FILE, &own::AMQP_CA, &own::AMQP_CERT, &own::AMQP_KEY, &own::TOPOLOGY],
};

pub(super) static STORE: SettingGroup = SettingGroup {
    heading: "S3 (credentials, region and AWS_ENDPOINT_URL as for every AWS tool)",
    is_global: false,
    settings: &[
        &own::S3_PATH_STYLE,
        &shared::AWS_ENDPOINT_URL,
        &shared::AWS_ENDPOINT_URL_S3,
        &shared::AWS_CA_BUNDLE,
        &shared::SSL_CERT_FILE,
        &shared::SSL_CERT_DIR,
        &shared::HTTPS_PROXY,
        &shared::HTTPS_PROXY_LOWER,
        &shared::HTTP_PROXY,
        &shared::HTTP_PROXY_LOWER,
        &shared::ALL_PROXY,
        &shared::ALL_PROXY_LOWER,
        &shared::NO_PROXY,
        &shared::NO_PROXY_LOWER,
    ],
};

pub(super) static JOBS: SettingGroup = SettingGroup {
    heading: "Limits",
    is_global: false,
    settings: &[
        &own::CONCURRENCY,
        &own::THREADS,
        &own::MEMORY_BUDGET,
        &own::TOPOLOGY_TRIANGLES,
        &own::MAX_OBJECT_SIZE,
        &own::JOB_TIMEOUT,
        &shared::RAYON_NUM_THREADS,
    ],
};

pub(super) static CAD: SettingGroup = SettingGroup {
    heading: "CAD files",
    is_global: false,
    settings: &[&own::CAD, &own::CAD_MEMORY, &own::CAD_TIMEOUT],
};

pub(super) static LIFECYCLE: SettingGroup =
    SettingGroup { heading: "Service", is_global: false, settings: &[&own::DRAIN_TIMEOUT, &own::ADMIN_ADDR] };

pub(super) static LOG: SettingGroup = SettingGroup {
    heading: "Logs, on standard error",
    is_global: true,
    settings: &[&own::LOG, &shared::RUST_LOG, &shared::NO_COLOR],
};

pub(super) static TRACES: SettingGroup = SettingGroup {
    heading: "Traces, over OTLP",
    is_global: false,
    settings: &[
        &shared::OTLP_ENDPOINT,
        &shared::OTLP_TRACES_ENDPOINT,
        &shared::OTLP_PROTOCOL,
        &shared::OTLP_TRACES_PROTOCOL,
        &shared::OTLP_TIMEOUT,
        &shared::OTLP_TRACES_TIMEOUT,
        &shared::TRACES_EXPORTER,
        &shared::OTEL_DISABLED,
    ],
};

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn rows() -> impl Iterator<Item = &'static dyn AnySetting> {
        GROUPS.iter().flat_map(|group| group.settings.iter().copied())
    }

    #[test]
    fn a_flag_and_a_variable_follow_from_the_name() {
        for row in rows() {
            let variable = row.name().replace('-', "_").to_uppercase();
            match row.flag() {
                Some(flag) => {
                    assert_eq!(flag, format!("--{}", row.name()));
                    assert_eq!(row.variable(), format!("PRICING_{variable}"));
                }
                // Proxies are named in lower case too.
                None => assert!(row.variable().eq_ignore_ascii_case(&variable), "{}", row.name()),
            }
        }
        let variables: BTreeSet<_> = rows().map(AnySetting::variable).collect();
        assert_eq!(variables.len(), rows().count(), "a variable has two rows");
    }

    #[test]
    fn a_default_is_a_value_of_its_own_kind() {
        for row in rows() {
            if let Some(default) = row.default_text() {
                assert!(row.kind().accepts(default), "{}: {default}", row.name());
            }
        }
    }
}
