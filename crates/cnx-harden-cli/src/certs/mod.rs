//! `cnx-harden certs`: making certificates, and taking in those of another CA.

mod files;
mod generate;
mod join;
mod proof;

use crate::args::CertsCommand;
use crate::clock;
use crate::error::Errors;

/// Runs the command. What is returned are words for stderr, empty if none are
/// wanted.
pub(crate) fn run(command: &CertsCommand) -> Result<String, Errors> {
    let now = clock::now();
    let (words, quiet) = match command {
        CertsCommand::Generate(args) => (generate::generate(args, now)?, args.quiet),
        CertsCommand::Join(args) => (join::join(args, now)?, args.quiet),
    };
    Ok(if quiet { String::new() } else { words })
}
