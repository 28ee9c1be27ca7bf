//! What go-yaml knows of `!!binary` and `!!timestamp`.

/// Go's `base64.StdEncoding`: padded, line breaks skipped.
pub(super) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let text: Vec<u8> = text
        .bytes()
        .filter(|b| !matches!(b, b'\n' | b'\r'))
        .collect();
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    let count = text.len() / 4;
    for (number, four) in text.chunks(4).enumerate() {
        let padding = four.iter().rev().take_while(|byte| **byte == b'=').count();
        if four.len() < 4 || padding > 2 || (padding > 0 && number + 1 < count) {
            return None;
        }
        let mut bits = 0_u32;
        for byte in four.iter().take(4 - padding) {
            let digit = match byte {
                b'A'..=b'Z' => byte - b'A',
                b'a'..=b'z' => byte - b'a' + 26,
                b'0'..=b'9' => byte - b'0' + 52,
                b'+' => 62,
                b'/' => 63,
                _ => return None,
            };
            bits = bits << 6 | u32::from(digit);
        }
        bits <<= 6 * padding;
        let [_, first, second, third] = bits.to_be_bytes();
        bytes.extend([first, second, third].iter().take(3 - padding));
    }
    Some(bytes)
}

/// A date, or a date and a time, as go-yaml knows them.
pub(super) fn is_timestamp(text: &str) -> bool {
    let (date, time) = match text.find(['T', 't', ' ']) {
        Some(at) => text.split_at(at),
        None => (text, ""),
    };
    let number = |text: &str, range: std::ops::RangeInclusive<u32>| {
        matches!(text.len(), 1 | 2)
            && text.bytes().all(|b| b.is_ascii_digit())
            && text.parse().is_ok_and(|n| range.contains(&n))
    };
    let mut parts = date.split('-');
    let (Some(year), Some(month), Some(day), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return false;
    };
    let leap = year.parse().is_ok_and(|y: u32| {
        y.is_multiple_of(4) && (!y.is_multiple_of(100) || y.is_multiple_of(400))
    });
    let days = match month.trim_start_matches('0') {
        "2" if leap => 29,
        "2" => 28,
        "4" | "6" | "9" | "11" => 30,
        _ => 31,
    };
    let dated = year.len() == 4
        && year.bytes().all(|b| b.is_ascii_digit())
        && number(month, 1..=12)
        && number(day, 1..=days);
    if time.is_empty() {
        return dated;
    }
    let zoned = !time.starts_with(' ');
    let time = time.get(1..).unwrap_or_default();
    let (time, zone) = match time.find(['Z', '+', '-']) {
        Some(at) if zoned => time.split_at(at),
        None if !zoned => (time, "Z"),
        _ => return false,
    };
    let offset = |zone: &str| {
        let zone = zone.get(1..).and_then(|zone| zone.split_once(':'));
        zone.is_some_and(|(h, m)| {
            h.len() == 2 && m.len() == 2 && number(h, 0..=24) && number(m, 0..=60)
        })
    };
    let (clock, fraction) = time.split_once(['.', ',']).unwrap_or((time, "0"));
    let mut parts = clock.split(':');
    dated
        && (zone == "Z" || offset(zone))
        && !fraction.is_empty()
        && fraction.bytes().all(|b| b.is_ascii_digit())
        && parts.next().is_some_and(|h| number(h, 0..=23))
        && parts.next().is_some_and(|m| number(m, 0..=59))
        && parts.next().is_some_and(|s| number(s, 0..=59))
        && parts.next().is_none()
}
