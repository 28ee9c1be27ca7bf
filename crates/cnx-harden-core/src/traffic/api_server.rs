//! kube-apiserver to the CNX API server.

use cnx_certs::{CaBundle, Identity, Role};

use super::certificates::{Files, fault, read};
use super::model::{Certificate, Link, State};
use super::read::Service;
use super::{Draft, Verdict};
use crate::kube_apiserver::other_product;
use crate::wired::{Held, near};

pub(super) fn draw(draft: &mut Draft<'_>) {
    let mut ways = Vec::new();
    for service in &draft.seen.services {
        let group = draft.options.names.api_server.group.as_str();
        let Some((name, namespace)) = &service.service else {
            continue;
        };
        if service.group.as_deref() != Some(group) {
            continue;
        }
        let (verdict, certificates) = judge(draft, service, name, namespace);
        let place = [&service.insecure, &service.bundle].into_iter().flatten();
        let place = place.min().unwrap_or(&service.place).clone();
        let what = format!("APIService {}", service.id.name);
        ways.push((verdict.way(what, place), certificates));
    }
    for (way, certificates) in ways {
        draft.way(Link::KubeApiserverApiServer, way, certificates);
    }
}

fn judge(
    draft: &Draft<'_>,
    service: &Service,
    name: &str,
    namespace: &str,
) -> (Verdict, Vec<Certificate>) {
    let policy = &draft.options.policy;
    let values = &draft.seen.values;
    let of_service = |held: &&Held| held.input == service.input && held.resource == service.id;
    let mut bundles = values.iter().filter(of_service);
    let bundle = bundles.find(|held| held.key == "caBundle");
    let secret = draft.options.names.api_server.secret.as_str();
    // Another product's Secret is not this one, and made by its operator.
    let ours = other_product(namespace).is_none();
    let held = |key| {
        let wanted = ("Secret", secret, key);
        near(values, service.input, Some(namespace), wanted).filter(|_| ours)
    };
    let (certificate, key) = (held("apiserver.crt"), held("apiserver.key"));
    let mut certificates = read(bundle, "CA that kube-apiserver verifies with", policy);
    certificates.extend(read(certificate, "the API server's", policy));
    let verdict = match (&service.insecure, &service.bundle) {
        (Some(_), Some(_)) => Verdict::new(
            State::Broken,
            "insecureSkipTLSVerify beside a caBundle: Kubernetes rejects the APIService",
        ),
        (Some(_), None) => Verdict::new(
            State::NotVerified,
            "insecureSkipTLSVerify: true, so kube-apiserver takes any certificate",
        ),
        (None, None) => Verdict::new(
            State::Unknown,
            "no caBundle: kube-apiserver goes by its system's roots, which are not in manifests",
        ),
        (None, Some(_)) => match bundle {
            None => Verdict::new(State::Broken, "caBundle is not base64"),
            Some(ca) => {
                let there = Served {
                    ca,
                    certificate,
                    key,
                    is_in_input: ours
                        && draft
                            .seen
                            .object(service.input, Some(namespace), "Secret", secret)
                            .is_some(),
                    is_mounted: is_mounted(draft, service, namespace).unwrap_or(true) || !ours,
                };
                verified(draft, &there, &format!("{name}.{namespace}.svc"))
            }
        },
    };
    (verdict, certificates)
}

/// What the API server serves with.
struct Served<'d> {
    ca: &'d Held,
    certificate: Option<&'d Held>,
    key: Option<&'d Held>,
    is_in_input: bool,
    is_mounted: bool,
}

fn verified(draft: &Draft<'_>, served: &Served<'_>, server_name: &str) -> Verdict {
    let secret = &draft.options.names.api_server.secret;
    if let Err(error) = CaBundle::from_pem(served.ca.bytes()) {
        return Verdict::new(State::Broken, format!("caBundle: {}", error.kind));
    }
    if !served.is_mounted {
        let reason = "the container mounts no certificate, so the API server makes one that \
                      kube-apiserver refuses";
        return Verdict::new(State::Broken, reason);
    }
    let names = [server_name.to_owned()];
    match (served.certificate, served.key) {
        (Some(certificate), Some(key)) => {
            let files = Files {
                role: Role::ApiServer,
                ca: Some(served.ca),
                certificate,
                key,
                names: &names,
                identity: &Identity::default(),
            };
            match fault(&files, &draft.options.policy) {
                Some(fault) => Verdict::new(State::Broken, fault),
                None => Verdict::new(
                    State::Verified,
                    format!("kube-apiserver verifies {server_name} by caBundle"),
                ),
            }
        }
        _ if served.is_in_input => Verdict::new(
            State::Broken,
            format!(
                "Secret {secret} lacks its certificate or key, and kube-apiserver refuses what the \
                 API server makes instead"
            ),
        ),
        _ => Verdict::new(
            State::Verified,
            format!(
                "kube-apiserver verifies {server_name} by caBundle; the certificate is not in \
                 these manifests"
            ),
        ),
    }
}

/// Whether the container mounts its certificate; none where it is not here.
fn is_mounted(draft: &Draft<'_>, service: &Service, namespace: &str) -> Option<bool> {
    let names = &draft.options.names.api_server;
    let same = |id: &crate::ResourceId| id.namespace.as_deref().is_none_or(|n| n == namespace);
    let all = draft.seen.programs.iter().filter(|program| {
        program.id.name == names.deployment && program.name == names.container && same(&program.id)
    });
    let own = all.clone().find(|program| program.input == service.input);
    let program = own.or_else(|| all.clone().next())?;
    let folder = names.mount_path.trim_end_matches('/');
    let is = |path: &str| path.trim_end_matches('/').starts_with(folder);
    Some(program.mounts.iter().any(|(path, _)| is(path)))
}
