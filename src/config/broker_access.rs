//! What a connection to RabbitMQ takes of secrets and certificates, and where they come from.
//!
//! They are read anew for each connection: a password, an authority or a certificate that is renewed in its file is in use
//! from the next connection on.

use std::path::{Path, PathBuf};

use super::identity::Certificates;
use super::table::own::{AMQP_CA, AMQP_CERT, AMQP_KEY, AMQP_URL, AMQP_URL_FILE};
use super::{AmqpUrl, Authorities, ConfigErrors, Identity, SettingError, Sources};

/// Where the URL, the authorities and the client certificate come from. `Debug` shows no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerAccess {
    url: Source<AmqpUrl>,
    authorities: Option<Source<Authorities>>,
    identity: Option<IdentityFiles>,
}

/// The URL, the authorities and the client certificate of one connection. `Debug` shows no secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BrokerSecrets {
    /// The URL, with its password.
    pub url: AmqpUrl,
    /// Authorities that are trusted beside the system's own, where the URL is `amqps://`.
    pub authorities: Option<Authorities>,
    /// The certificate that the worker shows to the broker, where the URL is `amqps://`.
    pub identity: Option<Identity>,
}

/// A value that is in a file, or known for good.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Source<T> {
    File(PathBuf),
    Known(T),
}

/// A client certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
struct IdentityFiles {
    certificates: PathBuf,
    key: PathBuf,
}

impl BrokerAccess {
    /// A URL alone.
    pub fn by_url(url: AmqpUrl) -> Self {
        Self { url: Source::Known(url), authorities: None, identity: None }
    }

    /// What the settings name.
    pub(super) fn parse(sources: &Sources<'_>) -> Result<Self, ConfigErrors> {
        let mut problems = ConfigErrors::default();
        let url = problems.keep_one(url(sources));
        let authorities = AMQP_CA.path(sources).map(|path| Source::of_file(path, |path| AMQP_CA.authorities_in(path)));
        let authorities = problems.keep_one(authorities.transpose());
        let identity = problems.keep_one(identity_files(sources));
        match (url, authorities, identity) {
            (Some(url), Some(authorities), Some(identity)) => Ok(Self { url, authorities, identity }),
            _ => Err(problems),
        }
    }

    /// Reads all of it, now.
    pub fn read(&self) -> Result<BrokerSecrets, ConfigErrors> {
        let mut problems = ConfigErrors::default();
        let url = problems.keep_one(self.url.read(|path| AMQP_URL_FILE.url_in(path)));
        let authorities = self.authorities.as_ref().map(|source| source.read(|path| AMQP_CA.authorities_in(path)));
        let authorities = problems.keep_one(authorities.transpose());
        let identity = problems.keep_one(self.identity.as_ref().map(IdentityFiles::read).transpose());
        match (url, authorities, identity) {
            (Some(url), Some(authorities), Some(identity)) => Ok(BrokerSecrets { url, authorities, identity }),
            _ => Err(problems),
        }
    }
}

impl<T: Clone> Source<T> {
    /// A file that can be read again. Anything else, such as a pipe, may give its bytes only once: they are read here.
    fn of_file(path: PathBuf, read: impl FnOnce(&Path) -> Result<T, SettingError>) -> Result<Self, SettingError> {
        if path.is_file() { Ok(Self::File(path)) } else { read(&path).map(Self::Known) }
    }

    fn read(&self, read: impl FnOnce(&Path) -> Result<T, SettingError>) -> Result<T, SettingError> {
        match self {
            Self::File(path) => read(path),
            Self::Known(value) => Ok(value.clone()),
        }
    }
}

impl IdentityFiles {
    fn read(&self) -> Result<Identity, SettingError> {
        let certificates = Certificates::parse(AMQP_CERT.pem_in(&self.certificates)?)
            .map_err(|invalid| AMQP_CERT.unusable(&self.certificates, invalid))?;
        let key = AMQP_KEY.pem_in(&self.key)?;
        certificates.with_key(key).map_err(|invalid| AMQP_KEY.unusable(&self.key, invalid))
    }
}

/// The URL, as it is given or in a file.
fn url(sources: &Sources<'_>) -> Result<Source<AmqpUrl>, SettingError> {
    match (AMQP_URL.url_text(sources)?, AMQP_URL_FILE.path(sources)) {
        (Some(_), Some(_)) => Err(SettingError::Both { one: AMQP_URL.variable, other: AMQP_URL_FILE.variable }),
        (None, Some(path)) => Source::of_file(path, |path| AMQP_URL_FILE.url_in(path)),
        (text, None) => AmqpUrl::of(AMQP_URL.variable, text.unwrap_or(AMQP_URL.default.0)).map(Source::Known),
    }
}

fn identity_files(sources: &Sources<'_>) -> Result<Option<IdentityFiles>, SettingError> {
    match (AMQP_CERT.path(sources), AMQP_KEY.path(sources)) {
        (Some(certificates), Some(key)) => Ok(Some(IdentityFiles { certificates, key })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(SettingError::Alone { given: AMQP_CERT.variable, missing: AMQP_KEY.variable }),
        (None, Some(_)) => Err(SettingError::Alone { given: AMQP_KEY.variable, missing: AMQP_CERT.variable }),
    }
}
