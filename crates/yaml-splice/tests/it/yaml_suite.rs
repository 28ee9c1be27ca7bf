//! The cases of the official YAML test suite, from the folder that
//! `CNX_HARDEN_YAML_SUITE` names.

use serde_yaml::Value as Data;

/// One case: a stream, and what it means.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// The file's name, and a number where it holds several: `DK95-1`.
    pub(crate) id: String,
    pub(crate) yaml: String,
    /// The events, one a line, without indentation.
    pub(crate) tree: Vec<String>,
    /// Whether the stream is not YAML.
    pub(crate) fail: bool,
}

/// All cases; none, with a note, if there is no suite.
pub(crate) fn cases() -> Vec<Case> {
    let Some(folder) = std::env::var_os("CNX_HARDEN_YAML_SUITE") else {
        eprintln!("CNX_HARDEN_YAML_SUITE is not set: the YAML test suite was not read");
        return Vec::new();
    };
    let mut paths: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| {
            path.extension()
                .is_some_and(|extension| extension == "yaml")
        })
        .collect();
    paths.sort();
    let all: Vec<_> = paths.iter().flat_map(|path| file(path)).collect();
    assert!(all.len() > 390, "{} cases", all.len());
    all
}

fn file(path: &std::path::Path) -> Vec<Case> {
    let text = std::fs::read_to_string(path).unwrap();
    let list: Vec<Data> = serde_yaml::from_str(&text).unwrap();
    let name = path.file_stem().unwrap().to_string_lossy();
    let mut tree = Vec::new();
    let mut cases = Vec::new();
    for (number, case) in list.iter().enumerate() {
        let field = |key: &str| case.get(key).and_then(Data::as_str);
        // A case without a tree has the one of the case in front of it.
        if let Some(events) = field("tree") {
            tree = events.lines().map(event).collect();
        }
        cases.push(Case {
            id: match list.len() {
                1 => name.to_string(),
                _ => format!("{name}-{number}"),
            },
            yaml: shown(field("yaml").unwrap()),
            tree: tree.clone(),
            fail: case.get("fail").is_some(),
        });
    }
    cases
}

/// An event without what tells documents with and without markers apart.
fn event(line: &str) -> String {
    let line = shown(line.trim_start());
    match line.as_str() {
        "+DOC ---" => "+DOC".to_owned(),
        "-DOC ..." => "-DOC".to_owned(),
        _ => line,
    }
}

/// The text with the suite's visible marks made into what they stand for.
fn shown(text: &str) -> String {
    let mut shown = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '␣' => shown.push(' '),
            '»' => shown.push('\t'),
            // Dashes fill the width of the tab behind them.
            '—' => {}
            '←' => shown.push('\r'),
            '⇔' => shown.push('\u{feff}'),
            '↵' => {}
            '∎' => {
                chars.next();
            }
            c => shown.push(c),
        }
    }
    shown
}
