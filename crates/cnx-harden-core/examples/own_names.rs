//! Hardens objects that have other names than the vendor's.

use std::error::Error;

use cnx_harden_core::{Hardening, Names, Source, harden};

#[path = "harden_a_string.rs"]
mod harden_a_string;

/// Returns the report's first line, and whether the Secret got its key.
pub(crate) fn run() -> Result<String, Box<dyn Error>> {
    let text = harden_a_string::MANIFEST.replace("cnx-apiserver-certs", "site-certs");
    let source = Source {
        name: "site.yaml",
        text: &text,
    };
    let mut names = Names::default();
    names.api_server.secret = "site-certs".to_owned();
    let hardening = Hardening {
        api_server: Some(harden_a_string::material()),
        ..Hardening::default()
    };
    let run = harden(&[source], &hardening.with_names(names))?;
    let edits = run.report.files.iter().flat_map(|file| &file.edits);
    let secret = edits.map(|edit| edit.resource.to_string());
    Ok(secret.take(1).collect())
}

#[allow(
    clippy::print_stdout,
    dead_code,
    reason = "an example, and a test of it"
)]
fn main() -> Result<(), Box<dyn Error>> {
    println!("{}", run()?);
    Ok(())
}
