//! The Tigera operator's own Secrets: certificates that it is given, and does not make.

use cnx_certs::{Identity, Policy, Role};

use super::{ApiServer, Credentials, Held, Piece};
use crate::certificates::seen;
use crate::inventory::{Inventory, ObjectId};

/// Where the operator looks for them.
const NAMESPACE: &str = "tigera-operator";
/// The names of a certificate and its key: today's, that of the API server's own files,
/// and those of releases before.
const KEYS: [[&str; 2]; 3] = [
    ["tls.crt", "tls.key"],
    ["apiserver.crt", "apiserver.key"],
    ["cert.crt", "key.key"],
];

/// What kube-apiserver asks for, from Calico v3.31 on and before.
const SERVER_NAMES: [&str; 2] = [
    "calico-api.calico-system.svc",
    "calico-api.calico-apiserver.svc",
];

/// What the operator is given, as far as it is in the input. `servers` say by which name
/// the API server is asked for.
pub(crate) fn given(
    inventory: &Inventory<'_>,
    servers: &[ApiServer<'_>],
    policy: &Policy,
) -> Vec<Credentials> {
    let find = |kind: &str, name: &str| {
        let mut all = inventory.named(kind, name).iter().copied();
        all.find(|id| {
            let object = inventory.object(*id);
            object.and_then(|object| object.id.namespace.as_deref()) == Some(NAMESPACE)
        })
    };
    let ca = find("ConfigMap", "typha-ca");
    let ca = ca.map(|map| Piece::key(inventory, map, "caBundle"));
    let unset = || Piece::unset("caBundle");
    let ca = ca.unwrap_or_else(unset);
    let found = [
        ("calico-apiserver-certs", Role::ApiServer, unset()),
        ("typha-certs", Role::TyphaServer, ca.clone()),
        ("node-certs", Role::TyphaClient, ca.clone()),
    ];
    let of = |(name, role, ca): (&str, Role, Piece)| {
        let secret = find("Secret", name)?;
        let has = |keys: &&[&str; 2]| inventory.entry(secret, keys[0]).is_some();
        let keys = KEYS.iter().find(has).unwrap_or(&KEYS[0]);
        let [certificate, key] = keys.map(|key| Piece::key(inventory, secret, key));
        let mut credentials = Credentials::new(role, [ca, certificate, key]);
        match role {
            Role::ApiServer => {
                let name = server_name(servers, credentials.certificate(), policy);
                credentials.names.push(name);
            }
            _ => credentials.identity = identity(inventory, secret),
        }
        Some(credentials)
    };
    let mut found: Vec<_> = found.into_iter().filter_map(of).collect();
    if found.iter().all(|one| one.role == Role::ApiServer) && ca.is_told() {
        // The CA by itself.
        found.push(Credentials::new(Role::TyphaServer, [ca, unset(), unset()]));
    }
    found
}

/// What the other side compares with: the operator reads it from the Secret.
fn identity(inventory: &Inventory<'_>, secret: ObjectId) -> Identity {
    let value = |key: &str| {
        let (text, _) = inventory.value(secret, key)?;
        Some(text.trim().to_owned()).filter(|text| !text.is_empty())
    };
    Identity {
        common_name: value("common-name"),
        uri_san: value("uri-san"),
    }
}

/// The name that kube-apiserver asks for: as the APIService has it, or else that of
/// today's releases, unless the certificate is for those before.
fn server_name(servers: &[ApiServer<'_>], certificate: Option<&Held>, policy: &Policy) -> String {
    let calico = |name: &&String| SERVER_NAMES.contains(&name.as_str());
    let names = servers.iter().flat_map(|server| &server.credentials.names);
    if let Some(name) = names.clone().find(calico) {
        return name.clone();
    }
    let [today, before] = SERVER_NAMES;
    match certificate {
        Some(held) if is_for(held, before, policy) && !is_for(held, today, policy) => before,
        _ => today,
    }
    .to_owned()
}

fn is_for(held: &Held, name: &str, policy: &Policy) -> bool {
    let seen = seen(held.bytes(), policy.now);
    let names = seen.first().map(|first| first.names.as_slice());
    names
        .unwrap_or_default()
        .iter()
        .any(|own| own.ends_with(name))
}

/// Whether a certificate is for releases before Calico v3.31 alone, and no APIService
/// says that it is for one of those.
pub(crate) fn is_of_old_namespace(one: &Credentials, servers: &[ApiServer<'_>]) -> bool {
    let [_, before] = SERVER_NAMES;
    let is_old = one.names.iter().any(|name| name == before);
    let mut names = servers.iter().flat_map(|server| &server.credentials.names);
    is_old && !names.any(|name| name == before)
}
