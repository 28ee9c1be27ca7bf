//! The channel between kube-apiserver and any aggregated API server: the edits of the
//! vendor's page on the APIServices that are asked for, by following the objects.
//!
//! ```text
//! APIService → Service → selector → workload → container → its files → Secret
//! ```
//!
//! `server` finds the container, `layout` where it takes its certificate from (the
//! strategy), `files` the way from there to a Secret, and `trust` says where the
//! certificate comes from. What is there is followed and completed.

mod files;
mod flags;
mod layout;
mod needs;
mod server;
mod told;
mod trust;

pub(crate) use layout::FLAGS;
pub use needs::ServerNeed;
pub(crate) use needs::needs;
pub(crate) use server::{OPEN_SOURCE, certificate_named, issued_into, left_alone};
pub(crate) use told::{Told, told};
pub(crate) use trust::{INJECT, TLS, covers};
pub use trust::{IssuerRef, Pair, Trust};

use std::collections::BTreeMap;

use cnx_certs::{Identity, Setting, help};

use crate::certificates::Presented;
use crate::channel::Channel;
use crate::connection::Harden;
use crate::edits::Mount;
use crate::finding::{Code, Finding};
use crate::inventory::{Inventory, Known, ObjectId, ObjectKey, ServiceRef, Serving};
use crate::kube_apiserver::{CaBundle, InsecureSkipTlsVerify};
use crate::names::ApiServiceNames;
use crate::objects::Object;
use crate::place::Place;
use crate::plan::{Content, FileEdit, Plan};
pub use crate::profile::{Profile, Strategy};
use crate::resource::{Resource, ResourceId};
use crate::suggest::nearest;
use crate::transform::{Edit, Outcome, Target, Transform};

use files::{Files, Key};
use flags::Flags;
use layout::Layout;
use server::Server;

/// An APIService that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiService {
    /// Its name: `v1beta1.metrics.k8s.io`.
    pub name: String,
    /// Where the server's certificate comes from.
    pub trust: Trust,
    /// How the server is told of its files; without it, as its manifest has it, or by
    /// flags.
    pub strategy: Option<Strategy>,
    /// What new objects are called.
    pub names: ApiServiceNames,
}

impl ApiService {
    /// The APIService with the default names.
    #[must_use]
    pub fn new(name: impl Into<String>, trust: Trust) -> Self {
        Self {
            name: name.into(),
            trust,
            strategy: None,
            names: ApiServiceNames::default(),
        }
    }
}

/// The APIServices that are asked for, with their material.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ApiServices {
    /// Which ones.
    pub asked: Vec<ApiService>,
    /// Servers that read their files in their own way, before those that are
    /// [built in](Profile::built_in).
    pub profiles: Vec<Profile>,
}

/// An APIService of the input that is asked for.
struct Member<'a, 't> {
    object: Object<'a, 't, ()>,
    service: ServiceRef,
    /// Its number among those that are asked for.
    asked: usize,
    /// Whether somebody else writes its caBundle already.
    injected: bool,
    /// cert-manager's Certificate for it, where the APIService names one in the input.
    certificate: Option<ObjectId>,
}

impl Member<'_, '_> {
    /// The TLS server name that kube-apiserver asks for, whatever the port
    /// (kube-aggregator's resolver).
    fn server_name(&self) -> String {
        format!("{}.{}.svc", self.service.name, self.service.namespace)
    }
}

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

impl ApiServices {
    /// The CAs of the material.
    pub(crate) fn cas(&mut self) -> impl Iterator<Item = &mut crate::CaBundle> {
        self.asked
            .iter_mut()
            .filter_map(|asked| match &mut asked.trust {
                Trust::Own(pair) => Some(&mut pair.ca),
                Trust::CertManager(_) => None,
            })
    }

    fn asked(&self, name: &str) -> Option<usize> {
        self.asked.iter().position(|asked| asked.name == name)
    }

    /// The APIServices that are asked for, by the container that serves them.
    fn servers<'a, 't>(
        &self,
        inventory: &'a Inventory<'t>,
        plan: &mut Plan,
    ) -> BTreeMap<Serving, Vec<Member<'a, 't>>> {
        let role = |_, resource: &Resource<'a, 't>| {
            let id = &resource.id;
            let is_api_service =
                id.kind == "APIService" && id.api_version.starts_with("apiregistration.k8s.io/");
            match &resource.unreadable {
                Some(error) if is_api_service => Err(error.clone()),
                _ if !is_api_service => Ok(None),
                _ => Ok(self.asked(&id.name).map(|asked| (asked, None))),
            }
        };
        let mut servers = BTreeMap::new();
        let mut found = vec![false; self.asked.len()];
        for Object { number, role, .. } in plan.select(inventory, role) {
            let (Some(asked), Some(object)) =
                (self.asked.get(role), Object::of(inventory, number, ()))
            else {
                continue;
            };
            if let Some(found) = found.get_mut(role) {
                *found = true;
            }
            match self.member(inventory, object, role, asked) {
                Ok(Some((serving, member))) => {
                    servers.entry(serving).or_insert_with(Vec::new).push(member);
                }
                Ok(None) => {}
                Err(finding) => plan.find([finding]),
            }
        }
        let missing = self.asked.iter().zip(&found).filter(|(_, found)| !**found);
        plan.find(missing.filter_map(|(asked, _)| absent(inventory, &asked.name)));
        servers
    }

