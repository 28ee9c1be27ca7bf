//! `tests/audit/CODE/`: `bad.yaml` has findings, CODE among them, which are those
//! of `findings.txt`; `good.yaml` has none that matters; and `bad.yaml` after
//! `apply` has CODE no more, where `apply` puts it right.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use cnx_certs::{Policy, UnixTime};
use cnx_harden_core::audit::{Audit, AuditOptions, audit, rules};
use cnx_harden_core::{Code, Door, Severity, Source, harden};

use crate::material;

/// 2026-01-01, at which the test certificates are valid.
pub(crate) fn options() -> AuditOptions {
    let now = UnixTime::since_unix_epoch(Duration::from_secs(1_767_225_600));
    AuditOptions {
        certificates: Some(Policy::at(now)),
        fixes: true,
        ..AuditOptions::default()
    }
}

pub(crate) fn of(text: &str) -> Audit {
    let name = "bad.yaml";
    audit(&[Source { name, text }], &options())
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/audit")
}

fn cases() -> Vec<(Code, PathBuf)> {
    let entries = std::fs::read_dir(folder()).unwrap();
    let case = |path: PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (name.parse().unwrap(), path)
    };
    let mut cases: Vec<_> = entries.map(|entry| case(entry.unwrap().path())).collect();
    cases.sort_by(|(_, one), (_, other)| one.cmp(other));
    cases
}

fn codes(audit: &Audit) -> BTreeSet<Code> {
    audit.findings.iter().map(|f| f.finding.code).collect()
}

fn shown(audit: &Audit) -> String {
    let audit = audit.clone().worded(Door::Command);
    let lines = audit.findings.iter().map(|found| {
        let field = found.field.as_deref().unwrap_or("-");
        let fix = match (found.fixable, &found.fix) {
            (true, Some(_)) => "\n  apply: this very edit",
            (true, None) => "\n  apply: with the material",
            _ => "",
        };
        format!("{}\n  field: {field}{fix}\n", found.finding)
    });
    lines.collect()
}

