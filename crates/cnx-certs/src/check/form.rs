//! What Go can read and use of a certificate, whoever presents it.

use x509_parser::oid_registry::asn1_rs::Oid;

use super::report::{At, Report};
use crate::certificate::{Certificate, KeyKind};
use crate::code::Code;
use crate::finding::Part;
use crate::role::Role;

/// A certificate that is presented.
pub(super) fn check_leaf(report: &mut Report, leaf: &Certificate<'_>, trusted: &[Certificate<'_>]) {
    let at = At::certificate(Part::Certificate, leaf);
    check_form(report, at, leaf);
    // Of what is trusted by itself nobody verifies the signature.
    if !trusted.iter().any(|other| other.der == leaf.der) {
        check_signature(report, at, leaf);
    }
    match leaf.key_kind() {
        KeyKind::Ed25519 if report.role == Role::Manager => report.error(
            Code::UnsupportedKey,
            at,
            "browsers do not accept certificates with an Ed25519 key",
            "use ECDSA P-256 for the Manager: cnx-harden certs generate --pki pki --only manager",
        ),
        KeyKind::Ed25519 => report.warning(
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
    let serial = certificate.x509.raw_serial();
    if serial.first().is_some_and(|byte| byte & 0x80 != 0) {
        report.error(
            Code::NegativeSerial,
            at,
            "the serial number is negative, and Go does not read such a certificate (RFC 5280, 4.1.2.2)",
            "have it issued anew with a positive serial number",
        );
    }
    if let Some(oid) = certificate.unknown_critical_extension() {
        report.error(
            Code::UnknownCriticalExtension,
            at,
            format!("the extension {oid} is critical, and Go does not know it"),
            "have it issued without that extension, or with it not critical",
        );
    }
    match certificate.key_kind() {
        KeyKind::Rsa(bits) if bits < 1024 => report.error(
            Code::RsaKeySize,
            at,
            format!("an RSA key of {bits} bits, and Go refuses less than 1024"),
            "use ECDSA P-256, or RSA of 2048 bits",
        ),
        KeyKind::Rsa(bits) if bits < 2048 => report.warning(
            Code::RsaKeySize,
            at,
            format!("an RSA key of {bits} bits can be broken; 2048 is the least today"),
            "use ECDSA P-256, or RSA of 2048 bits",
        ),
        KeyKind::Rsa(bits) if bits > 8192 && at.part == Part::Certificate => report.error(
            Code::RsaKeySize,
            at,
            format!("an RSA key of {bits} bits, and Go's TLS refuses more than 8192"),
            "use ECDSA P-256, or RSA of 2048 to 4096 bits",
        ),
        KeyKind::Other => report.error(
            Code::UnsupportedKey,
            at,
            "a public key of a kind or on a curve that Go's TLS does not use",
            "use ECDSA on P-256, P-384 or P-521, or RSA of 2048 bits",
        ),
        KeyKind::Rsa(_) | KeyKind::Ecdsa | KeyKind::Ed25519 => {}
    }
}

/// Signature algorithms with SHA-1 and MD5 (RFC 3279, RFC 5758, RFC 8017).
const SHA1: [&[u64]; 4] = [
    &[1, 2, 840, 113549, 1, 1, 5],
    &[1, 3, 14, 3, 2, 29],
    &[1, 2, 840, 10045, 4, 1],
    &[1, 2, 840, 10040, 4, 3],
];
const MD5: [&[u64]; 2] = [&[1, 2, 840, 113549, 1, 1, 4], &[1, 2, 840, 113549, 1, 1, 2]];

fn check_signature(report: &mut Report, at: At, certificate: &Certificate<'_>) {
    let oid = &certificate.x509.signature_algorithm.algorithm;
    let is = |known: &[&[u64]]| {
        known
            .iter()
            .any(|id| Oid::from(id).is_ok_and(|id| id == *oid))
    };
    let found = [
        (&SHA1[..], Code::Sha1Signature, "SHA-1"),
        (&MD5[..], Code::Md5Signature, "MD5"),
    ];
    for (known, code, name) in found {
        if is(known) {
            let message =
                format!("it is signed with {name}, which can be forged, and which Go refuses");
            report.error(code, at, message, "have it signed with SHA-256");
        }
    }
}
