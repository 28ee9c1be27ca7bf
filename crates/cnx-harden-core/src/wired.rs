//! What manifests hold of each connection: the way back from a hardened
//! manifest to the files that its programs will read.

use cnx_certs::{Help, HelpPart, Identity, Role, help};
use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Serialize;

use crate::channel::Channel;
use crate::etcd;
use crate::finding::{Code, Finding, Severity};
use crate::inventory::{At, Inventory, ObjectId, PassedBy};
use crate::names::Names;
use crate::source::Source;
use crate::survey::{self, Credentials, File, Pair, Piece, Program};
use crate::typha;

/// What manifests hold of the connections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wired {
    /// The connections of which the manifests hold all files, each set of files once.
    pub sets: Vec<WiredSet>,
    /// What keeps a connection of which files are there from coming about: values
    /// that are missing or cannot be read, and paths that lead elsewhere.
    pub findings: Vec<Finding>,
    /// The programs whose files are on the host: known to be there, and not what they
    /// hold.
    pub on_host: Vec<OnHost>,
}

/// A program that reads a connection's files from the host that it runs on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[non_exhaustive]
pub struct OnHost {
    /// The connection.
    pub channel: Channel,
    /// Which program: `DaemonSet calico-node, container calico-node`.
    pub program: String,
    /// The files' paths on the host.
    pub paths: Vec<String>,
}

/// The files of one connection.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct WiredSet {
    /// The connection.
    pub channel: Channel,
    /// What each role presents whose files are in the manifests: Typha's and Felix's,
    /// or that of the one server or client.
    pub roles: Vec<Credentials>,
}

impl Wired {
    /// The sets of a connection, in the order of the inputs.
    pub fn of(&self, channel: Channel) -> impl Iterator<Item = &WiredSet> {
        self.sets.iter().filter(move |set| set.channel == channel)
    }
}

