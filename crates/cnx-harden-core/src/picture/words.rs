//! What is said of a connection, in words.

use cnx_certs::Severity;

use crate::traffic::{Certificate, Connection, Lifetime, State, Traffic};

/// `1 finding`, `2 findings`.
pub(super) fn counted(count: usize, what: &str) -> String {
    match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    }
}

/// How many connections are in each state: `1 plain, 3 mutual`.
pub(super) fn summary(traffic: &Traffic) -> String {
    let present = traffic.present().count();
    if present == 0 {
        return "no connection of CNX in these manifests".to_owned();
    }
    let states = State::ALL.into_iter().filter(|s| *s != State::Absent);
    let counts = states.map(|state| (traffic.count(state), state));
    let counts = counts.filter(|(count, _)| *count > 0);
    let counts: Vec<_> = counts.map(|(n, state)| format!("{n} {state}")).collect();
    let connections = counted(present, "connection");
    format!("{connections}: {}", counts.join(", "))
}

/// The day of a time as RFC 3339 has it.
pub(super) fn day(time: &str) -> &str {
    time.split_once('T').map_or(time, |(day, _)| day)
}

/// `29 days`, `expired 3 days ago`.
pub(super) fn days(certificate: &Certificate) -> String {
    left(certificate.days_left, certificate.lifetime)
}

fn left(days: i64, lifetime: Lifetime) -> String {
    match (days, lifetime) {
        (..0, _) => format!("expired {} ago", number(-days)),
        (_, Lifetime::NotValid) => "not valid yet".to_owned(),
        _ => number(days),
    }
}

fn number(days: i64) -> String {
    match days {
        1 => "1 day".to_owned(),
        _ => format!("{} days", grouped(days)),
    }
}

fn grouped(number: i64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// What is written below a connection: its shortest certificate, its findings.
pub(super) fn remark(connection: &Connection) -> String {
    let parts = [certificates(connection), findings(connection)];
    let parts: Vec<_> = parts.into_iter().flatten().collect();
    parts.join(" · ")
}

/// The same in lines of so many characters, where it has parts.
pub(super) fn remark_lines(connection: &Connection, most: usize) -> Vec<String> {
    let whole = remark(connection);
    if whole.is_empty() {
        return Vec::new();
    }
    if whole.chars().count() <= most {
        return vec![whole];
    }
    let parts = [certificates(connection), findings(connection)];
    parts.into_iter().flatten().collect()
}

fn certificates(connection: &Connection) -> Option<String> {
    let shortest = connection.certificates.iter().min_by_key(|c| c.days_left)?;
    Some(match shortest.lifetime {
        Lifetime::NotValid => days(shortest),
        _ => format!("{} left", days(shortest)),
    })
}

/// `1 error, 2 warnings`; what is just worth knowing is in the table.
fn findings(connection: &Connection) -> Option<String> {
    let severities = [(Severity::Error, "error"), (Severity::Warning, "warning")];
    let counts = severities
        .into_iter()
        .map(|(severity, word)| (connection.count(severity), word));
    let counts = counts.filter(|(count, _)| *count > 0);
    let counts: Vec<_> = counts.map(|(count, word)| counted(count, word)).collect();
    (!counts.is_empty()).then(|| counts.join(", "))
}

/// All of it in a sentence or two, for those who listen. The words that are drawn stand in it
/// as they are drawn: who speaks to a computer says what is seen.
pub(super) fn spoken(connection: &Connection) -> String {
    let mut text = format!("{}: {}", connection.link, connection.state);
    let remark = remark(connection).replace(" · ", ", ");
    if !remark.is_empty() {
        text.push_str(&format!(", {remark}"));
    }
    if let Some(way) = connection.worst() {
        text.push_str(&format!(". {}. {}", way.reason, way.place));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_said_as_people_do() {
        assert_eq!(left(35_430, Lifetime::Valid), "35,430 days");
        assert_eq!(left(1, Lifetime::ExpiresSoon), "1 day");
        assert_eq!(left(-3, Lifetime::NotValid), "expired 3 days ago");
        assert_eq!(left(99, Lifetime::NotValid), "not valid yet");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
