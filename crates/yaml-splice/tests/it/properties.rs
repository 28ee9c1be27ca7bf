//! Properties over generated YAML: the writer below makes text in many styles
//! and knows what it means; nothing is taken from the code under test.

use proptest::prelude::*;
use yaml_splice::{Op, Route, Step, Value, Wanted, documents};

#[derive(Clone, Debug)]
enum Model {
    Text(String, u8),
    List(Vec<Model>, bool),
    Map(Vec<Model>, bool),
}

/// A scalar's text in one of five styles; none is mistaken for a number.
fn model() -> impl Strategy<Value = Model> {
    let leaf =
        ("[a-zäß][a-zäß/]{2,6}( [a-z]{3}){0,2}", 0_u8..5).prop_map(|(t, s)| Model::Text(t, s));
    leaf.prop_recursive(4, 24, 4, |inner| {
        let children = prop::collection::vec(inner, 1..4);
        prop_oneof![
            (children.clone(), any::<bool>()).prop_map(|(c, f)| Model::List(c, f)),
            (children, any::<bool>()).prop_map(|(c, f)| Model::Map(c, f)),
        ]
    })
}

fn value(model: &Model) -> Value {
    match model {
        Model::Text(text, _) => Value::string(text.clone()),
        Model::List(items, _) => Value::Sequence(items.iter().map(value).collect()),
        Model::Map(items, _) => Value::mapping(
            items
                .iter()
                .enumerate()
                .map(|(n, v)| (format!("key{n}"), value(v))),
        ),
    }
}