/// Reads what `sources` hold of the connections. The objects may be spread over
/// them; of two manifests that are whole by themselves, each is a set.
///
/// Files are those that the programs' settings lead to, whatever their objects are
/// called. An object of one of the `names` counts where no program reads it.
///
/// ```
/// use cnx_harden_core::{Channel, Names, Source, wired};
/// let text = "\
/// kind: Secret
/// metadata: {name: cnx-manager-tls}
/// data: {cert: Y2VydA==, key: a2V5}
/// ";
/// let wired = wired(&[Source { name: "secret.yaml", text }], &Names::default());
/// let set = wired.of(Channel::Manager).next().unwrap();
/// assert_eq!(set.roles[0].certificate().unwrap().bytes(), b"cert");
/// ```
#[must_use]
pub fn wired(sources: &[Source<'_>], names: &Names) -> Wired {
    run(&Inventory::read(sources), names)
}

/// The same, of what is read already.
pub(crate) fn run(inventory: &Inventory<'_>, names: &Names) -> Wired {
    let mut draft = Draft {
        inventory,
        wired: Wired::default(),
        seen: BTreeSet::new(),
        sets: BTreeSet::new(),
    };
    draft.unread(names);
    let (servers, alone) = survey::api_servers(inventory, names);
    let served = servers
        .into_iter()
        .filter(|server| server.is_served && server.managed.is_none());
    for server in served {
        draft.on_host(server.program.as_ref(), &server.credentials);
        if !server.calico {
            if let Some((at, message)) = server.fault(inventory) {
                let code = Code::ServerWithoutCertificate;
                draft.tell(inventory.finding(code, &at, message, help()));
                continue;
            }
            // Of another product's server it is not known what it reads.
            if !server.credentials.certificate.is_told() {
                continue;
            }
        }
        let at = whole(inventory, server.service);
        draft.take(Channel::KubeApiserver, vec![server.credentials], Some(&at));
    }
    // Without its APIService nobody says what it is verified with.
    drop(alone);
    let clients = etcd::clients(inventory, &names.etcd);
    for client in &clients.clients {
        draft.on_host(Some(&client.program), &client.credentials);
    }
    let read = clients.clients.into_iter().map(|client| client.credentials);
    for credentials in read.chain(clients.alone) {
        draft.take(Channel::Etcd, vec![credentials], None);
    }
    draft.typha(names);
    let (managers, alone) = survey::managers(inventory, &names.manager, &[]);
    for manager in managers.into_iter().chain(alone) {
        draft.on_host(manager.program.as_ref(), &manager.credentials);
        draft.take(Channel::Manager, vec![manager.credentials], None);
    }
    draft.wired
}

/// An object as a whole.
fn whole(inventory: &Inventory<'_>, object: ObjectId) -> At {
    let route = inventory.object(object).map(|object| object.root.clone());
    At {
        object,
        route: route.unwrap_or_default(),
    }
}

/// A value: its object, and the field there.
type Value = (ObjectId, String);
/// The names that the other side asks for, and what it compares with.
type Expected = Vec<Option<String>>;

struct Draft<'i, 't> {
    inventory: &'i Inventory<'t>,
    wired: Wired,
    /// What was told already: place and message.
    seen: BTreeSet<((String, usize, usize), String)>,
    /// What was taken already: the files, and what is expected of them.
    sets: BTreeSet<(Vec<Option<Value>>, Expected)>,
}

/// What to do about a file that is not there.
fn help() -> Help {
    help![
        "give its file too, or harden the manifest: ",
        HelpPart::Apply(&[])
    ]
}

impl Draft<'_, '_> {
    fn tell(&mut self, finding: Finding) {
        let (file, line, column) = finding.place.position();
        let place = (file.to_owned(), line, column);
        if self.seen.insert((place, finding.message.clone())) {
            self.wired.findings.push(finding);
        }
    }

    /// Notes a program that reads all of its files, as far as they are set, from the host.
    fn on_host(&mut self, program: Option<&Program<'_>>, credentials: &Credentials) {
        let channel = credentials.channel();
        let pieces = credentials.pieces();
        if pieces.iter().any(|piece| piece.held().is_some()) {
            return;
        }
        let path = |piece: &&Piece| match &piece.file {
            File::There(path) => path.clone(),
            _ => None,
        };
        let paths: Vec<_> = pieces.iter().filter_map(path).collect();
        let Some(program) = program.filter(|_| !paths.is_empty()) else {
            return;
        };
        let program = program.what(self.inventory);
        let found = OnHost {
            channel,
            program,
            paths,
        };
        // A container with two kinds of names is two clients.
        if self.wired.on_host.last() != Some(&found) {
            self.wired.on_host.push(found);
        }
    }

    /// Tells what could not be read and names one of the objects.
    fn unread(&mut self, names: &Names) {
        for passed in &self.inventory.passed {
            let (PassedBy::Template(error) | PassedBy::Unreadable(error)) = &passed.why else {
                continue;
            };
            let named = names.needles().any(|name| passed.text.contains(name));
            if named {
                let finding = self.inventory.yaml(passed.file, error);
                self.tell(match &passed.why {
                    PassedBy::Template(_) => finding.warning(),
                    _ => finding,
                });
            }
        }
    }

    /// Takes the files of a connection, if they are all there. Where some are, what is
    /// missing is told: at `at`, or else at the first that is there. Returns whether
    /// they are.
    fn take(&mut self, channel: Channel, roles: Vec<Credentials>, at: Option<&At>) -> bool {
        let needed = |role: &Credentials| {
            let without_ca = usize::from(role.role == Role::Manager);
            let pieces = role.pieces().map(Piece::clone);
            pieces.into_iter().skip(without_ca)
        };
        let pieces: Vec<Piece> = roles.iter().flat_map(needed).collect();
        for piece in &pieces {
            if let File::Unreadable(.., finding) = &piece.file {
                self.tell((**finding).clone());
            }
        }
        let mut held = pieces.iter().filter_map(Piece::held);
        let Some(first) = held.next() else {
            return false;
        };
        for role in &roles {
            if let Some(finding) = one_file(self.inventory, role) {
                self.tell(finding);
            }
        }
        let mut is_whole = true;
        for piece in &pieces {
            let message = match &piece.file {
                File::Held(_) => continue,
                File::Unreadable(..) => None,
                File::There(_) => Some(format!(
                    "the file of {} is not in manifests, and others of the connection are",
                    piece.name
                )),
                _ => Some(match piece.unknown() {
                    Some(unknown) => unknown,
                    None if piece.is_lost() => piece.broken(self.inventory).unwrap_or_default(),
                    None => format!(
                        "{} is not set, and others of the connection are",
                        piece.what(self.inventory)
                    ),
                }),
            };
            is_whole = false;
            let told = piece.told.as_ref().filter(|_| piece.is_lost());
            let finding = message.map(|message| match (told, at) {
                (Some(at), _) | (None, Some(at)) => {
                    let inventory = self.inventory;
                    inventory.finding(Code::MissingValue, at, message, help())
                }
                (None, None) => first.finding(Severity::Error, message, help()),
            });
            finding.into_iter().for_each(|finding| self.tell(finding));
        }
        if !is_whole {
            return false;
        }
        let files = roles.iter().flat_map(|role| role.pieces().map(Piece::held));
        let files = files.map(|held| held.map(|held| (held.object, held.field.clone())));
        let expected = roles.iter().flat_map(|role| {
            let Identity {
                common_name,
                uri_san,
            } = &role.identity;
            let names = role.names.iter().cloned().map(Some);
            names.chain([common_name.clone(), uri_san.clone()])
        });
        if self.sets.insert((files.collect(), expected.collect())) {
            self.wired.sets.push(WiredSet { channel, roles });
        }
        true
    }

    fn typha(&mut self, names: &Names) {
        let (pairs, alone) = survey::pairs(self.inventory, &names.typha);
        let mut there = false;
        for pair in &pairs {
            let [server, client] = &pair.credentials;
            for (side, credentials) in [(&pair.typha, server), (&pair.felix, client)] {
                self.on_host(side.as_ref().map(|side| &side.program), credentials);
            }
            let pieces = || pair.credentials.iter().flat_map(Credentials::pieces);
            let whole = pieces().all(|piece| piece.held().is_some());
            there |= pieces().any(|piece| piece.held().is_some());
            // What stops a side says more than files that nothing tells of.
            if whole || pair.stops(self.inventory).is_empty() {
                let lacking = lacking(std::slice::from_ref(pair));
                self.sides(&pair.credentials, &lacking);
            }
        }
        let all = lacking(&pairs);
        for credentials in &alone {
            there |= self.sides(credentials, &all);
        }
        for pair in pairs.iter().filter(|_| there) {
            let stops = pair.stops(self.inventory);
            stops.into_iter().for_each(|stop| self.tell(stop));
        }
    }

    /// Takes the files of both sides. Returns whether they are all there.
    fn sides(&mut self, credentials: &[Credentials; 2], lacking: &BTreeSet<typha::Role>) -> bool {
        let whole = self.take(Channel::Typha, credentials.clone().into(), None);
        for role in credentials.iter().filter(|_| whole) {
            self.accepts(role, lacking);
        }
        whole
    }

    /// Tells that it is not known whom the other side of a role accepts, unless that is
    /// told of the side itself: it lacks settings.
    fn accepts(&mut self, role: &Credentials, lacking: &BTreeSet<typha::Role>) {
        let side = match role.role {
            Role::TyphaServer => typha::Role::Node,
            _ => typha::Role::Typha,
        };
        let (who, [cn, uri]) = (side.title(), side.names());
        let unknown = role.identity == Identity::default() && !lacking.contains(&side);
        let first = role.ca.held().filter(|_| unknown);
        if let Some(ca) = first {
            let message = format!(
                "whom {who} accepts is not to be read here: neither {cn} nor {uri} has a value; \
                 any certificate of the CA counts as good"
            );
            let help = "give the file with its workload too";
            self.tell(ca.finding(Severity::Warning, message, help.into()));
        }
    }
}

/// The sides that lack some of their settings.
fn lacking(pairs: &[Pair<'_>]) -> BTreeSet<typha::Role> {
    let sides = pairs.iter().flat_map(Pair::sides);
    let lacking = sides.filter(|side| !side.missing().is_empty());
    lacking.map(|side| side.role).collect()
}

/// That the certificate and the key of a role are one file.
fn one_file(inventory: &Inventory<'_>, role: &Credentials) -> Option<Finding> {
    let told = role.certificate.told.as_ref().or(role.key.told.as_ref())?;
    let held = role.certificate().filter(|_| role.is_one_file())?;
    let message = format!(
        "{} and {} lead to one file, {} of {} {}",
        role.certificate.name, role.key.name, held.field, held.resource.kind, held.resource.name
    );
    let help = "let each of them lead to its own file";
    Some(inventory.finding(Code::PathMismatch, told, message, help))
}
