//! What is rarely seen, and read all the same: name constraints on each kind of names,
//! policies that stand for others, dates with an offset, signatures with another hash
//! than the key's usual one, keys of old kinds.

use der::Decode as _;
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use super::strict::value;
use super::{Case, Cases, Wrong, authority, root, server};
use crate::draft::{Draft, NAME, raw_extension, raw_names};
use crate::key::{Hash, Key};

const PERMITTED: u8 = 0xa0;
const EXCLUDED: u8 = 0xa1;

/// The kinds of names, by their tags.
const MAIL: u8 = 1;
const DNS: u8 = 2;
const ADDRESS: u8 = 7;

/// 10.0.0.0/8.
const NETWORK: &[u8] = &[10, 0, 0, 0, 0xff, 0, 0, 0];
/// 2001:db8::/32.
const NETWORK_6: &[u8] = &[
    0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 0,
    0, 0, 0, 0, 0, 0, 0,
];
/// 2001:db8::1.
const ADDRESS_6: &[u8] = &[0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

/// 1.2.3 and 1.2.4.
const POLICY: &[u8] = &[6, 2, 0x2a, 3];
const OTHER_POLICY: &[u8] = &[6, 2, 0x2a, 4];
const ANY_POLICY: &[u8] = &[6, 4, 0x55, 0x1d, 0x20, 0];

pub(super) const CASES: Cases = &[
    ("permitted-address", |name| {
        held_to(name, PERMITTED, ADDRESS, NETWORK, &[10, 1, 2, 3])
    }),
    ("permitted-address-of-another", |name| {
        held_to(name, PERMITTED, ADDRESS, NETWORK, &[192, 0, 2, 1])
    }),
    ("permitted-address-6", |name| {
        held_to(name, PERMITTED, ADDRESS, NETWORK_6, ADDRESS_6)
    }),
    ("permitted-address-of-other-length", |name| {
        held_to(name, PERMITTED, ADDRESS, NETWORK, ADDRESS_6)
    }),
    ("excluded-address", |name| {
        held_to(name, EXCLUDED, ADDRESS, NETWORK, &[10, 1, 2, 3])
    }),
    ("excluded-address-6", |name| {
        held_to(name, EXCLUDED, ADDRESS, NETWORK_6, &[10, 1, 2, 3])
    }),
    ("permitted-mailbox", |name| {
        held_to(
            name,
            PERMITTED,
            MAIL,
            b"admin@example.com",
            b"admin@EXAMPLE.com",
        )
    }),
    ("permitted-mailbox-of-another", |name| {
        held_to(
            name,
            PERMITTED,
            MAIL,
            b"admin@example.com",
            b"other@example.com",
        )
    }),
    ("permitted-mail-host", |name| {
        held_to(
            name,
            PERMITTED,
            MAIL,
            b"example.com",
            br#""a \"b\""@example.com"#,
        )
    }),
    ("permitted-mail-host-escaped", |name| {
        held_to(name, PERMITTED, MAIL, b"example.com", br"a\,b@example.com")
    }),
    ("excluded-mail-host", |name| {
        held_to(
            name,
            EXCLUDED,
            MAIL,
            b"example.com",
            br#""a b"@example.com"#,
        )
    }),
    ("mailbox-that-is-none", |name| {
        held_to(name, EXCLUDED, MAIL, b"example.com", br#""a"#)
    }),
    ("mailbox-with-two-dots", |name| {
        held_to(name, EXCLUDED, MAIL, b"example.com", b"a..b@example.org")
    }),
    ("excluded-beside-wildcard", |name| {
        held_to(name, EXCLUDED, DNS, b"a.example.org", b"*.example.com")
    }),
    ("excluded-two-below-wildcard", |name| {
        held_to(name, EXCLUDED, DNS, b"a.b.example.com", b"*.example.com")
    }),
    ("empty-name-constraints", |name| {
        of_root(name, "2.5.29.30", &[0x30, 0])
    }),
    ("path-length-below-zero", |name| {
        let root = Draft {
            basic: None,
            others: vec![raw_extension(
                "2.5.29.19",
                true,
                &[0x30, 6, 1, 1, 0xff, 2, 1, 0xff],
            )?],
            ..root()?
        };
        Case::issued(&server(name)?, &root)
    }),
    ("malformed-policy-mappings", |name| {
        of_root(name, "2.5.29.33", &[0x30, 2, 5, 0])
    }),
    ("policy-mapping-of-a-cut-identifier", |name| {
        let mapping = [POLICY, &[6, 2, 0, 0x80]].concat();
        of_root(name, "2.5.29.33", &value(0x30, &value(0x30, &mapping)))
    }),
    ("policy-required-and-mapped", |name| {
        mapped(name, &[POLICY, OTHER_POLICY].concat(), OTHER_POLICY)
    }),
    ("policy-required-and-mapped-away", |name| {
        mapped(name, &[POLICY, OTHER_POLICY].concat(), POLICY)
    }),
    ("policy-mapped-to-any", |name| {
        mapped(name, &[POLICY, ANY_POLICY].concat(), POLICY)
    }),
    ("policy-required-below-self-issued", |name| {
        // Who certified its own new key does not count among those that may come before.
        let (leaf, root) = (server(name)?, root()?);
        let old = Draft {
            others: vec![raw_extension("2.5.29.36", false, &[0x30, 3, 0x80, 1, 2])?],
            ..authority("cnx-harden TEST intermediate")?
        };
        let new = Draft {
            key: Key::p256("cnx-harden TEST renewed intermediate")?,
            ..authority("cnx-harden TEST intermediate")?
        };
        let chain = [leaf.pem(&new)?, new.pem(&old)?, old.pem(&root)?];
        Ok(Case::usual(&leaf)?.presenting(chain.concat()))
    }),
    ("authority-information", |name| {
        let place = value(0x86, b"http://ocsp.example.com/");
        let ocsp = [&[6, 8, 0x2b, 6, 1, 5, 5, 7, 0x30, 1], place.as_slice()].concat();
        of_leaf(name, "1.3.6.1.5.5.7.1.1", &value(0x30, &value(0x30, &ocsp)))
    }),
    ("distribution-points", |name| {
        let place = value(0x86, b"http://crl.example.com/");
        let point = value(0x30, &value(0xa0, &value(0xa0, &place)));
        // The other one gives reasons, and no place.
        let reasons = value(0x30, &[0x81, 2, 7, 0x80]);
        of_leaf(name, "2.5.29.31", &value(0x30, &[point, reasons].concat()))
    }),
    ("date-east", |name| until(name, b"\x17\x0f4901010000+0100")),
    ("date-west", |name| until(name, b"\x17\x0f4901010000-0100")),
    ("date-with-offset-of-zero", |name| {
        until(name, b"\x17\x0f4901010000+0000")
    }),
    ("date-without-zone", |name| {
        until(name, b"\x18\x0f212401010000000")
    }),
    ("date-in-month-13", |name| {
        until(name, b"\x18\x0f21241301000000Z")
    }),
    ("date-that-is-text", |name| {
        until(name, b"\x16\x0f21240101000000Z")
    }),
    ("p256-ca-with-sha384", |name| {
        signed_with(name, Key::p256("CA")?, Hash::Sha384)
    }),
    ("p256-ca-with-sha512", |name| {
        signed_with(name, Key::p256("CA")?, Hash::Sha512)
    }),
    ("p384-ca-with-sha256", |name| {
        signed_with(name, Key::p384("CA")?, Hash::Sha256)
    }),
    ("p384-ca-with-sha512", |name| {
        signed_with(name, Key::p384("CA")?, Hash::Sha512)
    }),
    ("p521-ca-with-sha384", |name| {
        signed_with(name, Key::p521("CA")?, Hash::Sha384)
    }),
    ("rsa-ca-with-sha384", |name| {
        signed_with(name, kept!("rsa-2048-ca")?, Hash::Sha384)
    }),
    ("rsa-ca-with-sha512", |name| {
        signed_with(name, kept!("rsa-2048-ca")?, Hash::Sha512)
    }),
    ("rsa-1024-ca-with-sha384", |name| {
        signed_with(name, kept!("rsa-1024")?, Hash::Sha384)
    }),
    ("sha224-signature-rsa", |name| {
        let leaf = Draft {
            replaced: vec![(
                &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11],
                &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 14],
            )],
            ..server(name)?
        };
        let ca = Draft::authority(kept!("rsa-2048-ca")?, "cnx-harden TEST RSA CA");
        Case::issued(&leaf, &ca)
    }),
    ("dsa-beside", |name| beside(name, &dsa(&[2, 1, 7]))),
    ("malformed-dsa-beside", |name| {
        beside(name, &dsa(&[2, 1, 0x87]))
    }),
    ("x25519-beside", |name| {
        let key = [&[0], [9; 32].as_slice()].concat();
        let spki = [
            &[0x30, 5, 6, 3, 0x2b, 0x65, 0x6e],
            value(3, &key).as_slice(),
        ]
        .concat();
        beside(name, &value(0x30, &spki))
    }),
];

