//! The client certificate for etcd, its key and etcd's CA.

use cnx_certs::Role;
use cnx_harden_core::Etcd;
use cnx_harden_core::etcd::{MissingSecret, Server};

use super::{Identity, files, load_identity, load_pair};
use crate::args::{EtcdArgs, EtcdMaterialArgs};
use crate::error::Error;
use crate::pki::Pki;

/// Reads the channel; none where it isn't asked for, or where something is wrong.
pub(super) fn read(args: &EtcdArgs, pki: Option<Pki<'_>>, errors: &mut Vec<Error>) -> Option<Etcd> {
    let mut channel = material(&args.material, pki, errors)?;
    if args.assume_secret {
        channel.missing_secret = MissingSecret::Assume;
    }
    Some(channel)
}

/// The channel with the vendor's names.
pub(crate) fn material(
    args: &EtcdMaterialArgs,
    pki: Option<Pki<'_>>,
    errors: &mut Vec<Error>,
) -> Option<Etcd> {
    let given = [&args.etcd_ca, &args.etcd_cert, &args.etcd_key];
    let (ca, cert, key) = files(given, pki, Role::EtcdClient, errors)?;
    let Identity {
        ca,
        certificate,
        key,
    } = load_identity(&ca, &cert, &key, errors)?;
    let mut channel = Etcd::new(ca, certificate, key);
    // In the folder, etcd's own is at hand too.
    let own = pki.filter(|_| args.etcd_cert.is_none());
    if let Some(Ok(Some(files))) = own.map(|pki| pki.material(Role::EtcdServer)) {
        let pair = load_pair(&files.certificate, &files.key, errors);
        channel.server = pair.map(|(certificate, key)| Server { certificate, key });
    }
    channel.endpoints = args.etcd_endpoints.clone();
    Some(channel)
}
