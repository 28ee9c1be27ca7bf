//! What Go reads more strictly than others, and what it lets pass that others do not;
//! and the rules that etcd, Typha and browsers add.

use const_oid::ObjectIdentifier;
use const_oid::db::rfc5912::ID_KP_SERVER_AUTH;

use super::{Case, Cases, Wrong, authority, client, root, server};
use crate::draft::{Draft, NAME, raw_extension, raw_names};
use crate::key::Key;

pub(super) const CASES: Cases = &[
    ("certificate-is-pkcs7", |name| {
        // SignedData without a signature, which carries a certificate.
        let leaf = server(name)?;
        let data = value(0x30, &[6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1]);
        let certificates = value(0xa0, &leaf.sign(&root()?)?);
        let parts = [
            &[2, 1, 1, 0x31, 0],
            data.as_slice(),
            &certificates,
            &[0x31, 0],
        ];
        let signed = value(0xa0, &value(0x30, &parts.concat()));
        let kind = [6, 9, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2];
        let whole = value(0x30, &[kind.as_slice(), &signed].concat());
        Ok(Case::usual(&leaf)?.presenting(whole))
    }),
    ("key-is-sec1-der", |name| {
        let leaf = server(name)?;
        Ok(Case::usual(&leaf)?.keeping(leaf.key.sec1_der()?))
    }),
    ("malformed-authority-information", |name| {
        Case::usual(&Draft {
            others: vec![raw_extension("1.3.6.1.5.5.7.1.1", false, &[4, 1, 0])?],
            ..server(name)?
        })
    }),
    ("malformed-authority-key", |name| {
        Case::pinned(&Draft {
            others: vec![raw_extension("2.5.29.35", false, &[4, 1, 0])?],
            ..server(name)?
        })
    }),
    ("policy-constraints-of-a-longer-form", |name| {
        below_constraints(name, &[0x30, 4, 0x80, 2, 0, 0x59])
    }),
    ("policy-constraints-below-zero", |name| {
        below_constraints(name, &[0x30, 4, 0x80, 2, 0xc7, 0])
    }),
    ("malformed-policies", |name| {
        Case::usual(&Draft {
            others: vec![raw_extension("2.5.29.32", false, &[4, 1, 0])?],
            ..server(name)?
        })
    }),
    ("malformed-distribution-points", |name| {
        Case::usual(&Draft {
            others: vec![raw_extension("2.5.29.31", false, &[4, 1, 0])?],
            ..server(name)?
        })
    }),
    ("malformed-name-constraints", |name| {
        Case::usual(&Draft {
            others: vec![raw_extension("2.5.29.30", false, &[4, 1, 0])?],
            ..server(name)?
        })
    }),
    ("malformed-key-usage", |name| {
        Case::usual(&Draft {
            usage: None,
            others: vec![raw_extension("2.5.29.15", true, &[3, 2, 7, 0x81])?],
            ..server(name)?
        })
    }),
    ("malformed-policies-of-intermediate", |name| {
        let intermediate = Draft {
            others: vec![raw_extension("2.5.29.32", false, &[4, 1, 0])?],
            ..authority("cnx-harden TEST intermediate")?
        };
        Case::below(&server(name)?, &intermediate)
    }),
    ("malformed-information-of-ca", |name| {
        let root = Draft {
            others: vec![raw_extension("1.3.6.1.5.5.7.1.1", false, &[4, 1, 0])?],
            ..root()?
        };
        Case::issued(&server(name)?, &root)
    }),
    ("distribution-point-of-relative-name", |name| {
        Case::usual(&Draft {
            others: vec![raw_extension(
                "2.5.29.31",
                false,
                &[
                    0x30, 0x12, 0x30, 0x10, 0xa0, 0x0e, 0xa1, 0x0c, 0x30, 0x0a, 6, 3, 0x55, 4, 3,
                    12, 3, b'c', b'r', b'l',
                ],
            )?],
            ..server(name)?
        })
    }),
    ("critical-flag-of-one", |name| {
        Case::usual(&Draft {
            replaced: vec![(&[1, 1, 0xff, 4], &[1, 1, 1, 4])],
            ..server(name)?
        })
    }),
    ("critical-authority-key", |name| {
        let own = server(name)?;
        let mut value = vec![0x30, 0x16, 0x80, 0x14];
        value.extend(root()?.key.identifier());
        let others = vec![raw_extension("2.5.29.35", true, &value)?];
        // It signs itself, so that there is one such extension.
        Case::pinned(&Draft { others, ..own })
    }),
    ("printable-underscore", |name| {
        Case::usual(&Draft {
            replaced: vec![(
                b"\x0c\x17cnx-api.kube-system.svc",
                b"\x13\x17cnx_api.kube-system.svc",
            )],
            ..server(name)?
        })
    }),
    ("printable-underscore-in-ca", |name| {
        let root = Draft {
            replaced: vec![
                (b"\x0c\x12cnx-harden TEST CA", b"\x13\x12cnx_harden TEST CA"),
                (b"\x0c\x12cnx-harden TEST CA", b"\x13\x12cnx_harden TEST CA"),
            ],
            ..root()?
        };
        let leaf = Draft {
            replaced: vec![(b"\x0c\x12cnx-harden TEST CA", b"\x13\x12cnx_harden TEST CA")],
            ..server(name)?
        };
        Case::issued(&leaf, &root)
    }),
    ("printable-asterisk-and-ampersand", |name| {
        Case::usual(&Draft {
            replaced: vec![(
                b"\x0c\x17cnx-api.kube-system.svc",
                b"\x13\x17cnx*api.kube-system&svc",
            )],
            ..server(name)?
        })
    }),
    ("subject-not-utf-8", |name| {
        Case::usual(&Draft {
            replaced: vec![(
                b"\x0c\x17cnx-api.kube-system.svc",
                b"\x0c\x17cnx\xffapi.kube-system.svc",
            )],
            ..server(name)?
        })
    }),
    ("subject-of-odd-bmp", |name| {
        Case::usual(&Draft {
            replaced: vec![(
                b"\x0c\x17cnx-api.kube-system.svc",
                b"\x1e\x17cnx-api.kube-system.svc",
            )],
            ..server(name)?
        })
    }),
    ("subject-of-t61", |name| {
        Case::usual(&Draft {
            replaced: vec![(
                b"\x0c\x17cnx-api.kube-system.svc",
                b"\x14\x17cnx\xe4api.kube-system.svc",
            )],
            ..server(name)?
        })
    }),
    ("subject-of-general-string", |name| {
        Case::usual(&Draft {
            replaced: vec![(
                b"\x0c\x17cnx-api.kube-system.svc",
                b"\x1b\x17cnx-api.kube-system.svc",
            )],
            ..server(name)?
        })
    }),
    ("serial-with-needless-zero", |name| {
        Case::usual(&Draft {
            serial: vec![1, 2, 3, 4],
            replaced: vec![(&[2, 4, 1, 2, 3, 4], &[2, 4, 0, 2, 3, 4])],
            ..server(name)?
        })
    }),
    ("version-2-with-extensions", |name| {
        Case::usual(&Draft {
            replaced: vec![(&[0xa0, 3, 2, 1, 2], &[0xa0, 3, 2, 1, 1])],
            ..server(name)?
        })
    }),
    ("version-4", |name| {
        Case::usual(&Draft {
            replaced: vec![(&[0xa0, 3, 2, 1, 2], &[0xa0, 3, 2, 1, 3])],
            ..server(name)?
        })
    }),
    ("extension-with-large-arc", |name| {
        Case::usual(&Draft {
            others: vec![raw_extension("1.3.6.1.4.1.1.1.1.1.1", false, &[5, 0])?],
            replaced: vec![(
                &[0x2b, 6, 1, 4, 1, 1, 1, 1, 1, 1],
                &[0x2b, 6, 1, 4, 1, 0x88, 0x80, 0x80, 0x80, 0],
            )],
            ..server(name)?
        })
    }),
    ("purpose-with-large-arc", |name| {
        Case::usual(&Draft {
            purposes: vec![
                ID_KP_SERVER_AUTH,
                ObjectIdentifier::new("1.3.6.1.4.1.1.1.1.1.1")?,
            ],
            replaced: vec![(
                &[0x2b, 6, 1, 4, 1, 1, 1, 1, 1, 1],
                &[0x2b, 6, 1, 4, 1, 0x88, 0x80, 0x80, 0x80, 0],
            )],
            ..server(name)?
        })
    }),
    ("point-off-the-curve", |name| {
        let root = Draft {
            key: root()?.key.off_the_curve()?,
            ..root()?
        };
        Case::issued(&server(name)?, &root)
    }),
    ("point-off-p224", |_| {
        Case::usual(&Draft::server(kept!("secp224r1")?.off_the_curve()?))
    }),
    ("point-off-p384", |name| {
        Case::usual(&Draft::server(Key::p384(name)?.off_the_curve()?))
    }),
    ("point-off-p521", |name| {
        Case::usual(&Draft::server(Key::p521(name)?.off_the_curve()?))
    }),
    ("point-off-p224-beside", |name| {
        // Which nobody needs, and everybody reads.
        let (root, leaf) = (root()?, server(name)?);
        let stray = Draft::authority(kept!("secp224r1")?.off_the_curve()?, "cnx-harden TEST CA");
        let presented = [leaf.pem(&root)?, stray.pem(&root)?].concat();
        Ok(Case::usual(&leaf)?.presenting(presented))
    }),
    ("p224-beside", |name| {
        let (root, leaf) = (root()?, server(name)?);
        let stray = Draft::authority(kept!("secp224r1")?, "cnx-harden TEST CA");
        let presented = [leaf.pem(&root)?, stray.pem(&root)?].concat();
        Ok(Case::usual(&leaf)?.presenting(presented))
    }),
    ("uri-with-open-bracket", |name| {
        with_uri(name, b"https://[::1/")
    }),
    ("uri-with-escape-in-host", |name| {
        with_uri(name, b"https://a%2Eb/")
    }),
    ("uri-with-bad-port", |name| {
        with_uri(name, b"https://cnx.example.com:x/")
    }),
    ("uri-with-two-colons", |name| {
        with_uri(name, b"https://a:1:2/")
    }),
    ("uri-with-escape-in-opaque-part", |name| {
        with_uri(name, b"urn:a%zz")
    }),
    ("duplicate-policy", |name| {
        Case::usual(&Draft {
            others: vec![raw_extension(
                "2.5.29.32",
                false,
                &[0x30, 12, 0x30, 4, 6, 2, 0x2a, 3, 0x30, 4, 6, 2, 0x2a, 3],
            )?],
            ..server(name)?
        })
    }),
    ("policy-required", |name| {
        let intermediate = Draft {
            others: vec![raw_extension("2.5.29.36", false, &[0x30, 3, 0x80, 1, 0])?],
            ..authority("cnx-harden TEST intermediate")?
        };
        Case::below(&server(name)?, &intermediate)
    }),
    ("policy-required-and-there", |name| {
        let policy = || raw_extension("2.5.29.32", false, &[0x30, 6, 0x30, 4, 6, 2, 0x2a, 3]);
        let intermediate = Draft {
            others: vec![
                policy()?,
                raw_extension("2.5.29.36", false, &[0x30, 3, 0x80, 1, 0])?,
            ],
            ..authority("cnx-harden TEST intermediate")?
        };
        let leaf = Draft {
            others: vec![policy()?],
            ..server(name)?
        };
        Case::below(&leaf, &intermediate)
    }),
    ("sha224-signature", |name| {
        Case::usual(&Draft {
            replaced: vec![(
                &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2],
                &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 1],
            )],
            ..server(name)?
        })
    }),
    ("rsa-8200-ca", |name| {
        Case::issued(
            &server(name)?,
            &Draft::authority(kept!("rsa-8200")?, "cnx-harden TEST RSA 8200 CA"),
        )
    }),
    ("rsa-key-damaged", |_| {
        let leaf = Draft::server(kept!("rsa-2048")?);
        Ok(Case::usual(&leaf)?.keeping(leaf.key.damaged()?))
    }),
    ("empty-extended-key-usage", |name| {
        Case::usual(&Draft {
            others: vec![raw_extension("2.5.29.37", false, &[0x30, 0])?],
            purposes: Vec::new(),
            ..server(name)?
        })
    }),
    ("permitted-uri", |name| {
        permitted_uri(name, b"spiffe://example.com/x")
    }),
    ("permitted-uri-of-another", |name| {
        permitted_uri(name, b"spiffe://example.org/x")
    }),
    ("permitted-mask-with-gap", |name| {
        let root = Draft {
            others: vec![raw_extension(
                "2.5.29.30",
                true,
                &[
                    0x30, 14, 0xa0, 12, 0x30, 10, 0x87, 8, 10, 0, 0, 0, 255, 0, 255, 0,
                ],
            )?],
            ..root()?
        };
        Case::issued(&server(name)?, &root)
    }),
    ("unknown-critical-extension-beside-ca", |name| {
        let root = root()?;
        let other = Draft {
            others: vec![raw_extension("1.3.6.1.4.1.1.1", true, &[5, 0])?],
            ..authority("cnx-harden TEST other CA")?
        };
        let case = Case::issued(&server(name)?, &root)?;
        Ok(case.trusting([other.pem(&other)?, root.pem(&root)?].concat()))
    }),
    ("mark-in-the-middle", |name| {
        let root = root()?;
        let other = authority("cnx-harden TEST other CA")?;
        let case = Case::issued(&server(name)?, &root)?;
        let mark = "\u{feff}".as_bytes();
        Ok(case.trusting([&other.pem(&other)?, mark, &root.pem(&root)?].concat()))
    }),
    ("etcd-crl-beside-ca", |name| {
        let root = root()?;
        let case = Case::issued(&client(name, "calico")?, &root)?;
        Ok(case.trusting([root.pem(&root)?, root.revocation_list()?].concat()))
    }),
    ("etcd-unreadable-beside-ca", |name| {
        let root = root()?;
        let other = Draft {
            serial: vec![0x80, 1],
            ..authority("cnx-harden TEST other CA")?
        };
        let case = Case::issued(&server(name)?, &root)?;
        Ok(case.trusting([root.pem(&root)?, other.pem(&other)?].concat()))
    }),
    ("etcd-ca-with-headers", |name| {
        etcd_ca(
            name,
            [
                "BEGIN CERTIFICATE-----",
                "BEGIN CERTIFICATE-----\nX-Origin: somewhere",
            ],
        )
    }),
    ("etcd-ca-with-label", |name| {
        etcd_ca(name, [" CERTIFICATE-----", " AUTHORITY-----"])
    }),
    ("typha-uri-in-upper-case", |name| {
        let names: [(u8, &[u8]); 1] =
            [(6, b"SPIFFE://cnx.example.com/ns/kube-system/sa/calico-node")];
        Case::usual(&Draft {
            others: vec![raw_names(false, &names)?],
            ..client(name, "calico-node")?
        })
    }),
    ("typha-common-name-of-bmp", |name| {
        Case::usual(&Draft {
            replaced: vec![(b"\x0c\x08\0x\0y\0z\0w", b"\x1e\x08\0x\0y\0z\0w")],
            ..client(name, "\0x\0y\0z\0w")?
        })
    }),
    ("manager-p521", |name| {
        Case::usual(&Draft::server(Key::p521(name)?).named(&["cnx.example.com"]))
    }),
    ("manager-ed25519-ca", |name| {
        let root = Draft::authority(
            Key::ed25519("cnx-harden TEST Ed25519 CA")?,
            "cnx-harden TEST Ed25519 CA",
        );
        Case::issued(&server(name)?.named(&["cnx.example.com"]), &root)
    }),
    ("manager-wildcard-on-single-label", |name| {
        Case::usual(&server(name)?.named(&["*.local"]))
    }),
    ("manager-wildcard-on-public-suffix", |name| {
        Case::usual(&server(name)?.named(&["*.co.uk"]))
    }),
    ("manager-wildcard", |name| {
        Case::usual(&server(name)?.named(&["*.example.com"]))
    }),
];