    /// Follows an APIService to its server.
    fn member<'a, 't>(
        &self,
        inventory: &'a Inventory<'t>,
        object: Object<'a, 't, ()>,
        number: usize,
        asked: &ApiService,
    ) -> Result<Option<(Serving, Member<'a, 't>)>, Finding> {
        let service = server::service_ref(&object)?;
        let given = |name: &str| (!name.is_empty()).then(|| name.to_owned());
        let (workload, container) = (given(&asked.names.workload), given(&asked.names.container));
        let known = Known {
            workload: workload.as_deref(),
            container: container.as_deref(),
        };
        let serving = inventory.serving(object.number, &service, known);
        let workload = serving.as_ref().ok().map(|serving| serving.workload);
        if let Some((why, help)) =
            left_alone(inventory, object.number, &service.namespace, workload)
        {
            let message = format!("left alone: {why}");
            return Err(object.finding(Code::OtherProduct, message, help).info());
        }
        let injector = inventory.injector(object.number);
        let injected = injector.is_some();
        let certificate = injector.and_then(|(name, value)| {
            let named = name == trust::INJECT;
            named.then(|| certificate_named(inventory, object.number, value))?
        });
        let member = Member {
            object,
            service,
            asked: number,
            injected,
            certificate,
        };
        match serving {
            Ok(serving) => Ok(Some((serving, member))),
            Err(lost) => {
                let Member {
                    object, service, ..
                } = &member;
                let names = &asked.names;
                Err(server::lost(inventory, object, service, names, &lost))
            }
        }
    }

    fn plan_server(
        &self,
        inventory: &Inventory<'_>,
        serving: Serving,
        members: &[Member<'_, '_>],
        plan: &mut Plan,
    ) -> Result<(), Finding> {
        let Some((first, asked)) = members
            .iter()
            .find_map(|member| Some((member, self.asked.get(member.asked)?)))
        else {
            return Ok(());
        };
        let (Some((pod, container)), Some(workload)) = (
            inventory.served_by(serving),
            Object::of(inventory, serving.workload, ()),
        ) else {
            return Ok(());
        };
        let id = &first.object.resource.id;
        let group = id.name.split_once('.').map_or("", |(_, group)| group);
        let profile = Profile::find(&self.profiles, group, &first.service.namespace);
        let issued = matches!(asked.trust, Trust::CertManager(_));
        let mut names = asked.names.clone();
        names.secret = names.secret.replace("{service}", &first.service.name);
        if let Some(Profile { secret, volume, .. }) = &profile {
            // What cert-manager fills is a new Secret, beside one of the manifest.
            let secret = secret.as_ref().filter(|_| !issued);
            secret
                .into_iter()
                .for_each(|secret| names.secret.clone_from(secret));
            volume
                .iter()
                .for_each(|volume| names.volume.clone_from(volume));
        }
        let mut server = Server {
            inventory,
            workload,
            pod,
            container,
            namespace: first.service.namespace.clone(),
            names,
            profile,
        };
        let mut own: Vec<&Member<'_, '_>> = Vec::new();
        for member in members {
            if !member.injected || (issued && member.certificate.is_some()) {
                own.push(member);
                continue;
            }
            plan.edit(&member.object, &InsecureSkipTlsVerify);
            if !server.is_told() {
                plan.find([unserved(&member.object)]);
            }
        }
        let Some(first) = own.first() else {
            return Ok(());
        };
        // The Secret of the Certificate that the APIService names.
        let named = first.certificate.and_then(|id| inventory.node(id));
        if let Some(secret) = named.and_then(|node| node.text_at(&["spec", "secretName"])) {
            secret.clone_into(&mut server.names.secret);
        }
        for member in &own {
            let other = self.asked.get(member.asked).map(|other| &other.trust);
            if other.is_some_and(|other| !other.is_like(&asked.trust)) {
                plan.find([one_server(&member.object, &first.object)]);
            }
        }
        let layout = Layout::of(&server, asked.strategy)?;
        let files = Files::of(&server, &layout, issued)?;
        let mut server_names: Vec<String> = Vec::new();
        for member in &own {
            let name = member.server_name();
            if !server_names.contains(&name) {
                server_names.push(name);
            }
        }
        let files_change = match &asked.trust {
            Trust::Own(pair) => {
                for member in &own {
                    let field = member.object.resource.route(&["spec", "caBundle"]);
                    plan.warn_of_ca(&member.object, &field, &pair.ca);
                    plan.edit(&member.object, &InsecureSkipTlsVerify);
                    plan.edit(&member.object, &CaBundle { ca: &pair.ca });
                }
                plan.secrets.bring(pair.key.to_base64());
                plan.facts.servers.push((first.asked, server_names));
                fill_secrets(&server, &files.keys, pair, plan)
            }
            Trust::CertManager(issuer) => {
                issue(&server, &files.keys, &server_names, issuer, &own, plan)?;
                false
            }
        };
        let changed = edit_workload(&server, &layout, &files, plan);
        if let Trust::Own(pair) = &asked.trust
            && server.workload.resource.id.kind != "Pod"
        {
            // By flags and --cert-dir, a server reads its files again when they change.
            let restart = layout.strategy == Strategy::FixedPath && !changed && files_change;
            plan.roll_out(&server.workload, &pair.certificate, restart);
        }
        Ok(())
    }
}

