//! The certificates and the key: read, and checked for what no cluster could use.

use std::fs;
use std::path::Path;

use cnx_certs::{CertificateChain, check_pair};
use cnx_harden_core::{
    CaBundle, Certificate, Hardening, KubeApiserver, MissingSecret, PrivateKey, Selectors,
};

use crate::args::ApiserverArgs;
use crate::error::{Error, Errors};

/// Reads the material. All that is wrong with it is told at once.
pub(crate) fn read(args: &ApiserverArgs) -> Result<Hardening, Errors> {
    let mut errors = Vec::new();
    let ca = load(
        &args.apiserver_ca,
        cnx_certs::CaBundle::from_pem,
        &mut errors,
    );
    let chain = load(
        &args.apiserver_cert,
        CertificateChain::from_pem,
        &mut errors,
    );
    let key = load(
        &args.apiserver_key,
        cnx_certs::PrivateKey::from_pem,
        &mut errors,
    );
    if let (Some(chain), Some(key)) = (&chain, &key)
        && let Err(error) = check_pair(chain, key)
    {
        let (cert, key) = (args.apiserver_cert.clone(), args.apiserver_key.clone());
        errors.push(Error::Pair(cert, key, error));
    }
    let (Some(ca), Some(chain), Some(key), true) = (ca, chain, key, errors.is_empty()) else {
        return Err(Errors(errors));
    };
    let mut channel = KubeApiserver::new(
        CaBundle::new(ca.as_pem()),
        Certificate::new(chain.as_pem()),
        PrivateKey::new(key.as_pem()),
    );
    let names = &args.names;
    channel.selectors = Selectors {
        secret: names.apiserver_secret.clone(),
        workload: names.apiserver_deployment.clone(),
        container: names.apiserver_container.clone(),
        volume: names.apiserver_volume.clone(),
        mount_path: names.apiserver_mount_path.clone(),
        ..Selectors::default()
    };
    if names.add_secret {
        channel.missing_secret = MissingSecret::Add;
    }
    Ok(Hardening {
        api_server: Some(channel),
        ..Hardening::default()
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
