//! Inputs and outputs: texts with a name.

use zeroize::Zeroize as _;

/// A manifest: one text, which may hold several documents.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Source<'t> {
    /// What errors and reports call it: a path, or `-`.
    pub name: &'t str,
    /// Its text.
    pub text: &'t str,
}

/// What became of a [`Source`].
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Output {
    /// The source's name.
    pub name: String,
    /// The whole text after the edits. It may hold a private key, and is erased from
    /// memory when dropped if it differs.
    pub text: String,
    /// Whether it differs from the source's text.
    pub changed: bool,
}

// The texts hold private keys: `Debug` shows none of them.
impl std::fmt::Debug for Source<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Source")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}

impl std::fmt::Debug for Output {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Output")
            .field("name", &self.name)
            .field("changed", &self.changed)
            .finish_non_exhaustive()
    }
}

impl Output {
    /// The text, without a copy. What becomes of it is the caller's to say then.
    #[must_use]
    pub fn into_text(mut self) -> String {
        std::mem::take(&mut self.text)
    }
}

impl Drop for Output {
    /// Erases the text that a run put keys into; one that it left alone is the caller's
    /// own, and may be large.
    fn drop(&mut self) {
        if self.changed {
            self.text.zeroize();
        }
    }
}
