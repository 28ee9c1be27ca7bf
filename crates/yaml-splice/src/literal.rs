//! Texts of several lines, as literal block scalars.

use crate::plain::needs_escape;
use crate::render::{Open, Rendered};

/// A text of several lines as a literal block scalar with its lines at `column`;
/// `remark` stands behind the `|`. None where another style is the safer one.
pub(crate) fn literal(text: &str, column: usize, newline: &str, remark: &str) -> Option<Rendered> {
    let (body, chomp) = match text.strip_suffix('\n') {
        Some(body) => (body, ""),
        None => (text, "-"),
    };
    let odd = |c: char| c != '\n' && needs_escape(c);
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
    let open = Open {
        indent: column,
        keep: false,
        strip: !chomp.is_empty(),
    };
    Some(Rendered {
        text: out,
        open: Some(open),
    })
}
