//! `cnx-harden certs`: making certificates, taking in those of another CA,
//! proving that they work, and showing what they are.

mod files;
mod generate;
mod inspect;
mod join;
mod needed;
mod proof;
mod sets;
mod subject;
mod verdict;
mod verify;

pub(crate) use inspect::InspectDocument;
pub(crate) use verdict::VerifyDocument;

use std::process::ExitCode;

use crate::args::{CertsCommand, OutputArgs};
use crate::clock;
use crate::error::Errors;
use crate::say;

/// Runs the command.
pub(crate) fn run(command: &CertsCommand, output: OutputArgs) -> Result<ExitCode, Errors> {
    let now = clock::now();
    let words = match command {
        CertsCommand::Generate(args) => generate::generate(args, now)?,
        CertsCommand::Join(args) => join::join(args, now)?,
        CertsCommand::Verify(args) => return verify::run(args, now),
        CertsCommand::Inspect(args) => return inspect::run(args, now),
    };
    if !output.quiet {
        say(&words);
    }
    Ok(ExitCode::SUCCESS)
}
