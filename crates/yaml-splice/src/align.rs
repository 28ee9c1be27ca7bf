//! Finds the exact extent of each node by walking the text along the events.
//!
//! The events say what comes next; the text says where it stands. Wherever the
//! two don't fit, the form is refused, never guessed. No recursion: the open
//! collections are a stack of our own.

use crate::document::{Document, is_marker};
use crate::error::{Error, ErrorKind};
use crate::event::{Event, Properties, events};
use crate::position::Span;
use crate::scan::Cursor;
use crate::tree::{CollectionStyle, Entry, Item, Kind, Node, NodeId, ScalarStyle, Tree};

/// Collections nested deeper than this are refused.
pub const MAX_DEPTH: usize = 128;

impl<'t> Document<'t> {
    /// Reads the document's nodes.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Syntax`] where the text is not YAML, [`ErrorKind::TooDeep`],
    /// and [`ErrorKind::Unsupported`] for the forms that the crate's
    /// "Limitations" list.
    pub fn parse(&self) -> Result<Tree<'t>, Error> {
        let text = self.text();
        let offset = self.span().start;
        let events = events(text, self.source(), offset)?;
        let mut aligner = Aligner {
            cursor: Cursor::new(text),
            nodes: Vec::new(),
            open: Vec::new(),
            root: None,
        };
        aligner.align(events).map_err(|misfit| {
            let span = Span::at(misfit.at + offset);
            Error::new(ErrorKind::Unsupported(misfit.what), self.source(), span)
        })?;
        Ok(Tree {
            text,
            source: self.source(),
            offset,
            nodes: aligner.nodes,
            root: aligner.root,
        })
    }
}

/// The events and the text don't fit.
pub(crate) struct Misfit {
    pub(crate) at: usize,
    pub(crate) what: &'static str,
}

/// An open collection.
struct Open {
    style: CollectionStyle,
    start: usize,
    properties: Properties,
    children: Children,
}

enum Children {
    Items {
        done: Vec<Item>,
        /// Where the next item begins, with its dash.
        start: usize,
    },
    Entries {
        done: Vec<Entry>,
        /// Where the entry begins, with its `?`.
        start: usize,
        explicit: bool,
        key: Option<NodeId>,
        colon: Option<usize>,
    },
}

struct Aligner<'t> {
    cursor: Cursor<'t>,
    nodes: Vec<Node>,
    open: Vec<Open>,
    root: Option<NodeId>,
}

type Aligned<T> = Result<T, Misfit>;

