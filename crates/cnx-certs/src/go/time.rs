//! Dates of certificates: UTCTime with or without seconds, GeneralizedTime, each in UTC or
//! with an offset.

use super::der::Reader;
use super::{Result, Rule as _, Unreadable};

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// Seconds since 1970.
pub(super) fn time(reader: &mut Reader<'_>) -> Result<i64> {
    let element = reader.any().or_rule("a date is malformed")?;
    let text = element.content;
    match element.tag {
        UTC_TIME => utc(text).or_rule("a UTCTime is malformed"),
        GENERALIZED_TIME => generalized(text).or_rule(
            "a GeneralizedTime is malformed: it has the form YYYYMMDDHHMMSSZ, without fractions",
        ),
        _ => Err(Unreadable::always(
            "a date is neither UTCTime nor GeneralizedTime",
        )),
    }
}

fn utc(text: &[u8]) -> Option<i64> {
    let (year, rest) = digits(text)?;
    // RFC 5280, 4.1.2.5.1.
    let year = if year >= 50 { 1900 + year } else { 2000 + year };
    let (month, rest) = digits(rest)?;
    let (day, rest) = digits(rest)?;
    let (hour, rest) = digits(rest)?;
    let (minute, rest) = digits(rest)?;
    let (second, rest) = digits(rest).unwrap_or((0, rest));
    seconds([year, month, day, hour, minute, second], rest)
}

fn generalized(text: &[u8]) -> Option<i64> {
    let (century, rest) = digits(text)?;
    let (year, rest) = digits(rest)?;
    let (month, rest) = digits(rest)?;
    let (day, rest) = digits(rest)?;
    let (hour, rest) = digits(rest)?;
    let (minute, rest) = digits(rest)?;
    let (second, rest) = digits(rest)?;
    let fields = [century * 100 + year, month, day, hour, minute, second];
    seconds(fields, rest)
}

fn digits(text: &[u8]) -> Option<(i64, &[u8])> {
    match text {
        [tens @ b'0'..=b'9', ones @ b'0'..=b'9', rest @ ..] => {
            Some((i64::from(tens - b'0') * 10 + i64::from(ones - b'0'), rest))
        }
        _ => None,
    }
}

fn seconds([year, month, day, hour, minute, second]: [i64; 6], zone: &[u8]) -> Option<i64> {
    let offset = match zone {
        [b'Z'] => 0,
        [sign @ (b'+' | b'-'), zone @ ..] => {
            let (hours, zone) = digits(zone)?;
            let (minutes, rest) = digits(zone)?;
            let offset = hours * 3600 + minutes * 60;
            if !rest.is_empty() || offset == 0 || hours > 23 || minutes > 59 {
                return None;
            }
            if *sign == b'-' { -offset } else { offset }
        }
        _ => return None,
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let length = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        _ => return None,
    };
    if !(1..=length).contains(&day) || hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    // Years from March on, so that the leap day is the last.
    let (year, month) = if month > 2 {
        (year, month - 3)
    } else {
        (year - 1, month + 9)
    };
    let days = year * 365 + year.div_euclid(4) - year.div_euclid(100)
        + year.div_euclid(400)
        + (month * 153 + 2) / 5
        + day
        - 1
        - 719_468;
    Some(days * 86_400 + hour * 3600 + minute * 60 + second - offset)
}

#[cfg(test)]
mod tests {
    use super::{generalized, utc};

    #[test]
    fn days_are_those_of_the_calendar() {
        for (text, seconds) in [
            ("19700101000000Z", Some(0)),
            ("20000229000000Z", Some(951_782_400)),
            ("20240229235959Z", Some(1_709_251_199)),
            ("20230229000000Z", None),
            ("21000229000000Z", None),
            ("21000301000000Z", Some(4_107_542_400)),
            ("20240431000000Z", None),
            ("20240100000000Z", None),
            ("20240101240000Z", None),
            ("20240101006000Z", None),
            ("20240101000060Z", None),
            ("20240101000000", None),
            ("19700101010000+0100", Some(0)),
            ("19700101000000-0100", Some(3600)),
            ("19700101000000+0000", None),
            ("19700101000000+2400", None),
            ("19700101000000+0060", None),
            ("19700101000000+01000", None),
        ] {
            assert_eq!(generalized(text.as_bytes()), seconds, "{text}");
        }
        for (text, seconds) in [
            ("500101000000Z", Some(-631_152_000)),
            ("491231235959Z", Some(2_524_607_999)),
            ("7001010000Z", Some(0)),
            ("70010100Z", None),
        ] {
            assert_eq!(utc(text.as_bytes()), seconds, "{text}");
        }
    }
}
