//! How to reach S3, beside the AWS SDK's own variables and profiles.

use std::fmt;
use std::path::PathBuf;

use crate::config::kind::ProxyUrl;
use crate::config::setting::{Described, Setting};
use crate::config::table::own::S3_PATH_STYLE;
use crate::config::table::shared::{
    ALL_PROXY, ALL_PROXY_LOWER, AWS_CA_BUNDLE, AWS_ENDPOINT_URL, AWS_ENDPOINT_URL_S3, HTTP_PROXY, HTTP_PROXY_LOWER,
    HTTPS_PROXY, HTTPS_PROXY_LOWER, NO_PROXY, NO_PROXY_LOWER, SSL_CERT_DIR, SSL_CERT_FILE,
};
use crate::config::table::{self, SettingGroup};
use crate::config::{Authorities, ConfigErrors, Section, SettingError, Sources};

/// How to reach S3, beside the AWS SDK's own variables and profiles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// Whether the bucket is in the path of the URL and not in its host name.
    pub path_style: bool,
    /// Authorities in place of the system's own.
    pub ca_bundle: Option<CaBundle>,
    /// The variable that says where the system's own authorities are, where one does.
    pub system_authorities: Option<&'static str>,
    /// The proxies on the way to the store and to what gives credentials.
    pub proxies: Proxies,
}

/// The file of `AWS_CA_BUNDLE`, which can be read again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaBundle {
    path: PathBuf,
    /// What it held when the program started.
    pub authorities: Authorities,
}

/// The proxies that the HTTP client takes from the environment, without their users and passwords.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// For `http://`.
    pub http: Option<String>,
    /// For `https://`.
    pub https: Option<String>,
    /// Whether `NO_PROXY` names hosts that are reached directly.
    pub has_exceptions: bool,
}

impl Section for Store {
    const GROUP: &'static SettingGroup = &table::STORE;

    fn parse(sources: &Sources<'_>) -> Result<Self, ConfigErrors> {
        let mut problems = ConfigErrors::default();
        problems.require_utf8(sources.environment(), "AWS_");
        if !problems.0.is_empty() {
            return Err(problems);
        }
        let path_style = problems.keep_one(S3_PATH_STYLE.optional(sources));
        let ca_bundle = problems.keep_one(ca_bundle(sources));
        let system_authorities = problems.keep_one(system_authorities(sources));
        let proxies = problems.keep(Proxies::parse(sources));
        let has_endpoint = [&AWS_ENDPOINT_URL, &AWS_ENDPOINT_URL_S3]
            .iter()
            .any(|endpoint| matches!(endpoint.optional(sources), Ok(Some(_))));
        match (path_style, ca_bundle, system_authorities, proxies) {
            (Some(path_style), Some(ca_bundle), Some(system_authorities), Some(proxies)) => {
                // Stores other than Amazon's own rarely have a host name for each bucket.
                let path_style = path_style.unwrap_or(has_endpoint);
                Ok(Self { path_style, ca_bundle, system_authorities, proxies })
            }
            _ => Err(problems),
        }
    }
}

impl CaBundle {
    /// The authorities that it holds now; where it cannot be read, as while it is written, those of the start.
    pub fn read(&self) -> Authorities {
        AWS_CA_BUNDLE.authorities_in(&self.path).unwrap_or_else(|_| self.authorities.clone())
    }
}

impl Proxies {
    /// Parses the variables as the HTTP client takes them: upper case first, and for each scheme its own before the one
    /// for all.
    fn parse(sources: &Sources<'_>) -> Result<Self, ConfigErrors> {
        let mut problems = ConfigErrors::default();
        let mut proxy = |upper: &ProxySetting, lower: &ProxySetting| {
            let [upper, lower] = [upper, lower].map(|setting| problems.keep_one(setting.optional(sources)).flatten());
            upper.or(lower)
        };
        let all = proxy(&ALL_PROXY, &ALL_PROXY_LOWER);
        let http = proxy(&HTTP_PROXY, &HTTP_PROXY_LOWER).or_else(|| all.clone());
        let https = proxy(&HTTPS_PROXY, &HTTPS_PROXY_LOWER).or(all);
        let exceptions = [&NO_PROXY, &NO_PROXY_LOWER].map(|setting| problems.keep_one(setting.optional(sources)));
        let has_exceptions = exceptions.iter().flatten().any(Option::is_some);
        if problems.0.is_empty() { Ok(Self { http, https, has_exceptions }) } else { Err(problems) }
    }
}

type ProxySetting = Setting<ProxyUrl, Described>;

fn ca_bundle(sources: &Sources<'_>) -> Result<Option<CaBundle>, SettingError> {
    let Some(path) = AWS_CA_BUNDLE.path(sources) else { return Ok(None) };
    let authorities = AWS_CA_BUNDLE.authorities_in(&path)?;
    Ok(Some(CaBundle { path, authorities }))
}

/// Where the system's authorities are. From a file that cannot be read TLS would take none, without a message.
fn system_authorities(sources: &Sources<'_>) -> Result<Option<&'static str>, SettingError> {
    if let Some(path) = SSL_CERT_FILE.path(sources) {
        // A system's file may hold some authority that is not understood here, and need not be.
        let pem = SSL_CERT_FILE.pem_in(&path)?;
        if !Authorities::has_any(&pem) {
            return Err(SSL_CERT_FILE.unusable(&path, "it holds no certificate that can be used"));
        }
        return Ok(Some(SSL_CERT_FILE.variable));
    }
    Ok(SSL_CERT_DIR.path(sources).map(|_| SSL_CERT_DIR.variable))
}

impl fmt::Display for Proxies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let direct = "no proxy".to_owned();
        let [http, https] = [&self.http, &self.https].map(|proxy| proxy.as_ref().unwrap_or(&direct));
        match (&self.http, &self.https) {
            (None, None) => return f.write_str("none"),
            (Some(http), Some(https)) if http == https => f.write_str(http)?,
            _ => write!(f, "{https} for https://, {http} for http://")?,
        }
        if self.has_exceptions { f.write_str("; not for hosts of NO_PROXY") } else { Ok(()) }
    }
}
