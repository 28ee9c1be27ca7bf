//! Manifests of today with aggregated API servers, each hardened: exactly the named lines
//! change, whatever ends them, and the second run changes nothing.

use std::path::Path;

use similar::{ChangeTag, TextDiff};

use crate::common::{b64, serving};
use cnx_harden_core::aggregated::{IssuerRef, Trust};
use cnx_harden_core::{ApiService, ApiServices, EditOutcome, Hardening, Source, harden};

/// A published manifest, its APIServices, and the lines that the hardening adds before
/// the Secret, as a text without indentation.
struct Today {
    file: &'static str,
    api_services: &'static [&'static str],
    secret: &'static str,
    added: &'static str,
}

const METRICS: &str = "v1beta1.metrics.k8s.io";

/// What flags, a mount and a volume are, in the style of most manifests.
const FLAGS: &str = "\
- --tls-cert-file=/etc/serving-certs/tls.crt
- --tls-private-key-file=/etc/serving-certs/tls.key
- mountPath: /etc/serving-certs
name: serving-certs
readOnly: true
- name: serving-certs
secret:
";

const TODAY: [Today; 6] = [
    Today {
        file: "metrics-server-components.yaml",
        api_services: &[METRICS],
        secret: "metrics-server-tls",
        added: FLAGS,
    },
    Today {
        file: "prometheus-adapter.yaml",
        api_services: &[METRICS],
        secret: "prometheus-adapter-tls",
        added: FLAGS,
    },
    Today {
        file: "kube-prometheus-adapter.yaml",
        api_services: &[METRICS],
        secret: "prometheus-adapter-tls",
        added: FLAGS,
    },
    Today {
        file: "custom-metrics-apiserver-testing-adapter.yaml",
        api_services: &[
            "v1beta1.custom.metrics.k8s.io",
            "v1beta2.custom.metrics.k8s.io",
            "v1beta1.external.metrics.k8s.io",
        ],
        secret: "custom-metrics-apiserver-tls",
        added: FLAGS,
    },
    Today {
        file: "sample-apiserver.yaml",
        api_services: &["v1alpha1.wardle.example.com"],
        secret: "api-tls",
        added: "\
args: [ \"--etcd-servers=http://localhost:2379\", --tls-cert-file=/etc/serving-certs/tls.crt, --tls-private-key-file=/etc/serving-certs/tls.key ]
volumeMounts:
- mountPath: /etc/serving-certs
name: serving-certs
readOnly: true
volumes:
- name: serving-certs
secret:
",
    },
    Today {
        file: "calico-apiserver.yaml",
        api_services: &["v3.projectcalico.org"],
        secret: "calico-apiserver-certs",
        added: "",
    },
];

fn hardening(names: &[&str], trust: &Trust) -> Hardening {
    let asked = names
        .iter()
        .map(|name| ApiService::new(*name, trust.clone()));
    Hardening {
        api_services: Some(ApiServices {
            asked: asked.collect(),
            profiles: Vec::new(),
        }),
        ..Hardening::default()
    }
}

/// The lines of a diff, without indentation: those that go, and those that come.
fn changes(before: &str, after: &str) -> (Vec<String>, Vec<String>) {
    let diff = TextDiff::from_lines(before, after);
    let lines = |tag| {
        let changes = diff
            .iter_all_changes()
            .filter(move |change| change.tag() == tag);
        changes
            .map(|change| change.value().trim().to_owned())
            .collect()
    };
    (lines(ChangeTag::Delete), lines(ChangeTag::Insert))
}

fn today(file: &str) -> Option<String> {
    let Some(folder) = std::env::var_os("CNX_HARDEN_TODAY") else {
        eprintln!("CNX_HARDEN_TODAY is not set: no manifest of today was hardened");
        return None;
    };
    Some(std::fs::read_to_string(Path::new(&folder).join(file)).unwrap())
}

/// The hardened text, in which a second run changes nothing.
fn hardened_twice(name: &str, text: &str, hardening: &Hardening) -> String {
    let run = |text| {
        let run = harden(&[Source { name, text }], hardening);
        run.unwrap_or_else(|error| panic!("{name}: {error}"))
    };
    let after = run(text).outputs[0].text.clone();
    let again = run(&after);
    assert_eq!(again.outputs[0].text, after, "{name}: the second run");
    assert_eq!(again.report.count(EditOutcome::Changed), 0, "{name}");
    after
}

