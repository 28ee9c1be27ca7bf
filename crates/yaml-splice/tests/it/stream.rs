//! Documents that are added to a stream, and streams that are joined: what they
//! look like, and that every value is read as before, by kubectl's way of reading
//! and by that of YAML 1.2.

use proptest::prelude::*;
use serde::Deserialize as _;
use serde_yaml::Value as Data;
use yaml_splice::{Edited, Error, ErrorKind, Op, Route, StreamEdit, Value, documents, edit, join};

fn new() -> Value {
    Value::mapping([("kind", Value::string("Secret"))])
}

fn add(text: &str, values: &[Value]) -> Result<Edited, Error> {
    let mut stream = StreamEdit::new(text);
    for value in values {
        stream.add_document(value)?;
    }
    stream.finish()
}

fn insert(text: &str, number: usize) -> Result<Edited, Error> {
    let tree = documents(text).nth(number).unwrap().parse()?;
    let value = new();
    StreamEdit::new(text).insert_before(&tree, &value)?.finish()
}

#[test]
fn documents_are_added_at_the_end() {
    for (text, after) in [
        ("", "kind: Secret\n"),
        ("\u{feff}", "\u{feff}kind: Secret\n"),
        ("# c\n", "# c\nkind: Secret\n"),
        ("# c", "# c\nkind: Secret"),
        ("a: 1\n", "a: 1\n---\nkind: Secret\n"),
        ("a: 1", "a: 1\n---\nkind: Secret"),
        ("a: 1\r\n", "a: 1\r\n---\r\nkind: Secret\r\n"),
        ("a: 1\r\nb: 2", "a: 1\r\nb: 2\r\n---\r\nkind: Secret"),
        // kubectl finds documents by LF alone.
        ("a: 1\r", "a: 1\r\n---\nkind: Secret"),
        ("a: 1\n---\n", "a: 1\n---\nkind: Secret\n---\n"),
        ("a: 1\n---\n\n", "a: 1\n---\n\nkind: Secret\n---\n"),
        ("a: 1\n---", "a: 1\n---\nkind: Secret\n---"),
        ("a: 1\n---\n# c\n", "a: 1\n---\n# c\n---\nkind: Secret\n"),
        ("---\n", "---\nkind: Secret\n---\n"),
        ("---\n# c\n", "---\n# c\nkind: Secret\n"),
        ("a: 1\n...\n", "a: 1\n...\n---\nkind: Secret\n"),
        ("a: 1\n...", "a: 1\n...\n---\nkind: Secret"),
        ("...", "...\n---\nkind: Secret"),
        ("# c\n...\n", "# c\n...\n---\nkind: Secret\n"),
        ("a: 1\n...\n# c\n", "a: 1\n...\n# c\n---\nkind: Secret\n"),
        ("a: |+\n  x\n", "a: |+\n  x\n---\nkind: Secret\n"),
        ("a: |+\n  x\n\n", "a: |+\n  x\n\n---\nkind: Secret\n"),
        ("a: |-\n  x", "a: |-\n  x\n---\nkind: Secret"),
        ("a: |\n  x\n# c", "a: |\n  x\n# c\n---\nkind: Secret"),
        (
            "a: 1\n---\n{b: 1}\n",
            "a: 1\n---\n{b: 1}\n---\nkind: Secret\n",
        ),
    ] {
        assert_eq!(
            add(text, &[new()]).map(|edited| edited.text).as_deref(),
            Ok(after),
            "{text:?}"
        );
    }
    let other = Value::Sequence(vec!["a\nb\n".into(), Value::mapping([("k", 1)])]);
    assert_eq!(
        add("a:\n- 1\n---\n", &[new(), other, Value::string("x")])
            .unwrap()
            .text,
        "a:\n- 1\n---\nkind: Secret\n---\n- |\n  a\n  b\n- k: 1\n---\nx\n---\n",
    );
}

