//! What is printed: without private keys, and with nothing in it that steers a terminal
//! or the machine that reads the log.

use std::borrow::Cow;
use std::fmt::Write as _;
use std::io::{self, ErrorKind, Write};
use std::path::Path;

use cnx_certs::{is_hidden, shown};
use cnx_harden_core::redacted;
use serde::Serialize;

use crate::error::Error;

/// Data, to stdout. A reader that has gone away is no error.
pub(crate) fn print(stdout: &mut impl Write, text: impl AsRef<[u8]>) -> Result<(), Error> {
    match stdout
        .write_all(text.as_ref())
        .and_then(|()| stdout.flush())
    {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => {
            Err(Error::io("write", Path::new("stdout"), error))
        }
        _ => Ok(()),
    }
}

/// What programs read, to stdout.
pub(crate) fn show(stdout: &mut impl Write, text: &str) -> Result<(), Error> {
    print(stdout, visible(&redacted(text)).as_bytes())
}

/// What people read, to stdout.
pub(crate) fn show_lines(stdout: &mut impl Write, text: &str) -> Result<(), Error> {
    print(stdout, lines(text).as_bytes())
}

/// Words, to stderr. There is nowhere to report a failure of that to.
pub(crate) fn say(text: &str) {
    let _ = io::stderr().lock().write_all(lines(text).as_bytes());
}

/// JSON for programs, to stderr.
pub(crate) fn say_data(text: &str) {
    let _ = show(&mut io::stderr().lock(), text);
}

/// Lines for people, as they may be printed.
pub(crate) fn lines(text: &str) -> String {
    let text = redacted(text);
    let lines = visible(&text);
    lines.split_inclusive('\n').map(no_command).collect()
}

/// A line that no CI system takes for a command to it.
fn no_command(line: &str) -> Cow<'_, str> {
    // Behind blanks, and colours that are left out for those who see none.
    let mut rest = line.trim_start();
    while let Some(behind) = colour(rest).and_then(|len| rest.get(len..)) {
        rest = behind.trim_start();
    }
    let line = match (rest.strip_prefix("::"), line.strip_suffix(rest)) {
        // GitHub Actions.
        (Some(behind), Some(start)) => Cow::Owned(format!("{start}\\u{{3a}}:{behind}")),
        _ => Cow::Borrowed(line),
    };
    match is_command(&line) {
        true => Cow::Owned(line.replace("##", "#\\u{23}")),
        false => line,
    }
}

/// Whether there is a command of Azure Pipelines, TeamCity, or GitHub Actions of old, which
/// stand anywhere on a line.
fn is_command(text: &str) -> bool {
    text.match_indices("##").any(|(at, marks)| {
        let behind = text.get(at + marks.len()..).unwrap_or_default();
        let name = |c: char| c.is_ascii_alphabetic();
        behind.trim_start_matches(name).starts_with('[')
    })
}

/// JSON with an escape for each hidden character of its strings.
pub(crate) fn pretty(value: &impl Serialize) -> String {
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    let mut out = String::with_capacity(text.len() + 1);
    for c in text.chars() {
        match is_hidden(c) && c != '\n' {
            true => {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    let _ = write!(out, "\\u{unit:04x}");
                }
            }
            false => out.push(c),
        }
    }
    out.push('\n');
    match is_command(&out) {
        true => out.replace("##", "#\\u0023"),
        false => out,
    }
}

/// The text with an escape for each hidden character, but our own colours.
fn visible(text: &str) -> Cow<'_, str> {
    if !text.contains(|c| is_hidden(c) && c != '\n') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let len = match c {
            '\u{1b}' => colour(rest).unwrap_or(1),
            '\r' if rest.starts_with("\r\n") => 2,
            c => c.len_utf8(),
        };
        let (now, then) = rest.split_at_checked(len).unwrap_or((rest, ""));
        match len == c.len_utf8() && is_hidden(c) && !matches!(c, '\n' | '\t') {
            true => out.push_str(&shown(now)),
            false => out.push_str(now),
        }
        rest = then;
    }
    Cow::Owned(out)
}

/// The length of the escape sequence of a colour that the text begins with.
fn colour(text: &str) -> Option<usize> {
    let codes = text.strip_prefix("\u{1b}[")?;
    let end = codes.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';');
    end.strip_prefix('m')
        .map(|behind| text.len() - behind.len())
}

/// A path, as people are shown it.
pub(crate) trait Shown {
    fn shown(&self) -> String;
}

impl Shown for Path {
    fn shown(&self) -> String {
        shown(&self.display().to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_hold_no_command_and_no_escape_sequence() {
        let cases = [
            ("a\tb: c\r\n", "a\tb: c\r\n"),
            ("\u{1b}[1;31mred\u{1b}[0m", "\u{1b}[1;31mred\u{1b}[0m"),
            ("a\rb\n", "a\\rb\n"),
            ("\u{1b}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
            ("\u{1b}[2Jx\u{9b}2J", "\\u{1b}[2Jx\\u{9b}2J"),
            ("a\u{202e}b\u{200b}é", "a\\u{202e}b\\u{200b}é"),
            ("a\n  ::error ::x\n", "a\n  \\u{3a}:error ::x\n"),
            ("\u{1b}[1m::error ::x", "\u{1b}[1m\\u{3a}:error ::x"),
            ("a::b ##[x]\n", "a::b #\\u{23}[x]\n"),
            ("##vso[task]", "#\\u{23}vso[task]"),
            ("### heading\n## [link]\n", "### heading\n## [link]\n"),
        ];
        for (text, expected) in cases {
            assert_eq!(lines(text), expected, "{text:?}");
        }
    }

    #[test]
    fn json_means_what_it_meant() {
        let text = "a\u{1b}\u{9b}\u{7f}\u{202e}\u{e0041}\nb ##[error]c ##vso[d] ## e";
        let json = pretty(&[text]);
        assert!(!json.contains(|c| is_hidden(c) && c != '\n'), "{json}");
        assert!(!is_command(&json), "{json}");
        let back: Vec<String> = serde_json::from_str(&json).unwrap();
        assert_eq!(back, [text]);
    }
}
