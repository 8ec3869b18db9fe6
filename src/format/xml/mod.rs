//! XML from chunks cut anywhere: elements with their namespaces, as a [`Document`] takes them.
//!
//! `quick_xml` finds tags and texts; what it leaves to its user is here: chunks, nesting, namespaces, UTF-16 and limits. A document
//! type is refused, and so is every entity but the five that XML itself has: both can make a short file long.

mod encoding;
mod error;
mod namespaces;
#[cfg(test)]
mod tests;

use std::borrow::Cow;

use memchr::memchr_iter;
use quick_xml::events::{BytesStart, Event};
use quick_xml::reader::Reader as EventReader;

use self::encoding::Encoding;
use self::error::XmlError;
use self::namespaces::Namespaces;
use crate::contract::{Position, Reason};

/// The most bytes of a tag, a text or a comment.
const LIMIT_BYTES: usize = 1 << 20;
/// The most elements within one another, and attributes of one.
const LIMIT_DEPTH: usize = 100;
const LIMIT_ATTRIBUTES: usize = 256;
/// The memory that a parser takes, beside a chunk: a token, once more as it is decoded, and the chunk itself as text.
pub(super) const PARSER_BYTES: u64 = 2 * LIMIT_BYTES as u64;
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What takes the elements of a file. The parser adds the line to its errors.
pub(super) trait Document {
    /// An element begins.
    fn start(&mut self, element: &Element<'_>) -> Result<(), Reason>;

    /// Text of the element that began last and has not ended; perhaps a piece of it.
    fn text(&mut self, _text: &str) {}

    /// The element that began last ends.
    fn end(&mut self) -> Result<(), Reason>;

    /// Takes elements that are whole and written as most files write them, from the start of some text, and returns the number of
    /// bytes that they have: so that the many small elements of a mesh are read at several times the rate.
    fn take_elements(&mut self, _text: &[u8]) -> usize {
        0
    }
}

/// The start of an element.
#[derive(Debug, Default)]
pub(super) struct Element<'a> {
    /// Its namespace; empty if it has none.
    pub namespace: &'a str,
    /// Its name without a prefix.
    pub name: &'a str,
    /// Its prefix with the colon.
    pub prefix: &'a str,
    attributes: Vec<Attribute<'a>>,
    namespaces: Option<&'a Namespaces>,
}

/// An attribute.
#[derive(Debug)]
struct Attribute<'a> {
    prefix: &'a str,
    name: &'a str,
    value: Cow<'a, str>,
}

impl Element<'_> {
    /// The value of an attribute without a prefix.
    pub fn attribute(&self, name: &str) -> Option<&str> {
        let found = self.attributes.iter().find(|attribute| attribute.prefix.is_empty() && attribute.name == name);
        found.map(|attribute| &*attribute.value)
    }

    /// The value of an attribute in a namespace.
    pub fn attribute_of(&self, namespace: &str, name: &str) -> Option<&str> {
        let is_meant = |attribute: &&Attribute<'_>| {
            attribute.name == name && !attribute.prefix.is_empty() && self.namespace_of(attribute.prefix) == namespace
        };
        self.attributes.iter().find(is_meant).map(|attribute| &*attribute.value)
    }

    /// The namespace of a prefix at this place; empty if there is none.
    pub fn namespace_of(&self, prefix: &str) -> &str {
        self.namespaces.map_or("", |namespaces| namespaces.of(prefix))
    }
}

/// A parser of one file.
#[derive(Debug, Default)]
pub(super) struct XmlParser {
    encoding: Encoding,
    /// The text from the last token on that was not whole.
    pending: Vec<u8>,
    /// The number of lines before it.
    line_count: u64,
    open: OpenElements,
    namespaces: Namespaces,
    has_root: bool,
}

/// The names of the elements that have not ended.
#[derive(Debug, Default)]
struct OpenElements {
    names: Vec<u8>,
    starts: Vec<usize>,
}

/// What is wrong, and at which byte of the text.
type Fault = (usize, Reason);

impl XmlParser {
    /// Parses the next bytes.
    pub fn push(&mut self, chunk: &[u8], document: &mut dyn Document) -> Result<(), Reason> {
        self.encoding.decode(chunk, &mut self.pending);
        self.parse(false, document)
    }

