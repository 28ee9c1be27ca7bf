//! Certificates, any field of which can be wrong.

use std::net::IpAddr;
use std::str::FromStr as _;

use const_oid::db::rfc5912::{ID_KP_CLIENT_AUTH, ID_KP_SERVER_AUTH};
use const_oid::{AssociatedOid, ObjectIdentifier};
use der::asn1::{Any, BitString, GeneralizedTime, Ia5String, Int, OctetString, UtcTime};
use der::flagset::FlagSet;
use der::{DateTime, Decode as _, Encode, Sequence};
use sha2::{Digest as _, Sha256};
use x509_cert::attr::Attributes;
use x509_cert::certificate::Version;
use x509_cert::crl::TbsCertList;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::constraints::name::GeneralSubtree;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{
    AuthorityKeyIdentifier, BasicConstraints, ExtendedKeyUsage, KeyUsage, KeyUsages,
    NameConstraints, SubjectAltName, SubjectKeyIdentifier,
};
use x509_cert::name::Name;
use x509_cert::request::CertReqInfo;
use x509_cert::spki::{AlgorithmIdentifierOwned, SubjectPublicKeyInfoOwned};
use x509_cert::time::{Time, Validity};

use super::Wrong;
use super::key::{Hash, Key, pem};

/// The name that the aggregator asks for.
pub(crate) const NAME: &str = "cnx-api.kube-system.svc";

/// A certificate before it is signed.
#[derive(Clone)]
pub(crate) struct Draft {
    pub(crate) key: Key,
    pub(crate) version: Version,
    /// Empty: no subject at all.
    pub(crate) common_name: String,
    /// The bytes of the INTEGER.
    pub(crate) serial: Vec<u8>,
    /// Dates, `YYYY-MM-DD`, at midnight.
    pub(crate) valid: (&'static str, &'static str),
    pub(crate) names: Vec<San>,
    pub(crate) basic: Option<BasicConstraints>,
    pub(crate) usage: Option<FlagSet<KeyUsages>>,
    pub(crate) purposes: Vec<ObjectIdentifier>,
    /// What names have to be below.
    pub(crate) permitted: Option<GeneralName>,
    pub(crate) others: Vec<Extension>,
    /// The key identifier, where it is not that of the key.
    pub(crate) identifier: Option<Vec<u8>>,
    /// Of the signature on it.
    pub(crate) hash: Hash,
    /// Bytes that are replaced before it is signed, each by as many: what no encoder
    /// writes.
    pub(crate) replaced: Vec<(&'static [u8], &'static [u8])>,
}

/// A subject alternative name.
#[derive(Clone)]
pub(crate) enum San {
    Dns(String),
    Ip(IpAddr),
    Uri(&'static str),
}

#[derive(Sequence)]
struct Tbs {
    #[asn1(context_specific = "0", default = "Default::default")]
    version: Version,
    serial: Int,
    signature: AlgorithmIdentifierOwned,
    issuer: Name,
    validity: Validity,
    subject: Name,
    public_key: SubjectPublicKeyInfoOwned,
    #[asn1(context_specific = "3", tag_mode = "EXPLICIT", optional = "true")]
    extensions: Option<Vec<Extension>>,
}

impl Draft {
    /// A server's certificate as it should be.
    pub(crate) fn server(key: Key) -> Self {
        Self {
            key,
            version: Version::V3,
            common_name: NAME.to_owned(),
            serial: Vec::new(),
            valid: ("2024-01-01", "2124-01-01"),
            names: vec![San::Dns(NAME.to_owned())],
            basic: None,
            usage: Some(KeyUsages::DigitalSignature.into()),
            purposes: vec![ID_KP_SERVER_AUTH],
            permitted: None,
            others: Vec::new(),
            identifier: None,
            hash: Hash::Usual,
            replaced: Vec::new(),
        }
    }

    /// A client's.
    pub(crate) fn client(key: Key, common_name: &str) -> Self {
        Self {
            names: Vec::new(),
            purposes: vec![ID_KP_CLIENT_AUTH],
            ..Self::server(key).called(common_name)
        }
    }

    /// An authority's.
    pub(crate) fn authority(key: Key, common_name: &str) -> Self {
        Self {
            names: Vec::new(),
            purposes: Vec::new(),
            basic: Some(ca(None)),
            usage: Some(KeyUsages::KeyCertSign | KeyUsages::CRLSign),
            ..Self::server(key).called(common_name)
        }
    }