#[test]
fn exactly_the_named_lines_change_in_the_manifests_of_today() {
    for case in TODAY {
        let Some(before) = today(case.file) else {
            return;
        };
        let hardening = hardening(case.api_services, &Trust::Own(serving()));
        for text in [before.clone(), before.replace('\n', "\r\n")] {
            let after = &hardened_twice(case.file, &text, &hardening);
            if text.contains('\r') {
                assert!(after.lines().count() > text.lines().count());
                assert!(!after.replace("\r\n", "").contains('\n'), "{}", case.file);
                continue;
            }
            let (gone, mut come) = changes(&text, after);
            let insecure = |line: &&String| *line == "insecureSkipTLSVerify: true";
            let others: Vec<_> = gone.iter().filter(|line| !insecure(line)).collect();
            match case.file {
                "sample-apiserver.yaml" => assert_eq!(others.len(), 1, "{others:?}"),
                _ => assert_eq!(others, Vec::<&String>::new(), "{}", case.file),
            }
            let bundle = format!("caBundle: {}", b64("TEST SERVING CA"));
            let bundles = come.iter().filter(|line| **line == bundle).count();
            assert_eq!(bundles, case.api_services.len(), "{}", case.file);
            come.retain(|line| *line != bundle && !line.is_empty());
            let (keys, kind) = match case.file {
                "calico-apiserver.yaml" => (["apiserver.crt", "apiserver.key"], "Opaque"),
                _ => (["tls.crt", "tls.key"], "kubernetes.io/tls"),
            };
            // The Secret, wherever it stands, with one mark between the documents.
            let head = [
                "apiVersion: v1",
                "kind: Secret",
                &format!("type: {kind}"),
                "metadata:",
            ];
            let secret = come.windows(4).position(|lines| lines == head);
            let secret = secret.unwrap_or_else(|| panic!("{}: {come:?}", case.file));
            let secret: Vec<_> = come.drain(secret..secret + 9).collect();
            assert_eq!(secret[4], format!("name: {}", case.secret));
            let values = [
                "data:".to_owned(),
                format!("{}: {}", keys[0], b64("TEST SERVING CERTIFICATE")),
                format!("{}: {}", keys[1], b64("TEST SERVING KEY")),
            ];
            assert_eq!(secret[6..], values, "{}", case.file);
            let marks = come.iter().filter(|line| *line == "---").count();
            assert_eq!(marks, 1, "{}", case.file);
            come.retain(|line| line != "---");
            let secret_name = match case.added {
                "" => String::new(),
                _ => format!("secretName: {}\n", case.secret),
            };
            let come: String = come.iter().map(|line| format!("{line}\n")).collect();
            assert_eq!(
                come,
                format!("{}{secret_name}", case.added),
                "{}",
                case.file
            );
        }
    }
}

/// Without material: what comes is the way for cert-manager's, and no value.
#[test]
fn cert_manager_leaves_no_value_in_the_manifests_of_today() {
    let issuer = IssuerRef {
        name: "cluster-ca".into(),
        kind: Some("ClusterIssuer".into()),
        group: None,
    };
    for case in TODAY {
        let Some(before) = today(case.file) else {
            return;
        };
        let hardening = hardening(case.api_services, &Trust::CertManager(issuer.clone()));
        let after = &hardened_twice(case.file, &before, &hardening);
        let (_, come) = changes(&before, after);
        let come = come.join("\n");
        assert!(
            !come.contains("caBundle") && !come.contains("kind: Secret"),
            "{come}"
        );
        assert_eq!(come.matches("kind: Certificate").count(), 1, "{come}");
        let injected = come.matches("cert-manager.io/inject-ca-from: ").count();
        assert_eq!(injected, case.api_services.len(), "{come}");
        assert!(!after.contains("insecureSkipTLSVerify: true"), "{after}");
    }
}

#[test]
fn nothing_changes_whose_api_service_was_not_asked_for() {
    for case in TODAY {
        let Some(before) = today(case.file) else {
            return;
        };
        let hardening = hardening(&["v1.example.com"], &Trust::Own(serving()));
        let source = [Source {
            name: case.file,
            text: &before,
        }];
        let run = harden(&source, &hardening).unwrap();
        assert_eq!(run.outputs[0].text, before);
        assert!(run.report.findings[0].message.contains("not in the input"));
    }
}
