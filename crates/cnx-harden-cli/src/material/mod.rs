//! The certificates and keys: read, and checked for what no cluster could use.
//! One file for each channel.

mod apiserver;
pub(crate) mod etcd;
mod manager;
mod typha;

use std::fs;
use std::path::{Path, PathBuf};

use cnx_certs::{CertificateChain, check_pair};
use cnx_harden_core::{Edit, Hardening, Run};

use crate::args::ChannelArgs;
use crate::error::{Error, Errors};

const NO_CHANNEL: &str = "no connection is asked for
  help: give the material of one or more: --apiserver-ca, --apiserver-cert and --apiserver-key; \
--etcd-ca, --etcd-cert and --etcd-key; --typha-ca and the files beside it; --manager-cert and \
--manager-key";

/// Reads the material of the channels that are asked for by giving it. All that
/// is wrong with it is told at once.
pub(crate) fn read(args: &ChannelArgs) -> Result<Hardening, Errors> {
    let mut errors = Vec::new();
    let hardening = Hardening {
        api_server: apiserver::read(&args.apiserver, &mut errors),
        etcd: etcd::read(&args.etcd, &mut errors),
        typha: typha::read(&args.typha, &mut errors),
        manager: manager::read(&args.manager, &mut errors),
        rollout_annotation: args.rollout_annotation,
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

/// The Manager's Secret as a manifest of its own, where it is asked for: its path
/// and its text. It belongs where the run found the Manager.
pub(crate) fn manager_secret(
    args: &ChannelArgs,
    hardening: &Hardening,
    run: &Run,
) -> Result<Option<(PathBuf, zeroize::Zeroizing<String>)>, Error> {
    let (Some(path), Some(manager)) = (&args.manager.manager_secret_file, &hardening.manager)
    else {
        return Ok(None);
    };
    let mut edits = run.report.files.iter().flat_map(|file| &file.edits);
    let workload = edits.find(|edit| edit.edit == Edit::ManagerMounts);
    let namespace = workload.and_then(|edit| edit.resource.namespace.as_deref());
    let text = manager.secret_manifest(namespace);
    let text = text.map_err(|error| Error::Secret(path.clone(), error.to_string()))?;
    Ok(Some((path.clone(), text.into())))
}

/// What one side presents, and what the other verifies it with.
struct Identity {
    ca: cnx_certs::CaBundle,
    chain: CertificateChain,
    key: cnx_certs::PrivateKey,
}

/// Reads a CA, a certificate and its key, and checks that the two are a pair.
fn load_identity(ca: &Path, cert: &Path, key: &Path, errors: &mut Vec<Error>) -> Option<Identity> {
    let ca = load(ca, cnx_certs::CaBundle::from_pem, errors);
    let Pair { chain, key } = load_pair(cert, key, errors)?;
    let ca = ca?;
    Some(Identity { ca, chain, key })
}

/// A certificate and its key.
struct Pair {
    chain: CertificateChain,
    key: cnx_certs::PrivateKey,
}

/// Reads a certificate and its key, and checks that the two are a pair.
fn load_pair(cert: &Path, key: &Path, errors: &mut Vec<Error>) -> Option<Pair> {
    let before = errors.len();
    let chain = load(cert, CertificateChain::from_pem, errors);
    let private = load(key, cnx_certs::PrivateKey::from_pem, errors);
    if let (Some(chain), Some(private)) = (&chain, &private)
        && let Err(error) = check_pair(chain, private)
    {
        errors.push(Error::Pair(cert.to_owned(), key.to_owned(), error));
    }
    if errors.len() > before {
        return None;
    }
    Some(Pair {
        chain: chain?,
        key: private?,
    })
}

fn load<T>(
    path: &Path,
    parse: impl Fn(&[u8]) -> Result<T, cnx_certs::PemError>,
    errors: &mut Vec<Error>,
) -> Option<T> {
    let bytes = match fs::read(path) {
        Ok(bytes) => zeroize::Zeroizing::new(bytes),
        Err(error) => {
            errors.push(Error::io("read", path, error));
            return None;
        }
    };
    match parse(&bytes) {
        Ok(parsed) => Some(parsed),
        Err(error) => {
            errors.push(Error::Pem(path.to_owned(), error));
            None
        }
    }
}