#[test]
fn each_bad_manifest_has_its_findings() {
    let update = std::env::var_os("UPDATE_FINDINGS").is_some();
    let mut failures = Vec::new();
    for (code, case) in cases() {
        let text = std::fs::read_to_string(case.join("bad.yaml")).unwrap();
        let audit = of(&text);
        let got = shown(&audit);
        if update {
            std::fs::write(case.join("findings.txt"), &got).unwrap();
        }
        let wanted = std::fs::read_to_string(case.join("findings.txt")).unwrap_or_default();
        if !codes(&audit).contains(&code) {
            failures.push(format!("{code}: not among\n{got}"));
        } else if got != wanted {
            let diff = similar::TextDiff::from_lines(&wanted, &got);
            failures.push(format!("{code}:\n{}", diff.unified_diff()));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn findings_carry_what_they_name() {
    let details = |code: &str| {
        let text = std::fs::read_to_string(folder().join(code).join("bad.yaml")).unwrap();
        let mut found = of(&text).findings.into_iter();
        let found = found.find(|found| found.finding.code.as_str() == code);
        found.unwrap().finding.details
    };
    let variable = details("missing-variable");
    assert_eq!(
        variable.container.as_deref(),
        Some("calico-kube-controllers")
    );
    let names = details("name-mismatch");
    assert_eq!(names.key.as_deref(), Some("apiserver.crt"));
    assert_eq!(names.certificate.expected, ["api.kube-system.svc"]);
    assert_eq!(names.certificate.found[0], "cnx-api.kube-system.svc");
    let identity = details("identity-mismatch").certificate;
    assert_eq!(identity.expected, ["typha-client"]);
    assert!(identity.found.contains(&"typha-server".to_owned()));
}

#[test]
fn no_good_manifest_has_one_that_matters() {
    let mut failures = Vec::new();
    for (code, case) in cases() {
        let text = std::fs::read_to_string(case.join("good.yaml")).unwrap();
        let mut audit = of(&text);
        let matters = |f: &cnx_harden_core::audit::AuditFinding| {
            f.finding.severity <= Severity::Warning || f.finding.code == code
        };
        audit.findings.retain(matters);
        if !audit.findings.is_empty() {
            failures.push(format!("{code}:\n{}", shown(&audit)));
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

/// Those that `apply` puts right by editing what it is about; the APIService of
/// another API is not its business.
#[test]
fn what_apply_puts_right_is_gone_after_it() {
    let mut fixed = 0;
    for (code, case) in cases() {
        let text = std::fs::read_to_string(case.join("bad.yaml")).unwrap();
        let before = of(&text);
        let fixable = |f: &&cnx_harden_core::audit::AuditFinding| f.fixable;
        let wanted: BTreeSet<_> = before.findings.iter().filter(fixable).collect_codes();
        if wanted.is_empty() {
            continue;
        }
        let source = Source {
            name: "bad.yaml",
            text: &text,
        };
        // What stops `apply` is told by a finding that it does not put right.
        let Ok(run) = harden(&[source], &material::hardening(&text)) else {
            let stops = before.findings.iter().any(|f| !f.fixable);
            assert!(stops, "{code}: apply stops, and check does not say why");
            continue;
        };
        let after = of(&run.outputs[0].text);
        let left: BTreeSet<_> = after.findings.iter().filter(fixable).collect_codes();
        // A Secret that is in the cluster is none of the manifest's.
        let left: Vec<_> = left
            .into_iter()
            .filter(|c| *c != Code::MissingObject)
            .collect();
        assert!(left.is_empty(), "{code}: {}", shown(&after));
        fixed += usize::from(wanted.contains(&code));
    }
    assert!(fixed >= 14, "{fixed}");
}

trait CollectCodes {
    fn collect_codes(self) -> BTreeSet<Code>;
}

impl<'f, I: Iterator<Item = &'f cnx_harden_core::audit::AuditFinding>> CollectCodes for I {
    fn collect_codes(self) -> BTreeSet<Code> {
        self.map(|f| f.finding.code).collect()
    }
}

#[test]
fn every_rule_fires_and_has_its_page() {
    let mut fired = BTreeSet::new();
    for (_, case) in cases() {
        fired.extend(codes(&of(
            &std::fs::read_to_string(case.join("bad.yaml")).unwrap()
        )));
    }
    let there: BTreeSet<_> = cases().into_iter().map(|(code, _)| code).collect();
    for rule in rules() {
        let name = rule.codes[0];
        // What a caller's own connection lacks is in own.rs.
        if name != Code::UnmetRequirement {
            assert!(fired.contains(&name), "{name} never fires");
            assert!(there.contains(&name), "{name} has no case");
        }
        for part in [
            "## Cause",
            "## In the cluster",
            "## Remedy",
            "\nBefore:",
            "\nAfter:",
        ] {
            assert!(name.page().contains(part), "{name}: no {part}");
        }
    }
}

/// Each by itself, and all together, as when the folder is checked.
#[test]
fn nothing_that_matters_is_found_in_the_hardened_manifests() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../manifests/hardened");
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        files.push((path.display().to_string(), text));
    }
    assert!(files.len() >= 2);
    let all: Vec<_> = files
        .iter()
        .map(|(name, text)| Source { name, text })
        .collect();
    let runs = all.iter().map(std::slice::from_ref).chain([&all[..]]);
    for sources in runs {
        let mut audit = audit(sources, &options());
        audit
            .findings
            .retain(|f| f.finding.severity <= Severity::Warning);
        assert!(audit.findings.is_empty(), "{}", shown(&audit));
    }
}

/// The text with a fix made, as a reader of SARIF makes it.
fn applied(text: &str, fix: &yaml_splice::TextEdit) -> String {
    let mut after = text.to_owned();
    for indel in fix.indels().iter().rev() {
        after.replace_range(indel.delete.range(), &indel.insert);
    }
    after
}

/// A fix is a whole edit of the very text: with it made, its finding is gone, with all that
/// `apply` puts right on its connection, and nothing that was right is broken.
#[test]
fn each_fix_puts_its_finding_right() {
    let mut count = 0;
    for (_, case) in cases() {
        let text = std::fs::read_to_string(case.join("bad.yaml")).unwrap();
        for found in of(&text).findings {
            let Some(fix) = &found.fix else { continue };
            count += 1;
            let after = of(&applied(&text, fix));
            let before = codes(&of(&text));
            assert!(codes(&after).is_subset(&before), "{}", case.display());
            let mut left = after.findings.iter().filter(|left| left.fixable);
            let of_it = left.any(|left| found.fixable && left.channel == found.channel);
            assert!(!of_it, "{}: {}", case.display(), found.finding);
            let prints = after.findings.iter().map(|f| &f.fingerprint);
            let mut same = prints.filter(|print| **print == found.fingerprint);
            assert!(
                same.next().is_none(),
                "{}: {}",
                case.display(),
                found.finding
            );
        }
    }
    assert!(count >= 4, "{count}");
}

/// One edit of several breaks what works: a program that is told to use TLS before etcd
/// serves it, or to read files that nothing mounts.
#[test]
fn no_fix_is_a_part_of_what_is_needed() {
    let mut parts = BTreeSet::new();
    for code in [
        "plain-etcd",
        "missing-mount",
        "missing-volume",
        "missing-variable",
    ] {
        let text = std::fs::read_to_string(folder().join(code).join("bad.yaml")).unwrap();
        let audit = of(&text);
        for found in audit.findings.iter().filter(|found| found.fixable) {
            match &found.fix {
                Some(fix) => assert!(
                    !applied(&text, fix).contains("https://") || text.contains("https://"),
                    "{code}"
                ),
                None => drop(parts.insert(found.finding.code)),
            }
        }
    }
    assert!(parts.contains(&Code::PlainEtcd), "{parts:?}");
}

#[test]
fn findings_are_read_back_from_json() {
    for (_, case) in cases() {
        let text = std::fs::read_to_string(case.join("bad.yaml")).unwrap();
        for found in of(&text).worded(Door::Command).findings {
            let json = serde_json::to_string(&found.finding).unwrap();
            let read: cnx_harden_core::Finding = serde_json::from_str(&json).unwrap();
            assert_eq!(read.to_string(), found.finding.to_string());
            assert_eq!(serde_json::to_string(&read).unwrap(), json);
        }
    }
    let unknown = r#"{"code":"own","severity":"error","file":"a","line":1,"column":1,"message":"","help":""}"#;
    assert!(serde_json::from_str::<cnx_harden_core::Finding>(unknown).is_err());
}

#[test]
fn fingerprints_stay_where_lines_move() {
    for (_, case) in cases() {
        let text = std::fs::read_to_string(case.join("bad.yaml")).unwrap();
        let prints = |text: &str| -> Vec<String> {
            of(text)
                .findings
                .into_iter()
                .map(|f| f.fingerprint)
                .collect()
        };
        let moved = format!("# A line more.\n\n# And one.\n---\n{text}");
        assert_eq!(prints(&text), prints(&moved), "{}", case.display());
        let all = prints(&text);
        let different: BTreeSet<_> = all.iter().collect();
        assert_eq!(all.len(), different.len(), "{}", case.display());
    }
}

#[test]
fn certificates_are_judged_as_of_the_time_that_is_given() {
    let text = std::fs::read_to_string(folder().join("key-mismatch/good.yaml")).unwrap();
    let found = |year: u64, certificates: bool| {
        let seconds = (year - 1970) * 31_557_600 - 10 * 86_400;
        let now = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let options = AuditOptions {
            certificates: certificates.then(|| Policy::at(now)),
            ..AuditOptions::default()
        };
        let name = "good.yaml";
        let mut audit = audit(&[Source { name, text: &text }], &options);
        audit
            .findings
            .retain(|f| f.finding.severity <= Severity::Warning);
        codes(&audit)
            .iter()
            .map(|code| code.as_str())
            .collect::<Vec<_>>()
    };
    assert_eq!(found(2050, true), [] as [&str; 0]);
    assert_eq!(found(2124, true), ["expires-soon", "ca-expires-soon"]);
    assert_eq!(found(2125, true), ["expired", "ca-expired"]);
    assert_eq!(found(2125, false), [] as [&str; 0]);
}

/// An escape in a quoted scalar can spell any name: the prefilter lets it pass.
#[test]
fn names_in_escapes_are_read() {
    let text = r#"{"apiVersion": "apiregistration.k8s.io/v1", "\u006bind": "API\u0053ervice",
      "metadata": {"name": "v1.a.b"}, "spec": {"insecure\u0053kipTLSVerify": true}}"#;
    assert_eq!(codes(&of(text)), [Code::InsecureSkipTlsVerify].into());
}

/// Lists, and the lists of KRM functions.
#[test]
fn items_of_lists_are_looked_at() {
    for kind in ["List", "ResourceList"] {
        let text = format!(
            "kind: {kind}\nitems:\n- apiVersion: apiregistration.k8s.io/v1\n  kind: APIService\n  \
             metadata: {{name: v1.a.b}}\n  spec:\n    insecureSkipTLSVerify: true\n"
        );
        let audit = of(&text);
        assert_eq!(audit.findings[0].finding.place.line, 7);
        let field = audit.findings[0].field.as_deref();
        assert_eq!(field, Some("spec.insecureSkipTLSVerify"));
    }
}

/// A pod that talks to etcd, with these mounts and volumes.
fn client(mounts: &str, volumes: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: calico-kube-controllers}}\nspec:\n  \
         template:\n    spec:\n      containers:\n      - name: calico-kube-controllers\n        env:\n        \
         - {{name: ETCD_ENDPOINTS, value: https://10.0.0.1:2379}}\n{mounts}{volumes}"
    )
}

#[test]
fn what_is_mounted_is_told_of_mounts_that_are_there() {
    let told = |text: &str| {
        let found = of(text).findings;
        let volume = found
            .iter()
            .find(|f| f.finding.code == Code::MissingVolume)
            .unwrap();
        volume.finding.message.contains("is mounted")
    };
    let mount = "        volumeMounts:\n        - {mountPath: /calico-secrets, name: etcd-certs}\n";
    let commented = "      volumes:\n      # - name: etcd-certs\n      #   secret:\n      #     \
                     secretName: calico-etcd-secrets\n      - {name: tmp, emptyDir: {}}\n";
    let other = "        volumeMounts:\n        - {mountPath: /tmp, name: tmp}\n";
    for volumes in ["", commented] {
        assert!(!told(&client("", volumes)), "{volumes}");
        assert!(!told(&client(other, volumes)), "{volumes}");
        assert!(told(&client(mount, volumes)), "{volumes}");
    }
}

#[test]
fn nobody_reads_the_files_of_a_volume_that_is_commented_out() {
    let modes = |text: &str| codes(&of(text)).contains(&Code::SecretFileMode);
    let live =
        "      volumes:\n      - {name: etcd-certs, secret: {secretName: calico-etcd-secrets}}\n";
    assert!(modes(&client("", live)));
    let commented = "      volumes:\n      # - name: etcd-certs\n      #   secret:\n      #     \
                     secretName: calico-etcd-secrets\n      - {name: tmp, emptyDir: {}}\n";
    assert!(!modes(&client("", commented)));
}

/// `apply` is all or nothing: where it stops, it puts nothing right.
#[test]
fn what_apply_would_not_do_is_not_told_as_put_right() {
    let volumes = "      volumes:\n      - {name: etcd-certs, emptyDir: {}}\n";
    let audit = of(&client("", volumes));
    assert!(codes(&audit).contains(&Code::VolumeConflict));
    assert!(codes(&audit).contains(&Code::MissingVariable));
    assert!(
        audit.findings.iter().all(|f| !f.fixable),
        "{}",
        shown(&audit)
    );
    assert_eq!(audit.stopped, [cnx_harden_core::Channel::Etcd].into());
    let audit = of(&client("", ""));
    assert!(audit.findings.iter().any(|f| f.fixable) && audit.stopped.is_empty());
}

/// A value of a Secret is not shown, whatever is wrong with it; a placeholder is.
#[cfg(feature = "render")]
#[test]
fn values_of_secrets_are_not_shown() {
    use cnx_harden_core::render::{TextOptions, text};
    let shown = |value: &str| {
        let manifest = format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{name: cnx-apiserver-certs, namespace: \
             kube-system}}\ndata:\n  apiserver.key: {value}\n"
        );
        let source = Source {
            name: "-",
            text: &manifest,
        };
        let audit = audit(&[source], &AuditOptions::default());
        assert!(!audit.findings.is_empty());
        let options = TextOptions {
            width: 100,
            accepted: true,
            door: Door::Command,
        };
        text(&audit, &[source], &options)
    };
    assert!(!shown("hunter2 is no base64").contains("hunter2"));
    assert!(shown("<replace with the key>").contains("<replace with"));
}
