//! The clients of etcd, each container by itself.

use cnx_certs::{Identity, Role};

use super::certificates::{Files, fault, read};
use super::model::{Certificate, Link, Party, Place, State};
use super::program::{Client, Program, Setting};
use super::{Draft, Verdict};
use crate::etcd::{FileOf, Found};
use crate::wired::{Held, near};

pub(super) fn draw(draft: &mut Draft<'_>) {
    let mut ways = Vec::new();
    for program in &draft.seen.programs {
        for client in &program.etcd {
            let (verdict, place) = judge(draft, program, client);
            let certificates = match verdict.state {
                State::Mutual | State::Verified | State::Broken => certificates(draft, program),
                _ => Vec::new(),
            };
            let link = Link::to_etcd(party(program));
            ways.push((link, verdict.way(program.what(), place), certificates));
        }
    }
    for (link, way, certificates) in ways {
        draft.way(link, way, certificates);
    }
}

/// Whose program a container is, by the vendor's names.
pub(super) fn party(program: &Program) -> Party {
    match program.name.as_str() {
        "cnx-apiserver" => Party::ApiServer,
        "cnx-queryserver" => Party::QueryServer,
        "calico-node" | "install-cni" | "upgrade-ipam" => Party::CalicoNode,
        "calico-typha" => Party::Typha,
        "calico-kube-controllers" | "calico-policy-controller" => Party::KubeControllers,
        name if name.contains("federation-controller") => Party::KubeControllers,
        "calicoctl" | "calicoq" => Party::Calicoctl,
        _ if program.etcd.iter().any(|client| client.installer) => Party::CalicoNode,
        _ => Party::Others,
    }
}

fn judge(draft: &Draft<'_>, program: &Program, client: &Client) -> (Verdict, Place) {
    let unknown = |reason: String| Verdict::new(State::Unknown, reason);
    match &program.variable(client.family.endpoints) {
        Setting::Unset => (
            unknown("it is not said where etcd is".to_owned()),
            program.place.clone(),
        ),
        Setting::Elsewhere(object, place) => (
            unknown(format!(
                "etcd's endpoints are in {object}, which is not in these manifests"
            )),
            place.clone(),
        ),
        Setting::Text(text, place) => {
            let verdict = match Found::read(text) {
                Found::Insecure(_) => Verdict::new(State::Plain, "etcd's endpoints are http://"),
                Found::Unset => unknown("etcd's endpoints are a placeholder".to_owned()),
                Found::Unknown => unknown("etcd's endpoints have no scheme".to_owned()),
                Found::Secure => secure(draft, program, client),
            };
            (verdict, place.clone())
        }
    }
}

/// A client whose endpoints are `https://`.
fn secure(draft: &Draft<'_>, program: &Program, client: &Client) -> Verdict {
    let secret = draft.options.names.etcd.secret.as_str();
    let mounts_secret = program
        .mounts
        .iter()
        .any(|(_, held)| held.as_deref() == Some(secret));
    let files = program.files(client);
    let none_is_set = files.iter().all(|file| *file == Setting::Unset);
    let by_mount = client.installer && none_is_set && mounts_secret;
    if client.family.flag(FileOf::Ca).is_some() && none_is_set {
        let reason = "whether its program is called with the files is not looked at";
        return Verdict::new(State::Unknown, reason);
    }
    for file in &files {
        if let Setting::Elsewhere(object, _) = file {
            let reason = format!("a file's path is in {object}, which is not in these manifests");
            return Verdict::new(State::Unknown, reason);
        }
    }
    let [ca, key, certificate] = files.each_ref().map(|f| by_mount || f.is_set());
    let state = match (ca, key, certificate) {
        (_, true, false) => {
            return Verdict::new(State::Broken, "a client key without its certificate");
        }
        (_, false, true) => {
            return Verdict::new(State::Broken, "a client certificate without its key");
        }
        (false, ..) => {
            let reason = "no CA: etcd is verified by the image's roots, which are not in manifests";
            return Verdict::new(State::Unknown, reason);
        }
        (true, false, false) => State::Verified,
        (true, true, true) => State::Mutual,
    };
    if let Some(reason) = unmet(draft, program, &files, by_mount) {
        return Verdict::new(State::Broken, reason);
    }
    if let (State::Mutual, Some(reason)) = (state, refused(draft, program)) {
        return Verdict::new(State::Broken, reason);
    }
    let reason = match state {
        State::Mutual => "it verifies etcd by the CA, and presents a client certificate",
        _ => "it verifies etcd by the CA, and presents no certificate",
    };
    Verdict::new(state, reason)
}

/// Why a path leads to no file: nothing is mounted there, or the Secret is in the
/// input and lacks the file.
fn unmet(
    draft: &Draft<'_>,
    program: &Program,
    files: &[Setting; 3],
    by_mount: bool,
) -> Option<String> {
    let namespace = program.id.namespace.as_deref();
    let lacks = |secret: &str, key: &str| {
        let there = draft
            .seen
            .object(program.input, namespace, "Secret", secret);
        let wanted = ("Secret", secret, key);
        let held = near(&draft.seen.values, program.input, namespace, wanted);
        there.is_some() && held.is_none()
    };
    for (file, setting) in FileOf::ALL.into_iter().zip(files) {
        let Setting::Text(path, _) = setting else {
            let (secret, key) = (&draft.options.names.etcd.secret, file.secret_key());
            if by_mount && lacks(secret, key) {
                return Some(format!("Secret {secret} has no {key}"));
            }
            continue;
        };
        let covering = program.mounts.iter().find_map(|(at, secret)| {
            let rest = path.strip_prefix(at.trim_end_matches('/'))?;
            Some((rest.strip_prefix('/')?, secret))
        });
        match covering {
            None => return Some(format!("no volume is mounted where {path} is to be")),
            Some((key, Some(secret))) if lacks(secret, key) => {
                return Some(format!(
                    "Secret {secret} has no {key}, which {path} is to be"
                ));
            }
            Some(_) => {}
        }
    }
    None
}

fn held<'d>(draft: &'d Draft<'_>, program: &Program, file: FileOf) -> Option<&'d Held> {
    let wanted = (
        "Secret",
        draft.options.names.etcd.secret.as_str(),
        file.secret_key(),
    );
    let namespace = program.id.namespace.as_deref();
    near(&draft.seen.values, program.input, namespace, wanted)
}

/// Why etcd would refuse the client certificate, where it is in the input.
fn refused(draft: &Draft<'_>, program: &Program) -> Option<String> {
    let files = Files {
        role: Role::EtcdClient,
        ca: held(draft, program, FileOf::Ca),
        certificate: held(draft, program, FileOf::Cert)?,
        key: held(draft, program, FileOf::Key)?,
        names: &[],
        identity: &Identity::default(),
    };
    fault(&files, &draft.options.policy)
}

fn certificates(draft: &Draft<'_>, program: &Program) -> Vec<Certificate> {
    let policy = &draft.options.policy;
    let (ca, client) = (
        held(draft, program, FileOf::Ca),
        held(draft, program, FileOf::Cert),
    );
    let mut certificates = read(ca, "CA that etcd is verified with", policy);
    certificates.extend(read(client, "presented to etcd", policy));
    certificates
}
