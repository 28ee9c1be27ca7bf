//! Chains of certificates, by the rules of Go's `crypto/x509` (`verify.go`).
//!
//! webpki builds the chain. Before it, what Go would not take as a signer is set
//! aside, with the reason. Of what Go does take and webpki does not, two forms are
//! common, and looked at besides: a certificate that is pinned, and one that
//! webpki takes to no end of a chain, right below what is trusted.

use rustls_pki_types::{CertificateDer, TrustAnchor, UnixTime};
use webpki::{
    EndEntityCert, Error, ExtendedKeyUsageValidator, KeyPurposeIdIter, VerifiedPath,
    anchor_from_trusted_cert,
};

use crate::certificate::{Certificate, Purpose};
use crate::code::Code;
use crate::role::Side;
use crate::signature::{ALGORITHMS, is_signed_by};

/// A chain that verifies: the certificates above the first one, the trusted one last.
pub(crate) struct Path<'a, 'd> {
    pub(crate) issuers: Vec<&'a Certificate<'d>>,
}

/// Why there is no chain.
pub(crate) struct Broken<'a, 'd> {
    pub(crate) code: Code,
    /// The certificate whose issuer is missing, or the issuer that is in the way.
    pub(crate) at: &'a Certificate<'d>,
    /// What else is to be said of it.
    pub(crate) detail: Option<String>,
}

/// The certificates among which chains are sought.
#[derive(Clone, Copy)]
pub(crate) struct Pool<'a, 'd> {
    /// From the certificate's own file.
    pub(crate) intermediates: &'a [Certificate<'d>],
    /// Trusted, whatever they are: Go takes intermediates in a CA file as roots.
    pub(crate) trusted: &'a [Certificate<'d>],
}

impl<'a, 'd> Pool<'a, 'd> {
    fn all(self) -> impl Iterator<Item = &'a Certificate<'d>> {
        self.trusted.iter().chain(self.intermediates)
    }

    /// Why Go would not take one of them as a signer.
    fn problem(self, certificate: &Certificate<'_>, side: Side, now: UnixTime) -> Option<Code> {
        // Only what is trusted may be of version 1, which has no flag.
        if certificate.is_v1() && !self.is_trusted(certificate) {
            return Some(Code::NotACa);
        }
        signer_problem(certificate, side, now)
    }

    fn is_trusted(self, certificate: &Certificate<'_>) -> bool {
        self.trusted
            .iter()
            .any(|other| other.der == certificate.der)
    }
}

/// Finds a chain from `leaf` to a trusted certificate.
///
/// The names, purposes and dates of `leaf` itself are not looked at.
pub(crate) fn verify<'a, 'd>(
    leaf: &'a Certificate<'d>,
    pool: Pool<'a, 'd>,
    side: Side,
    now: UnixTime,
) -> Result<Path<'a, 'd>, Broken<'a, 'd>> {
    if pool.is_trusted(leaf) {
        // Pinned: neither a CA flag nor a signature is needed.
        return Ok(Path {
            issuers: Vec::new(),
        });
    }
    let signs = |certificate: &&Certificate<'d>| pool.problem(certificate, side, now).is_none();
    if leaf.is_v1() || leaf.ca_flag() == Some(true) {
        // webpki takes neither to the end of a chain. Of name constraints it is the
        // only judge, so a signer that has some is none here.
        let mut issuers = issuers(leaf, pool.trusted.iter().filter(signs));
        return match issuers.find(|issuer| !issuer.has_name_constraints()) {
            Some(issuer) => Ok(Path {
                issuers: vec![issuer],
            }),
            None => {
                let error = match leaf.is_v1() {
                    true => Error::UnsupportedCertVersion,
                    false => Error::CaUsedAsEndEntity,
                };
                Err(diagnose(leaf, pool, side, now, Some(error)))
            }
        };
    }
    let trusted: Vec<_> = pool.trusted.iter().filter(signs).collect();
    let intermediates = pool.intermediates.iter().filter(signs);
    let intermediates: Vec<CertificateDer<'_>> = intermediates.map(|c| c.der.clone()).collect();
    match webpki_path(leaf, &trusted, &intermediates, now) {
        Ok(above) => {
            let found = |der: &CertificateDer<'_>| pool.all().find(|other| *other.der == *der);
            let issuers = above.iter().filter_map(found).collect();
            Ok(Path { issuers })
        }
        Err(error) => Err(diagnose(leaf, pool, side, now, Some(error))),
    }
}

/// The chain above `leaf` that webpki finds.
fn webpki_path(
    leaf: &Certificate<'_>,
    trusted: &[&Certificate<'_>],
    intermediates: &[CertificateDer<'_>],
    now: UnixTime,
) -> Result<Vec<CertificateDer<'static>>, Error> {
    let end = EndEntityCert::try_from(leaf.der)?;
    let anchors = trusted.iter();
    let anchors = anchors.filter_map(|certificate| anchor_from_trusted_cert(certificate.der).ok());
    let anchors: Vec<TrustAnchor<'_>> = anchors.collect();
    let mut above = Vec::new();
    let allowed = |path: &VerifiedPath<'_>| {
        let below = path.intermediate_certificates().count();
        let allows = |certificate: &&&Certificate<'_>| {
            let limit = certificate
                .path_length()
                .and_then(|limit| usize::try_from(limit).ok());
            limit.is_none_or(|limit| below <= limit)
        };
        let mut same = trusted
            .iter()
            .filter(|certificate| is_anchor(certificate, path.anchor()));
        match same.any(|certificate| allows(&certificate)) {
            true => Ok(()),
            false => Err(Error::PathLenConstraintViolated),
        }
    };
    // The dates of the leaf are checked elsewhere, and told by themselves.
    let time = clamp(now, leaf);
    let path = end.verify_for_usage(
        ALGORITHMS,
        &anchors,
        intermediates,
        time,
        AnyPurpose,
        None,
        Some(&allowed),
    )?;
    above.extend(
        path.intermediate_certificates()
            .map(|c| c.der().into_owned()),
    );
    let anchor = trusted
        .iter()
        .find(|certificate| is_anchor(certificate, path.anchor()));
    above.extend(anchor.map(|certificate| certificate.der.clone()));
    Ok(above)
}

