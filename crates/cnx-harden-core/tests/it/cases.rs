//! `tests/data/*/`: `before.yaml` (or `.json`) comes out as `after.yaml`, byte
//! for byte, and a second run changes nothing; or it is refused with the words
//! of `error.txt`. `options.txt` says for which channels, one option on a line;
//! without it the channel is that of the API server. `info.txt` has what is told
//! beside the result.

use std::path::Path;

use crate::common::{etcd, hardening};
use cnx_harden_core::etcd::{self, Endpoints};
use cnx_harden_core::{ApiServerNames, Door, EtcdNames, Hardening, MissingSecret, Source, harden};

/// Reads `options.txt`.
pub(crate) fn options(text: &str) -> Hardening {
    let mut hardening = Hardening::default();
    for line in text.lines() {
        let (option, value) = line.split_once(' ').unwrap_or((line, ""));
        match option {
            "api-server" => hardening.api_server = crate::common::hardening().api_server,
            "add-secret" => {
                hardening.api_server.as_mut().unwrap().missing_secret = MissingSecret::Add;
            }
            "names" => {
                hardening.api_server.as_mut().unwrap().names = ApiServerNames {
                    secret: "my-secret".into(),
                    deployment: "server".into(),
                    container: "server".into(),
                    volume: "certs".into(),
                    ..ApiServerNames::default()
                };
            }
            "etcd" => hardening.etcd = Some(etcd()),
            "assume-secret" => {
                hardening.etcd.as_mut().unwrap().missing_secret = etcd::MissingSecret::Assume;
            }
            "etcd-endpoints" => {
                let endpoints = Endpoints::parse(value).unwrap();
                hardening.etcd.as_mut().unwrap().endpoints = Some(endpoints);
            }
            "etcd-names" => {
                hardening.etcd.as_mut().unwrap().names = EtcdNames {
                    secret: "my-etcd".into(),
                    config_maps: vec!["my-config".into()],
                    volume: "my-certs".into(),
                    mount_path: "/etc/etcd-certs/".into(),
                };
            }
            other => panic!("{other}"),
        }
    }
    hardening
}

#[test]
fn each_case_gives_its_text_or_its_error() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data");
    let update = std::env::var_os("UPDATE_CASES").is_some();
    let mut failures = Vec::new();
    let mut count = 0;
    for case in std::fs::read_dir(folder).unwrap() {
        let case = case.unwrap().path();
        count += 1;
        let read = |name: &str| std::fs::read_to_string(case.join(name)).ok();
        let either = |name: &str| read(&format!("{name}.yaml")).or(read(&format!("{name}.json")));
        let hardening = read("options.txt").map_or_else(hardening, |text| options(&text));
        let before = either("before").unwrap();
        let run = |text: &str| {
            let source = Source {
                name: "before.yaml",
                text,
            };
            match harden(&[source], &hardening) {
                Ok(run) => {
                    let report = run.report.clone().worded(Door::Command);
                    let infos = report.findings.iter().map(|info| format!("{info}\n"));
                    Ok((run.outputs[0].text.clone(), infos.collect::<String>()))
                }
                Err(error) => Err(error.worded(Door::Command).to_string()),
            }
        };
        let got = run(&before);
        if update {
            let write = |name: &str, text: &str| std::fs::write(case.join(name), text).unwrap();
            match &got {
                Err(error) => write("error.txt", &format!("{error}\n")),
                Ok((text, infos)) => {
                    write("after.yaml", text);
                    if !infos.is_empty() {
                        write("info.txt", infos);
                    }
                }
            }
        }
        let wanted = match (either("after"), read("error.txt")) {
            (Some(after), None) => Ok((after, read("info.txt").unwrap_or_default())),
            (None, Some(error)) => Err(error.trim_end().to_owned()),
            _ => panic!("{}: after.yaml or error.txt", case.display()),
        };
        if got != wanted {
            let (got, wanted) = (shown(&got), shown(&wanted));
            let diff = similar::TextDiff::from_lines(&wanted, &got);
            failures.push(format!("{}:\n{}", case.display(), diff.unified_diff()));
        } else if let Ok((after, infos)) = got {
            let (again, told) = run(&after).unwrap();
            assert_eq!(again, after, "{}: the second run", case.display());
            let lines = |text: &str| text.lines().count();
            // The order of a change is told when there is one.
            let roll_out = 2 * infos.matches("[etcd-roll-out]").count();
            assert_eq!(lines(&told) + roll_out, lines(&infos), "{}", case.display());
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(count > 70, "{count}");
}

fn shown(result: &Result<(String, String), String>) -> String {
    match result {
        Ok((text, infos)) => format!("{text}{infos}"),
        Err(error) => format!("ERROR {error}\n"),
    }
}
