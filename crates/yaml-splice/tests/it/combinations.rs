//! Operations in any combination on texts in any style: the edit is proved to mean
//! what its model says, or is refused for a reason that is not the proof's.

use proptest::prelude::*;
use yaml_splice::{ErrorKind, InsertAt, Op, Route, Step, Value, Wanted, documents};

/// Choices, made by bytes: what fails shrinks to few and small ones.
struct Choices<'b> {
    bytes: std::slice::Iter<'b, u8>,
}

impl Choices<'_> {
    fn of(&mut self, count: usize) -> usize {
        usize::from(self.bytes.next().copied().unwrap_or(0)) % count
    }

    fn pick<'s>(&mut self, from: &[&'s str]) -> &'s str {
        from[self.of(from.len())]
    }
}

/// A text with the routes to its nodes.
struct Text {
    text: String,
    /// That of the document that is edited.
    number: usize,
    routes: Vec<Route>,
    anchors: usize,
}

impl Text {
    fn trivia(&mut self, choices: &mut Choices<'_>, column: usize) {
        let pad = " ".repeat(column);
        let line = match choices.of(16) {
            0 => "\n".to_owned(),
            1 => format!("{pad}# remark\n"),
            2 => format!("{pad}    # deep\n"),
            3 => "# left\n".to_owned(),
            4 => format!("{pad}#c1: \"x\"\n"),
            5 => format!("{pad}# - name: i1\n{pad}#   v: |\n{pad}#     text\n"),
            6 => format!("{pad}     \n"),
            7 => format!("{pad}# c2:\n{pad}# - name: i1\n"),
            _ => String::new(),
        };
        self.text.push_str(&line);
    }

    fn flow(&mut self, choices: &mut Choices<'_>, at: &Route, depth: usize) -> String {
        self.routes.push(at.clone());
        match choices.of(if depth > 2 { 5 } else { 10 }) {
            0 => "x".to_owned(),
            1 => "'q'".to_owned(),
            2 => "\"d\"".to_owned(),
            3 => "null".to_owned(),
            4 => "12".to_owned(),
            5 => ["{}", "[]", "[ ]"][choices.of(3)].to_owned(),
            6 => {
                let a = self.flow(choices, &at.index(0), depth + 1);
                let b = self.flow(choices, &at.index(1), depth + 1);
                let comma = choices.pick(&[", ", ",", ",\n                 "]);
                let tail = choices.pick(&["", ",", " "]);
                format!("[{a}{comma}{b}{tail}]")
            }
            7 => {
                let a = self.flow(choices, &at.key("k0"), depth + 1);
                let b = self.flow(choices, &at.key("k1"), depth + 1);
                let tail = choices.pick(&["", ",", " "]);
                format!("{{k0: {a}, \"k1\": {b}{tail}}}")
            }
            8 => {
                let a = self.flow(choices, &at.key("k0"), depth + 1);
                let tail = choices.pick(&["", ",", " , "]);
                format!("{{k0: {a}{tail}}}")
            }
            _ => {
                let a = self.flow(choices, &at.index(0).key("k0"), depth + 2);
                self.routes.push(at.index(0));
                format!("[k0: {a}]")
            }
        }
    }

