//! Who talks to etcd: containers that are told where it is, whatever their names.

use std::collections::{BTreeMap, BTreeSet};

use cnx_certs::Role;
use yaml_splice::{Error, Value};

use super::config_endpoints::FIELD;
use super::files::FileOf;
use super::reach::Reach;
use crate::edits::EnvValue;
use crate::inventory::{
    At, Break, Container, Inventory, Mode, ObjectId, Pod as PodSpec, Said, VariableSource,
    VolumeSource,
};
use crate::names::EtcdNames;
use crate::pods;
use crate::resource::{Resource, can_spell_any_name};
use crate::survey::{Credentials, File, Piece, Program};
use crate::transform::Edit;

/// The names that one kind of client has for its settings.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Family {
    /// Where etcd is.
    pub(crate) endpoints: &'static str,
    /// Where the DNS records are that say where etcd is.
    pub(crate) discovery: Option<&'static str>,
    ca: &'static str,
    cert: &'static str,
    key: &'static str,
    /// Flags that mean the same, of a program that is called with them.
    flags: Option<[&'static str; 3]>,
    /// Whether these are flags in the arguments, and no variables.
    pub(crate) in_arguments: bool,
}

impl Family {
    const fn variables(endpoints: &'static str, [ca, cert, key]: [&'static str; 3]) -> Self {
        Self {
            endpoints,
            discovery: None,
            ca,
            cert,
            key,
            flags: None,
            in_arguments: false,
        }
    }

    const fn found_by(mut self, discovery: &'static str) -> Self {
        self.discovery = Some(discovery);
        self
    }

    const fn called_with(mut self, flags: [&'static str; 3]) -> Self {
        self.flags = Some(flags);
        self
    }

    const fn arguments(endpoints: &'static str, files: [&'static str; 3]) -> Self {
        let mut family = Self::variables(endpoints, files);
        family.in_arguments = true;
        family
    }
}

/// calico/node, kube-controllers, calicoctl, calicoq, the API server and the
/// query server, the federation controller; Typha; Felix; flannel; etcdctl with
/// etcd's second and third API; Kubernetes' API servers, and flannel, by arguments.
pub(crate) static FAMILIES: [Family; 9] = [
    Family::variables(
        "ETCD_ENDPOINTS",
        ["ETCD_CA_CERT_FILE", "ETCD_CERT_FILE", "ETCD_KEY_FILE"],
    )
    .found_by("ETCD_DISCOVERY_SRV"),
    Family::variables(
        "TYPHA_ETCDENDPOINTS",
        [
            "TYPHA_ETCDCAFILE",
            "TYPHA_ETCDCERTFILE",
            "TYPHA_ETCDKEYFILE",
        ],
    )
    .found_by("TYPHA_ETCDDISCOVERYSRV"),
    Family::variables(
        "FELIX_ETCDENDPOINTS",
        [
            "FELIX_ETCDCAFILE",
            "FELIX_ETCDCERTFILE",
            "FELIX_ETCDKEYFILE",
        ],
    )
    .found_by("FELIX_ETCDDISCOVERYSRV"),
    Family::variables(
        "FLANNELD_ETCD_ENDPOINTS",
        [
            "FLANNELD_ETCD_CAFILE",
            "FLANNELD_ETCD_CERTFILE",
            "FLANNELD_ETCD_KEYFILE",
        ],
    ),
    Family::variables(
        "ETCDCTL_PEERS",
        ["ETCDCTL_CA_FILE", "ETCDCTL_CERT_FILE", "ETCDCTL_KEY_FILE"],
    )
    .called_with(["--ca-file", "--key-file", "--cert-file"]),
    Family::variables(
        "ETCDCTL_ENDPOINTS",
        ["ETCDCTL_CACERT", "ETCDCTL_CERT", "ETCDCTL_KEY"],
    )
    .called_with(["--cacert", "--key", "--cert"]),
    Family::arguments(
        "--etcd-servers",
        ["--etcd-cafile", "--etcd-certfile", "--etcd-keyfile"],
    ),
    Family::arguments(
        "--etcd-endpoints",
        ["--etcd-cafile", "--etcd-certfile", "--etcd-keyfile"],
    ),
    Family::arguments(
        "-etcd-endpoints",
        ["-etcd-cafile", "-etcd-certfile", "-etcd-keyfile"],
    ),
];

