//! kube-apiserver to the CNX API server, and to other API servers behind it.

use cnx_certs::CaCertificates;

use super::certificates::read;
use super::model::{Certificate, Link, State};
use super::{Draft, Verdict};
use crate::channel::Channel;
use crate::inventory::{At, Break};
use crate::survey::{ApiServer, File, Held, Injected, Piece};

pub(super) fn draw(draft: &mut Draft<'_, '_>) {
    let mut ways = Vec::new();
    for server in &draft.api_servers {
        let service = draft.inventory.object(server.service);
        let Some(service) = service.filter(|_| server.is_served) else {
            continue;
        };
        let (verdict, certificates) = judge(draft, server);
        // What others still need is no plan: it is made for those that are asked for.
        let objects = match server.calico {
            true => server.program.map(|program| program.object),
            false => None,
        };
        let objects: Vec<_> = objects
            .into_iter()
            .chain(server.calico.then_some(server.service))
            .collect();
        let credentials = std::slice::from_ref(&server.credentials);
        let channel = Channel::KubeApiserver;
        let verdict = draft.lower(channel, verdict, None, credentials, &objects);
        let field = |name: &str| At {
            object: server.service,
            route: service.root.key("spec").key(name),
        };
        let place = match (server.insecure, server.has_bundle()) {
            (true, true) => ["insecureSkipTLSVerify", "caBundle"]
                .map(|name| draft.place(&field(name)))
                .into_iter()
                .min(),
            (true, false) => Some(draft.place(&field("insecureSkipTLSVerify"))),
            (false, true) => Some(draft.place(&field("caBundle"))),
            (false, false) => None,
        };
        let place = place.unwrap_or_else(|| {
            draft.place(&At {
                object: server.service,
                route: service.root.clone(),
            })
        });
        let what = format!("APIService {}", service.id.name);
        ways.push((link(server), verdict.way(what, place), certificates));
    }
    for (link, way, certificates) in ways {
        draft.way(link, way, certificates);
    }
}

/// The connection that an APIService makes.
pub(super) const fn link(server: &ApiServer<'_>) -> Link {
    match server.calico {
        true => Link::KubeApiserverApiServer,
        false => Link::KubeApiserverOtherApis,
    }
}

fn judge(draft: &Draft<'_, '_>, server: &ApiServer<'_>) -> (Verdict, Vec<Certificate>) {
    let policy = &draft.options.policy;
    let credentials = &server.credentials;
    let purpose = "CA that kube-apiserver verifies with";
    let mut certificates = read(credentials.ca(), purpose, policy);
    let purpose = match server.calico {
        true => "the API server's".to_owned(),
        false => format!("that of {}", credentials.names.join(", ")),
    };
    certificates.extend(read(credentials.certificate(), &purpose, policy));
    let verdict = match (server.insecure, server.has_bundle()) {
        (true, true) => Verdict::new(
            State::Broken,
            "insecureSkipTLSVerify beside a caBundle: Kubernetes rejects the APIService",
        ),
        (true, false) => Verdict::new(
            State::NotVerified,
            "insecureSkipTLSVerify: true, so kube-apiserver takes any certificate",
        ),
        (false, false) => match (server.managed, &server.injected) {
            (Some(why), _) => Verdict::new(State::Unknown, why),
            (None, Some(injected)) => injected_in(draft, server, injected),
            (None, None) => Verdict::new(
                State::Unknown,
                "no caBundle: kube-apiserver goes by its system's roots, which are not in manifests",
            ),
        },
        (false, true) => match (credentials.ca(), &credentials.ca.file) {
            (Some(ca), _) => verified(draft, server, ca),
            (None, File::Unreadable(..)) => Verdict::new(State::Broken, "caBundle is not base64"),
            (None, _) => {
                // Of others it may be replaced when they are installed.
                let state = match server.calico {
                    true => State::Broken,
                    false => State::Unknown,
                };
                Verdict::new(state, "caBundle is a placeholder")
            }
        },
    };
    (verdict, certificates)
}

fn verified(draft: &Draft<'_, '_>, server: &ApiServer<'_>, ca: &Held) -> Verdict {
    if let Err(error) = CaCertificates::from_pem(ca.bytes()) {
        return Verdict::new(State::Broken, format!("caBundle: {}", error.kind));
    }
    let credentials = &server.credentials;
    let name = credentials.names.first();
    let name = name.map_or("the API server", String::as_str);
    let pieces = [&credentials.certificate, &credentials.key];
    let fault = match server.calico {
        true => unserved(draft, pieces),
        false => server.fault(draft.inventory).map(|(_, reason)| reason),
    };
    if let Some(reason) = fault {
        return Verdict::new(State::Broken, reason);
    }
    if let Some(reason) = pieces.iter().find_map(|piece| piece.unknown()) {
        return Verdict::new(State::Unknown, reason);
    }
    if let Some(fault) = credentials.fault(&draft.options.policy) {
        return Verdict::new(State::Broken, fault);
    }
    let here = pieces.iter().all(|piece| piece.held().is_some());
    Verdict::new(
        State::Verified,
        match here {
            true => format!("kube-apiserver verifies {name} by caBundle"),
            false => format!(
                "kube-apiserver verifies {name} by caBundle; the certificate is not in these \
                 manifests"
            ),
        },
    )
}

/// Why CNX's API server presents no certificate of the manifests.
fn unserved(draft: &Draft<'_, '_>, pieces: [&Piece; 2]) -> Option<String> {
    let unmounted = |file: &File| matches!(file, File::Broken(Break::NoMount));
    if pieces.iter().any(|piece| unmounted(&piece.file)) {
        let reason = "the container mounts no certificate, so the API server makes one that \
                      kube-apiserver refuses";
        return Some(reason.to_owned());
    }
    let lacking = pieces
        .iter()
        .find_map(|piece| piece.object().filter(|_| piece.held().is_none()));
    if let Some(object) = lacking.and_then(|object| draft.inventory.object(object)) {
        let (kind, name) = (&object.id.kind, &object.id.name);
        let reason = format!(
            "{kind} {name} lacks its certificate or key, and kube-apiserver refuses what the API \
             server makes instead"
        );
        return Some(reason);
    }
    pieces
        .iter()
        .find_map(|piece| piece.broken(draft.inventory))
}

/// What becomes of a caBundle that is written in the cluster.
fn injected_in(draft: &Draft<'_, '_>, server: &ApiServer<'_>, injected: &Injected) -> Verdict {
    if let Some((_, reason)) = server.fault(draft.inventory) {
        return Verdict::new(State::Broken, reason);
    }
    let certificate = injected.certificate;
    let certificate = certificate.and_then(|id| draft.inventory.object(id));
    match certificate.filter(|_| server.credentials.certificate.is_told()) {
        Some(certificate) => Verdict::new(
            State::Verified,
            format!(
                "cert-manager writes the caBundle, and issues what the server presents \
                 (Certificate {})",
                certificate.id.name
            ),
        ),
        None => Verdict::new(
            State::Unknown,
            format!(
                "the caBundle is written in the cluster ({}): what it verifies is not in these \
                 manifests",
                injected.annotation
            ),
        ),
    }
}
