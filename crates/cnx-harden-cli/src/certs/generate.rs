//! `certs generate`: from nothing to a folder that `apply --pki` reads.

use std::fmt::Write as _;

use cnx_certs::generate::{Authority, CertificateProfile, Issued, ValidityPeriod, request};
use cnx_certs::{CertificateChain, PrivateKey, UnixTime};

use super::files::{Written, next, read, whom};
use super::needed::needed;
use super::proof::{Pair, prove};
use crate::args::GenerateArgs;
use crate::error::{Error, Errors};
use crate::pki::{Files, Pki, Place};
use crate::show::Shown as _;

const NOTHING: &str = "the manifests need no certificate
  help: give those with an APIService and its Service, or with etcd, Typha or the Manager";

/// Makes what is asked for and isn't there. Returns what was done, in words.
pub(crate) fn generate(args: &GenerateArgs, now: UnixTime) -> Result<String, Errors> {
    let pki = Pki::new(&args.pki);
    let mut words = String::new();
    let wanted = match wanted(args, pki, &mut words) {
        Ok(wanted) => wanted,
        Err(errors) => {
            crate::say(&words);
            return Err(errors);
        }
    };
    if args.csr {
        requests(args, pki, &wanted, &mut words)?;
    } else {
        certificates(args, pki, &wanted, now, &mut words)?;
    }
    Ok(words)
}

/// A certificate to make, and where it goes.
type Wanted = (Vec<Place>, CertificateProfile);

/// The certificates to make. Those that are there are kept where no role was named.
fn wanted(args: &GenerateArgs, pki: Pki<'_>, words: &mut String) -> Result<Vec<Wanted>, Errors> {
    let (mut wanted, mut errors) = (Vec::new(), Vec::new());
    let (mut there, mut kept) = (Vec::new(), Vec::new());
    for needed in needed(args, words)? {
        let takes = |place: &Place| args.only.iter().any(|only| only.takes(place));
        let named = needed.places.iter().any(takes);
        let empty = needed.hosts.as_ref().is_some_and(Vec::is_empty);
        if !named && (!args.only.is_empty() || empty || needed.unused) {
            continue;
        }
        let files: Vec<_> = needed.places.iter().map(|place| pki.files(place)).collect();
        let old = files
            .iter()
            .flat_map(|files| [&files.certificate, &files.key, &files.request]);
        let old: Vec<_> = old.filter(|path| path.exists()).cloned().collect();
        let is_complete = |files: &Files| files.certificate.exists() && files.key.exists();
        let certificates = files.iter().map(|files| &files.certificate);
        let mut certificates = certificates.filter(|path| path.exists());
        if let (true, Some(path)) = (args.csr, certificates.next()) {
            errors.push(Error::NewKeyOfCertificate(path.clone()));
        } else if old.is_empty() || args.force {
            let profile = needed.role().map(|role| needed.profile(role, args));
            match profile.transpose() {
                Ok(profile) => wanted.extend(profile.map(|profile| (needed.places, profile))),
                Err(error) => errors.push(error),
            }
        } else if files.iter().all(is_complete) && !named {
            for files in &files {
                let path = files.certificate.shown();
                let _ = writeln!(words, "{path}: there already, kept");
            }
            kept.extend(old);
        } else {
            there.extend(old);
        }
    }
    if wanted.is_empty() && errors.is_empty() {
        there.extend(kept);
        if there.is_empty() {
            errors.push(Error::Usage(NOTHING));
        }
    }
    if !there.is_empty() {
        errors.push(Error::Exists(there));
    }
    if errors.is_empty() {
        left_out(args, pki, words);
        Ok(wanted)
    } else {
        Err(Errors(errors))
    }
}

fn left_out(args: &GenerateArgs, pki: Pki<'_>, words: &mut String) {
    if !args.manifests.is_empty() {
        return;
    }
    for (folder, hosts, flag) in [
        ("etcd", &args.names.etcd_host, "--etcd-host"),
        ("manager", &args.names.manager_host, "--manager-host"),
    ] {
        if hosts.is_empty() && args.only.is_empty() && !pki.folder().join(folder).exists() {
            let _ = writeln!(words, "{folder}: left out; {flag} asks for it");
        }
    }
}

