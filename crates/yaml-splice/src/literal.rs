//! Texts of several lines, as literal block scalars.

use crate::position::column;
use crate::render::is_special;
use crate::route::Child;
use crate::tree::{Kind, Node, ScalarStyle, Tree};

/// A text of several lines as a literal block scalar with its lines at `column`;
/// `remark` stands behind the `|`. None where another style is the safer one.
pub(crate) fn literal(text: &str, column: usize, newline: &str, remark: &str) -> Option<String> {
    let (body, chomp) = match text.strip_suffix('\n') {
        Some(body) => (body, ""),
        None => (text, "-"),
    };
    let odd = |c: char| c != '\n' && (c.is_control() || is_special(c));
    let blank = |line: &str| !line.is_empty() && line.trim().is_empty();
    // A first line that is blank or indented would say another indentation.
    let first = body.starts_with([' ', '\n']) || body.is_empty();
    if first || body.ends_with('\n') || text.contains(odd) || body.lines().any(blank) {
        return None;
    }
    if !text.contains('\n') {
        return None;
    }
    let mut out = format!("|{chomp}{remark}");
    for line in body.split('\n') {
        out.push_str(newline);
        if !line.is_empty() {
            out.push_str(&" ".repeat(column));
            out.push_str(line);
        }
    }
    Some(out)
}

impl Tree<'_> {
    /// A text of several lines as a literal, unless the scalar is in quotes or
    /// something stands behind it.
    pub(crate) fn literal_for(
        &self,
        node: &Node,
        child: Option<Child>,
        text: &str,
        newline: &str,
    ) -> Option<String> {
        let Kind::Scalar { style, .. } = &node.kind else {
            return None;
        };
        let (start, end) = (node.span.start, node.span.end);
        let behind = self.text.get(end..)?;
        let behind = match node.span.is_empty() {
            true => behind.trim_start_matches([' ', '\t']),
            false => behind,
        };
        let outer = match child? {
            Child::Entry(entry) => column(self.text, entry.span.start),
            Child::Item(item) => column(self.text, item.span.start),
        };
        if !behind.starts_with(['\n', '\r']) {
            return None;
        }
        match style {
            ScalarStyle::Plain => literal(text, outer + 2, newline, ""),
            ScalarStyle::Literal | ScalarStyle::Folded => {
                let (header, old) = self.text.get(start..end)?.split_once('\n')?;
                let first = old.lines().find(|line| !line.trim().is_empty())?;
                let indent = first.len() - first.trim_start_matches(' ').len();
                let header = header.trim_end();
                let remark = header.find([' ', '\t']).and_then(|at| header.get(at..));
                let remark = remark.unwrap_or_default();
                literal(text, indent.max(outer + 1), newline, remark)
            }
            ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => None,
        }
    }
}
