//! The certificates and keys: read, and checked for what no cluster could use.
//! One file for each channel.

mod apiserver;
pub(crate) mod etcd;

use std::fs;
use std::path::Path;

use cnx_certs::{CertificateChain, check_pair};
use cnx_harden_core::Hardening;

use crate::args::ChannelArgs;
use crate::error::{Error, Errors};

const NO_CHANNEL: &str = "no connection is asked for
  help: give the material of one or more: --apiserver-ca, --apiserver-cert and --apiserver-key; \
--etcd-ca, --etcd-cert and --etcd-key";

/// Reads the material of the channels that are asked for by giving it. All that
/// is wrong with it is told at once.
pub(crate) fn read(args: &ChannelArgs) -> Result<Hardening, Errors> {
    let mut errors = Vec::new();
    let hardening = Hardening {
        api_server: apiserver::read(&args.apiserver, &mut errors),
        etcd: etcd::read(&args.etcd, &mut errors),
    };
    if !errors.is_empty() {
        return Err(Errors(errors));
    }
    if hardening == Hardening::default() {
        return Err(Error::Usage(NO_CHANNEL).into());
    }
    Ok(hardening)
}

/// What one side presents, and what the other verifies it with.
struct Identity {
    ca: cnx_certs::CaBundle,
    chain: CertificateChain,
    key: cnx_certs::PrivateKey,
}

/// Reads a CA, a certificate and its key, and checks that the two are a pair.
fn load_identity(ca: &Path, cert: &Path, key: &Path, errors: &mut Vec<Error>) -> Option<Identity> {
    let before = errors.len();
    let bundle = load(ca, cnx_certs::CaBundle::from_pem, errors);
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
    Some(Identity {
        ca: bundle?,
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
