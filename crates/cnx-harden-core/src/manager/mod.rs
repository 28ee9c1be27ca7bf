//! The channel between browsers and the CNX Manager: Secret `cnx-manager-tls`
//! with `cert` and `key`, as the vendor's page has it made.

mod address;
mod mounts;

use std::collections::{BTreeSet, HashSet};

use mounts::{ManagerMounts, Reads, Workload, workloads};

use yaml_splice::StreamEdit;

use crate::certificates::Presented;
use crate::channel::Channel;
use crate::connection::Harden;
use crate::inventory::{Inventory, ObjectId, ObjectKey};
use crate::material;
use crate::names::{ManagerNames, managed};
use crate::objects::Object;
use crate::plan::{Content, FileEdit, Plan, carrier};
use crate::pods;
use crate::resource::{Resource, ResourceId};
use crate::rollout::Restart;
use crate::transform::Edit;

/// The channel's material and names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manager {
    /// What browsers see.
    pub certificate: material::Certificate,
    /// Its key.
    pub(crate) key: material::PrivateKey,
    /// The names in the address bar.
    pub hosts: Vec<String>,
    /// What the objects are called.
    pub names: ManagerNames,
    /// What to do where the Secret is in none of the inputs.
    pub missing_secret: MissingSecret,
}

/// What to do where the Deployment is there and the Secret is not. The published
/// manifests leave it out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingSecret {
    /// Add it before the Deployment, in its file.
    #[default]
    Add,
    /// Leave it out: it is written to a place of its own, see
    /// [`Manager::secret_manifest`].
    Apart,
}

/// Which of the channel's objects a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Secret,
    Service,
}

/// The keys of the certificate and of its key in a Secret of the vendor's guide.
const KEYS: [&str; 2] = ["cert", "key"];

/// Where the Secret belongs if no object says another namespace.
const NAMESPACE: &str = "kube-system";

impl Manager {
    /// The material, with the vendor's names; a missing Secret is added.
    #[must_use]
    pub fn new(certificate: material::Certificate, key: material::PrivateKey) -> Self {
        Self {
            certificate,
            key,
            hosts: Vec::new(),
            names: ManagerNames::default(),
            missing_secret: MissingSecret::default(),
        }
    }

    /// Without material: whatever is there will do.
    pub(crate) fn without_material(names: ManagerNames) -> Self {
        let certificate = material::Certificate::new("");
        Self {
            names,
            ..Self::new(certificate, material::PrivateKey::new(""))
        }
    }

    /// The Secret as a manifest of its own, in `kube-system` if nothing else is
    /// said. It holds the private key.
    ///
    /// # Errors
    ///
    /// Where the names cannot be written.
    pub fn secret_manifest(&self, namespace: Option<&str>) -> Result<String, yaml_splice::Error> {
        let namespace = Some(namespace.unwrap_or(NAMESPACE));
        let id = ObjectKey::secret(&self.names.secret);
        let secret = carrier(namespace, &id, &self.files(KEYS));
        let edited = StreamEdit::new("").add_document(&secret)?.finish()?;
        Ok(edited.text)
    }

    /// The certificate and its key, under these keys of a Secret.
    ///
    /// ```text
    /// data:                data:
    ///   cert: b2xk…   ->     cert: LS0tLS1CRUdJTi…
    /// ```
    const fn files<'m>(&'m self, [cert, key]: [&'m str; 2]) -> [FileEdit<'m>; 2] {
        [
            FileEdit {
                edit: Edit::ManagerCert,
                key: cert,
                content: Content::Certificate(&self.certificate),
            },
            FileEdit {
                edit: Edit::ManagerKey,
                key,
                content: Content::Key(&self.key),
            },
        ]
    }

    /// Which object a resource by itself is.
    fn role(&self, resource: &Resource<'_, '_>) -> Found {
        let id = &resource.id;
        let names = &self.names;
        let (name, role) = match id.kind.as_str() {
            "Secret" => (&names.secret, Some(Role::Secret)),
            "Service" => (&names.service, Some(Role::Service)),
            kind if pods::is_workload(kind) => (&names.deployment, None),
            _ => return Ok(None),
        };
        if let Some(error) = &resource.unreadable {
            return Err(error.clone());
        }
        let namespace = id.namespace.clone();
        let operator = namespace.as_deref().and_then(managed).is_some();
        let role = role.filter(|_| id.name == *name && !operator);
        Ok(role.map(|role| (role, namespace)))
    }

