//! The same for the terminal: a line for each connection, and why.

use std::fmt::Write as _;

use super::escape::{plain, short};
use super::svg::put;
use super::{mark, words};
use crate::traffic::{Connection, Link, State, Traffic, Way};

const RESET: &str = "\u{1b}[0m";
const BOLD: &str = "\u{1b}[1m";
const DIM: &str = "\u{1b}[2m";

/// Below this, a connection takes two lines.
const WIDE: usize = 64;

/// Lines of at most `width` columns, coloured by escape sequences or not.
///
/// ```text
/// kube-apiserver   → CNX API server   ! not verified  1 error
///                    insecureSkipTLSVerify: true, so kube-apiserver takes any
///                    certificate
///                    cnx-etcd.yaml:107
/// ```
#[must_use]
pub fn terminal(traffic: &Traffic, width: usize, colour: bool) -> String {
    let paint = |codes: &str, text: &str| match colour && !text.is_empty() {
        true => format!("{codes}{text}{RESET}"),
        false => text.to_owned(),
    };
    let width = width.max(24);
    let mut out = String::new();
    let day = words::day(&traffic.as_of);
    for line in wrap(&format!("{}; as of {day}", words::summary(traffic)), width) {
        put!(out, "{}", paint(BOLD, &line));
    }
    let indent = if width < WIDE { 2 } else { 19 };
    let mut rows = traffic
        .present()
        .map(|connection| {
            let why = reasons(connection, width.saturating_sub(indent));
            (connection, why)
        })
        .peekable();
    put!(out, "");
    while let Some((connection, why)) = rows.next() {
        head(&mut out, connection, width, &paint);
        // Neighbours with the same reason share it.
        if rows.peek().is_some_and(|(_, next)| *next == why) {
            continue;
        }
        for line in why {
            put!(out, "{:indent$}{}", "", paint(DIM, &line));
        }
        if rows.peek().is_some() {
            put!(out, "");
        }
    }
    let others = traffic.findings.len();
    if others > 0 {
        put!(out, "");
        let more = words::counted(others, "other finding");
        put!(out, "{more}: cnx-harden check");
    }
    out
}

/// Its ends, its state, and what else there is.
fn head(
    out: &mut String,
    connection: &Connection,
    width: usize,
    paint: &dyn Fn(&str, &str) -> String,
) {
    let (from, to) = (connection.from.title(), connection.to.title());
    let before = if width < WIDE {
        put!(out, "{from} → {to}");
        "  ".to_owned()
    } else {
        format!("{from:<16} → {to:<15}")
    };
    let state = connection.state;
    let label = format!("{} {state}", mark::character(state));
    let gap = 16usize.saturating_sub(label.chars().count());
    let _ = write!(out, "{before}{}", paint(ansi(state), &label));
    let remark = words::remark(connection);
    if !remark.is_empty() {
        let taken = before.chars().count() + 16;
        let remark = short(&remark, width.saturating_sub(taken));
        let _ = write!(out, "{:gap$}{remark}", "");
    }
    put!(out, "");
}

const fn ansi(state: State) -> &'static str {
    match state {
        State::Plain | State::Broken => "\u{1b}[1;31m",
        State::NotVerified => "\u{1b}[1;33m",
        State::Unknown => "\u{1b}[1m",
        State::Verified => "\u{1b}[1;34m",
        State::Mutual => "\u{1b}[1;32m",
        State::Absent => "\u{1b}[2m",
    }
}

/// Each reason once, the worst first, each with where it is. Of other APIs each has its
/// own state.
fn reasons(connection: &Connection, width: usize) -> Vec<String> {
    let each = connection.link == Link::KubeApiserverOtherApis;
    let secured = each || connection.state.is_secured();
    let mut ways: Vec<_> = connection
        .ways
        .iter()
        .filter(|way| secured || !way.state.is_secured())
        .collect();
    ways.sort_by_key(|way| way.state);
    let mut lines = Vec::new();
    let reason = |way: &Way| match each {
        true => format!("{}: {}, {}", way.what, way.state, way.reason),
        false => way.reason.clone(),
    };
    let mut said: Vec<String> = Vec::new();
    for way in &ways {
        let text = reason(way);
        if said.contains(&text) {
            continue;
        }
        lines.extend(wrap(&text, width));
        let same = ways.iter().filter(|other| reason(other) == text);
        let mut places: Vec<_> = same.map(|other| other.place.position()).collect();
        places.sort();
        places.dedup();
        let more = places.len().saturating_sub(1);
        let place = match more {
            0 => way.place.to_string(),
            _ => format!("{} and {more} more", way.place),
        };
        // A place is kept whole, to be copied.
        lines.push(plain(&place));
        said.push(text);
    }
    lines
}

/// Breaks a text between words.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in plain(text).split_whitespace() {
        let Some(line) = lines.last_mut() else { break };
        let length = line.chars().count();
        if length > 0 && length + 1 + word.chars().count() > width {
            lines.push(word.to_owned());
        } else {
            if length > 0 {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}
