//! Puts the changes of a document together, and looks after what a change would
//! do to the scalars around it: block scalars take the lines behind them in.

use std::collections::{BTreeMap, BTreeSet};

use crate::edit::{Indel, TextEdit};
use crate::error::{Error, ErrorKind};
use crate::lines::{Trivia, TriviaLines, next_line};
use crate::lookup::Parts;
use crate::position::Span;
use crate::render::Open;
use crate::tree::{Kind, NodeId, Tree};

/// One replacement, and where it stands among others at the same place.
pub(crate) struct Patch {
    pub(crate) delete: Span,
    pub(crate) insert: String,
    /// The column and depth of the collection that it belongs to: of two
    /// insertions behind one place, the deeper one comes first.
    pub(crate) place: (usize, usize),
    /// Whether it belongs to what follows: the deeper one comes last.
    pub(crate) leads: bool,
    /// The block scalar that the text ends in.
    pub(crate) open: Option<Open>,
    /// Its number among the texts that can be written in another style too.
    pub(crate) number: Option<usize>,
}

/// The text that is lowered: it always ends with a line break, so that lines can
/// be taken away and added without regard to the end.
pub(crate) struct Whole<'a, 't> {
    pub(crate) tree: &'a Tree<'t>,
    pub(crate) text: &'a str,
    /// Where block scalars end, at the start of a line, and where they start.
    scalars: BTreeMap<usize, (Open, usize)>,
}

/// What composing comes to.
pub(crate) enum Composed {
    Edit(TextEdit),
    /// These patches must be written without a block scalar at their end.
    Again(BTreeSet<usize>),
}

enum Piece {
    Keep(Span),
    /// The number of a patch in the sorted list.
    Put(usize),
}

/// What is wrong with the lines behind a block scalar.
enum Hazard {
    /// Blank lines would be part of it, up to this offset behind its end.
    Blank(usize),
    /// A comment would be, at this offset behind its end.
    Comment(usize),
}

impl<'a, 't> Whole<'a, 't> {
    pub(crate) fn new(tree: &'a Tree<'t>, parts: &Parts, text: &'a str) -> Self {
        let mut scalars = BTreeMap::new();
        for number in 0..tree.nodes.len() {
            let id = NodeId(number);
            if let Some(open) = block_shape(tree, parts, id) {
                let span = tree.span_of(Some(id));
                scalars.insert(next_line(text, span.end), (open, span.start));
            }
        }
        Self {
            tree,
            text,
            scalars,
        }
    }

    /// Whether the text lacks its final line break.
    const fn unbroken(&self) -> bool {
        self.text.len() > self.tree.text.len()
    }

    /// The block scalar that a text without a final line break ends in, if its
    /// value depends on that break.
    pub(crate) fn unended_scalar(&self) -> Option<usize> {
        let (open, start) = self.scalars.get(&self.text.len())?;
        (self.unbroken() && !open.strip).then_some(*start)
    }

    pub(crate) fn compose(&self, mut patches: Vec<Patch>) -> Result<Composed, Error> {
        self.put_outer_behind(&mut patches);
        loop {
            patches.sort_by_key(|patch| {
                let (start, end) = (patch.delete.start, patch.delete.end);
                let lead = patch.leads.then_some(patch.place);
                (start, end, lead, std::cmp::Reverse(patch.place))
            });
            self.refuse_overlap(&patches)?;
            let pieces = self.pieces(&patches);
            let mut out = String::new();
            let ends: Vec<usize> = pieces
                .iter()
                .map(|piece| {
                    out.push_str(match piece {
                        Piece::Keep(span) => span.of(self.text),
                        Piece::Put(number) => {
                            patches.get(*number).map_or("", |patch| &patch.insert)
                        }
                    });
                    out.len()
                })
                .collect();
            let again = self.unsafe_patches(&patches, &pieces, &ends, &out)?;
            if !again.is_empty() {
                return Ok(Composed::Again(again));
            }
            let blanks = self.swallowed(&pieces, &ends, &out)?;
            if blanks.is_empty() {
                return self.finish(&patches, &pieces).map(Composed::Edit);
            }
            patches.extend(blanks.into_iter().map(|delete| Patch {
                delete,
                insert: String::new(),
                place: (0, 0),
                leads: false,
                open: None,
                number: None,
            }));
        }
    }

