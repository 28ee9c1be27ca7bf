//! `certs join`: what a CA made of the requests, put beside the keys.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::slice;

use cnx_certs::generate::{CertificateProfile, Joined, join as find};
use cnx_certs::{CaCertificates, CertificateChain, PrivateKey, Role, UnixTime};

use super::files::{Written, next, read, whom};
use super::proof::{Pair, prove};
use crate::args::JoinArgs;
use crate::error::{Error, Errors};
use crate::input::read_material;
use crate::pki::{Pki, Place};
use crate::show::Shown as _;

/// Finds the key of each certificate, checks it, and writes it there. Returns what
/// was done, in words.
pub(crate) fn join(args: &JoinArgs, now: UnixTime) -> Result<String, Errors> {
    let pki = Pki::open(&args.pki)?;
    let keys = keys(pki)?;
    let ca_path = args.ca.clone().unwrap_or_else(|| pki.ca());
    let ca = read(&ca_path, CertificateChain::from_pem)?;
    let bundle = read(&ca_path, CaCertificates::from_pem)?;
    let joined = signed(args, &keys)?;

    let (mut found, mut errors) = (Vec::new(), Vec::new());
    for (place, certificate) in &joined {
        let files = pki.files(place);
        if files.certificate.exists() && !args.force {
            errors.push(Error::Exists(vec![files.certificate]));
            continue;
        }
        match expected(place, pki, certificate) {
            Ok(profile) => found.push((place, certificate, profile)),
            Err(error) => errors.push(error),
        }
    }
    if !errors.is_empty() {
        return Err(Errors(errors));
    }
    let pairs: Vec<_> = found
        .iter()
        .filter_map(|(place, certificate, profile)| {
            let (_, (_, key)) = keys.iter().find(|(own, _)| own == *place)?;
            Some(Pair {
                place,
                profile,
                certificate,
                key,
            })
        })
        .collect();
    let mut words = prove(pki, &bundle, &pairs, now)?;

    let mut written = Written::default();
    written.add_authority(pki.ca(), &ca);
    for (place, certificate, profile) in &found {
        let files = pki.files(place);
        let path = files.certificate.shown();
        let _ = writeln!(words, "{path}: {}", whom(profile));
        if let Some(path) = files.ca {
            written.add_ca(path, &ca)?;
        }
        written.add(files.certificate, certificate.as_pem());
    }
    written.write(args.force)?;
    let mut waiting = false;
    for place in pki.places() {
        let files = pki.files(&place);
        if files.request.exists() && !files.certificate.exists() {
            waiting = true;
            let _ = writeln!(words, "{}: still to be signed", files.request.shown());
        }
    }
    if !waiting {
        words.push_str(&next(pki, &[]));
    }
    Ok(words)
}

/// A key, where it is and whose it is.
type Keyed = (Place, (Role, PrivateKey));

/// The keys of the folder.
fn keys(pki: Pki<'_>) -> Result<Vec<Keyed>, Errors> {
    let (mut keys, mut errors) = (Vec::new(), Vec::new());
    for place in pki.places() {
        let path = pki.files(&place).key;
        if path.exists() {
            match read(&path, PrivateKey::from_pem) {
                Ok(key) => {
                    let role = place.role;
                    keys.push((place, (role, key)));
                }
                Err(error) => errors.push(error),
            }
        }
    }
    if errors.is_empty() {
        Ok(keys)
    } else {
        Err(Errors(errors))
    }
}

/// The certificates of all files, by the place of their keys.
fn signed(args: &JoinArgs, keys: &[Keyed]) -> Result<Vec<(Place, CertificateChain)>, Errors> {
    let (mut found, mut errors) = (BTreeMap::new(), Vec::new());
    for path in &args.signed {
        let chain = match read(path, CertificateChain::from_pem) {
            Ok(chain) => chain,
            Err(error) => {
                errors.push(error);
                continue;
            }
        };
        let mut any = false;
        for (number, (_, key)) in keys.iter().enumerate() {
            match find(&chain, slice::from_ref(key)) {
                Ok(joined) => {
                    for Joined {
                        role, certificate, ..
                    } in joined
                    {
                        any = true;
                        if found.insert(number, certificate).is_some() {
                            errors.push(Error::TwoCertificates(path.clone(), role));
                        }
                    }
                }
                Err(error) => {
                    errors.push(Error::Authority(path.clone(), error));
                    any = true;
                    break;
                }
            }
        }
        if !any {
            errors.push(Error::NoKeyOf(path.clone()));
        }
    }
    if !errors.is_empty() {
        return Err(Errors(errors));
    }
    let places = keys.iter().enumerate();
    Ok(places
        .filter_map(|(number, (place, _))| Some((place.clone(), found.remove(&number)?)))
        .collect())
}

/// What the certificate must say: what was requested, where that is known.
fn expected(
    place: &Place,
    pki: Pki<'_>,
    certificate: &CertificateChain,
) -> Result<CertificateProfile, Error> {
    let (role, path) = (place.role, pki.files(place).request);
    if !path.exists() {
        return CertificateProfile::of_certificate(role, certificate).map_err(Error::Generate);
    }
    let pem = read_material(&path)?;
    CertificateProfile::of_request(role, &pem).map_err(|error| Error::Authority(path, error))
}