#[test]
fn documents_are_added_in_front_of_others() {
    for (text, number, after) in [
        ("a: 1\n", 0, "kind: Secret\n---\na: 1\n"),
        ("\u{feff}a: 1", 0, "\u{feff}kind: Secret\n---\na: 1"),
        ("# c\na: 1\n", 0, "kind: Secret\n---\n# c\na: 1\n"),
        ("---\na: 1\n", 0, "---\nkind: Secret\n---\na: 1\n"),
        ("# c\n---\na: 1\n", 0, "# c\n---\nkind: Secret\n---\na: 1\n"),
        (
            "a: 1\n---\nb: 1\n",
            1,
            "a: 1\n---\nkind: Secret\n---\nb: 1\n",
        ),
        (
            "a: |+\n  x\n\n---\nb: 1\n",
            1,
            "a: |+\n  x\n\n---\nkind: Secret\n---\nb: 1\n",
        ),
        (
            "a: 1\n---\n\u{feff}b: 1\n",
            1,
            "a: 1\n---\nkind: Secret\n---\n\u{feff}b: 1\n",
        ),
        (
            "a: 1\r\n---\r\nb: 1",
            1,
            "a: 1\r\n---\r\nkind: Secret\r\n---\r\nb: 1",
        ),
        (
            "a: 1\n--- # c\nb: 1\n",
            1,
            "a: 1\n---\nkind: Secret\n--- # c\nb: 1\n",
        ),
        (
            "a: 1\n...\n# c\n---\nb: 1\n",
            1,
            "a: 1\n...\n# c\n---\nkind: Secret\n---\nb: 1\n",
        ),
        (
            "a: 1\n...\nb: 1\n",
            1,
            "a: 1\n...\n---\nkind: Secret\n---\nb: 1\n",
        ),
    ] {
        assert_eq!(
            insert(text, number).map(|edited| edited.text).as_deref(),
            Ok(after),
            "{text:?}"
        );
    }
}

/// All at once: documents in front of, between and behind ones that are edited.
#[test]
fn additions_and_edits_go_together() {
    let text = "a: 1\n---\nb: |\n  x\n---\nc: 1\nd: 2";
    let trees: Vec<_> = documents(text).map(|d| d.parse().unwrap()).collect();
    let (one, two) = (
        new(),
        Value::mapping([("kind", Value::string("ConfigMap"))]),
    );
    let mut stream = StreamEdit::new(text);
    stream.insert_before(&trees[0], &one).unwrap();
    stream.insert_before(&trees[2], &two).unwrap();
    stream.add_document(&one).unwrap();
    let set = |key: &str| [Op::set(Route::root().key(key), "new")];
    stream.edit(&trees[2], &set("c")).unwrap();
    stream.edit(&trees[0], &set("a")).unwrap();
    assert_eq!(
        stream.finish().unwrap().text,
        "kind: Secret\n---\na: new\n---\nb: |\n  x\n---\nkind: ConfigMap\n---\nc: new\nd: 2\n---\nkind: Secret",
    );
}

#[test]
fn what_cannot_be_added_is_refused_at_its_place() {
    let said = |result: Result<Edited, Error>| result.unwrap_err().to_string();
    let unended = |at: &str| {
        let error = Error {
            kind: ErrorKind::UnendedScalar,
            position: Default::default(),
            span: yaml_splice::Span::at(0),
        };
        error.to_string().replacen("0:0", at, 1)
    };
    for (text, at) in [
        ("a: |\n  x", "1:4"),
        ("a: 1\n---\nb:\n- >\n  x", "4:3"),
        ("a: |+\n  x", "1:4"),
        ("a: |+\n  x\n ", "1:4"),
        ("--- |\n x", "1:5"),
    ] {
        assert_eq!(said(add(text, &[new()])), unended(at), "{text:?}");
    }
    // The value that the last document gets by an edit.
    let text = "a: 1\nb: |\n  x";
    let tree = documents(text).next().unwrap().parse().unwrap();
    let mut stream = StreamEdit::new(text);
    let value = new();
    stream.add_document(&value).unwrap();
    stream
        .edit(&tree, &[Op::set(Route::root().key("a"), "longer")])
        .unwrap();
    assert_eq!(said(stream.finish()), unended("2:4"));

    let json = add("{\"a\": 1}\n", &[new()]).unwrap_err();
    assert_eq!(
        (json.position.to_string().as_str(), &json.kind),
        (
            "1:1",
            &ErrorKind::Unsupported("a document added to JSON; add it in a file of its own")
        )
    );
    // Here too nothing but JSON's braces divides two documents.
    let text = "...\n{}{}";
    let second = documents(text).nth(1).unwrap().parse().unwrap();
    let value = new();
    let mut stream = StreamEdit::new(text);
    assert!(stream.insert_before(&second, &value).is_err());
    let nothing = add("a: 1\n", &[Value::null()]).unwrap_err();
    assert!(
        matches!(nothing.kind, ErrorKind::NotWritable(_)),
        "{nothing}"
    );
    let open = add("a: 1\n...\n%YAML 1.1\n", &[new()]).unwrap_err();
    assert_eq!(open.position.to_string(), "3:1");
    for tabs in ["\t", "\t\n---", "---\n \t# c\n"] {
        let tab = join(&[tabs, "a: 1\n"]).unwrap_err();
        assert_eq!((tab.text, tab.error.span.start), (0, 0));
    }
    let open = join(&["%YAML 1.1\n", "...\na: 1\n"]).unwrap_err();
    assert_eq!(
        (open.text, open.error.position.to_string().as_str()),
        (0, "1:1")
    );
    for behind in ["\t\n---\na", "\u{feff}---\n...\u{85}---\n?"] {
        let error = join(&["a: 1\n", behind]).unwrap_err();
        assert!(
            error.text == 1 && matches!(error.error.kind, ErrorKind::Unsupported(_)),
            "{error}"
        );
    }
    let marks = join(&["a: 1\n", "\u{feff}\u{feff}b: 2\n"]).unwrap_err();
    assert_eq!((marks.text, marks.error.span.start), (1, 3));
    let directive = insert("%YAML 1.1\n---\na: 1\n", 0).unwrap_err();
    assert!(
        matches!(directive.kind, ErrorKind::Unsupported(_)),
        "{directive}"
    );
    let twice = Value::mapping([("k", 1), ("k", 2)]);
    let twice = add("a: 1\n", &[twice]).unwrap_err();
    assert_eq!(twice.kind, ErrorKind::DuplicateKey("k".into()));
    let other = documents("b: 1\n").next().unwrap().parse().unwrap();
    assert!(StreamEdit::new("a: 1\n").edit(&other, &[]).is_err());
    let again = documents("a: 1\n").next().unwrap().parse().unwrap();
    let mut stream = StreamEdit::new("a: 1\n");
    let set = [Op::set(Route::root().key("a"), "x")];
    stream.edit(&again, &set).unwrap();
    assert!(stream.edit(&again, &set).is_err());
    assert!(matches!(
        edit("a: 1\n", 1, &set).unwrap_err().kind,
        ErrorKind::NotFound(_)
    ));
}