    /// Moves new lines of outer collections behind those of inner ones, which may
    /// stand behind comments that belong to these.
    fn put_outer_behind(&self, patches: &mut [Patch]) {
        let lines = |patch: &Patch| {
            patch.delete.is_empty() && !patch.leads && patch.insert.ends_with(['\n', '\r'])
        };
        let new = patches.iter().filter(|patch| lines(patch));
        let mut new: Vec<_> = new.map(|patch| (patch.place, patch.delete.start)).collect();
        new.sort_unstable();
        // Of each place, the last start there or further inside.
        let mut last = 0;
        for (_, start) in new.iter_mut().rev() {
            last = last.max(*start);
            *start = last;
        }
        for patch in patches.iter_mut().filter(|patch| lines(patch)) {
            let at = patch.delete.start;
            let inner = new.partition_point(|(place, _)| *place <= patch.place);
            let last = new.get(inner).map_or(at, |(_, start)| at.max(*start));
            let trivia = TriviaLines::new(self.text, at).map(|(_, next)| next);
            if trivia
                .take_while(|next| *next <= last)
                .any(|next| next == last)
            {
                patch.delete = Span::at(last);
            }
        }
    }

    fn refuse_overlap(&self, patches: &[Patch]) -> Result<(), Error> {
        for (left, right) in patches.iter().zip(patches.iter().skip(1)) {
            if left.delete.end > right.delete.start {
                let offset = self.tree.offset;
                let kind =
                    ErrorKind::Overlap(left.delete.shifted(offset), right.delete.shifted(offset));
                return Err(self.tree.error(kind, right.delete));
            }
        }
        Ok(())
    }

    fn pieces(&self, patches: &[Patch]) -> Vec<Piece> {
        let mut pieces = Vec::new();
        let mut done = 0;
        for (number, patch) in patches.iter().enumerate() {
            if patch.delete.start > done {
                pieces.push(Piece::Keep(Span::new(done, patch.delete.start)));
            }
            if !patch.insert.is_empty() || patch.open.is_some() {
                pieces.push(Piece::Put(number));
            }
            done = patch.delete.end;
        }
        if done < self.text.len() {
            pieces.push(Piece::Keep(Span::new(done, self.text.len())));
        }
        pieces
    }

    /// New block scalars that would take in what follows them, or lose their last
    /// line break.
    fn unsafe_patches(
        &self,
        patches: &[Patch],
        pieces: &[Piece],
        ends: &[usize],
        out: &str,
    ) -> Result<BTreeSet<usize>, Error> {
        let mut again = BTreeSet::new();
        for (piece, end) in pieces.iter().zip(ends) {
            let Piece::Put(number) = piece else { continue };
            let Some(patch) = patches.get(*number) else {
                continue;
            };
            let Some(open) = patch.open else { continue };
            let start = match patch.insert.ends_with(['\n', '\r']) {
                true => *end,
                false => next_line(out, *end),
            };
            let last = start >= out.len() && self.unbroken() && !open.strip;
            // These breaks are text of a block scalar, and no `\n`.
            let behind = out.get(*end..start).unwrap_or_default();
            let separator = behind.ends_with(['\u{2028}', '\u{2029}']) && !open.strip;
            if !last && !separator && hazard(out, start, open).is_none() {
                continue;
            }
            let Some(number) = patch.number else {
                let what = "what stands behind it would become text of its block scalar";
                return Err(self.tree.error(ErrorKind::Unsupported(what), patch.delete));
            };
            again.insert(number);
        }
        Ok(again)
    }

    /// Blank lines that a block scalar would take in where what stood between was
    /// removed: they have to go too.
    fn swallowed(&self, pieces: &[Piece], ends: &[usize], out: &str) -> Result<Vec<Span>, Error> {
        let mut blanks = Vec::new();
        for (number, (piece, end)) in pieces.iter().zip(ends).enumerate() {
            let Piece::Keep(kept) = piece else { continue };
            let next = pieces.get(number + 1);
            if kept.end == self.text.len() {
                if let (Some(start), Some(_)) = (self.unended_scalar(), next) {
                    return Err(self.tree.error(ErrorKind::UnendedScalar, Span::at(start)));
                }
                continue;
            }
            // The last scalar of the piece, if only blank lines and comments follow.
            let scalars = self.scalars.range(kept.start + 1..=kept.end);
            let Some((scalar, (open, _))) = scalars.last() else {
                continue;
            };
            let behind = kept.end - scalar;
            let trivia = TriviaLines::new(self.text, *scalar).map(|(_, next)| next);
            let mut ends = std::iter::once(*scalar).chain(trivia);
            if ends.all(|end| end != kept.end) {
                continue;
            }
            let (length, comment) = match hazard(out, end - behind, *open) {
                Some(Hazard::Blank(length)) if length > behind => (length - behind, false),
                Some(Hazard::Comment(length)) if length >= behind => (length - behind, true),
                _ => continue,
            };
            if comment {
                let place = match next {
                    Some(Piece::Keep(next)) => next.start + length,
                    _ => kept.end,
                };
                let what = "a comment behind it would become text of the block scalar \
                            before it; move the comment first";
                let place = Span::at(place.min(self.tree.text.len()));
                return Err(self.tree.error(ErrorKind::WouldChange(what), place));
            }
            let mut rest = length;
            for piece in pieces.iter().skip(number + 1) {
                let Piece::Keep(next) = piece else { break };
                let taken = rest.min(next.len());
                blanks.push(Span::new(next.start, next.start + taken));
                rest -= taken;
                if rest == 0 {
                    break;
                }
            }
        }
        Ok(blanks)
    }

