//! Which certificates are to be made: those that the arguments name, or those that
//! manifests need.

use std::fmt::Write as _;

use cnx_certs::generate::{CertificateProfile, Host};
use cnx_certs::{Door, Identity, Role};
use cnx_harden_core::{Manifests, Names, Needs};

use crate::args::{FolderArgs, GenerateArgs};
use crate::error::{Error, Errors};
use crate::input;
use crate::pki::{PLACES, Place};

/// The names of CNX's API server, as the vendor's manifests have it.
const CNX: [&str; 2] = [
    "cnx-api.kube-system.svc",
    "cnx-api.kube-system.svc.cluster.local",
];

/// The longest Common Name (RFC 5280, appendix A: `ub-common-name`).
const LONGEST: usize = 64;

/// A certificate that may be made.
pub(super) struct Needed {
    /// Where it goes: the same one to each of them.
    pub(super) places: Vec<Place>,
    /// The names that its role is asked for by; none for roles that aren't.
    pub(super) hosts: Option<Vec<Host>>,
    /// What it is called, if not as the role is.
    identity: Identity,
    /// Whether the manifests have nobody who would present it.
    pub(super) unused: bool,
}

impl Needed {
    pub(super) fn role(&self) -> Option<Role> {
        self.places.first().map(|place| place.role)
    }

    /// What is to be in it.
    pub(super) fn profile(
        &self,
        role: Role,
        args: &GenerateArgs,
    ) -> Result<CertificateProfile, Error> {
        let hosts = self.hosts.as_deref().unwrap_or_default();
        let domain = args.names.spiffe_trust_domain.as_ref();
        let mut profile = CertificateProfile::new(role, hosts, domain).map_err(Error::Generate)?;
        if let Some(name) = &self.identity.common_name {
            profile.common_name.clone_from(name);
        }
        if let Some(uri) = &self.identity.uri_san {
            profile.uri = Some(uri.clone());
        }
        Ok(profile)
    }
}

/// All certificates that may be made. What the manifests need nothing for is said in
/// `words`.
pub(super) fn needed(args: &GenerateArgs, words: &mut String) -> Result<Vec<Needed>, Errors> {
    let needs = match args.manifests.is_empty() {
        true => None,
        false => Some(read(args, words)?),
    };
    let mut all = Vec::new();
    for place in &PLACES {
        all.push(of_role(args, place, needs.as_ref())?);
    }
    for server in needs.iter().flat_map(|needs| &needs.api_services) {
        let places = server.api_services.iter();
        let hosts = hosts(&server.names)?;
        all.push(Needed {
            places: places.map(|name| Place::of_api_service(name)).collect(),
            identity: called(&server.names),
            hosts: Some(hosts),
            unused: false,
        });
    }
    Ok(all)
}

fn of_role(args: &GenerateArgs, place: &Place, needs: Option<&Needs>) -> Result<Needed, Errors> {
    let given = &args.names;
    let mut identity = Identity::default();
    let mut unused = false;
    let found = match place.role {
        Role::ApiServer => match (needs, given.apiserver_name.as_slice()) {
            (Some(needs), []) => {
                identity = called(&needs.api_server);
                Some(hosts(&needs.api_server)?)
            }
            (None, []) => Some(parsed(&CNX)?),
            (_, names) => Some(names.to_vec()),
        },
        // Without a name for etcd, its clients would trust a CA that it hasn't.
        Role::EtcdServer | Role::EtcdClient => {
            let mut all = given.etcd_host.clone();
            for name in needs.iter().flat_map(|needs| &needs.etcd).flatten() {
                all.extend(
                    parsed(&[name])?
                        .into_iter()
                        .filter(|host| !given.etcd_host.contains(host)),
                );
            }
            Some(all)
        }
        Role::TyphaServer | Role::TyphaClient => {
            if let Some(needs) = needs {
                match (&needs.typha, place.role) {
                    (Some((server, _)), Role::TyphaServer) => identity = server.clone(),
                    (Some((_, client)), _) => identity = client.clone(),
                    (None, _) => unused = true,
                }
            }
            None
        }
        Role::Manager => Some(given.manager_host.clone()),
    };
    Ok(Needed {
        places: vec![place.clone()],
        hosts: found,
        identity,
        unused,
    })
}

/// What the certificate of an API server is called: as kube-apiserver calls the server.
fn called(names: &[String]) -> Identity {
    let name = names.first();
    let name = name.map(|name| match name.len() > LONGEST {
        true => name.split('.').next().unwrap_or_default().to_owned(),
        false => name.clone(),
    });
    Identity {
        common_name: name,
        uri_san: None,
    }
}

/// The names of a Service, with those that end in the cluster's domain.
fn hosts(names: &[String]) -> Result<Vec<Host>, Errors> {
    let local = names.iter().map(|name| format!("{name}.cluster.local"));
    let all: Vec<_> = names.iter().cloned().chain(local).collect();
    parsed(&all)
}

fn parsed<N: AsRef<str>>(names: &[N]) -> Result<Vec<Host>, Errors> {
    let parse = |name: &N| {
        let host = name.as_ref().parse::<Host>();
        host.map_err(|error| Error::Generate(error.into()))
    };
    names
        .iter()
        .map(parse)
        .collect::<Result<_, _>>()
        .map_err(Errors::from)
}

fn read(args: &GenerateArgs, words: &mut String) -> Result<Needs, Errors> {
    let inputs = input::read(&args.manifests, FolderArgs::default())?;
    let sources = input::sources(&inputs);
    let manifests = Manifests::read(&sources);
    inputs.refuse_unread(&manifests.reading())?;
    crate::say(&inputs.warnings());
    let needs = manifests.needs(&Names::default());
    for finding in &needs.left_out {
        let about = finding.resource.as_ref().map(ToString::to_string);
        let (about, why) = (about.unwrap_or_default(), &finding.message);
        let help = finding.help.for_door(Door::Command);
        let _ = writeln!(words, "left out: {about}: {why}\n  help: {help}");
    }
    if needs.etcd.as_ref().is_some_and(Vec::is_empty) && args.names.etcd_host.is_empty() {
        let _ = writeln!(
            words,
            "etcd: left out, since its endpoints are not set; --etcd-host asks for it"
        );
    }
    if needs.manager && args.names.manager_host.is_empty() {
        let _ = writeln!(words, "manager: left out; --manager-host asks for it");
    }
    Ok(needs)
}
