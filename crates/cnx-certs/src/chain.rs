//! Chains of certificates, by the rules of Go's `crypto/x509` (`Certificate.Verify`).
//!
//! Each candidate that has the issuer's name is tried: those that are trusted, which end
//! a chain, and then those of the certificate's own file. Names, purposes and dates of
//! the certificate itself are not looked at here.

use rustls_pki_types::UnixTime;

use crate::certificate::{Certificate, Purpose, seconds};
use crate::code::Code;
use crate::go::AlternativeName;
use crate::policies::policies_hold;
use crate::role::Side;
use crate::shown::shown;
use crate::signature::{Signature, signature};

/// A chain that verifies: the certificates above the first one, the trusted one last.
#[derive(Clone)]
pub(crate) struct Path<'a, 'd> {
    pub(crate) issuers: Vec<&'a Certificate<'d>>,
    /// An issuer whose signatures Go verifies, and the library here cannot.
    pub(crate) not_tried: Option<&'a Certificate<'d>>,
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

/// The most signatures that are looked at (Go's `maxChainSignatureChecks`).
const MOST: usize = 100;

impl<'a, 'd> Pool<'a, 'd> {
    /// Those that have the name of `certificate`'s issuer, those first whose key it
    /// names, and whether they are trusted. These come first; one that is in both files
    /// comes twice.
    fn candidates(self, certificate: &'a Certificate<'d>) -> Vec<(bool, &'a Certificate<'d>)> {
        let order = |issuer: &&Certificate<'_>| {
            let said = certificate.x509.extensions.issuers_key_identifier;
            let own = issuer.x509.extensions.key_identifier;
            match (said, own) {
                (Some(said), Some(own)) if said == own => 0,
                (Some(_), Some(_)) => 2,
                _ => 1,
            }
        };
        let of = |trusted: bool, all: &'a [Certificate<'d>]| {
            let named = all.iter().filter(|issuer| certificate.names(issuer));
            let mut named: Vec<_> = named.collect();
            named.sort_by_key(order);
            named.into_iter().map(move |issuer| (trusted, issuer))
        };
        let trusted = of(true, self.trusted);
        trusted.chain(of(false, self.intermediates)).collect()
    }

    /// Why Go would not take one of them as a signer.
    fn problem(self, certificate: &Certificate<'_>, side: Side, now: UnixTime) -> Option<Code> {
        // Only what is trusted may be of version 1, which has no flag.
        if certificate.x509.version < 3 && !self.is_trusted(certificate) {
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
pub(crate) fn verify<'a, 'd>(
    leaf: &'a Certificate<'d>,
    pool: Pool<'a, 'd>,
    side: Side,
    now: UnixTime,
) -> Result<Path<'a, 'd>, Broken<'a, 'd>> {
    let mut search = Search {
        pool,
        side,
        now,
        left: MOST,
        found: Vec::new(),
        broken: None,
    };
    if pool.is_trusted(leaf) {
        // Pinned: neither a CA flag nor a signature is needed.
        search.found.push(Path {
            issuers: Vec::new(),
            not_tried: None,
        });
    } else {
        search.build(&mut vec![leaf], None);
    }
    let mut best: Option<Path<'a, 'd>> = None;
    for path in &search.found {
        let chain: Vec<_> = std::iter::once(leaf)
            .chain(path.issuers.iter().copied())
            .map(|certificate| &certificate.x509)
            .collect();
        if policies_hold(&chain) {
            // One that was tried is better than one that was not.
            if best.is_none() || path.not_tried.is_none() {
                best = Some(path.clone());
            }
            if path.not_tried.is_none() {
                break;
            }
        } else {
            search.broken.get_or_insert(Broken {
                code: Code::CertificatePolicies,
                at: leaf,
                detail: None,
            });
        }
    }
    match best {
        Some(path) => Ok(path),
        None => Err(diagnose(leaf, pool, side, now, search)),
    }
}

/// A search for chains.
struct Search<'a, 'd> {
    pool: Pool<'a, 'd>,
    side: Side,
    now: UnixTime,
    /// How many signatures are still looked at.
    left: usize,
    found: Vec<Path<'a, 'd>>,
    /// The first rule that holds for a chain as a whole, and is broken.
    broken: Option<Broken<'a, 'd>>,
}

impl<'a, 'd> Search<'a, 'd> {
    fn build(
        &mut self,
        chain: &mut Vec<&'a Certificate<'d>>,
        not_tried: Option<&'a Certificate<'d>>,
    ) {
        let Some(last) = chain.last().copied() else {
            return;
        };
        for (trusted, issuer) in self.pool.candidates(last) {
            if chain.iter().any(|other| is_same(other, issuer)) {
                continue;
            }
            let Some(left) = self.left.checked_sub(1) else {
                return;
            };
            self.left = left;
            // Only what is trusted may be of version 1, which has no flag.
            let fits = trusted || issuer.x509.version == 3;
            if !fits || signer_problem(issuer, self.side, self.now).is_some() {
                continue;
            }
            let not_tried = match signature(last, issuer) {
                Signature::Good => not_tried,
                Signature::NotTried => Some(issuer),
                Signature::Bad | Signature::Refused(_) => continue,
            };
            if let Some(broken) = whole(chain, issuer) {
                self.broken.get_or_insert(broken);
                continue;
            }
            chain.push(issuer);
            if trusted {
                let issuers = chain.iter().skip(1).copied().collect();
                self.found.push(Path { issuers, not_tried });
            } else {
                self.build(chain, not_tried);
            }
            chain.pop();
        }
    }
}

/// Whether two are one in a chain: name, key and alternative names.
fn is_same(one: &Certificate<'_>, other: &Certificate<'_>) -> bool {
    one.x509.subject.raw == other.x509.subject.raw
        && one.spki() == other.spki()
        && one.x509.extensions.raw_names == other.x509.extensions.raw_names
}

/// What of `issuer` forbids the chain below it.
fn whole<'a, 'd>(
    chain: &[&'a Certificate<'d>],
    issuer: &'a Certificate<'d>,
) -> Option<Broken<'a, 'd>> {
    let leaf = chain.first()?;
    if let Some(constraints) = &issuer.x509.extensions.constraints {
        let mut below = chain.iter().map(|below| below.alternative_names());
        if let Some(name) = below.find_map(|names| constraints.refuses(names)) {
            return Some(Broken {
                code: Code::NameConstraints,
                at: leaf,
                detail: Some(format!("{}: {}", issuer.subject(), of(name))),
            });
        }
    }
    let below = u64::try_from(chain.len() - 1).unwrap_or(u64::MAX);
    let allows = issuer.path_length().is_none_or(|most| below <= most);
    (!allows).then(|| Broken {
        code: Code::PathLength,
        at: leaf,
        detail: Some(issuer.subject()),
    })
}

fn of(name: &AlternativeName<'_>) -> String {
    match name {
        AlternativeName::Dns(name) => format!("DNS:{}", shown(name)),
        AlternativeName::Email(name) => format!("email:{}", shown(name)),
        AlternativeName::Uri(uri) => format!("URI:{}", shown(&uri.to_string())),
        AlternativeName::Ip(address) => format!("IP:{address}"),
        AlternativeName::Other => "another name".to_owned(),
    }
}

/// Why Go would not take `certificate` as a signer.
pub(crate) fn signer_problem(
    certificate: &Certificate<'_>,
    side: Side,
    now: UnixTime,
) -> Option<Code> {
    if !certificate.is_ca() {
        return Some(Code::NotACa);
    }
    // keyCertSign.
    if certificate.lacks_usage(5) {
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
    } else if certificate.not_after() < seconds(now) {
        Some(Code::CaExpired)
    } else {
        Some(Code::CaNotYetValid)
    }
}

/// Walks up from `leaf` to where the chain ends, to say why.
fn diagnose<'a, 'd>(
    leaf: &'a Certificate<'d>,
    pool: Pool<'a, 'd>,
    side: Side,
    now: UnixTime,
    search: Search<'a, 'd>,
) -> Broken<'a, 'd> {
    let broken = |code, at| Broken {
        code,
        at,
        detail: None,
    };
    let mut at = leaf;
    let certificates = pool.trusted.len() + pool.intermediates.len();
    for _ in 0..=certificates.min(MOST) {
        let candidates = pool.candidates(at).into_iter().map(|(_, issuer)| issuer);
        let named = candidates.filter(|issuer| issuer.der != at.der);
        let named: Vec<_> = named.take(MOST).collect();
        if named.is_empty() {
            return broken(Code::UnknownIssuer, at);
        }
        let signed = |issuer: &&&Certificate<'d>| {
            matches!(signature(at, issuer), Signature::Good | Signature::NotTried)
        };
        let signed: Vec<_> = named.iter().filter(signed).copied().collect();
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
    search.broken.unwrap_or_else(|| Broken {
        code: Code::UntrustedChain,
        at: leaf,
        detail: (search.left == 0).then(|| {
            format!(
                "Go tries {MOST} signatures at the most, and that many CAs have the issuer's name"
            )
        }),
    })
}
