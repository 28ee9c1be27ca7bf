//! Agreement with OpenSSL, by whose rules etcd's and the Manager's other clients
//! may go, and everybody who looks at a certificate by hand.
//!
//! Its verdict: the key is the certificate's, and `openssl verify` builds a chain
//! for a TLS server of this name, at security level 2, the default for TLS of
//! most distributions.

use std::path::Path;
use std::process::{Command, Output, Stdio};

use super::{Difference, We, agree};
use crate::catalogue::{Case, NAME, Verdict, ask, cases};

/// Where OpenSSL's rules are not Go's.
const DIFFERENCES: &[Difference] = &[
    Difference {
        because: "OpenSSL reads DER, byte order marks and its own TRUSTED CERTIFICATE.",
        we: We::Refuse,
        cases: &[
            "byte-order-mark",
            "certificate-is-der",
            "key-is-sec1-der",
            "mark-in-the-middle",
            "trusted-certificate",
        ],
    },
    Difference {
        because: "OpenSSL takes the Common Name where there is no alternative name of type DNS.",
        we: We::Refuse,
        cases: &[
            "common-name-only",
            "manager-by-address",
            "manager-other-address",
            "critical-names-of-no-known-kind",
        ],
    },
    Difference {
        because: "OpenSSL takes keyCertSign for the flag of a CA where there are no basic constraints.",
        we: We::Refuse,
        cases: &["issuer-without-constraints"],
    },
    Difference {
        because: "OpenSSL reads negative serial numbers.",
        we: We::Refuse,
        cases: &["negative-serial", "unreadable-in-chain"],
    },
    Difference {
        because: "OpenSSL passes over what it cannot read behind a certificate that it can.",
        we: We::Refuse,
        cases: &["garbage-in-chain"],
    },
    Difference {
        because: "OpenSSL knows curves, kinds and sizes of keys that TLS in Go does not.",
        we: We::Refuse,
        cases: &["rsa-8200", "rsa-pss-key", "secp224r1", "secp256k1"],
    },
    Difference {
        because: "OpenSSL reads no certificate with headers, and no CA file with a block that it cannot read; Go passes over it.",
        we: We::Accept,
        cases: &[
            "certificate-with-headers",
            "cut-off-beside-ca",
            "garbage-beside-ca",
        ],
    },
    Difference {
        because: "As with Go: keys that others would read, the size of a Secret.",
        we: We::Refuse,
        cases: &[
            "key-beside-ca",
            "key-beside-certificate",
            "too-large",
            "too-long-chain",
        ],
    },
    Difference {
        because: "OpenSSL goes on to a certificate that signed itself, unless told -partial_chain; Go ends at any that is trusted.",
        we: We::Accept,
        cases: &["intermediate-alone-as-ca", "leaf-alone-as-ca"],
    },
    Difference {
        because: "OpenSSL does not look at what nobody asks for, and reads what Go finds malformed.",
        we: We::Refuse,
        cases: &[
            "critical-flag-of-one",
            "distribution-point-of-relative-name",
            "duplicate-policy",
            "empty-name-constraints",
            "extension-with-large-arc",
            "mailbox-with-two-dots",
            "malformed-authority-information",
            "malformed-dsa-beside",
            "malformed-information-of-ca",
            "malformed-key-usage",
            "malformed-policies",
            "malformed-policies-of-intermediate",
            "malformed-policy-mappings",
            "permitted-mask-with-gap",
            "point-off-p224-beside",
            "policy-constraints-of-a-longer-form",
            "printable-underscore",
            "printable-underscore-in-ca",
            "purpose-with-large-arc",
            "uri-with-bad-port",
            "uri-with-escape-in-host",
            "uri-with-open-bracket",
            "uri-with-two-colons",
            "version-2-with-extensions",
            "version-4",
        ],
    },
    Difference {
        because: "OpenSSL checks policies only with -policy_check.",
        we: We::Refuse,
        cases: &[
            "policy-mapped-to-any",
            "policy-required",
            "policy-required-and-mapped-away",
        ],
    },
    Difference {
        because: "OpenSSL reads a key without looking whether its numbers fit each other (-check).",
        we: We::Refuse,
        cases: &["rsa-key-damaged"],
    },
    Difference {
        because: "An empty extended key usage is any purpose for Go, none for OpenSSL.",
        we: We::Accept,
        cases: &["empty-extended-key-usage"],
    },
    Difference {
        because: "OpenSSL holds a server to its key usage, Go does not.",
        we: We::Accept,
        cases: &["no-digital-signature"],
    },
    Difference {
        because: "anyExtendedKeyUsage is any purpose for Go, none for OpenSSL.",
        we: We::Accept,
        cases: &["any-purpose"],
    },
    Difference {
        because: "At security level 2 OpenSSL refuses RSA keys of less than 2048 bits, Go of less than 1024.",
        we: We::Accept,
        cases: &["rsa-1024", "rsa-1024-ca", "rsa-1024-ca-with-sha384"],
    },
    Difference {
        because: "OpenSSL 3.0 does not read an Ed25519 key with its public key beside it (RFC 5958).",
        we: We::Accept,
        cases: &["ed25519-key-with-public-key"],
    },
    Difference {
        because: "OpenSSL compares names without their encodings, Go the bytes.",
        we: We::Refuse,
        cases: &["issuer-in-another-encoding"],
    },
    Difference {
        because: "OpenSSL reads alternative names that are none, and line ends with more than CR and LF.",
        we: We::Refuse,
        cases: &[
            "address-of-five-bytes",
            "doubled-carriage-returns",
            "name-in-utf-8",
            "no-break-space",
            "uri-with-a-blank",
        ],
    },
    Difference {
        because: "OpenSSL knows name constraints on directory names, Go does not.",
        we: We::Refuse,
        cases: &["name-constraints-on-directory"],
    },
    Difference {
        because: "OpenSSL reads dates in UTC alone, and distribution points that name a place.",
        we: We::Accept,
        cases: &["date-east", "date-west", "distribution-points"],
    },
    Difference {
        because: "OpenSSL reads no headers but those of an encrypted key.",
        we: We::Accept,
        cases: &["key-with-header"],
    },
    Difference {
        because: "OpenSSL holds an issuer to the key identifier that the certificate names, Go to the key alone.",
        we: We::Accept,
        cases: &["other-key-identifier"],
    },
    Difference {
        because: "OpenSSL takes the issuer that is trusted, and looks for no other when that has expired.",
        we: We::Accept,
        cases: &["renewed-intermediate"],
    },
];

