//! Builds the nodes of one document from its tokens.
//!
//! The recursion is as deep as the collections are nested: [`MAX_DEPTH`] bounds it.

use std::collections::BTreeMap;

use super::scanner::tokens;
use super::token::{Kind as TokenKind, Token};
use super::{Fault, MAX_DEPTH, Read};
use crate::error::ErrorKind;
use crate::position::Span;
use crate::tree::{CollectionStyle, Entry, Item, Kind, Node, NodeId, ScalarStyle};

/// So many values may be there by aliases alone.
const MAX_ALIASED: usize = 1_000_000;

/// What was read.
pub(super) struct Nodes<'t> {
    pub(super) nodes: Vec<Node<'t>>,
    pub(super) root: Option<NodeId>,
}

/// Reads one document.
pub(super) fn read(text: &str) -> Read<Nodes<'_>> {
    let (tokens, fault) = tokens(text);
    let mut grammar = Grammar {
        nodes: Vec::with_capacity(tokens.len() / 2),
        tokens: tokens.into_iter().peekable(),
        fault,
        len: text.len(),
        handles: BTreeMap::new(),
        anchors: BTreeMap::new(),
    };
    let root = grammar.document()?;
    grammar.bound_aliases()?;
    Ok(Nodes {
        nodes: grammar.nodes,
        root,
    })
}

struct Grammar<'t> {
    tokens: std::iter::Peekable<std::vec::IntoIter<Token<'t>>>,
    /// What stopped the scanner behind the last token.
    fault: Option<Fault>,
    len: usize,
    nodes: Vec<Node<'t>>,
    /// The prefixes of `%TAG`.
    handles: BTreeMap<&'t str, &'t str>,
    /// The node of each anchor; none while it is still being read.
    anchors: BTreeMap<&'t str, Option<NodeId>>,
}

/// Where a node may stand.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Context {
    Flow,
    Block,
    /// A value in block style: the dashes of a sequence may stand in its key's
    /// column.
    BlockValue,
}

#[derive(Default)]
struct Properties<'t> {
    anchor: Option<&'t str>,
    tag: Option<String>,
}

