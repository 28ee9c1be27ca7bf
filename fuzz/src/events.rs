//! The second reader: libyaml, which Kubernetes' reader is a port of.

use std::mem::MaybeUninit;
use std::slice;

use libyaml_rs as sys;

use crate::model::{Doc, Id, Kind, Node};

/// What libyaml reads of a stream.
#[derive(Default)]
pub struct Stream {
    /// Whether it was not divided, for directives.
    pub whole: bool,
    /// The parts that kubectl divides the stream into.
    pub chunks: Vec<Chunk>,
}

/// A part of a stream, from behind a `---` line to the next.
#[derive(Default)]
pub struct Chunk {
    pub start: usize,
    pub end: usize,
    /// The documents that were read to their end.
    pub docs: Vec<Doc>,
    /// What stopped the reading.
    pub error: Option<String>,
}

/// The line breaks of YAML 1.1.
pub const BREAKS: [char; 5] = ['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}'];

/// Reads the whole stream; none if it holds what libyaml and go-yaml are known
/// to read otherwise.
pub fn read(text: &str) -> Option<Stream> {
    let mut stream = Stream::default();
    let mut start = 0;
    let mut at = 0;
    // Directives stand in front of a `---` that kubectl cuts at.
    let directive = |line: &str| line.trim_start_matches('\u{feff}').starts_with('%');
    let whole = text.split(BREAKS).any(directive);
    stream.whole = whole;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        let rest = line.strip_prefix("---").filter(|_| !whole);
        let rest = rest.filter(|rest| rest.trim_start().len() < rest.len() || rest.is_empty());
        match rest.map(str::trim) {
            Some(tail) if tail.is_empty() || tail.starts_with('#') => {
                // kubectl drops the line, up to `\n`, and with it what YAML does not
                // allow there and we refuse: breaks, and other blanks than its own.
                let odd = |c: char| c.is_whitespace() && !matches!(c, ' ' | '\t' | '\r' | '\n');
                if line.trim_end().contains(BREAKS) || line.contains(odd) {
                    return None;
                }
                stream.chunks.push(chunk(text, start, at)?);
                start = end;
            }
            // `--- x`: kubectl refuses it, others go on.
            Some(_) if at > start => {
                stream.chunks.push(chunk(text, start, at)?);
                start = at;
            }
            _ => {}
        }
        at = end;
    }
    stream.chunks.push(chunk(text, start, text.len())?);
    Some(stream)
}

fn chunk(text: &str, start: usize, end: usize) -> Option<Chunk> {
    let part = &text[start..end];
    // A mark at the start of a later line is text for go-yaml.
    if part
        .split(BREAKS)
        .skip(1)
        .any(|line| line.starts_with('\u{feff}'))
    {
        return None;
    }
    let mut chunk = events(part);
    let mark = if part.starts_with('\u{feff}') { 3 } else { 0 };
    for doc in &mut chunk.docs {
        doc.offset += start + mark;
        for node in &mut doc.nodes {
            node.start += start + mark;
            node.end += start + mark;
        }
    }
    (chunk.start, chunk.end) = (start, end);
    Some(chunk)
}

struct Parser(Box<sys::yaml_parser_t>);

impl Drop for Parser {
    fn drop(&mut self) {
        // SAFETY: the parser was initialised in `read`, and is deleted once.
        unsafe { sys::yaml_parser_delete(&raw mut *self.0) }
    }
}

fn events(text: &str) -> Chunk {
    let mut parser = Box::new(MaybeUninit::<sys::yaml_parser_t>::zeroed());
    // SAFETY: a parser of libyaml is made by initialising zeroed memory; the
    // text outlives it, and the box gives it one address.
    let mut parser = unsafe {
        assert!(!sys::yaml_parser_initialize(parser.as_mut_ptr()).fail);
        Parser(parser.assume_init())
    };
    let raw = &raw mut *parser.0;
    // SAFETY: as above.
    unsafe {
        // No encoding is set, so that a byte order mark is seen as one.
        sys::yaml_parser_set_input_string(raw, text.as_ptr(), text.len() as u64);
    }
    let mut chunk = Chunk::default();
    let mut doc = Doc::default();
    // The open collections, with their children so far.
    let mut open: Vec<(Id, Vec<Id>)> = Vec::new();
    loop {
        let mut event = MaybeUninit::<sys::yaml_event_t>::zeroed();
        // SAFETY: the event is filled by a successful call, read, and deleted.
        let ended = unsafe {
            if sys::yaml_parser_parse(raw, event.as_mut_ptr()).fail {
                let parser = &*raw;
                chunk.error = Some(string(parser.problem.cast()));
                return chunk;
            }
            let event = &mut *event.as_mut_ptr();
            let ended = event.type_ == sys::YAML_STREAM_END_EVENT;
            take(event, &mut doc, &mut open, &mut chunk);
            sys::yaml_event_delete(event);
            ended
        };
        if ended {
            return chunk;
        }
    }
}

