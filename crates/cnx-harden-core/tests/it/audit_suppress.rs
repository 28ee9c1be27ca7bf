//! Findings that are accepted: by a comment, by an option, by a baseline.

use cnx_harden_core::audit::{Allowance, Audit, AuditOptions, Suppression, audit};
use cnx_harden_core::{Channel, Code, Source};

fn service(line: &str) -> String {
    format!(
        "apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {{name: v1.a.b}}\n\
         spec:\n{line}"
    )
}

fn with(text: &str, options: &AuditOptions) -> Audit {
    let name = "a.yaml";
    audit(&[Source { name, text }], options)
}

fn codes(audit: &Audit) -> Vec<&'static str> {
    audit
        .findings
        .iter()
        .map(|f| f.finding.code.as_str())
        .collect()
}

#[test]
fn a_comment_on_the_line_or_above_it_accepts_a_finding() {
    for line in [
        "  insecureSkipTLSVerify: true # cnx-harden: allow insecure-skip-tls-verify -- a test\n",
        "  # cnx-harden: allow insecure-skip-tls-verify -- a test\n  insecureSkipTLSVerify: true\n",
        "  # cnx-harden: allow insecure-skip-tls-verify -- a test\n  # Words.\n  insecureSkipTLSVerify: true\n",
        "  #cnx-harden: allow plain-etcd,insecure-skip-tls-verify -- a test\n  insecureSkipTLSVerify: true\n",
    ] {
        let audit = with(&service(line), &AuditOptions::default());
        assert_eq!(audit.suppressed.len(), 1, "{line}");
        let suppressed = &audit.suppressed[0];
        assert_eq!(suppressed.by, Suppression::Comment);
        assert_eq!(suppressed.reason.as_deref(), Some("a test"));
        let others: &[&str] = match line.contains("plain-etcd") {
            true => &["unused-allowance"],
            false => &[],
        };
        assert_eq!(codes(&audit), others, "{line}");
    }
}

#[test]
fn a_comment_elsewhere_or_in_a_string_does_not() {
    for line in [
        "  insecureSkipTLSVerify: true\n  # cnx-harden: allow insecure-skip-tls-verify -- a test\n",
        "  # cnx-harden: allow insecure-skip-tls-verify -- a test\n  version: v1\n  insecureSkipTLSVerify: true\n",
        "  # not for cnx-harden: allow insecure-skip-tls-verify -- a test\n  insecureSkipTLSVerify: true\n",
        "  # cnx-harden: allow insecure-skip-tls-verify\n  insecureSkipTLSVerify: true\n",
        "  # cnx-harden: allow insecure-skip-tls-verify --\n  insecureSkipTLSVerify: true\n",
        "  # cnx-harden: ignore\n  insecureSkipTLSVerify: true\n",
    ] {
        let audit = with(&service(line), &AuditOptions::default());
        assert!(audit.suppressed.is_empty(), "{line}");
        assert!(
            codes(&audit).contains(&"insecure-skip-tls-verify"),
            "{line}"
        );
    }
}

#[test]
fn a_comment_above_a_commented_out_line_is_about_that() {
    let text = "kind: Secret\nmetadata: {name: cnx-apiserver-certs, namespace: kube-system}\ndata:\n  \
                # cnx-harden: allow missing-value -- comes from a vault\n  #apiserver.key:\n  \
                #apiserver.crt:\n";
    let audit = with(text, &AuditOptions::default());
    assert_eq!((codes(&audit), audit.suppressed.len()), (vec![], 1));
}

#[test]
fn an_allowance_accepts_a_code_everywhere_and_is_told_where_it_is_not_used() {
    let allow = |code| Allowance {
        code,
        reason: "why".to_owned(),
    };
    let options = AuditOptions {
        allowances: vec![allow(Code::InsecureSkipTlsVerify), allow(Code::PlainEtcd)],
        ..AuditOptions::default()
    };
    let audit = with(&service("  insecureSkipTLSVerify: true\n"), &options);
    assert!(audit.findings.is_empty());
    assert_eq!(audit.suppressed[0].by, Suppression::Allowance);
    assert_eq!(audit.suppressed[0].reason.as_deref(), Some("why"));
    assert_eq!(audit.unused_allowances, [Code::PlainEtcd]);
}

#[test]
fn a_baseline_accepts_what_was_there_and_nothing_more() {
    let one = service("  insecureSkipTLSVerify: true\n");
    let known = with(&one, &AuditOptions::default());
    let print = known.findings[0].fingerprint.clone();
    let options = AuditOptions {
        baseline: [(print, Some("known".to_owned())), ("gone".to_owned(), None)].into(),
        ..AuditOptions::default()
    };
    let two = format!(
        "# Moved.\n---\n{one}---\n{}",
        one.replace("v1.a.b", "v1.c.d")
    );
    let audit = with(&two, &options);
    assert_eq!(codes(&audit), ["insecure-skip-tls-verify"]);
    assert_eq!(
        audit.findings[0].finding.resource.as_ref().unwrap().name,
        "v1.c.d"
    );
    assert_eq!(audit.suppressed[0].by, Suppression::Baseline);
    assert_eq!(audit.suppressed[0].reason.as_deref(), Some("known"));
    assert_eq!(audit.stale, ["gone"]);
}

/// What was not looked for may still be there.
#[test]
fn comments_are_not_called_unused_where_only_some_is_looked_at() {
    let text = service("  # cnx-harden: allow plain-etcd -- a test\n  version: v1\n");
    let options = AuditOptions {
        channels: [Channel::Manager].into(),
        ..AuditOptions::default()
    };
    assert!(with(&text, &options).findings.is_empty());
    let text = text.replace("plain-etcd", "expired");
    assert!(with(&text, &AuditOptions::default()).findings.is_empty());
}

/// What is marked is the comment, up to its end.
#[test]
fn a_comment_that_is_not_used_is_marked_whole() {
    let comment = "# cnx-harden: allow plain-etcd -- a test";
    let text = service(&format!("  version: v1 {comment}  \n"));
    let audit = with(&text, &AuditOptions::default());
    let mut found = audit.findings.iter();
    let found = found.find(|found| found.finding.code == Code::UnusedAllowance);
    let span = found.unwrap().finding.place.span.unwrap();
    assert_eq!(&text[span.start..span.end], comment);
}

/// Those that a connection is about: others are not counted, whatever their names.
#[test]
fn objects_that_are_looked_at_are_counted() {
    let local = service("  group: a.b\n  version: v1\n");
    let others =
        "---\nkind: Service\nmetadata: {name: v1.a.b}\n---\nkind: ConfigMap\nmetadata: {name: a}\n";
    let count = |text: &str| with(text, &AuditOptions::default()).objects;
    assert_eq!(count(&local), 1);
    assert_eq!(count(&format!("{local}{others}")), 1);
    assert_eq!(count(others), 0);
}

#[test]
fn channels_select_what_is_looked_at() {
    let text = std::fs::read_to_string("../../manifests/upstream/cnx-etcd.yaml").unwrap();
    let channels = |channels: &[Channel]| {
        let options = AuditOptions {
            channels: channels.iter().copied().collect(),
            ..AuditOptions::default()
        };
        with(&text, &options)
    };
    let all = channels(&[]).findings.len();
    let parts = Channel::ALL.iter().map(|channel| channels(&[*channel]));
    let parts: usize = parts.map(|audit| audit.findings.len()).sum();
    assert_eq!(all, parts);
    let manager = channels(&[Channel::Manager]);
    assert!(
        manager
            .findings
            .iter()
            .all(|f| f.channel == Some(Channel::Manager))
    );
}