/// A client of etcd, and the CA with another text in its block.
fn etcd_ca(name: &str, [from, to]: [&str; 2]) -> Result<Case, Wrong> {
    let case = Case::usual(&client(name, "calico")?)?;
    let text = String::from_utf8(case.ca.clone())?;
    Ok(case.trusting(text.replace(from, to).into()))
}

/// An API server's certificate with a URI beside its name.
fn with_uri(name: &str, uri: &[u8]) -> Result<Case, Wrong> {
    let names: [(u8, &[u8]); 2] = [(2, NAME.as_bytes()), (6, uri)];
    Case::usual(&Draft {
        others: vec![raw_names(false, &names)?],
        ..server(name)?.named(&[])
    })
}

/// A value with a length of two bytes, where it needs one.
pub(super) fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let [low, high, ..] = content.len().to_le_bytes();
    let mut out = vec![tag];
    match content.len() {
        ..0x80 => out.push(low),
        0x80..0x100 => out.extend([0x81, low]),
        _ => out.extend([0x82, high, low]),
    }
    out.extend(content);
    out
}

/// A leaf below an intermediate with these policy constraints.
fn below_constraints(name: &str, constraints: &[u8]) -> Result<Case, Wrong> {
    let intermediate = Draft {
        others: vec![raw_extension("2.5.29.36", false, constraints)?],
        ..authority("cnx-harden TEST intermediate")?
    };
    Case::below(&server(name)?, &intermediate)
}

/// With a URI, below a CA that permits those of `example.com`.
fn permitted_uri(name: &str, uri: &[u8]) -> Result<Case, Wrong> {
    let root = Draft {
        others: vec![raw_extension(
            "2.5.29.30",
            true,
            b"\x30\x11\xa0\x0f\x30\x0d\x86\x0bexample.com",
        )?],
        ..root()?
    };
    let names: [(u8, &[u8]); 2] = [(2, NAME.as_bytes()), (6, uri)];
    let leaf = Draft {
        others: vec![raw_names(false, &names)?],
        ..server(name)?.named(&[])
    };
    Case::issued(&leaf, &root)
}
