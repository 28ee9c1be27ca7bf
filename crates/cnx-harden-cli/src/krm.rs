//! The KRM function: a ResourceList on stdin and stdout, words on stderr too.

use std::env;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use cnx_harden_core::config::ConfigText;
use cnx_harden_core::krm::{Response, refuse, respond};
use cnx_harden_core::{Code, Finding, Place, Source};

use crate::args::KrmArgs;
use crate::config::Here;
use crate::error::Error;
use crate::filter::filter;
use crate::summary::Wording;
use crate::{clock, config, input, print, say, summary};

/// As the contract has it: not 0 is a failure.
const FAILED: u8 = 1;
/// As a wrong command line is.
const UNUSABLE: u8 = 2;
const STDIN: &str = "-";

pub(crate) fn run(args: &KrmArgs) -> ExitCode {
    match input::read_stdin() {
        Ok(text) => answer(&function(args, &text)),
        Err(error) => answer(&refuse(STDIN, "", unread(&error).into())),
    }
}

/// The variable that names the config for a host that passes no arguments.
pub(crate) const CONFIG: &str = "CNX_HARDEN_CONFIG";

const NO_CONFIG: &str = "error: there are manifests on stdin, and no config
  help: name it, as in helm install … --post-renderer cnx-harden --post-renderer-args hardening.yaml, or by \
CNX_HARDEN_CONFIG; by hand: cnx-harden apply --pki pki -\n";

/// Called without arguments, or with a config as the only one: a host speaks by stdin alone.
/// A ResourceList is for the function; other manifests, as Helm hands them over, are
/// hardened by that config, or by the one that the environment names. Anything else is for
/// the command line to complain of.
pub(crate) fn by_itself() -> Option<ExitCode> {
    let mut arguments = env::args_os().skip(1);
    let argument = arguments.next().map(PathBuf::from);
    let is_config = |path: &PathBuf| input::is_manifest(path) && path.is_file();
    if arguments.next().is_some() || !argument.iter().all(is_config) || io::stdin().is_terminal() {
        return None;
    }
    let text = input::read_stdin();
    let is_list = |text: &String| text.contains("ResourceList");
    if let Some(text) = text.as_ref().ok().filter(|text| is_list(text)) {
        let args = KrmArgs {
            config: argument,
            ..KrmArgs::default()
        };
        return Some(answer(&function(&args, text)));
    }
    match argument.or_else(|| env::var_os(CONFIG).map(PathBuf::from)) {
        Some(path) => Some(filter(text, || config::read(&path, None, &[]))),
        None if text.is_ok_and(|text| text.trim().is_empty()) => None,
        None => {
            say(NO_CONFIG);
            Some(ExitCode::from(UNUSABLE))
        }
    }
}

fn function(args: &KrmArgs, text: &str) -> Response {
    let Some(path) = &args.config else {
        let folder = args.folder.as_deref().unwrap_or(Path::new(""));
        return respond(STDIN, text, None, &Here::new(folder), clock::now());
    };
    let name = path.display().to_string();
    let config = match input::read_text(path) {
        Ok(text) => ConfigText::parse(Source {
            name: &name,
            text: &text,
        }),
        Err(error) => Err(unread(&error).into()),
    };
    match config {
        Ok(config) => {
            let folder = path.parent().unwrap_or(Path::new(""));
            respond(STDIN, text, Some(&config), &Here::new(folder), clock::now())
        }
        Err(error) => refuse(STDIN, text, error),
    }
}

/// What can't be read, as a finding.
fn unread(error: &Error) -> Finding {
    let (message, help) = error.told();
    Finding::new(Code::InvalidConfig, Place::line(STDIN, 1), message, help)
}

fn answer(response: &Response) -> ExitCode {
    let (words, code) = match &response.outcome {
        Ok(report) => (
            summary::text(report, Wording::Applied, false),
            ExitCode::SUCCESS,
        ),
        Err(error) => (format!("{error}\n"), ExitCode::from(FAILED)),
    };
    say(&words);
    match print(&mut io::stdout().lock(), &response.text) {
        Ok(()) => code,
        Err(error) => {
            say(&format!("error: {error}\n"));
            ExitCode::from(FAILED)
        }
    }
}
