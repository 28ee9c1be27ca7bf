//! The core's modules build on each other without a circle.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Each top-level module with those that it names.
type Uses = BTreeMap<String, BTreeSet<String>>;

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let paths = entries.map(|entry| entry.unwrap().path());
    let found = paths.flat_map(|path| match path.is_dir() {
        true => files(&path),
        false => vec![path],
    });
    found
        .filter(|path| path.extension().is_some_and(|e| e == "rs"))
        .collect()
}

/// The code, without comments and without the tests at its end.
fn code(text: &str) -> String {
    let code = text.split("#[cfg(test)]\nmod tests").next().unwrap();
    let lines = code.lines().map(|line| line.split("//").next().unwrap());
    lines.collect::<Vec<_>>().join("\n")
}

/// The names behind `prefix`: `crate::a::B`, `crate::{a::{B, C}, d}`.
fn names(code: &str, prefix: &str) -> Vec<String> {
    let word = |text: &str| -> String {
        let is_word = |c: &char| c.is_alphanumeric() || *c == '_';
        text.trim_start().chars().take_while(is_word).collect()
    };
    let mut found = Vec::new();
    for (at, _) in code.match_indices(prefix) {
        let behind = &code[at + prefix.len()..];
        let Some(list) = behind.strip_prefix('{') else {
            found.push(word(behind));
            continue;
        };
        let mut depth = 0;
        let mut start = 0;
        for (at, c) in list.char_indices() {
            match c {
                '{' => depth += 1,
                ',' if depth == 0 => {
                    found.push(word(&list[start..at]));
                    start = at + 1;
                }
                '}' if depth == 0 => {
                    found.push(word(&list[start..at]));
                    break;
                }
                '}' => depth -= 1,
                _ => {}
            }
        }
    }
    found
}

/// What `pub use` in lib.rs calls the items of the modules.
fn exported(lib: &str, modules: &BTreeSet<String>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for module in modules {
        for name in names(lib, &format!("pub use {module}::")) {
            found.insert(name, module.clone());
        }
    }
    found
}

fn uses() -> Uses {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let module_of = |path: &Path| {
        let relative = path.strip_prefix(&root).unwrap();
        let first = relative.iter().next().unwrap().to_str().unwrap();
        first.trim_end_matches(".rs").to_owned()
    };
    let files = files(&root);
    let mut modules: BTreeSet<String> = files.iter().map(|path| module_of(path)).collect();
    modules.remove("lib");
    let lib = code(&fs::read_to_string(root.join("lib.rs")).unwrap());
    let exported = exported(&lib, &modules);
    let mut uses: Uses = modules
        .iter()
        .map(|m| (m.clone(), BTreeSet::new()))
        .collect();
    for path in &files {
        let module = module_of(path);
        let Some(used) = uses.get_mut(&module) else {
            continue;
        };
        let code = code(&fs::read_to_string(path).unwrap());
        // From `a/b.rs` the crate is `super::super`.
        let relative = path.strip_prefix(&root).unwrap();
        let is_folder = path.file_stem().unwrap() == "mod";
        let depth = relative.components().count() - usize::from(is_folder);
        let above = names(&code, &"super::".repeat(depth));
        for name in names(&code, "crate::").into_iter().chain(above) {
            let name = exported.get(&name).unwrap_or(&name);
            if modules.contains(name) && *name != module {
                used.insert(name.clone());
            }
        }
    }
    uses
}

/// All modules that `module` builds on, however far down.
fn below<'u>(uses: &'u Uses, module: &str) -> BTreeSet<&'u str> {
    let mut found = BTreeSet::new();
    let mut open: Vec<&str> = uses[module].iter().map(String::as_str).collect();
    while let Some(next) = open.pop() {
        if found.insert(uses.get_key_value(next).unwrap().0.as_str()) {
            open.extend(uses[next].iter().map(String::as_str));
        }
    }
    found
}

/// The modules that build on themselves.
fn circle(uses: &Uses) -> Vec<&str> {
    let modules = uses.keys().map(String::as_str);
    modules
        .filter(|module| below(uses, module).contains(module))
        .collect()
}

#[test]
fn no_circle() {
    let uses = uses();
    assert!(uses.len() > 30, "{}", uses.len());
    assert!(
        uses["harden"].contains("inventory"),
        "the test reads imports"
    );
    assert_eq!(circle(&uses), Vec::<&str>::new());
}

#[test]
fn circles_are_seen() {
    let text = "use crate::{b::{C, D}, e};\nfn f(x: crate::g::H) {} // crate::z";
    let uses = names(&code(text), "crate::");
    assert_eq!(uses, ["b", "e", "g"]);
    let uses = [("a", "b"), ("b", "c"), ("c", "b"), ("d", "a")];
    let uses = uses.map(|(a, b)| (a.to_owned(), BTreeSet::from([b.to_owned()])));
    assert_eq!(circle(&Uses::from(uses)), ["b", "c"]);
}