/// The time nearest to `now` at which `leaf` is valid. Its signers' dates have
/// been looked at already, at `now`.
fn clamp(now: UnixTime, leaf: &Certificate<'_>) -> UnixTime {
    let second = |seconds: i64| u64::try_from(seconds).unwrap_or_default();
    let (from, to) = (second(leaf.not_before()), second(leaf.not_after()));
    let seconds = now.as_secs().max(from).min(to);
    UnixTime::since_unix_epoch(std::time::Duration::from_secs(seconds))
}

fn is_anchor(certificate: &Certificate<'_>, anchor: &TrustAnchor<'_>) -> bool {
    let found = anchor_from_trusted_cert(certificate.der);
    found.is_ok_and(|found| {
        (&found.subject, &found.subject_public_key_info)
            == (&anchor.subject, &anchor.subject_public_key_info)
    })
}

/// Purposes are checked by Go's rule, under which `anyExtendedKeyUsage` counts.
struct AnyPurpose;

impl ExtendedKeyUsageValidator for AnyPurpose {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        Ok(())
    }
}

/// Why Go would not take `certificate` as a signer.
pub(crate) fn signer_problem(
    certificate: &Certificate<'_>,
    side: Side,
    now: UnixTime,
) -> Option<Code> {
    let flag = certificate.ca_flag();
    if flag == Some(false) || (flag.is_none() && !certificate.is_v1()) {
        return Some(Code::NotACa);
    }
    if certificate
        .key_usage()
        .is_some_and(|usage| !usage.key_cert_sign())
    {
        return Some(Code::CaKeyUsage);
    }
    if certificate.purpose(side) == Purpose::Missing {
        return Some(Code::CaExtendedKeyUsage);
    }
    if certificate.unknown_critical_extension().is_some() {
        return Some(Code::UnknownCriticalExtension);
    }
    if certificate.is_valid_at(now) {
        None
    } else if certificate.not_after() < crate::certificate::seconds(now) {
        Some(Code::CaExpired)
    } else {
        Some(Code::CaNotYetValid)
    }
}

/// Those of `candidates` that signed `certificate`.
fn issuers<'a, 'd: 'a>(
    certificate: &'a Certificate<'d>,
    candidates: impl Iterator<Item = &'a Certificate<'d>>,
) -> impl Iterator<Item = &'a Certificate<'d>> {
    candidates
        .filter(move |issuer| is_named(certificate, issuer) && is_signed_by(certificate, issuer))
}

fn is_named(certificate: &Certificate<'_>, issuer: &Certificate<'_>) -> bool {
    issuer.x509.subject().as_raw() == certificate.x509.issuer().as_raw()
}

/// The most steps that are looked at, and the most signatures in each of them: a
/// reason is worth no more work than that (Go's `maxChainSignatureChecks`).
const MOST: usize = 100;

/// Walks up from `leaf` to where the chain ends, to say why.
fn diagnose<'a, 'd>(
    leaf: &'a Certificate<'d>,
    pool: Pool<'a, 'd>,
    side: Side,
    now: UnixTime,
    error: Option<Error>,
) -> Broken<'a, 'd> {
    let broken = |code, at| Broken {
        code,
        at,
        detail: None,
    };
    let mut at = leaf;
    let certificates = pool.trusted.len() + pool.intermediates.len();
    for _ in 0..=certificates.min(MOST) {
        let candidates = pool.all().filter(|issuer| issuer.der != at.der);
        let named = candidates.filter(|issuer| is_named(at, issuer));
        let named: Vec<_> = named.take(MOST).collect();
        if named.is_empty() {
            return broken(Code::UnknownIssuer, at);
        }
        let signed: Vec<_> = issuers(at, named.iter().copied()).collect();
        let fit = |issuer: &&&Certificate<'d>| pool.problem(issuer, side, now).is_none();
        let Some(first) = signed.first() else {
            let code = match named.iter().any(|issuer| at.names_key_of(issuer)) {
                true => Code::DamagedSignature,
                false => Code::IssuerKeyMismatch,
            };
            return broken(code, at);
        };
        let Some(next) = signed.iter().find(fit) else {
            let code = pool
                .problem(first, side, now)
                .unwrap_or(Code::UntrustedChain);
            return broken(code, first);
        };
        if pool.is_trusted(next) {
            break;
        }
        at = next;
    }
    // Every step holds by itself; the whole does not.
    let code = match error {
        Some(Error::PathLenConstraintViolated) => Code::PathLength,
        Some(Error::NameConstraintViolation) => Code::NameConstraints,
        _ => Code::UntrustedChain,
    };
    Broken {
        code,
        at: leaf,
        detail: error.map(|error| error.to_string()),
    }
}
