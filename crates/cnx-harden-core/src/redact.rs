//! Texts with private keys taken out, line by line, for diffs.

use base64::Engine as _;
use base64::alphabet::STANDARD as ALPHABET;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// What a private key is replaced by.
pub const MARK: &str = "[private key]";
/// What a private key that the run replaces is shown as.
pub const OLD_MARK: &str = "[private key, before]";

/// How the base64 of a PEM file starts: that of `-----BEGIN `, as far as it is
/// the same whatever follows.
const PEM_START: &str = "LS0tLS1CRUdJTi";

/// Replaces private keys in `text`: the `secrets` (each with what it is shown
/// as), whatever base64 decodes to a PEM private key, and PEM blocks. No line
/// is added or removed, so that a diff of two redacted texts has their lines.
#[must_use]
pub fn redact(text: &str, secrets: &[(&str, &str)]) -> String {
    let mut text = text.to_owned();
    for (secret, mark) in secrets {
        // A key over several lines is taken out line by line. Of those, what is
        // short could be anywhere: the `|` of a block scalar.
        let single = !secret.trim().contains('\n');
        for line in secret.lines().map(str::trim) {
            if line.len() >= 16 || (single && !line.is_empty()) {
                text = text.replace(line, mark);
            }
        }
    }
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let wrapped = wrapped_keys(&lines);
    let mut inside = None;
    let lines = lines.iter().enumerate().map(|(number, line)| {
        if wrapped.iter().any(|run| run.contains(&number)) {
            let body = line.trim_end_matches(['\n', '\r']);
            let indent = body.len() - body.trim_start().len();
            let indent = line.get(..indent).unwrap_or_default();
            let ending = line.get(body.len()..).unwrap_or_default();
            return format!("{indent}{MARK}{ending}");
        }
        redact_line(line, &mut inside)
    });
    lines.collect()
}

/// Runs of lines that are base64 of a private key, wrapped.
fn wrapped_keys(lines: &[&str]) -> Vec<std::ops::Range<usize>> {
    let mut found = Vec::new();
    let mut joined = String::new();
    let mut start = 0;
    for (number, line) in lines.iter().chain([&""]).enumerate() {
        let content = line.trim();
        if !content.is_empty() && content.chars().all(is_base64) {
            if joined.is_empty() {
                start = number;
            }
            joined.push_str(content);
            continue;
        }
        if number > start + 1 && holds_key(&joined).is_some() {
            found.push(start..number);
        }
        joined.clear();
        start = number + 1;
    }
    found
}

/// A key that goes on over several lines.
enum Inside {
    Pem,
    Base64,
}

fn redact_line(line: &str, inside: &mut Option<Inside>) -> String {
    let body = line.trim_end_matches(['\n', '\r']);
    let ending = line.get(body.len()..).unwrap_or_default();
    let content = body.trim_start();
    let indent = body.get(..body.len() - content.len()).unwrap_or_default();
    match inside {
        Some(Inside::Pem) => {
            if content.contains("-----END ") {
                *inside = None;
            }
            return format!("{indent}{MARK}{ending}");
        }
        Some(Inside::Base64) if !content.is_empty() && content.chars().all(is_base64) => {
            return format!("{indent}{MARK}{ending}");
        }
        _ => *inside = None,
    }
    if let Some((before, key)) = split_pem(body) {
        let behind = key.split_once("-----END ").map(|(_, end)| end);
        let behind = behind
            .and_then(|end| end.split_once("-----"))
            .map(|(_, behind)| behind);
        if behind.is_none() {
            *inside = Some(Inside::Pem);
        }
        return format!("{before}{MARK}{}{ending}", behind.unwrap_or_default());
    }
    let mut out = String::new();
    let mut rest = body;
    while let Some(start) = rest.find(is_base64) {
        let (before, token) = rest.split_at_checked(start).unwrap_or((rest, ""));
        let end = token.find(|c| !is_base64(c)).unwrap_or(token.len());
        let (token, behind) = token.split_at_checked(end).unwrap_or((token, ""));
        out.push_str(before);
        match holds_key(token) {
            Some(whole) => {
                out.push_str(MARK);
                if !whole && behind.trim().is_empty() {
                    *inside = Some(Inside::Base64);
                }
            }
            None => out.push_str(token),
        }
        rest = behind;
    }
    format!("{out}{rest}{ending}")
}

fn split_pem(line: &str) -> Option<(&str, &str)> {
    let mut from = 0;
    while let Some(at) = line.get(from..)?.find("-----BEGIN ") {
        let (before, block) = line.split_at_checked(from + at)?;
        let label = block.get(11..)?.split("-----").next()?;
        if label.contains("PRIVATE KEY") {
            return Some((before, block));
        }
        from += at + 11;
    }
    None
}

const fn is_base64(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '+' | '/' | '=')
}

/// Whether base64 decodes to a private key, and if so, whether to its end too.
fn holds_key(token: &str) -> Option<bool> {
    // `=` ends base64, but stands in front of it too: `--key=LS0t…`.
    let start = token.find(PEM_START).unwrap_or(0);
    let token = token.get(start..)?;
    if token.len() < 24 {
        return None;
    }
    let config = GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true);
    let body = token.trim_end_matches('=');
    let body = body.get(..body.len() - usize::from(body.len() % 4 == 1))?;
    let decoded = GeneralPurpose::new(&ALPHABET, config).decode(body).ok()?;
    let text = String::from_utf8_lossy(&decoded);
    if text.contains("PRIVATE KEY-----") {
        return Some(text.contains("-----END "));
    }
    // Base64 that was applied twice.
    (token.len() < 1 << 20).then(|| holds_key(text.trim()))?
}
