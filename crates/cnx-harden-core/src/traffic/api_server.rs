//! kube-apiserver to the CNX API server.

use cnx_certs::CaBundle;

use super::certificates::read;
use super::model::{Certificate, Link, State};
use super::{Draft, Verdict};
use crate::channel::Channel;
use crate::inventory::{At, Break};
use crate::survey::{ApiServer, File, Held};

pub(super) fn draw(draft: &mut Draft<'_, '_>) {
    let mut ways = Vec::new();
    for server in &draft.api_servers {
        let Some(service) = draft.inventory.object(server.service) else {
            continue;
        };
        let (verdict, certificates) = judge(draft, server);
        let workload = server.program.map(|program| program.object);
        let objects: Vec<_> = workload.into_iter().chain([server.service]).collect();
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
        ways.push((verdict.way(what, place), certificates));
    }
    for (way, certificates) in ways {
        draft.way(Link::KubeApiserverApiServer, way, certificates);
    }
}

fn judge(draft: &Draft<'_, '_>, server: &ApiServer<'_>) -> (Verdict, Vec<Certificate>) {
    let policy = &draft.options.policy;
    let credentials = &server.credentials;
    let purpose = "CA that kube-apiserver verifies with";
    let mut certificates = read(credentials.ca(), purpose, policy);
    certificates.extend(read(credentials.certificate(), "the API server's", policy));
    let verdict = match (server.insecure, server.has_bundle()) {
        (true, true) => Verdict::new(
            State::Broken,
            "insecureSkipTLSVerify beside a caBundle: Kubernetes rejects the APIService",
        ),
        (true, false) => Verdict::new(
            State::NotVerified,
            "insecureSkipTLSVerify: true, so kube-apiserver takes any certificate",
        ),
        (false, false) => Verdict::new(
            State::Unknown,
            "no caBundle: kube-apiserver goes by its system's roots, which are not in manifests",
        ),
        (false, true) => match (credentials.ca(), &credentials.ca.file) {
            (Some(ca), _) => verified(draft, server, ca),
            (None, File::Unreadable(..)) => Verdict::new(State::Broken, "caBundle is not base64"),
            (None, _) => Verdict::new(State::Broken, "caBundle is a placeholder"),
        },
    };
    (verdict, certificates)
}

fn verified(draft: &Draft<'_, '_>, server: &ApiServer<'_>, ca: &Held) -> Verdict {
    if let Err(error) = CaBundle::from_pem(ca.bytes()) {
        return Verdict::new(State::Broken, format!("caBundle: {}", error.kind));
    }
    let credentials = &server.credentials;
    let name = credentials.names.first();
    let name = name.map_or("the API server", String::as_str);
    let pieces = [&credentials.certificate, &credentials.key];
    let unmounted = |file: &File| matches!(file, File::Broken(Break::NoMount));
    if pieces.iter().any(|piece| unmounted(&piece.file)) {
        let reason = "the container mounts no certificate, so the API server makes one that \
                      kube-apiserver refuses";
        return Verdict::new(State::Broken, reason);
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
        return Verdict::new(State::Broken, reason);
    }
    if let Some(reason) = pieces
        .iter()
        .find_map(|piece| piece.broken(draft.inventory))
    {
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
