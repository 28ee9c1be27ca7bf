//! From arguments to what is verified.

use cnx_certs::{ConnectionKind, Door, Entry, Identity, Role, inspect};
use std::path::Path;

use cnx_harden_core::{Channel, Credentials, Finding, Manifests, OnHost, Wired, WiredSet};

use super::subject::{Piece, Set, Subject};
use crate::args::VerifyArgs;
use crate::clock;
use crate::config::Known;
use crate::error::{Error, Errors};
use crate::input::{self, read_material};
use crate::pki::Pki;

/// What is to be verified, and what is wrong with the manifests that hold it.
pub(super) struct Sets {
    pub(super) sets: Vec<Set>,
    pub(super) findings: Vec<Finding>,
    /// Programs whose files are not in the manifests, but on the host.
    pub(super) on_host: Vec<OnHost>,
    /// Where the manifests' clients look for etcd.
    etcd_hosts: Vec<String>,
}

/// Reads all that the arguments name.
pub(super) fn read(args: &VerifyArgs, known: &Known) -> Result<Sets, Errors> {
    let mut errors = Vec::new();
    let mut all = Sets {
        sets: Vec::new(),
        findings: Vec::new(),
        on_host: Vec::new(),
        etcd_hosts: Vec::new(),
    };
    if !args.paths.is_empty() {
        match manifests(args, known) {
            Ok(mut found) => all = std::mem::replace(&mut found, all),
            Err(mut more) => errors.append(&mut more.0),
        }
    }
    let mut files = Files {
        args,
        known,
        etcd_hosts: &all.etcd_hosts,
        errors: &mut errors,
    };
    let from_folder = args.pki.as_deref().map(|folder| files.folder(folder));
    let given = files.given();
    all.sets
        .extend(from_folder.into_iter().flatten().chain(given));
    if errors.is_empty() {
        Ok(all)
    } else {
        Err(Errors(errors))
    }
}

fn manifests(args: &VerifyArgs, known: &Known) -> Result<Sets, Errors> {
    let inputs = input::read(&args.paths, args.folders)?;
    inputs.refuse_objects(&known.names)?;
    let sources = input::sources(&inputs);
    let manifests = Manifests::read(&sources);
    inputs.refuse_unread(&manifests.reading())?;
    crate::say(&inputs.warnings());
    let mut wired = manifests.wired(&known.names);
    Ok(Sets {
        etcd_hosts: manifests.needs(&known.names).etcd.unwrap_or_default(),
        findings: std::mem::take(&mut wired.findings)
            .into_iter()
            .map(|finding| finding.worded(Door::Command))
            .collect(),
        on_host: std::mem::take(&mut wired.on_host),
        sets: of_manifests(&wired, args, known)?,
    })
}

fn of_manifests(wired: &Wired, args: &VerifyArgs, known: &Known) -> Result<Vec<Set>, Errors> {
    let ca = args.manager.manager_ca.as_deref();
    let any_manager = wired.of(Channel::Manager).next().is_some();
    let ca = ca.filter(|_| any_manager).map(Piece::read).transpose()?;
    let subject = |role: &Credentials| {
        let (certificate, key) = (role.certificate()?, role.key()?);
        let (ca, names) = match role.role {
            Role::Manager => (ca.clone(), &known.manager_hosts),
            _ => (role.ca().map(Piece::held), &role.names),
        };
        let subject = Subject::new(role.role, ca, Piece::held(certificate), Piece::held(key));
        Some(subject.named(names).known_as(&role.identity))
    };
    let set = |set: &WiredSet| {
        let connection = connection(set.channel)?;
        let first = set.roles.first()?;
        let origin = match set.channel {
            Channel::Etcd | Channel::Manager => first.certificate(),
            _ => first.ca(),
        };
        Some(Set {
            connection,
            origin: origin?.place.file.clone(),
            subjects: set.roles.iter().filter_map(subject).collect(),
        })
    };
    Ok(wired.sets.iter().filter_map(set).collect())
}

/// A channel as the checks of certificates know it.
pub(super) const fn connection(channel: Channel) -> Option<ConnectionKind> {
    match channel {
        Channel::KubeApiserver => Some(ConnectionKind::ApiServer),
        Channel::Etcd => Some(ConnectionKind::Etcd),
        Channel::Typha => Some(ConnectionKind::Typha),
        Channel::Manager => Some(ConnectionKind::Manager),
        _ => None,
    }
}

/// Material in files.
struct Files<'a> {
    args: &'a VerifyArgs,
    known: &'a Known,
    etcd_hosts: &'a [String],
    errors: &'a mut Vec<Error>,
}

