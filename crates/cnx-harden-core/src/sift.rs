//! Finds streams that hold nothing to edit, block by block, so that their text need not be
//! held.

use std::mem;

use yaml_splice::{Document, documents};

use crate::harden::Hardening;
use crate::inventory::Words;
use crate::lazy;
use crate::parallel;
use crate::reading::Reading;

/// The longest document that is searched, in bytes. A longer one is held.
const MOST: usize = 16 << 20;

/// Kinds that other objects refer to by name. By themselves they matter only if they hold
/// one of the names that the run looks for.
const CARRIERS: [&str; 3] = ["ConfigMap", "Secret", "Service"];

/// Reads a stream in blocks, until something in it may matter to a run.
///
/// ```
/// use cnx_harden_core::{Hardening, Sift};
/// let mut sift = Sift::new(&Hardening::default());
/// assert!(sift.push(b"apiVersion: v1\nkind: Namespace\nmeta"));
/// assert!(sift.push(b"data:\n  name: shop\n"));
/// let sifted = sift.finish().ok_or("it matters").unwrap();
/// assert!(!sifted.has_carriers());
/// ```
#[derive(Debug)]
pub struct Sift {
    /// The names that the run looks for.
    needles: Words,
    /// The last document so far, which may be incomplete.
    rest: Vec<u8>,
    found: Sifted,
}

/// A stream in which nothing matters, unless an object of another stream refers to it.
///
/// In a run it is a [`Source`](crate::Source) without text, which [`Reading::add`]
/// completes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sifted {
    /// Documents that name a kind that a connection can be about.
    documents: usize,
    other_kinds: usize,
    has_objects: bool,
    has_carriers: bool,
}

impl Sifted {
    /// Whether it has a Secret, a ConfigMap or a Service, which an object of another stream
    /// may refer to.
    #[must_use]
    pub const fn has_carriers(&self) -> bool {
        self.has_carriers
    }
}

impl Sift {
    /// For a run of `hardening`.
    #[must_use]
    pub fn new(hardening: &Hardening) -> Self {
        Self {
            needles: Words::new(hardening.needles().into_iter()),
            rest: Vec::new(),
            found: Sifted::default(),
        }
    }

    /// Reads the next block. Returns false if something may matter, or if only parsing could
    /// tell: hold the stream then.
    #[must_use]
    pub fn push(&mut self, block: &[u8]) -> bool {
        let known = self.rest.len();
        self.rest.extend_from_slice(block);
        // A line that is cut off may be a marker, or none.
        let Some(end) = memchr::memrchr(b'\n', block).map(|at| known + at + 1) else {
            return self.rest.len() <= MOST;
        };
        let bytes = mem::take(&mut self.rest);
        let (whole, cut) = bytes.split_at_checked(end).unwrap_or_default();
        let Ok(text) = std::str::from_utf8(whole) else {
            return false;
        };
        let mut all: Vec<_> = documents(text).collect();
        let last = all.pop().map_or(0, |document| document.span().start);
        if !self.add(&all) {
            return false;
        }
        self.rest
            .extend_from_slice(whole.get(last..).unwrap_or_default());
        self.rest.extend_from_slice(cut);
        self.rest.len() <= MOST
    }

    /// Ends the stream. Returns `None` if something may matter.
    #[must_use]
    pub fn finish(mut self) -> Option<Sifted> {
        let bytes = mem::take(&mut self.rest);
        let text = std::str::from_utf8(&bytes).ok()?;
        let rest: Vec<_> = documents(text).collect();
        self.add(&rest).then_some(self.found)
    }

    /// Counts documents. False if one may matter.
    fn add(&mut self, some: &[Document<'_>]) -> bool {
        let found = parallel::map(some, |document| self.sift(document));
        found.into_iter().all(|found| match found {
            None => false,
            Some(found) => {
                self.found.documents += found.documents;
                self.found.other_kinds += found.other_kinds;
                self.found.has_objects |= found.has_objects;
                self.found.has_carriers |= found.has_carriers;
                true
            }
        })
    }

    /// What a document is; `None` if it may matter.
    fn sift(&self, document: &Document<'_>) -> Option<Sifted> {
        let skimmed = lazy::skim(document)?;
        let text = document.text();
        let mut found = Sifted::default();
        if !Words::may_matter(text) {
            found.other_kinds += usize::from(!skimmed.is_empty);
            found.has_objects = skimmed.kind.and(skimmed.api_version).is_some();
            return Some(found);
        }
        let kind = skimmed.kind.unwrap_or_default();
        found.has_carriers = CARRIERS.contains(&kind);
        let matters = match found.has_carriers {
            true => self.needles.are_in(text),
            false => Words::is_kind(kind),
        };
        found.documents = 1;
        found.has_objects = !kind.is_empty();
        (!matters).then_some(found)
    }
}

impl Reading {
    /// Adds the counts of a file that was read without being held.
    pub fn add(&mut self, file: &str, sifted: &Sifted) {
        self.documents += sifted.documents;
        self.other_kinds += sifted.other_kinds;
        if sifted.has_objects {
            self.without_objects.retain(|without| without != file);
        }
    }
}
