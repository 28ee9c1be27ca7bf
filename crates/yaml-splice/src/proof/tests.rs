//! The proof is of no use unless it refuses: each text here is one that a fault in
//! writing could make.

use super::*;
use crate::edit::Indel;
use crate::op::Op;
use crate::plan::{Planned, plan};
use crate::route::Route;
use crate::stream::StreamEdit;

const SOURCE: &str = "a: 1 # one\n---\nb: old\nc: |+\n  text\n---\nd: 3\n";

fn second(source: &str) -> Tree<'_> {
    documents(source).nth(1).unwrap().parse().unwrap()
}

fn set_b(text: &str) -> [Op; 1] {
    [Op::set(Route::root().key("b"), text)]
}

/// Whether the text is proved to be the one that `stream` asks for.
fn verdict(stream: &StreamEdit<'_>, text: &str) -> Result<(), ErrorKind> {
    let (edit, expected) = stream.write().unwrap();
    prove(SOURCE, text, &edit, expected).map_err(|error| error.kind)
}

#[test]
fn an_edit_that_does_something_else_is_refused() {
    let tree = second(SOURCE);
    let mut stream = StreamEdit::new(SOURCE);
    stream.edit(&tree, &set_b("new")).unwrap();
    for right in [
        "a: 1 # one\n---\nb: new\nc: |+\n  text\n---\nd: 3\n",
        // The order of keys and the style say nothing.
        "a: 1 # one\n---\nc: \"text\\n\"\nb: 'new'\n---\nd: 3\n",
    ] {
        assert_eq!(verdict(&stream, right), Ok(()), "{right:?}");
    }
    for (wrong, why) in [
        ("", "nothing"),
        (SOURCE, "the text as it was"),
        (
            "a: 1 # one\n---\nb: new\nc: |+\n  text---\nd: 3\n",
            "a marker at a value's end",
        ),
        (
            "a: 1 # one\n---\nb: new\nc: |+\n  text\n  ---\nd: 3\n",
            "a marker in a value",
        ),
        (
            "a: 1 # one\n---\nb: new\nc: |+\n  text\n",
            "a document is lost at the end",
        ),
        (
            "---\nb: new\nc: |+\n  text\n---\nd: 3\n",
            "a document is lost at the start",
        ),
        (
            "a: 1 # one\n---\nd: 3\n---\nb: new\nc: |+\n  text\n",
            "documents changed places",
        ),
        (
            "a: 1 # one\n---\nb: new\nc: |+\n  text\n---\n---\nd: 3\n",
            "an empty document more",
        ),
        (
            "a: 1 # one\n---\nb: new\nc: |+\n  text\n---\nd: 3\n---\n",
            "an empty document at the end",
        ),
        (
            "a: 1\n---\nb: new\nc: |+\n  text\n---\nd: 3\n",
            "another document's comment",
        ),
        (
            "a: 1 # one\n---\nb: new\nc: |+\n  text\n---\nd: 3",
            "another document's last byte",
        ),
        (
            "a: 1 # one\n---\nb: new\nc: |+\n  text\n\n---\nd: 3\n",
            "a scalar at the end gets a line",
        ),
        (
            "a: 1 # one\n---\nb: new\nc: |\n  text\n\n---\nd: '3'\n",
            "another document's type",
        ),
        (
            "a: 1 # one\n---\nb: new\nc: |-\n  text\n---\nd: 3\n",
            "a scalar at the end loses a line",
        ),
        ("a: 1 # one\n---\nb: new\n---\nd: 3\n", "an entry is lost"),
        (
            "a: 1 # one\n---\nb: new\nb: new\nc: |+\n  text\n---\nd: 3\n",
            "an entry is there twice",
        ),
        (
            "a: 1 # one\n---\nb: 'new'\nc: |+\n  text\nx: 1\n---\nd: 3\n",
            "an entry more",
        ),
        (
            "a: 1 # one\n---\nb: [new\nc: |+\n  text\n---\nd: 3\n",
            "it does not parse",
        ),
    ] {
        let refused = verdict(&stream, wrong).unwrap_err();
        assert!(matches!(refused, ErrorKind::Verification(_)), "{why}");
    }
}

#[test]
fn documents_that_are_added_elsewhere_or_otherwise_are_refused() {
    let tree = second(SOURCE);
    let (new, end) = (
        Value::mapping([("k", Value::string("x"))]),
        Value::mapping([("e", Value::string("z"))]),
    );
    let mut stream = StreamEdit::new(SOURCE);
    stream.insert_before(&tree, &new).unwrap();
    stream.add_document(&end).unwrap();
    let (one, two, three) = ("a: 1 # one\n", "b: old\nc: |+\n  text\n", "d: 3\n");
    let text = |parts: &[&str]| parts.join("---\n");
    let right = text(&[one, "k: x\n", two, three, "e: z\n"]);
    assert_eq!(verdict(&stream, &right), Ok(()));
    for wrong in [
        text(&[one, two, "k: x\n", three, "e: z\n"]),
        text(&["k: x\n", one, two, three, "e: z\n"]),
        text(&[one, "k: x\n", two, "e: z\n", three]),
        text(&[one, "k: x\n", two, three]),
        text(&[one, "e: z\n", two, three, "k: x\n"]),
        text(&[one, "k: x\n", "k: x\n", two, three, "e: z\n"]),
        text(&[one, "k: z\n", two, three, "e: z\n"]),
        text(&[one, "k: x\nk: x\n", two, three, "e: z\n"]),
        text(&[one, "k: [\n", two, three, "e: z\n"]),
        text(&[one, "k: x\n", two, three, "e: z\n", ""]),
    ] {
        let refused = verdict(&stream, &wrong).unwrap_err();
        assert!(matches!(refused, ErrorKind::Verification(_)), "{wrong:?}");
    }
}

