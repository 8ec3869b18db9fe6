//! URLs of other programs, which may hold passwords.

use super::{ParseText, ValueKind, shortened};

/// The URL of an OTLP collector. Only its scheme, host and port are kept: the rest may hold a secret.
#[derive(Debug, Clone, Copy)]
pub struct CollectorUrl;

impl ValueKind for CollectorUrl {
    fn value_name(&self) -> &'static str {
        "URL"
    }

    fn expected(&self, _default: &str) -> String {
        "a URL, like http://collector:4318".into()
    }

    fn accepts(&self, text: &str) -> bool {
        self.parse(text).is_some()
    }
}

impl ParseText for CollectorUrl {
    type Value = String;

    fn parse(&self, text: &str) -> Option<String> {
        let (scheme, rest) = text.split_once("://").filter(|(scheme, _)| ["http", "https"].contains(scheme))?;
        let authority = rest.split(['/', '?', '#']).next()?;
        let host = authority.rsplit('@').next().filter(|host| !host.is_empty())?;
        Some(format!("{scheme}://{host}"))
    }

    fn shown(&self, text: &str) -> String {
        without_password(text)
    }
}

/// The URL of an HTTP proxy. Only its scheme, host and port are kept: the rest may hold a password.
#[derive(Debug, Clone, Copy)]
pub struct ProxyUrl;

impl ValueKind for ProxyUrl {
    fn value_name(&self) -> &'static str {
        "URL"
    }

    fn expected(&self, _default: &str) -> String {
        "the URL of an HTTP proxy, like http://proxy:3128; SOCKS is not spoken".into()
    }

    fn accepts(&self, text: &str) -> bool {
        self.parse(text).is_some()
    }
}

impl ParseText for ProxyUrl {
    type Value = String;

    fn parse(&self, text: &str) -> Option<String> {
        // The HTTP client takes a URL without a scheme for one of http://, and ignores one that it cannot read.
        let uri: http::Uri = text.parse().ok()?;
        let scheme = uri.scheme_str().unwrap_or("http");
        let host = uri.authority()?.as_str().rsplit('@').next()?;
        let is_right = uri.port_u16().is_some() || uri.host() == Some(host);
        (["http", "https"].contains(&scheme) && is_right).then(|| format!("{scheme}://{host}"))
    }

    fn shown(&self, text: &str) -> String {
        without_password(text)
    }
}

/// What an error shows of a URL that may have a password.
fn without_password(text: &str) -> String {
    if text.contains('@') { "(a URL with a password)".into() } else { shortened(text) }
}
