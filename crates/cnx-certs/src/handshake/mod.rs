//! A real TLS handshake between the two ends of each connection, in memory.
//!
//! Where [`check`](crate::check) says what is wrong with the files, this proves
//! that they connect: a client and a server of rustls shake hands through
//! buffers, each verifying the other by the same rules as the checks, and send
//! data there and back.

mod attempt;
mod converse;
mod end;
mod outcome;
mod stand_in;
mod verifier;

use rustls_pki_types::UnixTime;

use crate::policy::Policy;
use crate::role::Material;
use attempt::Try;

pub use outcome::{ConnectionKind, Handshake, HandshakeOutcome, Session, Version};

/// Connects all that belongs together in `materials`, with TLS 1.3 and TLS 1.2,
/// once for each name.
///
/// - The API server and the Manager: a client without a certificate.
/// - Typha: Felix, each verifying the other ([`Identity`](crate::Identity)). Of one without the
///   other, only this one is verified.
/// - etcd: its client. Where there is no server's material, a server is made up
///   that asks for a certificate of the CA, as etcd with `--client-cert-auth`
///   and the same `--trusted-ca-file`.
///
/// No network and no files; random numbers come from the system.
///
/// ```
/// use cnx_certs::{Identity, Material, Policy, Role, UnixTime, connect};
/// use std::time::Duration;
/// let pem = std::fs::read("../../testdata/pki/tls.crt")?;
/// let material = Material {
///     role: Role::ApiServer,
///     ca: Some(&std::fs::read("../../testdata/pki/ca.crt")?),
///     certificate: &pem,
///     key: Some(&std::fs::read("../../testdata/pki/tls.key")?),
///     names: &["cnx-api.kube-system.svc".to_owned()],
///     identity: &Identity::default(),
/// };
/// let now = UnixTime::since_unix_epoch(Duration::from_secs(1_767_225_600));
/// let handshakes = connect(&[material], &Policy::at(now));
/// assert!(handshakes.len() == 2 && handshakes.iter().all(|h| h.connected()));
/// # Ok::<(), std::io::Error>(())
/// ```
#[must_use]
pub fn connect(materials: &[Material<'_>], policy: &Policy) -> Vec<Handshake> {
    let connections = [
        ConnectionKind::ApiServer,
        ConnectionKind::Etcd,
        ConnectionKind::Typha,
        ConnectionKind::Manager,
    ];
    let mut done = Vec::new();
    for connection in connections {
        let of = |role| move |material: &&Material<'_>| Some(material.role) == role;
        let servers: Vec<_> = materials
            .iter()
            .filter(of(Some(connection.server_role())))
            .collect();
        let clients: Vec<_> = materials
            .iter()
            .filter(of(connection.client_role()))
            .collect();
        for pair in pairs(&servers, &clients) {
            pair.connect(connection, policy.now, &mut done);
        }
    }
    done
}

/// Every server with every client, or whichever there is alone.
fn pairs<'m>(servers: &[&'m Material<'m>], clients: &[&'m Material<'m>]) -> Vec<Pair<'m>> {
    let some = |all: &[&'m Material<'m>]| -> Vec<Option<&'m Material<'m>>> {
        match all.is_empty() {
            true => vec![None],
            false => all.iter().copied().map(Some).collect(),
        }
    };
    let mut pairs = Vec::new();
    for server in some(servers) {
        for client in some(clients) {
            if server.is_some() || client.is_some() {
                pairs.push(Pair { server, client });
            }
        }
    }
    pairs
}

/// Two ends, or one.
struct Pair<'m> {
    server: Option<&'m Material<'m>>,
    client: Option<&'m Material<'m>>,
}

impl Pair<'_> {
    /// One handshake for each name and version.
    fn connect(&self, connection: ConnectionKind, now: UnixTime, done: &mut Vec<Handshake>) {
        let mut names: Vec<_> = self.server.iter().flat_map(|server| server.names).collect();
        names.dedup();
        let mut names: Vec<_> = names.into_iter().map(Some).collect();
        if names.is_empty() {
            names.push(None);
        }
        for name in names {
            for version in [Version::Tls13, Version::Tls12] {
                let tried = Try {
                    connection,
                    now,
                    name: name.map(String::as_str),
                    version,
                };
                let outcome = tried.run(self);
                done.push(Handshake {
                    connection,
                    server_name: name.cloned(),
                    version,
                    stand_in: self.server.is_none(),
                    outcome: outcome.unwrap_or_else(|outcome| outcome),
                });
            }
        }
    }
}
