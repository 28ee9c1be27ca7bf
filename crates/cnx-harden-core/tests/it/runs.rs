//! `tests/runs/*/`: each `NAME.before.yaml` (or `.json`) of one run comes out as
//! `NAME.after.yaml`, byte for byte, and a second run changes nothing; or the run
//! is refused with the words of `error.txt`. `options.txt` says what is asked
//! for, one thing on a line, and `told.txt` what is told beside the result.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use crate::common::{etcd, hardening, manager, serving, typha};
use cnx_harden_core::aggregated::{IssuerRef, Profile, Strategy, Trust};
use cnx_harden_core::manager::MissingSecret;
use cnx_harden_core::typha::{AcceptedIdentity, ClientIdentity, PeerName, ServerIdentity};
use cnx_harden_core::{
    ApiService, Certificate, CertificateChecks, Code, Door, Hardening, Report, Source, UnixTime,
    harden,
};

pub(crate) fn options(text: &str) -> Hardening {
    let mut all = Hardening::default();
    let mut names: BTreeMap<&str, PeerName> = BTreeMap::new();
    for line in text.lines() {
        let (option, value) = line.split_once(' ').unwrap_or((line, ""));
        match option {
            "api-server" => all.api_server = hardening().api_server,
            "etcd" => all.etcd = Some(etcd()),
            "typha" => all.typha = Some(typha()),
            "manager" => all.manager = Some(manager()),
            "api-service" => {
                let asked = ApiService::new(value, Trust::Own(serving()));
                all.api_services.get_or_insert_default().asked.push(asked);
            }
            "issued" => {
                let issuer = IssuerRef {
                    name: "cluster-ca".into(),
                    kind: Some("ClusterIssuer".into()),
                    group: None,
                };
                let asked = ApiService::new(value, Trust::CertManager(issuer));
                all.api_services.get_or_insert_default().asked.push(asked);
            }
            "profile" => {
                let words: Vec<_> = value.split(' ').map(str::to_owned).collect();
                let [group, folder, certificate, key] = words.try_into().unwrap();
                let profiles = &mut all.api_services.get_or_insert_default().profiles;
                profiles.push(Profile {
                    group,
                    namespace: None,
                    strategy: Strategy::FixedPath,
                    folder,
                    certificate,
                    key,
                    secret: None,
                    volume: None,
                });
            }
            "strategy" | "workload" | "container" | "secret" | "volume" | "mount-path" => {
                let asked = all.api_services.as_mut().unwrap().asked.last_mut().unwrap();
                let names = &mut asked.names;
                match option {
                    "strategy" if value == "cert-dir" => asked.strategy = Some(Strategy::CertDir),
                    "strategy" => asked.strategy = Some(Strategy::Flags),
                    "workload" => names.workload = value.into(),
                    "container" => names.container = value.into(),
                    "secret" => names.secret = value.into(),
                    "volume" => names.volume = value.into(),
                    _ => names.mount_path = value.into(),
                }
            }
            "rollout-annotation" => all.rollout_annotation = true,
            "client-cn" | "client-uri" | "server-cn" | "server-uri" => {
                names.insert(option, PeerName::new(value).unwrap());
            }
            "typha-names" => {
                let names = &mut all.typha.as_mut().unwrap().names;
                names.deployment = "my-typha".into();
                names.container = "main".into();
                names.daemon_sets = vec!["my-node".into()];
                names.node_container = "main".into();
                names.ca_config_map = "my-ca".into();
                names.server_secret = "my-server".into();
                names.client_secret = "my-client".into();
            }
            "host" => all.manager.as_mut().unwrap().hosts.push(value.into()),
            "apart" => all.manager.as_mut().unwrap().missing_secret = MissingSecret::Apart,
            "other-certificate" => {
                let other = || Certificate::new("ANOTHER CERTIFICATE");
                all.typha.iter_mut().for_each(|typha| {
                    typha.server.certificate = other();
                    typha.client.certificate = other();
                });
                all.manager
                    .iter_mut()
                    .for_each(|manager| manager.certificate = other());
            }
            other => panic!("{other}"),
        }
    }
    if let Some(typha) = &mut all.typha {
        let of = |side: &str| {
            let name = |kind: &str| names.get(format!("{side}-{kind}").as_str()).cloned();
            AcceptedIdentity::of(name("cn"), name("uri"))
        };
        typha.client.identity = of("client").map(ClientIdentity);
        typha.server.identity = of("server").map(ServerIdentity);
    }
    all
}

