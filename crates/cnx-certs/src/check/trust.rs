//! Whether the chain reaches the CA, and if not, where it ends.

use rustls_pki_types::UnixTime;

use super::report::{At, Report};
use crate::certificate::Certificate;
use crate::chain::{Broken, Pool, signer_problem, verify};
use crate::code::Code;
use crate::finding::{Part, Severity};
use crate::go::Release;
use crate::help;
use crate::help::{Help, HelpPart};

/// The certificates of the chain above `leaf`, each with its file; none where
/// there is no chain, or none is needed.
pub(super) fn check<'a, 'd>(
    report: &mut Report,
    leaf: &'a Certificate<'d>,
    intermediates: &'a [Certificate<'d>],
    trusted: &'a [Certificate<'d>],
    now: UnixTime,
) -> Vec<(Part, &'a Certificate<'d>)> {
    let pool = Pool {
        intermediates,
        trusted,
    };
    let side = report.role.side();
    let part = |certificate: &Certificate<'_>| part(certificate, trusted);
    match verify(leaf, pool, side, now) {
        Err(broken) => {
            // What cannot be read or verified for another reason is told by that.
            let reasons = [
                Code::Sha1Signature,
                Code::Md5Signature,
                Code::UnsupportedKey,
                Code::RsaKeySize,
                Code::UnknownCriticalExtension,
                Code::UnsupportedSignature,
            ];
            if !report.has_error(&reasons) {
                tell(report, &broken, leaf, part(broken.at));
            }
            Vec::new()
        }
        Ok(path) => {
            if let Some(issuer) = path.not_tried {
                report.warning(
                    Code::SignatureNotTried,
                    At::certificate(part(issuer), issuer),
                    format!(
                        "Go verifies signatures by a key as that of the CA {}; here they were not \
                         verified",
                        issuer.subject()
                    ),
                    "to verify it: openssl verify -CAfile CA -untrusted CERT CERT",
                );
            }
            unused(report, leaf, intermediates, &path.issuers);
            for other in trusted {
                let used = path.issuers.iter().any(|used| used.der == other.der);
                let problem = signer_problem(other, side, now);
                if let (false, Some(code @ (Code::CaExpired | Code::CaNotYetValid))) =
                    (used, problem)
                {
                    let (message, help) = words(code, other);
                    let message = format!("{message}; the chain goes through another");
                    report.warning(code, At::certificate(Part::Ca, other), message, help);
                }
            }
            path.issuers
                .into_iter()
                .map(|issuer| (part(issuer), issuer))
                .collect()
        }
    }
}

fn part(certificate: &Certificate<'_>, trusted: &[Certificate<'_>]) -> Part {
    match trusted.iter().any(|other| std::ptr::eq(other, certificate)) {
        true => Part::Ca,
        false => Part::Certificate,
    }
}

fn tell(report: &mut Report, broken: &Broken<'_, '_>, leaf: &Certificate<'_>, part: Part) {
    let at = broken.at;
    let (mut message, mut help) = words(broken.code, at);
    if broken.code == Code::UnknownIssuer
        && let Some(unread) = report.unread()
    {
        help = unread;
    }
    if at.der != leaf.der && is_of_what_is_signed(broken.code) {
        message = format!("of the intermediate {}: {message}", at.subject());
    }
    if let Some(detail) = &broken.detail {
        message = format!("{message} ({detail})");
    }
    report.add(
        Severity::Error,
        broken.code,
        At::certificate(part, at),
        message,
        help,
    );
}

/// Whether a break is told of the certificate below it, not of the issuer.
const fn is_of_what_is_signed(code: Code) -> bool {
    matches!(
        code,
        Code::UnknownIssuer | Code::IssuerKeyMismatch | Code::DamagedSignature
    )
}

