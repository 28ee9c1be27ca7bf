//! Chains that are put together at random, each signed as it says.

use const_oid::db::rfc5912::{
    ANY_EXTENDED_KEY_USAGE, ID_KP_CLIENT_AUTH, ID_KP_EMAIL_PROTECTION, ID_KP_SERVER_AUTH,
};
use x509_cert::certificate::Version;
use x509_cert::ext::Extension;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsages};

use super::Wrong;
use super::draft::{Draft, NAME, ca, raw_extension, raw_names};
use super::key::Key;
use super::mutate::Random;

/// What a server has, and what its client trusts.
pub(crate) struct Files {
    pub(crate) ca: Vec<u8>,
    pub(crate) certificate: Vec<u8>,
    pub(crate) key: Vec<u8>,
}

/// Names beside the right one.
const NAMES: [(u8, &[u8]); 14] = [
    (2, b"a.example.com"),
    (2, b"*.example.com"),
    (2, b"example.com"),
    (2, b"a..b"),
    (2, b"B.Example.Org."),
    (6, b"spiffe://example.com/x"),
    (6, b"spiffe://a.example.com:1/x"),
    (6, b"urn:x:y"),
    (6, b"https://10.0.0.1/"),
    (1, b"a@example.com"),
    (1, b"\"a b\"@a.example.com"),
    (1, b"a"),
    (7, &[10, 0, 0, 1]),
    (0, &[]),
];

/// Subtrees of name constraints: the tag's number, and the content.
const TREES: [(u8, &[u8]); 18] = [
    (2, b"svc"),
    (2, b".svc"),
    (2, b"kube-system.svc"),
    (2, b"example.com"),
    (2, b".example.com"),
    (2, b"a.example.com"),
    (2, b""),
    (6, b"example.com"),
    (6, b".example.com"),
    (6, b"a.example.com"),
    (1, b"example.com"),
    (1, b"a@example.com"),
    (1, b".example.com"),
    (7, &[10, 0, 0, 0, 255, 0, 0, 0]),
    (7, &[10, 0, 0, 0, 255, 255, 255, 252]),
    (7, &[11, 0, 0, 0, 255, 0, 0, 0]),
    (2, b"*.example.com"),
    (2, b"xample.com"),
];

const POLICIES: [&[u8]; 4] = [
    &[6, 2, 0x2a, 3],
    &[6, 2, 0x2a, 4],
    &[6, 2, 0x2a, 5],
    &[6, 4, 0x55, 0x1d, 0x20, 0],
];

/// The keys, which are slow to make.
pub(crate) struct Keys {
    leaf: Key,
    authorities: Vec<Key>,
    other: [Key; 2],
}

impl Keys {
    pub(crate) fn new() -> Result<Self, Wrong> {
        let authorities = (0..4).map(|number| Key::p256(&format!("fuzz CA {number}")));
        Ok(Self {
            leaf: Key::p256("fuzz leaf")?,
            authorities: authorities.collect::<Result<_, _>>()?,
            other: [Key::p384("fuzz other")?, Key::ed25519("fuzz other")?],
        })
    }
}

/// Files at random.
pub(crate) fn random(random: &mut Random, keys: &Keys) -> Result<Files, Wrong> {
    let mut chain = vec![Draft::server(keys.leaf.clone())];
    let height = 1 + random.below(4);
    for (number, key) in keys.authorities.iter().take(height).enumerate() {
        chain.push(Draft::authority(key.clone(), &format!("fuzz CA {number}")));
    }
    let mut names: Vec<(u8, &[u8])> = vec![(2, NAME.as_bytes())];
    while random.below(2) == 0 && names.len() < 4 {
        names.extend(random.of(&NAMES));
    }
    if let Some(leaf) = chain.first_mut() {
        *leaf = leaf.clone().named(&[]);
        leaf.others.push(raw_names(random.below(6) == 0, &names)?);
    }
    let policies = random.below(3) == 0;
    let constraints = random.below(3) == 0;
    for (place, draft) in chain.iter_mut().enumerate() {
        if policies {
            policy(random, draft)?;
        }
        if constraints && place > 0 && random.below(2) == 0 {
            draft.others.push(constraint(random)?);
        }
        odd(random, draft, place == 0, keys)?;
    }
    // Each is signed by the next, the last by itself; now and then by another.
    let mut signed = Vec::new();
    for (place, draft) in chain.iter().enumerate() {
        let next = match random.below(40) {
            0 => random.below(chain.len()),
            _ => (place + 1).min(chain.len() - 1),
        };
        signed.push(draft.pem(chain.get(next).unwrap_or(draft))?);
    }
    let key = chain.first().ok_or("no leaf")?.key.pkcs8()?;
    let trusted = match random.below(8) {
        0 => random.below(signed.len()),
        _ => signed.len() - 1,
    };
    let mut ca = Vec::new();
    for (place, pem) in signed.iter().enumerate() {
        if place == trusted || random.below(12) == 0 {
            ca.extend(pem);
        }
    }
    let last = signed.len() - usize::from(random.below(2) == 0);
    let mut sent: Vec<_> = signed.drain(..last).collect();
    if sent.len() > 2 && random.below(6) == 0 {
        let (one, other) = (
            1 + random.below(sent.len() - 1),
            1 + random.below(sent.len() - 1),
        );
        sent.swap(one, other);
    }
    Ok(Files {
        ca,
        certificate: sent.concat(),
        key,
    })
}