impl Files<'_> {
    /// The connections whose files are given one by one.
    fn given(&mut self) -> Vec<Set> {
        let args = self.args;
        let (api, etcd, typha, manager) = (&args.apiserver, &args.etcd, &args.typha, &args.manager);
        let subjects = [
            (
                Role::ApiServer,
                &api.apiserver_ca,
                &api.apiserver_cert,
                &api.apiserver_key,
            ),
            (
                Role::EtcdServer,
                &etcd.etcd_ca,
                &etcd.etcd_server_cert,
                &etcd.etcd_server_key,
            ),
            (
                Role::EtcdClient,
                &etcd.etcd_ca,
                &etcd.etcd_cert,
                &etcd.etcd_key,
            ),
            (
                Role::TyphaServer,
                &typha.typha_ca,
                &typha.typha_server_cert,
                &typha.typha_server_key,
            ),
            (
                Role::TyphaClient,
                &typha.typha_ca,
                &typha.typha_client_cert,
                &typha.typha_client_key,
            ),
            (
                Role::Manager,
                &manager.manager_ca,
                &manager.manager_cert,
                &manager.manager_key,
            ),
        ];
        let mut found = Vec::new();
        for (role, ca, certificate, key) in subjects {
            if let (Some(certificate), Some(key)) = (certificate, key) {
                found.extend(self.subject(role, ca.as_deref(), certificate, key));
            }
        }
        sets("files", found)
    }

    /// The connections that the folder has a folder for.
    fn folder(&mut self, folder: &Path) -> Vec<Set> {
        let pki = match Pki::open(folder) {
            Ok(pki) => pki,
            Err(error) => {
                self.errors.push(error);
                return Vec::new();
            }
        };
        let mut found = Vec::new();
        for role in Role::ALL {
            match pki.material(role) {
                Ok(None) => {}
                Ok(Some(files)) => {
                    let (certificate, key) = (&files.certificate, &files.key);
                    let given = || self.args.manager.manager_ca.clone();
                    let own = || Some(pki.ca()).filter(|ca| issued(ca, certificate));
                    let ca = files.ca.or_else(given).or_else(own);
                    found.extend(self.subject(role, ca.as_deref(), certificate, key));
                }
                Err(error) => self.errors.push(error),
            }
        }
        let mut all = sets(&folder.display().to_string(), found);
        for name in pki.api_services() {
            match pki.api_service(&name) {
                Ok(files) => {
                    let (certificate, key) = (&files.certificate, &files.key);
                    let subject =
                        self.subject(Role::ApiServer, files.ca.as_deref(), certificate, key);
                    // The names are those of a manifest, which is not at hand.
                    let subject = subject.map(|subject| subject.named(&[]));
                    let origin = files.certificate.parent().unwrap_or(folder).display();
                    all.extend(sets(&origin.to_string(), subject.into_iter().collect()));
                }
                Err(error) => self.errors.push(error),
            }
        }
        all
    }

    fn subject(
        &mut self,
        role: Role,
        ca: Option<&Path>,
        certificate: &Path,
        key: &Path,
    ) -> Option<Subject> {
        let mut read = |path: &Path| match Piece::read(path) {
            Ok(piece) => Some(piece),
            Err(error) => {
                self.errors.push(error);
                None
            }
        };
        let (trusted, certificate, key) = (ca.map(&mut read), read(certificate), read(key));
        let trusted = match trusted {
            None => None,
            Some(read) => Some(read?),
        };
        let subject = Subject::new(role, trusted, certificate?, key?);
        let names = self.names(role);
        let identity = self.identity(role);
        Some(subject.named(&names).known_as(&identity))
    }

    fn names(&self, role: Role) -> Vec<String> {
        match role {
            Role::ApiServer => vec![self.args.apiserver.server_name.clone()],
            Role::EtcdServer if self.args.etcd.etcd_host.is_empty() => self.etcd_hosts.to_vec(),
            Role::EtcdServer => self.args.etcd.etcd_host.clone(),
            Role::Manager => self.known.manager_hosts.clone(),
            Role::EtcdClient | Role::TyphaServer | Role::TyphaClient => Vec::new(),
        }
    }

    /// What is asked for, or the Common Name of the vendor's page.
    fn identity(&self, role: Role) -> Identity {
        let args = &self.args.typha;
        let (cn, uri, default) = match role {
            Role::TyphaServer => (
                &args.typha_server_cn,
                &args.typha_server_uri_san,
                "typha-server",
            ),
            Role::TyphaClient => (
                &args.typha_client_cn,
                &args.typha_client_uri_san,
                "typha-client",
            ),
            _ => return Identity::default(),
        };
        let default = uri.is_none().then(|| default.to_owned());
        Identity {
            common_name: cn.clone().or(default),
            uri_san: uri.clone(),
        }
    }
}

/// Whether a CA's name is that of an issuer in a certificate's file, so that a browser
/// that is to trust it has to have this CA.
fn issued(ca: &Path, certificate: &Path) -> bool {
    let certificates = |path| {
        let entries = inspect(&read_material(path).ok()?, clock::now()).ok()?;
        let certificates = entries.into_iter().filter_map(|entry| match entry {
            Entry::Certificate(certificate) => Some(certificate),
            _ => None,
        });
        Some(certificates.collect::<Vec<_>>())
    };
    let (Some(cas), Some(chain)) = (certificates(ca), certificates(certificate)) else {
        return false;
    };
    let mut issuers = chain.iter().map(|certificate| &certificate.issuer);
    issuers.any(|issuer| cas.iter().any(|ca| ca.subject == *issuer))
}

/// The subjects by their connections.
fn sets(origin: &str, subjects: Vec<Subject>) -> Vec<Set> {
    let mut sets: Vec<Set> = Vec::new();
    for subject in subjects {
        let connection = match subject.role {
            Role::ApiServer => ConnectionKind::ApiServer,
            Role::EtcdServer | Role::EtcdClient => ConnectionKind::Etcd,
            Role::TyphaServer | Role::TyphaClient => ConnectionKind::Typha,
            Role::Manager => ConnectionKind::Manager,
        };
        match sets.iter_mut().find(|set| set.connection == connection) {
            Some(set) => set.subjects.push(subject),
            None => sets.push(Set {
                connection,
                origin: origin.to_owned(),
                subjects: vec![subject],
            }),
        }
    }
    sets
}
