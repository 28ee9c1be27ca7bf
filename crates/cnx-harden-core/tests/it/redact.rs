//! Private keys are taken out of a text in whatever form they stand there.

use crate::common::b64;
use cnx_harden_core::{MARK, OLD_MARK, Source, harden, redact};
use proptest::prelude::*;

const PEM: &str = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49\nAwEHBG0wawIBAQQg\n-----END PRIVATE KEY-----\n";
const SECRET: &str = "MIGHAgEAMBMGByqG";

fn wrapped(text: &str, indent: &str) -> String {
    let lines = text
        .as_bytes()
        .chunks(20)
        .map(|line| String::from_utf8_lossy(line).into_owned());
    lines.map(|line| format!("{indent}{line}\n")).collect()
}

#[test]
fn keys_in_each_form() {
    let encoded = b64(PEM);
    let texts = [
        format!("a: {encoded}\n"),
        format!("{{\"a\":\"{encoded}\",\"b\":1}}"),
        format!("# a: {encoded} # old\n"),
        format!("args: [--key={encoded}, x/{encoded}]\n"),
        format!("a: {}\n", b64(&encoded)),
        format!("a: |\n{}b: 1\n", wrapped(&encoded, "  ")),
        format!(
            "a: |\n{}b: 1\n",
            PEM.lines().map(|l| format!("  {l}\n")).collect::<String>()
        ),
        format!("a: {:?}\nb: 1\n", PEM),
    ];
    for text in texts {
        let shown = redact(&text, &[]);
        assert!(shown.contains(MARK), "{shown}");
        assert!(
            !shown.contains(SECRET) && !shown.contains(&encoded[8..40]),
            "{shown}"
        );
        assert!(!shown.contains(&encoded[44..56]), "{shown}");
        assert_eq!(shown.lines().count(), text.lines().count());
        assert_eq!(redact(&shown, &[]), shown);
    }
}

#[test]
fn what_is_no_key_stays() {
    let certificate = b64("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n");
    let text =
        format!("image: quay.io/tigera/cnx-apiserver:v2.3.0\nca: {certificate}\nx: |\n  y\n");
    assert_eq!(redact(&text, &[]), text);
}

/// An old value that is no PEM is a secret all the same.
#[test]
fn the_value_that_is_replaced_is_told_from_the_new_one() {
    let text = format!(
        "apiVersion: v1\nkind: Secret\nmetadata: {{name: cnx-apiserver-certs, namespace: kube-system}}\n\
         data:\n  apiserver.key: |\n{}  apiserver.crt: QQ==\n---\n\
         apiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {{name: v3.projectcalico.org}}\n\
         spec: {{group: projectcalico.org, service: {{name: a, namespace: kube-system}}}}\n---\n\
         apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: cnx-apiserver, namespace: kube-system}}\n\
         spec: {{template: {{spec: {{containers: [{{name: cnx-apiserver}}]}}}}}}\n",
        wrapped(&"ab/c".repeat(30), "    ")
    );
    let run = harden(
        &[Source {
            name: "a",
            text: &text,
        }],
        &crate::common::hardening(),
    )
    .unwrap();
    let (before, after) = (run.redacted(&text), run.redacted(&run.outputs[0].text));
    assert!(
        before.contains(OLD_MARK) && !before.contains("ab/c"),
        "{before}"
    );
    assert!(before.contains("apiserver.key: |\n"), "{before}");
    assert!(after.contains("apiserver.key: [private key]\n"), "{after}");
}

proptest! {
    #[test]
    fn no_text_makes_it_panic_and_lines_stay(text in "(-----BEGIN |PRIVATE KEY|-----|END |[a-zA-Z0-9+/=é\n ]{0,30}){0,8}") {
        let shown = redact(&text, &[("secret secret secret", MARK)]);
        prop_assert_eq!(shown.matches('\n').count(), text.matches('\n').count());
    }
}
