//! Writes new values as YAML text, in the style of what stands around them.

use crate::literal::literal;
use crate::plain::is_string;
use crate::plain::{is_plain, needs_escape};
use crate::value::Value;

/// How the text around an insertion is written.
#[derive(Clone, Debug)]
pub(crate) struct Style {
    pub(crate) newline: &'static str,
    /// Columns from a sequence's key to its dashes: 0 or 2 in most files.
    pub(crate) dash: usize,
    /// Whether texts of several lines may be literal block scalars: what follows
    /// must not become a part of one.
    pub(crate) ended: bool,
}

/// Flow style as the neighbours write it.
#[derive(Clone, Debug)]
pub(crate) struct FlowStyle {
    /// Keys and strings in double quotes.
    pub(crate) quoted: bool,
    /// Between colon and value.
    pub(crate) colon: String,
    /// Between comma and next key; it holds a line break in pretty JSON.
    pub(crate) comma: String,
    /// The columns by which a nested line is indented further.
    pub(crate) step: usize,
}

/// The block scalar that a text ends in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Open {
    /// The column of its lines.
    pub(crate) indent: usize,
    /// Whether blank lines behind it are a part of it (`+`).
    pub(crate) keep: bool,
    /// Whether its last line break is none of it (`-`).
    pub(crate) strip: bool,
}

/// A text, and the block scalar at its end.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Rendered {
    pub(crate) text: String,
    pub(crate) open: Option<Open>,
}

impl Rendered {
    pub(crate) fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.open = None;
    }

    fn append(&mut self, more: Self) {
        if !more.text.is_empty() {
            self.text.push_str(&more.text);
            self.open = more.open;
        }
    }
}

impl From<String> for Rendered {
    fn from(text: String) -> Self {
        Self { text, open: None }
    }
}

/// A scalar for a place where anything may follow on the line's end only
/// (`flow`: where `,` and brackets are indicators too).
pub(crate) fn scalar(text: &str, string: bool, quoted: bool, flow: bool) -> String {
    if !string && !text.is_empty() {
        return text.to_owned();
    }
    if !string {
        return if flow {
            "null".to_owned()
        } else {
            String::new()
        };
    }
    if quoted || text.contains(needs_escape) {
        double_quoted(text)
    } else if is_string(text) && is_plain(text, flow) {
        text.to_owned()
    } else {
        single_quoted(text)
    }
}

pub(crate) fn single_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

pub(crate) fn double_quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if needs_escape(c) => {
                // JSON and YAML share this form for the basic plane, where these are.
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Block style behind a key's colon or a dash: starts with a space or a line
/// break. `column` is that of the key or the dash.
pub(crate) fn block_value(value: &Value, column: usize, style: &Style) -> String {
    behind_key(value, column, style).text
}

/// The lines of a block collection at `column`; `broken`: each starts with a
/// line break, otherwise the first starts where the text is already.
pub(crate) fn block_lines(value: &Value, column: usize, style: &Style, broken: bool) -> String {
    block(value, column, style, broken).text
}

fn behind_key(value: &Value, column: usize, style: &Style) -> Rendered {
    match value {
        Value::Mapping(entries) if !entries.is_empty() => block(value, column + 2, style, true),
        Value::Sequence(items) if !items.is_empty() => {
            block(value, column + style.dash, style, true)
        }
        _ => spaced(inline(value, column, style)),
    }
}

fn behind_dash(value: &Value, column: usize, style: &Style) -> Rendered {
    match is_empty(value) {
        true => spaced(inline(value, column, style)),
        false => {
            let mut out = Rendered::from(" ".to_owned());
            out.append(block(value, column + 2, style, false));
            out
        }
    }
}

fn spaced(value: Rendered) -> Rendered {
    match value.text.is_empty() {
        true => value,
        false => Rendered {
            text: format!(" {}", value.text),
            open: value.open,
        },
    }
}

/// Whether the value is written on one line in block style: a scalar, `{}`, `[]`.
pub(crate) fn is_empty(value: &Value) -> bool {
    match value {
        Value::Mapping(entries) => entries.is_empty(),
        Value::Sequence(items) => items.is_empty(),
        Value::Scalar { .. } | Value::Alias(_) => true,
    }
}

/// A scalar or an empty collection behind a key or a dash at `column`.
fn inline(value: &Value, column: usize, style: &Style) -> Rendered {
    match value {
        Value::Mapping(_) => "{}".to_owned().into(),
        Value::Sequence(_) => "[]".to_owned().into(),
        Value::Alias(_) => Rendered::default(),
        Value::Scalar { text, string, .. } => {
            let lines = (*string && style.ended)
                .then(|| literal(text, column + 2, style.newline, ""))
                .flatten();
            lines.unwrap_or_else(|| scalar(text, *string, false, false).into())
        }
    }
}

/// The lines of a block collection, as [`block_lines`] has them.
pub(crate) fn block(value: &Value, column: usize, style: &Style, broken: bool) -> Rendered {
    let mut out = Rendered::default();
    let lead = |out: &mut Rendered, first: bool| {
        if broken || !first {
            out.push(style.newline);
            out.push(&" ".repeat(column));
        }
    };
    match value {
        Value::Mapping(entries) => {
            for (number, (key, value)) in entries.iter().enumerate() {
                lead(&mut out, number == 0);
                out.push(&key_text(key, false, false));
                out.push(":");
                out.append(behind_key(value, column, style));
            }
        }
        Value::Sequence(items) => {
            for (number, item) in items.iter().enumerate() {
                lead(&mut out, number == 0);
                out.push("-");
                out.append(behind_dash(item, column, style));
            }
        }
        _ => {}
    }
    out
}

fn key_text(key: &Value, quoted: bool, flow: bool) -> String {
    match key {
        Value::Scalar { text, string, .. } => scalar(text, *string, quoted, flow),
        _ => String::new(),
    }
}

/// Flow style, as JSON where the neighbours are quoted.
pub(crate) fn flow_value(value: &Value, style: &FlowStyle) -> String {
    let inner = FlowStyle {
        comma: match style.comma.contains(['\n', '\r']) {
            true => style.comma.clone() + &" ".repeat(style.step),
            false => style.comma.clone(),
        },
        ..style.clone()
    };
    let parts: Vec<String> = match value {
        Value::Scalar { text, string, .. } => return scalar(text, *string, style.quoted, true),
        Value::Alias(_) => return String::new(),
        Value::Mapping(entries) => {
            let entries = entries.iter();
            entries
                .map(|(key, value)| flow_entry(key, value, &inner))
                .collect()
        }
        Value::Sequence(items) => items.iter().map(|item| flow_value(item, &inner)).collect(),
    };
    let (open, close) = match value {
        Value::Mapping(_) => ("{", "}"),
        _ => ("[", "]"),
    };
    let (before, after) = match style.comma.contains(['\n', '\r']) && !parts.is_empty() {
        true => (inner.comma.as_str(), style.comma.as_str()),
        false => ("", ""),
    };
    let separator = format!(",{}", inner.comma);
    format!("{open}{before}{}{after}{close}", parts.join(&separator))
}

pub(crate) fn flow_entry(key: &Value, value: &Value, style: &FlowStyle) -> String {
    let key = key_text(key, style.quoted, true);
    format!("{key}:{}{}", style.colon, flow_value(value, style))
}