/// The variables and flags of all families.
pub(super) fn settings() -> impl Iterator<Item = &'static str> {
    FAMILIES.iter().flat_map(|family| {
        let files = [family.ca, family.cert, family.key];
        let server = [Some(family.endpoints), family.discovery];
        server.into_iter().flatten().chain(files)
    })
}

impl Family {
    /// Whether its files may be named by flags of a program that is called.
    pub(crate) const fn is_called(&self) -> bool {
        self.flags.is_some()
    }

    /// The variable that names the file.
    pub(crate) const fn variable(&self, file: FileOf) -> &'static str {
        match file {
            FileOf::Ca => self.ca,
            FileOf::Key => self.key,
            FileOf::Cert => self.cert,
        }
    }

    /// The flag that names the file.
    pub(crate) fn flag(&self, file: FileOf) -> Option<&'static str> {
        let [ca, key, cert] = self.flags?;
        Some(match file {
            FileOf::Ca => ca,
            FileOf::Key => key,
            FileOf::Cert => cert,
        })
    }
}

/// A container that talks to etcd, by one kind of names. A container that is told in
/// two ways is two clients.
#[derive(Clone, Debug)]
pub(crate) struct Client<'i> {
    pub(crate) program: Program<'i>,
    pub(crate) family: &'static Family,
    /// Where etcd is.
    pub(crate) endpoints: Said,
    /// Whether the variable of the endpoints stands in the container itself.
    pub(super) told: bool,
    /// The variable by which DNS says where etcd is, where it is there.
    pub(crate) discovery: Option<&'static str>,
    /// Whether it installs the CNI plugin: its script finds the files where they
    /// are mounted, without variables.
    pub(crate) installer: bool,
    /// What it presents, and verifies etcd with.
    pub(crate) credentials: Credentials,
    /// Where its files are, in the order of [`FileOf::ALL`].
    pub(super) reach: [Reach; 3],
}

/// All that talks to etcd.
#[derive(Debug)]
pub(crate) struct Clients<'i> {
    pub(crate) clients: Vec<Client<'i>>,
    /// Secrets of the given name that no client reads, each as a client would.
    pub(crate) alone: Vec<Credentials>,
}

/// The files in the order in which a role has them.
const FILES: [FileOf; 3] = [FileOf::Ca, FileOf::Cert, FileOf::Key];

/// Finds the clients of etcd.
pub(crate) fn clients<'i>(inventory: &'i Inventory<'_>, names: &EtcdNames) -> Clients<'i> {
    let mut clients = Vec::new();
    for program in Program::all(inventory) {
        let datastore = program.container.variable("DATASTORE_TYPE");
        let kubernetes = VariableSource::Text("kubernetes".to_owned());
        let by_variables = datastore.is_none_or(|variable| variable.source != kubernetes);
        let families = FAMILIES.iter().filter(|f| f.in_arguments || by_variables);
        clients.extend(families.filter_map(|family| client(inventory, program, family, names)));
    }
    complete_installers(inventory, &mut clients, names);
    let read = |client: &Client<'_>| client.credentials.pieces().map(Piece::object);
    let read: BTreeSet<ObjectId> = clients.iter().flat_map(read).flatten().collect();
    let secrets = inventory.named("Secret", &names.secret).iter();
    let secrets = secrets.filter(|secret| !read.contains(secret));
    let alone = secrets.map(|secret| {
        let key = |file: FileOf| Piece::key(inventory, *secret, file.secret_key());
        Credentials::new(Role::EtcdClient, FILES.map(key))
    });
    Clients {
        alone: alone.collect(),
        clients,
    }
}

