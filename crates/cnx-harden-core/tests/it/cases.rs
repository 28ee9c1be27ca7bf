//! `tests/data/*/`: `before.yaml` (or `.json`) comes out as `after.yaml`, byte
//! for byte, and a second run changes nothing; or it is refused with the words
//! of `error.txt`.

use std::path::Path;

use crate::common::hardening;
use cnx_harden_core::{MissingSecret, Selectors, Source, harden};

#[test]
fn each_case_gives_its_text_or_its_error() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let update = std::env::var_os("UPDATE_ERRORS").is_some();
    let mut failures = Vec::new();
    let mut count = 0;
    for case in std::fs::read_dir(folder).unwrap() {
        let case = case.unwrap().path();
        count += 1;
        let read = |name: &str| std::fs::read_to_string(case.join(name)).ok();
        let either = |name: &str| read(&format!("{name}.yaml")).or(read(&format!("{name}.json")));
        let mut hardening = hardening();
        let channel = hardening.api_server.as_mut().unwrap();
        match read("options.txt").as_deref().map(str::trim) {
            None => {}
            Some("add-secret") => channel.missing_secret = MissingSecret::Add,
            Some("names") => {
                channel.selectors = Selectors {
                    secret: "my-secret".into(),
                    workload: "server".into(),
                    container: "server".into(),
                    volume: "certs".into(),
                    ..Selectors::default()
                }
            }
            Some(other) => panic!("{other}"),
        }
        let before = either("before").unwrap();
        let run = |text: &str| {
            let result = harden(
                &[Source {
                    name: "before.yaml",
                    text,
                }],
                &hardening,
            );
            result
                .map(|run| run.outputs[0].text.clone())
                .map_err(|error| error.to_string())
        };
        let got = run(&before);
        if let (true, Err(error)) = (update, &got) {
            std::fs::write(case.join("error.txt"), format!("{error}\n")).unwrap();
        }
        let wanted = match (either("after"), read("error.txt")) {
            (Some(after), None) => Ok(after),
            (None, Some(error)) => Err(error.trim_end().to_owned()),
            _ => panic!("{}: after.yaml or error.txt", case.display()),
        };
        if got != wanted {
            let (got, wanted) = (shown(&got), shown(&wanted));
            let diff = similar::TextDiff::from_lines(&wanted, &got);
            failures.push(format!("{}:\n{}", case.display(), diff.unified_diff()));
        } else if let Ok(after) = got {
            assert_eq!(run(&after), Ok(after), "{}: the second run", case.display());
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(count > 35, "{count}");
}

fn shown(result: &Result<String, String>) -> String {
    match result {
        Ok(text) => text.clone(),
        Err(error) => format!("ERROR {error}\n"),
    }
}
