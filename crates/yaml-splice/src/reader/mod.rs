//! The reader: from a document's text to its nodes, each with its exact extent.
//!
//! It follows the grammar of libyaml, of which go-yaml, Kubernetes' reader, is a
//! port: what kubectl reads, it reads, line breaks of YAML 1.1 included. Where it
//! accepts more, YAML 1.2 or JSON do. `scanner` cuts the text into tokens, with
//! `scalar` for the values and `properties` for anchors and tags; `grammar` builds
//! the nodes.

mod grammar;
mod properties;
mod scalar;
mod scanner;
mod token;

pub(crate) use scanner::{TWO_MARKS, two_marks};

use std::collections::HashMap;

use crate::document::Document;
use crate::error::{Error, ErrorKind};
use crate::position::Span;
use crate::tree::Tree;

/// Collections nested deeper than this are refused.
pub const MAX_DEPTH: usize = 128;

impl<'t> Document<'t> {
    /// Reads the document's nodes.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let document = yaml_splice::documents("a: [1").next().ok_or("no document")?;
    /// let error = document.parse().map(drop).unwrap_err();
    /// assert_eq!(error.to_string(), "1:4: not valid YAML: this flow sequence is not closed");
    /// # Ok(()) }
    /// ```
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Syntax`] where the text is not YAML for Kubernetes,
    /// [`ErrorKind::Unresolvable`] where a value is not what its tag says or a merge
    /// key has no mapping, [`ErrorKind::TooDeep`], and [`ErrorKind::Unsupported`] for a
    /// second document that no `---` line divides from the first.
    pub fn parse(&self) -> Result<Tree<'t>, Error> {
        let (text, offset) = (self.text(), self.span().start);
        let read = grammar::read(text).map_err(|fault| {
            let end = (fault.at + offset).min(self.source().len());
            let known = (offset, self.lines_before());
            Error::behind(fault.kind, self.source(), known, Span::at(end))
        })?;
        let mut tree = Tree {
            text,
            source: self.source(),
            offset,
            lines: self.lines_before(),
            nodes: read.nodes,
            root: read.root,
            binaries: HashMap::new(),
            sorted: HashMap::new(),
            merges: false,
        };
        tree.resolve_tags()?;
        Ok(tree)
    }
}

/// What stops the reader, and where in the document's text.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) at: usize,
    pub(crate) kind: ErrorKind,
}

impl Fault {
    fn syntax(at: usize, what: &str) -> Self {
        let kind = ErrorKind::Syntax(what.to_owned());
        Self { at, kind }
    }

    const fn too_deep(at: usize) -> Self {
        let kind = ErrorKind::TooDeep;
        Self { at, kind }
    }
}

type Read<T> = Result<T, Fault>;

#[cfg(test)]
mod tests {
    use crate::documents;

    #[test]
    fn a_key_without_a_colon_on_its_line_is_one_in_the_mappings_of_json_alone() {
        let reads = |text| documents(text).next().unwrap().parse().is_ok();
        assert!(reads("{\"a\"\n: 1}"));
        assert!(!reads("{u: [{}\n:]}"));
    }
}