    pub(crate) fn called(mut self, common_name: &str) -> Self {
        common_name.clone_into(&mut self.common_name);
        self
    }

    pub(crate) fn named(mut self, names: &[&str]) -> Self {
        self.names = names
            .iter()
            .map(|name| San::Dns((*name).to_owned()))
            .collect();
        self
    }

    pub(crate) const fn valid(mut self, from: &'static str, until: &'static str) -> Self {
        self.valid = (from, until);
        self
    }

    /// The certificate, in DER.
    pub(crate) fn sign(&self, issuer: &Self) -> Result<Vec<u8>, Wrong> {
        let own = issuer.key.public == self.key.public;
        let mut extensions = self.extensions()?;
        if !own {
            extensions.push(extension(
                false,
                &AuthorityKeyIdentifier {
                    key_identifier: Some(OctetString::new(issuer.identifier())?),
                    authority_cert_issuer: None,
                    authority_cert_serial_number: None,
                },
            )?);
        }
        let algorithm = issuer.key.algorithm(self.hash)?;
        let content = Tbs {
            version: self.version,
            serial: self.serial()?,
            signature: algorithm.clone(),
            issuer: issuer.subject()?,
            validity: Validity::new(date(self.valid.0)?, date(self.valid.1)?),
            subject: self.subject()?,
            public_key: self.key.public.clone(),
            extensions: (self.version == Version::V3).then_some(extensions),
        };
        let content = self.replace(content.to_der()?)?;
        let algorithm = self.replace_any(algorithm.to_der()?);
        let algorithm = AlgorithmIdentifierOwned::from_der(&algorithm)?;
        signed(&content, &algorithm, issuer, self.hash)
    }

    fn replace(&self, der: Vec<u8>) -> Result<Vec<u8>, Wrong> {
        let absent = |(old, new): &(&[u8], &[u8])| {
            old.len() != new.len() || !der.windows(old.len()).any(|window| window == *old)
        };
        match self.replaced.iter().any(absent) {
            true => Err("nothing to replace, or by something of another length".into()),
            false => Ok(self.replace_any(der)),
        }
    }

    fn replace_any(&self, mut der: Vec<u8>) -> Vec<u8> {
        for (old, new) in &self.replaced {
            let found = der.windows(old.len()).position(|window| window == *old);
            if let Some(place) = found {
                der.splice(place..place + old.len(), new.iter().copied());
            }
        }
        der
    }

    /// The certificate, as PEM.
    pub(crate) fn pem(&self, issuer: &Self) -> Result<Vec<u8>, Wrong> {
        pem("CERTIFICATE", &self.sign(issuer)?)
    }

    /// The signing request, as PEM.
    pub(crate) fn request(&self) -> Result<Vec<u8>, Wrong> {
        let content = CertReqInfo {
            version: x509_cert::request::Version::V1,
            subject: self.subject()?,
            public_key: self.key.public.clone(),
            attributes: Attributes::default(),
        };
        let algorithm = self.key.algorithm(self.hash)?;
        pem(
            "CERTIFICATE REQUEST",
            &signed(&content.to_der()?, &algorithm, self, self.hash)?,
        )
    }

    /// An authority's list of what it revoked, which is nothing, as PEM.
    pub(crate) fn revocation_list(&self) -> Result<Vec<u8>, Wrong> {
        let algorithm = self.key.algorithm(self.hash)?;
        let content: TbsCertList = TbsCertList {
            version: Version::V2,
            signature: algorithm.clone(),
            issuer: self.subject()?,
            this_update: date(self.valid.0)?,
            next_update: Some(date(self.valid.1)?),
            revoked_certificates: None,
            crl_extensions: None,
        };
        pem(
            "X509 CRL",
            &signed(&content.to_der()?, &algorithm, self, self.hash)?,
        )
    }

    fn subject(&self) -> Result<Name, Wrong> {
        Ok(match self.common_name.as_str() {
            "" => Name::default(),
            name => Name::from_str(&format!(
                "CN={name},O=cnx-harden test material\\, never use"
            ))?,
        })
    }

    fn identifier(&self) -> Vec<u8> {
        let own = || self.key.identifier();
        self.identifier.clone().unwrap_or_else(own)
    }

    fn serial(&self) -> Result<Int, Wrong> {
        if !self.serial.is_empty() {
            return Ok(Int::new(&self.serial)?);
        }
        let seed = [self.key.identifier().as_slice(), self.valid.1.as_bytes()].concat();
        let mut serial = vec![1];
        serial.extend(Sha256::digest(seed).iter().take(8));
        Ok(Int::new(&serial)?)
    }

