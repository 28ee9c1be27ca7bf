//! The API server's certificate, its key and its CA.

use cnx_certs::Role;
use cnx_harden_core::{KubeApiserver, MissingSecret};

use super::{Identity, files, load_identity};
use crate::args::ApiserverArgs;
use crate::error::Error;
use crate::pki::Pki;

/// Reads the channel; none where it isn't asked for, or where something is wrong.
pub(super) fn read(
    args: &ApiserverArgs,
    pki: Option<Pki<'_>>,
    errors: &mut Vec<Error>,
) -> Option<KubeApiserver> {
    let given = [
        &args.apiserver_ca,
        &args.apiserver_cert,
        &args.apiserver_key,
    ];
    let (ca, cert, key) = files(given, pki, Role::ApiServer, errors)?;
    let Identity {
        ca,
        certificate,
        key,
    } = load_identity(&ca, &cert, &key, errors)?;
    let mut channel = KubeApiserver::new(ca, certificate, key);
    if args.add_secret {
        channel.missing_secret = MissingSecret::Add;
    }
    Some(channel)
}
