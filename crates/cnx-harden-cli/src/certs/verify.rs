//! `cnx-harden certs verify`: the checks, then real handshakes.

use cnx_certs::{Code, Door, Policy, UnixTime, check, connect};
use std::process::ExitCode;

use super::sets::{self, Sets};
use super::subject::{Set, Subject};
use super::verdict::{Located, Tried, Verdict};
use crate::args::{ReportFormat, VerifyArgs};
use crate::config::Known;
use crate::error::{Error, Errors};
use crate::{FAILED, show, show_lines};

const NOTHING: &str = "there is nothing to verify
  help: give hardened manifests, or --pki, or the files of a connection: --apiserver-ca, \
--apiserver-cert and --apiserver-key, for example; a manifest as published has none of them, \
`cnx-harden apply` puts them in";

pub(super) fn run(args: &VerifyArgs, now: UnixTime) -> Result<ExitCode, Errors> {
    let known = Known::of(
        args.config.as_deref(),
        &args.names,
        &args.manager.manager_host,
        args.expires_within,
    )?;
    let Sets {
        sets,
        findings,
        on_host,
        ..
    } = sets::read(args, &known)?;
    if sets.is_empty() && findings.is_empty() {
        return Err(match on_host.is_empty() {
            true => Error::Usage(NOTHING).into(),
            false => Error::OnHost(on_host).into(),
        });
    }
    let policy = Policy {
        expires_within: known.expires_within,
        ..Policy::at(now)
    };
    let mut verdict = Verdict {
        manifests: findings,
        findings: Vec::new(),
        handshakes: Vec::new(),
        absent: Vec::new(),
        on_host,
    };
    for set in &sets {
        let materials: Vec<_> = set.subjects.iter().map(Subject::material).collect();
        let found = check(&materials, &policy);
        verdict
            .findings
            .extend(found.into_iter().map(|finding| locate(set, finding)));
        verdict
            .handshakes
            .extend(
                connect(&materials, &policy)
                    .into_iter()
                    .map(|handshake| Tried {
                        origin: set.origin.clone(),
                        handshake: handshake.worded(Door::Command),
                    }),
            );
    }
    shared_keys(&sets, &policy, &mut verdict);
    if !args.paths.is_empty() || args.pki.is_some() {
        verdict.absent_except(sets.iter().map(|set| set.connection));
    }
    let mut stdout = anstream::stdout().lock();
    match args.format {
        ReportFormat::Text => show_lines(&mut stdout, &verdict.text())?,
        ReportFormat::Json => show(&mut stdout, &verdict.json())?,
    }
    Ok(match verdict.works() {
        true => ExitCode::SUCCESS,
        false => ExitCode::from(FAILED),
    })
}

/// A finding with the place of the piece that it is about.
fn locate(set: &Set, finding: cnx_certs::Finding) -> Located {
    let mut subjects = set.subjects.iter();
    let subject = subjects.find(|subject| subject.role == finding.role);
    let place = subject.map(|subject| subject.place(finding.part).clone());
    let finding = finding.worded(Door::Command);
    Located { place, finding }
}

/// A key that two connections share can be seen over all of them only.
fn shared_keys(sets: &[Set], policy: &Policy, verdict: &mut Verdict) {
    let subjects = || {
        sets.iter()
            .flat_map(|set| set.subjects.iter().map(move |s| (set, s)))
    };
    let materials: Vec<_> = subjects().map(|(_, subject)| subject.material()).collect();
    for finding in check(&materials, policy) {
        if finding.code != Code::SharedKey {
            continue;
        }
        let set = subjects().find(|(_, subject)| subject.role == finding.role);
        if let Some((set, _)) = set {
            let located = locate(set, finding);
            if !verdict.findings.contains(&located) {
                verdict.findings.push(located);
            }
        }
    }
}
