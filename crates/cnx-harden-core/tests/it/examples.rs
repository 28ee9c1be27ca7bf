//! The examples do what they say.

#![allow(
    clippy::duplicate_mod,
    reason = "one example takes its manifest from another"
)]

#[path = "../../examples/check_only.rs"]
mod check_only;
#[path = "../../examples/harden_a_string.rs"]
mod harden_a_string;
#[path = "../../examples/own_names.rs"]
mod own_names;
#[cfg(feature = "render")]
#[path = "../../examples/render_findings.rs"]
mod render_findings;

#[test]
fn a_string_is_hardened() {
    let said = harden_a_string::run().unwrap();
    for line in [
        "cnx.yaml:1: apiserver.key: Changed",
        "  caBundle: LS0tLS1CRUdJTiBDRVJUSUZJQ0FURS0tLS0tClFVSkQKLS0tLS1FTkQgQ0VSVElGSUNBVEUtLS0tLQo=",
        "        - name: apiserver-certs",
    ] {
        assert!(
            said.lines().any(|said| said == line),
            "{line} is not in {said}"
        );
    }
    assert!(!said.contains("insecureSkipTLSVerify: true"));
}

#[test]
fn objects_have_other_names() {
    assert_eq!(
        own_names::run().unwrap(),
        "Secret site-certs in kube-system"
    );
}

#[test]
fn what_is_not_secured_is_found() {
    let (said, failed) = check_only::run();
    assert_eq!(said, "components.yaml:6:26: insecure-skip-tls-verify\n");
    assert!(failed);
}

#[cfg(feature = "render")]
#[test]
fn findings_are_shown_in_each_form() {
    let said = render_findings::run().unwrap();
    for part in [
        "error[insecure-skip-tls-verify]",
        "\"ruleId\": \"insecure-skip-tls-verify\"",
        "::error file=components.yaml,line=6,",
        "| ❌ error |",
        "\"fingerprint\": ",
    ] {
        assert!(said.contains(part), "{part} is not in {said}");
    }
}