/// The container as a client by this family's names. A program that is told by its
/// arguments, and is not one of Calico's, is another's.
fn client<'i>(
    inventory: &Inventory<'_>,
    program: Program<'i>,
    family: &'static Family,
    names: &EtcdNames,
) -> Option<Client<'i>> {
    let flag = |flag| inventory.flag(program.object, program.container, flag);
    let there = |name: &&str| program.container.variable(name).is_some();
    let said = |name| match family.in_arguments {
        true => flag(name),
        false => program.said(inventory, name),
    };
    let endpoints = said(family.endpoints);
    let told = there(&family.endpoints);
    let discovery = family.discovery.filter(there);
    let talks = match family.in_arguments {
        true => endpoints != Said::Nothing && is_ours(inventory, program.object, names),
        false => told || discovery.is_some() || endpoints.text().is_some(),
    };
    let piece = |file: FileOf| {
        let by_flag = family.flag(file).map(|name| (name, flag(name)));
        let by_flag = by_flag.filter(|(_, said)| *said != Said::Nothing);
        let name = family.variable(file);
        let (name, said) = by_flag.unwrap_or_else(|| (name, said(name)));
        Piece::told(inventory, &program, name, said)
    };
    let installs = ["CNI_NETWORK_CONFIG", "CNI_CONF_NAME"];
    talks.then(|| Client {
        endpoints,
        told,
        discovery,
        installer: !family.in_arguments && installs.iter().any(there),
        credentials: Credentials::new(Role::EtcdClient, FILES.map(piece)),
        reach: [const { Reach::Ours }; 3],
        family,
        program,
    })
}

/// Whether an object is one of Calico's: others talk to etcd too.
pub(crate) fn is_ours(inventory: &Inventory<'_>, id: ObjectId, names: &EtcdNames) -> bool {
    let words = ["calico", "canal", "tigera", "cnx", names.secret.as_str()];
    let text = inventory.object(id).and_then(|object| {
        let source = inventory.sources.get(object.place.file)?;
        let node = inventory.node(id)?;
        Some(node.tree.span(node.id).of(source.text))
    });
    text.is_some_and(|text| words.iter().any(|word| text.contains(word)))
}

