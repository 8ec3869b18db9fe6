//! Parser errors without the contents of the message: they go into logs, answers and dead letters.

/// The most characters of an unknown name that an error repeats.
const NAME_CHARS: usize = 40;

/// The error of serde without the text that it quotes, which may be the whole message. The beginning of an unknown name is
/// kept, so that the sender can find it.
pub(super) fn without_contents(words: &str) -> String {
    if let Some((kind, _, expected)) = quoted(words, "string \"", "\", expected ") {
        return format!("{kind}string, expected {expected}");
    }
    match quoted(words, "unknown variant `", "`, expected ") {
        Some((_, name, expected)) => format!("unknown variant `{}`, expected {expected}", shortened(name)),
        None => words.to_owned(),
    }
}

/// The text before, in and after a quotation. The quoted text may contain `end`; the last one ends the quotation.
fn quoted<'a>(words: &'a str, start: &str, end: &str) -> Option<(&'a str, &'a str, &'a str)> {
    let (before, rest) = words.split_once(start)?;
    let (quotation, after) = rest.rsplit_once(end)?;
    Some((before, quotation, after))
}

fn shortened(name: &str) -> String {
    match name.char_indices().nth(NAME_CHARS) {
        Some((end, _)) => format!("{}…", &name[..end]),
        None => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;
    use serde_json::{Value, json};

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Unit {
        Mm,
        Cm,
    }

    #[derive(Debug, Deserialize)]
    struct Part {
        #[serde(rename = "unit")]
        _unit: Unit,
        #[serde(rename = "pieces")]
        _pieces: u32,
    }

    #[test]
    fn values_are_left_out_and_names_are_short() {
        let unit = |unit: Value| json!({ "unit": unit, "pieces": 1 });
        let pieces = |pieces: Value| json!({ "unit": "mm", "pieces": pieces });
        let rows = [
            (json!("secret"), "invalid type: string, expected struct Part"),
            (pieces("secret".into()), "invalid type: string, expected u32"),
            (pieces("unknown variant `secret`, expected ".into()), "invalid type: string, expected u32"),
            (pieces("a string \"secret\", expected u32".into()), "invalid type: string, expected u32"),
            (pieces((-1).into()), "invalid value: integer `-1`, expected u32"),
            (unit("furlong".into()), "unknown variant `furlong`, expected `mm` or `cm`"),
            (unit("a`, expected b".into()), "unknown variant `a`, expected b`, expected `mm` or `cm`"),
            (unit(format!("{}secret", "x".repeat(40)).into()), &{
                format!("unknown variant `{}…`, expected `mm` or `cm`", "x".repeat(40))
            }),
            (unit("string \"secret\", expected ".into()), "unknown variant `string, expected `, expected `mm` or `cm`"),
            (json!({ "unit": "mm" }), "missing field `pieces`"),
        ];
        for (value, expected) in rows {
            let error = serde_json::from_value::<Part>(value).expect_err(expected);
            assert_eq!(without_contents(&error.to_string()), expected);
        }
    }
}
