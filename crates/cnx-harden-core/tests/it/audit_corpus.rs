//! The audit of published manifests: after `apply` there is nothing left of the
//! channels that were asked for, and of what has no object of ours there is
//! nothing to be said.

use std::collections::BTreeMap;

use cnx_harden_core::audit::{AuditFinding, audit};
use cnx_harden_core::{Channel, Code, Hardening, Severity, Source, etcd, harden};

use crate::audit::options;
use crate::material;
use crate::published::published;

fn matters(found: &AuditFinding) -> bool {
    found.finding.severity <= Severity::Warning
}

/// One channel at a time, so that one that cannot be hardened hides no other.
#[test]
fn after_apply_nothing_is_left_of_the_channel() {
    let Some(published) = published() else { return };
    let mut failures = Vec::new();
    let mut clean: BTreeMap<Channel, usize> = BTreeMap::new();
    for file in &published {
        let all = material::hardening(&file.text);
        let one = [
            Hardening {
                api_server: all.api_server.clone(),
                ..Hardening::default()
            },
            Hardening {
                etcd: all.etcd.clone(),
                ..Hardening::default()
            },
            Hardening {
                typha: all.typha.clone(),
                ..Hardening::default()
            },
            Hardening {
                manager: all.manager.clone(),
                ..Hardening::default()
            },
        ];
        for (channel, hardening) in Channel::ALL.iter().zip(one) {
            if hardening == Hardening::default() {
                continue;
            }
            let mut options = options();
            options.channels = [*channel].into();
            let name = &file.name;
            let text = &file.text;
            let before = audit(&[Source { name, text }], &options);
            let Ok(run) = harden(&[Source { name, text }], &hardening) else {
                // Objects in other files, or a conflict; the latter is found.
                continue;
            };
            let text = &run.outputs[0].text;
            let after = audit(&[Source { name, text }], &options);
            // What is not YAML, for kubectl too, is no connection's and stays.
            let not_yaml =
                |f: &AuditFinding| f.finding.code == Code::NotYaml && f.channel.is_none();
            // An etcd is not edited, and its clients that are told by arguments are not.
            let etcd = |f: &AuditFinding| {
                let told = run
                    .report
                    .findings
                    .iter()
                    .any(|r| r.code == Code::EtcdWithoutTls);
                told && matches!(f.finding.code, Code::EtcdWithoutTls | Code::PlainEtcd)
            };
            // Open-source Calico's APIService was not asked for.
            let calico =
                |f: &AuditFinding| f.finding.code == Code::MissingCaBundle && f.channel.is_none();
            let left = after
                .findings
                .iter()
                .filter(|f| matters(f) && !not_yaml(f) && !etcd(f) && !calico(f));
            let left: Vec<_> = left.collect();
            if !left.is_empty() {
                let left: Vec<_> = left.iter().map(|f| f.finding.to_string()).collect();
                failures.push(format!("{channel}:\n{}", left.join("\n")));
            } else if before.findings.iter().any(matters) {
                *clean.entry(*channel).or_default() += 1;
            }
        }
    }
    assert!(
        failures.is_empty(),
        "{} of them:\n{}",
        failures.len(),
        failures.join("\n")
    );
    println!("{clean:?}");
    for (channel, least) in [(Channel::KubeApiserver, 60), (Channel::Etcd, 50)] {
        let found = clean.get(&channel).copied().unwrap_or_default();
        assert!(found >= least, "{channel}: {found}");
    }
}

/// What `apply` refuses, `check` has found.
#[test]
fn what_stops_apply_is_found() {
    let Some(published) = published() else { return };
    for file in &published {
        let sources = [Source {
            name: &file.name,
            text: &file.text,
        }];
        let mut hardening = material::hardening(&file.text);
        if let Some(etcd) = &mut hardening.etcd {
            etcd.missing_secret = etcd::MissingSecret::Assume;
        }
        let Err(error) = harden(&sources, &hardening) else {
            continue;
        };
        let found = audit(&sources, &options());
        for stop in error.findings {
            // Of what is in none of the files, the audit says nothing.
            if stop.code == Code::MissingObject {
                continue;
            }
            let same = |f: &&AuditFinding| f.finding.place.line == stop.place.line && matters(f);
            let same = found.findings.iter().find(same);
            assert!(same.is_some(), "not found: {stop}");
        }
    }
}

#[test]
fn of_what_has_no_object_of_ours_nothing_is_said() {
    let Some(published) = published() else { return };
    let mut count = 0;
    for file in &published {
        let columns = ["cnx_api_server", "etcd_secret", "typha"];
        // calicoctl and its like talk to etcd without any of the columns.
        let ours = columns.iter().any(|column| file.column(column) != "-");
        if ours || file.text.contains("ETCD_") {
            continue;
        }
        count += 1;
        let sources = [Source {
            name: &file.name,
            text: &file.text,
        }];
        let found = audit(&sources, &options()).findings;
        let errors: Vec<_> = found.iter().filter(|f| matters(f)).collect();
        assert!(errors.is_empty(), "{}", errors[0].finding);
    }
    assert!(count >= 1, "{count}");
}