/// Even where the model has it twice too.
#[test]
fn a_key_that_is_there_twice_is_refused_at_its_place() {
    let tree = second(SOURCE);
    let twice = Value::mapping([("k", Value::string("x")), ("k", Value::string("z"))]);
    let value = Value::mapping([("b", twice)]);
    let prove = |text: &str, edit: &TextEdit| {
        let kept = |text, place| Expected::Kept {
            lead: "",
            text,
            tail: "",
            place,
        };
        let documents: Vec<_> = documents(SOURCE).collect();
        let expected = vec![
            kept(documents[0].text(), documents[0].span()),
            Expected::Edited(&tree, &value),
            kept(documents[2].text(), documents[2].span()),
        ];
        prove(SOURCE, text, edit, expected)
    };
    let text = "a: 1 # one\n---\nb: {k: x, \"k\": z}\n---\nd: 3\n";
    let edit = TextEdit::new(
        vec![Indel {
            delete: Span::new(18, 35),
            insert: "{k: x, \"k\": z}\n".to_owned(),
        }],
        SOURCE,
    )
    .unwrap();
    assert_eq!(edit.apply(SOURCE), text);
    let error = prove(text, &edit).unwrap_err();
    assert_eq!(error.kind, ErrorKind::DuplicateKey("k".to_owned()));
    assert_eq!(error.position.to_string(), "3:4");
}

#[test]
fn a_key_that_was_there_twice_elsewhere_is_no_reason() {
    let text = "b: 1\nc: {k: 1, k: 2}\n";
    let tree = documents(text).next().unwrap().parse().unwrap();
    let edited = tree.edit(&set_b("new")).unwrap();
    assert_eq!(edited.text, "b: new\nc: {k: 1, k: 2}\n");
}

/// The model would not notice: it has an alias of the same name.
#[test]
fn an_alias_that_comes_to_mean_another_anchor_is_refused() {
    let text = "a: &x 1\nb: &x 2\nc: *x\nd: 3\n";
    let tree = documents(text).next().unwrap().parse().unwrap();
    let edit = |key: &str| {
        let at = Route::root().key(key);
        tree.edit(&[Op::Remove { at }]).map_err(|error| error.kind)
    };
    assert_eq!(edit("d").unwrap().text, "a: &x 1\nb: &x 2\nc: *x\n");
    assert_eq!(edit("b"), Err(ErrorKind::Anchor));
}

/// What kubectl would read by the line break that it adds.
#[test]
fn a_block_scalar_that_comes_to_the_end_without_a_line_break_is_refused() {
    let source = "b: 1\nc: |+\n  text\n\nd: 2";
    let tree = documents(source).next().unwrap().parse().unwrap();
    let value = Value::mapping([("c", Value::string("text\n"))]);
    let edit = TextEdit::default();
    let expected = || vec![Expected::Edited(&tree, &value)];
    let text = "c: |+\n  text\n ";
    let error = prove(source, text, &edit, expected()).unwrap_err();
    assert_eq!(error.kind, ErrorKind::UnendedScalar);
    assert_eq!(prove(source, "c: |+\n  text\n", &edit, expected()), Ok(()));
}

/// The proof of one document says what that of the stream says.
#[test]
fn proved_alone_it_is_proved_for_the_stream() {
    let texts = [
        SOURCE,
        "a: 1\n---\nb: old",
        "# c\n---\na: 1\n...\nb: old\n---\nc: 1\n",
        "\u{feff}a: 1\r\n---\r\n\u{feff}b: old\r\n",
        "{\"a\": 1}\n{\"b\": \"old\"}{\"c\": 1}\n",
        "a: 1\n---\n# c\nb: old\n---\n",
    ];
    for source in texts {
        let tree = second(source);
        let Planned { edit, expected } = plan(&tree, &set_b("new")).unwrap();
        assert_eq!(prove_alone(&tree, &edit, &expected), Ok(true), "{source:?}");
        let whole = tree.edit(&set_b("new")).unwrap().edit;
        assert_eq!(tree.propose(&set_b("new")), Ok(whole), "{source:?}");
        let marker = if source == SOURCE { 4 } else { 0 };
        let end = tree.text.len();
        for (delete, insert) in [
            (Span::at(end), "\n---\n"),
            (Span::at(0), "x: 1\n"),
            (Span::at(0), "--- "),
            (Span::new(0, marker), ""),
        ] {
            let insert = insert.to_owned();
            let edit = TextEdit::new(vec![Indel { delete, insert }], source).unwrap();
            let proved = prove_alone(&tree, &edit, &tree.root_value());
            assert_ne!(proved, Ok(true), "{source:?} {edit:?}");
        }
    }
}
