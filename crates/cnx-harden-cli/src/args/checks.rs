//! How certificates are checked.

use std::time::Duration;

use clap::Args;
use cnx_certs::Code;
use cnx_harden_core::CertificateChecks;

use crate::clock;

#[derive(Debug, Args)]
#[command(next_help_heading = "Checks of the certificates")]
pub(crate) struct CheckArgs {
    /// Warn of certificates that expire within this time: 6months, 1year [default: 30d]
    #[arg(long, value_name = "TIME", value_parser = super::term)]
    pub(crate) expires_within: Option<Duration>,
    /// Accept this error, by its code; `cnx-harden explain` lists them (may be repeated)
    #[arg(long, value_name = "CODE", value_parser = code)]
    pub(crate) allow: Vec<Code>,
}

impl CheckArgs {
    /// All checks as of now.
    pub(crate) fn checks(&self) -> CertificateChecks {
        self.over(CertificateChecks::at(clock::now()))
    }

    /// Flags override the config; codes add up.
    pub(crate) fn over(&self, mut checks: CertificateChecks) -> CertificateChecks {
        if let Some(time) = self.expires_within {
            checks.policy.expires_within = time;
        }
        checks.allow.extend(&self.allow);
        checks
    }
}

/// The code of a finding, or what was probably meant.
fn code(name: &str) -> Result<Code, String> {
    name.parse().map_err(|error: cnx_certs::UnknownCode| {
        let codes = Code::ALL.iter().map(|code| code.as_str());
        match cnx_harden_core::nearest(name, codes) {
            Some(near) => format!("{error}; did you mean {near}?"),
            None => format!("{error}; `cnx-harden explain` lists them"),
        }
    })
}
