//! Extensions. Go reads each that it knows, whether anybody asks for it or not.

use std::net::IpAddr;

use super::constraint::Constraints;
use super::der::{
    BOOLEAN, INTEGER, OCTET_STRING, OID, Reader, SEQUENCE, constructed, dotted, is_shortest,
    number, primitive,
};
use super::{Release, Result, Rule as _, Unreadable, Uri};

/// What the extensions of a certificate say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Extensions<'d> {
    /// The bits, the first one the highest.
    pub(crate) key_usage: Option<u16>,
    /// Whether it is a CA.
    pub(crate) ca: Option<bool>,
    /// How many intermediates may be below it.
    pub(crate) path_length: Option<u64>,
    /// None where there is no such extension.
    pub(crate) names: Option<Vec<AlternativeName<'d>>>,
    /// Object identifiers; none where there is no such extension.
    pub(crate) purposes: Option<Vec<&'d [u8]>>,
    pub(crate) constraints: Option<Constraints<'d>>,
    pub(crate) key_identifier: Option<&'d [u8]>,
    pub(crate) issuers_key_identifier: Option<&'d [u8]>,
    pub(crate) policies: Vec<&'d [u8]>,
    /// The issuer's policy, and the subject's that it stands for.
    pub(crate) policy_mappings: Vec<(&'d [u8], &'d [u8])>,
    pub(crate) require_explicit_policy: Option<u64>,
    pub(crate) inhibit_policy_mapping: Option<u64>,
    pub(crate) inhibit_any_policy: Option<u64>,
    /// The critical ones that Go does not know, and from which release on it does.
    pub(crate) unknown: Vec<(String, Option<Release>)>,
    /// Policies that newer releases refuse.
    pub(crate) raw_names: Option<&'d [u8]>,
}

/// A subject alternative name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum AlternativeName<'d> {
    Dns(&'d str),
    Email(&'d str),
    Uri(Uri),
    Ip(IpAddr),
    /// Passed over.
    Other,
}

/// `id-ce`, below which most are.
const ID_CE: [u8; 2] = [0x55, 0x1d];
const AUTHORITY_INFORMATION: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 1];

impl<'d> Extensions<'d> {
    /// Reads the list of extensions.
    pub(super) fn parse(mut list: Reader<'d>) -> Result<Self> {
        let mut all = Self::default();
        let mut seen = Vec::new();
        while !list.is_empty() {
            let mut extension = list.read(SEQUENCE).or_rule("an extension is malformed")?;
            let oid = extension.oid().or_rule(
                "an extension's object identifier is malformed, or has a number of more than 31 bits",
            )?;
            let critical = match extension.peek(BOOLEAN) {
                true => extension
                    .boolean()
                    .or_rule("an extension's critical flag is neither 00 nor FF")?,
                false => false,
            };
            let value = extension
                .read(OCTET_STRING)
                .or_rule("an extension's value is malformed")?;
            if seen.contains(&oid) {
                return Err(Unreadable::always("an extension stands there twice"));
            }
            seen.push(oid);
            let known = all.read(oid, critical, value)?;
            match known {
                Known::Yes => {}
                Known::Since(release) if critical => {
                    all.unknown.push((dotted(oid), Some(release)));
                }
                Known::No if critical => all.unknown.push((dotted(oid), None)),
                Known::Since(_) | Known::No => {}
            }
        }
        Ok(all)
    }

