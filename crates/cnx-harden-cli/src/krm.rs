//! The KRM function: a ResourceList on stdin and stdout, words on stderr too.

use std::env;
use std::io::{self, IsTerminal as _};
use std::path::Path;
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
const STDIN: &str = "-";

pub(crate) fn run(args: &KrmArgs) -> ExitCode {
    match input::read_stdin() {
        Ok(text) => answer(&function(args, &text)),
        Err(error) => answer(&refuse(STDIN, "", unread(&error).into())),
    }
}

/// The variable that names the config for a host that passes no arguments.
pub(crate) const CONFIG: &str = "CNX_HARDEN_CONFIG";

/// Called without arguments: a host speaks by stdin alone. A ResourceList is for the
/// function; other manifests, as Helm hands them over, are hardened by the config
/// that the environment names. Anything else is for the command line to complain of.
pub(crate) fn by_itself() -> Option<ExitCode> {
    if env::args_os().len() != 1 || io::stdin().is_terminal() {
        return None;
    }
    let text = input::read_stdin();
    let is_list = |text: &String| text.contains("ResourceList");
    if let Some(text) = text.as_ref().ok().filter(|text| is_list(text)) {
        return Some(answer(&function(&KrmArgs::default(), text)));
    }
    let path = env::var_os(CONFIG)?;
    Some(filter(text, || config::read(Path::new(&path))))
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