    /// Ends the file.
    pub fn finish(&mut self, document: &mut dyn Document) -> Result<(), Reason> {
        self.parse(true, document)?;
        let at_end = |error: XmlError| Reason::from(error).at(Position::Line(self.line_count + 1));
        match self.open.last() {
            Some(name) => Err(at_end(XmlError::Cut { within: String::from_utf8_lossy(name).into_owned() })),
            None if !self.has_root => Err(at_end(XmlError::NoElement)),
            None => Ok(()),
        }
    }

    fn parse(&mut self, is_last: bool, document: &mut dyn Document) -> Result<(), Reason> {
        let mut text = std::mem::take(&mut self.pending);
        let lines = |text: &[u8]| memchr_iter(b'\n', text).count() as u64;
        let parsed = self.parse_text(&text, is_last, document).map_err(|(at, reason)| {
            let line = self.line_count + lines(&text[..at]) + 1;
            if reason.position.is_none() { reason.at(Position::Line(line)) } else { reason }
        })?;
        self.line_count += lines(&text[..parsed]);
        text.drain(..parsed);
        self.pending = text;
        Ok(())
    }

    /// Parses the tokens that are whole, and tells how many bytes they have.
    fn parse_text(&mut self, text: &[u8], is_last: bool, document: &mut dyn Document) -> Result<usize, Fault> {
        let mut from = 0;
        loop {
            if text[from..].starts_with(BYTE_ORDER_MARK) {
                from += BYTE_ORDER_MARK.len();
            }
            let mut reader = event_reader(&text[from..]);
            // Elements that the document takes itself are behind the back of the reader, which then begins anew.
            from = loop {
                let start = from + reader.buffer_position() as usize;
                let event = match reader.read_event() {
                    Ok(Event::Eof) => return Ok(text.len()),
                    Ok(event) => event,
                    Err(_) if !is_last => return rest(text, start),
                    Err(error) => return Err((start, XmlError::from(error).into())),
                };
                let end = from + reader.buffer_position() as usize;
                if !is_last && end == text.len() && matches!(event, Event::Text(_)) {
                    return rest(text, start);
                }
                if end - start > LIMIT_BYTES {
                    return Err((start, XmlError::TooLong.into()));
                }
                let is_tag = matches!(event, Event::Start(_) | Event::Empty(_) | Event::End(_));
                self.take(event, document).map_err(|reason| (start, reason))?;
                if is_tag {
                    let taken = document.take_elements(&text[end..]);
                    if taken > 0 {
                        break end + taken;
                    }
                }
            };
        }
    }

    /// Gives a token to the document.
    fn take(&mut self, event: Event<'_>, document: &mut dyn Document) -> Result<(), Reason> {
        match event {
            Event::Start(tag) => self.start(&tag, document)?,
            Event::Empty(tag) => {
                self.start(&tag, document)?;
                self.end(tag.name().as_ref(), document)?;
            }
            Event::End(tag) => self.end(tag.name().as_ref(), document)?,
            Event::Text(text) => {
                let text: &[u8] = &text;
                give_text(text.strip_prefix(BYTE_ORDER_MARK).unwrap_or(text), document);
            }
            Event::CData(text) => give_text(&text, document),
            Event::GeneralRef(entity) => {
                let entity = String::from_utf8_lossy(&entity);
                document.text(&unescaped(&format!("&{entity};"))?);
            }
            Event::DocType(_) => return Err(XmlError::DocumentType.into()),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Eof => {}
        }
        Ok(())
    }

