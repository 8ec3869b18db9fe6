//! Typed reading of a TOML tree that collects every fault with its place.
//!
//! Each function notes a fault and returns none, so that its caller goes on and finds further faults. The meaning of keys is
//! not known here.

use std::borrow::Cow;
use std::ops::{Range, RangeInclusive};

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::pricing::book_fault::{BookFault, nearest};
use crate::pricing::errors::Lines;
use crate::pricing::limits;

/// A value in the tree, with its place.
pub(super) type TomlValue<'t> = Spanned<DeValue<'t>>;

/// The faults so far.
pub(super) struct Faults<'t> {
    text: &'t str,
    lines: Lines<'t>,
    found: Vec<(Range<usize>, BookFault)>,
}

impl<'t> Faults<'t> {
    pub fn new(text: &'t str) -> Self {
        Self { text, lines: Lines::new(text), found: Vec::new() }
    }

    /// Notes a fault.
    pub fn add(&mut self, span: Range<usize>, fault: BookFault) {
        self.found.push((span, fault));
    }

    /// The line that a byte is in.
    pub fn line(&self, at: usize) -> usize {
        self.lines.place(at).0
    }

    /// Adds the TOML parser's errors, and removes the faults that may only follow from them: those in the lines of such an
    /// error, and everything that is reported missing.
    pub fn add_syntax(&mut self, errors: &[toml::de::Error]) {
        if errors.is_empty() {
            return;
        }
        let spans = || errors.iter().map(|error| error.span().unwrap_or(0..0));
        let mut guesswork: Vec<_> =
            spans().flat_map(|span| [self.line(span.start), self.line(span.end.max(span.start))]).collect();
        guesswork.sort_unstable();
        let lines = &self.lines;
        self.found.retain(|(span, fault)| {
            !fault.is_absence() && guesswork.binary_search(&lines.place(span.start).0).is_err()
        });
        for (error, span) in errors.iter().zip(spans()) {
            self.add(span, BookFault::Syntax { message: error.message().to_owned() });
        }
    }

    /// All faults.
    pub fn into_inner(self) -> Vec<(Range<usize>, BookFault)> {
        self.found
    }
}

/// The name of a kind of table (`a material`) and its keys, each with an example of its value as TOML.
pub(super) struct TableKeys {
    pub name: &'static str,
    pub keys: Vec<(&'static str, &'static str)>,
}

/// A table whose keys were checked.
pub(super) struct BookTable<'a, 't> {
    record: &'a TableKeys,
    span: Range<usize>,
    entries: &'a DeTable<'t>,
}

impl TableKeys {
    /// The keys of a table that has no parameters of drivers.
    pub fn of(name: &'static str, keys: &[(&'static str, &'static str)]) -> Self {
        Self { name, keys: keys.to_vec() }
    }
}

impl<'a, 't> BookTable<'a, 't> {
    /// Reads a value that must be a table. Notes unknown keys.
    pub fn open(value: &'a TomlValue<'t>, record: &'a TableKeys, faults: &mut Faults<'_>) -> Option<Self> {
        let Some(entries) = value.get_ref().as_table() else {
            let found = type_name(value.get_ref());
            faults.add(value.span(), BookFault::WrongType { expected: "a table", found });
            return None;
        };
        Some(Self::check(entries, value.span(), record, faults))
    }

    /// Reads the whole document. Notes unknown keys.
    pub fn root(document: &'a Spanned<DeTable<'t>>, record: &'a TableKeys, faults: &mut Faults<'_>) -> Self {
        Self::check(document.get_ref(), 0..0, record, faults)
    }

    fn check(entries: &'a DeTable<'t>, span: Range<usize>, record: &'a TableKeys, faults: &mut Faults<'_>) -> Self {
        let known: Vec<_> = record.keys.iter().map(|(key, _)| *key).collect();
        for (key, _) in entries {
            let name = key.get_ref().as_ref();
            if !known.contains(&name) {
                let (key_text, nearest) = (name.to_owned(), nearest(name, &known));
                let fault = BookFault::UnknownKey { key: key_text, record: record.name, nearest, known: known.clone() };
                faults.add(key.span(), fault);
            }
        }
        Self { record, span, entries }
    }

    /// The value of a key that may be absent.
    pub fn optional(&self, key: &str) -> Option<&'a TomlValue<'t>> {
        self.entries.get(key)
    }

    /// The value of a required key.
    pub fn required(&self, key: &str, faults: &mut Faults<'_>) -> Option<&'a TomlValue<'t>> {
        let value = self.entries.get(key);
        if value.is_none() {
            let &(key, example) = self.record.keys.iter().find(|(known, _)| *known == key)?;
            faults.add(self.span.clone(), BookFault::MissingKey { key, record: self.record.name, example });
        }
        value
    }
}

