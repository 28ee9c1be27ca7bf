//! The one place where yaml-rust2 is used: its events, without its markers.
//!
//! The markers count characters, lack ends and differ by the kind of node (a
//! block mapping is reported at its first key's colon), so only the structure
//! is taken from it; `align` finds the extents.

use yaml_rust2::parser::{Event as RawEvent, Parser, Tag};
use yaml_rust2::scanner::{ScanError, TScalarStyle};

use crate::error::{Error, ErrorKind};
use crate::position::{Position, Span};
use crate::tree::ScalarStyle;

/// An anchor and a tag in front of a node.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Properties {
    pub(crate) anchor: bool,
    pub(crate) tag: Option<String>,
}

impl Properties {
    fn new(anchor: usize, tag: Option<Tag>) -> Self {
        Self {
            anchor: anchor > 0,
            tag: tag.map(|tag| tag.handle + &tag.suffix),
        }
    }

    pub(crate) const fn is_empty(&self) -> bool {
        !self.anchor && self.tag.is_none()
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Alias(usize),
    Scalar(String, ScalarStyle, Properties),
    SequenceStart(Properties),
    MappingStart(Properties),
    End,
}

/// The events of one document: none where it is empty.
///
/// `offset` is where `text` starts in `source`, for the place of an error.
pub(crate) fn events(text: &str, source: &str, offset: usize) -> Result<Vec<Event>, Error> {
    let body = text.strip_prefix('\u{feff}').unwrap_or(text);
    let fail = |error: &ScanError| {
        // The marker's line counts from 1, its column from 0.
        let start = Position::of(source, offset);
        let marker = error.marker();
        let line = start.line + marker.line().saturating_sub(1);
        let mut at = Error::new(
            ErrorKind::Syntax(error.info().to_owned()),
            source,
            Span::at(line_offset(source, line)),
        );
        at.position = Position {
            line,
            column: marker.col() + 1,
        };
        at
    };
    let mut parser = Parser::new_from_str(body);
    let mut events = Vec::new();
    let mut documents = 0_usize;
    let mut depth = 0_usize;
    loop {
        let (event, _) = parser.next_token().map_err(|error| fail(&error))?;
        match event {
            RawEvent::StreamEnd => return Ok(events),
            RawEvent::DocumentStart => {
                documents += 1;
                if documents > 1 {
                    let kind = ErrorKind::Unsupported("two documents without `---` between them");
                    return Err(Error::new(kind, source, Span::at(offset)));
                }
            }
            RawEvent::Nothing | RawEvent::StreamStart | RawEvent::DocumentEnd => {}
            RawEvent::Alias(id) => events.push(Event::Alias(id)),
            RawEvent::Scalar(value, style, anchor, tag) => {
                let properties = Properties::new(anchor, tag);
                events.push(Event::Scalar(value, scalar_style(style), properties));
            }
            RawEvent::SequenceStart(anchor, tag) => {
                depth += 1;
                events.push(Event::SequenceStart(Properties::new(anchor, tag)));
            }
            RawEvent::MappingStart(anchor, tag) => {
                depth += 1;
                events.push(Event::MappingStart(Properties::new(anchor, tag)));
            }
            RawEvent::SequenceEnd | RawEvent::MappingEnd => {
                depth = depth.saturating_sub(1);
                events.push(Event::End);
            }
        }
        if depth > crate::MAX_DEPTH {
            return Err(Error::new(ErrorKind::TooDeep, source, Span::at(offset)));
        }
    }
}

const fn scalar_style(style: TScalarStyle) -> ScalarStyle {
    match style {
        TScalarStyle::Plain => ScalarStyle::Plain,
        TScalarStyle::SingleQuoted => ScalarStyle::SingleQuoted,
        TScalarStyle::DoubleQuoted => ScalarStyle::DoubleQuoted,
        TScalarStyle::Literal => ScalarStyle::Literal,
        TScalarStyle::Folded => ScalarStyle::Folded,
    }
}

fn line_offset(source: &str, line: usize) -> usize {
    source
        .split_inclusive('\n')
        .take(line.saturating_sub(1))
        .map(str::len)
        .sum()
}
