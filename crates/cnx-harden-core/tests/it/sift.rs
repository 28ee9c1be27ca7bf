//! A stream that is not held, since nothing in it matters, is one that a run leaves alone.

use std::path::Path;

use cnx_harden_core::yaml_splice::documents;
use cnx_harden_core::{
    CaBundle, Certificate, Etcd, Hardening, KubeApiserver, Manager, PrivateKey, Sift, Sifted,
    Source, harden,
};

fn hardening() -> Hardening {
    let (ca, crt, key) = (
        || CaBundle::new("ca"),
        || Certificate::new("crt"),
        || PrivateKey::new("key"),
    );
    Hardening {
        api_server: Some(KubeApiserver::new(ca(), crt(), key())),
        etcd: Some(Etcd::new(ca(), crt(), key())),
        manager: Some(Manager::new(crt(), key())),
        ..Hardening::default()
    }
}

/// What is found in a text that comes in blocks of this size.
fn sifted(hardening: &Hardening, text: &str, size: usize) -> Option<Sifted> {
    let mut sift = Sift::new(hardening);
    let mut blocks = text.as_bytes().chunks(size);
    blocks
        .all(|block| sift.push(block))
        .then(|| sift.finish())?
}

/// Runs of neighbouring documents in the project's own manifests.
fn texts() -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut texts = Vec::new();
    for folder in ["tests", "../../manifests", "../../testdata"] {
        for entry in walkdir::WalkDir::new(root.join(folder)).sort_by_file_name() {
            let path = entry.unwrap().into_path();
            let Ok(text) = std::fs::read_to_string(&path) else {
                continue;
            };
            if path.extension().is_none_or(|kind| kind != "yaml") {
                continue;
            }
            let spans: Vec<_> = documents(&text).map(|document| document.span()).collect();
            let whole = spans.chunks(spans.len().max(1));
            let runs = spans.windows(1).chain(spans.windows(2)).chain(whole);
            texts.extend(runs.filter_map(|run| {
                let (first, last) = (run.first()?, run.last()?);
                Some(text[first.start..last.end].to_owned())
            }));
        }
    }
    texts.sort();
    texts.dedup();
    texts
}

#[test]
fn what_is_not_held_is_left_alone_and_counted() {
    let hardening = hardening();
    let (mut aside, mut held) = (0, 0);
    for text in texts() {
        let found: Vec<_> = [11, 300, text.len().max(1)]
            .map(|size| sifted(&hardening, &text, size))
            .into();
        assert!(found.windows(2).all(|two| two[0] == two[1]), "{text}");
        let Some(Some(sifted)) = found.first() else {
            held += 1;
            continue;
        };
        aside += 1;
        let run = |text| {
            harden(
                &[Source {
                    name: "a.yaml",
                    text,
                }],
                &hardening,
            )
        };
        let (whole, mut empty) = (run(&text).expect(&text), run("").unwrap());
        assert!(!whole.outputs[0].changed, "{text}");
        empty.report.reading.add("a.yaml", sifted);
        assert!(empty.report == whole.report, "{text}");
    }
    assert!(aside > 100 && held > 100, "{aside} aside, {held} held");
}