impl Aligner<'_> {
    fn align(&mut self, events: Vec<Event>) -> Aligned<()> {
        self.skip_prefix();
        for event in events {
            self.event(event)?;
        }
        self.cursor.skip_trivia();
        let rest = self.cursor.rest();
        if rest.is_empty() || is_marker(rest, "...") {
            Ok(())
        } else {
            Err(self.misfit("text behind the document's end"))
        }
    }

    /// The byte order mark, comments, directives and `---`.
    fn skip_prefix(&mut self) {
        self.cursor.eat("\u{feff}");
        loop {
            self.cursor.skip_trivia();
            if !(self.cursor.at_line_start() && self.cursor.rest().starts_with('%')) {
                break;
            }
            self.cursor.skip_line();
        }
        if self.cursor.at_line_start() && is_marker(self.cursor.rest(), "---") {
            self.cursor.eat("---");
        }
    }

    fn misfit(&self, what: &'static str) -> Misfit {
        Misfit {
            at: self.cursor.offset(),
            what,
        }
    }

    fn event(&mut self, event: Event) -> Aligned<()> {
        match event {
            Event::End => self.close(),
            Event::Scalar(value, style, properties) => {
                let empty = value.is_empty() && style == ScalarStyle::Plain;
                self.before(empty && properties.is_empty())?;
                self.properties(&properties, empty)?;
                let span = if empty {
                    Span::at(self.cursor.offset())
                } else {
                    self.scalar(&value, style)?
                };
                self.attach(Kind::Scalar { value, style }, span, properties)
            }
            Event::Alias(id) => {
                self.before(false)?;
                let start = self.cursor.offset();
                if !self.cursor.eat("*") {
                    return Err(self.misfit("an alias was expected here"));
                }
                self.cursor.skip_word();
                let span = Span::new(start, self.cursor.offset());
                self.attach(Kind::Alias(id), span, Properties::default())
            }
            Event::MappingStart(properties) => self.open(true, properties),
            Event::SequenceStart(properties) => self.open(false, properties),
        }
    }

    fn scalar(&mut self, value: &str, style: ScalarStyle) -> Aligned<Span> {
        let parent = self.open.iter().rev().find_map(|open| match open.style {
            CollectionStyle::Block { column } => Some(column),
            _ => None,
        });
        let start = self.cursor.offset();
        let found = match style {
            ScalarStyle::Plain => self.cursor.eat_plain(value),
            ScalarStyle::SingleQuoted => self.cursor.eat_single_quoted(),
            ScalarStyle::DoubleQuoted => self.cursor.eat_double_quoted(),
            ScalarStyle::Literal | ScalarStyle::Folded => {
                self.cursor.eat_block(style, value, parent)
            }
        };
        if found {
            Ok(Span::new(start, self.cursor.offset()))
        } else {
            Err(Misfit {
                at: start,
                what: "a scalar whose extent is not certain",
            })
        }
    }

    /// Moves past what stands in front of a node: dash, comma, key's colon.
    /// An empty node stays right behind it.
    fn before(&mut self, empty: bool) -> Aligned<()> {
        let Some(open) = self.open.last_mut() else {
            if !empty {
                self.cursor.skip_trivia();
            }
            return Ok(());
        };
        let cursor = &mut self.cursor;
        let at = |cursor: &Cursor<'_>, what| {
            Err(Misfit {
                at: cursor.offset(),
                what,
            })
        };
        match (&mut open.children, open.style) {
            (Children::Items { start, .. }, CollectionStyle::Block { column }) => {
                cursor.skip_trivia();
                *start = cursor.offset();
                if cursor.column() != column || !cursor.eat_indicator('-') {
                    return at(cursor, "an item of a block sequence was expected here");
                }
            }
            (Children::Items { start, done }, _) => {
                cursor.skip_trivia();
                if !done.is_empty() && !cursor.eat(",") {
                    return at(cursor, "a comma was expected here");
                }
                cursor.skip_trivia();
                *start = cursor.offset();
            }
            (
                Children::Entries {
                    done,
                    start,
                    explicit,
                    key: None,
                    ..
                },
                style,
            ) => {
                cursor.skip_trivia();
                if style == CollectionStyle::Flow && !done.is_empty() {
                    if !cursor.eat(",") {
                        return at(cursor, "a comma was expected here");
                    }
                    cursor.skip_trivia();
                }
                if let CollectionStyle::Block { column } = style
                    && cursor.column() != column
                {
                    return at(cursor, "a key in another column than its siblings");
                }
                *start = cursor.offset();
                *explicit = cursor.eat_indicator('?');
                if empty {
                    return Ok(());
                }
            }
            (
                Children::Entries {
                    explicit,
                    key: Some(_),
                    colon,
                    ..
                },
                style,
            ) => {
                let behind_key = cursor.offset();
                let found = if let (false, CollectionStyle::Block { .. }) = (*explicit, style) {
                    cursor.skip_blanks();
                    cursor.eat(":")
                } else {
                    cursor.skip_trivia();
                    match style {
                        CollectionStyle::Block { column } => {
                            cursor.column() == column && cursor.eat_indicator(':')
                        }
                        _ => cursor.eat(":"),
                    }
                };
                if found {
                    *colon = Some(cursor.offset());
                } else if empty && (*explicit || style == CollectionStyle::Flow) {
                    cursor.seek(behind_key);
                } else {
                    return at(cursor, "a colon was expected here");
                }
            }
        }
        if !empty {
            cursor.skip_trivia();
        }
        Ok(())
    }

    /// Skips `&anchor` and `!tag`.
    fn properties(&mut self, properties: &Properties, empty: bool) -> Aligned<()> {
        if properties.is_empty() {
            return Ok(());
        }
        let mut missing = usize::from(properties.anchor) + usize::from(properties.tag.is_some());
        while missing > 0 {
            self.cursor.skip_trivia();
            if !self.cursor.rest().starts_with(['&', '!']) {
                return Err(self.misfit("an anchor or a tag was expected here"));
            }
            self.cursor.skip_word();
            missing -= 1;
        }
        if !empty {
            self.cursor.skip_trivia();
        }
        Ok(())
    }

    fn open(&mut self, mapping: bool, properties: Properties) -> Aligned<()> {
        self.before(false)?;
        let outer = self.cursor.offset();
        self.properties(&properties, false)?;
        let parent = self.open.last().map(|open| (open.style, &open.children));
        let in_flow =
            parent.is_some_and(|(style, _)| !matches!(style, CollectionStyle::Block { .. }));
        let in_flow_sequence = matches!(
            parent,
            Some((CollectionStyle::Flow, Children::Items { .. }))
        );
        let start = self.cursor.offset();
        let style = if self.cursor.eat(if mapping { "{" } else { "[" }) {
            CollectionStyle::Flow
        } else if mapping && in_flow_sequence {
            CollectionStyle::FlowPair
        } else if in_flow {
            return Err(self.misfit("a flow collection was expected here"));
        } else {
            CollectionStyle::Block {
                column: self.cursor.column(),
            }
        };
        let children = if mapping {
            Children::Entries {
                done: Vec::new(),
                start: outer,
                explicit: false,
                key: None,
                colon: None,
            }
        } else {
            Children::Items {
                done: Vec::new(),
                start: outer,
            }
        };
        self.open.push(Open {
            style,
            start,
            properties,
            children,
        });
        Ok(())
    }

    fn close(&mut self) -> Aligned<()> {
        let Some(open) = self.open.pop() else {
            return Err(self.misfit("an end without a start"));
        };
        let mapping = matches!(open.children, Children::Entries { .. });
        if open.style == CollectionStyle::Flow {
            self.cursor.skip_trivia();
            if self.cursor.eat(",") {
                self.cursor.skip_trivia();
            }
            if !self.cursor.eat(if mapping { "}" } else { "]" }) {
                return Err(self.misfit("the end of a flow collection was expected here"));
            }
        }
        let span = Span::new(open.start, self.cursor.offset());
        let kind = match open.children {
            Children::Items { done, .. } => Kind::Sequence {
                style: open.style,
                items: done,
            },
            Children::Entries { done, .. } => Kind::Mapping {
                style: open.style,
                entries: done,
            },
        };
        self.attach(kind, span, open.properties)
    }

    fn attach(&mut self, kind: Kind, span: Span, properties: Properties) -> Aligned<()> {
        let id = NodeId(self.nodes.len());
        self.nodes.push(Node {
            kind,
            span,
            anchor: properties.anchor,
            tag: properties.tag,
        });
        let end = self.cursor.offset();
        match self.open.last_mut().map(|open| &mut open.children) {
            None if self.root.is_some() => return Err(self.misfit("a second root node")),
            None => self.root = Some(id),
            Some(Children::Items { done, start }) => done.push(Item {
                span: Span::new(*start, end),
                value: id,
            }),
            Some(Children::Entries {
                done,
                start,
                key,
                colon,
                ..
            }) => match key.take() {
                None => *key = Some(id),
                Some(key) => done.push(Entry {
                    span: Span::new(*start, end),
                    key,
                    value: id,
                    colon: colon.take(),
                }),
            },
        }
        Ok(())
    }
}
