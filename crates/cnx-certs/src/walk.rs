//! Chains that Go builds and webpki does not: to a certificate that is a CA's
//! own, or of version 1; over more than six intermediates; with policies.
//!
//! This is the search of Go's `crypto/x509` (`verify.go`), with its bounds.

use webpki::Error;

use crate::certificate::Certificate;
use crate::chain::{Path, Pool, is_named};
use crate::constraints::permits;
use crate::signature::is_signed_by;

/// The most signatures that are looked at (`maxChainSignatureChecks`).
const MOST_SIGNATURES: usize = 100;

/// Finds a chain from `leaf` to a trusted certificate, over signers that `signs`
/// lets pass.
///
/// # Errors
///
/// What stood in the way of a chain otherwise whole.
pub(crate) fn walk<'a, 'd>(
    leaf: &'a Certificate<'d>,
    pool: Pool<'a, 'd>,
    signs: &dyn Fn(&Certificate<'d>) -> bool,
) -> Result<Path<'a, 'd>, Option<Error>> {
    let mut walk = Walk {
        pool,
        signs,
        chain: vec![leaf],
        signatures: MOST_SIGNATURES,
        in_the_way: None,
    };
    if walk.up(leaf) {
        let issuers = walk.chain.split_off(1);
        return Ok(Path { issuers });
    }
    Err(walk.in_the_way)
}

struct Walk<'a, 'd, 's> {
    pool: Pool<'a, 'd>,
    signs: &'s dyn Fn(&Certificate<'d>) -> bool,
    /// The certificates so far, the leaf first.
    chain: Vec<&'a Certificate<'d>>,
    signatures: usize,
    in_the_way: Option<Error>,
}

impl<'a, 'd> Walk<'a, 'd, '_> {
    /// Completes the chain above its last certificate. It is as deep as there are
    /// certificates, and gives up when the signatures are used up.
    fn up(&mut self, last: &'a Certificate<'d>) -> bool {
        let (trusted, others) = (self.pool.trusted.iter(), self.pool.intermediates.iter());
        let candidates = trusted.map(|c| (c, true)).chain(others.map(|c| (c, false)));
        for (issuer, trusted) in candidates.filter(|(issuer, _)| is_named(last, issuer)) {
            let again = self.chain.iter().any(|other| {
                other.x509.subject() == issuer.x509.subject() && other.spki() == issuer.spki()
            });
            if again || !(self.signs)(issuer) || self.signatures == 0 {
                continue;
            }
            self.signatures -= 1;
            if !is_signed_by(last, issuer) || !self.allows(issuer) {
                continue;
            }
            self.chain.push(issuer);
            if trusted || self.up(issuer) {
                return true;
            }
            self.chain.pop();
        }
        false
    }

    /// Whether `issuer` may stand above the chain so far.
    fn allows(&mut self, issuer: &Certificate<'d>) -> bool {
        let intermediates = self.chain.len() - 1;
        let limit = issuer.path_length();
        let limit = limit.and_then(|limit| usize::try_from(limit).ok());
        if limit.is_some_and(|limit| intermediates > limit) {
            self.in_the_way = Some(Error::PathLenConstraintViolated);
            return false;
        }
        if !self.chain.iter().all(|below| permits(issuer, below)) {
            self.in_the_way = Some(Error::NameConstraintViolation);
            return false;
        }
        true
    }
}
