//! What Go can read and use of a certificate, whoever presents it.

use super::report::{At, Report};
use crate::certificate::Certificate;
use crate::code::Code;
use crate::finding::Part;
use crate::go::{Curve, KeyKind, Release, is_exponent};
use crate::help;
use crate::role::Role;
use crate::signature::{Refused, refused};

/// A certificate that is presented.
pub(super) fn check_leaf(report: &mut Report, leaf: &Certificate<'_>, trusted: &[Certificate<'_>]) {
    let at = At::certificate(Part::Certificate, leaf);
    check_form(report, at, leaf);
    // Of what is trusted by itself nobody verifies the signature.
    if !trusted.iter().any(|other| other.der == leaf.der) {
        check_signature(report, at, leaf);
    }
    match leaf.key_kind() {
        KeyKind::Ecdsa(Curve::P224) => report.error(
            Code::UnsupportedKey,
            at,
            "the key is on the curve P-224, with which TLS has no signatures",
            "use ECDSA P-256",
        ),
        KeyKind::Ecdsa(Curve::P521) if report.role == Role::Manager => report.error(
            Code::UnsupportedKey,
            at,
            "browsers do not accept a certificate with a key on the curve P-521",
            help!["use ECDSA P-256 for the Manager: ", report.make(true)],
        ),
        KeyKind::Ed25519 if report.role != Role::Manager => report.warning(
            Code::Ed25519Key,
            at,
            "components built with Go before 1.13 (CNX v2.3 and earlier) cannot use an Ed25519 key",
            "use ECDSA P-256, unless all components are newer",
        ),
        _ => {}
    }
}

/// Certificates above it, or those that are trusted.
pub(super) fn check_signers(report: &mut Report, part: Part, signers: &[Certificate<'_>]) {
    for signer in signers {
        let at = At::certificate(part, signer);
        check_form(report, at, signer);
        if part == Part::Certificate && !signer.is_self_issued() {
            check_signature(report, at, signer);
        }
    }
}

fn check_form(report: &mut Report, at: At, certificate: &Certificate<'_>) {
    if let Some(oid) = certificate.unknown_critical_extension() {
        report.error(
            Code::UnknownCriticalExtension,
            at,
            format!("the extension {oid} is critical, and Go does not know it"),
            "have it issued without that extension, or with it not critical",
        );
    }
    for (oid, since) in &certificate.x509.extensions.unknown {
        if let Some(since) = since {
            report.warning(
                Code::UnknownCriticalExtension,
                at,
                format!("the extension {oid} is critical, and Go knows it since {since} only"),
                "update what is older, or have it issued without that extension",
            );
        }
    }
    check_key(report, at, certificate);
}

fn check_key(report: &mut Report, at: At, certificate: &Certificate<'_>) {
    let presented = at.part == Part::Certificate;
    match (
        certificate.key_kind(),
        certificate.rsa_bits().unwrap_or_default(),
    ) {
        (KeyKind::Rsa { .. }, bits @ ..1024) => report.error(
            Code::RsaKeySize,
            at,
            format!(
                "an RSA key of {bits} bits, and {} and later refuse less than 1024",
                Release::GO_1_24
            ),
            "use ECDSA P-256, or RSA of 2048 bits",
        ),
        (KeyKind::Rsa { .. }, bits @ 8193..) if presented => report.error(
            Code::RsaKeySize,
            at,
            format!("an RSA key of {bits} bits, and Go's TLS refuses more than 8192"),
            "use ECDSA P-256, or RSA of 2048 to 4096 bits",
        ),
        (KeyKind::Rsa { exponent, .. }, _) if !is_exponent(exponent) => {
            report.error(
                Code::UnsupportedKey,
                at,
                "the RSA key's public exponent is not an odd number from 3 to 2147483647, and Go \
                 refuses such a key",
                "use ECDSA P-256, or RSA of 2048 bits with the exponent 65537",
            );
        }
        (KeyKind::Rsa { .. }, bits @ ..2048) => report.warning(
            Code::RsaKeySize,
            at,
            format!("an RSA key of {bits} bits can be broken; 2048 is the least today"),
            "use ECDSA P-256, or RSA of 2048 bits",
        ),
        (KeyKind::Ed25519, _) if report.role == Role::Manager => report.error(
            Code::UnsupportedKey,
            at,
            "browsers accept no Ed25519 key, neither in a certificate nor in a CA above it",
            help![
                "use ECDSA P-256 for the Manager and its CA: ",
                report.make(true)
            ],
        ),
        (KeyKind::Other, _) => report.error(
            Code::UnsupportedKey,
            at,
            "a public key of a kind that Go's TLS does not use",
            "use ECDSA on P-256, P-384 or P-521, or RSA of 2048 bits",
        ),
        _ => {}
    }
}

fn check_signature(report: &mut Report, at: At, certificate: &Certificate<'_>) {
    let (code, message) = match refused(certificate) {
        None => return,
        Some(Refused::Sha1) => (
            Code::Sha1Signature,
            "it is signed with SHA-1, which can be forged, and which Go refuses",
        ),
        Some(Refused::Md5) => (
            Code::Md5Signature,
            "it is signed with MD5, which can be forged, and which Go refuses",
        ),
        Some(Refused::Algorithm) => (
            Code::UnsupportedSignature,
            "Go does not know the algorithm of its signature: it knows RSA, RSA-PSS with a salt as \
             long as the hash, and ECDSA, each with SHA-256, SHA-384 or SHA-512, and Ed25519",
        ),
    };
    report.error(code, at, message, "have it signed with SHA-256");
}
