//! A document whose nodes are read once somebody asks for them.

use std::fmt;
use std::sync::OnceLock;

use yaml_splice::{Document, Skimmed, Tree};

/// A document that can be parsed for certain.
pub(crate) struct LazyTree<'t> {
    document: Document<'t>,
    tree: OnceLock<Box<Tree<'t>>>,
}

// The text may hold secrets.
impl fmt::Debug for LazyTree<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("LazyTree")
            .field(&self.document.span())
            .finish()
    }
}

impl<'t> LazyTree<'t> {
    /// A document that was skimmed, which says that it can be parsed.
    pub(crate) const fn skimmed(document: Document<'t>) -> Self {
        let tree = OnceLock::new();
        Self { document, tree }
    }

    /// A document that is parsed.
    pub(crate) fn parsed(document: Document<'t>, tree: Tree<'t>) -> Self {
        let tree = OnceLock::from(Box::new(tree));
        Self { document, tree }
    }

    /// The document, markers and comments included.
    pub(crate) const fn document(&self) -> &Document<'t> {
        &self.document
    }

    /// Whether somebody has asked for the nodes.
    pub(crate) fn is_parsed(&self) -> bool {
        self.tree.get().is_some()
    }

    /// The nodes.
    pub(crate) fn tree(&self) -> &Tree<'t> {
        self.tree.get_or_init(|| {
            #[cfg(test)]
            count();
            // What was skimmed has no error.
            Box::new(self.document.parse().unwrap_or_default())
        })
    }
}

/// What the document says of its object, where that needs no nodes.
pub(crate) fn skim<'t>(document: &Document<'t>) -> Option<Skimmed<'t>> {
    #[cfg(test)]
    if PARSES_ALL.get() {
        return None;
    }
    document.skim()
}

#[cfg(test)]
thread_local! {
    /// Whether each document is parsed at once on this thread.
    static PARSES_ALL: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };

    /// How many documents were parsed on this thread.
    pub(crate) static PARSED: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

/// Counts a document that is parsed.
#[cfg(test)]
pub(crate) fn count() {
    PARSED.with(|parsed| parsed.set(parsed.get() + 1));
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::{Path, PathBuf};
    use std::time::Duration;

    use super::*;
    use crate::traffic::TrafficOptions;
    use crate::{
        CaBundle, Certificate, Etcd, Hardening, KubeApiserver, Manager, Manifests, Names,
        PrivateKey, Source, UnixTime,
    };

    fn files(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => files(&path, found),
                false if path.extension().is_some_and(|e| e == "yaml") => found.push(path),
                false => {}
            }
        }
    }

    /// All that is said of the sources.
    fn said(sources: &[Source<'_>]) -> Vec<String> {
        let material = || {
            (
                CaBundle::new("ca"),
                Certificate::new("crt"),
                PrivateKey::new("key"),
            )
        };
        let ((ca, crt, key), (etcd_ca, etcd_crt, etcd_key)) = (material(), material());
        let (_, manager_crt, manager_key) = material();
        let hardening = Hardening {
            api_server: Some(KubeApiserver::new(ca, crt, key)),
            etcd: Some(Etcd::new(etcd_ca, etcd_crt, etcd_key)),
            manager: Some(Manager::new(manager_crt, manager_key)),
            ..Hardening::default()
        };
        let manifests = Manifests::read(sources);
        let options = TrafficOptions::at(UnixTime::since_unix_epoch(Duration::from_secs(1)));
        let audit = manifests.audit(&options.audit());
        let run = manifests.harden(&hardening);
        let run = run.map(|run| {
            (
                run.report,
                run.outputs
                    .iter()
                    .map(|o| o.text.clone())
                    .collect::<Vec<_>>(),
            )
        });
        vec![
            format!("{:#?}", manifests.reading()),
            format!("{:#?}", manifests.traffic(&options, &audit.findings)),
            format!("{audit:#?}"),
            format!("{run:#?}"),
            format!("{:#?}", manifests.wired(&Names::default()).findings),
            format!("{:#?}", manifests.needs(&Names::default())),
        ]
    }

    #[test]
    fn what_is_not_parsed_changes_nothing_that_is_said() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut paths = Vec::new();
        for folder in ["tests", "../../manifests", "../../testdata"] {
            files(&root.join(folder), &mut paths);
        }
        if let Some(folder) = std::env::var_os("CNX_HARDEN_CORPUS") {
            let mut published = Vec::new();
            files(Path::new(&folder), &mut published);
            paths.extend(published.into_iter().step_by(5));
        }
        paths.sort();
        assert!(paths.len() > 100, "{}", paths.len());
        let texts: Vec<_> = paths
            .iter()
            .filter_map(|path| fs::read_to_string(path).ok())
            .collect();
        let few: Vec<_> = texts
            .iter()
            .map(|text| Source {
                name: "a.yaml",
                text,
            })
            .collect();
        let mut skimmed = 0;
        // Each in company.
        for sources in few.chunks(3) {
            let before = PARSED.get();
            let _ = Manifests::read(sources);
            let lazily = PARSED.get() - before;
            let lazy = said(sources);
            PARSES_ALL.set(true);
            let before = PARSED.get();
            let _ = Manifests::read(sources);
            skimmed += PARSED.get() - before - lazily;
            let all = said(sources);
            PARSES_ALL.set(false);
            for (lazy, all) in lazy.iter().zip(&all) {
                assert!(
                    lazy == all,
                    "{}",
                    similar::TextDiff::from_lines(all, lazy).unified_diff()
                );
            }
        }
        assert!(skimmed > 100, "{skimmed}");
    }
}
