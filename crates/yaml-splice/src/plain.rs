//! Which texts may stand without quotes.

/// Line separators and marks that YAML asks to escape.
const fn is_special(c: char) -> bool {
    matches!(
        c,
        '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{85}' | '\u{fffe}' | '\u{ffff}'
    )
}

/// Whether the character can stand in double quotes only, as an escape.
pub(crate) fn needs_escape(c: char) -> bool {
    c.is_control() || is_special(c)
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

pub(crate) fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// Whether a plain scalar is a string in every schema that is in use: the types of
/// YAML 1.1, the core schema of YAML 1.2, and go-yaml, which Kubernetes reads by.
pub(crate) fn is_string(text: &str) -> bool {
    // Numbers and times start with a digit, a sign or a point.
    let letter = text.starts_with(|c: char| c.is_alphabetic());
    !is_null(text) && !is_word(text) && (letter || !is_number(text) && !is_time(text))
}

/// Booleans, infinities, and the marks of merge keys and default values.
fn is_word(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    matches!(
        text,
        "y" | "Y"
            | "yes"
            | "Yes"
            | "YES"
            | "on"
            | "On"
            | "ON"
            | "true"
            | "True"
            | "TRUE"
            | "n"
            | "N"
            | "no"
            | "No"
            | "NO"
            | "off"
            | "Off"
            | "OFF"
            | "false"
            | "False"
            | "FALSE"
            | ".nan"
            | ".NaN"
            | ".NAN"
            | "="
            | "<<"
    ) || matches!(unsigned, ".inf" | ".Inf" | ".INF")
}

fn is_number(text: &str) -> bool {
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let made_of = |text: &str, digits: fn(char) -> bool| {
        !text.is_empty() && text.chars().all(|c| digits(c) || c == '_')
    };
    let radix = |prefix: [&str; 2], digits| {
        let rest = prefix
            .iter()
            .find_map(|prefix| unsigned.strip_prefix(prefix));
        rest.is_some_and(|rest| made_of(rest, digits))
    };
    radix(["0x", "0X"], |c| c.is_ascii_hexdigit())
        || radix(["0o", "0O"], |c| matches!(c, '0'..='7'))
        || radix(["0b", "0B"], |c| matches!(c, '0' | '1'))
        || is_decimal(unsigned)
        || is_base_60(unsigned)
}

/// Digits, points (YAML 1.1 lets there be several) and an exponent.
fn is_decimal(unsigned: &str) -> bool {
    let (digits, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((digits, exponent)) => (digits, Some(exponent)),
        None => (unsigned, None),
    };
    let exponent = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && digits.chars().all(|c| c.is_ascii_digit())
    });
    let starts = digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    let number = digits
        .chars()
        .all(|c| c.is_ascii_digit() || matches!(c, '.' | '_'));
    starts && number && exponent
}

/// `190:20:30`, and `190:20:30.15`.
fn is_base_60(unsigned: &str) -> bool {
    let mut parts = unsigned.split(':');
    let digits = |text: &str| text.chars().all(|c| c.is_ascii_digit() || c == '_');
    let first = parts.next().unwrap_or_default();
    let starts = first.starts_with(|c: char| c.is_ascii_digit()) && digits(first);
    let mut count = 0;
    let rest = parts.all(|part| {
        count += 1;
        let (whole, fraction) = part.split_once('.').unwrap_or((part, ""));
        matches!(whole.len(), 1 | 2) && digits(whole) && digits(fraction)
    });
    starts && rest && count > 0
}

/// A date, or a date with a time behind it.
fn is_time(text: &str) -> bool {
    let mut parts = text.splitn(3, '-');
    let (Some(year), Some(month), Some(rest)) = (parts.next(), parts.next(), parts.next()) else {
        return false;
    };
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    let end = rest
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(rest.len());
    let (day, time) = rest.split_at_checked(end).unwrap_or((rest, ""));
    year.len() == 4
        && digits(year)
        && matches!(month.len(), 1 | 2)
        && digits(month)
        && matches!(day.len(), 1 | 2)
        && (time.is_empty() || time.starts_with(['T', 't', ' ', '\t']))
        && time
            .chars()
            .all(|c| c.is_ascii_digit() || "TtZz:.+- \t".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The regular expressions of <https://yaml.org/type/> and of YAML 1.2.2,
    /// chapter 10.3, and what go-yaml takes besides.
    #[test]
    fn what_any_schema_takes_for_another_type_is_no_string() {
        for text in [
            "",
            "~",
            "null",
            "y",
            "N",
            "yes",
            "Off",
            "TRUE",
            "=",
            "<<",
            "1",
            "-1",
            "+12",
            "0",
            "0b1010",
            "0o17",
            "017",
            "0x1F",
            "0X1f",
            "1_000",
            "685_230",
            "190:20:30",
            "1:30",
            "190:20:30.15",
            "1.5",
            ".5",
            "5.",
            "1.2.3",
            "10.96.0.10",
            ".",
            "6.8523015e+5",
            "1e3",
            "1E-3",
            "-.inf",
            "+.Inf",
            ".NaN",
            "2001-12-14",
            "2001-1-2",
            "2001-12-14t21:59:43.10-05:00",
            "2001-12-14 21:59:43.10 -5",
            "089",
        ] {
            assert!(!is_string(text), "{text}");
        }
        for text in [
            "a",
            "1a",
            "123abc",
            "deadbeef",
            "0x",
            "0xg",
            "0o8",
            "0b2",
            "-",
            "+",
            "--1",
            "yEs",
            "nan",
            "inf",
            "1e",
            "e3",
            "10.0.0.1:443",
            "1:300",
            "v1",
            "1-2",
            "2001-12",
            "2001-123-1",
            "20011-1-1",
            "true ",
            "1 2",
            "v2.3.0",
            "2001-12-14 # x",
            "1.2-rc",
            "127.0.0.1/8",
            "-.nan",
        ] {
            assert!(is_string(text), "{text}");
        }
    }
}
