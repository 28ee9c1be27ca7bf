//! Writes new values as YAML text, in the style of what stands around them.

use crate::literal::literal;
use crate::value::{Value, is_string};

/// How the text around an insertion is written.
#[derive(Clone, Debug)]
pub(crate) struct Style {
    pub(crate) newline: &'static str,
    /// Columns from a sequence's key to its dashes: 0 or 2 in most files.
    pub(crate) dash: usize,
    /// Whether a line break follows, which a literal's last line needs.
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
    if quoted || text.chars().any(|c| c.is_control() || is_special(c)) {
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
            c if c.is_control() || is_special(c) => {
                // JSON and YAML share this form for the basic plane, where these are.
                out.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}

/// Line separators and marks that YAML asks to escape.
pub(crate) const fn is_special(c: char) -> bool {
    matches!(
        c,
        '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{85}' | '\u{fffe}' | '\u{ffff}'
    )
}

/// Whether the text can stand without quotes (stricter than YAML asks for).
fn is_plain(text: &str, flow: bool) -> bool {
    let first = text.chars().next();
    let starts =
        first.is_some_and(|c| c.is_alphanumeric() || matches!(c, '/' | '_' | '.' | '$' | '('));
    let ends = !text.ends_with([' ', ':']);
    let inside = !text.contains(": ") && !text.contains(" #") && text != "---" && text != "...";
    let in_flow = !flow || !text.contains([',', '[', ']', '{', '}', ':']);
    starts && ends && inside && in_flow
}

/// Block style behind a key's colon or a dash: starts with a space or a line
/// break. `column` is that of the key or the dash.
pub(crate) fn block_value(value: &Value, column: usize, style: &Style) -> String {
    match value {
        Value::Mapping(entries) if !entries.is_empty() => {
            block_lines(value, column + 2, style, true)
        }
        Value::Sequence(items) if !items.is_empty() => {
            block_lines(value, column + style.dash, style, true)
        }
        Value::Mapping(_) => " {}".to_owned(),
        Value::Sequence(_) => " []".to_owned(),
        Value::Alias(_) => String::new(),
        Value::Scalar { text, string, .. } => {
            let lines = (*string && style.ended)
                .then(|| literal(text, column + 2, style.newline, ""))
                .flatten();
            match lines.unwrap_or_else(|| scalar(text, *string, false, false)) {
                text if text.is_empty() => text,
                text => format!(" {text}"),
            }
        }
    }
}

/// The lines of a block collection at `column`; `broken`: each starts with a
/// line break, otherwise the first starts where the text is already.
pub(crate) fn block_lines(value: &Value, column: usize, style: &Style, broken: bool) -> String {
    let mut out = String::new();
    let lead = |out: &mut String, first: bool| {
        if broken || !first {
            out.push_str(style.newline);
            out.push_str(&" ".repeat(column));
        }
    };
    match value {
        Value::Mapping(entries) => {
            for (number, (key, value)) in entries.iter().enumerate() {
                lead(&mut out, number == 0);
                out.push_str(&scalar(
                    key.as_text().unwrap_or_default(),
                    true,
                    false,
                    false,
                ));
                out.push(':');
                out.push_str(&block_value(value, column, style));
            }
        }
        Value::Sequence(items) => {
            for (number, item) in items.iter().enumerate() {
                lead(&mut out, number == 0);
                out.push('-');
                match item {
                    Value::Mapping(entries) if !entries.is_empty() => {
                        out.push(' ');
                        out.push_str(&block_lines(item, column + 2, style, false));
                    }
                    _ => out.push_str(&block_value(item, column, style)),
                }
            }
        }
        _ => {}
    }
    out
}

/// Flow style, as JSON where the neighbours are quoted.
pub(crate) fn flow_value(value: &Value, style: &FlowStyle) -> String {
    let inner = FlowStyle {
        comma: match style.comma.contains('\n') {
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
    let (before, after) = match style.comma.contains('\n') && !parts.is_empty() {
        true => (inner.comma.as_str(), style.comma.as_str()),
        false => ("", ""),
    };
    let separator = format!(",{}", inner.comma);
    format!("{open}{before}{}{after}{close}", parts.join(&separator))
}

pub(crate) fn flow_entry(key: &Value, value: &Value, style: &FlowStyle) -> String {
    let key = scalar(key.as_text().unwrap_or_default(), true, style.quoted, true);
    format!("{key}:{}{}", style.colon, flow_value(value, style))
}
