use super::*;
use crate::document::documents;

fn tree(text: &str) -> Tree<'_> {
    documents(text).next().unwrap().parse().unwrap()
}

/// Whether the reader of events and one of those behind serde find in `text` what
/// `read` holds.
fn votes<'t>(read: &'t str, text: &'t str) -> (bool, bool) {
    let tree = tree(read);
    let text = unmarked(text);
    (by_events(&tree, &text).is_ok(), serde::agrees(&tree, &text))
}

#[test]
fn readers_agree_on_what_both_know() {
    for text in [
        "",
        "# c\n",
        "---\n",
        "\u{feff}a: 1\n",
        "---\n\u{feff}a: 1\nb: 2\n",
        "a: 1\nb: [x, 'y', \"z\\n\", {k: v}]\nc:\n- d\n-\n- |\n  e\n- >-\n  f\n  g\n",
        "a: &x [1]\nb: *x\nc: &x {y: 1}\nd: *x\n",
        "a: !!str 1\nb: !local {c: 1}\nc: ! x\nd: !<tag:yaml.org,2002:str> y\ne: !l [z]\n",
        "%TAG !e! tag:example.com,2000:\n---\na: !e!x 1\n",
        "'k': v\n? [a, b]\n: c\n? |\n  lit\n: d\n",
        "{\"a\": [1, -2, 1.5e3, true, null, \"x\"], \"b\": {}}\n",
        "plain\n",
        "--- |\n text\n...\n",
    ] {
        let (events, serde) = votes(text, text);
        assert!(events, "{text:?}");
        // Its port of libyaml does not tell two anchors of one name apart.
        assert!(serde || text.contains("&x {"), "{text:?}");
    }
}

/// Each text is valid and says something else than the first one.
#[test]
fn another_document_is_not_confirmed() {
    for (read, other) in [
        ("a: 1\n", "a: 2\n"),
        ("a: 1\n", "b: 1\n"),
        ("a: 1\n", "a: 1\nb: 2\n"),
        ("a: 1\nb: 2\n", "a: 1\n"),
        ("a: 1\nb: 2\n", "b: 2\na: 1\n"),
        ("a: [1]\n", "a: [1, 2]\n"),
        ("a: [1, 2]\n", "a: [1]\n"),
        ("a: [1]\n", "a: {1: }\n"),
        ("a: {}\n", "a: []\n"),
        ("a: {}\n", "a:\n"),
        ("a: []\n", "a: ''\n"),
        ("a:\n", "a: []\n"),
        ("a: |\n  x\n", "a: |-\n  x\n"),
        ("a: !x 1\n", "a: !y 1\n"),
        ("a: !x 1\n", "a: 1\n"),
        ("a: !x [1]\n", "a: [1]\n"),
        ("a: [1]\n", "a: !x [1]\n"),
        ("x: &x 1\ny: &y 2\na: *x\n", "x: &x 1\ny: &y 2\na: *y\n"),
        ("a: 1\n", "a: 1\n---\nb: 1\n"),
        ("a: 1\n", ""),
        ("", "a: 1\n"),
        ("{\"a\": 1}", "{\"a\": 2}"),
        ("{\"a\": 1}", "{\"a\": \"1\"}"),
        ("{\"a\": true}", "{\"a\": null}"),
        ("{\"a\": 1.5}", "{\"a\": 1.25}"),
        ("{\"a\": \"1\"}", "{\"a\": 1} "),
        ("a: 1\n", "a: [\n"),
    ] {
        let (events, serde) = votes(read, other);
        assert!(!events, "{read:?} {other:?}");
        // A port of libyaml that follows JSON's types knows nothing of quotes.
        let quotes = other.contains("1}") || other.contains("\"1\"");
        assert!(!serde || quotes, "{read:?} {other:?}");
    }
    // Told by the events alone, since serde tells neither styles nor aliases.
    for (read, other) in [
        ("a: '1'\n", "a: 1\n"),
        ("x: &x 1\na: *x\n", "x: &x 1\na: 1\n"),
    ] {
        assert!(!votes(read, other).0, "{read:?} {other:?}");
    }
}

/// Forms that kubectl reads and yaml-rust2 does not, or otherwise.
#[test]
fn a_third_reader_confirms_what_yaml_rust2_does_not_know() {
    for text in [
        "a:\t1\n",
        "a: [b: [c]]\n",
        "{\"a\": \"\\ud83d\\ude00\"}\n",
        "a:\n  b: [\n    c\n  ]\n",
        "a: # one\u{2028}  b: 1\n",
    ] {
        let tree = tree(text);
        assert_eq!(confirm(&tree), Ok(()), "{text:?}");
    }
}

#[test]
fn a_dispute_has_its_place() {
    let text = "x: 1\na:\n  b: 2\n";
    let mut tree = tree(text);
    tree.text = "x: 1\na:\n  b: 3\n";
    let error = confirm(&tree).unwrap_err();
    assert_eq!(error.kind, ErrorKind::Disputed);
    assert_eq!(error.position.to_string(), "3:6");
}

/// Aliases that lead to aliases are no unbounded work.
#[test]
fn many_aliases_end() {
    let mut text = "a0: &a0 [x, x]\n".to_owned();
    for n in 1..15 {
        text += &format!("a{n}: &a{n} [*a{0}, *a{0}]\n", n - 1);
    }
    assert!(!serde::agrees(&tree(&text), &text));
    assert_eq!(confirm(&tree(&text)), Ok(()));
}

/// What is published is disputed nowhere: the repository's manifests, and those of
/// `CNX_HARDEN_CORPUS` if it is set.
#[test]
fn no_published_manifest_is_disputed() {
    let here = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../manifests");
    let corpus = std::env::var_os("CNX_HARDEN_CORPUS");
    let mut count = 0;
    for folder in std::iter::once(here).chain(corpus.map(Into::into)) {
        let files = walkdir::WalkDir::new(folder);
        for file in files.into_iter().map(|file| file.unwrap().into_path()) {
            let Ok(text) = std::fs::read_to_string(&file) else {
                continue;
            };
            for tree in documents(&text).filter_map(|document| document.parse().ok()) {
                count += 1;
                let said = confirm(&tree).map_err(|error| format!("{}:{error}", file.display()));
                assert_eq!(said, Ok(()));
            }
        }
    }
    assert!(count > 100, "{count}");
}