/// The script that installs the CNI plugin finds the files where they are mounted,
/// without variables: in the folder of its pod's other clients, or in the given one.
fn complete_installers(inventory: &Inventory<'_>, clients: &mut [Client<'_>], names: &EtcdNames) {
    // A pod's clients stand one behind the other.
    let mut first: BTreeMap<ObjectId, usize> = BTreeMap::new();
    for (number, client) in clients.iter().enumerate() {
        first.entry(client.program.object).or_insert(number);
    }
    for number in 0..clients.len() {
        let untold = |client: &&Client<'_>| client.installer && !client.is_told();
        let Some(client) = clients.get(number).filter(untold) else {
            continue;
        };
        let program = client.program;
        let own = FILES.map(|file| client.fixed(inventory, file, names));
        let mounted = |piece: &Piece| !matches!(piece.file, File::Broken(Break::NoMount));
        let first = first.get(&program.object).copied().unwrap_or(number);
        let own_pod = |other: &&Client<'_>| other.program.object == program.object;
        let mut pod = clients.iter().skip(first).take_while(own_pod);
        let beside = pod.find(|other| other.is_told() && shares(&other.program, &program));
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

/// A pod with clients of etcd in it.
#[derive(Clone, Debug)]
pub(crate) struct Pod<'i> {
    pub(crate) spec: &'i PodSpec,
    /// The volume that holds the Secret, or will.
    pub(super) volume: String,
    /// At least one.
    pub(crate) clients: Vec<Client<'i>>,
}

impl<'i> Pod<'i> {
    /// Whether all clients may be able to read files of a `defaultMode`.
    pub(super) fn can_read(&self, mode: Option<&Value>) -> bool {
        let mode = match mode.filter(|mode| !mode.is_null()).map(Value::as_integer) {
            None => Mode::Default,
            Some(bits) => bits.map_or(Mode::Wrong, Mode::of),
        };
        let mut clients = self.clients.iter();
        clients.all(|client| self.spec.can_read(client.program.container, mode))
    }

    /// The strictest mode with which all clients can read the files; none for
    /// Kubernetes' default, with which everybody can.
    pub(super) fn file_mode(&self) -> Option<i64> {
        let strict = match self.spec.has_files_group() {
            true => 0o440,
            false => 0o400,
        };
        let can_read = |client: &Client<'_>| {
            self.spec
                .can_read(client.program.container, Mode::Bits(strict))
        };
        self.clients.iter().all(can_read).then_some(strict)
    }

    /// The pod of these clients; none where there are none.
    pub(crate) fn of(clients: Vec<Client<'i>>, names: &EtcdNames) -> Option<Self> {
        let spec = clients.first()?.program.pod;
        let mut volumes = spec.volumes.iter();
        let own = volumes.find(|volume| match &volume.source {
            VolumeSource::Object(files) => files.is_secret(&names.secret),
            _ => false,
        });
        Some(Self {
            spec,
            volume: own.map_or(&names.volume, |volume| &volume.name).clone(),
            clients,
        })
    }

    /// The ConfigMaps that its clients' variables are from, each once.
    pub(super) fn config_maps(&self) -> BTreeSet<&'i str> {
        self.clients.iter().flat_map(Client::config_maps).collect()
    }

    /// The containers, each once, and whether they need the Secret's volume.
    pub(super) fn containers(&self) -> impl Iterator<Item = (&'i Container, bool)> {
        let same = |one: &Client<'_>, other: &Client<'_>| {
            std::ptr::eq(one.program.container, other.program.container)
        };
        self.clients.chunk_by(same).filter_map(|clients| {
            let needs = clients.iter().any(|c| c.reach.contains(&Reach::Ours));
            Some((clients.first()?.program.container, needs))
        })
    }

    /// Whether it needs the Secret's volume.
    pub(super) fn needs_ours(&self) -> bool {
        self.containers().any(|(_, needs)| needs)
    }
}

impl<'i> Client<'i> {
    /// What an edit of its settings is called.
    pub(super) const fn edit(&self) -> Edit {
        match self.family.in_arguments {
            true => Edit::CommandLine,
            false => Edit::Environment,
        }
    }

    fn is_told(&self) -> bool {
        self.credentials
            .pieces()
            .iter()
            .any(|piece| piece.is_told())
    }

    /// A file where the installer's script looks for it.
    pub(super) fn fixed(
        &self,
        inventory: &Inventory<'_>,
        file: FileOf,
        names: &EtcdNames,
    ) -> Piece {
        Piece::fixed(
            inventory,
            &self.program,
            file.secret_key(),
            &names.path(file),
        )
    }

    pub(super) const fn piece(&self, file: FileOf) -> &Piece {
        match file {
            FileOf::Ca => &self.credentials.ca,
            FileOf::Key => &self.credentials.key,
            FileOf::Cert => &self.credentials.certificate,
        }
    }

    /// Its files, and where each is.
    pub(super) fn files(&self) -> impl Iterator<Item = (FileOf, &Reach)> {
        FileOf::ALL.into_iter().zip(&self.reach)
    }

