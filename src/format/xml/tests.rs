//! Tests of the parser: what a document is given, in any chunks.

use super::*;
use crate::contract::RejectionCode::{self, Malformed, Truncated, UnsupportedFeature};

/// Writes down what it is given.
#[derive(Default)]
struct Written(String);

impl Document for Written {
    fn start(&mut self, element: &Element<'_>) -> Result<(), Reason> {
        let Element { namespace, name, attributes, .. } = element;
        self.0 += &["<", namespace, "|", name].concat();
        for Attribute { prefix, name, value } in attributes {
            self.0 += &[" ", prefix, name, "=", value].concat();
        }
        self.0 += ">";
        Ok(())
    }

    fn text(&mut self, text: &str) {
        self.0 += text;
    }

    fn end(&mut self) -> Result<(), Reason> {
        self.0 += "</>";
        Ok(())
    }
}

fn in_chunks(bytes: &[u8], size: usize) -> Result<String, Reason> {
    let (mut parser, mut written) = (XmlParser::default(), Written::default());
    bytes.chunks(size).try_for_each(|chunk| parser.push(chunk, &mut written))?;
    parser.finish(&mut written)?;
    Ok(written.0)
}

fn parsed(bytes: &[u8]) -> Result<String, Reason> {
    let whole = in_chunks(bytes, usize::MAX);
    for size in [1, 2, 3, 7] {
        if bytes.len() < 10_000 {
            assert_eq!(in_chunks(bytes, size), whole, "chunks of {size} bytes of {}", bytes.escape_ascii());
        }
    }
    whole
}

fn utf16(text: &str, is_big: bool) -> Vec<u8> {
    let bytes = |unit: u16| if is_big { unit.to_be_bytes() } else { unit.to_le_bytes() };
    text.encode_utf16().flat_map(bytes).collect()
}

#[test]
fn documents_are_given_in_any_chunks_and_encodings() {
    let rows = [
        ("an element", "<a/>", "<|a></>"),
        ("nested", "<a><b>x</b> y</a>", "<|a><|b>x</> y</>"),
        ("what is around", "\u{feff}<?xml version=\"1.0\"?>\n<!-- <b> -->\n<a/>\n<?pi?>\n", "\n\n<|a></>\n\n"),
        ("a byte order mark within", "<a>x<b/>\u{feff}y</a>", "<|a>x<|b></>y</>"),
        ("attributes", "<a b='1' c = \"&lt;&#65;&amp;\" d='>'/>", "<|a b=1 c=<A& d=>></>"),
        ("text", "<a>&lt;&#x41;<![CDATA[<b>]]>\u{1f600}</a>", "<|a><A<b>\u{1f600}</>"),
        (
            "namespaces",
            "<p:a xmlns:p='u'><b xmlns='v'><c/></b><p:b/></p:a>",
            "<u|a xmlns:p=u><v|b xmlns=v><v|c></></><u|b></></>",
        ),
        ("bound anew", "<a xmlns='u'><a xmlns='v'/><a/></a>", "<u|a xmlns=u><v|a xmlns=v></><u|a></></>"),
        ("not bound", "<p:a/>", "<|a></>"),
    ];
    for (name, text, expected) in rows {
        assert_eq!(parsed(text.as_bytes()).as_deref(), Ok(expected), "{name}");
        for is_big in [false, true] {
            assert_eq!(parsed(&utf16(text, is_big)).as_deref(), Ok(expected), "{name} in UTF-16, {is_big}");
        }
    }
    let latin = [&b"<a n='caf"[..], b"\xe9", b"'/>"].concat();
    assert_eq!(parsed(&latin).as_deref(), Ok("<|a n=caf\u{fffd}></>"), "Latin-1");
}

#[test]
fn what_is_no_xml_or_too_much_is_refused_with_its_line() {
    let long = "x".repeat(LIMIT_BYTES);
    let many = |count: usize| (0..count).map(|number| format!(" a{number}=''")).collect::<Vec<_>>().concat();
    let bound = |count: usize| (0..count).map(|number| format!(" xmlns:a{number}='u'")).collect::<Vec<_>>().concat();
    let rows: [(&str, String, RejectionCode, u64); 22] = [
        ("nothing", String::new(), Malformed, 1),
        ("text alone", "x\ny".into(), Malformed, 2),
        ("cut in a tag", "<a>\n<b".into(), Truncated, 2),
        ("cut in a comment", "<a>\n<!-- ".into(), Truncated, 2),
        ("cut in an element", "<a>\n<b>x</b>\n".into(), Truncated, 3),
        ("another end", "<a>\n\n</b>".into(), Malformed, 3),
        ("an end alone", "\n</b>".into(), Malformed, 2),
        ("a second root", "<a/>\n<a/>".into(), Malformed, 2),
        ("an attribute twice", "<a>\n<b c='' c=''/></a>".into(), Malformed, 2),
        ("an attribute without a value", "<a>\n<b c/></a>".into(), Malformed, 2),
        ("a document type", "\n<!DOCTYPE a [<!ENTITY b 'c'>]><a/>".into(), UnsupportedFeature, 2),
        ("an entity", "<a>\n&b;</a>".into(), UnsupportedFeature, 2),
        ("an entity in an attribute", "<a>\n<b c='&d;'/></a>".into(), UnsupportedFeature, 2),
        ("no entity", "<a>\n& b</a>".into(), Malformed, 2),
        ("a long text", format!("<a>\n<b>{long}y</b></a>"), Malformed, 2),
        ("a long comment", format!("<a>\n<!--{long}--></a>"), Malformed, 2),
        ("a tag without end", format!("<a>\n<b {long}{long}"), Malformed, 2),
        ("100 000 attributes", format!("<a>\n<b{}/></a>", many(100_000)), Malformed, 2),
        ("257 attributes", format!("<a>\n<b{}/></a>", many(257)), Malformed, 2),
        ("101 namespaces", format!("<a>\n<b{}/></a>", bound(101)), Malformed, 2),
        ("101 elements within one another", "<a>\n".repeat(101), Malformed, 101),
        ("a million elements within one another", "<a>".repeat(1_000_000), Malformed, 1),
    ];
    for (name, text, code, line) in rows {
        let reason = parsed(text.as_bytes()).expect_err(name);
        assert_eq!((reason.code, reason.position), (code, Some(Position::Line(line))), "{name}: {reason}");
    }
    assert!(parsed(format!("<a{}/>", many(256)).as_bytes()).is_ok());
    assert!(parsed(["<a>".repeat(100), "</a>".repeat(100)].concat().as_bytes()).is_ok());
}
