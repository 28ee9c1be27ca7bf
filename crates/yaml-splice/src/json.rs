//! Where one JSON object ends and the next begins: a stream of them needs no `---`.

/// The length of the first object of `text`, with the white space behind it, where
/// another object follows.
pub(crate) fn len_before_next(text: &str) -> Option<usize> {
    let object = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    let behind = object.get(object_len(object)?..)?;
    let next = behind.trim_start_matches([' ', '\t', '\r', '\n']);
    next.starts_with('{').then(|| text.len() - next.len())
}

/// The length of the object that `text` starts with; none where it is no JSON, as
/// far as that shows without reading it.
fn object_len(text: &str) -> Option<usize> {
    if !text.starts_with('{') {
        return None;
    }
    let mut depth = 0_usize;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at + 1);
                }
            }
            b'"' => loop {
                match bytes.next()?.1 {
                    b'\\' => drop(bytes.next()?),
                    b'"' => break,
                    _ => {}
                }
            },
            // Numbers, `true`, `false` and `null` are made of these.
            b' ' | b'\t' | b'\r' | b'\n' | b',' | b':' | b'+' | b'-' | b'.' => {}
            byte if byte.is_ascii_alphanumeric() => {}
            _ => return None,
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use crate::documents;

    #[test]
    fn objects_that_follow_one_another_are_documents() {
        let parts = |text| -> Vec<_> { documents(text).map(|d| d.text()).collect() };
        assert_eq!(
            parts("{\"a\": 1}\n{\"b\": 2}\n"),
            ["{\"a\": 1}\n", "{\"b\": 2}\n"]
        );
        assert_eq!(parts("{\"}{\": [1]} {}{}"), ["{\"}{\": [1]} ", "{}", "{}"]);
        for one in [
            "{\"a\": 1}\n",
            "{a: '} {'}\n",
            "{\"a\n{",
            "{a: b}\n",
            "{}}{",
            "[{}\n{}]",
        ] {
            assert_eq!(parts(one), [one]);
        }
    }
}
