//! Keys, signatures, and what else a certificate is made of.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5280;
use der::asn1::OctetString;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::certpolicy::PolicyInformation;
use x509_cert::ext::pkix::{
    CertificatePolicies, CrlDistributionPoints, KeyUsage, KeyUsages, PolicyConstraints,
};

use super::{Case, Cases, authority, root, server};
use crate::Wrong;
use crate::draft::{Draft, extension};
use crate::key::{Hash, Key};

pub(super) const CASES: Cases = &[
    ("sha1-signature", |name| {
        Case::usual(&Draft {
            hash: Hash::Sha1,
            ..server(name)?
        })
    }),
    ("sha1-signature-rsa", |name| {
        Case::issued(
            &Draft {
                hash: Hash::Sha1,
                ..server(name)?
            },
            &rsa_root()?,
        )
    }),
    ("sha1-intermediate", |name| {
        let intermediate = authority("cnx-harden TEST intermediate")?;
        Case::below(
            &server(name)?,
            &Draft {
                hash: Hash::Sha1,
                ..intermediate
            },
        )
    }),
    ("md5-signature", |name| {
        Case::issued(
            &Draft {
                hash: Hash::Md5,
                ..server(name)?
            },
            &rsa_root()?,
        )
    }),
    ("rsa-512", |_| {
        Case::usual(&Draft::server(kept!("rsa-512")?))
    }),
    ("rsa-768", |_| {
        Case::usual(&Draft::server(kept!("rsa-768")?))
    }),
    ("rsa-1024", |_| {
        Case::usual(&Draft::server(kept!("rsa-1024")?))
    }),
    ("rsa-8200", |_| {
        Case::usual(&Draft::server(kept!("rsa-8200")?))
    }),
    ("rsa-pss-key", |_| {
        Case::usual(&Draft::server(kept!("rsa-pss")?))
    }),
    ("secp224r1", |_| {
        Case::usual(&Draft::server(kept!("secp224r1")?))
    }),
    ("secp256k1", |_| {
        Case::usual(&Draft::server(kept!("secp256k1")?))
    }),
    ("ed25519", |name| {
        Case::usual(&Draft::server(Key::ed25519(name)?))
    }),
    ("ed25519-manager", |name| {
        Case::usual(&Draft::server(Key::ed25519(name)?).named(&["cnx.example.com"]))
    }),
    ("ed25519-ca", |name| {
        let ca = Draft::authority(Key::ed25519("CA")?, "cnx-harden TEST CA");
        Case::issued(&server(name)?, &ca)
    }),
    ("negative-serial", |name| {
        Case::usual(&Draft {
            serial: vec![0xfb, 0x2e],
            ..server(name)?
        })
    }),
    ("duplicate-extension", |name| {
        let again = extension(true, &KeyUsage(KeyUsages::DigitalSignature.into()))?;
        Case::usual(&Draft {
            others: vec![again],
            ..server(name)?
        })
    }),
    ("rsa-768-ca", |name| {
        let ca = Draft::authority(kept!("rsa-768")?, "cnx-harden TEST RSA CA");
        Case::issued(&server(name)?, &ca)
    }),
    ("rsa-1024-ca", |name| {
        let ca = Draft::authority(kept!("rsa-1024")?, "cnx-harden TEST RSA CA");
        Case::issued(&server(name)?, &ca)
    }),
    ("serial-of-zero", |name| {
        Case::usual(&Draft {
            serial: vec![0],
            ..server(name)?
        })
    }),
    ("long-serial", |name| {
        Case::usual(&Draft {
            serial: vec![0x55; 30],
            ..server(name)?
        })
    }),
    ("critical-distribution-points", |name| {
        // Which Go knows, and does not look at.
        let point = extension(true, &CrlDistributionPoints(vec![]))?;
        Case::usual(&Draft {
            others: vec![point],
            ..server(name)?
        })
    }),
    ("critical-policies", |name| {
        let any = PolicyInformation {
            policy_identifier: rfc5280::ANY_POLICY,
            policy_qualifiers: None,
        };
        Case::usual(&Draft {
            others: vec![extension(true, &CertificatePolicies(vec![any]))?],
            ..server(name)?
        })
    }),
    ("critical-policy-constraints", |name| {
        let constraints = PolicyConstraints {
            require_explicit_policy: None,
            inhibit_policy_mapping: Some(0),
        };
        let intermediate = Draft {
            others: vec![extension(true, &constraints)?],
            ..authority("cnx-harden TEST intermediate")?
        };
        Case::below(&server(name)?, &intermediate)
    }),
    ("ed25519-key-with-public-key", |name| {
        let leaf = Draft::server(Key::ed25519(name)?);
        Ok(Case::usual(&leaf)?.keeping(leaf.key.pkcs8_version_2()?))
    }),
    ("unknown-critical-extension", |name| {
        Case::usual(&Draft {
            others: vec![our_own()?],
            ..server(name)?
        })
    }),
    ("unknown-critical-extension-of-ca", |name| {
        let ca = Draft {
            others: vec![our_own()?],
            ..root()?
        };
        Case::issued(&server(name)?, &ca)
    }),
    ("p256-explicit", |_| {
        Case::usual(&Draft::server(kept!("p256-explicit")?))
    }),
    ("sec1-key-without-parameters", |name| {
        let leaf = server(name)?;
        Ok(Case::usual(&leaf)?.keeping(leaf.key.sec1_without_parameters()?))
    }),
    ("key-without-public-key", |name| {
        let leaf = server(name)?;
        Ok(Case::usual(&leaf)?.keeping(leaf.key.pkcs8_without_public_key()?))
    }),
    ("too-large", |name| {
        let case = Case::usual(&server(name)?)?;
        let text = "This line stands here for its length alone.\n".repeat(24_000);
        let certificate = [text.as_bytes(), &case.certificate].concat();
        Ok(case.presenting(certificate))
    }),
    // Good ones.
    ("p384", |name| Case::usual(&Draft::server(Key::p384(name)?))),
    ("p521", |name| Case::usual(&Draft::server(Key::p521(name)?))),
    ("p384-ca", |name| {
        Case::issued(
            &server(name)?,
            &Draft::authority(Key::p384("CA")?, "cnx-harden TEST CA"),
        )
    }),
    ("p521-ca", |name| {
        Case::issued(
            &server(name)?,
            &Draft::authority(Key::p521("CA")?, "cnx-harden TEST CA"),
        )
    }),
    ("rsa-2048", |_| {
        Case::issued(&Draft::server(kept!("rsa-2048")?), &rsa_root()?)
    }),
    ("pkcs1-key", |_| {
        let leaf = Draft::server(kept!("rsa-2048")?);
        Ok(Case::usual(&leaf)?.keeping(leaf.key.traditional()?))
    }),
    ("sec1-key", |name| {
        let leaf = server(name)?;
        Ok(Case::usual(&leaf)?.keeping(leaf.key.traditional()?))
    }),
    ("root-sha1-self-signature", |name| {
        Case::issued(&server(name)?, &root()?).and_then(|case| {
            let root = Draft {
                hash: Hash::Sha1,
                ..root()?
            };
            Ok(case.trusting(root.pem(&root)?))
        })
    }),
    ("pinned-sha1", |name| {
        Case::pinned(&Draft {
            hash: Hash::Sha1,
            ..server(name)?
        })
    }),
];

/// A critical extension that nobody knows. 2.25 is for anybody: a UUID. The value
/// is NULL.
fn our_own() -> Result<Extension, Wrong> {
    Ok(Extension {
        extn_id: ObjectIdentifier::new("2.25.305419896")?,
        critical: true,
        extn_value: OctetString::new([5, 0])?,
    })
}

fn rsa_root() -> Result<Draft, Wrong> {
    Ok(Draft::authority(
        kept!("rsa-2048-ca")?,
        "cnx-harden TEST RSA CA",
    ))
}