/// What is told of a run, beside its edits.
fn told(report: &Report) -> String {
    let report = report.clone().worded(Door::Command);
    let findings = report.findings.iter().map(|finding| format!("{finding}\n"));
    let peers = report.peers.iter().map(|peers| format!("{peers:?}\n"));
    let restarts = report.restarts.iter().map(|restart| format!("{restart}\n"));
    findings.chain(peers).chain(restarts).collect()
}

type Texts = BTreeMap<String, String>;

/// The texts whose file names have `.{state}.` in them, by the names without it.
fn texts(case: &Path, state: &str) -> Texts {
    let files = fs::read_dir(case).unwrap().map(|file| file.unwrap().path());
    let files = files.filter_map(|path| {
        let name = path.file_name()?.to_str()?;
        let (stem, ending) = name.split_once(&format!(".{state}."))?;
        let text = fs::read_to_string(&path).unwrap();
        Some((format!("{stem}.{ending}"), text))
    });
    files.collect()
}

#[test]
fn each_run_gives_its_texts_or_its_error() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runs");
    let update = std::env::var_os("UPDATE_CASES").is_some();
    let mut failures = Vec::new();
    let mut count = 0;
    for case in fs::read_dir(folder).unwrap() {
        let case = case.unwrap().path();
        count += 1;
        let read = |name: &str| fs::read_to_string(case.join(name)).unwrap_or_default();
        let hardening = options(&read("options.txt"));
        let run = |texts: &Texts| {
            let sources = texts.iter().map(|(name, text)| Source { name, text });
            let run = harden(&sources.collect::<Vec<_>>(), &hardening);
            let run = run.map_err(|error| error.worded(Door::Command).to_string());
            run.map(|run| {
                let texts = run.outputs.iter().map(|o| (o.name.clone(), o.text.clone()));
                (texts.collect::<Texts>(), told(&run.report))
            })
        };
        let before = texts(&case, "before");
        assert!(!before.is_empty(), "{}", case.display());
        let got = run(&before);
        if update {
            match &got {
                Err(error) => fs::write(case.join("error.txt"), format!("{error}\n")).unwrap(),
                Ok((after, told)) => {
                    for (name, text) in after {
                        let (stem, ending) = name.rsplit_once('.').unwrap();
                        fs::write(case.join(format!("{stem}.after.{ending}")), text).unwrap();
                    }
                    if !told.is_empty() {
                        fs::write(case.join("told.txt"), told).unwrap();
                    }
                }
            }
        }
        let wanted = match (texts(&case, "after"), read("error.txt")) {
            (after, error) if error.is_empty() => Ok((after, read("told.txt"))),
            (after, error) if after.is_empty() => Err(error.trim_end().to_owned()),
            _ => panic!("{}: after texts, or error.txt", case.display()),
        };
        if got != wanted {
            let (got, wanted) = (shown(&got), shown(&wanted));
            let diff = similar::TextDiff::from_lines(&wanted, &got);
            failures.push(format!("{}:\n{}", case.display(), diff.unified_diff()));
        } else if let Ok((after, _)) = got {
            let again = run(&after).map(|(texts, _)| texts);
            assert_eq!(again, Ok(after), "{}: the second run", case.display());
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(count > 40, "{count}");
}

fn shown(result: &Result<(Texts, String), String>) -> String {
    match result {
        Ok((texts, told)) => {
            let texts = texts.iter().map(|(name, text)| format!("{name}:\n{text}"));
            texts.collect::<String>() + told
        }
        Err(error) => format!("ERROR {error}\n"),
    }
}

/// The texts of a run are one stream too; what cannot be joined has its place.
#[test]
fn the_texts_of_a_run_make_one_stream() {
    let run = |texts: [&str; 2]| {
        let [one, two] = texts;
        let sources = [("a.yaml", one), ("b.yaml", two)];
        let sources = sources.map(|(name, text)| Source { name, text });
        harden(&sources, &Hardening::default()).unwrap().joined()
    };
    let joined = run(["a: 1\n", "---\nb: 2"]).unwrap();
    assert_eq!(joined.as_str(), "a: 1\n---\nb: 2");
    let error = run(["a: 1\n", "\u{feff}\u{feff}b: 2\n"])
        .unwrap_err()
        .to_string();
    assert!(error.starts_with("b.yaml:"), "{error}");
}

/// With the checks on, material that is no certificate is refused, of each connection.
#[test]
fn the_material_of_each_connection_is_checked() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runs");
    for (case, parts) in [
        ("api-service-as-published", 3),
        ("etcd-beside-its-client", 3),
        ("typha-as-published", 6),
        ("manager-as-published", 2),
    ] {
        let case = folder.join(case);
        let mut hardening = options(&fs::read_to_string(case.join("options.txt")).unwrap());
        hardening.certificate_checks = Some(CertificateChecks::at(UnixTime::now()));
        let texts = texts(&case, "before");
        let sources = texts.iter().map(|(name, text)| Source { name, text });
        let error = harden(&sources.collect::<Vec<_>>(), &hardening).unwrap_err();
        let wanted = Code::Certificate(cnx_certs::Code::NotPem);
        let found = error.findings.iter().filter(|found| found.code == wanted);
        assert_eq!(found.count(), parts, "{}: {error}", case.display());
    }
}

