//! Felix and Typha: what each side is told, and the files that it is told of.

use std::collections::{BTreeMap, BTreeSet};

use cnx_certs::{Identity, Role as Presents};

use super::{Credentials, File, Piece, Program};
use crate::finding::{Code, Finding};
use crate::inventory::{At, Break, Inventory, ObjectId, Said};
use crate::names::TyphaNames;
use crate::typha::{End, Role, ends, exchanges};

/// A Felix and its Typha, or one of them without the other.
#[derive(Debug)]
pub(crate) struct Pair<'i> {
    pub(crate) typha: Option<Side<'i>>,
    pub(crate) felix: Option<Side<'i>>,
    /// Why nothing connects yet, where Typha is switched off.
    pub(crate) off: Option<&'static str>,
    /// What Typha presents, and what Felix does.
    pub(crate) credentials: [Credentials; 2],
}

/// One side: a container with its five settings.
#[derive(Debug)]
pub(crate) struct Side<'i> {
    pub(crate) role: Role,
    pub(crate) program: Program<'i>,
    /// The variables of the three files and of the two names.
    pub(crate) settings: [(&'static str, Said); 5],
    /// CA, certificate and key.
    files: [Piece; 3],
}

/// What keeps a side from connecting, whatever its files are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// Some of its settings are there, and these are not.
    Incomplete(Vec<String>),
    /// The other side has TLS, and it has not.
    OneSided,
    /// Nothing is mounted where this variable looks for its file.
    Unmounted(&'static str),
}

/// What the objects of the given names hold that no side reads: Typha's credentials
/// and Felix's.
pub(crate) type Alone = [Credentials; 2];

/// Finds the pairs, and the objects that stand alone.
pub(crate) fn pairs<'i>(
    inventory: &'i Inventory<'_>,
    names: &TyphaNames,
) -> (Vec<Pair<'i>>, Vec<Alone>) {
    let (ends, _) = ends(inventory, names);
    let mut pairs = Vec::new();
    for exchange in exchanges(inventory, &ends) {
        let off = exchange.off(inventory);
        let typha = |()| exchange.typha.and_then(|end| Side::of(inventory, end));
        let pair = |typha: Option<Side<'i>>, felix: Option<Side<'i>>| Pair {
            credentials: credentials(typha.as_ref(), felix.as_ref()),
            typha,
            felix,
            off,
        };
        let nodes = exchange.nodes.iter();
        let nodes: Vec<_> = nodes.filter_map(|end| Side::of(inventory, end)).collect();
        if nodes.is_empty() {
            pairs.extend(typha(()).map(|typha| pair(Some(typha), None)));
        }
        pairs.extend(nodes.into_iter().map(|felix| pair(typha(()), Some(felix))));
    }
    let alone = alone(inventory, names, &pairs);
    (pairs, alone)
}

fn credentials(typha: Option<&Side<'_>>, felix: Option<&Side<'_>>) -> [Credentials; 2] {
    // Each side's files, the other side's CA, and what the other side accepts.
    let of = |role, own: Option<&Side<'_>>, other: Option<&Side<'_>>| {
        let [_, certificate, key] = own.map_or_else(unset, |side| side.files.clone());
        let [ca, ..] = other.map_or_else(unset, |side| side.files.clone());
        let mut found = Credentials::new(role, [ca, certificate, key]);
        found.identity = other.map_or_else(Identity::default, Side::accepts);
        found
    };
    [
        of(Presents::TyphaServer, typha, felix),
        of(Presents::TyphaClient, felix, typha),
    ]
}

fn unset() -> [Piece; 3] {
    ["", "", ""].map(Piece::unset)
}

impl<'i> Side<'i> {
    fn of(inventory: &'i Inventory<'_>, end: &End<'i, '_>) -> Option<Self> {
        let role = end.role.role;
        let program = Program {
            object: end.number,
            pod: end.role.pod,
            container: end.role.container?,
        };
        let said = |name| program.said(inventory, name).unless_none();
        let files = role.files();
        let [ca, certificate, key] = files;
        let [cn, uri] = role.names();
        Some(Self {
            role,
            settings: [ca, certificate, key, cn, uri].map(|name| (name, said(name))),
            files: files.map(|name| program.piece(inventory, name, said(name))),
            program,
        })
    }

