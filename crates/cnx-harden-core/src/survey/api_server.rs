//! API servers behind kube-apiserver: from an APIService to the files that its server
//! presents.

use std::collections::BTreeSet;

use cnx_certs::Role;

use super::held::CA_BUNDLE;
use super::{Credentials, File, Piece, Program};
use crate::aggregated::{
    FLAGS, INJECT, OPEN_SOURCE, TLS, Told, certificate_named, covers, issued_into, left_alone, told,
};
use crate::inventory::{At, Break, Inventory, Known, ObjectId, ObjectKey, ServiceRef};
use crate::names::Names;
use crate::profile::{PAIR, Profile, Strategy};

/// An APIService, and its server.
#[derive(Debug)]
pub(crate) struct ApiServer<'i> {
    pub(crate) service: ObjectId,
    /// Whether it is CNX's, or another edition's of Calico; that is no other's.
    pub(crate) calico: bool,
    /// Whether it names a Service; kube-apiserver itself serves the others.
    pub(crate) is_served: bool,
    /// The container that serves, where it is in the input.
    pub(crate) program: Option<Program<'i>>,
    /// Why another product is left to make the certificates.
    pub(crate) managed: Option<&'static str>,
    /// Whether kube-apiserver is told to take any certificate.
    pub(crate) insecure: bool,
    /// What writes the caBundle in the cluster.
    pub(crate) injected: Option<Injected>,
    /// Whether the server makes its certificate itself, for `localhost`.
    pub(crate) self_made: bool,
    pub(crate) credentials: Credentials,
}

/// What writes a caBundle in the cluster.
#[derive(Clone, Debug)]
pub(crate) struct Injected {
    /// The annotation that asks for it.
    pub(crate) annotation: String,
    /// cert-manager's Certificate that it names, where that is in the input.
    pub(crate) certificate: Option<ObjectId>,
}

/// Finds the APIServices, and Secrets of the name of CNX's that none of their servers
/// reads.
pub(crate) fn api_servers<'i>(
    inventory: &'i Inventory<'_>,
    names: &Names,
) -> (Vec<ApiServer<'i>>, Vec<Credentials>) {
    let services = inventory.objects().filter(|(_, object)| {
        let id = &object.id;
        id.kind == "APIService" && id.api_version.starts_with("apiregistration.k8s.io/")
    });
    let found = services.filter_map(|(id, _)| read(inventory, id, names));
    let found: Vec<_> = found.collect();
    let pieces = found.iter().flat_map(|server| server.credentials.pieces());
    let read: BTreeSet<ObjectId> = pieces.filter_map(Piece::object).collect();
    let secrets = inventory.named("Secret", &names.api_server.secret).iter();
    let alone = secrets
        .filter(|secret| !read.contains(secret))
        .map(|secret| {
            let [certificate, key] = PAIR.map(|key| Piece::key(inventory, *secret, key));
            Credentials::new(Role::ApiServer, [Piece::unset(CA_BUNDLE), certificate, key])
        });
    let alone = alone.collect();
    (found, alone)
}

