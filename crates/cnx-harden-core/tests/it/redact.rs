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

/// A text of 20 characters of base64 and the escape of the first.
fn escaped(text: &str) -> String {
    text.chars()
        .enumerate()
        .map(|(number, c)| match number % 7 {
            0 => format!("\\x{:02x}", u32::from(c)),
            3 => format!("\\u{:04x}", u32::from(c)),
            _ => c.to_string(),
        })
        .collect()
}

fn url(text: &str) -> String {
    text.replace('+', "-").replace('/', "_").replace('=', "")
}

/// Each form that a key may have in a text: a name, and the key in it.
fn forms(pem: &str) -> Vec<(&'static str, String)> {
    let body: String = pem
        .lines()
        .filter(|line| !line.contains("--") && !line.contains(':'))
        .collect();
    let encoded = b64(pem);
    let lines = |indent: &str| {
        pem.lines()
            .map(|line| format!("{indent}{line}\n"))
            .collect::<String>()
    };
    let spaced = |text: &str, by: &str| {
        let parts = text
            .as_bytes()
            .chunks(24)
            .map(|part| String::from_utf8_lossy(part).into_owned());
        parts.collect::<Vec<_>>().join(by)
    };
    let inner = b64(&format!(
        "users:\n- user:\n    client-key-data: {encoded}\n"
    ));
    vec![
        ("pem", format!("a: |\n{}b: 1\n", lines("  "))),
        ("pem in a comment", format!("# a:\n{}b: 1\n", lines("#   "))),
        ("pem in quotes", format!("a: {pem:?}\nb: 1\n")),
        (
            "pem without its end",
            format!(
                "a: |\n  -----BEGIN PRIVATE KEY-----\n  {}\nb: 1\n",
                spaced(&body, "\n  ")
            ),
        ),
        ("der", format!("a: {body}\nb: 1\n")),
        ("der in a comment", format!("b: 1 # {body}\n")),
        (
            "der, wrapped",
            format!("a: |\n  {}\nb: 1\n", spaced(&body, "\n  ")),
        ),
        ("der, spaced", format!("a: {}\nb: 1\n", spaced(&body, " "))),
        (
            "der, commented lines",
            format!("# a: |\n#   {}\nb: 1\n", spaced(&body, "\n#   ")),
        ),
        (
            "der, continued",
            format!("a: \"{}\"\nb: 1\n", spaced(&body, "\\\n   ")),
        ),
        ("der, escaped", format!("a: \"{}\"\nb: 1\n", escaped(&body))),
        ("base64", format!("a: {encoded}\nb: 1\n")),
        (
            "base64, wrapped",
            format!("a: >\n  {}\nb: 1\n", spaced(&encoded, "\n  ")),
        ),
        (
            "base64, spaced",
            format!("a: {}\nb: 1\n", spaced(&encoded, "  ")),
        ),
        (
            "base64, continued",
            format!("a: \"{}\"\nb: 1\n", spaced(&encoded, "\\\n   ")),
        ),
        (
            "base64, escaped",
            format!("{{\"a\": \"{}\", \"b\": 1}}\n", escaped(&encoded)),
        ),
        ("base64, in a flag", format!("args: [--key={encoded}, b]\n")),
        ("base64 twice", format!("a: {}\nb: 1\n", b64(&encoded))),
        ("in a kubeconfig", format!("a: {inner}\nb: 1\n")),
        (
            "base64 of URLs, wrapped",
            format!("a: |\n  {}\nb: 1\n", spaced(&url(&body), "\n  ")),
        ),
        (
            "base64 of URLs, wrapped, in JSON",
            format!("{{\"b\": {:?}}}\n", spaced(&url(&body), "\n")),
        ),
        (
            "in quotes, in JSON",
            format!("b: {:?}\n", format!("\"{}\"", escaped(&body))),
        ),
    ]
}

#[test]
fn real_keys_in_each_form() {
    let pki = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/pki/");
    for name in ["tls.key", "rsa.key", "ec-sec1.key", "encrypted.key"] {
        let pem = std::fs::read_to_string(format!("{pki}{name}")).unwrap();
        let body: String = pem
            .lines()
            .filter(|line| !line.contains("--") && !line.contains(':'))
            .collect();
        let bare = |text: &str| {
            text.chars()
                .map(|c| match c {
                    '-' => '+',
                    '_' => '/',
                    c => c,
                })
                .filter(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '/'))
                .collect::<String>()
        };
        for (form, text) in forms(&pem) {
            let shown = redact(&text, &[]);
            let (seen, whole) = (bare(&shown), bare(&body));
            let leak = (0..whole.len() - 12)
                .map(|at| &whole[at..at + 12])
                .find(|part| seen.contains(part));
            assert_eq!(leak, None, "{name}, {form}:\n{text}\n{shown}");
            let again = bare(&b64(&pem));
            let leak = (0..again.len() - 12)
                .map(|at| &again[at..at + 12])
                .find(|part| seen.contains(part));
            assert_eq!(leak, None, "{name}, {form}:\n{text}\n{shown}");
            assert_eq!(shown.lines().count(), text.lines().count(), "{form}");
            assert!(
                shown.contains('b') && shown.contains(MARK),
                "{form}: {shown}"
            );
            assert_eq!(redact(&shown, &[]), shown, "{form}");
        }
    }
}