/// A name beside the right one, below a CA that may issue for `base` alone, or not for it.
fn held_to(name: &str, list: u8, kind: u8, base: &[u8], own: &[u8]) -> Result<Case, Wrong> {
    let tree = value(0x30, &value(0x80 | kind, base));
    let root = Draft {
        others: vec![raw_extension(
            "2.5.29.30",
            true,
            &value(0x30, &value(list, &tree)),
        )?],
        ..root()?
    };
    let names = [(2, NAME.as_bytes()), (kind, own)];
    let leaf = Draft {
        others: vec![raw_names(false, &names)?],
        ..server(name)?.named(&[])
    };
    Case::issued(&leaf, &root)
}

fn of_root(name: &str, oid: &str, extension: &[u8]) -> Result<Case, Wrong> {
    let root = Draft {
        others: vec![raw_extension(oid, false, extension)?],
        ..root()?
    };
    Case::issued(&server(name)?, &root)
}

fn of_leaf(name: &str, oid: &str, extension: &[u8]) -> Result<Case, Wrong> {
    Case::usual(&Draft {
        others: vec![raw_extension(oid, false, extension)?],
        ..server(name)?
    })
}

/// A leaf with a policy below an intermediate that requires one, and says for which other
/// one its own stands.
fn mapped(name: &str, mapping: &[u8], policy: &[u8]) -> Result<Case, Wrong> {
    let policies = |policy| value(0x30, &value(0x30, policy));
    let intermediate = Draft {
        others: vec![
            raw_extension("2.5.29.32", false, &policies(POLICY))?,
            raw_extension("2.5.29.33", false, &policies(mapping))?,
            raw_extension("2.5.29.36", false, &[0x30, 3, 0x80, 1, 0])?,
        ],
        ..authority("cnx-harden TEST intermediate")?
    };
    let leaf = Draft {
        others: vec![raw_extension("2.5.29.32", false, &policies(policy))?],
        ..server(name)?
    };
    Case::below(&leaf, &intermediate)
}