fn read<'i>(inventory: &'i Inventory<'_>, id: ObjectId, names: &Names) -> Option<ApiServer<'i>> {
    let object = inventory.object(id)?;
    let node = inventory.node(id)?;
    let by_name = object.id.name.split_once('.').map(|(_, group)| group);
    let group = node.text_at(&["spec", "group"]).or(by_name);
    let group = group.unwrap_or_default();
    let name = node.text_at(&["spec", "service", "name"]);
    let namespace = node.text_at(&["spec", "service", "namespace"]);
    let own = &names.api_server;
    let calico = group == own.group && namespace != Some(OPEN_SOURCE);
    let port = node.at(&["spec", "service", "port"]);
    let service = ServiceRef {
        name: name.unwrap_or_default().to_owned(),
        namespace: namespace.unwrap_or_default().to_owned(),
        port: port.and_then(|port| port.integer()).unwrap_or(443),
    };
    let program = name.and_then(|_| program(inventory, id, &service, calico, names));
    let workload = program.map(|program| program.object);
    let managed = left_alone(inventory, id, &service.namespace, workload).map(|(why, _)| why);
    let flag =
        |program: Program<'_>| inventory.flag(program.object, program.container, "--cert-dir");
    let folder = program.map(flag);
    let folder = folder.as_ref().and_then(|said| said.text());
    let profile = match calico {
        true => Some(Profile {
            group: own.group.clone(),
            namespace: None,
            strategy: Strategy::FixedPath,
            folder: folder.unwrap_or(&own.mount_path).to_owned(),
            certificate: PAIR[0].to_owned(),
            key: PAIR[1].to_owned(),
            secret: None,
            volume: None,
        }),
        false => Profile::find(&names.profiles, group, &service.namespace),
    };
    let mut self_made = false;
    let [certificate, key] = match program {
        _ if managed.is_some() => PAIR.map(Piece::unset),
        Some(program) => {
            let Program {
                object,
                pod,
                container,
            } = program;
            let told = told(inventory, object, pod, container, profile.as_ref());
            self_made = told == Told::SelfMade;
            pieces(inventory, &program, told)
        }
        None if calico && name.is_some() => {
            let near = inventory.near_in(id, namespace, "Secret", &own.secret);
            match near.one() {
                Some(secret) => PAIR.map(|key| Piece::key(inventory, secret, key)),
                None => PAIR.map(|key| Piece::outside(key, "Secret", &own.secret)),
            }
        }
        None => by_secret(inventory, id, &service, profile.as_ref(), names),
    };
    let bundle = match node.at(&["spec", CA_BUNDLE]) {
        Some(value) if value.is_set() && value.text() != Some("") => {
            Piece::key(inventory, id, CA_BUNDLE)
        }
        _ => Piece::unset(CA_BUNDLE),
    };
    let mut credentials = Credentials::new(Role::ApiServer, [bundle, certificate, key]);
    let server_name = name.zip(namespace);
    let server_name = server_name.map(|(name, namespace)| format!("{name}.{namespace}.svc"));
    credentials.names.extend(server_name);
    if let Some(program) = program.filter(|_| !calico) {
        credentials.inputs = inventory.serving_files(id, program.object);
    }
    let skip = node.at(&["spec", "insecureSkipTLSVerify"]);
    let injected = inventory.injector(id).map(|(annotation, value)| Injected {
        annotation: annotation.to_owned(),
        certificate: (annotation == INJECT)
            .then(|| certificate_named(inventory, id, value))
            .flatten(),
    });
    Some(ApiServer {
        service: id,
        calico,
        is_served: name.is_some(),
        program,
        managed,
        insecure: skip.is_some_and(|skip| skip.boolean() == Some(true)),
        injected,
        self_made,
        credentials,
    })
}

/// The container: by the given names, or else the one that the Service leads to.
fn program<'i>(
    inventory: &'i Inventory<'_>,
    id: ObjectId,
    service: &ServiceRef,
    calico: bool,
    names: &Names,
) -> Option<Program<'i>> {
    let (workload, container) = match calico {
        true => (&names.api_server.deployment, &names.api_server.container),
        false => (&names.api_service.workload, &names.api_service.container),
    };
    let given = |name: &'_ String| (!name.is_empty()).then(|| name.clone());
    let (workload, container) = (given(workload), given(container));
    let (workload, container) = (workload.as_deref(), container.as_deref());
    let mut ways = [
        (workload, container),
        (workload, None),
        (None, container),
        (None, None),
    ]
    .into_iter();
    let serving = ways.find_map(|(workload, container)| {
        let known = Known {
            workload,
            container,
        };
        inventory.serving(id, service, known).ok()
    })?;
    let (pod, container) = inventory.served_by(serving)?;
    Some(Program {
        object: serving.workload,
        pod,
        container,
    })
}

/// Those of the Secret that is called as `apply` calls it, where the server is not in the
/// input.
fn by_secret(
    inventory: &Inventory<'_>,
    id: ObjectId,
    service: &ServiceRef,
    profile: Option<&Profile>,
    names: &Names,
) -> [Piece; 2] {
    let own = names.api_service.secret.replace("{service}", &service.name);
    let secret = profile.and_then(|profile| profile.secret.as_ref());
    let secret = secret.unwrap_or(&own);
    let namespace = Some(service.namespace.as_str());
    let found = inventory.near_in(id, namespace, "Secret", secret).one();
    let files = profile.map(|profile| [&profile.certificate, &profile.key].map(String::as_str));
    match found {
        Some(secret) => files
            .unwrap_or(TLS)
            .map(|key| Piece::key(inventory, secret, key)),
        None => FLAGS.map(Piece::unset),
    }
}