#[test]
fn texts_are_joined() {
    for (texts, stream) in [
        (&[][..], ""),
        (&[""], ""),
        (&["a: |\n  x"], "a: |\n  x"),
        (&["", "\u{feff}{}", ""], "\u{feff}{}"),
        (&["a: 1", "b: 2"], "a: 1\n---\nb: 2"),
        (&["a: 1\n", "---\nb: 2\n"], "a: 1\n---\nb: 2\n"),
        (&["a: 1\n---\n", "b: 2\n"], "a: 1\n---\nb: 2\n"),
        (&["a: 1\n---\n", "---\nb: 2\n"], "a: 1\n---\n---\nb: 2\n"),
        (&["a: 1\r\n", "b: 2"], "a: 1\r\n---\nb: 2"),
        (&["a: 1\r", "b: 2"], "a: 1\r\n---\nb: 2"),
        (
            &["\u{feff}a: 1\n", "\u{feff}b: 2\n"],
            "\u{feff}a: 1\n---\nb: 2\n",
        ),
        (&["a: 1\n", "\u{feff}---\nb: 2\n"], "a: 1\n---\nb: 2\n"),
        (
            &["a: 1\n", "# c\n---\nb: 2\n"],
            "a: 1\n---\n# c\n---\nb: 2\n",
        ),
        (&["# c\n", "b: 2\n"], "# c\n---\nb: 2\n"),
        (
            &["a: 1\n", "%YAML 1.1\n---\nb: 2\n"],
            "a: 1\n...\n%YAML 1.1\n---\nb: 2\n",
        ),
        (&["a: 1\n...\n", "b: 2\n"], "a: 1\n...\n---\nb: 2\n"),
        (
            &["a: 1\n...\n", "%YAML 1.1\n---\nb: 2\n"],
            "a: 1\n...\n%YAML 1.1\n---\nb: 2\n",
        ),
        (&["a: |+\n  x\n\n", "b: 2\n"], "a: |+\n  x\n\n---\nb: 2\n"),
        (&["a: |-\n  x", "b: |\n  y"], "a: |-\n  x\n---\nb: |\n  y"),
        (
            &["{\"a\": 1}", "{\"b\": 2}\n"],
            "---\n{\"a\": 1}\n---\n{\"b\": 2}\n",
        ),
        (
            &["{\"a\": 1}{\"b\": 2}\n", "c: 3\n"],
            "---\n{\"a\": 1}\n---\n{\"b\": 2}\n---\nc: 3\n",
        ),
        // Not YAML, and not touched.
        (
            &["{{ .Values }}: [\n", "b: 2\n"],
            "---\n{{ .Values }}: [\n---\nb: 2\n",
        ),
    ] {
        assert_eq!(join(texts).as_deref(), Ok(stream), "{texts:?}");
    }
    let refused = |texts: &[&str]| {
        let error = join(texts).unwrap_err();
        (
            error.text,
            error.error.position.to_string(),
            error.error.kind,
        )
    };
    assert_eq!(
        refused(&["a: 1", "b:\n- |\n  x", "c: 1"]),
        (1, "2:3".into(), ErrorKind::UnendedScalar)
    );
    let (text, at, kind) = refused(&["a: 1", "{\"e\":\n \"\\ud83d\\ude00\"}"]);
    assert_eq!((text, at.as_str()), (1, "2:3"));
    assert!(matches!(kind, ErrorKind::Unsupported(_)));
    let marks = "\u{feff}---\n\u{feff}b: 1\n";
    assert!(matches!(
        refused(&["a: 1\n", marks]).2,
        ErrorKind::Unsupported(_)
    ));
    assert!(matches!(
        insert(marks, 0).unwrap_err().kind,
        ErrorKind::Unsupported(_)
    ));
    assert_eq!(refused(&["[ |", "b: 2"]).2, ErrorKind::UnendedScalar);
}

