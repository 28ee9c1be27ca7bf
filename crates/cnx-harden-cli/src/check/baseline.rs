//! The findings that were there before: a file of their fingerprints.

use std::collections::BTreeMap;
use std::path::{Component, Path};

use cnx_harden_core::audit::{Audit, AuditFinding, Suppression};
use serde::{Deserialize, Serialize};

use crate::error::Error;
use crate::input::{self, Input};
use crate::output::{self, File, Mode, Over};
use crate::show::{Shown as _, pretty};
use cnx_harden_core::counted;

const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
struct Baseline {
    version: u32,
    findings: Vec<Entry>,
}

/// What counts is the fingerprint, and the reason that somebody wrote beside it; the
/// rest is for whoever reads the file.
#[derive(Serialize, Deserialize)]
struct Entry {
    fingerprint: String,
    #[serde(default)]
    code: String,
    #[serde(default)]
    file: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    object: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    reason: Option<String>,
}

/// Fingerprints, each maybe with a reason.
pub(super) type Known = BTreeMap<String, Option<String>>;

impl Entry {
    fn of(found: &AuditFinding, known: &Known) -> Self {
        Self {
            reason: known.get(&found.fingerprint).cloned().flatten(),
            fingerprint: found.fingerprint.clone(),
            code: found.finding.code.to_string(),
            file: found.finding.place.file.clone(),
            object: found.finding.resource.as_ref().map(ToString::to_string),
        }
    }
}

pub(super) fn read(path: &Path) -> Result<Known, Error> {
    let text = input::read_text(path)?;
    let fail = |message: String| Error::Baseline {
        path: path.to_owned(),
        message,
    };
    let baseline: Baseline =
        serde_json::from_str(&text).map_err(|error| fail(error.to_string()))?;
    if baseline.version != VERSION {
        return Err(fail(format!("version {} is not known", baseline.version)));
    }
    let entries = baseline.findings.into_iter();
    Ok(entries
        .map(|entry| (entry.fingerprint, entry.reason))
        .collect())
}

/// What files are called in a baseline: by their paths from its folder, so that it holds
/// whatever folder the command runs in. Only those whose names are others.
pub(super) fn names(baseline: &Path, inputs: &[Input]) -> BTreeMap<String, String> {
    let baseline = output::resolved(baseline);
    let Some(folder) = baseline.parent() else {
        return BTreeMap::new();
    };
    let from_folder = |input: &Input| {
        let path = output::resolved(input.path.as_deref()?);
        let common = folder.components().zip(path.components());
        let common = common.take_while(|(one, other)| one == other).count();
        let up = folder
            .components()
            .skip(common)
            .map(|_| Component::ParentDir);
        let down = path.components().skip(common);
        let relative = up
            .chain(down)
            .map(|part| part.as_os_str().to_string_lossy());
        let name = relative.collect::<Vec<_>>().join("/");
        (name != input.name).then(|| (input.name.clone(), name))
    };
    inputs.iter().filter_map(from_folder).collect()
}

/// All that is found and not accepted otherwise. Reasons that are there stay.
pub(super) fn write(path: &Path, audit: &Audit) -> Result<(), Error> {
    let reasons = match path.exists() {
        true => read(path)?,
        false => Known::new(),
    };
    let known = audit
        .suppressed
        .iter()
        .filter(|s| s.by == Suppression::Baseline);
    let all = audit.findings.iter().chain(known.map(|s| &s.found));
    let baseline = Baseline {
        version: VERSION,
        findings: all.map(|found| Entry::of(found, &reasons)).collect(),
    };
    let text = pretty(&baseline);
    output::write(&[File {
        path: path.to_owned(),
        contents: text.as_bytes().into(),
        mode: Mode::Default,
        over: Over::Own,
    }])
}

pub(super) fn words(path: &Path, audit: &Audit) -> String {
    let findings = counted(audit.findings.len(), "finding");
    format!("{}: {findings} written\n", path.shown())
}
