//! Several texts as one stream of documents.

use crate::document::{Document, documents, is_marker};
use crate::error::{Error, ErrorKind};
use crate::front::{Front, is_blank, is_tabs, marks_move, newline};
use crate::position::Span;
use crate::proof::same_with_break;
use crate::reader::{TWO_MARKS, two_marks};
use crate::stream::unended;

/// Why texts cannot be joined.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("text {text}: {error}")]
pub struct JoinError {
    /// The number of the text, from 0.
    pub text: usize,
    /// What is wrong with it.
    #[source]
    pub error: Error,
}

/// Writes several texts as one stream: their documents, in order, and byte for byte.
///
/// Between two texts stands `---`, unless the second one starts with it or the first
/// one ends with it. A byte order mark of a later text is left out: only a stream's
/// start has one. In front of a stream that starts with JSON stands `---`, without
/// which kubectl would not look for further documents.
///
/// ```
/// # fn main() -> Result<(), yaml_splice::JoinError> {
/// assert_eq!(yaml_splice::join(&["a: 1 # one", "---\nb: 2\n"])?, "a: 1 # one\n---\nb: 2\n");
/// # Ok(()) }
/// ```
///
/// # Errors
///
/// [`ErrorKind::UnendedScalar`] where the line break behind a text would become a
/// part of its last value, [`ErrorKind::Unsupported`] for JSON that YAML cannot say;
/// [`ErrorKind::Verification`] is a fault of this crate.
pub fn join(texts: &[&str]) -> Result<String, JoinError> {
    let mut used = texts
        .iter()
        .enumerate()
        .filter(|(_, text)| !text.is_empty());
    if let (Some((_, only)), None) = (used.next(), used.next()) {
        return Ok((*only).to_owned());
    }
    let mut joined = Joined::default();
    for (number, text) in texts.iter().enumerate() {
        let fail = |error| JoinError {
            text: number,
            error,
        };
        joined.json(text).map_err(fail)?;
        joined.text(number, text)?;
    }
    joined.prove()?;
    Ok(joined.out)
}

/// What kubectl refuses between two `---` lines.
const TABS: &str = "lines that a tab indents and nothing else";

/// A document that was written.
struct Piece<'t> {
    /// Without a byte order mark that is left out.
    body: &'t str,
    /// The line break and the `...` that were added to it.
    tail: String,
    /// Its text's number, and the document there.
    number: usize,
    document: Document<'t>,
}

#[derive(Default)]
struct Joined<'t> {
    out: String,
    pieces: Vec<Piece<'t>>,
}

impl<'t> Joined<'t> {
    /// What JSON asks for that is going to stand among documents of YAML.
    fn json(&mut self, text: &str) -> Result<(), Error> {
        let body = text.trim_start_matches('\u{feff}');
        if !body.trim_start().starts_with('{') {
            return Ok(());
        }
        if let Some(at) = surrogate(text) {
            let kind = ErrorKind::Unsupported(
                "YAML has no such escape, so JSON with it cannot be joined with other texts; \
                 write the character itself, or write each file by itself",
            );
            return Err(Error::new(kind, text, Span::at(at)));
        }
        if self.out.is_empty() {
            self.out.extend(text.strip_suffix(body));
            self.out.push_str("---");
            self.out.push_str(newline(text));
        }
        Ok(())
    }