    fn start(&mut self, tag: &BytesStart<'_>, document: &mut dyn Document) -> Result<(), Reason> {
        if self.open.is_empty() && std::mem::replace(&mut self.has_root, true) {
            return Err(XmlError::SecondRoot.into());
        }
        self.open.push(tag.name().as_ref())?;
        let mut attributes: Vec<Attribute<'_>> = Vec::new();
        for attribute in tag.attributes().with_checks(false) {
            let attribute = attribute.map_err(|error| XmlError::Syntax { what: error.to_string() })?;
            let (prefix, name) = prefix_and_name(text_of(attribute.key.into_inner())?);
            let value = match attribute.value {
                Cow::Borrowed(value) => value_of(value)?,
                Cow::Owned(value) => Cow::Owned(value_of(&value)?.into_owned()),
            };
            if attributes.len() == LIMIT_ATTRIBUTES {
                return Err(XmlError::TooManyAttributes.into());
            }
            if attributes.iter().any(|other| other.name == name && other.prefix == prefix) {
                return Err(XmlError::AttributeTwice { name: name.into() }.into());
            }
            attributes.push(Attribute { prefix, name, value });
        }
        for Attribute { prefix, name, value } in &attributes {
            match (*prefix, *name) {
                ("", "xmlns") => self.namespaces.bind("", value, self.open.depth())?,
                ("xmlns:", prefix) => self.namespaces.bind(&format!("{prefix}:"), value, self.open.depth())?,
                _ => {}
            }
        }
        let tag_name = tag.name().into_inner();
        let (prefix, name) = prefix_and_name(text_of(tag_name)?);
        let namespaces = &self.namespaces;
        let namespace = namespaces.of(prefix);
        document.start(&Element { namespace, name, prefix, attributes, namespaces: Some(namespaces) })
    }

    fn end(&mut self, name: &[u8], document: &mut dyn Document) -> Result<(), Reason> {
        self.namespaces.unbind(self.open.depth());
        self.open.pop(name)?;
        document.end()
    }
}

/// A reader of tokens alone: what is nested is looked at here, over all chunks.
fn event_reader(text: &[u8]) -> EventReader<&[u8]> {
    let mut reader = EventReader::from_reader(text);
    let config = reader.config_mut();
    config.check_end_names = false;
    config.allow_unmatched_ends = true;
    reader
}

/// Leaves a token that is not whole to the next chunk.
fn rest(text: &[u8], start: usize) -> Result<usize, Fault> {
    if text.len() - start > LIMIT_BYTES { Err((start, XmlError::TooLong.into())) } else { Ok(start) }
}

fn give_text(text: &[u8], document: &mut dyn Document) {
    document.text(&String::from_utf8_lossy(text));
}

fn text_of(name: &[u8]) -> Result<&str, XmlError> {
    str::from_utf8(name).map_err(|_| XmlError::NoUtf8)
}

fn value_of(value: &[u8]) -> Result<Cow<'_, str>, XmlError> {
    // What is in no encoding that is read is a name that no one needs, such as one in Latin-1.
    match String::from_utf8_lossy(value) {
        Cow::Borrowed(value) => unescaped(value),
        Cow::Owned(value) => Ok(Cow::Owned(unescaped(&value)?.into_owned())),
    }
}

fn unescaped(text: &str) -> Result<Cow<'_, str>, XmlError> {
    quick_xml::escape::unescape(text).map_err(|error| XmlError::Entity { what: error.to_string() })
}

/// The prefix of a name with its colon, and the name behind it.
fn prefix_and_name(name: &str) -> (&str, &str) {
    name.split_at(name.find(':').map_or(0, |colon| colon + 1))
}

impl OpenElements {
    fn is_empty(&self) -> bool {
        self.starts.is_empty()
    }

    fn depth(&self) -> usize {
        self.starts.len()
    }

    fn last(&self) -> Option<&[u8]> {
        self.starts.last().map(|&start| &self.names[start..])
    }

    fn push(&mut self, name: &[u8]) -> Result<(), XmlError> {
        if self.starts.len() == LIMIT_DEPTH {
            return Err(XmlError::TooDeep);
        }
        self.starts.push(self.names.len());
        self.names.extend_from_slice(name);
        Ok(())
    }

    fn pop(&mut self, name: &[u8]) -> Result<(), XmlError> {
        if self.last() != Some(name) {
            let shown = |name: &[u8]| super::shown::shown(name);
            let expected = self.last().map_or_else(|| "none".into(), |open| format!("`</{}>`", shown(open)));
            return Err(XmlError::OtherEnd { expected, found: shown(name) });
        }
        self.names.truncate(self.starts.pop().unwrap_or_default());
        Ok(())
    }
}
