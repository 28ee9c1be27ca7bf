//! `cnx-harden certs`.

mod inspect;
mod sets;
mod subject;
mod verdict;
mod verify;

use std::process::ExitCode;

use crate::args::CertsCommand;
use crate::clock;
use crate::error::Errors;

/// Runs the command.
pub(crate) fn run(command: &CertsCommand) -> Result<ExitCode, Errors> {
    let now = clock::now();
    match command {
        CertsCommand::Verify(args) => verify::run(args, now),
        CertsCommand::Inspect(args) => inspect::run(args, now),
    }
}