    /// What it compares the other side's certificate with.
    pub(crate) fn accepts(&self) -> Identity {
        let [.., (_, cn), (_, uri)] = &self.settings;
        let text = |said: &Said| said.text().map(str::to_owned);
        Identity {
            common_name: text(cn),
            uri_san: text(uri),
        }
    }

    /// Whether it has any of its settings.
    pub(crate) fn has_tls(&self) -> bool {
        self.settings.iter().any(|(_, said)| *said != Said::Nothing)
    }

    /// The settings that it lacks, where it has some: of the two names, one will do.
    pub(crate) fn missing(&self) -> Vec<String> {
        let [files @ .., (cn, by_cn), (uri, by_uri)] = &self.settings;
        if !self.has_tls() {
            return Vec::new();
        }
        let unset = files.iter().filter(|(_, said)| *said == Said::Nothing);
        let mut missing: Vec<_> = unset.map(|(name, _)| (*name).to_owned()).collect();
        if (by_cn, by_uri) == (&Said::Nothing, &Said::Nothing) {
            missing.push(format!("{cn} or {uri}"));
        }
        missing
    }

    /// What keeps it from connecting to a side that has TLS, or has none.
    fn stops(&self, other: Option<&Self>) -> Vec<Stop> {
        let mut stops = Vec::new();
        let missing = self.missing();
        if !missing.is_empty() {
            stops.push(Stop::Incomplete(missing));
        }
        if !self.has_tls() && other.is_some_and(Self::has_tls) {
            stops.push(Stop::OneSided);
        }
        for (name, file) in self.role.files().into_iter().zip(&self.files) {
            if file.file == File::Broken(Break::NoMount) {
                stops.push(Stop::Unmounted(name));
            }
        }
        stops
    }

    fn tell(&self, inventory: &Inventory<'_>, stop: &Stop) -> Finding {
        let title = self.role.title();
        let (code, message) = match stop {
            Stop::Incomplete(missing) => {
                let names = missing.join(", ");
                let verb = if missing.len() == 1 { "is" } else { "are" };
                let message = format!(
                    "{names} {verb} not set: {title} takes all of its TLS settings or none, and \
                     does not start"
                );
                (Code::TyphaIncomplete, message)
            }
            Stop::OneSided => {
                let other = match self.role {
                    Role::Typha => Role::Node.title(),
                    Role::Node => Role::Typha.title(),
                };
                let message =
                    format!("{other} has TLS and {title} has not: they do not come together");
                (Code::TyphaOneSided, message)
            }
            Stop::Unmounted(variable) => {
                let message = format!(
                    "nothing is mounted where {variable} looks for its file: {title} takes it for \
                     not set, and does not start"
                );
                (Code::UnmountedFile, message)
            }
        };
        let told = match stop {
            Stop::Unmounted(variable) => self.told(variable),
            _ => None,
        };
        let at = told.unwrap_or_else(|| self.program.at());
        inventory.finding(code, &at, message, "harden both sides in one run")
    }

    /// Where a variable is said.
    pub(crate) fn told(&self, variable: &str) -> Option<At> {
        let mut settings = self.settings.iter();
        let (_, said) = settings.find(|(name, _)| *name == variable)?;
        said.at().cloned()
    }
}

impl<'i> Pair<'i> {
    /// The sides that are in the input: Typha, then Felix.
    pub(crate) fn sides(&self) -> impl Iterator<Item = &Side<'i>> {
        self.typha.iter().chain(&self.felix)
    }

    /// What keeps the sides from connecting, whatever their files are.
    pub(crate) fn stops(&self, inventory: &Inventory<'_>) -> Vec<Finding> {
        let (typha, felix) = (self.typha.as_ref(), self.felix.as_ref());
        let both = [(typha, felix), (felix, typha)].into_iter();
        let both = both.filter_map(|(own, other)| Some((own?, other)));
        both.flat_map(|(own, other)| {
            let stops = own.stops(other);
            stops.into_iter().map(|stop| own.tell(inventory, &stop))
        })
        .collect()
    }
}

