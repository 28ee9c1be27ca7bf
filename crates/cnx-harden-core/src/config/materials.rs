//! Where the material is: what the caller reads it with.

use zeroize::Zeroizing;

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
}

impl std::fmt::Debug for Loaded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loaded")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
