//! Foreign texts, made harmless: what steers a terminal or a browser, and private keys,
//! which are known as long as their lines are together.

use cnx_certs::is_hidden;

use crate::redact::redacted;

/// For the text and the attributes of HTML and XML.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in redacted(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(harmless(c)),
        }
    }
    out
}

/// For the terminal.
pub(super) fn plain(text: &str) -> String {
    redacted(text).chars().map(harmless).collect()
}

/// Not what moves the cursor, ends an XML document, or turns the text around.
fn harmless(c: char) -> char {
    match c {
        c if is_hidden(c) => '\u{fffd}',
        c => c,
    }
}

/// The first characters of a text, with an ellipsis where there are more.
pub(super) fn short(text: &str, most: usize) -> String {
    let text = redacted(text);
    if text.chars().count() <= most {
        return text.into_owned();
    }
    let kept: String = text.chars().take(most.saturating_sub(1)).collect();
    format!("{}…", kept.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_a_tag_or_a_terminal_is_left() {
        assert_eq!(
            escape("<script>alert('x')</script>\u{1b}[31m\u{202e}\"&"),
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;\u{fffd}[31m\u{fffd}&quot;&amp;"
        );
        assert_eq!(plain("a\r\n\u{9b}31m"), "a\u{fffd}\u{fffd}\u{fffd}31m");
        let key = "-----BEGIN PRIVATE KEY-----\nMIGHAgEA\n-----END PRIVATE KEY-----";
        for made in [escape(key), plain(key), short(key, 40)] {
            assert!(!made.contains("MIGH"), "{made}");
        }
        assert_eq!(short("abc", 3), "abc");
        assert_eq!(short("abcd", 3), "ab…");
    }
}