/// The key of the CA's certificates, and of each Secret the certificate's and its
/// key's.
const CA: &str = "typhaca.crt";
const SERVER: [&str; 2] = ["typha.crt", "typha.key"];
const CLIENT: [&str; 2] = ["calico-node.crt", "calico-node.key"];

fn alone(inventory: &Inventory<'_>, names: &TyphaNames, pairs: &[Pair<'_>]) -> Vec<Alone> {
    let pieces = pairs.iter().flat_map(|pair| &pair.credentials);
    let pieces = pieces.flat_map(Credentials::pieces);
    let read: BTreeSet<ObjectId> = pieces.filter_map(Piece::object).collect();
    let kinds = [
        ("ConfigMap", names.ca_config_map.as_str()),
        ("Secret", names.server_secret.as_str()),
        ("Secret", names.client_secret.as_str()),
    ];
    let mut sets: Vec<[Option<ObjectId>; 3]> = Vec::new();
    let mut seen: BTreeSet<[Option<ObjectId>; 3]> = BTreeSet::new();
    for (own, (kind, name)) in kinds.iter().enumerate() {
        for anchor in inventory.named(kind, name) {
            let number = std::cell::Cell::new(0);
            let set = kinds.map(|(kind, name)| {
                let at = number.replace(number.get() + 1);
                match at == own {
                    true => Some(*anchor),
                    false => inventory.near(*anchor, kind, name).one(),
                }
            });
            let is_read = set.iter().flatten().any(|id| read.contains(id));
            if !is_read && seen.insert(set) {
                sets.push(set);
            }
        }
    }
    let file = |id: &ObjectId| inventory.object(*id).map(|object| object.place.file);
    let said = Accepted::of(inventory, pairs);
    let set = |set: [Option<ObjectId>; 3]| {
        let [ca, server, client] = set;
        let own = set.iter().flatten().find_map(file);
        let key = |object: Option<ObjectId>, key: &str, kind, name: &str| match object {
            Some(object) => Piece::key(inventory, object, key),
            None => Piece::outside(key, kind, name),
        };
        let of = |role, object, (keys, name): ([&str; 2], &str), accepts: Identity| {
            let [certificate, private] = keys.map(|file| key(object, file, "Secret", name));
            let ca = key(ca, CA, "ConfigMap", &names.ca_config_map);
            let mut found = Credentials::new(role, [ca, certificate, private]);
            found.identity = accepts;
            found
        };
        let [by_felix, by_typha] = said.near(own);
        [
            of(
                Presents::TyphaServer,
                server,
                (SERVER, &names.server_secret),
                by_felix,
            ),
            of(
                Presents::TyphaClient,
                client,
                (CLIENT, &names.client_secret),
                by_typha,
            ),
        ]
    };
    sets.into_iter().map(set).collect()
}

/// What Felix and Typha accept, as each input says it, and as the first one does.
struct Accepted {
    by_input: BTreeMap<usize, [Option<Identity>; 2]>,
    first: [Option<Identity>; 2],
}

impl Accepted {
    fn of(inventory: &Inventory<'_>, pairs: &[Pair<'_>]) -> Self {
        let mut accepted = Self {
            by_input: BTreeMap::new(),
            first: [None, None],
        };
        for pair in pairs {
            let sides = [pair.felix.as_ref(), pair.typha.as_ref()];
            for (number, side) in sides.into_iter().enumerate() {
                let Some(side) = side else { continue };
                let identity = side.accepts();
                let object = inventory.object(side.program.object);
                let (false, Some(object)) = (identity == Identity::default(), object) else {
                    continue;
                };
                let here = accepted.by_input.entry(object.place.file).or_default();
                for slot in [here, &mut accepted.first] {
                    if let Some(slot) = slot.get_mut(number) {
                        slot.get_or_insert_with(|| identity.clone());
                    }
                }
            }
        }
        accepted
    }

    /// What is said in this input, or else in another one.
    fn near(&self, input: Option<usize>) -> [Identity; 2] {
        let here = input.and_then(|input| self.by_input.get(&input));
        let mut here = here.cloned().unwrap_or_default().into_iter();
        let first = self.first.each_ref();
        first.map(|first| {
            let here = here.next().flatten();
            here.or_else(|| first.clone()).unwrap_or_default()
        })
    }
}