/// What a break of the chain means, and what to do.
fn words(code: Code, at: &Certificate<'_>) -> (String, Help) {
    let (subject, issuer) = (at.subject(), at.issuer());
    let (message, help) = match code {
        Code::UnknownIssuer if at.is_self_issued() => (
            format!("it is self-signed ({subject}), and the CA file does not have it"),
            "give this certificate as the CA too, or one that the CA issued",
        ),
        Code::UnknownIssuer => (
            format!("its issuer {issuer} is in neither the certificate file nor the CA file"),
            "add the intermediate behind the certificate, or give the CA that issued it",
        ),
        Code::IssuerKeyMismatch => (
            format!("a CA named {issuer} is there, but its key is not the one that signed it"),
            "the CA was made anew under the same name, two have one name, or the certificate was \
             changed: give the CA that signed, or have the certificate issued by this one",
        ),
        Code::DamagedSignature => (
            format!(
                "it names the key of the CA {issuer}, which is there, and the signature is not one of \
                 that key for what it says: it was changed after it was signed"
            ),
            "fetch it again from the authority, or have it issued anew",
        ),
        Code::NotACa => (
            format!(
                "the issuer {subject} is not flagged as a CA (basicConstraints CA:TRUE), so Go lets it sign nothing"
            ),
            "have the CA's certificate issued with basicConstraints=critical,CA:TRUE",
        ),
        Code::CaKeyUsage => (
            format!(
                "the key usage of the CA {subject} lacks keyCertSign, so Go lets it sign nothing"
            ),
            "have the CA's certificate issued with keyUsage=critical,keyCertSign,cRLSign",
        ),
        Code::CaExtendedKeyUsage => (
            format!(
                "the extended key usage of the CA {subject} excludes this role, for all that it issues"
            ),
            "have the CA's certificate issued without an extended key usage",
        ),
        Code::CaExpired => {
            let message = format!("the CA {subject} expired on {}", at.not_after_day());
            let help = help![
                "renew the CA; with the same key, what it issued works on: openssl x509 -in CA \
                 -signkey CA-KEY -days 3650; or make new ones: ",
                HelpPart::Generate(None)
            ];
            return (message, help);
        }
        Code::CaNotYetValid => (
            format!(
                "the CA {subject} is not valid before {}",
                at.not_before_day()
            ),
            "wait until then, or give a CA that is valid now",
        ),
        Code::UnknownCriticalExtension => (
            format!("the CA {subject} has a critical extension that Go does not know"),
            "have the CA's certificate issued without it",
        ),
        Code::PathLength => (
            "a CA allows fewer intermediates below it than there are".to_owned(),
            "have the certificate issued by the CA itself, or by one with a larger pathlen",
        ),
        Code::CertificatePolicies => (
            format!(
                "a certificate of its chain requires a certificate policy, and none holds from the CA \
                 down to it; {} and later look at that",
                Release::GO_1_24
            ),
            "have it issued with a policy of its CA, or by a CA without requireExplicitPolicy",
        ),
        Code::NameConstraints => (
            "the name constraints of a CA exclude one of its names".to_owned(),
            "have it issued by a CA that may issue these names",
        ),
        _ => (
            "no chain from it to the CA can be verified".to_owned(),
            "look at it: openssl verify -CAfile CA -untrusted CERT CERT",
        ),
    };
    (message, help.into())
}

/// Certificates behind the first that no chain needs, or that are out of order.
fn unused(
    report: &mut Report,
    leaf: &Certificate<'_>,
    intermediates: &[Certificate<'_>],
    issuers: &[&Certificate<'_>],
) {
    // The last one that was in order, and other certificates of its name and key: it
    // may be cross-signed.
    let mut last = vec![leaf];
    for certificate in intermediates {
        let mut same = last.iter().filter(|other| !std::ptr::eq(**other, leaf));
        if same.any(|other| certificate.is_other_path_of(other)) {
            last.push(certificate);
            continue;
        }
        let issued = |other: &&Certificate<'_>| other.names(certificate);
        if last.iter().any(issued) {
            last = vec![certificate];
            continue;
        }
        let used = issuers.iter().any(|used| used.der == certificate.der);
        let message = match used {
            true => format!(
                "the intermediate {} does not follow what it issued",
                certificate.subject()
            ),
            false => format!("{} is not a part of the chain", certificate.subject()),
        };
        report.warning(
            Code::UnorderedChain,
            At::certificate(Part::Certificate, certificate),
            format!("{message}; Go sorts them, older TLS libraries do not"),
            "put the certificate first, then each one's issuer, and leave out the others",
        );
    }
}