    /// What stands behind a colon or a dash in the column `at`.
    fn block(
        &mut self,
        choices: &mut Choices<'_>,
        route: &Route,
        column: usize,
        depth: usize,
        dash: bool,
    ) {
        self.routes.push(route.clone());
        let pad = " ".repeat(column + 2);
        match choices.of(14) {
            13 => {
                self.anchors += 1;
                let number = self.anchors;
                self.text.push_str(&format!(" &a{number}"));
            }
            12 => self.text.push_str(" !t"),
            _ => {}
        }
        let remark = choices.pick(&["", "", " # why"]);
        match choices.of(if depth > 3 { 10 } else { 18 }) {
            0 => self.text.push_str(&format!(" plain{remark}\n")),
            1 => self.text.push_str(&format!(" 'single'{remark}\n")),
            2 => self.text.push_str(&format!(" \"double\"{remark}\n")),
            3 => self.text.push_str(&format!("{remark}\n")),
            4 => self.text.push_str(&format!(" ~{remark}\n")),
            5 => {
                let quote = choices.pick(&["", "'", "\""]);
                let gap = choices.pick(&["\n", "\n\n", " \n"]);
                let line = format!(" {quote}two{gap}{pad}lines{quote}{remark}\n");
                self.text.push_str(&line);
            }
            6 | 7 => {
                let indicator = choices.pick(&["|", ">"]);
                let chomp = choices.pick(&["", "-", "+"]);
                self.text
                    .push_str(&format!(" {indicator}{chomp}{remark}\n"));
                for _ in 0..choices.of(3) {
                    self.text.push_str(&format!("{pad}text\n"));
                }
                for _ in 0..choices.of(3) {
                    self.text.push('\n');
                }
            }
            8 | 9 => {
                let value = self.flow(choices, route, 0);
                self.text.push_str(&format!(" {value}{remark}\n"));
            }
            10..=13 => {
                let compact = dash && choices.of(2) == 0;
                if !compact {
                    self.text.push_str(&format!("{remark}\n"));
                }
                let deeper = if dash { 0 } else { choices.of(2) * 2 };
                let column = column + 2 + deeper;
                self.mapping(choices, route, column, depth + 1, compact);
            }
            _ => {
                let compact = dash && choices.of(2) == 0;
                if !compact {
                    self.text.push_str(&format!("{remark}\n"));
                }
                let column = if dash {
                    column + 2
                } else {
                    column + choices.of(2) * 2
                };
                self.sequence(choices, route, column, depth + 1, compact);
            }
        }
    }

    fn mapping(
        &mut self,
        choices: &mut Choices<'_>,
        route: &Route,
        column: usize,
        depth: usize,
        compact: bool,
    ) {
        for number in 0..1 + choices.of(3) {
            if number == 0 && compact {
                self.text.push(' ');
            } else {
                self.trivia(choices, column);
                self.text.push_str(&" ".repeat(column));
            }
            let key = choices.pick(&["", "", "", "'", "\"", "? ", "&k "]);
            let gap = choices.pick(&["", "", " "]);
            match key {
                "? " => {
                    let pad = " ".repeat(column);
                    self.text.push_str(&format!("? k{number}\n{pad}:"));
                }
                "&k " => self.text.push_str(&format!("{key}k{number}{gap}:")),
                _ => self.text.push_str(&format!("{key}k{number}{key}{gap}:")),
            }
            self.block(
                choices,
                &route.key(format!("k{number}")),
                column,
                depth,
                false,
            );
        }
        self.trivia(choices, column);
    }

    fn sequence(
        &mut self,
        choices: &mut Choices<'_>,
        route: &Route,
        column: usize,
        depth: usize,
        compact: bool,
    ) {
        for number in 0..1 + choices.of(3) {
            if number == 0 && compact {
                self.text.push(' ');
            } else {
                self.trivia(choices, column);
                self.text.push_str(&" ".repeat(column));
            }
            self.text.push('-');
            self.block(choices, &route.index(number), column, depth, true);
        }
        self.trivia(choices, column);
    }

    fn new(choices: &mut Choices<'_>) -> Self {
        let mut text = Self {
            text: String::new(),
            number: 0,
            routes: vec![Route::root()],
            anchors: 0,
        };
        text.text
            .push_str(choices.pick(&["", "# head\n", "---\n", "# head\n--- # c\n", "\n"]));
        let root = choices.of(8);
        let mapping = root > 2;
        match root {
            0 => text.sequence(choices, &Route::root(), 0, 0, false),
            1 => {
                let flow = text.flow(choices, &Route::root(), 0);
                text.text.push_str(&format!("{flow}\n"));
            }
            2 => {}
            _ => text.mapping(choices, &Route::root(), 0, 0, false),
        }
        if text.anchors > 0 && choices.of(2) == 0 && mapping {
            let number = 1 + choices.of(text.anchors);
            text.text.push_str(&format!("z: *a{number}\n"));
        }
        match choices.of(6) {
            0 => text.text.push_str("---\nnext: 1\n"),
            1 => text.text.push_str("...\n"),
            2 => {
                text.text.pop();
            }
            _ => {}
        }
        text.text = match choices.of(6) {
            0 => text.text.replace('\n', "\r\n"),
            1 if text.number == 0 => text.text.replace('\n', "\r"),
            2 => format!("\u{feff}{}", text.text),
            _ => text.text,
        };
        text
    }
}

