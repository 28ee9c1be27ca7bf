//! Removals: an entry or item with its line, or with its comma.

use std::collections::BTreeSet;

use crate::error::{Error, ErrorKind};
use crate::lower::Lowering;
use crate::position::Span;
use crate::route::{Child, Route};
use crate::tree::{Kind, Node};

impl Lowering<'_, '_> {
    fn line_start(&self, offset: usize) -> usize {
        let before = self.tree.text.get(..offset).unwrap_or_default();
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let mark = before
            .get(start..)
            .is_some_and(|line| line.starts_with('\u{feff}'));
        if mark {
            start + '\u{feff}'.len_utf8()
        } else {
            start
        }
    }

    /// Children of a block collection, with their lines.
    pub(crate) fn remove_lines(
        &mut self,
        route: &Route,
        node: &Node,
        spans: &[Span],
        removed: &BTreeSet<usize>,
    ) -> Result<(), Error> {
        let text = self.tree.text;
        let mapping = matches!(node.kind, Kind::Mapping { .. });
        let emptied = !spans.is_empty() && removed.len() == spans.len();
        let colon = match self.tree.child_at(route)? {
            Some(Child::Entry(entry)) => entry.colon,
            _ => None,
        };
        let empty = if mapping { "{}" } else { "[]" };
        for position in removed {
            let Some(span) = spans.get(*position).copied() else {
                continue;
            };
            let line = self.line_start(span.start);
            let alone = text
                .get(line..span.start)
                .is_some_and(|lead| lead.trim_start_matches(' ').is_empty());
            if emptied && *position == 0 && (colon.is_none() || !alone) {
                self.replace(0, span, empty);
                continue;
            }
            if emptied
                && *position == 0
                && let Some(colon) = colon
            {
                self.replace(0, Span::at(colon), format!(" {empty}"));
            }
            if alone {
                let end = self.line_end(span.end);
                let rest = text.get(end..).unwrap_or_default();
                let broken = if rest.starts_with("\r\n") {
                    2
                } else {
                    usize::from(!rest.is_empty())
                };
                let before = text.get(..line).unwrap_or_default();
                let unbroken = before
                    .strip_suffix('\n')
                    .map(|b| b.strip_suffix('\r').unwrap_or(b));
                match unbroken {
                    // Without a final line break there is none afterwards.
                    Some(before) if broken == 0 => {
                        self.replace(0, Span::new(before.len(), end), "")
                    }
                    _ => self.replace(0, Span::new(line, end + broken), ""),
                }
                continue;
            }
            // The first entry behind a dash: what follows moves up to the dash.
            let next = spans.get(position + 1).map(|next| next.start);
            let blank = next
                .and_then(|next| text.get(span.end..next))
                .is_some_and(|t| t.trim().is_empty());
            let end = next.filter(|_| blank).unwrap_or(span.end);
            self.replace(0, Span::new(span.start, end), "");
        }
        Ok(())
    }

    /// Children of a flow collection, each with one comma.
    pub(crate) fn remove_flow(
        &mut self,
        spans: &[Span],
        removed: &BTreeSet<usize>,
    ) -> Result<(), Error> {
        for position in removed {
            let Some(span) = spans.get(*position).copied() else {
                continue;
            };
            let next = spans.get(position + 1);
            let previous = position
                .checked_sub(1)
                .and_then(|previous| spans.get(previous));
            let (delete, between) = match (previous, next) {
                (_, Some(next)) => (
                    Span::new(span.start, next.start),
                    Span::new(span.end, next.start),
                ),
                (Some(last), None) => (
                    Span::new(last.end, span.end),
                    Span::new(last.end, span.start),
                ),
                (None, None) => (span, Span::at(span.end)),
            };
            if between.of(self.tree.text).contains('#') {
                let kind = ErrorKind::Unsupported("a comment beside a flow entry that is removed");
                return Err(self.tree.error(kind, between));
            }
            self.replace(0, delete, "");
        }
        Ok(())
    }
}
