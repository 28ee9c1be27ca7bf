//! The key that is planted: each form that it may have in a text, and where it is seen.

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use crate::input::Random;

/// As many characters are a part of the key and of nothing else.
const PART: usize = 16;

pub(crate) struct Key {
    pem: String,
    der: Vec<u8>,
    /// Each run of [`PART`] characters of the secret number, in each alphabet.
    parts: HashSet<[u8; PART]>,
}

impl Key {
    pub(crate) fn new() -> Self {
        let path = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../testdata/pki/etcd/client.key"
        );
        let pem = std::fs::read_to_string(path).unwrap();
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let der = STANDARD.decode(&body).unwrap();
        let mut parts = HashSet::new();
        // The secret number of PKCS#8 on P-256 is bytes 36 to 68.
        let hex: String = der.iter().map(|byte| format!("{byte:02x}")).collect();
        let encoded = STANDARD.encode(&pem);
        let at = pem.find(&body[48..60]).unwrap();
        let secret = [
            &body[48..90],
            &hex[72..136],
            &encoded[at * 4 / 3 + 4..at * 4 / 3 + 52],
        ];
        for text in secret {
            parts.extend(
                text.as_bytes()
                    .windows(PART)
                    .map(|part| <[u8; PART]>::try_from(part).unwrap()),
            );
        }
        assert_eq!(der.len(), 138);
        Self { pem, der, parts }
    }

    /// The text with the key somewhere, and what form it has there.
    pub(crate) fn planted(&self, random: &mut Random, text: &str) -> (&'static str, String) {
        let (form, key) = self.form(random);
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let at = random.below(lines.len().max(1));
        let mut out: String = lines[..at.min(lines.len())].concat();
        let line = lines.get(at).copied().unwrap_or_default();
        let indent: String = line.chars().take_while(|c| matches!(c, ' ')).collect();
        let several = key.contains('\n');
        let folded = |indent: &str| key.replace('\n', &format!("\n{indent}  "));
        let place = match random.below(7) {
            // In place of a value.
            0 if line.contains(": ") && !several => {
                format!("{}: {key}\n", line.split_once(": ").unwrap().0)
            }
            0 | 1 if line.contains(": ") => {
                format!(
                    "{}: |\n{indent}  {}\n",
                    line.split_once(": ").unwrap().0,
                    folded(&indent)
                )
            }
            2 if !several => format!(
                "{}\"{}\"\n",
                line.split_inclusive(": ")
                    .next()
                    .unwrap_or_default()
                    .trim_end_matches('\n'),
                key
            ),
            // In a comment: behind a line, or as lines.
            3 if !several => format!("{} # {key}\n", line.trim_end()),
            3 | 4 => format!(
                "{indent}# {}\n{line}",
                key.replace('\n', &format!("\n{indent}# "))
            ),
            5 if !several => format!("{indent}{key}: x\n{line}"),
            5 | 6 if !several => format!("{indent}- --key={key}\n{line}"),
            _ => format!("{indent}a: >-\n{indent}  {}\n{line}", folded(&indent)),
        };
        out.push_str(&place);
        out.push_str(&lines[(at + 1).min(lines.len())..].concat());
        (form, out)
    }

    fn form(&self, random: &mut Random) -> (&'static str, String) {
        let body = STANDARD.encode(&self.der);
        let hex: String = self.der.iter().map(|byte| format!("{byte:02x}")).collect();
        let url = URL_SAFE_NO_PAD.encode(&self.der);
        let width = [16, 24, 40, 64, 76][random.below(5)];
        match random.below(16) {
            0 => ("PEM", self.pem.trim_end().to_owned()),
            1 => ("PEM on one line", self.pem.trim_end().replace('\n', "\\n")),
            2 => ("base64 of PEM", STANDARD.encode(&self.pem)),
            3 => (
                "base64 of PEM, wrapped",
                wrapped(&STANDARD.encode(&self.pem), width, "\n"),
            ),
            4 => ("base64 twice", STANDARD.encode(STANDARD.encode(&self.pem))),
            5 => ("DER", body),
            6 => ("DER, wrapped", wrapped(&body, width, "\n")),
            7 => ("DER, spaced", wrapped(&body, width, " ")),
            8 => ("base64url", url),
            9 => ("base64url, wrapped", wrapped(&url, width, "\n")),
            10 => ("base64url of PEM", URL_SAFE_NO_PAD.encode(&self.pem)),
            11 => ("hex", hex),
            12 => ("hex, wrapped", wrapped(&hex, width, "\n")),
            13 => ("hex with colons", wrapped(&hex.to_uppercase(), 2, ":")),
            14 => (
                "hex with colons, wrapped",
                wrapped(&wrapped(&hex, 2, ":"), 45, "\n"),
            ),
            _ => ("escaped", escaped(&body)),
        }
    }

    /// Where a text shows the key.
    pub(crate) fn seen_in(&self, text: &str) -> Option<String> {
        let bare = |text: &str| -> Vec<u8> {
            text.bytes()
                .filter_map(|byte| match byte {
                    b'-' => Some(b'+'),
                    b'_' => Some(b'/'),
                    byte if byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/') => {
                        Some(byte)
                    }
                    _ => None,
                })
                .collect()
        };
        let plain = bare(text);
        let lower = plain.to_ascii_lowercase();
        let unescaped = bare(&unescaped(text));
        // Of what is longer by half, one part is at a step.
        [plain, lower, unescaped].iter().find_map(|bytes| {
            let seen = |at: &usize| {
                let part = bytes
                    .get(*at..at + PART)
                    .and_then(|part| part.try_into().ok());
                part.is_some_and(|part: [u8; PART]| self.parts.contains(&part))
            };
            let at = (0..bytes.len()).step_by(8).find(seen)?;
            let around = &bytes[at.saturating_sub(60)..(at + 60).min(bytes.len())];
            Some(format!(
                "it shows the key\n{}",
                String::from_utf8_lossy(around)
            ))
        })
    }
}

fn wrapped(text: &str, width: usize, by: &str) -> String {
    let parts = text.as_bytes().chunks(width);
    let parts: Vec<_> = parts
        .map(|part| std::str::from_utf8(part).unwrap())
        .collect();
    parts.join(by)
}

fn escaped(text: &str) -> String {
    let one = |(at, c): (usize, char)| match at % 5 {
        0 => format!("\\x{:02x}", u32::from(c)),
        3 => format!("\\u{:04x}", u32::from(c)),
        _ => c.to_string(),
    };
    text.chars().enumerate().map(one).collect()
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find('\\') {
        out.push_str(&rest[..at]);
        let behind = &rest[at + 1..];
        let digits = match behind.chars().next() {
            Some('x') => 2,
            Some('u') => 4,
            _ => 0,
        };
        let code = behind.get(1..1 + digits).filter(|_| digits > 0);
        let c = code
            .and_then(|code| u32::from_str_radix(code, 16).ok())
            .and_then(char::from_u32);
        match c {
            Some(c) => {
                out.push(c);
                rest = &behind[1 + digits..];
            }
            None => rest = behind,
        }
    }
    out + rest
}
