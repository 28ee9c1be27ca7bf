//! The client certificate for etcd, its key and etcd's CA.

use cnx_harden_core::Etcd;
use cnx_harden_core::etcd::{MissingSecret, Selectors};

use super::{Identity, load_identity};
use crate::args::{EtcdArgs, EtcdMaterialArgs};
use crate::error::Error;

/// Reads the channel; none where it isn't asked for, or where something is wrong.
pub(super) fn read(args: &EtcdArgs, errors: &mut Vec<Error>) -> Option<Etcd> {
    let mut channel = material(&args.material, errors)?;
    let names = &args.names;
    channel.selectors = Selectors {
        secret: names.etcd_secret.clone(),
        config_maps: names.etcd_config_map.clone(),
        volume: names.etcd_volume.clone(),
        mount_path: names.etcd_mount_path.clone(),
    };
    if names.assume_secret {
        channel.missing_secret = MissingSecret::Assume;
    }
    Some(channel)
}

/// The channel with the vendor's names.
pub(crate) fn material(args: &EtcdMaterialArgs, errors: &mut Vec<Error>) -> Option<Etcd> {
    let (Some(ca), Some(cert), Some(key)) = (&args.etcd_ca, &args.etcd_cert, &args.etcd_key) else {
        return None;
    };
    let Identity {
        ca,
        certificate,
        key,
    } = load_identity(ca, cert, key, errors)?;
    let mut channel = Etcd::new(ca, certificate, key);
    channel.endpoints = args.etcd_endpoints.clone();
    Some(channel)
}
