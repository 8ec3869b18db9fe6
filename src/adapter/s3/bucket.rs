//! The rules for names of buckets: a request is never sent for a name that no store can have.

use std::net::Ipv4Addr;

use crate::worker::ports::StoreError;

/// How the names of Amazon's further kinds of bucket end: directory buckets, their access points, buckets on Outposts. The SDK
/// asks for them in ways of their own, whatever the store is.
const ENDS_OF_AMAZON: [&str; 3] = ["--x-s3", "--xa-s3", "--op-s3"];
/// The most characters that a message repeats of a name.
const SHOWN_CHARS: usize = 80;

/// Checks the name of a bucket, by S3's rules, before anything is sent.
///
/// The rules are those of the oldest buckets, of up to 255 characters with capitals and underscores: such buckets are still
/// there, and other stores take such names. An ARN of an access point is a name too, of Amazon's own store.
pub(super) fn check(name: &str, is_amazon: bool) -> Result<(), StoreError> {
    if is_of_amazon(name) && !is_amazon {
        let message = "the store serves no ARNs, directory buckets or Outposts; name a bucket of its own";
        return Err(StoreError::Invalid(format!("bucket {}: {message}", shown(name))));
    }
    if is_arn(name) {
        return Ok(());
    }
    let wrong = |why: &str| {
        let message = format!("bucket {}: no store has a bucket of this name: {why}; correct the name", shown(name));
        Err(StoreError::NotFound(message))
    };
    let is_alphanumeric = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let bytes = name.as_bytes();
    if !(3..=255).contains(&bytes.len()) {
        wrong("it must have 3 to 255 characters")
    } else if !bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || b".-_".contains(byte)) {
        wrong("it may have letters without accents, digits, dots, hyphens and underscores alone")
    } else if !is_alphanumeric(bytes.first()) || !is_alphanumeric(bytes.last()) {
        wrong("it must begin and end with a letter or a digit")
    } else if name.contains("..") {
        wrong("it must not have two dots in a row")
    } else if name.parse::<Ipv4Addr>().is_ok() {
        wrong("it must not look like an IP address")
    } else {
        Ok(())
    }
}

/// Whether a name is one that Amazon's own store alone serves. The SDK has further rules for these.
pub(super) fn is_of_amazon(name: &str) -> bool {
    is_arn(name) || ENDS_OF_AMAZON.iter().any(|end| name.ends_with(end))
}

fn is_arn(name: &str) -> bool {
    name.starts_with("arn:")
}

/// A name as messages have it: short, and without characters that change the text around it.
pub(super) fn shown(name: &str) -> String {
    match name.char_indices().nth(SHOWN_CHARS) {
        Some((end, _)) => format!("{:?}…", &name[..end]),
        None => format!("{name:?}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_that_no_bucket_has_are_told() {
        let longest = "a".repeat(255);
        let too_long = "a".repeat(256);
        // The name; whether a bucket may have it.
        let rows = [
            ("models", true),
            ("my-models.2026", true),
            ("abc", true),
            ("0ab", true),
            ("xn--bcher-kva", true),
            ("models-1a2b3c4d5e-s3alias", true),
            ("Models_Of_2006", true),
            (&longest, true),
            (&too_long, false),
            ("", false),
            ("ab", false),
            (".", false),
            ("..", false),
            ("...", false),
            ("../models", false),
            ("models/secret", false),
            ("models ", false),
            ("my models", false),
            ("models\n", false),
            ("models\0", false),
            ("models?versions", false),
            ("models#1", false),
            ("models%2fsecret", false),
            ("models:1", false),
            ("möbel", false),
            ("моделі", false),
            ("models\u{200b}", false),
            ("-models", false),
            ("models-", false),
            (".models", false),
            ("models.", false),
            ("_models", false),
            ("my..models", false),
            ("192.168.5.4", false),
            ("192.168.5.4.5", true),
            ("s3://models", false),
            ("https://models.s3.amazonaws.com", false),
        ];
        for (name, may) in rows {
            let checked = check(name, false);
            assert_eq!(checked.is_ok(), may, "{name:?}: {checked:?}");
            if let Err(error) = checked {
                assert!(matches!(error, StoreError::NotFound(_)), "{error:?}");
                assert!(!error.to_string().contains(char::is_control), "{error}");
            }
        }
    }

    #[test]
    fn names_of_amazons_further_kinds_are_names_for_amazon_alone() {
        for name in [
            "arn:aws:s3:eu-west-1:123456789012:accesspoint/models",
            "models--euw1-az1--x-s3",
            "models--euw1-az1--xa-s3",
            "test-accessp-e0b1d075431d83bebde8xz5w8ijx1qzlbp3i3kuse10--op-s3",
        ] {
            assert_eq!(check(name, true), Ok(()));
            assert!(matches!(check(name, false), Err(StoreError::Invalid(_))), "{name}");
        }
    }

    #[test]
    fn a_message_repeats_the_beginning_of_a_long_name() {
        assert_eq!(shown("models"), "\"models\"");
        assert_eq!(shown(&"ü".repeat(1000)), format!("\"{}\"…", "ü".repeat(80)));
    }
}
