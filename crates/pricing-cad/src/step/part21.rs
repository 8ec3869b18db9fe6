//! The text of a STEP file (ISO 10303-21), as far as the kernel does not tell what it says: its unit of length, and the files
//! that it refers to.

use std::collections::HashMap;

/// What the text of a file says.
#[derive(Debug, Default, PartialEq)]
pub struct Part21 {
    /// Millimetres in its unit of length: that of most of its shapes.
    pub unit_mm: Option<f64>,
    /// The names of other files whose geometry belongs to it.
    pub external_files: Vec<String>,
}

/// Millimetres in a metre with each of the prefixes of lengths.
const PREFIXES: [(&str, f64); 8] = [
    (".KILO.", 1e6),
    (".HECTO.", 1e5),
    (".DECA.", 1e4),
    (".DECI.", 100.0),
    (".CENTI.", 10.0),
    (".MILLI.", 1.0),
    (".MICRO.", 1e-3),
    (".NANO.", 1e-6),
];

/// How often one unit may be defined by another.
const MOST_CONVERSIONS: usize = 8;

/// The words of statements that matter here.
const WORDS: [&str; 6] = [
    "UNIT",
    "DOCUMENT_FILE",
    "'external definition'",
    "MEASURE_WITH_UNIT",
    "GLOBAL_UNIT_ASSIGNED_CONTEXT",
    "REFERENCE",
];

/// Reads the text of a file.
pub fn read(text: &str) -> Part21 {
    let mut units = HashMap::new();
    let (mut contexts, mut documents) = (Vec::new(), Vec::new());
    let (mut has_external_definition, mut in_references) = (false, false);
    let mut anchors = Vec::new();
    for statement in statements(text) {
        if in_references {
            in_references = !statement.eq_ignore_ascii_case("ENDSEC");
            let uris = statement.split('<').skip(1).filter_map(|part| part.split_once('>')).map(|(uri, _)| uri);
            anchors.extend(uris.filter(|uri| !uri.starts_with('#')).map(str::to_owned));
        }
        if !WORDS.iter().any(|word| statement.contains(word)) {
            continue;
        }
        in_references |= statement == "REFERENCE";
        has_external_definition |= statement.contains("'external definition'");
        let Some((id, body)) = statement.split_once('=') else { continue };
        if let Some(arguments) = arguments(body, "GLOBAL_UNIT_ASSIGNED_CONTEXT") {
            contexts.push(references(arguments));
        }
        if let Some(arguments) = arguments(body, "DOCUMENT_FILE") {
            documents.extend(arguments.split('\'').nth(1).map(str::to_owned));
        }
        if body.contains("UNIT") {
            units.insert(id.to_owned(), body.to_owned());
        }
    }
    let mut external_files = if has_external_definition { documents } else { Vec::new() };
    external_files.extend(anchors);
    Part21 { unit_mm: unit_of_most(&contexts, &units), external_files }
}

/// The unit of length of most contexts; of several, that of the first.
fn unit_of_most(contexts: &[Vec<String>], units: &HashMap<String, String>) -> Option<f64> {
    let lengths: Vec<f64> = contexts
        .iter()
        .filter_map(|context| context.iter().find_map(|id| length_unit_mm(id, units, MOST_CONVERSIONS)))
        .collect();
    let votes = |unit_mm: &f64| lengths.iter().filter(|other| *other == unit_mm).count();
    // `max_by_key` gives the last of several, hence the order.
    lengths.iter().rev().max_by_key(|unit_mm| votes(unit_mm)).copied()
}

/// Millimetres in a unit of length; none for a unit of something else.
fn length_unit_mm(id: &str, units: &HashMap<String, String>, conversions_left: usize) -> Option<f64> {
    let body = units.get(id)?;
    if !body.contains("LENGTH_UNIT") {
        return None;
    }
    if let Some(arguments) = arguments(body, "SI_UNIT") {
        let prefix = PREFIXES.iter().find(|(prefix, _)| arguments.contains(prefix));
        return Some(prefix.map_or(1000.0, |&(_, unit_mm)| unit_mm));
    }
    let measure = units.get(references(arguments(body, "CONVERSION_BASED_UNIT")?).first()?)?;
    // Some programs leave the type of the number out.
    let entities = ["LENGTH_MEASURE", "POSITIVE_LENGTH_MEASURE", "LENGTH_MEASURE_WITH_UNIT", "MEASURE_WITH_UNIT"];
    let number = entities.into_iter().find_map(|entity| arguments(measure, entity))?;
    let count: f64 = number.split([')', ',']).next()?.parse().ok()?;
    let of = references(measure).into_iter().next()?;
    let unit_mm = count * length_unit_mm(&of, units, conversions_left.checked_sub(1)?)?;
    (unit_mm.is_finite() && unit_mm > 0.0).then_some(unit_mm)
}

