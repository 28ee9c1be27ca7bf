//! Browsers to the Manager.

use cnx_certs::{Identity, Role};

use super::certificates::{Files, fault, is_self_signed, read};
use super::model::{Certificate, Link, Place, State, Way};
use super::read::spot;
use super::{Draft, Verdict};
use crate::wired::{Held, near};

/// The container that serves browsers.
const PROXY: &str = "cnx-manager-proxy";

pub(super) fn draw(draft: &mut Draft<'_>) {
    let mut ways = Vec::new();
    for program in draft.seen.programs.iter().filter(|p| p.name == PROXY) {
        let namespace = program.id.namespace.as_deref();
        ways.push(way(
            draft,
            program.input,
            namespace,
            program.what(),
            &program.place,
        ));
    }
    if ways.is_empty() {
        // The Secret alone, as it is made by hand.
        let name = &draft.options.names.manager.secret;
        let ours = |id: &crate::ResourceId| id.kind == "Secret" && id.name == *name;
        for object in draft.seen.objects.iter().filter(|o| ours(&o.id)) {
            let namespace = object.id.namespace.as_deref();
            let what = format!("Secret {name}");
            ways.push(way(draft, object.input, namespace, what, &object.place));
        }
    }
    for (way, certificates) in ways {
        draft.way(Link::BrowserManager, way, certificates);
    }
}

fn way(
    draft: &Draft<'_>,
    input: usize,
    namespace: Option<&str>,
    what: String,
    place: &Place,
) -> (Way, Vec<Certificate>) {
    let secret = draft.options.names.manager.secret.as_str();
    let held = |key| {
        near(
            &draft.seen.values,
            input,
            namespace,
            ("Secret", secret, key),
        )
    };
    let object = draft.seen.object(input, namespace, "Secret", secret);
    let certificate = held("cert");
    let verdict = match (object, certificate, held("key")) {
        (_, Some(certificate), Some(key)) => serves(draft, certificate, key),
        (Some(_), ..) => Verdict::new(
            State::Broken,
            format!("Secret {secret} lacks cert or key, and the Manager's proxy does not start"),
        ),
        (None, ..) => Verdict::new(
            State::Unknown,
            format!("its certificate is in Secret {secret}, which is not in these manifests"),
        ),
    };
    let place = certificate.map_or_else(|| place.clone(), spot);
    let certificates = read(certificate, "the Manager's", &draft.options.policy);
    (verdict.way(what, place), certificates)
}

fn serves(draft: &Draft<'_>, certificate: &Held, key: &Held) -> Verdict {
    let policy = &draft.options.policy;
    let files = Files {
        role: Role::Manager,
        ca: None,
        certificate,
        key,
        names: &draft.options.manager_hosts,
        identity: &Identity::default(),
    };
    match fault(&files, policy) {
        Some(fault) => Verdict::new(State::Broken, fault),
        None if is_self_signed(certificate, policy) => Verdict::new(
            State::Unknown,
            "self-signed: a browser warns until it is told to trust this certificate",
        ),
        None => Verdict::new(
            State::Verified,
            "the browser verifies it, where it trusts the issuer",
        ),
    }
}
