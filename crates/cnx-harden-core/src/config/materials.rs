//! Where the material is: what the caller reads it with.

use zeroize::Zeroizing;

use crate::channel::Channel;
use crate::harden::Hardening;

/// What a file or a variable holds.
#[derive(Clone, PartialEq, Eq)]
pub struct Loaded {
    /// The PEM bytes.
    pub pem: Zeroizing<Vec<u8>>,
    /// What findings call them by: a path.
    pub name: String,
}

/// The caller's file system and environment, of which this crate has none.
///
/// An error is one sentence that says why it could not be read.
pub trait Materials {
    /// Reads the file at `path`, as the config has it: a relative one is relative
    /// to the config.
    ///
    /// # Errors
    ///
    /// Where it can't be read.
    fn file(&self, path: &str) -> Result<Loaded, String>;

    /// Reads the environment variable `name`.
    ///
    /// # Errors
    ///
    /// Where it is not set.
    fn variable(&self, name: &str) -> Result<Loaded, String>;

    /// Reads the folder that `spec.pki` names, or one that the caller knows of where it
    /// names none: the connections that are `wanted` and that it has material for, with the
    /// vendor's names.
    ///
    /// # Errors
    ///
    /// All that is wrong with it. A caller that does not know such folders keeps what is here.
    fn pki(&self, folder: Option<&str>, wanted: &WantedMaterial) -> Result<Hardening, Vec<Fault>> {
        let _ = wanted;
        match folder {
            None => Ok(Hardening::default()),
            Some(_) => Err(vec![Fault {
                message: "this program reads no folder of material".to_owned(),
                help: "name the files of each connection".to_owned(),
            }]),
        }
    }
}

/// What a folder of material is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WantedMaterial {
    /// The connections that have no material yet and are not left out.
    pub channels: Vec<Channel>,
    /// The APIServices that have none, by name; all in the folder where the config lists no
    /// APIService.
    pub api_services: Option<Vec<String>>,
}

/// What is wrong with a folder of material.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What it is.
    pub message: String,
    /// What to do.
    pub help: String,
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaded")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
