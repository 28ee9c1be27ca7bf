//! The keys that are not to be shown.

use std::collections::HashSet;

use zeroize::Zeroizing;

use crate::redact::{MARK, OLD_MARK};

/// Values of private keys, with what a redacted text shows for them.
pub(crate) type Hidden = Vec<(Zeroizing<String>, &'static str)>;

/// The private keys of a connection.
#[derive(Default)]
pub(crate) struct Secrets {
    /// Those that come into the texts.
    new: Vec<Zeroizing<String>>,
    /// Those that are in the texts now.
    old: Vec<Zeroizing<String>>,
}

impl Secrets {
    /// A key that comes into the texts.
    pub(crate) fn bring(&mut self, key: Zeroizing<String>) {
        self.new.push(key);
    }

    /// A key that is in the texts now, as it is written there; not a placeholder that
    /// is short enough to be anywhere.
    pub(super) fn hide(&mut self, text: &str) {
        let text = text.trim_matches(['"', '\'']);
        if text.len() >= 16 && !text.starts_with('<') {
            self.old.push(Zeroizing::new(text.to_owned()));
        }
    }

    /// The keys of all connections: those that come first, since a key that stays is
    /// both.
    pub(crate) fn all<'s>(secrets: impl Iterator<Item = &'s mut Self>) -> Hidden {
        let (mut all, mut olds) = (Hidden::new(), Vec::new());
        for one in secrets {
            all.extend(one.new.drain(..).map(|key| (key, MARK)));
            olds.append(&mut one.old);
        }
        let mut seen: HashSet<&str> = all.iter().map(|(key, _)| key.as_str()).collect();
        let fresh: Vec<bool> = olds.iter().map(|key| seen.insert(key)).collect();
        let olds = olds.into_iter().zip(fresh).filter(|(_, fresh)| *fresh);
        all.extend(olds.map(|(key, _)| (key, OLD_MARK)));
        all
    }
}
