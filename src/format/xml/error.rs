//! The errors of XML, without their line.

use thiserror::Error;

use super::{LIMIT_ATTRIBUTES, LIMIT_BYTES, LIMIT_DEPTH};
use crate::contract::{Reason, RejectionCode};
use crate::format::shown::shown;

/// Why XML cannot be read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum XmlError {
    /// The text breaks the rules of XML.
    #[error("this is no XML: {what}")]
    Syntax {
        /// What is wrong.
        what: String,
    },
    /// The file ends within a tag, a comment or a text.
    #[error("the XML ends within a tag or a comment: the file was cut; send it again")]
    TokenCut,
    /// The file ends within an element.
    #[error("the XML ends within the element `{}`: the file was cut; send it again", shown(.within.as_bytes()))]
    Cut {
        /// Its name.
        within: String,
    },
    /// The file has no element.
    #[error("the XML has no element")]
    NoElement,
    /// There is more than one root.
    #[error("the XML has more behind its end")]
    SecondRoot,
    /// A tag, a text or a comment is longer than the limit.
    #[error("a tag, a text or a comment does not end within {LIMIT_BYTES} bytes")]
    TooLong,
    /// Elements are nested too deeply.
    #[error("elements are nested more than {LIMIT_DEPTH} deep")]
    TooDeep,
    /// An element has too many attributes.
    #[error("an element has more than {LIMIT_ATTRIBUTES} attributes")]
    TooManyAttributes,
    /// An attribute is there twice.
    #[error("the attribute `{}` is there twice", shown(.name.as_bytes()))]
    AttributeTwice {
        /// Its name.
        name: String,
    },
    /// Too many or too long namespaces are bound.
    #[error("too many namespaces are bound, or too long ones")]
    TooManyNamespaces,
    /// A name is not in UTF-8.
    #[error("a name is neither in UTF-8 nor in UTF-16")]
    NoUtf8,
    /// The end of another element than the last one.
    #[error("`</{found}>` ends an element, and {expected} is open")]
    OtherEnd {
        /// The tag that would be right.
        expected: String,
        /// The name of the one that is there.
        found: String,
    },
    /// A document type, which can define entities.
    #[error("the XML has a DOCTYPE, which is not read: save the model without it")]
    DocumentType,
    /// An entity that XML does not have itself.
    #[error("the XML has an entity that is not read: {}", shown(.what.as_bytes()))]
    Entity {
        /// What is wrong.
        what: String,
    },
}

impl From<quick_xml::Error> for XmlError {
    /// The error of a token that is the last of a file.
    fn from(error: quick_xml::Error) -> Self {
        match error {
            quick_xml::Error::Syntax(_) => Self::TokenCut,
            error => Self::Syntax { what: shown(error.to_string().as_bytes()) },
        }
    }
}

impl From<XmlError> for Reason {
    fn from(error: XmlError) -> Self {
        let code = match error {
            XmlError::TokenCut | XmlError::Cut { .. } => RejectionCode::Truncated,
            XmlError::DocumentType | XmlError::Entity { .. } => RejectionCode::UnsupportedFeature,
            _ => RejectionCode::Malformed,
        };
        Self::new(code, error.to_string())
    }
}
