//! The authority that signs.

use rcgen::{BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer};
use rcgen::{KeyIdMethod, KeyPair, KeyUsagePurpose, SerialNumber};
use rustls_pki_types::{CertificateDer, UnixTime};
use x509_parser::prelude::{FromDer as _, X509Certificate};
use x509_parser::public_key::PublicKey;
use zeroize::Zeroizing;

use super::error::GenerateError;
use super::issue::{Issued, certificates};
use super::key::{self, KeyKind};
use super::lifetime::{Validity, ValidityPeriod, unix};
use super::profile::CertificateProfile;
use crate::check::check_pair;
use crate::pem::{CaCertificates, CertificateChain, PrivateKey};
use crate::role::Role;

/// An authority with its key.
pub struct Authority {
    bundle: CaCertificates,
    /// The one that signs, and intermediates above it.
    chain: CertificateChain,
    key: PrivateKey,
    pair: Zeroizing<KeyPair>,
}

impl Authority {
    /// A new self-signed authority that signs leaves alone: `keyCertSign` and
    /// `cRLSign`, path length 0 (RFC 5280, sections 4.2.1.3 and 4.2.1.9).
    ///
    /// Each has a name of its own, since verifiers look authorities up by name: two
    /// of one name and different keys are hard to tell apart while one replaces the
    /// other.
    ///
    /// # Errors
    ///
    /// [`GenerateError::Date`], [`GenerateError::Cryptography`].
    pub fn generate(kind: KeyKind, lifetime: ValidityPeriod) -> Result<Self, GenerateError> {
        let pair = kind.generate()?;
        let validity = lifetime.validity()?;
        let serial = serial()?;
        let mark: String = serial.iter().take(4).map(|b| format!("{b:02x}")).collect();
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::OrganizationName, "cnx-harden");
        params
            .distinguished_name
            .push(DnType::CommonName, format!("CNX CA {mark}"));
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        params.not_before = validity.from;
        params.not_after = validity.to;
        params.serial_number = Some(SerialNumber::from(serial));
        let certificate = params.self_signed(&*pair);
        let certificate = certificate.map_err(|_| GenerateError::Cryptography)?;
        let chain = certificates(&[certificate.der()])?;
        Ok(Self {
            bundle: bundle(&chain)?,
            key: key::to_pem(&pair)?,
            chain,
            pair,
        })
    }

    /// An authority that is there: its certificate, with any certificates above it
    /// behind it, and its key.
    ///
    /// # Errors
    ///
    /// [`GenerateError`]: the key is another's, the certificate is not one of a CA
    /// that may sign, or it is not valid now.
    pub fn new(
        chain: CertificateChain,
        key: PrivateKey,
        now: UnixTime,
    ) -> Result<Self, GenerateError> {
        check_pair(&chain, &key)?;
        let own = chain.der().first().ok_or(GenerateError::Unreadable)?;
        let own = parse(own)?;
        if !own.is_ca() {
            return Err(GenerateError::NotACa);
        }
        let usage = own.key_usage().map_err(|_| GenerateError::Unreadable)?;
        if usage.is_some_and(|usage| !usage.value.key_cert_sign()) {
            return Err(GenerateError::MayNotSign);
        }
        let validity = Validity::of(own.validity());
        if now < unix(validity.from) {
            return Err(GenerateError::NotYetValid(validity.from.date()));
        }
        if now > unix(validity.to) {
            return Err(GenerateError::Expired(validity.to.date()));
        }
        // rcgen has no answer to a relative name without attributes.
        let subject = own.subject();
        if subject.iter().any(|name| name.iter().count() != 1) {
            return Err(GenerateError::AuthorityName);
        }
        if let Ok(PublicKey::RSA(public)) = own.public_key().parsed()
            && public.key_size() < 2048
        {
            return Err(GenerateError::SmallKey(public.key_size()));
        }
        let pair = KeyPair::try_from(key.der()).map_err(|_| GenerateError::Cryptography)?;
        Ok(Self {
            bundle: bundle(&chain)?,
            pair: Zeroizing::new(pair),
            chain,
            key,
        })
    }

    /// What the other side of each connection trusts.
    #[must_use]
    pub const fn bundle(&self) -> &CaCertificates {
        &self.bundle
    }

    /// The authority's key. It is secret.
    #[must_use]
    pub const fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// When the authority expires.
    ///
    /// # Errors
    ///
    /// [`GenerateError::Unreadable`].
    pub fn not_after(&self) -> Result<UnixTime, GenerateError> {
        Ok(unix(Validity::of(parse(self.own()?)?.validity()).to))
    }

    /// A certificate with a new key. Where the lifetime would go beyond the
    /// authority's, it ends with it.
    ///
    /// # Errors
    ///
    /// [`GenerateError::AuthorityName`], if the authority's name cannot be the
    /// issuer's; [`GenerateError::Date`]; [`GenerateError::Cryptography`].
    pub fn issue(
        &self,
        profile: &CertificateProfile,
        kind: KeyKind,
        lifetime: ValidityPeriod,
    ) -> Result<Issued, GenerateError> {
        let own = self.own()?;
        let authority = parse(own)?;
        let is_ed25519 =
            authority.public_key().algorithm.algorithm.as_bytes() == [0x2b, 0x65, 0x70];
        if profile.role == Role::Manager && is_ed25519 {
            return Err(GenerateError::BrowserKey);
        }
        let wanted = lifetime.validity()?;
        let validity = wanted.within(Validity::of(authority.validity()));
        let pair = kind.generate()?;
        let mut params = profile.params(kind)?;
        params.not_before = validity.from;
        params.not_after = validity.to;
        params.serial_number = Some(SerialNumber::from(serial()?));
        params.use_authority_key_identifier_extension = true;
        params.key_identifier_method = KeyIdMethod::Sha256;
        let issuer = Issuer::from_ca_cert_der(own, &*self.pair);
        let issuer = issuer.map_err(|_| GenerateError::AuthorityName)?;
        let signed = params.signed_by(&*pair, &issuer);
        let signed = signed.map_err(|_| GenerateError::Cryptography)?;
        // rcgen keeps one attribute of each type: Active Directory's names have two.
        if parse(signed.der())?.issuer().as_raw() != authority.subject().as_raw() {
            return Err(GenerateError::AuthorityName);
        }
        let mut chain = vec![signed.der()];
        for certificate in self.chain.der() {
            let above = parse(certificate)?;
            if above.subject().as_raw() != above.issuer().as_raw() {
                chain.push(certificate);
            }
        }
        Ok(Issued {
            role: profile.role,
            certificate: certificates(&chain)?,
            key: key::to_pem(&pair)?,
            not_after: unix(validity.to),
            shortened: validity.to < wanted.to,
        })
    }

    fn own(&self) -> Result<&CertificateDer<'static>, GenerateError> {
        self.chain.der().first().ok_or(GenerateError::Unreadable)
    }
}

impl std::fmt::Debug for Authority {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Authority").finish_non_exhaustive()
    }
}

fn parse<'d>(der: &'d CertificateDer<'_>) -> Result<X509Certificate<'d>, GenerateError> {
    match X509Certificate::from_der(der) {
        Ok((_, certificate)) => Ok(certificate),
        Err(_) => Err(GenerateError::Unreadable),
    }
}

fn bundle(chain: &CertificateChain) -> Result<CaCertificates, GenerateError> {
    CaCertificates::from_pem(chain.as_pem()).map_err(|_| GenerateError::Unreadable)
}

/// 127 random bits: positive, never zero, 16 octets of the 20 that RFC 5280 allows
/// (section 4.1.2.2).
fn serial() -> Result<Vec<u8>, GenerateError> {
    let mut serial = [0; 16];
    aws_lc_rs::rand::fill(&mut serial).map_err(|_| GenerateError::Cryptography)?;
    if let Some(first) = serial.first_mut() {
        *first = *first & 0x7f | 0x40;
    }
    Ok(serial.to_vec())
}