/// What stands behind the parenthesis of an entity in a statement.
fn arguments<'a>(body: &'a str, entity: &str) -> Option<&'a str> {
    let mut rest = body;
    while let Some(start) = rest.find(entity) {
        let is_whole = !rest[..start].ends_with(|letter: char| letter.is_ascii_alphanumeric() || letter == '_');
        rest = &rest[start + entity.len()..];
        if let Some(arguments) = rest.strip_prefix('(').filter(|_| is_whole) {
            return Some(arguments);
        }
    }
    None
}

/// The entities that a text refers to: `#12`.
fn references(text: &str) -> Vec<String> {
    let parts = text.split('#').skip(1);
    let digits = parts.map(|part| part.chars().take_while(char::is_ascii_digit).collect::<String>());
    digits.filter(|digits| !digits.is_empty()).map(|digits| format!("#{digits}")).collect()
}

/// The statements of a file, without blanks outside of texts and without comments.
fn statements(text: &str) -> impl Iterator<Item = String> {
    let mut letters = text.chars().peekable();
    std::iter::from_fn(move || {
        let (mut statement, mut is_text) = (String::new(), false);
        while let Some(letter) = letters.next() {
            match letter {
                ';' if !is_text => return Some(statement),
                '/' if !is_text && letters.peek() == Some(&'*') => {
                    let mut last = ' ';
                    letters.find(|&letter| {
                        let is_end = last == '*' && letter == '/';
                        last = letter;
                        is_end
                    });
                }
                _ if letter.is_whitespace() && !is_text => {}
                _ => {
                    is_text ^= letter == '\'';
                    statement.push(letter);
                }
            }
        }
        None
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const METRE: &str = "#1=(LENGTH_UNIT()NAMED_UNIT(*)SI_UNIT($,.METRE.));";
    const MILLI: &str = "#2 = ( NAMED_UNIT ( * ) LENGTH_UNIT ( ) SI_UNIT ( .MILLI. , .METRE. ) ) ;";
    const INCH: &str =
        "#3=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(25.4),#2);#4=DIMENSIONAL_EXPONENTS(1.,0.,0.,0.,0.,0.,0.);
        #5=(CONVERSION_BASED_UNIT('INCH',#3)LENGTH_UNIT()NAMED_UNIT(#4));";
    const BARE_INCH: &str =
        "#7=LENGTH_MEASURE_WITH_UNIT(25.4,#2);#8=(CONVERSION_BASED_UNIT('INCH',#7)LENGTH_UNIT()NAMED_UNIT(#4));";
    const ANGLE: &str = "#6=(NAMED_UNIT(*)PLANE_ANGLE_UNIT()SI_UNIT($,.RADIAN.));";

    #[test]
    fn the_unit_of_most_shapes_is_the_files() {
        let context =
            |unit: u32| format!("#9=(GLOBAL_UNIT_ASSIGNED_CONTEXT((#6,#{unit}))REPRESENTATION_CONTEXT('',''));");
        let units = [METRE, MILLI, INCH, BARE_INCH, ANGLE].concat();
        let rows = [
            ("metres", vec![1], Some(1000.0)),
            ("millimetres, with blanks", vec![2], Some(1.0)),
            ("inches", vec![5], Some(25.4)),
            ("inches by a number without a type", vec![8], Some(25.4)),
            ("two to one", vec![1, 5, 5], Some(25.4)),
            ("one each: the first", vec![2, 5], Some(1.0)),
            ("no such unit", vec![99], None),
            ("none", vec![], None),
        ];
        for (name, contexts, expected) in rows {
            let text: String = contexts.into_iter().map(context).collect();
            assert_eq!(read(&format!("{units}{text}")).unit_mm, expected, "{name}");
        }
        let circle =
            "#3=LENGTH_MEASURE_WITH_UNIT(LENGTH_MEASURE(2.),#5);#5=(CONVERSION_BASED_UNIT('X',#3)LENGTH_UNIT());";
        assert_eq!(read(&format!("{circle}{}", context(5))).unit_mm, None, "a unit defined by itself");
    }

    #[test]
    fn files_with_geometry_of_the_model_are_named() {
        let rows: [(&str, &str, &[&str]); 5] = [
            ("a drawing beside it", "#1=DOCUMENT_FILE('a.pdf','','',#2,'',$);", &[]),
            (
                "a part in a file",
                "#1=DOCUMENT_FILE('a.stp','','',#2,'',$);#3=PROPERTY_DEFINITION('external definition','',#1);",
                &["a.stp"],
            ),
            (
                "a name in a comment",
                "/* #1=DOCUMENT_FILE('a.stp'); 'external definition' */#1=X('it''s; a text');",
                &[],
            ),
            ("a reference", "REFERENCE; #1=<a.stp#x>; #2=<#here>; ENDSEC;", &["a.stp#x"]),
            ("no reference", "DATA; #1=X('<a.stp>'); ENDSEC;", &[]),
        ];
        for (name, text, expected) in rows {
            assert_eq!(read(text).external_files, expected, "{name}");
        }
    }

    #[test]
    fn a_cut_text_is_read_as_far_as_it_goes() {
        let whole = [METRE, MILLI, INCH, ANGLE, "/* a", "'b"].concat();
        for end in 0..whole.len() {
            read(&whole[..end]);
        }
    }
}
