//! Characters as Kubernetes' reader takes them.

/// The length of the line break that the text starts with, or 0. Those of YAML
/// 1.1 count: U+0085, U+2028 and U+2029 end a line for go-yaml, and so a comment.
pub(crate) const fn break_len(text: &[u8]) -> usize {
    match text {
        [b'\r', b'\n', ..] | [0xc2, 0x85, ..] => 2,
        [b'\n' | b'\r', ..] => 1,
        [0xe2, 0x80, 0xa8 | 0xa9, ..] => 3,
        _ => 0,
    }
}

/// Whether YAML lets the character stand as it is (YAML 1.1, 5.1).
pub(crate) const fn is_printable(c: char) -> bool {
    matches!(c, '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}'
        | '\u{e000}'..='\u{fffd}' | '\u{10000}'..)
}
