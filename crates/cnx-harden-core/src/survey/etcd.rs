//! The clients of etcd, and the files by which each of them talks to it.

use std::collections::{BTreeMap, BTreeSet};

use cnx_certs::Role;

use super::{Credentials, Piece, Program};
use crate::etcd::{self, FAMILIES, Family, FileOf};
use crate::inventory::{Inventory, ObjectId, Said, VariableSource};
use crate::names::EtcdNames;

/// A container that talks to etcd, by one kind of names. A container that is told in
/// two ways is two clients.
#[derive(Debug)]
pub(crate) struct Client<'i> {
    pub(crate) program: Program<'i>,
    /// Where etcd is.
    pub(crate) endpoints: Said,
    /// Whether it is found by DNS records instead.
    pub(crate) discovers: bool,
    /// Whether it installs the CNI plugin.
    pub(crate) installer: bool,
    /// Whether its files may be named by a program's flags that are not looked at.
    pub(crate) may_be_called: bool,
    /// What it presents, and verifies etcd with.
    pub(crate) credentials: Credentials,
}

/// All that talks to etcd.
#[derive(Debug)]
pub(crate) struct Clients<'i> {
    pub(crate) clients: Vec<Client<'i>>,
    /// Secrets of the given name that no client reads, each as a client would.
    pub(crate) alone: Vec<Credentials>,
}

/// Finds the clients of etcd.
pub(crate) fn clients<'i>(inventory: &'i Inventory<'_>, names: &EtcdNames) -> Clients<'i> {
    let mut clients = Vec::new();
    for program in Program::all(inventory) {
        let datastore = program.container.variable("DATASTORE_TYPE");
        let kubernetes = VariableSource::Text("kubernetes".to_owned());
        if datastore.is_none_or(|variable| variable.source != kubernetes) {
            clients.extend(
                FAMILIES
                    .iter()
                    .filter_map(|f| by_variables(inventory, program, f)),
            );
        }
        clients.extend(by_flags(inventory, program, names));
    }
    complete_installers(inventory, &mut clients, names);
    let read = |client: &Client<'_>| client.credentials.pieces().map(Piece::object);
    let read: BTreeSet<ObjectId> = clients.iter().flat_map(read).flatten().collect();
    let secrets = inventory.named("Secret", &names.secret).iter();
    let alone = secrets
        .filter(|secret| !read.contains(secret))
        .map(|secret| {
            let key = |file: FileOf| Piece::key(inventory, *secret, file.secret_key());
            Credentials::new(
                Role::EtcdClient,
                [FileOf::Ca, FileOf::Cert, FileOf::Key].map(key),
            )
        });
    Clients {
        alone: alone.collect(),
        clients,
    }
}

fn by_variables<'i>(
    inventory: &Inventory<'_>,
    program: Program<'i>,
    family: &'static Family,
) -> Option<Client<'i>> {
    let there = |name: &&str| program.container.variable(name).is_some();
    let endpoints = program.said(inventory, family.endpoints);
    let discovers = family.discovery.as_ref().is_some_and(there);
    if !there(&family.endpoints) && !discovers && endpoints.text().is_none() {
        return None;
    }
    let piece = |file: FileOf| {
        let flag = family.flag(file);
        let flagged = flag.map(|flag| {
            (
                flag,
                inventory.flag(program.object, program.container, flag),
            )
        });
        match flagged {
            Some((flag, said)) if said != Said::Nothing => program.piece(inventory, flag, said),
            _ => {
                let name = family.variable(file);
                program.piece(inventory, name, program.said(inventory, name))
            }
        }
    };
    let installs = ["CNI_NETWORK_CONFIG", "CNI_CONF_NAME"];
    Some(Client {
        endpoints,
        discovers,
        installer: installs.iter().any(there),
        may_be_called: family.flag(FileOf::Ca).is_some(),
        credentials: Credentials::new(
            Role::EtcdClient,
            [FileOf::Ca, FileOf::Cert, FileOf::Key].map(piece),
        ),
        program,
    })
}

/// A client that is told by its arguments. Of others' programs that is theirs.
fn by_flags<'i>(
    inventory: &Inventory<'_>,
    program: Program<'i>,
    names: &EtcdNames,
) -> Option<Client<'i>> {
    let said = |flag| inventory.flag(program.object, program.container, flag);
    let flags = etcd::flags(inventory, program.object, program.container)?;
    if !etcd::is_ours(inventory, program.object, names) {
        return None;
    }
    let piece = |flag: &'static str| program.piece(inventory, flag, said(flag));
    Some(Client {
        endpoints: said(flags.endpoints),
        discovers: false,
        installer: false,
        may_be_called: false,
        credentials: Credentials::new(
            Role::EtcdClient,
            [flags.ca, flags.certificate, flags.key].map(piece),
        ),
        program,
    })
}

/// The script that installs the CNI plugin finds the files where they are mounted,
/// without variables: in the folder of its pod's other clients, or in the given one.
fn complete_installers(inventory: &Inventory<'_>, clients: &mut [Client<'_>], names: &EtcdNames) {
    let is_told = |client: &Client<'_>| client.credentials.pieces().iter().any(|p| p.is_told());
    let folder = names.mount_path.trim_end_matches('/');
    // A pod's clients stand one behind the other.
    let mut first: BTreeMap<ObjectId, usize> = BTreeMap::new();
    for (number, client) in clients.iter().enumerate() {
        first.entry(client.program.object).or_insert(number);
    }
    for number in 0..clients.len() {
        let Some(client) = clients.get(number).filter(|c| c.installer && !is_told(c)) else {
            continue;
        };
        let program = client.program;
        let fixed = |file: FileOf| {
            let key = file.secret_key();
            Piece::fixed(inventory, &program, key, &format!("{folder}/{key}"))
        };
        let own = [FileOf::Ca, FileOf::Cert, FileOf::Key].map(fixed);
        let mounted = |piece: &Piece| {
            !matches!(
                piece.file,
                super::File::Broken(crate::inventory::Break::NoMount)
            )
        };
        let first = first.get(&program.object).copied().unwrap_or(number);
        let own_pod = |other: &&Client<'_>| other.program.object == program.object;
        let mut pod = clients.iter().skip(first).take_while(own_pod);
        let beside = pod.find(|other| is_told(other) && shares(&other.program, &program));
        let pieces = match beside {
            Some(other) => other.credentials.pieces().map(Piece::clone),
            None if own.iter().any(mounted) => own,
            None => continue,
        };
        if let Some(client) = clients.get_mut(number) {
            client.credentials = Credentials::new(Role::EtcdClient, pieces);
        }
    }
}

/// Whether two containers of a pod mount one volume at one path.
fn shares(one: &Program<'_>, other: &Program<'_>) -> bool {
    one.container.mounts.iter().any(|mount| {
        let mut mounts = other.container.mounts.iter();
        mounts.any(|m| {
            (&m.volume, &m.path, &m.sub_path) == (&mount.volume, &mount.path, &mount.sub_path)
        })
    })
}