/// # Safety
///
/// `event` is one that libyaml has filled.
unsafe fn take(
    event: &sys::yaml_event_t,
    doc: &mut Doc,
    open: &mut Vec<(Id, Vec<Id>)>,
    chunk: &mut Chunk,
) {
    let (start, end) = (
        event.start_mark.index as usize,
        event.end_mark.index as usize,
    );
    let mut add = |kind: Kind, anchor: Option<String>, tag: Option<String>| {
        let id = doc.nodes.len();
        doc.nodes.push(Node {
            kind,
            anchor,
            tag,
            start,
            end,
        });
        match open.last_mut() {
            Some((_, children)) => children.push(id),
            None => doc.root = Some(id),
        }
        id
    };
    // SAFETY: the union's field is the one that the event's type names.
    unsafe {
        match event.type_ {
            sys::YAML_DOCUMENT_START_EVENT => {
                *doc = Doc {
                    offset: start,
                    ..Doc::default()
                };
            }
            sys::YAML_DOCUMENT_END_EVENT => chunk.docs.push(std::mem::take(doc)),
            sys::YAML_ALIAS_EVENT => {
                add(Kind::Alias(string(event.data.alias.anchor)), None, None);
            }
            sys::YAML_SCALAR_EVENT => {
                let s = &event.data.scalar;
                let bytes = slice::from_raw_parts(s.value, s.length as usize);
                let kind = Kind::Scalar {
                    text: String::from_utf8_lossy(bytes).into_owned(),
                    plain: s.style == sys::YAML_PLAIN_SCALAR_STYLE,
                };
                add(kind, optional(s.anchor), optional(s.tag));
            }
            sys::YAML_SEQUENCE_START_EVENT => {
                let s = &event.data.sequence_start;
                let flow = s.style == sys::YAML_FLOW_SEQUENCE_STYLE;
                let kind = Kind::Sequence {
                    items: Vec::new(),
                    flow,
                };
                let id = add(kind, optional(s.anchor), optional(s.tag));
                open.push((id, Vec::new()));
            }
            sys::YAML_MAPPING_START_EVENT => {
                let m = &event.data.mapping_start;
                let flow = m.style == sys::YAML_FLOW_MAPPING_STYLE;
                let kind = Kind::Mapping {
                    entries: Vec::new(),
                    flow,
                };
                let id = add(kind, optional(m.anchor), optional(m.tag));
                open.push((id, Vec::new()));
            }
            sys::YAML_SEQUENCE_END_EVENT | sys::YAML_MAPPING_END_EVENT => {
                if let Some((id, children)) = open.pop() {
                    let node = &mut doc.nodes[id];
                    node.end = end;
                    match &mut node.kind {
                        Kind::Sequence { items, .. } => *items = children,
                        Kind::Mapping { entries, .. } => {
                            *entries = children.chunks_exact(2).map(|c| (c[0], c[1])).collect();
                        }
                        _ => {}
                    }
                }
            }
            _ => {}
        }
    }
}

/// # Safety
///
/// `chars` is null or ends with a zero byte.
unsafe fn optional(chars: *const u8) -> Option<String> {
    // SAFETY: as above.
    (!chars.is_null()).then(|| unsafe { string(chars) })
}

/// # Safety
///
/// As of [`optional`].
unsafe fn string(chars: *const u8) -> String {
    if chars.is_null() {
        return String::new();
    }
    // SAFETY: as above.
    let text = unsafe { std::ffi::CStr::from_ptr(chars.cast()) };
    text.to_string_lossy().into_owned()
}