/// A text that needs care.
fn odd(choices: &mut Choices<'_>) -> String {
    let parts = [
        "x", " ", ":", ": ", " #", "-", "?", "[", "}", ",", "'", "\"", "\t", "\u{e9}", "\u{85}",
        "%", "...", "---", "\n", "|", "&", "*", "~", "0", "1.5", "\u{feff}", "\u{2028}", "\r",
        "\\", "\0", "<<", "2001-1-1",
    ];
    (0..choices.of(5)).map(|_| choices.pick(&parts)).collect()
}

fn value(choices: &mut Choices<'_>, depth: usize) -> Value {
    match choices.of(if depth > 2 { 10 } else { 14 }) {
        9 => Value::from(odd(choices)),
        8 => Value::raw(odd(choices)),
        0 => Value::from("new"),
        1 => Value::from(7),
        2 => Value::from(true),
        3 => Value::null(),
        4 => Value::from("one\ntwo\n"),
        5 => Value::from("one\n\n two"),
        6 => Value::from("yes"),
        7 => Value::from(""),
        10 => Value::Sequence(Vec::new()),
        11 => Value::mapping(Vec::<(String, Value)>::new()),
        12 => Value::from(vec![value(choices, depth + 1), value(choices, depth + 1)]),
        _ => Value::mapping([
            ("m", value(choices, depth + 1)),
            ("n", value(choices, depth + 1)),
        ]),
    }
}

fn place(choices: &mut Choices<'_>) -> InsertAt {
    let step = |choices: &mut Choices<'_>| match choices.of(2) {
        0 => Step::Key(format!("k{}", choices.of(3))),
        _ => Step::Index(choices.of(3)),
    };
    match choices.of(8) {
        0 => InsertAt::First,
        1 => InsertAt::Before(step(choices)),
        2 => InsertAt::After(step(choices)),
        3 => InsertAt::Index(choices.of(4)),
        _ => InsertAt::Last,
    }
}

fn op(choices: &mut Choices<'_>, routes: &[Route]) -> Op {
    let mut at = routes[choices.of(routes.len())].clone();
    if choices.of(12) == 0 {
        at = at.key("new");
    }
    let key = match choices.of(8) {
        7 => odd(choices),
        _ => format!("{}{}", choices.pick(&["n", "k", "c"]), choices.of(3)),
    };
    match choices.of(9) {
        0 | 1 => Op::set(at, value(choices, 0)),
        2 | 3 => Op::remove(at),
        4 => Op::insert_entry(at, key, value(choices, 0)).at_place(place(choices)),
        5 => Op::insert_item(at, value(choices, 0)).at_place(place(choices)),
        6 => Op::rename_key(at, key),
        7 => {
            let wanted = Wanted::Entry("c1".into());
            match choices.of(2) {
                0 => Op::uncomment(at, wanted),
                _ => Op::uncomment_as(at, wanted, value(choices, 3)),
            }
        }
        _ => {
            let wanted = match choices.of(2) {
                0 => Wanted::Item {
                    field: "name".into(),
                    value: "i1".into(),
                },
                _ => Wanted::Sequence("c2".into()),
            };
            Op::uncomment(at, wanted)
        }
    }
}

#[derive(Debug, Default)]
struct Counts {
    edited: usize,
    refused: usize,
    unread: usize,
    compared: usize,
}

