//! The cases: how the files of each are made.

/// Keys that are slow or rare to make, by `openssl genpkey`.
macro_rules! kept {
    ($name:literal) => {
        Key::kept(include_str!(concat!("../keys/", $name, ".pem")))
    };
}

mod algorithms;
mod chains;
mod dates;
mod good;
mod names;
mod pem;
mod rare;
mod strict;

use super::Wrong;
use super::draft::Draft;
use super::key::Key;

/// The three files of a case.
pub(super) struct Case {
    pub(super) ca: Vec<u8>,
    pub(super) certificate: Vec<u8>,
    pub(super) key: Vec<u8>,
}

/// Makes a case, whose name is what its key is made of.
type Recipe = fn(&str) -> Result<Case, Wrong>;

type Cases = &'static [(&'static str, Recipe)];

/// All of them.
pub(super) const ALL: [Cases; 8] = [
    pem::CASES,
    chains::CASES,
    names::CASES,
    dates::CASES,
    algorithms::CASES,
    good::CASES,
    strict::CASES,
    rare::CASES,
];

impl Case {
    /// A certificate that `issuer` signed, and `issuer` as what is trusted.
    fn issued(leaf: &Draft, issuer: &Draft) -> Result<Self, Wrong> {
        Ok(Self {
            ca: issuer.pem(issuer)?,
            certificate: leaf.pem(issuer)?,
            key: leaf.key.pkcs8()?,
        })
    }

    /// A certificate of the usual authority.
    fn usual(leaf: &Draft) -> Result<Self, Wrong> {
        Self::issued(leaf, &root()?)
    }

    /// A certificate that signed itself, and is what is trusted.
    fn pinned(leaf: &Draft) -> Result<Self, Wrong> {
        Self::issued(leaf, leaf)
    }

    /// The leaf and its intermediate in one file, below the usual authority.
    fn below(leaf: &Draft, intermediate: &Draft) -> Result<Self, Wrong> {
        let root = root()?;
        Ok(Self {
            ca: root.pem(&root)?,
            certificate: [leaf.pem(intermediate)?, intermediate.pem(&root)?].concat(),
            key: leaf.key.pkcs8()?,
        })
    }

    /// With another CA file.
    fn trusting(self, ca: Vec<u8>) -> Self {
        Self { ca, ..self }
    }

    /// With another certificate file.
    fn presenting(self, certificate: Vec<u8>) -> Self {
        Self {
            certificate,
            ..self
        }
    }

    /// With another key file.
    fn keeping(self, key: Vec<u8>) -> Self {
        Self { key, ..self }
    }
}

/// The usual authority.
fn root() -> Result<Draft, Wrong> {
    authority("cnx-harden TEST CA")
}

/// An authority of this name, with a key of its own.
fn authority(name: &str) -> Result<Draft, Wrong> {
    Ok(Draft::authority(Key::p256(name)?, name))
}

/// A server's certificate as it should be.
fn server(name: &str) -> Result<Draft, Wrong> {
    Ok(Draft::server(Key::p256(name)?))
}

/// A client's.
fn client(name: &str, common_name: &str) -> Result<Draft, Wrong> {
    Ok(Draft::client(Key::p256(name)?, common_name))
}
