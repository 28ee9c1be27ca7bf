//! Files that work, though a careless check would refuse them.

use der::asn1::OctetString;
use x509_cert::certificate::Version;
use x509_cert::ext::pkix::BasicConstraints;
use x509_cert::ext::pkix::name::GeneralName;

use super::{Case, Cases, authority, root, server};
use crate::draft::{Draft, ca, domain};
use crate::key::Key;

pub(super) const CASES: Cases = &[
    ("plain", |name| Case::usual(&server(name)?)),
    ("cross-signed", |name| {
        // The issuer is certified by a new root, and by an old one that expired.
        let (leaf, issuer, new) = (server(name)?, authority("cnx-harden TEST issuer")?, root()?);
        let old = authority("cnx-harden TEST old CA")?.valid("2010-01-01", "2020-01-01");
        let by_old = issuer.clone().valid("2015-01-01", "2020-01-01").pem(&old)?;
        let chain = [leaf.pem(&issuer)?, by_old, issuer.pem(&new)?];
        Ok(Case::usual(&leaf)?
            .presenting(chain.concat())
            .trusting([old.pem(&old)?, new.pem(&new)?].concat()))
    }),
    ("cross-signed-root", |name| {
        // The new root's key is certified by the old root too; only that one is trusted.
        let (leaf, new, old) = (server(name)?, root()?, authority("cnx-harden TEST old CA")?);
        let chain = [leaf.pem(&new)?, new.pem(&old)?];
        Ok(Case::usual(&leaf)?
            .presenting(chain.concat())
            .trusting(old.pem(&old)?))
    }),
    ("intermediate-in-certificate-file", |name| {
        Case::below(&server(name)?, &authority("cnx-harden TEST intermediate")?)
    }),
    ("intermediate-in-ca-file", |name| {
        let (leaf, intermediate) = (server(name)?, authority("cnx-harden TEST intermediate")?);
        let root = root()?;
        let trusted = [intermediate.pem(&root)?, root.pem(&root)?].concat();
        Ok(Case::usual(&leaf)?
            .presenting(leaf.pem(&intermediate)?)
            .trusting(trusted))
    }),
    ("intermediate-alone-as-ca", |name| {
        let (leaf, intermediate) = (server(name)?, authority("cnx-harden TEST intermediate")?);
        Ok(Case::usual(&leaf)?
            .presenting(leaf.pem(&intermediate)?)
            .trusting(intermediate.pem(&root()?)?))
    }),
    ("leaf-alone-as-ca", |name| {
        let leaf = server(name)?;
        Ok(Case::usual(&leaf)?.trusting(leaf.pem(&root()?)?))
    }),
    ("root-in-certificate-file", |name| {
        let case = Case::usual(&server(name)?)?;
        let certificate = [case.certificate.clone(), case.ca.clone()].concat();
        Ok(case.presenting(certificate))
    }),
    ("path-length-just-enough", |name| {
        let (leaf, root) = (
            server(name)?,
            Draft {
                basic: Some(ca(Some(1))),
                ..root()?
            },
        );
        let intermediate = Draft {
            basic: Some(ca(Some(0))),
            ..authority("cnx-harden TEST intermediate")?
        };
        let chain = [leaf.pem(&intermediate)?, intermediate.pem(&root)?].concat();
        Ok(Case::issued(&leaf, &root)?.presenting(chain))
    }),
    ("name-constraints-that-permit", |name| {
        Case::issued(
            &server(name)?,
            &Draft {
                permitted: Some(domain("kube-system.svc")?),
                ..root()?
            },
        )
    }),
    ("name-constraints-below-a-dot", |name| {
        let root = Draft {
            permitted: Some(domain(".Kube-System.svc")?),
            ..root()?
        };
        Case::issued(&server(name)?, &root)
    }),
    ("name-constraints-on-other-kinds", |name| {
        // 192.0.2.0/24, and there is no address to be held to it.
        let network = GeneralName::IpAddress(OctetString::new([192, 0, 2, 0, 255, 255, 255, 0])?);
        let root = Draft {
            permitted: Some(network),
            ..root()?
        };
        Case::issued(&server(name)?, &root)
    }),
    ("other-key-identifier", |name| {
        // The CA was issued anew, with another way to make the identifier of its key.
        let other = Draft {
            identifier: Some(vec![1, 2, 3, 4]),
            ..root()?
        };
        Ok(Case::usual(&server(name)?)?.trusting(other.pem(&other)?))
    }),
    ("renewed-intermediate", |name| {
        // The CA file has the intermediate that expired, the chain has the new one.
        let (leaf, new, root) = (
            server(name)?,
            authority("cnx-harden TEST intermediate")?,
            root()?,
        );
        let old = new.clone().valid("2015-01-01", "2020-01-01");
        let case = Case::below(&leaf, &new)?;
        let trusted = [old.pem(&root)?, case.ca.clone()].concat();
        Ok(case.trusting(trusted))
    }),
    ("pinned", |name| {
        let no = BasicConstraints {
            ca: false,
            path_len_constraint: None,
        };
        Case::pinned(&Draft {
            basic: Some(no),
            ..server(name)?
        })
    }),
    ("pinned-ca", |name| {
        Case::pinned(&Draft {
            basic: Some(ca(None)),
            ..server(name)?
        })
    }),
    ("pinned-without-constraints", |name| {
        Case::pinned(&server(name)?)
    }),
    ("ca-as-leaf", |name| {
        Case::usual(&Draft {
            basic: Some(ca(None)),
            ..server(name)?
        })
    }),
    ("ca-as-leaf-below-intermediate", |name| {
        let leaf = Draft {
            basic: Some(ca(None)),
            ..server(name)?
        };
        Case::below(&leaf, &authority("cnx-harden TEST intermediate")?)
    }),
    ("eight-intermediates", |name| {
        let leaf = server(name)?;
        let (mut chain, mut issued) = (Vec::new(), leaf.clone());
        for number in 1..=8 {
            let issuer = authority(&format!("cnx-harden TEST intermediate {number}"))?;
            chain.extend(issued.pem(&issuer)?);
            issued = issuer;
        }
        chain.extend(issued.pem(&root()?)?);
        Ok(Case::usual(&leaf)?.presenting(chain))
    }),
    ("root-of-version-1", |name| {
        Case::issued(
            &server(name)?,
            &Draft {
                version: Version::V1,
                ..root()?
            },
        )
    }),
    ("two-cas-of-one-name", |name| {
        let case = Case::usual(&server(name)?)?;
        let other = Draft {
            key: Key::p256("the CA, made anew")?,
            ..root()?
        };
        let trusted = [other.pem(&other)?, case.ca.clone()].concat();
        Ok(case.trusting(trusted))
    }),
    ("several-cas-one-expired", |name| {
        let case = Case::usual(&server(name)?)?;
        let old = authority("cnx-harden TEST old CA")?.valid("2010-01-01", "2020-01-01");
        let trusted = [old.pem(&old)?, case.ca.clone()].concat();
        Ok(case.trusting(trusted))
    }),
    ("renewed-ca", |name| {
        // One key, two certificates: the old one expired.
        let case = Case::usual(&server(name)?)?;
        let old = root()?.valid("2010-01-01", "2020-01-01");
        let trusted = [old.pem(&old)?, case.ca.clone()].concat();
        Ok(case.trusting(trusted))
    }),
    ("duplicate-ca", |name| {
        let case = Case::usual(&server(name)?)?;
        let trusted = [case.ca.clone(), case.ca.clone()].concat();
        Ok(case.trusting(trusted))
    }),
    ("ca-without-key-usage", |name| {
        Case::issued(
            &server(name)?,
            &Draft {
                usage: None,
                ..root()?
            },
        )
    }),
    ("crlf", |name| {
        let case = Case::usual(&server(name)?)?;
        let crlf = |bytes: &[u8]| {
            String::from_utf8_lossy(bytes)
                .replace('\n', "\r\n")
                .into_bytes()
        };
        Ok(Case {
            ca: crlf(&case.ca),
            certificate: crlf(&case.certificate),
            key: crlf(&case.key),
        })
    }),
    ("text-before-pem", |name| {
        let case = Case::usual(&server(name)?)?;
        let text = b"Certificate:\n    Data:\n        Version: 3 (0x2)\n    Signature Algorithm: \
            ecdsa-with-SHA256\n        Subject: CN = cnx-api.kube-system.svc -----\n";
        Ok(Case {
            ca: [text, case.ca.as_slice()].concat(),
            certificate: [text, case.certificate.as_slice()].concat(),
            key: [
                b"Bag Attributes\n    friendlyName: cnx-api\n",
                case.key.as_slice(),
            ]
            .concat(),
        })
    }),
    ("no-final-newline", |name| {
        let case = Case::usual(&server(name)?)?;
        let cut = |bytes: &[u8]| bytes.trim_ascii_end().to_vec();
        Ok(Case {
            ca: cut(&case.ca),
            certificate: cut(&case.certificate),
            key: cut(&case.key),
        })
    }),
    ("blank-lines", |name| {
        let case = Case::usual(&server(name)?)?;
        let blank = |bytes: &[u8]| [b"\n\n", bytes, b"\n \n"].concat();
        Ok(Case {
            ca: blank(&case.ca),
            certificate: blank(&case.certificate),
            key: blank(&case.key),
        })
    }),
    ("spaces-at-line-ends", |name| {
        let case = Case::usual(&server(name)?)?;
        let spaced = |bytes: &[u8]| {
            String::from_utf8_lossy(bytes)
                .replace('\n', " \t\n")
                .into_bytes()
        };
        Ok(Case {
            ca: spaced(&case.ca),
            certificate: spaced(&case.certificate),
            key: spaced(&case.key),
        })
    }),
    ("one-long-body-line", |name| {
        let case = Case::usual(&server(name)?)?;
        let certificate = super::pem::one_body_line(&case.certificate);
        Ok(case.presenting(certificate))
    }),
];
