//! How certificates are checked.

use std::time::Duration;

use clap::Args;
use cnx_certs::{Code, Policy};
use cnx_harden_core::CertificateChecks;

use crate::clock;

#[derive(Debug, Args)]
#[command(next_help_heading = "Checks of the certificates")]
pub(crate) struct CheckArgs {
    /// Warn of certificates that expire within this time: 30d, 6months, 1year
    #[arg(long, value_name = "TIME", default_value = "30d", value_parser = humantime::parse_duration)]
    pub(crate) expires_within: Duration,
    /// Accept this error, by its code; `cnx-harden explain` lists them (may be repeated)
    #[arg(long, value_name = "CODE", value_parser = code)]
    pub(crate) allow: Vec<Code>,
}

impl CheckArgs {
    pub(crate) fn checks(&self) -> CertificateChecks {
        CertificateChecks {
            policy: Policy {
                expires_within: self.expires_within,
                ..Policy::at(clock::now())
            },
            allow: self.allow.iter().copied().collect(),
        }
    }
}

/// The code of a finding, or what was probably meant.
fn code(name: &str) -> Result<Code, String> {
    name.parse().map_err(|error: cnx_certs::UnknownCode| {
        let codes = Code::ALL.iter().map(|code| code.as_str());
        match crate::suggest::nearest(name, codes) {
            Some(near) => format!("{error}; did you mean {near}?"),
            None => format!("{error}; `cnx-harden explain` lists them"),
        }
    })
}