/// Operations whose routes no other one moves mean the same one after another, as
/// another reader finds: the model is compared with nothing of its own.
fn same_one_by_one(
    text: &Text,
    ops: &[Op],
    together: &str,
    counts: &mut Counts,
) -> Result<(), TestCaseError> {
    let stays = |op: &Op| match op {
        Op::InsertEntry { .. } | Op::Set { .. } => true,
        Op::Remove { at } => matches!(at.steps().last(), Some(Step::Key(_))),
        Op::InsertItem { place, .. } => *place == InsertAt::Last,
        _ => false,
    };
    let twice = |op: &Op| ops.iter().filter(|other| *other == op).count() > 1;
    if ops.len() < 2 || !ops.iter().all(stays) || ops.iter().any(twice) {
        return Ok(());
    }
    let mut apart = text.text.clone();
    for op in ops {
        match yaml_splice::edit(&apart, text.number, std::slice::from_ref(op)) {
            Ok(next) => apart = next,
            // What one operation leaves may be nothing for the next one.
            Err(_) => return Ok(()),
        }
    }
    let value = |text: &str| -> Vec<Result<serde_yaml::Value, String>> {
        use serde::Deserialize;
        let text = text.trim_start_matches('\u{feff}');
        let documents = serde_yaml::Deserializer::from_str(text).take(4);
        let values = documents.map(serde_yaml::Value::deserialize);
        values
            .map(|value| value.map_err(|error| error.to_string()))
            .collect()
    };
    let (apart_value, together_value) = (value(&apart), value(together));
    if apart_value.iter().chain(&together_value).all(Result::is_ok) {
        counts.compared += 1;
        prop_assert_eq!(
            apart_value,
            together_value,
            "{:?}\n{:?}\n{}\n{}",
            ops,
            text.text,
            apart,
            together
        );
    }
    Ok(())
}

fn try_one(bytes: &[u8], counts: &mut Counts) -> Result<(), TestCaseError> {
    let mut choices = Choices {
        bytes: bytes.iter(),
    };
    let choices = &mut choices;
    let text = Text::new(choices);
    let Some(document) = documents(&text.text).nth(text.number) else {
        return Ok(());
    };
    // What looks like a remark may be text of a block scalar before it.
    let Ok(tree) = document.parse() else {
        counts.unread += 1;
        return Ok(());
    };
    let mut ops: Vec<Op> = Vec::new();
    for _ in 0..2 + choices.of(12) {
        let op = op(choices, &text.routes);
        // What is refused alone is refused among others: it would hide them.
        if tree.edit(std::slice::from_ref(&op)).is_ok() {
            ops.push(op);
        } else {
            counts.refused += 1;
            let error = tree.edit(std::slice::from_ref(&op)).unwrap_err();
            check(&error.kind, &text.text, &[op])?;
        }
    }
    match tree.edit(&ops) {
        Ok(edited) => {
            counts.edited += 1;
            same_one_by_one(&text, &ops, &edited.text, counts)?;
            let whole = text.text.ends_with(['\n', '\r']) == edited.text.ends_with(['\n', '\r']);
            prop_assert!(
                whole || edited.text.ends_with(['\n', '\r']),
                "{:?}\n{}",
                ops,
                text.text
            );
        }
        Err(error) => {
            counts.refused += 1;
            check(&error.kind, &text.text, &ops)?;
        }
    }
    Ok(())
}

fn check(kind: &ErrorKind, text: &str, ops: &[Op]) -> Result<(), TestCaseError> {
    let fault = matches!(kind, ErrorKind::Verification(_) | ErrorKind::Overlap(..));
    prop_assert!(!fault, "{kind}\n{ops:?}\n{text:?}\n{text}");
    Ok(())
}

/// How many cases are tried: `YAML_SPLICE_CASES`, for a longer search.
fn cases() -> u32 {
    let cases = std::env::var("YAML_SPLICE_CASES").ok();
    cases.map_or(1500, |cases| cases.parse().unwrap())
}

#[test]
fn operations_in_any_combination_are_proved_or_refused() {
    let config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::with_cases(cases())
    };
    let mut counts = Counts::default();
    let shared = std::cell::RefCell::new(&mut counts);
    let bytes = prop::collection::vec(any::<u8>(), 10..150);
    let result = proptest::test_runner::TestRunner::new(config)
        .run(&bytes, |bytes| try_one(&bytes, &mut shared.borrow_mut()));
    if let Err(error) = result {
        panic!("{error}");
    }
    println!("{counts:?}");
    assert!(counts.edited > 2 * counts.unread, "{counts:?}");
    assert!(40 * counts.compared > counts.edited, "{counts:?}");
}
