//! `client-config`: the files of etcd's clients outside of the manifests.

use cnx_certs::Door;
use std::io;
use std::path::Path;

use cnx_harden_core::client_config::{Credentials, FilePath, FilePaths, calicoctl, cni, felix};
use cnx_harden_core::etcd::Endpoints;
use cnx_harden_core::{Etcd, Hardening, harden};
use zeroize::Zeroizing;

use crate::args::{Client, ClientArgs, ClientConfigArgs};
use crate::error::{Error, Errors};
use crate::pki::Pki;
use crate::{material, output, print, say};

const NO_MATERIAL: &str = "the material is missing
  help: give --etcd-ca, --etcd-cert and --etcd-key, or --pki";
const NO_ENDPOINTS: &str = "etcd's endpoints are missing
  help: give --etcd-endpoints, such as https://10.0.0.1:2379";

pub(crate) fn run(args: &ClientConfigArgs) -> Result<(), Errors> {
    let common = args.client.common();
    let mut errors = Vec::new();
    let given = &common.material;
    let given = [
        &given.etcd_ca,
        &given.etcd_cert,
        &given.etcd_key,
        &common.pki,
    ];
    if let Some(path) = given.into_iter().flatten().find(|p| p.to_str().is_none()) {
        // The file is to name it.
        return Err(Error::PathNotUtf8(path.clone()).into());
    }
    let pki = common.pki.as_deref().map(Pki::open).transpose()?;
    let etcd = material::etcd::material(&common.material, pki, &mut errors);
    if !errors.is_empty() {
        return Err(Errors(errors));
    }
    let etcd = etcd.ok_or(Error::Usage(NO_MATERIAL))?;
    let endpoints = etcd.endpoints.as_ref().ok_or(Error::Usage(NO_ENDPOINTS))?;
    check(&etcd, common)?;
    let (text, secret) = render(&args.client, &etcd, endpoints)?;
    let Some(path) = &common.output else {
        print(&mut io::stdout().lock(), &text)?;
        return Ok(());
    };
    let mode = match secret {
        true => output::Mode::Private,
        false => output::Mode::Default,
    };
    let file = output::File {
        path: path.clone(),
        contents: text.as_bytes().into(),
        mode,
        over: output::Over::Other,
    };
    output::write(&[file])?;
    crate::exposed::tell([(path.as_path(), text.as_bytes())]);
    Ok(())
}

/// Refuses material that would not work; warnings are told.
fn check(etcd: &Etcd, args: &ClientArgs) -> Result<(), Error> {
    let hardening = Hardening {
        etcd: Some(etcd.clone()),
        certificate_checks: Some(args.checks.checks()),
        ..Hardening::default()
    };
    // Without manifests, the material is all that is looked at.
    let run = harden(&[], &hardening)?;
    for finding in run.report.clone().worded(Door::Command).findings {
        say(&format!("{finding}\n"));
    }
    Ok(())
}

/// The file's text, and whether it holds a key.
fn render(
    client: &Client,
    etcd: &Etcd,
    endpoints: &Endpoints,
) -> Result<(Zeroizing<String>, bool), Error> {
    if let Client::Calicoctl(args) = client
        && args.inline
    {
        let text = calicoctl(endpoints, Credentials::Inline(etcd));
        return Ok((text, true));
    }
    let files = paths(client.common(), etcd)?;
    let text = match client {
        Client::Calicoctl(_) => calicoctl(endpoints, Credentials::Files(&files)),
        Client::Felix(_) => felix(endpoints, &files).into(),
        Client::Cni(_) => cni(endpoints, &files).into(),
    };
    Ok((text, false))
}

/// Where the client will find the files.
fn paths(args: &ClientArgs, etcd: &Etcd) -> Result<FilePaths, Error> {
    let path = |name: Option<&str>| {
        let given = Path::new(name.unwrap_or_default());
        let placed = match (&args.files_in, given.file_name()) {
            (Some(folder), Some(name)) => folder.join(name),
            _ => std::path::absolute(given).map_err(|e| Error::io("locate", given, e))?,
        };
        let text = placed
            .to_str()
            .ok_or_else(|| Error::PathNotUtf8(placed.clone()))?;
        FilePath::new(text).map_err(Error::from)
    };
    Ok(FilePaths {
        ca: path(etcd.ca.name())?,
        cert: path(etcd.certificate.name())?,
        key: path(etcd.key.name())?,
    })
}