impl<'t> Grammar<'t> {
    /// The next token's kind; the scanner's fault where it stopped.
    fn peek(&mut self) -> Read<&TokenKind<'t>> {
        Ok(&self.peek_token()?.kind)
    }

    fn peek_token(&mut self) -> Read<&Token<'t>> {
        let (fault, len) = (&mut self.fault, self.len);
        self.tokens.peek().ok_or_else(|| {
            let end = || Fault::syntax(len, "the text ends here too early");
            fault.take().unwrap_or_else(end)
        })
    }

    fn take(&mut self) -> Read<Token<'t>> {
        self.peek_token()?;
        let end = || Fault::syntax(self.len, "the text ends here too early");
        self.tokens.next().ok_or_else(end)
    }

    fn at(&mut self, kind: &TokenKind<'t>) -> Read<bool> {
        Ok(self.peek()? == kind)
    }

    fn eat(&mut self, kind: &TokenKind<'t>) -> Read<Option<Token<'t>>> {
        Ok(match self.at(kind)? {
            true => Some(self.take()?),
            false => None,
        })
    }

    fn fail<T>(&mut self, what: &str) -> Read<T> {
        let at = self.peek_token()?.start;
        Err(Fault::syntax(at, what))
    }

    fn document(&mut self) -> Read<Option<NodeId>> {
        while self.eat(&TokenKind::DocumentEnd)?.is_some() {}
        let (mut directives, mut version) = (false, false);
        while let TokenKind::Directive(tag) = self.peek()? {
            let tag = *tag;
            let at = self.take()?.start;
            directives = true;
            let twice = match tag {
                Some((handle, prefix)) => self.handles.insert(handle, prefix).is_some(),
                None => std::mem::replace(&mut version, true),
            };
            if twice {
                return Err(Fault::syntax(at, "this directive is there twice"));
            }
        }
        let start = self.eat(&TokenKind::DocumentStart)?;
        if directives && start.is_none() {
            return self.fail("`---` must stand behind a directive");
        }
        let root = match (self.peek()?, start) {
            (TokenKind::End | TokenKind::DocumentEnd, None) => None,
            (
                TokenKind::End
                | TokenKind::DocumentEnd
                | TokenKind::DocumentStart
                | TokenKind::Directive(_),
                Some(start),
            ) => Some(self.empty(start.end)),
            _ => Some(self.node(Context::Block, 0)?),
        };
        while self.eat(&TokenKind::DocumentEnd)?.is_some() {}
        match self.peek()? {
            TokenKind::End => Ok(root),
            TokenKind::DocumentStart => {
                let at = self.peek_token()?.start;
                let what = "a second document that no `---` at the start of a line divides";
                let kind = ErrorKind::Unsupported(what);
                Err(Fault { at, kind })
            }
            _ => self.fail("this does not belong to the value before it"),
        }
    }

    /// Refuses aliases that multiply: what they lead to must stay as small and as
    /// flat as a document without them could be.
    fn bound_aliases(&self) -> Read<()> {
        let mut sizes: Vec<(usize, usize)> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            // Children and targets come before what leads to them.
            let of = |id: &NodeId| sizes.get(id.0).copied().unwrap_or_default();
            let sum = |(size, depth): (usize, usize), id: &NodeId| {
                let (more, deep) = of(id);
                (size.saturating_add(more), depth.max(deep))
            };
            let (size, depth) = match &node.kind {
                Kind::Scalar { .. } => (1, 0),
                Kind::Alias { target, .. } => of(target),
                Kind::Sequence { items, .. } => {
                    let values = items.iter().map(|item| &item.value);
                    let (size, depth) = values.fold((1, 0), sum);
                    (size, depth + 1)
                }
                Kind::Mapping { entries, .. } => {
                    let parts = entries.iter().flat_map(|entry| [&entry.key, &entry.value]);
                    let (size, depth) = parts.fold((1, 0), sum);
                    (size, depth + 1)
                }
            };
            if depth > MAX_DEPTH {
                return Err(Fault::too_deep(node.span.start));
            }
            if size > self.nodes.len().saturating_add(MAX_ALIASED) {
                let what = "aliases that stand for more than a million values";
                let kind = ErrorKind::Unsupported(what);
                let at = node.span.start;
                return Err(Fault { at, kind });
            }
            sizes.push((size, depth));
        }
        Ok(())
    }

    // Nodes.

    fn add(&mut self, kind: Kind<'t>, span: Span, properties: Properties<'t>) -> NodeId {
        let id = NodeId(self.nodes.len());
        let Properties { anchor, tag } = properties;
        self.nodes.push(Node {
            kind,
            span,
            anchor,
            tag,
        });
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, Some(id));
        }
        id
    }

    fn empty(&mut self, at: usize) -> NodeId {
        self.empty_with(at, Properties::default())
    }

    fn empty_with(&mut self, at: usize, properties: Properties<'t>) -> NodeId {
        let kind = Kind::Scalar {
            value: "".into(),
            style: ScalarStyle::Plain,
        };
        self.add(kind, Span::at(at), properties)
    }

    fn end_of(&self, id: NodeId) -> usize {
        self.nodes.get(id.0).map_or(0, |node| node.span.end)
    }

    fn node(&mut self, context: Context, depth: usize) -> Read<NodeId> {
        if let TokenKind::Alias(name) = *self.peek()? {
            let token = self.take()?;
            return match self.anchors.get(name) {
                Some(Some(target)) => {
                    let kind = Kind::Alias {
                        name,
                        target: *target,
                    };
                    let span = Span::new(token.start, token.end);
                    Ok(self.add(kind, span, Properties::default()))
                }
                Some(None) => Err(Fault::syntax(token.start, "this alias stands in itself")),
                None => {
                    let what = "no anchor of this alias's name stands before it";
                    Err(Fault::syntax(token.start, what))
                }
            };
        }
        let (properties, end) = self.properties()?;
        if let Some(anchor) = properties.anchor {
            self.anchors.insert(anchor, None);
        }
        let depth = depth + 1;
        match self.peek()? {
            TokenKind::Scalar(..) => {
                let token = self.take()?;
                let span = Span::new(token.start, token.end);
                let TokenKind::Scalar(value, style) = token.kind else {
                    return Ok(self.empty(token.start));
                };
                Ok(self.add(Kind::Scalar { value, style }, span, properties))
            }
            TokenKind::FlowSequence
            | TokenKind::FlowMapping
            | TokenKind::BlockSequence
            | TokenKind::BlockMapping
            | TokenKind::BlockEntry
                if depth > MAX_DEPTH =>
            {
                let at = self.peek_token()?.start;
                Err(Fault::too_deep(at))
            }
            TokenKind::FlowSequence => self.flow_sequence(properties, depth),
            TokenKind::FlowMapping => self.flow_mapping(properties, depth),
            TokenKind::BlockEntry if context == Context::BlockValue => {
                self.block_sequence(properties, depth, false)
            }
            TokenKind::BlockSequence if context != Context::Flow => {
                self.take()?;
                self.block_sequence(properties, depth, true)
            }
            TokenKind::BlockMapping if context != Context::Flow => {
                self.block_mapping(properties, depth)
            }
            _ => match end {
                Some(end) => Ok(self.empty_with(end, properties)),
                None => self.fail("a value was expected here"),
            },
        }
    }

    /// An anchor and a tag in either order, and where they end.
    fn properties(&mut self) -> Read<(Properties<'t>, Option<usize>)> {
        let mut properties = Properties::default();
        let mut end = None;
        loop {
            match self.peek()? {
                TokenKind::Anchor(_) if properties.anchor.is_none() => {
                    let token = self.take()?;
                    end = Some(token.end);
                    if let TokenKind::Anchor(name) = token.kind {
                        properties.anchor = Some(name);
                    }
                }
                TokenKind::Tag(..) if properties.tag.is_none() => {
                    let token = self.take()?;
                    end = Some(token.end);
                    if let TokenKind::Tag(handle, suffix) = token.kind {
                        let prefix = self.prefix(handle).ok_or_else(|| {
                            let what = "no directive says what this tag's handle means";
                            Fault::syntax(token.start, what)
                        })?;
                        properties.tag = Some(format!("{prefix}{suffix}"));
                    }
                }
                _ => return Ok((properties, end)),
            }
        }
    }

    fn prefix(&self, handle: &'t str) -> Option<&'t str> {
        let given = self.handles.get(handle).copied();
        given.or(match handle {
            "" | "!" => Some(handle),
            "!!" => Some("tag:yaml.org,2002:"),
            _ => None,
        })
    }

    /// `indented`: it stands in a column of its own, so that its end has a token.
    fn block_sequence(
        &mut self,
        properties: Properties<'t>,
        depth: usize,
        indented: bool,
    ) -> Read<NodeId> {
        let (start, column) = (self.peek_token()?.start, self.peek_token()?.column);
        let mut items = Vec::new();
        let mut end = start;
        while let Some(dash) = self.eat(&TokenKind::BlockEntry)? {
            let value = match self.peek()? {
                TokenKind::BlockEntry | TokenKind::BlockEnd => self.empty(dash.end),
                TokenKind::Key | TokenKind::Value if !indented => self.empty(dash.end),
                _ => self.node(Context::Block, depth)?,
            };
            end = self.end_of(value);
            let span = Span::new(dash.start, end);
            items.push(Item { span, value });
        }
        if indented && self.eat(&TokenKind::BlockEnd)?.is_none() {
            return self.fail("an item of the sequence, or its end, was expected here");
        }
        let style = CollectionStyle::Block { column };
        let kind = Kind::Sequence { style, items };
        Ok(self.add(kind, Span::new(start, end), properties))
    }

    fn block_mapping(&mut self, properties: Properties<'t>, depth: usize) -> Read<NodeId> {
        let open = self.take()?;
        let mut entries = Vec::new();
        let mut end = open.start;
        while let Some(key) = self.eat(&TokenKind::Key)? {
            let start = key.start;
            let key = match self.peek()? {
                TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => self.empty(key.end),
                _ => self.node(Context::BlockValue, depth)?,
            };
            let colon = self.eat(&TokenKind::Value)?.map(|colon| colon.end);
            let value = match (self.peek()?, colon) {
                (_, None) => self.empty(self.end_of(key)),
                (TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd, Some(colon)) => {
                    self.empty(colon)
                }
                _ => self.node(Context::BlockValue, depth)?,
            };
            end = self.end_of(value);
            entries.push(Entry {
                span: Span::new(start, end),
                key,
                value,
                colon,
            });
        }
        if self.eat(&TokenKind::BlockEnd)?.is_none() {
            return self.fail("a key of the mapping, or its end, was expected here");
        }
        let style = CollectionStyle::Block {
            column: open.column,
        };
        let kind = Kind::Mapping { style, entries };
        Ok(self.add(kind, Span::new(open.start, end), properties))
    }

    fn flow_sequence(&mut self, properties: Properties<'t>, depth: usize) -> Read<NodeId> {
        let open = self.take()?;
        let mut items = Vec::new();
        let close = loop {
            if let Some(close) = self.eat(&TokenKind::FlowSequenceEnd)? {
                break close;
            }
            let start = self.peek_token()?.start;
            let value = match self.peek()? {
                TokenKind::Key => self.flow_pair(depth)?,
                _ => self.node(Context::Flow, depth)?,
            };
            let span = Span::new(start, self.end_of(value));
            items.push(Item { span, value });
            let comma = self.eat(&TokenKind::FlowEntry)?.is_some();
            if !comma && !self.at(&TokenKind::FlowSequenceEnd)? {
                return self.fail("a comma or `]` was expected here");
            }
        };
        let style = CollectionStyle::Flow;
        let kind = Kind::Sequence { style, items };
        Ok(self.add(kind, Span::new(open.start, close.end), properties))
    }

    /// The `a: b` of `[a: b]`.
    fn flow_pair(&mut self, depth: usize) -> Read<NodeId> {
        if depth >= MAX_DEPTH {
            let at = self.peek_token()?.start;
            return Err(Fault::too_deep(at));
        }
        let entry = self.flow_entry(depth + 1)?;
        let kind = Kind::Mapping {
            style: CollectionStyle::FlowPair,
            entries: vec![entry],
        };
        Ok(self.add(kind, entry.span, Properties::default()))
    }

    fn flow_mapping(&mut self, properties: Properties<'t>, depth: usize) -> Read<NodeId> {
        let open = self.take()?;
        let mut entries = Vec::new();
        let close = loop {
            if let Some(close) = self.eat(&TokenKind::FlowMappingEnd)? {
                break close;
            }
            entries.push(self.flow_entry(depth)?);
            let comma = self.eat(&TokenKind::FlowEntry)?.is_some();
            if !comma && !self.at(&TokenKind::FlowMappingEnd)? {
                return self.fail("a comma or `}` was expected here");
            }
        };
        let style = CollectionStyle::Flow;
        let kind = Kind::Mapping { style, entries };
        Ok(self.add(kind, Span::new(open.start, close.end), properties))
    }

    /// A key with its value, or one of the two.
    fn flow_entry(&mut self, depth: usize) -> Read<Entry> {
        let start = self.peek_token()?.start;
        let explicit = self.eat(&TokenKind::Key)?;
        let key = match (self.peek()?, explicit) {
            (
                TokenKind::Value
                | TokenKind::FlowEntry
                | TokenKind::FlowMappingEnd
                | TokenKind::FlowSequenceEnd,
                Some(key),
            ) => self.empty(key.end),
            _ => self.node(Context::Flow, depth)?,
        };
        let colon = self.eat(&TokenKind::Value)?.map(|colon| colon.end);
        let value = match (self.peek()?, colon) {
            (_, None) => self.empty(self.end_of(key)),
            (
                TokenKind::FlowEntry | TokenKind::FlowMappingEnd | TokenKind::FlowSequenceEnd,
                Some(colon),
            ) => self.empty(colon),
            _ => self.node(Context::Flow, depth)?,
        };
        Ok(Entry {
            span: Span::new(start, self.end_of(value)),
            key,
            value,
            colon,
        })
    }
}