    /// The Secret of a workload: set where it is there, added where it isn't.
    /// Returns whether it changes, and the Secrets that it is.
    fn fill(
        &self,
        workload: &Workload<'_, '_>,
        reads: &Reads,
        inventory: &Inventory<'_>,
        plan: &mut Plan,
    ) -> (bool, Vec<ObjectId>) {
        let found = inventory
            .near(workload.number, "Secret", &reads.secret)
            .all();
        let secrets = found.iter().filter_map(|id| Object::of(inventory, *id, ()));
        let changed = secrets.filter(|secret| self.set(secret, reads.keys(), plan));
        let changed = changed.count() > 0;
        if !found.is_empty() {
            return (changed, found);
        }
        if self.missing_secret == MissingSecret::Apart {
            return (true, found);
        }
        let namespace = workload.namespace.as_deref();
        let id = ObjectKey::secret(&reads.secret);
        plan.add(workload, namespace, &id, &self.files(reads.keys()));
        (true, found)
    }

    fn set<R>(&self, secret: &Object<'_, '_, R>, keys: [&str; 2], plan: &mut Plan) -> bool {
        let files = self.files(keys);
        let changed = files.iter().filter(|file| plan.fill(secret, file));
        changed.count() > 0
    }
}

type Found = Result<Option<(Role, Option<String>)>, yaml_splice::Error>;

impl Harden for Manager {
    fn channel(&self) -> Channel {
        Channel::Manager
    }

    fn needles(&self) -> Vec<&str> {
        let names = &self.names;
        vec![&names.deployment, &names.secret, &names.service]
    }

    fn plan(&self, inventory: &Inventory<'_>, plan: &mut Plan) {
        let mut filled: BTreeSet<ObjectId> = BTreeSet::new();
        let mut namespaces: HashSet<Option<String>> = HashSet::new();
        for workload in workloads(inventory, &self.names) {
            namespaces.insert(workload.namespace.clone());
            let mounts = ManagerMounts {
                manager: self,
                inventory,
                object: workload.number,
                pod: workload.role,
            };
            plan.edit(&workload, &mounts);
            let target = workload.target();
            let mut files_change = false;
            for reads in mounts.reads(&target).unwrap_or_default() {
                let (changed, found) = self.fill(&workload, &reads, inventory, plan);
                files_change |= changed;
                filled.extend(found);
            }
            plan.roll_out(&workload, &self.certificate, files_change);
        }
        // By itself, as when the certificate is replaced later on.
        let near = |secret: &Object<'_, '_, Role>| match &secret.namespace {
            None => !namespaces.is_empty(),
            some => namespaces.contains(some) || namespaces.contains(&None),
        };
        for object in plan.select(inventory, |_, resource| self.role(resource)) {
            match object.role {
                Role::Service => plan.find([address::explain(&object, &self.hosts)]),
                Role::Secret if filled.contains(&object.number) || near(&object) => {}
                Role::Secret => {
                    if self.set(&object, KEYS, plan) {
                        let id = ResourceId {
                            kind: "Deployment".to_owned(),
                            name: self.names.deployment.clone(),
                            ..object.resource.id.clone()
                        };
                        plan.facts.elsewhere.push(Restart::in_cluster(&id));
                    }
                }
            }
        }
        plan.secrets.bring(self.key.to_base64());
    }

    fn presented(&self, _: &Plan) -> Vec<Presented<'_>> {
        vec![Presented {
            role: cnx_certs::Role::Manager,
            // What browsers trust is theirs to say.
            ca: None,
            certificate: &self.certificate,
            key: &self.key,
            names: self.hosts.clone(),
            identity: cnx_certs::Identity::default(),
            inputs: Vec::new(),
        }]
    }
}