/// The certificate and its key, where the server is told of them.
fn pieces(inventory: &Inventory<'_>, program: &Program<'_>, told: Told) -> [Piece; 2] {
    match told {
        Told::Flags([certificate, key]) => [
            program.piece(inventory, FLAGS[0], certificate),
            program.piece(inventory, FLAGS[1], key),
        ],
        Told::Paths(paths) => paths.map(|path| {
            let name = path.rsplit('/').next().unwrap_or_default();
            Piece::fixed(inventory, program, name, &path)
        }),
        Told::SelfMade | Told::Unclear => FLAGS.map(Piece::unset),
    }
}

impl ApiServer<'_> {
    /// Whether the APIService has a bundle, whatever it is.
    pub(crate) const fn has_bundle(&self) -> bool {
        !matches!(self.credentials.ca.file, File::Unset)
    }

    /// Why the server does not present what its APIService is verified with, where that
    /// is certain, and what says so.
    pub(crate) fn fault(&self, inventory: &Inventory<'_>) -> Option<(At, String)> {
        let verifies = !self.insecure && (self.has_bundle() || self.injected.is_some());
        if self.managed.is_some() || !self.is_served || !verifies {
            return None;
        }
        let at = |object: ObjectId, keys: &[&str]| {
            let root = inventory.object(object).map(|object| object.root.clone());
            let route = keys
                .iter()
                .fold(root.unwrap_or_default(), |at, key| at.key(*key));
            At { object, route }
        };
        let trust = match &self.injected {
            Some(injected) if !self.has_bundle() => at(
                self.service,
                &["metadata", "annotations", &injected.annotation],
            ),
            _ => at(self.service, &["spec", CA_BUNDLE]),
        };
        if self.self_made {
            let what = self.program.map(|program| program.what(inventory));
            let message = format!(
                "{} is not told of a certificate: it makes one itself, for localhost, which \
                 kube-apiserver refuses",
                what.unwrap_or_default()
            );
            return Some((trust, message));
        }
        let pieces = [&self.credentials.certificate, &self.credentials.key];
        if let [Some(told), None] | [None, Some(told)] = pieces.map(|piece| piece.told.as_ref())
            && let Some(other) = pieces.iter().find(|piece| !piece.is_told())
        {
            let message = format!("{} is not set: the server does not start", other.name);
            return Some((told.clone(), message));
        }
        // cert-manager fills the Secret of a Certificate.
        let is_filled = |piece: &Piece| {
            let key = match &piece.file {
                File::Broken(Break::NoKey(_, key) | Break::Unset(_, key)) => key.as_str(),
                _ => return false,
            };
            let secret = piece.object().and_then(|secret| inventory.object(secret));
            secret.is_some_and(|secret| {
                let namespace = secret.id.namespace.as_deref().unwrap_or_default();
                TLS.contains(&key) && issued_into(inventory, namespace, &secret.id.name).is_some()
            })
        };
        if let Some((piece, message)) = pieces
            .iter()
            .filter(|piece| !is_filled(piece))
            .find_map(|piece| Some((piece, piece.broken(inventory)?)))
        {
            let told = piece.told.clone();
            return Some((told.unwrap_or(trust), message));
        }
        let issued = self.injected.as_ref()?.certificate?;
        let node = inventory.node(issued)?;
        let wanted = node.text_at(&["spec", "secretName"])?;
        let secrets = pieces.iter().filter_map(|piece| match &piece.file {
            File::Outside(ObjectKey { name, .. }, _) => Some(name.as_str()),
            _ => Some(inventory.object(piece.object()?)?.id.name.as_str()),
        });
        let mut others = secrets.filter(|name| *name != wanted);
        if let Some(other) = others.next() {
            let message = format!("it fills Secret {wanted}, and the server reads Secret {other}");
            return Some((at(issued, &["spec", "secretName"]), message));
        }
        let name = self.credentials.names.first()?;
        (!covers(node, name)).then(|| {
            let message =
                format!("{name} is not one of its dnsNames, which kube-apiserver asks for");
            (at(issued, &["spec"]), message)
        })
    }
}