    fn extensions(&self) -> Result<Vec<Extension>, Wrong> {
        let mut all = Vec::new();
        if let Some(basic) = &self.basic {
            all.push(extension(true, basic)?);
        }
        if let Some(usage) = self.usage {
            all.push(extension(true, &KeyUsage(usage))?);
        }
        if !self.purposes.is_empty() {
            all.push(extension(false, &ExtendedKeyUsage(self.purposes.clone()))?);
        }
        if !self.names.is_empty() {
            let names = self
                .names
                .iter()
                .map(San::general)
                .collect::<Result<_, _>>()?;
            all.push(extension(
                self.common_name.is_empty(),
                &SubjectAltName(names),
            )?);
        }
        if let Some(base) = self.permitted.clone() {
            let subtree = GeneralSubtree {
                base,
                minimum: 0,
                maximum: None,
            };
            all.push(extension(
                true,
                &NameConstraints {
                    permitted_subtrees: Some(vec![subtree]),
                    excluded_subtrees: None,
                },
            )?);
        }
        all.push(extension(
            false,
            &SubjectKeyIdentifier(OctetString::new(self.identifier())?),
        )?);
        all.extend(self.others.iter().cloned());
        Ok(all)
    }
}

/// An extension with any value.
pub(crate) fn raw_extension(oid: &str, critical: bool, value: &[u8]) -> Result<Extension, Wrong> {
    Ok(Extension {
        extn_id: ObjectIdentifier::new(oid)?,
        critical,
        extn_value: OctetString::new(value)?,
    })
}

/// Names as they are encoded: the tag's number, and the content.
pub(crate) fn raw_names(critical: bool, names: &[(u8, &[u8])]) -> Result<Extension, Wrong> {
    let mut all = Vec::new();
    for (number, content) in names {
        all.push(0x80 | number);
        all.push(u8::try_from(content.len())?);
        all.extend_from_slice(content);
    }
    let value = [&[0x30, u8::try_from(all.len())?], all.as_slice()].concat();
    Ok(Extension {
        extn_id: SubjectAltName::OID,
        critical,
        extn_value: OctetString::new(value)?,
    })
}

/// A domain, for name constraints.
pub(crate) fn domain(name: &str) -> Result<GeneralName, Wrong> {
    Ok(GeneralName::DnsName(Ia5String::new(name)?))
}

impl San {
    fn general(&self) -> Result<GeneralName, Wrong> {
        Ok(match self {
            Self::Dns(name) => GeneralName::DnsName(Ia5String::new(name)?),
            Self::Ip(address) => GeneralName::from(*address),
            Self::Uri(uri) => GeneralName::UniformResourceIdentifier(Ia5String::new(*uri)?),
        })
    }
}

/// Basic constraints of a CA that allows so many intermediates below it.
pub(crate) const fn ca(path_length: Option<u8>) -> BasicConstraints {
    BasicConstraints {
        ca: true,
        path_len_constraint: path_length,
    }
}

/// An extension of any kind.
pub(crate) fn extension<T: AssociatedOid + Encode>(
    critical: bool,
    value: &T,
) -> Result<Extension, Wrong> {
    Ok(Extension {
        extn_id: T::OID,
        critical,
        extn_value: OctetString::new(value.to_der()?)?,
    })
}

/// What is signed, the algorithm and the signature, in a SEQUENCE.
fn signed(
    content: &[u8],
    algorithm: &AlgorithmIdentifierOwned,
    issuer: &Draft,
    hash: Hash,
) -> Result<Vec<u8>, Wrong> {
    let signature = issuer.key.sign(hash, content)?;
    let fields = vec![
        Any::from_der(content)?,
        Any::encode_from(algorithm)?,
        Any::encode_from(&BitString::from_bytes(&signature)?)?,
    ];
    Ok(fields.to_der()?)
}

/// RFC 5280, 4.1.2.5: UTCTime until 2049, GeneralizedTime from 2050.
fn date(text: &str) -> Result<Time, Wrong> {
    let time = DateTime::from_str(&format!("{text}T00:00:00Z"))?;
    Ok(if time.year() < 2050 {
        Time::UtcTime(UtcTime::from_date_time(time)?)
    } else {
        Time::GeneralTime(GeneralizedTime::from_date_time(time))
    })
}