/// Reads a value that must be an array of 1 to `most` elements.
pub(super) fn elements<'a, 't>(
    value: &'a TomlValue<'t>,
    what: &'static str,
    expected: &'static str,
    most: usize,
    faults: &mut Faults<'_>,
) -> Option<&'a [TomlValue<'t>]> {
    let Some(array) = value.get_ref().as_array() else {
        faults.add(value.span(), BookFault::WrongType { expected, found: type_name(value.get_ref()) });
        return None;
    };
    if array.is_empty() {
        faults.add(value.span(), BookFault::Empty { what });
        return None;
    }
    if array.len() > most {
        faults.add(array[most].span(), BookFault::TooMany { what, count: array.len(), most });
        return None;
    }
    Some(array)
}

/// A text of the book, with the places of its characters.
pub(super) struct BookText<'a> {
    pub value: &'a str,
    span: Range<usize>,
    /// The place of the first byte; none where the text is written with escapes.
    inner: Option<usize>,
}

impl BookText<'_> {
    /// The place of the whole text, with its quotes.
    pub fn span(&self) -> Range<usize> {
        self.span.clone()
    }

    /// The place of a part; that of the whole where the part is empty or the text is written with escapes.
    pub fn part(&self, range: Range<usize>) -> Range<usize> {
        match self.inner {
            Some(inner) if !range.is_empty() => inner + range.start..inner + range.end,
            _ => self.span(),
        }
    }
}

/// Reads a value that must be a text. `example` is a valid one, for messages.
pub(super) fn text<'a>(
    value: &'a TomlValue<'_>,
    example: &'static str,
    faults: &mut Faults<'_>,
) -> Option<BookText<'a>> {
    let span = value.span();
    match value.get_ref() {
        DeValue::String(content) => {
            let content: &str = Cow::as_ref(content);
            let written = faults.text.get(span.clone()).unwrap_or_default();
            let as_it_is = written.len() == content.len() + 2 && written.get(1..=content.len()) == Some(content);
            let inner = as_it_is.then_some(span.start + 1);
            Some(BookText { value: content, span, inner })
        }
        DeValue::Integer(_) | DeValue::Float(_) => {
            faults.add(span, BookFault::BareNumber { example });
            None
        }
        other => {
            faults.add(span, BookFault::WrongType { expected: "a text in quotes", found: type_name(other) });
            None
        }
    }
}

/// Reads a name or an id.
pub(super) fn name(value: &TomlValue<'_>, example: &'static str, faults: &mut Faults<'_>) -> Option<String> {
    let text = text(value, example, faults)?;
    let printable = !text.value.chars().any(char::is_control) && text.value.trim() == text.value;
    if !printable || text.value.is_empty() || text.value.chars().count() > limits::TEXT_CHARACTERS {
        faults.add(text.span(), BookFault::BadText);
        return None;
    }
    Some(text.value.to_owned())
}

/// Reads a whole number within a range.
pub(super) fn whole(value: &TomlValue<'_>, range: RangeInclusive<u32>, faults: &mut Faults<'_>) -> Option<u32> {
    let Some(integer) = value.get_ref().as_integer() else {
        let found = type_name(value.get_ref());
        faults.add(value.span(), BookFault::WrongType { expected: "a whole number, without quotes", found });
        return None;
    };
    let number = u32::from_str_radix(integer.as_str(), integer.radix()).ok().filter(|number| range.contains(number));
    if number.is_none() {
        let found = integer.to_string().chars().take(30).collect();
        faults.add(value.span(), BookFault::OutOfRange { found, least: *range.start(), most: *range.end() });
    }
    number
}

/// Notes every id that appears again.
pub(super) fn distinct<'i>(
    what: &'static str,
    ids: impl IntoIterator<Item = (&'i str, Range<usize>)>,
    faults: &mut Faults<'_>,
) {
    let mut first = std::collections::HashMap::new();
    for (id, span) in ids {
        if let Some(first_at) = first.get(id) {
            let first_line = faults.line(*first_at);
            faults.add(span, BookFault::DuplicateId { what, id: id.to_owned(), first_line });
        } else {
            first.insert(id, span.start);
        }
    }
}

fn type_name(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a floating-point number",
        DeValue::Boolean(_) => "a boolean",
        DeValue::Datetime(_) => "a date or time",
        DeValue::Array(_) => "an array",
        DeValue::Table(_) => "a table",
    }
}