/// The documents of a stream that hold something, as YAML 1.2 has them.
fn by_yaml(text: &str) -> Option<Vec<Data>> {
    // libyaml takes the mark for a character in front of a `---`; go-yaml does not.
    let text = text.trim_start_matches('\u{feff}');
    let all = serde_yaml::Deserializer::from_str(text).map(Data::deserialize);
    let all: Vec<_> = all.collect::<Result<_, _>>().ok()?;
    Some(all.into_iter().filter(|value| !value.is_null()).collect())
}

/// The same as kubectl has them: lines end in LF, and the text is cut at lines of
/// `---` before anything is parsed. Of each part the first document counts.
fn by_kubectl(text: &str) -> Option<Vec<Data>> {
    let mut parts = vec![String::new()];
    if text.contains("\r---") || text.contains("\r...") {
        // Documents for YAML, and for kubectl none.
        return None;
    }
    for line in text.trim_start_matches('\u{feff}').split_inclusive('\n') {
        let line = line.trim_end_matches('\n').trim_end_matches('\r');
        match (line.strip_prefix("---").map(str::trim), parts.last_mut()) {
            (Some(rest), _) if rest.is_empty() || rest.starts_with('#') => {
                parts.push(String::new())
            }
            (None, Some(part)) => {
                part.push_str(line);
                part.push('\n');
            }
            // "invalid Yaml document separator"
            _ => return None,
        }
    }
    let first = |part: String| match serde_yaml::Deserializer::from_str(
        part.trim_start_matches('\u{feff}'),
    )
    .next()
    {
        Some(first) => Data::deserialize(first),
        None => Ok(Data::Null),
    };
    let all: Vec<_> = parts
        .into_iter()
        .map(first)
        .collect::<Result<_, _>>()
        .ok()?;
    Some(all.into_iter().filter(|value| !value.is_null()).collect())
}

/// A document with one of many ends, in all kinds of line breaks.
fn document() -> impl Strategy<Value = String> {
    let start = prop::sample::select(vec!["", "", "---\n", "# c\n", "# c\n---\n", "\n"]);
    let body = prop::sample::select(vec![
        "a: 1",
        "a: 'x'",
        "a: \"x\"",
        "a:",
        "a: b\n  c",
        "a: |\n  x",
        "a: |+\n  x",
        "a: |-\n  x",
        "a: >\n  x\n  y",
        "a: >-\n  x",
        "a: >+\n  x",
        "a: |",
        "a: |+",
        "a: |2\n   x",
        "a:\n  b:\n  - |\n   x\n\n   y",
        "- a\n- |+\n  x",
        "[a, b]",
        "{a: 1}",
        "x",
        "'x'",
        "# c",
        "",
        "a: &x |\n  x",
        "a: !!str |\n  x",
        "a: 1 # c",
    ]);
    let end = prop::sample::select(vec![
        "",
        "\n",
        "\n\n",
        "\n\n\n",
        "\n ",
        "\n  \n",
        "\n# c",
        "\n# c\n",
        "\n  # c\n",
        "\n...",
        "\n...\n",
        "\n...\n# c\n",
        "\n---",
        "\n---\n",
        "\n---\n\n",
        "\n---\n# c\n",
        "\n\n# c\n\n",
        "\nz: 1",
        "\nz: 1\n",
    ]);
    (start, body, end).prop_map(|(start, body, end)| format!("{start}{body}{end}"))
}