fn requests(
    args: &GenerateArgs,
    pki: Pki<'_>,
    wanted: &[Wanted],
    words: &mut String,
) -> Result<(), Errors> {
    let mut written = Written::default();
    for (places, profile) in wanted {
        let requested = request(profile, args.validity.key_type).map_err(Error::Generate)?;
        for files in places.iter().map(|place| pki.files(place)) {
            let path = files.request.shown();
            let _ = writeln!(words, "{path}: request for {}", whom(profile));
            written.add(files.key, requested.key.as_pem());
            written.add(files.request, requested.request.as_bytes());
        }
    }
    written.write(args.force)?;
    let _ = writeln!(
        words,
        "next: let your CA sign the requests, then\n  cnx-harden certs join --pki {} --ca CA.crt SIGNED.crt...",
        pki.folder().shown()
    );
    Ok(())
}

fn certificates(
    args: &GenerateArgs,
    pki: Pki<'_>,
    wanted: &[Wanted],
    now: UnixTime,
    words: &mut String,
) -> Result<(), Errors> {
    let mut written = Written::default();
    let authority = authority(args, pki, now, &mut written, words)?;
    let ca = CertificateChain::from_pem(authority.bundle().as_pem())
        .map_err(|error| Error::Pem(pki.ca(), error))?;
    let days = args.validity.days;
    let mut issued = Vec::new();
    for (_, profile) in wanted {
        let certificate = authority.issue(
            profile,
            args.validity.key_type,
            ValidityPeriod { now, days },
        );
        issued.push(certificate.map_err(|error| Error::Authority(ca_path(args, pki), error))?);
    }
    let pairs: Vec<_> = wanted
        .iter()
        .zip(&issued)
        .filter_map(|((places, profile), issued)| {
            Some(Pair {
                place: places.first()?,
                profile,
                certificate: &issued.certificate,
                key: &issued.key,
            })
        })
        .collect();
    words.push_str(&prove(pki, authority.bundle(), &pairs, now)?);
    for ((places, profile), issued) in wanted.iter().zip(&issued) {
        for files in places.iter().map(|place| pki.files(place)) {
            let path = files.certificate.shown();
            let _ = writeln!(words, "{path}: {}; {}", whom(profile), until(issued));
            if let Some(path) = files.ca {
                written.add_ca(path, &ca)?;
            }
            written.add(files.certificate, issued.certificate.as_pem());
            written.add(files.key, issued.key.as_pem());
        }
    }
    written.write(args.force)?;
    words.push_str(&next(pki, &args.manifests));
    Ok(())
}

fn until(issued: &Issued) -> String {
    let date = crate::date::day(issued.not_after);
    match issued.shortened {
        true => format!("valid until {date}, as long as its CA"),
        false => format!("valid until {date}"),
    }
}

/// The CA that signs: the one that was given, the one that is there, or a new one.
fn authority(
    args: &GenerateArgs,
    pki: Pki<'_>,
    now: UnixTime,
    written: &mut Written,
    words: &mut String,
) -> Result<Authority, Error> {
    let (certificate, key) = (pki.ca(), pki.ca_key());
    let validity = &args.validity;
    let load = |certificate, key| {
        let chain = read(certificate, CertificateChain::from_pem)?;
        let key = read(key, PrivateKey::from_pem)?;
        Authority::new(chain, key, now).map_err(|error| Error::Authority(ca_path(args, pki), error))
    };
    if let (Some(given), Some(given_key)) = (&validity.ca_cert, &validity.ca_key) {
        let authority = load(given, given_key)?;
        let chain = read(given, CertificateChain::from_pem)?;
        written.add_authority(certificate, &chain);
        return Ok(authority);
    }
    match (certificate.exists(), key.exists()) {
        (true, true) => load(&certificate, &key),
        (true, false) => Err(Error::NoCaKey(key)),
        (false, true) => Err(Error::NoCaCertificate(certificate)),
        (false, false) => {
            let days = validity.ca_days;
            let authority = Authority::generate(validity.key_type, ValidityPeriod { now, days })
                .map_err(Error::Generate)?;
            let _ = writeln!(
                words,
                "{}: a new CA, valid until {}; keep {} to yourself",
                certificate.shown(),
                crate::date::day(authority.not_after().map_err(Error::Generate)?),
                key.shown()
            );
            written.add(certificate, authority.bundle().as_pem());
            written.add(key, authority.key().as_pem());
            Ok(authority)
        }
    }
}

fn ca_path(args: &GenerateArgs, pki: Pki<'_>) -> std::path::PathBuf {
    let given = args.validity.ca_cert.clone();
    given.unwrap_or_else(|| pki.ca())
}