/// A certificate of another server is to be made for the files that the APIService, its
/// Service and its server are in.
#[test]
fn help_names_the_files_of_a_server() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runs/api-service-in-three-files");
    let mut hardening = options(&fs::read_to_string(case.join("options.txt")).unwrap());
    hardening.certificate_checks = Some(CertificateChecks::at(UnixTime::now()));
    for asked in hardening
        .api_services
        .iter_mut()
        .flat_map(|all| &mut all.asked)
    {
        asked.trust = Trust::Own(crate::material::serving(&["other.svc".to_owned()]));
    }
    let texts = texts(&case, "before");
    let sources = texts.iter().map(|(name, text)| Source { name, text });
    let error = harden(&sources.collect::<Vec<_>>(), &hardening).unwrap_err();
    let wanted = format!(
        "certs generate --pki pki --force --for {}",
        texts.keys().cloned().collect::<Vec<_>>().join(" ")
    );
    let error = error.worded(Door::Command).to_string();
    assert!(error.contains(&wanted), "{error}");
}

/// The edits of all runs, each once, as a report names them.
#[test]
fn edits_are_named() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/runs");
    let mut named = BTreeSet::new();
    for case in fs::read_dir(folder).unwrap() {
        let case = case.unwrap().path();
        let hardening = options(&fs::read_to_string(case.join("options.txt")).unwrap());
        let texts = texts(&case, "before");
        let sources = texts.iter().map(|(name, text)| Source { name, text });
        let run = harden(&sources.collect::<Vec<_>>(), &hardening);
        for edit in run
            .iter()
            .flat_map(|run| &run.report.files)
            .flat_map(|file| &file.edits)
        {
            let part = edit.part.as_deref().unwrap_or("-");
            named.insert(format!("{}: {}: {part}", edit.channel, edit.edit.title()));
        }
    }
    insta::assert_snapshot!(named.into_iter().collect::<Vec<_>>().join("\n"));
}