/// What a key that is replaced has in common with another one shows nothing of that.
#[test]
fn a_key_beside_the_one_that_is_replaced() {
    let other = PEM.replace("AwEHBG0wawIBAQQg", "AwEHBG0wawIBAQQh");
    let text = format!(
        "# {}\na: |\n{}",
        other.replace('\n', "\n# "),
        PEM.replace('\n', "\n  ")
    );
    let shown = redact(&text, &[(PEM, OLD_MARK)]);
    assert!(
        !shown.contains("MIGH") && !shown.contains("AwEH"),
        "{shown}"
    );
    assert!(shown.contains(OLD_MARK), "{shown}");
}

/// Something was written into the middle of a key, or its beginning is gone.
#[test]
fn the_rest_of_a_torn_key() {
    const END: &str = "-----END PRIVATE KEY-----";
    let rest = "GQSySjejCVISNItRaqs7zgmT4UuhRANC\nJTFiCDeAAQqn5RwI5g3uc2two1K9";
    let first = "-----BEGIN PRIVATE KEY-----\nMIGHAgEAMBMGByqGSM49AgEGCCqGSM49\n";
    let texts = [
        (
            format!("{rest}\n{END}\n"),
            format!("{MARK}\n{MARK}\n{END}\n"),
        ),
        (
            format!("{first}_: >-\n  _\n{rest}\n{END}\nc: d\n"),
            format!("{MARK}\n{MARK}\n_: >-\n  _\n{MARK}\n{MARK}\n{END}\nc: d\n"),
        ),
        (
            format!("a: 1\n# {}\n# {END}\n", rest.replace('\n', "\n# ")),
            format!("a: 1\n# {MARK}\n# {MARK}\n# {END}\n"),
        ),
        (format!("a:\n{END}\n"), format!("a:\n{END}\n")),
    ];
    for (text, wanted) in texts {
        assert_eq!(redact(&text, &[]), wanted);
    }
    let certificate = format!("{rest}\n-----END CERTIFICATE-----\n");
    assert_eq!(redact(&certificate, &[]), certificate);
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

/// A key's bytes in the alphabet of URLs and as digits, where names and paths stand.
#[test]
fn keys_in_other_alphabets() {
    use base64::Engine as _;
    let pem = include_str!("../../../../testdata/pki/tls.key");
    let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    let der = base64::engine::general_purpose::STANDARD
        .decode(&body)
        .unwrap();
    let url_safe = base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&der);
    let hex: Vec<String> = der.iter().map(|byte| format!("{byte:02x}")).collect();
    for key in [
        url_safe,
        hex.concat(),
        hex.join(":"),
        hex.concat().to_uppercase(),
    ] {
        for text in [
            format!("é {key}"),
            format!("there is no finding \"{key}\": x\n"),
            format!("a: |\n{}b: 1\n", wrapped(&key, "  ")),
            format!("{:?}\n", wrapped(&key, "# ")),
        ] {
            let shown = redact(&text, &[]);
            assert!(shown.contains(MARK), "{shown}");
            for at in 80..key.len() - 12 {
                assert!(!shown.contains(&key[at..at + 12]), "{shown}");
            }
            assert_eq!(redact(&shown, &[]), shown);
        }
    }
    // A fingerprint, and a name of many words.
    let kept = format!(
        "{} sha256:{}\nMy-long_name-{}\n",
        "3081".repeat(3),
        "30".repeat(32),
        "a-b_".repeat(20)
    );
    assert_eq!(redact(&kept, &[]), kept);
}

/// Of a key without its end, the length says that it goes on into the next one.
#[test]
fn a_key_behind_one_that_is_cut_off() {
    let pem = include_str!("../../../../testdata/pki/tls.key");
    let lines: Vec<_> = pem.lines().filter(|line| !line.contains("--")).collect();
    let text = format!("a: {} {} {}\n", lines[0], lines[1], lines.join(" "));
    assert_eq!(redact(&text, &[]), format!("a: {MARK}\n"));
}
