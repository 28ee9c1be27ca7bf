//! From the certificate to the authority: order, issuers, and what they may sign.

use std::str::FromStr as _;

use const_oid::db::rfc5912::ID_KP_CLIENT_AUTH;
use x509_cert::certificate::Version;
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsages};
use x509_cert::name::Name;

use super::{Case, Cases, authority, root, server};
use crate::Wrong;
use crate::draft::{Draft, ca, domain};
use crate::key::{Key, pem};

pub(super) const CASES: Cases = &[
    ("key-mismatch", |name| {
        Ok(Case::usual(&server(name)?)?.keeping(Key::p256("another key")?.pkcs8()?))
    }),
    ("wrong-order", |name| {
        let (leaf, intermediate) = (server(name)?, intermediate()?);
        let certificate = [intermediate.pem(&root()?)?, leaf.pem(&intermediate)?].concat();
        Ok(Case::usual(&leaf)?.presenting(certificate))
    }),
    ("unordered-chain", |name| {
        let (leaf, lower, upper) = (
            server(name)?,
            authority("cnx-harden TEST lower")?,
            intermediate()?,
        );
        let chain = [leaf.pem(&lower)?, upper.pem(&root()?)?, lower.pem(&upper)?];
        Ok(Case::usual(&leaf)?.presenting(chain.concat()))
    }),
    ("unrelated-in-chain", |name| {
        let (case, other) = (
            Case::usual(&server(name)?)?,
            authority("cnx-harden TEST other CA")?,
        );
        let certificate = [case.certificate.clone(), other.pem(&other)?].concat();
        Ok(case.presenting(certificate))
    }),
    ("unknown-issuer", |name| {
        let other = authority("cnx-harden TEST other CA")?;
        Ok(Case::usual(&server(name)?)?.trusting(other.pem(&other)?))
    }),
    ("missing-intermediate", |name| {
        let leaf = server(name)?;
        Ok(Case::usual(&leaf)?.presenting(leaf.pem(&intermediate()?)?))
    }),
    ("same-name-other-key", |name| {
        let other = Draft {
            key: Key::p256("the CA, made anew")?,
            ..root()?
        };
        Ok(Case::usual(&server(name)?)?.trusting(other.pem(&other)?))
    }),
    ("issuer-is-no-ca", |name| {
        let no = BasicConstraints {
            ca: false,
            path_len_constraint: None,
        };
        Case::issued(
            &server(name)?,
            &Draft {
                basic: Some(no),
                ..root()?
            },
        )
    }),
    ("issuer-without-constraints", |name| {
        Case::issued(
            &server(name)?,
            &Draft {
                basic: None,
                ..root()?
            },
        )
    }),
    ("issuer-is-a-leaf", |name| {
        let other = server("the issuer of issuer-is-a-leaf")?.called("a server");
        Case::below(&server(name)?, &other)
    }),
    ("intermediate-of-version-1", |name| {
        Case::below(
            &server(name)?,
            &Draft {
                version: Version::V1,
                ..intermediate()?
            },
        )
    }),
    ("ca-as-leaf-below-version-1", |name| {
        let leaf = Draft {
            basic: Some(ca(None)),
            ..server(name)?
        };
        Case::below(
            &leaf,
            &Draft {
                version: Version::V1,
                ..intermediate()?
            },
        )
    }),
    ("ca-may-not-sign", |name| {
        let usage = Some(KeyUsages::DigitalSignature.into());
        Case::issued(&server(name)?, &Draft { usage, ..root()? })
    }),
    ("intermediate-may-not-sign", |name| {
        let usage = Some(KeyUsages::DigitalSignature.into());
        Case::below(
            &server(name)?,
            &Draft {
                usage,
                ..intermediate()?
            },
        )
    }),
    ("ca-for-clients-only", |name| {
        Case::issued(
            &server(name)?,
            &Draft {
                purposes: vec![ID_KP_CLIENT_AUTH],
                ..root()?
            },
        )
    }),
    ("intermediate-for-clients-only", |name| {
        let purposes = vec![ID_KP_CLIENT_AUTH];
        Case::below(
            &server(name)?,
            &Draft {
                purposes,
                ..intermediate()?
            },
        )
    }),
    ("path-length", |name| {
        let (leaf, root) = (
            server(name)?,
            Draft {
                basic: Some(ca(Some(0))),
                ..root()?
            },
        );
        let intermediate = intermediate()?;
        let chain = [leaf.pem(&intermediate)?, intermediate.pem(&root)?].concat();
        Ok(Case::issued(&leaf, &root)?.presenting(chain))
    }),
    ("path-length-of-intermediate", |name| {
        let upper = Draft {
            basic: Some(ca(Some(0))),
            ..intermediate()?
        };
        let (leaf, lower) = (server(name)?, authority("cnx-harden TEST lower")?);
        let chain = [leaf.pem(&lower)?, lower.pem(&upper)?, upper.pem(&root()?)?];
        Ok(Case::usual(&leaf)?.presenting(chain.concat()))
    }),
    ("key-of-another-kind", |name| {
        let key = Key::ed25519("another key")?.pkcs8()?;
        Ok(Case::usual(&server(name)?)?.keeping(key))
    }),
    ("issuer-in-another-encoding", |name| {
        // The CA's name as PrintableString, where its certificates have UTF8String.
        // Its own signature is broken by that; nobody looks at a root's.
        let der = root()?.sign(&root()?)?;
        let (utf8, printable) = ([0x0c, 18, b'c', b'n', b'x'], [0x13, 18, b'c', b'n', b'x']);
        let other = exchanged(&exchanged(&der, &utf8, &printable), &utf8, &printable);
        Ok(Case::usual(&server(name)?)?.trusting(pem("CERTIFICATE", &other)?))
    }),
    ("name-constraints-on-directory", |name| {
        // They permit it. Go does not know such constraints, and refuses them as critical.
        let directory =
            GeneralName::DirectoryName(Name::from_str("O=cnx-harden test material\\, never use")?);
        let root = Draft {
            permitted: Some(directory),
            ..root()?
        };
        Case::issued(&server(name)?, &root)
    }),
    ("name-constraints-of-intermediate", |name| {
        let constrained = Draft {
            permitted: Some(domain("example.com")?),
            ..intermediate()?
        };
        Case::below(&server(name)?, &constrained)
    }),
    ("name-constraints-with-dot", |name| {
        // With a dot before it, a domain is not among those below it.
        let root = Draft {
            permitted: Some(domain(".cnx-api.kube-system.svc")?),
            ..root()?
        };
        Case::issued(&server(name)?, &root)
    }),
    ("name-constraints", |name| {
        Case::issued(
            &server(name)?,
            &Draft {
                permitted: Some(domain("example.com")?),
                ..root()?
            },
        )
    }),
    ("long-chain", |name| {
        let (case, root) = (Case::usual(&server(name)?)?, root()?);
        let certificate = [case.certificate.clone(), root.pem(&root)?.repeat(150)].concat();
        Ok(case.presenting(certificate))
    }),
    ("too-long-chain", |name| {
        let (case, root) = (Case::usual(&server(name)?)?, root()?);
        let certificate = [case.certificate.clone(), root.pem(&root)?.repeat(600)].concat();
        Ok(case.presenting(certificate))
    }),
    ("broken-signature", |name| {
        let mut case = Case::usual(&server(name)?)?;
        // The names and the key identifiers fit; what was signed was another serial.
        let leaf = Draft {
            serial: vec![1, 2, 3],
            ..server(name)?
        }
        .sign(&root()?)?;
        case.certificate = pem(
            "CERTIFICATE",
            &exchanged(&leaf, &[2, 3, 1, 2, 3], &[2, 3, 1, 2, 4]),
        )?;
        Ok(case)
    }),
    ("other-algorithm-outside", |name| {
        // ecdsa-with-SHA384 beside the signature, ecdsa-with-SHA256 under it.
        let leaf = server(name)?.sign(&root()?)?;
        let other = exchanged(&leaf, &[0xce, 0x3d, 4, 3, 2], &[0xce, 0x3d, 4, 3, 3]);
        Ok(Case::usual(&server(name)?)?.presenting(pem("CERTIFICATE", &other)?))
    }),
    ("unreadable-in-chain", |name| {
        // It is of no use, and Go still refuses to read the chain.
        let case = Case::usual(&server(name)?)?;
        let other = Draft {
            serial: vec![0xfb, 0x2e],
            ..intermediate()?
        };
        let chain = [case.certificate.clone(), other.pem(&root()?)?].concat();
        Ok(case.presenting(chain))
    }),
    ("unreadable-beside-ca", |name| {
        let case = Case::usual(&server(name)?)?;
        let other = Draft {
            serial: vec![0xfb, 0x2e],
            ..authority("cnx-harden TEST other CA")?
        };
        let trusted = [other.pem(&other)?, case.ca.clone()].concat();
        Ok(case.trusting(trusted))
    }),
    ("ca-as-leaf-and-name-constraints", |name| {
        let root = Draft {
            permitted: Some(domain("example.com")?),
            ..root()?
        };
        Case::issued(
            &Draft {
                basic: Some(ca(None)),
                ..server(name)?
            },
            &root,
        )
    }),
    ("issuers-in-a-circle", |name| {
        let (one, other) = (
            authority("cnx-harden TEST one")?,
            authority("cnx-harden TEST other")?,
        );
        let leaf = server(name)?;
        let chain = [leaf.pem(&one)?, one.pem(&other)?, other.pem(&one)?];
        Ok(Case::usual(&leaf)?.presenting(chain.concat()))
    }),
];

fn intermediate() -> Result<Draft, Wrong> {
    authority("cnx-harden TEST intermediate")
}

/// With other bytes in the place of some, where these are found last.
fn exchanged(bytes: &[u8], old: &[u8], new: &[u8]) -> Vec<u8> {
    match bytes.windows(old.len()).rposition(|window| window == old) {
        Some(at) => {
            let (before, rest) = bytes.split_at(at);
            [before, new, rest.get(old.len()..).unwrap_or_default()].concat()
        }
        None => bytes.to_vec(),
    }
}
