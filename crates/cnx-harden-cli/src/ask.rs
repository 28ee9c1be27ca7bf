//! The question before anything is written, for `apply --interactive`.

use std::io::{self, IsTerminal as _};

use cnx_harden_core::Run;

use crate::diff;
use crate::error::Error;
use crate::input::Input;
use crate::material::ManagerSecret;
use crate::show::show_lines;

const NO_TERMINAL: &str = "--interactive asks on a terminal, and stdin or stdout is not one; leave it out, and see \
                           what changes with `cnx-harden diff`";

/// An error where there is nobody to ask.
pub(crate) fn possible() -> Result<(), Error> {
    match io::stdin().is_terminal() && io::stdout().is_terminal() {
        true => Ok(()),
        false => Err(Error::Usage(NO_TERMINAL)),
    }
}

/// Shows what would be written, without keys, and asks. Anything but a yes is an error.
pub(crate) fn before(
    inputs: &[Input],
    run: &Run,
    secret: Option<&ManagerSecret>,
    files: usize,
) -> Result<(), Error> {
    if files == 0 {
        return Ok(());
    }
    let mut text = diff::render(inputs, run);
    if let Some(secret) = secret {
        let name = secret.path.display().to_string();
        let before = secret.before().unwrap_or_default();
        let before = String::from_utf8_lossy(&before);
        let after = run.redacted(&secret.text);
        diff::one(&mut text, &name, &run.redacted(&before), &after);
    }
    let noun = if files == 1 { "file" } else { "files" };
    text.push_str(&format!("Write {files} {noun}? [y/N] "));
    show_lines(&mut anstream::stdout().lock(), &text)?;
    let mut answer = String::new();
    let read = io::stdin().read_line(&mut answer);
    let answer = answer.trim().to_lowercase();
    match read.is_ok() && ["y", "yes"].contains(&answer.as_str()) {
        true => Ok(()),
        false => Err(Error::Declined),
    }
}
