//! The Manager's certificate and its key.

use cnx_certs::Role;
use cnx_harden_core::Manager;

use super::load_pair;
use crate::args::ManagerArgs;
use crate::error::Error;
use crate::pki::Pki;

/// Reads the channel; none where it isn't asked for, or where something is wrong.
pub(super) fn read(
    args: &ManagerArgs,
    pki: Option<Pki<'_>>,
    errors: &mut Vec<Error>,
) -> Option<Manager> {
    let (certificate, key) = match (&args.manager_cert, &args.manager_key) {
        (Some(certificate), Some(key)) => (certificate.clone(), key.clone()),
        _ => match pki?.material(Role::Manager) {
            Ok(files) => files.map(|files| (files.certificate, files.key))?,
            Err(error) => {
                errors.push(error);
                return None;
            }
        },
    };
    let (certificate, key) = load_pair(&certificate, &key, errors)?;
    let mut channel = Manager::new(certificate, key);
    channel.hosts = args.manager_host.clone();
    Some(channel)
}
