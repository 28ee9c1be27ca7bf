//! What kubectl reads of an edited text is what the edit asks for.

use std::path::Path;

use serde_json::Value as Json;

use crate::agreement::{Named, agree, compare, published, said, suite};
use crate::edits::{CHANGES, edit};
use crate::kubectl::{kubectl, read};

/// Edits each text that kubectl and we read alike, and compares what
/// kubectl reads then. Returns how many edits were made.
fn check(kubectl: &Path, texts: &[Named]) -> usize {
    let (_, read_by_both) = compare(kubectl, texts);
    let (mut edits, mut wrong) = (Vec::new(), Vec::new());
    for (number, (name, text)) in read_by_both.iter().enumerate() {
        // Every text with half of the changes: each case stands at several places.
        for change in CHANGES.into_iter().skip(number % 2).step_by(2) {
            let edited = edit(text, change, number);
            let faults = edited.faults.iter();
            wrong.extend(faults.map(|fault| format!("{name} {change:?}: {fault}\n  {text:?}")));
            if edited.count > 0 {
                edits.push((format!("{name} {change:?}"), edited));
            }
        }
    }
    let bodies: Vec<_> = edits
        .iter()
        .map(|(_, edited)| edited.text.clone())
        .collect();
    for ((name, edited), theirs) in edits.iter().zip(read(kubectl, &bodies)) {
        let right = theirs
            .as_ref()
            .is_ok_and(|theirs| agree(&edited.objects, theirs));
        if !right {
            let wanted = Json::from(edited.objects.clone());
            let theirs = said(&theirs);
            wrong.push(format!(
                "{name}\n  {:?}\n  wanted {wanted}\n  kubectl {theirs}",
                edited.text
            ));
        }
    }
    assert!(
        wrong.is_empty(),
        "{} of {} edits:\n{}",
        wrong.len(),
        edits.len(),
        wrong.join("\n")
    );
    let count = edits.iter().map(|(_, edited)| edited.count).sum();
    println!("{} texts, {count} edits", read_by_both.len());
    count
}

#[test]
fn edited_cases_of_the_suite_are_read_by_kubectl_as_the_edits_ask() {
    let (Some(kubectl), texts) = (kubectl(), suite()) else {
        return;
    };
    if !texts.is_empty() {
        let edits = check(&kubectl, &texts);
        assert!(edits > 3000, "{edits}");
    }
}

#[test]
fn edited_published_manifests_are_read_by_kubectl_as_the_edits_ask() {
    let Some(kubectl) = kubectl() else { return };
    // The corpus has many versions of one manifest.
    let corpus = published("CNX_HARDEN_CORPUS", "corpus/");
    let mut texts: Vec<_> = corpus.into_iter().step_by(16).collect();
    texts.extend(published("CNX_HARDEN_TODAY", "today/"));
    if !texts.is_empty() {
        let edits = check(&kubectl, &texts);
        assert!(edits > 500, "{edits}");
    }
}

#[test]
fn edited_generated_texts_are_read_by_kubectl_as_the_edits_ask() {
    let Some(kubectl) = kubectl() else { return };
    let edits = check(&kubectl, &crate::agreement_generated::texts());
    assert!(edits > 500, "{edits}");
}