    fn text(&mut self, number: usize, text: &'t str) -> Result<(), JoinError> {
        for (count, document) in documents(text).enumerate() {
            let mut body = document.text();
            if let Some(at) = two_marks(body) {
                let kind = ErrorKind::Unsupported(TWO_MARKS);
                let at = Span::at(document.span().start + at);
                let error = Error::new(kind, text, at);
                return Err(JoinError {
                    text: number,
                    error,
                });
            }
            let first = count == 0 && !self.pieces.is_empty();
            if count == 0 && !self.out.is_empty() {
                let refused = |kind, at| {
                    let error = Error::new(kind, text, Span::at(at));
                    JoinError {
                        text: number,
                        error,
                    }
                };
                if marks_move(body, true) {
                    let kind = ErrorKind::Unsupported("two byte order marks; leave one of them");
                    return Err(refused(kind, 0));
                }
                // A `---` behind the mark becomes one that kubectl divides at, if its line
                // ends.
                if let Some(body) = body.strip_prefix('\u{feff}')
                    && body.starts_with("---")
                    && body.contains('\n')
                    && let Err(error) = document.parse()
                    && matches!(error.kind, ErrorKind::Unsupported(_))
                {
                    return Err(refused(error.kind, error.span.start));
                }
                body = body.strip_prefix('\u{feff}').unwrap_or(body);
                let front = Front::of(body).marker.and_then(|at| body.get(..at));
                if front.is_some_and(is_tabs) {
                    return Err(refused(ErrorKind::Unsupported(TABS), 0));
                }
            }
            if body.is_empty() {
                continue;
            }
            let open = |last: &&Piece<'_>| Front::of(last.body).is_open() || is_tabs(last.body);
            if let Some(last) = self.pieces.last().filter(open) {
                let kind = match is_tabs(last.body) {
                    true => ErrorKind::Unsupported(TABS),
                    false => ErrorKind::Unsupported("directives without `---` behind them"),
                };
                let at = Span::at(last.document.span().start);
                return Err(last.fails(Error::new(kind, last.document.source(), at)));
            }
            let separator = self.separator(body, first);
            if first || separator.is_some() {
                self.end_line()?;
            }
            if let Some(marker) = separator {
                let start = self.out.len();
                self.out.push_str(marker);
                self.out.push_str(newline(text));
                let ends = self.pieces.last_mut().filter(|_| marker == "...");
                if let (Some(last), Some(marker)) = (ends, self.out.get(start..)) {
                    last.tail.push_str(marker);
                }
            }
            self.out.push_str(body);
            self.pieces.push(Piece {
                body,
                tail: String::new(),
                number,
                document,
            });
        }
        Ok(())
    }

    /// What must stand between the last document and this one, if anything.
    fn separator(&self, body: &str, first: bool) -> Option<&'static str> {
        let last = self.pieces.last()?.body;
        let front = Front::of(body);
        let ended = last
            .lines()
            .next_back()
            .is_some_and(|line| is_marker(line, "..."));
        if front.directives {
            return (!ended).then_some("...");
        }
        let open = is_blank(last) && Front::of(last).marker.is_some() && !ended;
        let marked = front.marker == Some(front.start);
        // Inside of one text only JSON values have nothing between them.
        let apart = marked || if first { open } else { ended };
        (!apart).then_some("---")
    }

    /// Ends the last line, which something is to be written behind.
    fn end_line(&mut self) -> Result<(), JoinError> {
        let ended = self.out.ends_with('\n');
        let Some(last) = self.pieces.last_mut().filter(|_| !ended) else {
            return Ok(());
        };
        let newline = newline(last.document.source());
        same_with_break(last.body, newline)
            .map_err(|at| last.fails(unended(&last.document, None, at)))?;
        last.tail.push_str(newline);
        self.out.push_str(newline);
        Ok(())
    }

    /// Whether the stream has just the documents of the texts. Those without nodes
    /// are a part of the next one, or of nothing.
    fn prove(&self) -> Result<(), JoinError> {
        let fault = |piece: &Piece<'_>, what| {
            let at = Span::at(piece.document.span().start);
            let kind = ErrorKind::Verification(what);
            piece.fails(Error::new(kind, piece.document.source(), at))
        };
        let mut found = documents(&self.out).filter(|document| !is_blank(document.text()));
        for piece in self.pieces.iter().filter(|piece| !is_blank(piece.body)) {
            let found = found.next();
            let found = found.and_then(|found| found.text().strip_suffix(&*piece.tail));
            let front = found.and_then(|found| found.strip_suffix(piece.core()));
            if !front.is_some_and(is_blank) {
                return Err(fault(piece, "a document of the joined texts"));
            }
        }
        match (found.next(), self.pieces.last()) {
            (Some(_), Some(last)) => Err(fault(last, "another number of documents")),
            _ => Ok(()),
        }
    }
}

impl<'t> Piece<'t> {
    /// The document from its marker on: comments above that may be a part of what
    /// stands before.
    fn core(&self) -> &'t str {
        let front = Front::of(self.body);
        let from = front.marker.filter(|_| !front.directives).unwrap_or(0);
        self.body.get(from..).unwrap_or_default()
    }

    const fn fails(&self, error: Error) -> JoinError {
        JoinError {
            text: self.number,
            error,
        }
    }
}

/// The first escape of half a character, as JSON has them: `\ud83d`.
fn surrogate(text: &str) -> Option<usize> {
    let mut escapes = text.match_indices("\\u").map(|(at, _)| at);
    escapes.find(|at| {
        let digits = text.as_bytes().get(at + 2..at + 4);
        matches!(
            digits,
            Some([b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F'])
        )
    })
}