    /// The ConfigMaps that its variables are from.
    fn config_maps(&self) -> impl Iterator<Item = &'i str> {
        let (container, family) = (self.program.container, self.family);
        let from = move |variable| match &container.variable(variable)?.source {
            VariableSource::Key(object, key) if object.kind == "ConfigMap" => {
                (variable != family.endpoints || key == FIELD).then_some(object.name.as_str())
            }
            _ => None,
        };
        let files = FileOf::ALL.map(|file| family.variable(file));
        files.into_iter().chain([family.endpoints]).filter_map(from)
    }

    /// The ConfigMap that its endpoints are from, which has the paths too.
    fn config_map(&self) -> Option<&'i str> {
        let variable = self.program.container.variable(self.family.endpoints)?;
        match &variable.source {
            VariableSource::Key(object, key) if object.kind == "ConfigMap" && key == FIELD => {
                Some(&object.name)
            }
            _ => None,
        }
    }

    /// The argument that says where etcd is, where it is no command line: its place, what
    /// stands before the endpoints in it, and the endpoints as they are written.
    pub(super) fn argument(&self, inventory: &Inventory<'_>) -> Option<(&At, String, String)> {
        let at = self.endpoints.at().filter(|_| self.family.in_arguments)?;
        let resource = inventory.resource(at.object)?;
        let argument = resource.tree().text_at(&at.route).ok()??;
        let flag = format!("{}=", self.family.endpoints);
        let (before, endpoints) = match argument.strip_prefix(&flag) {
            Some(endpoints) => (flag, endpoints),
            None => (String::new(), argument),
        };
        let is_one = !endpoints.contains(|c: char| c.is_whitespace() || c == '"' || c == '\'');
        is_one.then(|| (at, before, endpoints.to_owned()))
    }

    /// The field that says to this client alone where etcd is, and what stands before the
    /// endpoints there: the value of its own variable, an argument, or what `envFrom`
    /// brings from a ConfigMap.
    pub(super) fn own_endpoints(&self, inventory: &Inventory<'_>) -> Option<(At, String)> {
        let at = match self.program.container.variable(self.family.endpoints) {
            _ if self.family.in_arguments => {
                let (at, before, endpoints) = self.argument(inventory)?;
                let is_literal = self.endpoints.text() == Some(&endpoints);
                return is_literal.then(|| (at.clone(), before));
            }
            Some(variable) => {
                let (object, route) = (self.program.object, variable.at.key("value"));
                let own = matches!(variable.source, VariableSource::Text(_));
                own.then_some(At { object, route })
            }
            None => {
                let at = self.endpoints.at()?;
                let object = inventory.object(at.object)?;
                (object.id.kind == "ConfigMap").then(|| at.clone())
            }
        };
        let at = at.filter(|at| inventory.span(at).is_some())?;
        Some((at, String::new()))
    }

    /// Whether something else than its own variable tells it the path of a file.
    pub(super) fn is_told_elsewhere(
        &self,
        inventory: &Inventory<'_>,
        file: FileOf,
        names: &EtcdNames,
    ) -> bool {
        let said = self.program.said(inventory, self.family.variable(file));
        let path = names.path(file);
        !self.told
            && matches!(said, Said::Text(text, at) if text == path && at.object != self.program.object)
    }

    /// What the variable of a file is to be, where it isn't there.
    pub(super) fn value(&self, file: FileOf, names: &EtcdNames) -> EnvValue {
        match self.config_map() {
            Some(name) => EnvValue::ConfigMapKey {
                name: name.to_owned(),
                key: file.config_key().to_owned(),
            },
            None => EnvValue::Text(names.path(file)),
        }
    }
}

/// Reads the pod of an object that may be a client: what cannot be told with certainty
/// is an error, and not a pod without clients.
pub(super) fn read_with_certainty(resource: &Resource<'_, '_>) -> Result<(), Error> {
    let Some(at) = pods::pod(resource) else {
        return Ok(());
    };
    let tree = resource.tree();
    let text = resource.span()?.of(tree.source());
    // An alias brings what stands elsewhere in the document.
    let may_be = ["ETCD", "etcd-"].iter().any(|word| text.contains(word))
        || text.contains('*')
        || can_spell_any_name(text);
    if !may_be {
        return Ok(());
    }
    match tree.find(&at)? {
        Some(id) => tree.read(id).map(drop),
        None => Ok(()),
    }
}