/// With its last date in other words.
fn until(name: &str, date: &'static [u8]) -> Result<Case, Wrong> {
    Case::usual(&Draft {
        replaced: vec![(b"\x18\x0f21240101000000Z", date)],
        ..server(name)?
    })
}

fn signed_with(name: &str, ca: Key, hash: Hash) -> Result<Case, Wrong> {
    let ca = Draft::authority(ca, "cnx-harden TEST CA");
    let leaf = Draft {
        hash,
        ..server(name)?
    };
    Case::issued(&leaf, &ca)
}

/// A certificate with another key behind the leaf, which nobody needs, and everybody reads.
fn beside(name: &str, key: &[u8]) -> Result<Case, Wrong> {
    let (root, leaf) = (root()?, server(name)?);
    let mut stray = authority("cnx-harden TEST stray")?;
    stray.key.public = SubjectPublicKeyInfoOwned::from_der(key)?;
    let presented = [leaf.pem(&root)?, stray.pem(&root)?].concat();
    Ok(Case::usual(&leaf)?.presenting(presented))
}

/// The key of a DSA with tiny parameters, and this public number.
fn dsa(public: &[u8]) -> Vec<u8> {
    let parameters = value(0x30, &[2, 1, 23, 2, 1, 11, 2, 1, 4]);
    let kind = [6, 7, 0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1];
    let algorithm = value(0x30, &[kind.as_slice(), &parameters].concat());
    let bits = value(3, &[&[0], public].concat());
    value(0x30, &[algorithm, bits].concat())
}
