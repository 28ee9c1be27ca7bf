//! The files of one run, gathered first and then written all together.

use std::path::{Path, PathBuf};

use cnx_certs::generate::{CertificateProfile, Host};
use cnx_certs::{CertificateChain, shell_word};
use zeroize::Zeroizing;

use crate::error::Error;
use crate::input::read_material;
use crate::output::{self, File, Mode, Over};
use crate::pki::Pki;

/// What a run will write.
#[derive(Default)]
pub(super) struct Written(Vec<(PathBuf, Zeroizing<Vec<u8>>)>);

impl Written {
    pub(super) fn add(&mut self, path: PathBuf, bytes: &[u8]) {
        if !self.0.iter().any(|(there, _)| *there == path) {
            self.0.push((path, Zeroizing::new(bytes.to_vec())));
        }
    }

    /// What the other side of a connection trusts. A bundle that is there and has
    /// the CA is kept: another CA may be beside it while one replaces the other. One
    /// that has it not is never replaced, since the other end may be of it.
    pub(super) fn add_ca(&mut self, path: PathBuf, ca: &CertificateChain) -> Result<(), Error> {
        if path.exists() {
            let there = read(&path, CertificateChain::from_pem)?;
            if ca.der().iter().all(|own| there.der().contains(own)) {
                return Ok(());
            }
            return Err(Error::OtherCa(path));
        }
        self.add(path, ca.as_pem());
        Ok(())
    }

    /// The authority of the folder: the first one stays, whoever signs a connection.
    pub(super) fn add_authority(&mut self, path: PathBuf, ca: &CertificateChain) {
        if !path.exists() {
            self.add(path, ca.as_pem());
        }
    }

    /// All of them, or none. Without `force` none may be there, not even since it
    /// was looked for.
    pub(super) fn write(&self, force: bool) -> Result<(), Error> {
        let files: Vec<_> = self
            .0
            .iter()
            .map(|(path, bytes)| File {
                path: path.clone(),
                contents: bytes.as_slice().into(),
                mode: Mode::Private,
                over: Over::Own,
            })
            .collect();
        match force {
            true => output::write(&files),
            false => output::write_new(&files),
        }?;
        let written = self.0.iter();
        crate::exposed::tell(written.map(|(path, bytes)| (path.as_path(), bytes.as_slice())));
        Ok(())
    }
}

/// Reads a PEM file.
pub(super) fn read<T>(
    path: &Path,
    parse: impl Fn(&[u8]) -> Result<T, cnx_certs::PemError>,
) -> Result<T, Error> {
    parse(&read_material(path)?).map_err(|error| Error::Pem(path.to_owned(), error))
}

/// What to do with a folder that is complete.
pub(super) fn next(pki: Pki<'_>, given: &[PathBuf]) -> String {
    let given: Vec<_> = given
        .iter()
        .map(|path| shell_word(&path.display().to_string()))
        .collect();
    let pki_word = shell_word(&pki.folder().display().to_string());
    if !given.is_empty() {
        let given = given.join(" ");
        return format!("next: cnx-harden apply --pki {pki_word} --in-place {given}\n");
    }
    let there = |folder: &str| pki.folder().join(folder).is_dir();
    // The objects of these two channels are in Calico's own manifest as well.
    let manifests = match there("etcd") || there("typha") {
        true => "calico.yaml cnx-etcd.yaml",
        false => "cnx-etcd.yaml",
    };
    format!(
        "next: cnx-harden apply --pki {pki_word} {manifests} (or as your manifests are called)\n"
    )
}

/// Whom a certificate is for, in words.
pub(super) fn whom(profile: &CertificateProfile) -> String {
    let mut names = vec![format!("CN {}", profile.common_name)];
    names.extend(profile.hosts.iter().map(Host::to_string));
    names.extend(profile.uri.clone());
    names.join(", ")
}
