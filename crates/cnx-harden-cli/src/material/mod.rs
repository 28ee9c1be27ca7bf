//! The certificates and keys, as the files have them. One file for each channel.

mod api_service;
mod apiserver;
pub(crate) mod etcd;
mod manager;
mod manager_secret;
mod typha;

pub(crate) use manager_secret::ManagerSecret;

use std::path::{Path, PathBuf};

use cnx_certs::Role;
use cnx_harden_core::config::WantedMaterial;
use cnx_harden_core::{CaBundle, Certificate, Channel, Hardening, PrivateKey};

use crate::args::{ApiserverArgs, ChannelArgs, ChannelName, EtcdArgs, ManagerArgs, TyphaArgs};
use crate::error::{Error, Errors};
use crate::input::read_material;
use crate::pki::Pki;

const NO_CHANNEL: &str = "no connection is asked for
  help: give a folder of material with --pki, or the material of one or more: --apiserver-ca, \
--apiserver-cert and --apiserver-key; --api-service with --api-service-ca, --api-service-cert \
and --api-service-key, or with --trust cert-manager; --etcd-ca, --etcd-cert and --etcd-key; --typha-ca and the \
files beside it; --manager-cert and --manager-key";

/// Reads the material of the channels that are asked for by giving it. All that
/// is wrong with it is told at once.
pub(crate) fn read(args: &ChannelArgs) -> Result<Hardening, Errors> {
    let mut errors = Vec::new();
    let pki = args.pki.as_deref().map(Pki::open).transpose()?;
    let of = |channel| pki.filter(|_| !args.except.contains(&channel));
    let hardening = Hardening {
        api_server: apiserver::read(&args.apiserver, of(ChannelName::Apiserver), &mut errors),
        api_services: api_service::read(&args.api_service, pki, &mut errors),
        etcd: etcd::read(&args.etcd, of(ChannelName::Etcd), &mut errors),
        typha: typha::read(&args.typha, of(ChannelName::Typha), &mut errors),
        manager: manager::read(&args.manager, of(ChannelName::Manager), &mut errors),
        rollout_annotation: args.rollout_annotation,
        ..Hardening::default()
    };
    if !errors.is_empty() {
        return Err(Errors(errors));
    }
    let nothing = Hardening {
        rollout_annotation: args.rollout_annotation,
        ..Hardening::default()
    };
    if hardening == nothing {
        return Err(Error::Usage(NO_CHANNEL).into());
    }
    Ok(hardening)
}

/// What a folder of material has for what a config asks of it.
pub(crate) fn of_folder(folder: &Path, wanted: &WantedMaterial) -> Result<Hardening, Errors> {
    let pki = Pki::open(folder)?;
    let mut errors = Vec::new();
    let of = |channel| wanted.channels.contains(&channel).then_some(pki);
    let hardening = Hardening {
        api_server: apiserver::read(
            &ApiserverArgs::default(),
            of(Channel::KubeApiserver),
            &mut errors,
        ),
        api_services: api_service::of_folder(pki, wanted.api_services.as_deref(), &mut errors),
        etcd: etcd::read(&EtcdArgs::default(), of(Channel::Etcd), &mut errors),
        typha: typha::read(&TyphaArgs::default(), of(Channel::Typha), &mut errors),
        manager: manager::read(&ManagerArgs::default(), of(Channel::Manager), &mut errors),
        ..Hardening::default()
    };
    match errors.is_empty() {
        true => Ok(hardening),
        false => Err(Errors(errors)),
    }
}

/// The files of a role: those that flags name, or else the folder's.
fn files(
    given: [&Option<PathBuf>; 3],
    pki: Option<Pki<'_>>,
    role: Role,
    errors: &mut Vec<Error>,
) -> Option<(PathBuf, PathBuf, PathBuf)> {
    if let [Some(ca), Some(certificate), Some(key)] = given {
        return Some((ca.clone(), certificate.clone(), key.clone()));
    }
    match pki?.material(role) {
        Ok(files) => {
            let files = files?;
            Some((files.ca?, files.certificate, files.key))
        }
        Err(error) => {
            errors.push(error);
            None
        }
    }
}

/// What one side presents, and what the other verifies it with.
struct Identity {
    ca: CaBundle,
    certificate: Certificate,
    key: PrivateKey,
}

/// Reads a CA, a certificate and its key. They are checked where it is known
/// what for.
fn load_identity(ca: &Path, cert: &Path, key: &Path, errors: &mut Vec<Error>) -> Option<Identity> {
    let ca = load(ca, CaBundle::new, CaBundle::named, errors);
    let pair = load_pair(cert, key, errors);
    let (ca, (certificate, key)) = (ca?, pair?);
    Some(Identity {
        ca,
        certificate,
        key,
    })
}

/// Reads a certificate and its key.
fn load_pair(
    cert: &Path,
    key: &Path,
    errors: &mut Vec<Error>,
) -> Option<(Certificate, PrivateKey)> {
    let certificate = load(cert, Certificate::new, Certificate::named, errors);
    let key = load(key, PrivateKey::new, PrivateKey::named, errors);
    Some((certificate?, key?))
}

fn load<T>(
    path: &Path,
    new: impl Fn(Vec<u8>) -> T,
    named: impl Fn(T, String) -> T,
    errors: &mut Vec<Error>,
) -> Option<T> {
    match read_material(path) {
        // Moved, not copied: a key's bytes are where they were read to.
        Ok(mut bytes) => Some(named(
            new(std::mem::take(&mut *bytes)),
            path.display().to_string(),
        )),
        Err(error) => {
            errors.push(error);
            None
        }
    }
}
