//! Foreign texts, as people are shown them.

/// Whether a character steers a terminal or hides from the reader: control characters,
/// directions of writing, and what has no width.
///
/// ```
/// assert!(cnx_certs::is_hidden('\u{1b}') && cnx_certs::is_hidden('\u{202e}'));
/// assert!(!cnx_certs::is_hidden('é'));
/// ```
#[must_use]
pub fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{fffe}'..='\u{ffff}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

/// A name or a value of somebody else, on one line, with an escape for each character
/// that is hidden.
///
/// ```
/// assert_eq!(cnx_certs::shown("a\n::error ::b\u{1b}[2J"), r"a\n::error ::b\u{1b}[2J");
/// ```
#[must_use]
pub fn shown(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match is_hidden(c) {
            true => out.extend(c.escape_default()),
            false => out.push(c),
        }
    }
    out
}

/// A word of a command to copy, quoted as a shell needs it.
///
/// ```
/// assert_eq!(cnx_certs::shell_word("cnx-api.kube-system"), "cnx-api.kube-system");
/// assert_eq!(cnx_certs::shell_word("a; b"), "'a; b'");
/// ```
#[must_use]
pub fn shell_word(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./,:=@+%".contains(c);
    match !text.is_empty() && text.chars().all(plain) {
        true => text.to_owned(),
        false => format!("'{}'", shown(text).replace('\'', r"'\''")),
    }
}
