//! What is written: the Secrets, what cert-manager needs, and the way to a server's files.

use std::collections::BTreeMap;

use cnx_certs::{Setting, help};

use super::files::{Files, Key};
use super::flags::Flags;
use super::layout::{FLAGS, Layout};
use super::members::Member;
use super::server::{self, Server};
use super::trust::{self, IssuerRef, Pair};
use crate::edits::Mount;
use crate::finding::{Code, Finding};
use crate::inventory::ObjectKey;
use crate::kube_apiserver::InsecureSkipTlsVerify;
use crate::objects::Object;
use crate::plan::{Content, FileEdit, Plan};
use crate::profile::Strategy;
use crate::resource::ResourceId;
use crate::transform::{Edit, Outcome, Target, Transform};

/// An edit that is a function.
struct Step<F> {
    edit: Edit,
    part: Option<String>,
    plan: F,
}

impl<F: Fn(&Target<'_, '_>) -> Result<Outcome, Finding>> Transform for Step<F> {
    fn edit(&self) -> Edit {
        self.edit
    }

    fn part(&self) -> Option<String> {
        self.part.clone()
    }

    fn plan(&self, target: &Target<'_, '_>) -> Result<Outcome, Finding> {
        (self.plan)(target)
    }
}

/// Puts the certificate and its key into their Secrets. Returns whether what is there
/// changes.
pub(super) fn fill_secrets(
    server: &Server<'_, '_>,
    keys: &[Key; 2],
    pair: &Pair,
    plan: &mut Plan,
) -> bool {
    let [certificate, key] = keys;
    let files = [
        FileEdit {
            edit: Edit::ServingCertificate,
            key: &certificate.key,
            content: Content::Certificate(&pair.certificate),
        },
        FileEdit {
            edit: Edit::ServingKey,
            key: &key.key,
            content: Content::Key(&pair.key),
        },
    ];
    let mut changed = false;
    let mut added: BTreeMap<&str, Vec<FileEdit<'_>>> = BTreeMap::new();
    for (at, file) in keys.iter().zip(files) {
        let object = at
            .object
            .and_then(|id| Object::of(server.inventory, id, ()));
        match object {
            Some(object) => changed |= plan.fill(&object, &file),
            None => added.entry(&at.secret).or_default().push(file),
        }
    }
    for (name, files) in added {
        let secret = ObjectKey {
            kind: "Secret",
            name: name.to_owned(),
        };
        plan.add(&server.workload, Some(&server.namespace), &secret, &files);
    }
    changed
}

/// Lets cert-manager issue the certificate and write the caBundle.
pub(super) fn issue(
    server: &Server<'_, '_>,
    [certificate, key]: &[Key; 2],
    names: &[String],
    issuer: &IssuerRef,
    members: &[&Member<'_, '_>],
    plan: &mut Plan,
) -> Result<(), Finding> {
    let secret = &certificate.secret;
    for at in [certificate, key] {
        let held = at.object.and_then(|id| server.inventory.entry(id, &at.key));
        if let (Some((field, true)), Some(id)) = (held, at.object)
            && let Some(object) = Object::of(server.inventory, id, ())
        {
            let message = format!(
                "the manifest holds {}, which cert-manager is to fill",
                at.key
            );
            let help = "remove the Secret from the manifest, then run this again";
            let target = object.target();
            return Err(target.conflict(Code::UnexpectedValue, &field, message, help));
        }
    }
    let found = server::issued_into(server.inventory, &server.namespace, secret);
    let found = found.and_then(|id| Object::of(server.inventory, id, ()));
    let name = match &found {
        Some(object) => object.resource.id.name.clone(),
        None => secret.clone(),
    };
    let full = format!("{}/{name}", server.namespace);
    for member in members {
        plan.edit(&member.object, &InsecureSkipTlsVerify);
        plan.edit(
            &member.object,
            &Step {
                edit: Edit::CaBundle,
                part: None,
                plan: trust::no_ca_bundle,
            },
        );
        plan.edit(
            &member.object,
            &Step {
                edit: Edit::InjectAnnotation,
                part: None,
                plan: |target: &Target<'_, '_>| trust::inject(target, &full),
            },
        );
    }
    if let Some(object) = found {
        plan.edit(
            &object,
            &Step {
                edit: Edit::IssuedCertificate,
                part: None,
                plan: |target: &Target<'_, '_>| trust::complete(target, names),
            },
        );
        return Ok(());
    }
    let local = names.iter().map(|name| format!("{name}.cluster.local"));
    let all: Vec<String> = names.iter().cloned().chain(local).collect();
    let value = trust::certificate(&server.namespace, &name, secret, &all, issuer);
    let id = ResourceId {
        api_version: "cert-manager.io/v1".to_owned(),
        kind: "Certificate".to_owned(),
        namespace: Some(server.namespace.clone()),
        name,
    };
    plan.add_object(&server.workload, id, value, &[Edit::IssuedCertificate]);
    Ok(())
}

/// Tells the server of its files, and mounts them.
pub(super) fn edit_workload(
    server: &Server<'_, '_>,
    layout: &Layout,
    files: &Files,
    plan: &mut Plan,
) {
    if layout.strategy == Strategy::Flags {
        let flags = Flags {
            container: server.container,
            paths: &layout.paths,
            set: FLAGS.map(|name| server.flag(name).text().is_some()),
        };
        plan.edit(&server.workload, &flags);
    }
    let help = help![
        "change this mount, or give the volume and its folder other names (",
        Setting::ApiServiceVolume,
        ", ",
        Setting::ApiServiceMountPath,
        ")"
    ];
    let mount = |target: &Target<'_, '_>| match &files.mount {
        None => Ok(Outcome::AlreadyHardened),
        Some(new) => {
            let mount = Mount {
                volume: &new.volume,
                path: &new.folder,
                read_only: true,
                help: &help,
            };
            mount.plan(target, &server.container.at)
        }
    };
    let volume = |target: &Target<'_, '_>| match (&files.volume, &files.items) {
        (Some(new), _) => new.plan(target, &server.pod.at),
        (None, Some(items)) => Ok(items.outcome()),
        (None, None) => Ok(Outcome::AlreadyHardened),
    };
    plan.edit(
        &server.workload,
        &Step {
            edit: Edit::VolumeMount,
            part: None,
            plan: mount,
        },
    );
    plan.edit(
        &server.workload,
        &Step {
            edit: Edit::Volume,
            part: None,
            plan: volume,
        },
    );
}