fn policy(random: &mut Random, draft: &mut Draft) -> Result<(), Wrong> {
    if random.below(4) > 0 {
        let mut list = Vec::new();
        for policy in POLICIES {
            if random.below(3) == 0 {
                list.extend(sequence(policy));
            }
        }
        draft.others.push(raw_extension(
            "2.5.29.32",
            random.below(3) == 0,
            &sequence(&list),
        )?);
    }
    if random.below(3) == 0 {
        let mut skips = Vec::new();
        for tag in [0x80, 0x81] {
            if random.below(2) == 0 {
                skips.extend([tag, 1, random.below(3).to_le_bytes()[0]]);
            }
        }
        draft.others.push(raw_extension(
            "2.5.29.36",
            random.below(2) == 0,
            &sequence(&skips),
        )?);
    }
    if random.below(5) == 0 {
        let skip = random.below(2).to_le_bytes()[0];
        draft.others.push(raw_extension(
            "2.5.29.54",
            random.below(2) == 0,
            &[2, 1, skip],
        )?);
    }
    if random.below(5) == 0 {
        let pair = |random: &mut Random| random.of(&POLICIES).copied().unwrap_or_default();
        let pair = [pair(random), pair(random)].concat();
        draft.others.push(raw_extension(
            "2.5.29.33",
            random.below(2) == 0,
            &sequence(&sequence(&pair)),
        )?);
    }
    Ok(())
}

fn constraint(random: &mut Random) -> Result<Extension, Wrong> {
    let mut lists = Vec::new();
    for tag in [0xa0, 0xa1] {
        let mut list = Vec::new();
        while random.below(2) == 0 {
            let Some((number, content)) = random.of(&TREES) else {
                break;
            };
            list.extend(sequence(&value(0x80 | number, content)));
        }
        if !list.is_empty() {
            lists.extend(value(tag, &list));
        }
    }
    if lists.is_empty() {
        lists = value(0xa0, &sequence(&value(0x82, b"svc")));
    }
    raw_extension("2.5.29.30", random.below(2) == 0, &sequence(&lists))
}

/// Something that is not as it should be, or only unusual.
fn odd(random: &mut Random, draft: &mut Draft, leaf: bool, keys: &Keys) -> Result<(), Wrong> {
    match random.below(60) {
        0 => draft.version = Version::V1,
        1 => draft.basic = None,
        2 => {
            draft.basic = Some(BasicConstraints {
                ca: leaf,
                path_len_constraint: None,
            });
        }
        3..=6 if !leaf => draft.basic = Some(ca(Some(random.below(3).to_le_bytes()[0]))),
        7 => draft.usage = None,
        8 => draft.usage = Some(KeyUsages::CRLSign.into()),
        9 => draft.purposes = vec![ID_KP_CLIENT_AUTH],
        10 => draft.purposes = vec![ANY_EXTENDED_KEY_USAGE],
        11 => draft.purposes = vec![ID_KP_EMAIL_PROTECTION, ID_KP_SERVER_AUTH],
        12 => draft.purposes = Vec::new(),
        13 => draft.valid = ("2010-01-01", "2015-01-01"),
        14 => draft.others.push(raw_extension("1.2.3.4", true, &[5, 0])?),
        15 => draft
            .others
            .push(raw_extension("2.5.29.37", false, &[0x30, 0])?),
        16 => draft
            .others
            .push(raw_extension("1.3.6.1.5.5.7.1.1", false, &[0x30, 0])?),
        17 => draft
            .others
            .push(raw_extension("2.5.29.31", true, &[0x30, 0])?),
        18 => draft.identifier = Some(vec![1, 2, 3]),
        19 => draft.serial = vec![0x80, 1],
        20 | 21 if !leaf => draft.key = random.of(&keys.other).ok_or("no key")?.clone(),
        _ => {}
    }
    Ok(())
}

fn value(tag: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).unwrap_or_default();
    let mut out = vec![tag];
    if length >= 0x80 {
        out.push(0x81);
    }
    out.push(length);
    out.extend(content);
    out
}

fn sequence(content: &[u8]) -> Vec<u8> {
    value(0x30, content)
}
