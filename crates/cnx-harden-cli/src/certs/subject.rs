//! What is verified: the material of roles, and where each piece is from.

use std::fmt;
use std::path::Path;

use cnx_certs::{ConnectionKind, Identity, Material, Part, Role, shown};
use cnx_harden_core::Held;
use zeroize::Zeroizing;

use crate::error::Error;
use crate::input::read_material;

/// Where a piece of material is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Place {
    /// A file.
    File(String),
    /// A value of a manifest.
    Value {
        file: String,
        line: usize,
        column: usize,
        field: String,
    },
}

/// A piece of material.
#[derive(Clone)]
pub(super) struct Piece {
    pub(super) place: Place,
    pub(super) bytes: Zeroizing<Vec<u8>>,
}

/// The material of one role.
pub(super) struct Subject {
    pub(super) role: Role,
    pub(super) ca: Option<Piece>,
    pub(super) certificate: Piece,
    pub(super) key: Option<Piece>,
    pub(super) names: Vec<String>,
    pub(super) identity: Identity,
}

/// The roles of one connection that belong together.
pub(super) struct Set {
    pub(super) connection: ConnectionKind,
    /// The files or the manifest, in short.
    pub(super) origin: String,
    pub(super) subjects: Vec<Subject>,
}

impl Piece {
    pub(super) fn read(path: &Path) -> Result<Self, Error> {
        Ok(Self {
            place: Place::File(path.display().to_string()),
            bytes: read_material(path)?,
        })
    }

    pub(super) fn held(held: &Held) -> Self {
        Self {
            place: Place::Value {
                file: held.place.file.clone(),
                line: held.place.line,
                column: held.place.column,
                field: held.field.clone(),
            },
            bytes: Zeroizing::new(held.bytes().to_vec()),
        }
    }
}

impl Subject {
    pub(super) fn new(role: Role, ca: Option<Piece>, certificate: Piece, key: Piece) -> Self {
        Self {
            role,
            ca,
            certificate,
            key: Some(key),
            names: Vec::new(),
            identity: Identity::default(),
        }
    }

    pub(super) fn named(mut self, names: &[String]) -> Self {
        self.names = names.to_vec();
        self
    }

    pub(super) fn known_as(mut self, identity: &Identity) -> Self {
        self.identity = identity.clone();
        self
    }

    pub(super) fn material(&self) -> Material<'_> {
        Material {
            role: self.role,
            ca: self.ca.as_ref().map(|piece| piece.bytes.as_slice()),
            certificate: &self.certificate.bytes,
            key: self.key.as_ref().map(|piece| piece.bytes.as_slice()),
            names: &self.names,
            identity: &self.identity,
        }
    }

    /// The piece that a finding is about.
    pub(super) fn place(&self, part: Part) -> &Place {
        let piece = match part {
            Part::Ca => self.ca.as_ref(),
            Part::Certificate => None,
            Part::Key => self.key.as_ref(),
        };
        &piece.unwrap_or(&self.certificate).place
    }
}

impl Place {
    pub(super) fn file(&self) -> &str {
        match self {
            Self::File(file) | Self::Value { file, .. } => file,
        }
    }
}

/// As findings begin: the file and where in it.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(file) => f.write_str(&shown(file)),
            Self::Value {
                file, line, column, ..
            } => write!(f, "{}:{line}:{column}", shown(file)),
        }
    }
}