    fn read(&mut self, oid: &[u8], critical: bool, mut value: Reader<'d>) -> Result<Known> {
        let number_of = match oid {
            [a, b, number] if [*a, *b] == ID_CE => *number,
            AUTHORITY_INFORMATION => {
                not_critical(critical, "the authority information access is critical")?;
                authority_information(value)
                    .or_rule("the authority information access is malformed")?;
                return Ok(Known::Yes);
            }
            _ => return Ok(Known::No),
        };
        match number_of {
            14 => {
                not_critical(critical, "the subject key identifier is critical")?;
                let id = value.read(OCTET_STRING);
                self.key_identifier =
                    Some(id.or_rule("the subject key identifier is malformed")?.0);
            }
            15 => self.key_usage = Some(key_usage(value).or_rule("the key usage is malformed")?),
            17 => {
                self.raw_names = Some(value.0);
                let names = alternative_names(value)?;
                let known = names.iter().any(|name| *name != AlternativeName::Other);
                self.names = Some(names);
                return Ok(if known { Known::Yes } else { Known::No });
            }
            19 => {
                let length = self
                    .basic_constraints(value)
                    .or_rule("the basic constraints are malformed")?;
                if length < 0 {
                    return Err(Unreadable::from(
                        Release::GO_1_26,
                        "the path length of the basic constraints is below zero",
                    ));
                }
            }
            30 => {
                let constraints = Constraints::parse(value.0)?;
                let foreign = constraints.foreign;
                self.constraints = Some(constraints);
                return Ok(if foreign { Known::No } else { Known::Yes });
            }
            31 => distribution_points(value)
                .or_rule("the CRL distribution points are malformed, or name a point relatively")?,
            32 => self.policies = policies(value)?,
            33 => {
                let mappings = policy_mappings(value);
                self.policy_mappings = mappings.ok_or(Unreadable::from(
                    Release::GO_1_24,
                    "the policy mappings are malformed",
                ))?;
                return Ok(Known::Since(Release::GO_1_24));
            }
            35 => {
                not_critical(critical, "the authority key identifier is critical")?;
                let malformed = "the authority key identifier is malformed";
                let mut inner = value.read(SEQUENCE).or_rule(malformed)?;
                let id = inner.optional(primitive(0)).or_rule(malformed)?;
                self.issuers_key_identifier = id.map(|id| id.0);
            }
            36 => {
                self.policy_constraints(value).ok_or(Unreadable::from(
                    Release::GO_1_24,
                    "the policy constraints are malformed",
                ))?;
                return Ok(Known::Since(Release::GO_1_24));
            }
            37 => {
                let list = purposes(value);
                self.purposes = Some(list.or_rule("the extended key usage is malformed, or has an object identifier with a number of more than 31 bits")?);
            }
            54 => {
                let skip = value.integer().and_then(skipped);
                self.inhibit_any_policy = skip.ok_or(Unreadable::from(
                    Release::GO_1_24,
                    "inhibitAnyPolicy is malformed",
                ))?;
                return Ok(Known::Since(Release::GO_1_24));
            }
            _ => return Ok(Known::No),
        }
        Ok(Known::Yes)
    }

    /// Returns the path length, zero where there is none.
    fn basic_constraints(&mut self, mut value: Reader<'_>) -> Option<i64> {
        let mut inner = value.read(SEQUENCE)?;
        let ca = match inner.peek(BOOLEAN) {
            true => inner.boolean()?,
            false => false,
        };
        self.ca = Some(ca);
        if !inner.peek(INTEGER) {
            return Some(0);
        }
        let length = number(inner.integer()?)?;
        self.path_length = u64::try_from(length).ok();
        Some(length)
    }

    fn policy_constraints(&mut self, mut value: Reader<'_>) -> Option<()> {
        let mut inner = value.read(SEQUENCE)?;
        let mut skip = |number| match inner.optional(primitive(number))? {
            Some(content) => skipped(content.0),
            None => Some(None),
        };
        self.require_explicit_policy = skip(0)?;
        self.inhibit_policy_mapping = skip(1)?;
        Some(())
    }
}

/// Whether Go knows an extension, so that it may be critical.
enum Known {
    Yes,
    Since(Release),
    No,
}

fn not_critical(critical: bool, rule: &'static str) -> Result<()> {
    match critical {
        true => Err(Unreadable::from(Release::GO_1_23, rule)),
        false => Ok(()),
    }
}

