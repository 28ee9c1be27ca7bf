//! Which documents can matter, by the words in them.

use std::sync::LazyLock;

use aho_corasick::{AhoCorasick, AhoCorasickKind, packed};

use crate::resource::can_spell_any_name;

/// The kinds that a connection can be about. A document without one of these words
/// holds none of its objects, unless it can spell any name.
pub(super) const KINDS: [&str; 18] = [
    "APIService",
    "Certificate",
    "ConfigMap",
    "CronJob",
    "CustomResourceDefinition",
    "DaemonSet",
    "Deployment",
    "Installation",
    "APIServer",
    "Job",
    "List",
    "Pod",
    "ReplicaSet",
    "ReplicationController",
    "Secret",
    "Service",
    "StatefulSet",
    "WebhookConfiguration",
];

/// The words by which a document is known to matter.
#[derive(Debug)]
pub(crate) enum Words {
    /// Found many bytes at a time.
    Packed(packed::Searcher),
    Any(AhoCorasick),
    /// Any text has one of them.
    All,
}

impl Words {
    pub(crate) fn new<'w>(words: impl Iterator<Item = &'w str> + Clone) -> Self {
        let mut builder = packed::Config::new().builder();
        if let Some(searcher) = builder.extend(words.clone()).build() {
            return Self::Packed(searcher);
        }
        // For another processor, no word at all, or very many.
        let mut builder = AhoCorasick::builder();
        let any = builder
            .kind(Some(AhoCorasickKind::NoncontiguousNFA))
            .build(words);
        any.map_or(Self::All, Self::Any)
    }

    pub(crate) fn are_in(&self, text: &str) -> bool {
        match self {
            Self::Packed(searcher) => searcher.find(text).is_some(),
            Self::Any(words) => words.is_match(text),
            Self::All => true,
        }
    }

    /// Whether the document can hold an object that a connection is about.
    pub(crate) fn may_matter(text: &str) -> bool {
        // Without the signs: with a pattern of one byte, the packed search takes 16 at most.
        static WORDS: LazyLock<Words> = LazyLock::new(|| Words::new(KINDS.into_iter()));
        WORDS.are_in(text) || can_spell_any_name(text)
    }

    /// Whether a connection can be about objects of this kind, or about lists of them.
    pub(crate) fn is_kind(kind: &str) -> bool {
        KINDS.iter().any(|known| kind.contains(known))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::resource::SPELLING;

    /// On processors with vector instructions for it.
    #[test]
    #[cfg(target_arch = "x86_64")]
    fn kinds_are_searched_for_many_bytes_at_a_time() {
        let packed = matches!(Words::new(KINDS.into_iter()), Words::Packed(_));
        assert_eq!(packed, std::is_x86_feature_detected!("ssse3"));
    }

    #[test]
    fn a_word_is_found_wherever_it_stands() {
        let all: Vec<_> = KINDS.into_iter().chain(SPELLING).collect();
        let some = Words::new(["", "a"].into_iter());
        assert!(some.are_in("x"), "every text has the empty word");
        assert!(!Words::new([].into_iter()).are_in("x"));
        for word in all {
            for before in 0..70 {
                let text = format!("{}{word}", "-".repeat(before));
                assert!(Words::may_matter(&text), "{text}");
                assert!(
                    Words::may_matter(&(text.clone() + &" ".repeat(70))),
                    "{text}"
                );
                let cut = text.get(..text.len() - 1).unwrap();
                let known = KINDS.iter().chain(&SPELLING).any(|word| cut.contains(word));
                assert_eq!(Words::may_matter(cut), known, "{cut}");
            }
        }
    }
}
