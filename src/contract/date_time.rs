//! The check that a text is a date and time of RFC 3339.
//!
//! A result carries its request's time as it was written, and `CloudEvents` allows only RFC 3339. jiff reads more (ISO 8601
//! without its dashes, years of six digits, the names of zones), so this module checks the form, and jiff the numbers.

use jiff::Timestamp;

/// Whether a text is a date and time of RFC 3339, with at most nine digits of a second.
pub(super) fn is_date_time(text: &str) -> bool {
    has_form(text.as_bytes()) && text.parse::<Timestamp>().is_ok()
}

/// `2026-11-23T10:00:00`, a fraction or none, then `Z` or `+01:00`.
fn has_form(text: &[u8]) -> bool {
    let Some((local, rest)) = text.split_at_checked(19) else { return false };
    let zone = match rest.strip_prefix(b".") {
        Some(fraction) => {
            let digits = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits == 0 {
                return false;
            }
            &fraction[digits..]
        }
        None => rest,
    };
    fits(local, b"0000-00-00T00:00:00") && (fits(zone, b"Z") || fits(zone, b"+00:00") || fits(zone, b"-00:00"))
}

/// Whether a text has a form: a digit for each 0, and each other character in either case.
fn fits(text: &[u8], form: &[u8]) -> bool {
    let is =
        |(byte, form): (&u8, &u8)| if *form == b'0' { byte.is_ascii_digit() } else { byte.eq_ignore_ascii_case(form) };
    text.len() == form.len() && text.iter().zip(form).all(is)
}

#[cfg(test)]
mod tests {
    use super::is_date_time;

    #[test]
    fn only_rfc_3339_is_a_date_and_time() {
        let right = [
            "2026-11-23T10:00:00Z",
            "2026-11-23t10:00:00z",
            "2026-11-23T10:00:00.5+01:00",
            "2026-11-23T10:00:00.123456789-23:59",
            "2026-11-23T10:00:00-00:00",
        ];
        for text in right {
            assert!(is_date_time(text), "{text}");
        }
        let wrong = [
            "",
            "yesterday",
            "2026-11-23",
            "2026-11-23T10:00Z",
            "2026-11-23T10:00:00",
            "2026-11-23 10:00:00Z",
            "20261123T100000Z",
            "+002026-11-23T10:00:00Z",
            "2026-11-23T10:00:00+01",
            "2026-11-23T10:00:00+0100",
            "2026-11-23T10:00:00+01:00[Europe/Paris]",
            "2026-11-23T10:00:00,5Z",
            "2026-11-23T10:00:00.Z",
            "2026-02-30T10:00:00Z",
            "2026-11-23T25:00:00Z",
            "２026-11-23T10:00:00Z",
        ];
        for text in wrong {
            assert!(!is_date_time(text), "{text}");
        }
    }
}