/// That an APIService is not in the input, which others may be.
fn absent(inventory: &Inventory<'_>, name: &str) -> Option<Finding> {
    let objects = inventory.objects().map(|(_, object)| &object.id);
    let others = objects.filter(|id| id.kind == "APIService");
    let help = match nearest(name, others.map(|id| id.name.as_str())) {
        Some(near) => format!("did you mean {near}?"),
        None => "give its file too, if it is to be hardened".to_owned(),
    };
    let place = Place::line(inventory.sources.first()?.name, 1);
    let message = format!("APIService {name} is not in the input");
    Some(Finding::new(Code::MissingObject, place, message, help).warning())
}

/// That the CA of an APIService does not verify what its server presents.
fn unserved(api_service: &Object<'_, '_, ()>) -> Finding {
    let message = "its caBundle is written by an annotation, but its server is not told of a \
                   certificate: it makes one itself, for localhost, and is refused with it";
    let help = "give the file of the Certificate that the annotation names, or tell the server of \
                its files with --tls-cert-file and --tls-private-key-file";
    let finding = api_service.finding(Code::MissingValue, message, help);
    finding.warning()
}

/// That the server of an APIService presents what was given for another one.
fn one_server(api_service: &Object<'_, '_, ()>, first: &Object<'_, '_, ()>) -> Finding {
    let first = &first.resource.id;
    let message = format!("the server of {first} serves it too, with one certificate");
    let help = format!("what was given for this one is not used; give {first}'s here too");
    let finding = api_service.finding(Code::UnexpectedValue, message, help);
    finding.warning()
}

/// Puts the certificate and its key into their Secrets. Returns whether what is there
/// changes.
fn fill_secrets(server: &Server<'_, '_>, keys: &[Key; 2], pair: &Pair, plan: &mut Plan) -> bool {
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
fn issue(
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

/// Tells the server of its files, and mounts them. Returns whether anything changes.
fn edit_workload(server: &Server<'_, '_>, layout: &Layout, files: &Files, plan: &mut Plan) -> bool {
    let mut changed = false;
    if layout.strategy == Strategy::Flags {
        let flags = Flags {
            container: server.container,
            paths: &layout.paths,
            set: FLAGS.map(|name| server.flag(name).text().is_some()),
        };
        changed |= plan.edit(&server.workload, &flags);
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
    changed |= plan.edit(
        &server.workload,
        &Step {
            edit: Edit::VolumeMount,
            part: None,
            plan: mount,
        },
    );
    changed
        | plan.edit(
            &server.workload,
            &Step {
                edit: Edit::Volume,
                part: None,
                plan: volume,
            },
        )
}

impl Harden for ApiServices {
    fn channel(&self) -> Channel {
        Channel::KubeApiserver
    }

    fn needles(&self) -> Vec<&str> {
        self.asked.iter().map(|asked| asked.name.as_str()).collect()
    }

    fn plan(&self, inventory: &Inventory<'_>, plan: &mut Plan) {
        for (serving, members) in self.servers(inventory, plan) {
            if let Err(finding) = self.plan_server(inventory, serving, &members, plan) {
                plan.find([finding]);
            }
        }
    }

    fn presented(&self, plan: &Plan) -> Vec<Presented<'_>> {
        let own = plan.facts.servers.iter().filter_map(|(number, names)| {
            let Trust::Own(pair) = &self.asked.get(*number)?.trust else {
                return None;
            };
            Some(Presented {
                role: cnx_certs::Role::ApiServer,
                ca: Some(&pair.ca),
                certificate: &pair.certificate,
                key: &pair.key,
                names: names.clone(),
                identity: Identity::default(),
            })
        });
        own.collect()
    }
}