#[test]
fn openssl_agrees() {
    let cases = cases();
    agree("OpenSSL", DIFFERENCES, ask(&cases, verdict), |case| {
        Some(&case.expected.openssl)
    });
}

fn verdict(case: &Case) -> Verdict {
    let (ca, certificate) = (case.path("ca.crt"), case.path("tls.crt"));
    let public = run(
        &["pkey", "-pubout", "-passin", "pass:", "-in"],
        &case.path("tls.key"),
    );
    let certified = run(&["x509", "-noout", "-pubkey", "-in"], &certificate);
    for output in [&public, &certified] {
        if !output.status.success() {
            return Verdict::Refuses(words(output));
        }
    }
    if public.stdout != certified.stdout {
        return Verdict::Refuses("the key is not the certificate's".to_owned());
    }
    let mut verify = Command::new("openssl");
    verify.args([
        "verify",
        "-no-CApath",
        "-no-CAstore",
        "-auth_level",
        "2",
        "-purpose",
        "sslserver",
        "-verify_hostname",
        NAME,
    ]);
    verify
        .arg("-CAfile")
        .arg(ca)
        .arg("-untrusted")
        .arg(&certificate)
        .arg(&certificate);
    let output = verify.stdin(Stdio::null()).output().unwrap();
    match output.status.success() {
        true => Verdict::Accepts,
        false => Verdict::Refuses(words(&output)),
    }
}

fn run(args: &[&str], file: &Path) -> Output {
    let mut openssl = Command::new("openssl");
    openssl
        .args(args)
        .arg(file)
        .stdin(Stdio::null())
        .output()
        .unwrap()
}

fn words(output: &Output) -> String {
    let both = [output.stdout.as_slice(), output.stderr.as_slice()].concat();
    String::from_utf8_lossy(&both).trim().to_owned()
}
