//! Private keys in texts, as PEM or as base64 of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use zeroize::Zeroizing;

/// How the base64 of a PEM file starts, and the base64 of that.
const ENCODED: [&str; 2] = ["LS0tLS1CRUdJTi", "TFMwdExTMUNSVWRKVG"];

/// The least body of a key, in characters: Ed25519 as PKCS#8 has 64.
const LEAST: usize = 60;

/// Whether a text holds a private key that is not encrypted. Words about keys,
/// and keys whose body was left out, are none.
pub(super) fn holds_private_key(text: &str) -> bool {
    holds_pem(text) || holds_encoded(text, 2)
}

fn holds_pem(text: &str) -> bool {
    let mut rest = text;
    while let Some((_, block)) = rest.split_once("-----BEGIN ") {
        rest = block;
        let Some((label, body)) = block.split_once("-----") else {
            continue;
        };
        if !label.ends_with("PRIVATE KEY") || label.starts_with("ENCRYPTED") {
            continue;
        }
        let body = body.split_once("-----END").map_or("", |(body, _)| body);
        // Encrypted by OpenSSL, with headers.
        if body.contains("ENCRYPTED") {
            continue;
        }
        // In JSON inside of a text, line breaks are written out.
        let body = body.replace("\\n", "").replace("\\r", "");
        let body: Zeroizing<String> = Zeroizing::new(body.split_whitespace().collect());
        let der = STANDARD.decode(body.as_bytes()).map(Zeroizing::new);
        // PKCS#8, PKCS#1 and SEC1 are each a sequence.
        if body.len() >= LEAST && der.is_ok_and(|der| der.first() == Some(&0x30)) {
            return true;
        }
    }
    false
}

fn holds_encoded(text: &str, depth: usize) -> bool {
    if depth == 0 {
        return false;
    }
    ENCODED.iter().any(|start| {
        text.match_indices(start).any(|(at, _)| {
            let rest = text.get(at..).unwrap_or_default();
            let end = rest.find(|c| !is_base64(c)).unwrap_or(rest.len());
            let token: Zeroizing<String> = Zeroizing::new(
                rest.get(..end)
                    .unwrap_or_default()
                    .split_whitespace()
                    .collect(),
            );
            let whole = token.trim_end_matches('=');
            let whole = whole.get(..whole.len() / 4 * 4).unwrap_or_default();
            let decoded = STANDARD
                .decode(whole)
                .map(Zeroizing::new)
                .unwrap_or_default();
            let decoded = Zeroizing::new(String::from_utf8_lossy(&decoded).into_owned());
            // The last line break may have been cut off.
            holds_pem(&format!("{}-----END", decoded.as_str()))
                || holds_encoded(&decoded, depth - 1)
        })
    })
}

const fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=' | '\n' | '\r')
}
