//! Certificate policies along a chain (RFC 5280, section 6.1, with RFC 9618), as Go
//! applies them since 1.24: any policy will do, and none is needed unless a certificate
//! of the chain requires one.

use crate::go::Certificate;

const ANY_POLICY: &[u8] = &[0x55, 0x1d, 0x20, 0];

/// Whether the chain is valid by its policies; the trusted certificate is its last.
pub(crate) fn policies_hold(chain: &[&Certificate<'_>]) -> bool {
    let Some((_, below)) = chain.split_last() else {
        return true;
    };
    // How many certificates may still come before each holds.
    let never = u64::try_from(below.len())
        .unwrap_or(u64::MAX)
        .saturating_add(1);
    let (mut explicit, mut inhibit_any, mut mapping) = (never, never, never);
    // The policies that may come next; any at first.
    let mut valid = Some(Valid {
        any: true,
        named: Vec::new(),
    });
    for (above, certificate) in below.iter().enumerate().rev() {
        let is_leaf = above == 0;
        let extensions = &certificate.extensions;
        let self_issued = certificate.issuer.raw == certificate.subject.raw;
        let any_allowed = inhibit_any > 0 || (!is_leaf && self_issued);
        // Once a certificate has no policy at all, none counts any more, nor a mapping.
        let has_policies = !extensions.policies.is_empty();
        valid = valid.filter(|_| has_policies);
        valid = valid.map(|valid| valid.next(&extensions.policies, any_allowed));
        if explicit == 0 && !holds(valid.as_ref()) {
            return false;
        }
        if is_leaf {
            explicit = explicit.saturating_sub(1);
            if extensions.require_explicit_policy == Some(0) {
                explicit = 0;
            }
            break;
        }
        let mappings = &extensions.policy_mappings;
        let any = |(from, to): &(&[u8], &[u8])| *from == ANY_POLICY || *to == ANY_POLICY;
        if valid.is_some() && mapping > 0 && mappings.iter().any(any) {
            return false;
        }
        valid = valid.map(|valid| valid.mapped(mappings, mapping > 0));
        if !self_issued {
            for left in [&mut explicit, &mut inhibit_any, &mut mapping] {
                *left = left.saturating_sub(1);
            }
        }
        explicit = explicit.min(extensions.require_explicit_policy.unwrap_or(explicit));
        mapping = mapping.min(extensions.inhibit_policy_mapping.unwrap_or(mapping));
        inhibit_any = inhibit_any.min(extensions.inhibit_any_policy.unwrap_or(inhibit_any));
    }
    explicit > 0 || holds(valid.as_ref())
}

fn holds(valid: Option<&Valid<'_>>) -> bool {
    valid.is_some_and(|valid| valid.any || !valid.named.is_empty())
}

/// The policies that the next certificate may have.
struct Valid<'d> {
    any: bool,
    named: Vec<&'d [u8]>,
}

impl<'d> Valid<'d> {
    fn next(self, policies: &[&'d [u8]], any_allowed: bool) -> Self {
        let says_any = any_allowed && policies.contains(&ANY_POLICY);
        let kept = policies
            .iter()
            .copied()
            .filter(|policy| *policy != ANY_POLICY && (self.any || self.named.contains(policy)));
        let mut named: Vec<_> = kept.collect();
        if says_any {
            let more = self
                .named
                .iter()
                .filter(|policy| !policies.contains(policy));
            named.extend(more.copied());
        }
        let any = self.any && says_any;
        Self { any, named }
    }

    fn mapped(self, mappings: &[(&'d [u8], &'d [u8])], allowed: bool) -> Self {
        let is_mapped = |policy: &&[u8]| mappings.iter().any(|(from, _)| from == policy);
        let (mapped, mut named): (Vec<&[u8]>, Vec<&[u8]>) =
            self.named.iter().copied().partition(is_mapped);
        if allowed {
            let to = mappings
                .iter()
                .filter(|(from, _)| self.any || mapped.contains(from));
            named.extend(to.map(|(_, to)| *to));
        }
        Self { named, ..self }
    }
}
