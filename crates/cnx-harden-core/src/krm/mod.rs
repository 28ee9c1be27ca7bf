//! A KRM function: a `ResourceList` comes in and goes out, as kpt and kustomize
//! have it (`cmd/config/docs/api-conventions/functions-spec.md` of kustomize).
//!
//! The list is edited as any manifest is: items that no edit names come out byte
//! for byte, with their comments and annotations. What was done stands in
//! `results`. A failed run gives the list as it came, with the errors in
//! `results`: a host that shows them can, and one that went on nevertheless would
//! delete nothing.

mod input;
mod results;

use cnx_certs::{Door, UnixTime};

use crate::config::{ConfigText, Materials};
use crate::finding::{Error, Finding};
use crate::harden::{Run, harden};
use crate::report::Report;
use crate::source::Source;
use input::Input;

/// What the function answers.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Response {
    /// For stdout. It may hold a private key.
    pub text: String,
    /// What was done, or why nothing was.
    pub outcome: Result<Report, Error>,
}

// The text is not to be seen.
impl std::fmt::Debug for Response {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Response")
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// Hardens the items of a `ResourceList`, as its `functionConfig` says; where it
/// has none, as `config` says. Another `List` has no place for one.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use cnx_harden_core::{config::{Loaded, Materials}, krm};
/// # use std::time::Duration;
/// struct Nothing;
/// impl Materials for Nothing {
///     fn file(&self, path: &str) -> Result<Loaded, String> { Err(format!("no {path}")) }
///     fn variable(&self, name: &str) -> Result<Loaded, String> { Err(format!("no {name}")) }
/// }
/// let text = "\
/// apiVersion: config.kubernetes.io/v1
/// kind: ResourceList
/// items:
/// - {kind: Namespace} # mine
/// ";
/// # let now = cnx_certs::UnixTime::since_unix_epoch(Duration::ZERO);
/// let response = krm::respond("-", text, None, &Nothing, now);
/// assert!(response.outcome.is_err());
/// assert!(response.text.starts_with(text));
/// assert!(response.text.contains("results:\n- message: 'invalid-config: "));
/// # Ok(()) }
/// ```
#[must_use]
pub fn respond(
    name: &str,
    text: &str,
    config: Option<&ConfigText>,
    materials: &dyn Materials,
    now: UnixTime,
) -> Response {
    let source = Source { name, text };
    let done = Input::read(source).and_then(|input| run(source, &input, config, materials, now));
    match done {
        Ok((text, report)) => Response {
            text,
            outcome: Ok(report),
        },
        Err(error) => refuse(name, text, error),
    }
}

/// The answer to a list that is not hardened, for a reason that is the caller's:
/// the list as it came, with the errors in `results`.
///
/// What is no list has nothing that could be added to, and none of it is shown:
/// the answer is a list of no items.
#[must_use]
pub fn refuse(name: &str, text: &str, error: Error) -> Response {
    let error = error.worded(Door::Config);
    let answer = Input::read(Source { name, text }).ok().and_then(|input| {
        let results = results::of_error(&input, &error);
        results::added(&input, text, &results).ok()
    });
    Response {
        text: answer.unwrap_or_else(|| results::alone(&error)),
        outcome: Err(error),
    }
}

fn run(
    source: Source<'_>,
    input: &Input<'_>,
    config: Option<&ConfigText>,
    materials: &dyn Materials,
    now: UnixTime,
) -> Result<(String, Report), Error> {
    let own = input.config()?;
    let config = match (&own, config) {
        (Some(own), None) => own,
        (None, Some(config)) => config,
        (Some(_), Some(_)) => {
            let message = "there is a functionConfig, and another config was given";
            return Err(input.wrong(message, "leave one of the two").into());
        }
        (None, None) => {
            let message = "there is no functionConfig";
            let help = "give the function one of kind Hardening: in a Kptfile by configPath, or to \
                        kpt fn eval with --fn-config";
            return Err(input.wrong(message, help).into());
        }
    };
    let resolved = config.resolve(materials, now)?;
    let Run {
        outputs,
        mut report,
        ..
    } = harden(&[source], &resolved.hardening)?;
    report.findings.splice(..0, resolved.findings);
    let report = report.worded(Door::Config);
    let text = outputs
        .into_iter()
        .next()
        .map(|mut output| std::mem::take(&mut output.text));
    let text = text.unwrap_or_default();
    let results = results::of_report(input, &report);
    let added = results::added(input, &text, &results);
    match added {
        Ok(text) => Ok((text, report)),
        Err(error) => Err(Finding::yaml(&source, &error).into()),
    }
}