fn text() -> impl Strategy<Value = String> {
    let breaks = prop::sample::select(vec!["\n", "\n", "\r\n", "\r"]);
    (
        prop::collection::vec(document(), 1..4),
        breaks,
        prop::bool::weighted(0.1),
    )
        .prop_map(|(documents, newline, mark)| {
            let mut text = String::new();
            // kubectl knows no documents in a text of lone CRs.
            for document in documents
                .into_iter()
                .take(if newline == "\r" { 1 } else { 3 })
            {
                if !text.is_empty() {
                    text += if text.ends_with('\n') {
                        "---\n"
                    } else {
                        "\n---\n"
                    };
                }
                text += &document;
            }
            let text = text.replace('\n', newline);
            if mark {
                format!("\u{feff}{text}")
            } else {
                text
            }
        })
}

/// Whether both ways of reading find these documents in a text.
fn reads(text: &str, wanted: &[Vec<Data>; 2]) -> bool {
    by_yaml(text).as_ref() == Some(&wanted[0]) && by_kubectl(text).as_ref() == Some(&wanted[1])
}

fn both(text: &str) -> Option<[Vec<Data>; 2]> {
    Some([by_yaml(text)?, by_kubectl(text)?])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3000))]

    #[test]
    fn each_value_is_read_as_before_where_documents_are_added(text in text(), count in 1_usize..3) {
        let Some(mut wanted) = both(&text) else { return Ok(()) };
        let added: Data = serde_yaml::from_str("kind: Secret").unwrap();
        wanted.iter_mut().for_each(|all| all.extend(vec![added.clone(); count]));
        let values = vec![new(); count];
        match add(&text, &values) {
            Ok(edited) => {
                prop_assert!(reads(&edited.text, &wanted), "{:?}", edited.text);
                prop_assert_eq!(edited.text.ends_with('\n'), text.is_empty() || text == "\u{feff}" || text.ends_with('\n'));
                // Nothing is taken away.
                let kept = edited.text.len() == text.len() + edited.edit.indels().iter().map(|i| i.insert.len()).sum::<usize>();
                prop_assert!(kept);
            }
            Err(Error { kind: ErrorKind::UnendedScalar, .. }) => {
                let broken = by_yaml(&format!("{text}\n"));
                prop_assert!(!text.ends_with('\n') && broken != by_yaml(&text), "{text:?}");
            }
            Err(Error { kind: ErrorKind::Unsupported(_), .. }) => {
                let json = text.trim_start_matches(['\u{feff}', '\r', '\n']).starts_with('{');
                prop_assert!(json);
            }
            Err(error) => prop_assert!(false, "{error}: {text:?}"),
        }
    }

    #[test]
    fn each_value_is_read_as_before_where_a_document_is_inserted(text in text(), pick: prop::sample::Index) {
        let Some(wanted) = both(&text) else { return Ok(()) };
        let number = pick.index(documents(&text).count());
        let edited = match insert(&text, number) {
            Ok(edited) => edited,
            Err(error) => {
                prop_assert!(matches!(error.kind, ErrorKind::Unsupported(_)), "{error}: {text:?}");
                return Ok(());
            }
        };
        let added: Data = serde_yaml::from_str("kind: Secret").unwrap();
        for (read, wanted) in both(&edited.text).unwrap().into_iter().zip(wanted) {
            let (new, others): (Vec<_>, Vec<_>) = read.into_iter().partition(|value| *value == added);
            prop_assert_eq!(new.len(), 1);
            prop_assert_eq!(others, wanted);
        }
    }

    #[test]
    fn each_value_is_read_as_before_where_texts_are_joined(texts in prop::collection::vec(text(), 2..4)) {
        let Some(all) = texts.iter().map(|text| both(text)).collect::<Option<Vec<_>>>() else { return Ok(()) };
        let wanted = [0, 1].map(|reader| all.iter().flat_map(|read| read[reader].clone()).collect::<Vec<_>>());
        let parts: Vec<_> = texts.iter().map(String::as_str).collect();
        match join(&parts) {
            Ok(joined) => prop_assert!(reads(&joined, &wanted), "{texts:?} {joined:?}"),
            Err(error) => {
                let text = &texts[error.text];
                prop_assert_eq!(error.error.kind, ErrorKind::UnendedScalar);
                prop_assert!(!text.ends_with('\n') && by_yaml(&format!("{text}\n")) != by_yaml(text), "{text:?}");
            }
        }
    }
}