fn flow(model: &Model) -> String {
    match model {
        Model::Text(text, style) if style % 2 == 0 => format!("\"{text}\""),
        Model::Text(text, _) => format!("'{text}'"),
        Model::List(items, _) => {
            format!(
                "[{}]",
                items.iter().map(flow).collect::<Vec<_>>().join(", ")
            )
        }
        Model::Map(items, _) => {
            let entries = items
                .iter()
                .enumerate()
                .map(|(n, v)| format!("key{n}: {}", flow(v)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

/// What stands behind a colon or a dash in the column `at`.
fn block(model: &Model, at: usize) -> String {
    let pad = " ".repeat(at + 2);
    match model {
        Model::Text(text, 0) => format!(" {text} # c\n"),
        Model::Text(text, 1) => format!(" '{text}'\n"),
        Model::Text(text, 2) => format!(" \"{text}\"  #: c\n\n"),
        Model::Text(text, 3) => format!(" |-\n{pad}{text}\n"),
        Model::Text(text, _) => format!(" >-\n{pad} {text}\n"),
        Model::List(_, true) | Model::Map(_, true) => format!(" {}\n", flow(model)),
        Model::List(items, false) => {
            let items = items
                .iter()
                .map(|v| format!("{pad}# - no: item\n{pad}-{}", block(v, at + 2)));
            format!("\n{}", items.collect::<String>())
        }
        Model::Map(items, false) => {
            let entries = items.iter().enumerate();
            let entries = entries.map(|(n, v)| format!("{pad}key{n}:{}", block(v, at + 2)));
            format!("\n{}", entries.collect::<String>())
        }
    }
}

/// A document, with its line breaks, mark and end as chosen.
fn text(model: &Model, crlf: bool, mark: bool, unbroken: bool) -> String {
    let mut text = format!("# head\n---\nroot:{}", block(model, 0));
    if unbroken {
        text.truncate(text.trim_end().len());
    }
    if crlf {
        text = text.replace('\n', "\r\n");
    }
    if mark {
        format!("\u{feff}{text}")
    } else {
        text
    }
}

/// Routes to each scalar and each collection of the model.
fn routes(model: &Model, at: &Route, leaves: &mut Vec<Route>, maps: &mut Vec<Route>) {
    match model {
        Model::Text(..) => leaves.push(at.clone()),
        Model::List(items, _) => {
            for (n, item) in items.iter().enumerate() {
                routes(item, &at.index(n), leaves, maps);
            }
        }
        Model::Map(items, _) => {
            maps.push(at.clone());
            for (n, item) in items.iter().enumerate() {
                routes(item, &at.key(format!("key{n}")), leaves, maps);
            }
        }
    }
}

/// The value without what the steps lead to.
fn without(value: Value, steps: &[Step]) -> Value {
    let Some((first, rest)) = steps.split_first() else {
        return value;
    };
    let here = |found: bool, value: Value| match (found, rest.is_empty()) {
        (true, true) => None,
        (true, false) => Some(without(value, rest)),
        (false, _) => Some(value),
    };
    match value {
        Value::Mapping(entries) => {
            let entries = entries.into_iter().filter_map(|(key, value)| {
                let found = *first == Step::Key(key.as_text().unwrap().to_owned());
                here(found, value).map(|value| (key, value))
            });
            Value::Mapping(entries.collect())
        }
        Value::Sequence(items) => {
            let items = items.into_iter().enumerate();
            Value::Sequence(
                items
                    .filter_map(|(n, v)| here(*first == Step::Index(n), v))
                    .collect(),
            )
        }
        scalar => scalar,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn the_parse_is_the_model(m in model(), crlf: bool, mark: bool, unbroken: bool) {
        let text = text(&m, crlf, mark, unbroken);
        let tree = documents(&text).next().unwrap().parse().unwrap();
        prop_assert_eq!(tree.root_value(), Value::mapping([("root", value(&m))]));
    }

    #[test]
    fn no_operation_changes_no_byte(m in model(), crlf: bool, mark: bool, unbroken: bool) {
        let text = text(&m, crlf, mark, unbroken);
        let tree = documents(&text).next().unwrap().parse().unwrap();
        prop_assert_eq!(tree.edit(&[]).unwrap().text, text);
    }

    #[test]
    fn edits_change_their_spans_and_are_idempotent(
        m in model(), crlf: bool, mark: bool, unbroken: bool, pick: prop::sample::Index,
    ) {
        let before = text(&m, crlf, mark, unbroken);
        let (mut leaves, mut maps) = (Vec::new(), Vec::new());
        routes(&m, &Route::root().key("root"), &mut leaves, &mut maps);
        let at = pick.get(&leaves).clone();
        let tree = documents(&before).next().unwrap().parse().unwrap();
        let old = tree.span(tree.find(&at).unwrap().unwrap());
        let mut ops = vec![Op::set(at.clone(), "new text")];
        let edited = tree.edit(&ops).unwrap();
        // Only the scalar's bytes change.
        for indel in edited.edit.indels() {
            prop_assert!(old.start <= indel.delete.start && indel.delete.end <= old.end);
        }
        let after = edited.text.clone();
        let again = documents(&after).next().unwrap().parse().unwrap();
        prop_assert_eq!(again.text_at(&at).unwrap(), Some("new text"));
        prop_assert_eq!(again.edit(&ops).unwrap().text, after.clone());
        // The text's form survives insertions too.
        if !maps.is_empty() {
            let parent = pick.get(&maps).clone();
            ops.push(Op::insert_entry(parent, "extra", Value::string("yes")));
            let after = tree.edit(&ops).unwrap().text;
            prop_assert_eq!(after.ends_with('\n'), before.ends_with('\n'));
            prop_assert_eq!(after.starts_with('\u{feff}'), mark);
            prop_assert_eq!(after.matches('\n').count() == after.matches("\r\n").count(), crlf || !after.contains('\n'));
        }
        // A removal leaves the value without that entry, and nothing else changes.
        let after = tree.edit(&[Op::remove(at.clone())]).unwrap().text;
        let left = documents(&after).next().unwrap().parse().unwrap().root_value();
        prop_assert_eq!(left, without(tree.root_value(), at.steps()));
        // A missing final line break stays missing: what goes is the last line and
        // the break in front of it, which a blank line may stand before.
        let blank_above = before.strip_prefix(&after).is_some_and(|gone| gone.trim_start_matches('\r').starts_with('\n'));
        prop_assert!(after.ends_with('\n') == before.ends_with('\n') || blank_above);
    }

    /// Commented out in any way, an entry or item comes back as the text was.
    #[test]
    fn what_is_commented_out_comes_back(
        count in 2_usize..6, pick in 0_usize..6, hash in 0_usize..8, spaces in 0_usize..4,
        item: bool, crlf: bool, unbroken: bool, prose in "# [A-Z][a-z]{2,8} (key1|name): [a-z ]{3,9} [a-z]{3}",
    ) {
        let pick = pick % count;
        let lines = |n: usize| match item {
            true => vec![format!("- name: key{n}"), "  secret:".into(), format!("    of: s{n} # c")],
            false => vec![format!("key{n}: \"v{n}\" # c")],
        };
        let write = |commented: bool| {
            let mut text = "root:\n".to_owned();
            for n in 0..count {
                text += &format!("    {prose}\n");
                for line in lines(n) {
                    let (hash, spaces) = (" ".repeat(hash), " ".repeat(spaces));
                    text += &match commented && n == pick {
                        true => format!("{hash}#{spaces}{line}\n"),
                        false => format!("    {line}\n"),
                    };
                }
            }
            text += "next: 1\n";
            if unbroken {
                text.truncate(text.trim_end().len());
            }
            if crlf { text.replace('\n', "\r\n") } else { text }
        };
        let (before, wanted) = (write(true), write(false));
        let tree = documents(&before).next().unwrap().parse().unwrap();
        let name = format!("key{pick}");
        let wanted_entry = match item {
            true => Wanted::Item { field: "name".into(), value: name },
            false => Wanted::Entry(name),
        };
        let parent = Route::root().key("root");
        let edited = tree.edit(&[Op::uncomment(parent, wanted_entry)]).unwrap();
        prop_assert_eq!(edited.text, wanted);
    }

    #[test]
    fn texts_of_several_lines_are_read_back(
        m in model(), crlf: bool, mark: bool, unbroken: bool, pick: prop::sample::Index,
        new in "[a-z#:\"' \t\n|>-]{0,9}(\n[a-z #:-]{0,5}){0,3}\n{0,2}",
    ) {
        let before = text(&m, crlf, mark, unbroken);
        let (mut leaves, mut maps) = (Vec::new(), Vec::new());
        routes(&m, &Route::root().key("root"), &mut leaves, &mut maps);
        let at = pick.get(&leaves).clone();
        let tree = documents(&before).next().unwrap().parse().unwrap();
        let mut ops = vec![Op::set(at.clone(), new.clone())];
        let added = maps.is_empty().then(Route::root).unwrap_or_else(|| pick.get(&maps).clone());
        if !maps.is_empty() {
            ops.push(Op::insert_entry(added.clone(), "added", new.clone()));
        }
        let after = tree.edit(&ops).unwrap().text;
        let again = documents(&after).next().unwrap().parse().unwrap();
        prop_assert_eq!(again.text_at(&at).unwrap(), Some(new.as_str()));
        if !maps.is_empty() {
            prop_assert_eq!(again.text_at(&added.key("added")).unwrap(), Some(new.as_str()));
        }
        let set = [Op::set(at, new)];
        prop_assert_eq!(again.edit(&set).unwrap().text, after);
    }

    #[test]
    fn no_text_makes_it_panic(text in "[-a:#&*!|>'\"{}\\[\\],?% \n\r\t\u{feff}é0~<.]{0,60}") {
        for document in documents(&text) {
            if let Ok(tree) = document.parse() {
                for key in ["a", "", "a:"] {
                    let route = Route::root().key(key);
                    let _ = tree.edit(&[Op::set(route.clone(), "x")]);
                    let _ = tree.edit(&[Op::remove(route.clone())]);
                    let _ = tree.edit(&[Op::insert_entry(route, "b", Value::null())]);
                }
            }
        }
    }
}

#[test]
fn hostile_texts_end_in_an_error_or_a_result() {
    let deep = "[".repeat(100_000);
    let nested = (0..1000)
        .map(|n| format!("{}a:\n", " ".repeat(n)))
        .collect::<String>();
    let long = format!("a: {}\n", "x".repeat(4 << 20));
    let comments = "# - a\n".repeat(50_000);
    let aliases = "a: &a [x]\nb: [*a, *a]\n".to_owned();
    for text in [deep, nested, long, comments, aliases] {
        for document in documents(&text) {
            if let Ok(tree) = document.parse() {
                let _ = tree.edit(&[Op::set(Route::root().key("a"), "y")]);
            }
        }
    }
}