    /// The edit of the text as it is, with or without its final line break.
    fn finish(&self, patches: &[Patch], pieces: &[Piece]) -> Result<TextEdit, Error> {
        let (len, text) = (self.tree.text.len(), self.tree.text);
        let mut rest: Vec<(Option<Span>, &str)> = pieces
            .iter()
            .map(|piece| match piece {
                Piece::Keep(span) => (Some(*span), span.of(self.text)),
                Piece::Put(number) => (
                    None,
                    patches
                        .get(*number)
                        .map_or("", |patch| patch.insert.as_str()),
                ),
            })
            .collect();
        let missing = self.text.get(len..).unwrap_or_default();
        if self.unbroken() {
            self.drop_break(&mut rest);
        }
        let mut indels = Vec::new();
        let mut done = 0;
        let mut insert = String::new();
        for (kept, put) in rest {
            let Some(kept) = kept else {
                insert.push_str(put);
                continue;
            };
            // The line break that the text lacks is not there to be kept.
            let end = kept.end.min(len);
            if kept.start > done || !insert.is_empty() {
                let delete = Span::new(done.min(len), kept.start.min(len));
                indels.push(Indel {
                    delete,
                    insert: std::mem::take(&mut insert),
                });
            }
            if kept.end > len {
                insert.push_str(missing);
            }
            done = end;
        }
        if done < len || !insert.is_empty() {
            indels.push(Indel {
                delete: Span::new(done, len),
                insert,
            });
        }
        indels.retain(|indel| !indel.delete.is_empty() || !indel.insert.is_empty());
        TextEdit::new(indels, text)
    }

    /// Without a final line break there is none afterwards, unless a block scalar
    /// would lose it.
    fn drop_break(&self, rest: &mut Vec<(Option<Span>, &str)>) {
        let Some((kept, text)) = rest.last_mut() else {
            return;
        };
        let open = kept.and_then(|kept| self.scalars.get(&kept.end));
        let original = kept.is_some_and(|kept| kept.end == self.text.len());
        if !original && open.is_some_and(|(open, _)| !open.strip) {
            return;
        }
        let line = text
            .strip_suffix("\r\n")
            .or_else(|| text.strip_suffix(['\n', '\r', '\u{85}', '\u{2028}', '\u{2029}']));
        let Some(line) = line else { return };
        if let Some(kept) = kept {
            kept.end -= text.len() - line.len();
        }
        *text = line;
        if line.is_empty() {
            rest.pop();
        }
    }
}

/// Lines behind a block scalar that would become a part of it.
fn hazard(text: &str, start: usize, open: Open) -> Option<Hazard> {
    let mut blanks = None;
    for (trivia, next) in TriviaLines::new(text, start) {
        match trivia {
            Trivia::Blank { width, tab } => {
                if open.keep || tab || width > open.indent || blanks.is_some() {
                    blanks = Some(next - start);
                }
            }
            Trivia::Comment(line) if line.hash < open.indent && !line.tab => break,
            Trivia::Comment(line) => return Some(Hazard::Comment(line.start - start)),
        }
    }
    blanks.map(Hazard::Blank)
}

/// How a block scalar is written: where its lines start, and what becomes of the
/// line breaks at its end.
pub(crate) fn block_shape(tree: &Tree<'_>, parts: &Parts, id: NodeId) -> Option<Open> {
    if !tree.is_block_scalar(id) {
        return None;
    }
    let Kind::Scalar { .. } = &tree.node(id)?.kind else {
        return None;
    };
    let text = tree.span_of(Some(id)).of(tree.text);
    let header = text.split([' ', '\t', '\n', '\r', '#']).next()?;
    let digit = header.chars().find_map(|c| c.to_digit(10));
    let outer = parts.block_column(tree, id);
    let body = text.get(next_line(text, 0)..).unwrap_or_default();
    let mut lines = body.split(['\n', '\r']);
    let first = lines.find(|line| !line.trim_matches([' ', '\t']).is_empty());
    let first = first.map(|line| line.len() - line.trim_start_matches(' ').len());
    let indent = match digit {
        Some(digit) => outer.unwrap_or(0) + digit as usize,
        None => first.unwrap_or_else(|| outer.map_or(1, |column| column + 1)),
    };
    Some(Open {
        indent,
        keep: header.contains('+'),
        strip: header.contains('-'),
    })
}