/// How many certificates are skipped, of an INTEGER in its shortest form. Go reads one
/// below zero, and makes nothing of it.
fn skipped(bytes: &[u8]) -> Option<Option<u64>> {
    let number = is_shortest(bytes).then(|| number(bytes))??;
    Some(u64::try_from(number).ok())
}

fn key_usage(mut value: Reader<'_>) -> Option<u16> {
    let (bytes, _) = value.bits()?;
    let byte = |place| u16::from(bytes.get(place).copied().unwrap_or_default());
    Some(byte(0) << 8 | byte(1))
}

fn alternative_names(mut value: Reader<'_>) -> Result<Vec<AlternativeName<'_>>> {
    let malformed = "the subject alternative names are malformed";
    let mut list = value.read(SEQUENCE).or_rule(malformed)?;
    let mut names = Vec::new();
    while !list.is_empty() {
        let name = list.any().or_rule(malformed)?;
        let ascii = || {
            let text = std::str::from_utf8(name.content).ok();
            text.filter(|text| text.is_ascii())
                .or_rule("a subject alternative name is not ASCII")
        };
        names.push(match name.tag ^ 0x80 {
            1 => AlternativeName::Email(ascii()?),
            2 => AlternativeName::Dns(ascii()?),
            6 => {
                ascii()?;
                AlternativeName::Uri(Uri::parse(name.content)?)
            }
            7 => AlternativeName::Ip(
                address(name.content)
                    .or_rule("an IP address among its names has neither 4 nor 16 bytes")?,
            ),
            _ => AlternativeName::Other,
        });
    }
    Ok(names)
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    match bytes.len() {
        4 => <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from),
        _ => <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from),
    }
}

fn distribution_points(mut value: Reader<'_>) -> Option<()> {
    let mut list = value.read(SEQUENCE)?;
    while !list.is_empty() {
        let mut point = list.read(SEQUENCE)?;
        let Some(mut name) = point.optional(constructed(0))? else {
            continue;
        };
        let mut full = name.read(constructed(0))?;
        while full.peek(primitive(6)) {
            full.read(primitive(6))?;
        }
    }
    Some(())
}

fn authority_information(mut value: Reader<'_>) -> Option<()> {
    let mut list = value.read(SEQUENCE)?;
    while !list.is_empty() {
        let mut access = list.read(SEQUENCE)?;
        access.oid()?;
        if access.peek(primitive(6)) {
            access.read(primitive(6))?;
        }
    }
    Some(())
}

fn purposes(mut value: Reader<'_>) -> Option<Vec<&[u8]>> {
    let mut list = value.read(SEQUENCE)?;
    let mut all = Vec::new();
    while !list.is_empty() {
        all.push(list.oid()?);
    }
    Some(all)
}

fn policies(mut value: Reader<'_>) -> Result<Vec<&[u8]>> {
    let malformed = "the certificate policies are malformed";
    let mut list = value.read(SEQUENCE).or_rule(malformed)?;
    let mut all = Vec::new();
    while !list.is_empty() {
        let mut policy = list.read(SEQUENCE).or_rule(malformed)?;
        let oid = policy.long_oid().or_rule(malformed)?;
        if all.contains(&oid) {
            return Err(Unreadable::from(
                Release::GO_1_24,
                "one certificate policy stands there twice",
            ));
        }
        all.push(oid);
    }
    Ok(all)
}

fn policy_mappings(mut value: Reader<'_>) -> Option<Vec<(&[u8], &[u8])>> {
    let mut list = value.read(SEQUENCE)?;
    let mut all = Vec::new();
    while !list.is_empty() {
        let mut mapping = list.read(SEQUENCE)?;
        // Go does not look into the object identifiers.
        all.push((mapping.read(OID)?.0, mapping.read(OID)?.0));
    }
    Some(all)
}
