//! The list around the items: whatever its form, the results are put into it and
//! nothing else of it changes.

use cnx_certs::UnixTime;
use cnx_harden_core::Source;
use cnx_harden_core::config::{ConfigText, Loaded, Materials};
use cnx_harden_core::krm::respond;

/// Nobody looks at the material where nothing is to be hardened.
struct Anything;

impl Materials for Anything {
    fn file(&self, path: &str) -> Result<Loaded, String> {
        let pki = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/pki");
        let pem = std::fs::read(format!("{pki}/{path}")).map_err(|error| error.to_string())?;
        let (pem, name) = (pem.into(), path.to_owned());
        Ok(Loaded { pem, name })
    }

    fn variable(&self, _: &str) -> Result<Loaded, String> {
        Err("no variables here".to_owned())
    }
}

fn answer(text: &str) -> (bool, String) {
    let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_800_000_000));
    let response = respond("-", text, None, &Anything, now);
    (response.outcome.is_ok(), response.text)
}

const CONFIG: &str = "{apiVersion: cnx-harden.dev/v1alpha1, kind: Hardening, spec: {apiServer: \
                      {caFile: ca.crt, certFile: tls.crt, keyFile: tls.key}}}";
const ONE: &str = "results:\n- message: 'nothing to harden: none of the objects is in the list'\n  severity: info\n";

#[test]
fn results_go_behind_what_is_there() {
    let before = format!(
        "# A list.\napiVersion: config.kubernetes.io/v1 # stable\nkind: ResourceList\n\
         functionConfig: {CONFIG}\nitems:\n- kind:   'Namespace'   # odd, and mine\n  metadata: {{name: x}}\n"
    );
    assert_eq!(answer(&before), (true, format!("{before}{ONE}")));
}

#[test]
fn results_of_before_are_replaced_wherever_they_stand() {
    let list = |results: &str, more: &str| {
        format!(
            "kind: ResourceList\n{results}apiVersion: config.kubernetes.io/v1beta1\n# The config:\n\
             functionConfig: {CONFIG}\nitems: []\n{more}"
        )
    };
    let old =
        "results:\n- message: of another function\n  severity: error\n  file: {path: a.yaml}\n";
    for before in [
        list(old, ""),
        list("", old),
        list("results: []\n", ""),
        list("results:\n", ""),
    ] {
        // There is no list beside it that would say how dashes are indented.
        let new = ONE
            .replace("- message", "  - message")
            .replace("  severity", "    severity");
        assert_eq!(answer(&before), (true, list("", &new)), "{before}");
    }
}

#[test]
fn the_form_of_the_text_stays() {
    let plain = format!(
        "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nfunctionConfig: {CONFIG}\nitems:\n- kind: A\n"
    );
    for before in [
        format!("\u{feff}{plain}"),
        plain.replace('\n', "\r\n"),
        plain.trim_end().to_owned(),
        format!("---\n{plain}"),
        format!("{plain}# the end\n\n"),
        format!("{plain}...\n"),
    ] {
        let (done, after) = answer(&before);
        assert!(done, "{before}");
        let crlf = before.contains('\r');
        assert_eq!(
            after.matches("\r\n").count(),
            if crlf { after.lines().count() } else { 0 }
        );
        assert_eq!(after.ends_with('\n'), before.ends_with('\n'));
        let mut rest = after.as_str();
        for line in before.lines() {
            let at = rest
                .find(line)
                .unwrap_or_else(|| panic!("{line:?} is not in {after}"));
            rest = &rest[at + line.len()..];
        }
        assert_eq!(answer(&after), (true, after.clone()), "a second time");
    }
}

#[test]
fn json_stays_json() {
    let config = r#"{"apiVersion":"cnx-harden.dev/v1alpha1","kind":"Hardening","spec":{"manager":{"certFile":"manager/tls.crt","keyFile":"manager/tls.key"}}}"#;
    let before = format!(
        r#"{{"apiVersion":"config.kubernetes.io/v1","kind":"ResourceList","functionConfig":{config},"items":[{{"kind":"A"}}]}}"#
    );
    let (done, after) = answer(&before);
    assert!(done);
    let start = before.strip_suffix('}').unwrap();
    assert!(after.starts_with(start), "{after}");
    let value: serde_json::Value = serde_json::from_str(&after).unwrap();
    assert_eq!(value["results"][0]["severity"], "info");
}

/// Where the results cannot be put into the list, it is not answered with half of it.
#[test]
fn what_cannot_be_edited_is_answered_with_a_list_of_no_items() {
    for before in [
        "kind: ResourceList\napiVersion: config.kubernetes.io/v1\nresults: []\nresults: []\nitems: [{kind: A}]\n",
        "kind: ResourceList\napiVersion: config.kubernetes.io/v1\nitems: &a [{kind: A}]\nfunctionConfig: *a\nresults: &r []\nresults2: *r\n",
    ] {
        let (done, after) = answer(before);
        assert!(!done);
        let wanted =
            "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\nitems: []\nresults:\n";
        assert!(
            after.starts_with(wanted) || after.starts_with(before),
            "{after}"
        );
        assert!(after.contains("  severity: error\n"), "{after}");
    }
}

/// What a host never calls a function with is an error with its place.
#[test]
fn what_is_not_a_list_is_refused() {
    let list = "apiVersion: config.kubernetes.io/v1\nkind: ResourceList\n";
    let config = ConfigText::parse(Source {
        name: "hardening.yaml",
        text: CONFIG,
    });
    for (text, config, wanted) in [
        (
            "",
            None,
            "-:1:1: error[not-resource-list]: there is nothing on stdin",
        ),
        (
            &format!("{list}---\nkind: A\n"),
            None,
            "-:4:1: error[not-resource-list]: a second document begins here",
        ),
        (
            "kind: ResourceList\napiVersion: config.kubernetes.io/v2\n",
            None,
            "-:2:13: error[not-resource-list]: a ResourceList of another version",
        ),
        (
            "kind: ConfigMap\n",
            None,
            "-:1:7: error[not-resource-list]: this is not a ResourceList",
        ),
        (
            &format!("{list}functionConfig: {CONFIG}\nitems: []\n"),
            config.ok(),
            "-:1:1: error[invalid-config]: there is a functionConfig, and another config",
        ),
    ] {
        let now = UnixTime::since_unix_epoch(std::time::Duration::from_secs(1_800_000_000));
        let error = respond("-", text, config.as_ref(), &Anything, now)
            .outcome
            .unwrap_err();
        let error = error.to_string();
        assert!(error.starts_with(wanted), "{error}");
    }
}
