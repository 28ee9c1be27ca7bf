//! Which texts may stand without quotes.

/// Line separators and marks that YAML asks to escape.
pub(crate) const fn is_special(c: char) -> bool {
    matches!(
        c,
        '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{85}' | '\u{fffe}' | '\u{ffff}'
    )
}

/// Whether a text without control characters can stand without quotes, for readers
/// of YAML 1.1 and 1.2 (`flow`: inside of brackets or braces).
pub(crate) fn is_plain(text: &str, flow: bool) -> bool {
    let mut chars = text.chars();
    let starts = match chars.next() {
        None => false,
        // An indicator, unless a character follows that makes it none.
        Some('-' | '?' | ':') => chars
            .next()
            .is_some_and(|c| !c.is_whitespace() && (!flow || !is_flow_indicator(c))),
        Some(c) => !c.is_whitespace() && !",[]{}#&*!|>'\"%@`".contains(c),
    };
    let marker = |marker: &str| {
        text.strip_prefix(marker)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with(char::is_whitespace))
    };
    let ends = !text.ends_with(|c: char| c.is_whitespace() || c == ':');
    let inside = !text.contains(": ") && !text.contains(" #");
    let in_flow = !flow || !text.contains(|c| is_flow_indicator(c) || matches!(c, ':' | '?'));
    starts && ends && inside && in_flow && !marker("---") && !marker("...")
}

const fn is_flow_indicator(c: char) -> bool {
    matches!(c, ',' | '[' | ']' | '{' | '}')
}
