//! The Manager's certificate and its key.

use cnx_harden_core::manager::MissingSecret;
use cnx_harden_core::{Certificate, Manager, PrivateKey};

use super::load_pair;
use crate::args::ManagerArgs;
use crate::error::Error;

/// Reads the channel; none where it isn't asked for, or where something is wrong.
pub(super) fn read(args: &ManagerArgs, errors: &mut Vec<Error>) -> Option<Manager> {
    let (Some(cert), Some(key)) = (&args.manager_cert, &args.manager_key) else {
        return None;
    };
    let pair = load_pair(cert, key, errors)?;
    let mut channel = Manager::new(
        Certificate::new(pair.chain.as_pem()),
        PrivateKey::new(pair.key.as_pem()),
    );
    channel.hosts = args.manager_host.clone();
    if args.manager_secret_file.is_some() {
        channel.missing_secret = MissingSecret::Apart;
    }
    Some(channel)
}
