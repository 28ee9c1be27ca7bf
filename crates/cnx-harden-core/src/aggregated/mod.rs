//! The channel between kube-apiserver and any aggregated API server: the edits of the
//! vendor's page on the APIServices that are asked for, by following the objects.
//!
//! ```text
//! APIService → Service → selector → workload → container → its files → Secret
//! ```
//!
//! `members` follows the APIServices to a `server`, `layout` says where that takes its
//! certificate from (the strategy), `files` the way from there to a Secret, and `trust`
//! where the certificate comes from; `write` plans the edits. What is there is followed and
//! completed. What a manifest tells a server as it stands is in `told`.

mod files;
mod flags;
mod layout;
mod leads;
mod members;
mod needs;
mod new;
mod server;
mod told;
mod trust;
mod write;

pub(crate) use layout::FLAGS;
pub use needs::ServerNeed;
pub(crate) use needs::needs;
pub(crate) use server::{OPEN_SOURCE, certificate_named, issued_into, left_alone};
pub(crate) use told::{Told, told};
pub(crate) use trust::{INJECT, TLS, covers};
pub use trust::{IssuerRef, Pair, Trust};

use std::collections::BTreeSet;

use cnx_certs::Identity;

use crate::certificates::Presented;
use crate::channel::Channel;
use crate::connection::Harden;
use crate::finding::{Code, Finding};
use crate::inventory::{Inventory, Serving};
use crate::kube_apiserver::{CaBundleField, InsecureSkipTlsVerify};
use crate::names::ApiServiceNames;
use crate::objects::Object;
use crate::plan::{Plan, ServerFacts};
pub use crate::profile::{Profile, Strategy};

use files::Files;
use layout::Layout;
use members::Member;
use server::Server;
use write::{edit_workload, fill_secrets, issue};

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
                    plan.edit(&member.object, &CaBundleField { ca: &pair.ca });
                }
                plan.secrets.bring(pair.key.to_base64());
                let members = members.iter().map(|member| member.object.number);
                let found = members.flat_map(|id| inventory.serving_files(id, serving.workload));
                plan.facts.servers.push(ServerFacts {
                    asked: first.asked,
                    names: server_names,
                    inputs: found.collect::<BTreeSet<_>>().into_iter().collect(),
                });
                fill_secrets(&server, &files.keys, pair, plan)
            }
            Trust::CertManager(issuer) => {
                issue(&server, &files.keys, &server_names, issuer, &own, plan)?;
                false
            }
        };
        edit_workload(&server, &layout, &files, plan);
        if let Trust::Own(pair) = &asked.trust
            && server.workload.resource.id.kind != "Pod"
        {
            // By flags and --cert-dir, a server reads its files again when they change.
            let restart = layout.strategy == Strategy::FixedPath && files_change;
            plan.roll_out(&server.workload, &pair.certificate, restart);
        }
        Ok(())
    }
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
        let own = plan.facts.servers.iter().filter_map(|server| {
            let Trust::Own(pair) = &self.asked.get(server.asked)?.trust else {
                return None;
            };
            Some(Presented {
                role: cnx_certs::Role::ApiServer,
                ca: Some(&pair.ca),
                certificate: &pair.certificate,
                key: &pair.key,
                names: server.names.clone(),
                identity: Identity::default(),
                inputs: server.inputs.clone(),
            })
        });
        own.collect()
    }
}
