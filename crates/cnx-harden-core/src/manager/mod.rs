//! The channel between browsers and the CNX Manager: Secret `cnx-manager-tls`
//! with `cert` and `key`, as the vendor's page has it made.

mod address;
mod cert;
mod key;
mod mounts;

pub use cert::ManagerCert;
pub use key::ManagerKey;
pub use mounts::ManagerMounts;

use yaml_splice::{StreamEdit, Value};

use crate::certificates::Presented;
use crate::channel::{Channel, Harden};
use crate::edits;
use crate::inventory::Inventory;
use crate::material;
use crate::names::{ManagerNames, managed};
use crate::objects::{Object, select};
use crate::plan::Plan;
use crate::resource::{Resource, ResourceId};
use crate::rollout::Restart;
use crate::transform::{Edit, Transform};

/// The channel's material and names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Manager {
    /// What browsers see.
    pub certificate: material::Certificate,
    /// Its key.
    pub key: material::PrivateKey,
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
    /// Add it behind the last document of the Deployment's file.
    #[default]
    Add,
    /// Leave it out: it is written to a place of its own, see
    /// [`Manager::secret_manifest`].
    Apart,
}

/// Which of the channel's objects a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Role {
    Workload,
    Secret,
    Service,
}

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

    /// The Secret as a manifest of its own, in `kube-system` if nothing else is
    /// said. It holds the private key.
    ///
    /// # Errors
    ///
    /// Where the names cannot be written.
    pub fn secret_manifest(&self, namespace: Option<&str>) -> Result<String, yaml_splice::Error> {
        let secret = self.secret(Some(namespace.unwrap_or(NAMESPACE)));
        let edited = StreamEdit::new("").add_document(&secret)?.finish()?;
        Ok(edited.text)
    }

    fn secret(&self, namespace: Option<&str>) -> Value {
        let (certificate, key) = (self.certificate.to_base64(), self.key.to_base64());
        let data = [
            (ManagerCert::FIELD, certificate.as_str()),
            (ManagerKey::FIELD, key.as_str()),
        ];
        edits::secret(namespace, &self.names.secret, &data)
    }

    fn role(&self, resource: &Resource<'_, '_>) -> Found {
        let id = &resource.id;
        let names = &self.names;
        let role = match id.kind.as_str() {
            "Secret" => (&names.secret, Role::Secret),
            "Service" => (&names.service, Role::Service),
            kind if edits::is_workload(kind) => (&names.deployment, Role::Workload),
            _ => return Ok(None),
        };
        if let Some(error) = &resource.unreadable {
            return Err(error.clone());
        }
        let namespace = id.namespace.clone();
        let operator = namespace.as_deref().and_then(managed).is_some();
        Ok((id.name == *role.0 && !operator).then_some((role.1, namespace)))
    }

    /// The Secret of a Deployment: set where it is there, added where it isn't.
    /// Returns whether it changes.
    fn fill(
        &self,
        workload: &Object<'_, '_, Role>,
        secrets: &[&Object<'_, '_, Role>],
        plan: &mut Plan,
    ) -> bool {
        if !secrets.is_empty() {
            let changed = secrets.iter().filter(|secret| self.set(secret, plan));
            return changed.count() > 0;
        }
        if self.missing_secret == MissingSecret::Apart {
            return true;
        }
        let namespace = workload.namespace.as_deref();
        let id = ResourceId {
            api_version: "v1".to_owned(),
            kind: "Secret".to_owned(),
            namespace: namespace.map(str::to_owned),
            name: self.names.secret.clone(),
        };
        let edits = [Edit::ManagerCert, Edit::ManagerKey];
        plan.add(workload, &id, self.secret(namespace), &edits);
        true
    }

    fn set(&self, secret: &Object<'_, '_, Role>, plan: &mut Plan) -> bool {
        let field = secret.resource.route(&["data", ManagerKey::FIELD]);
        plan.hide(secret, &field);
        let certificate = &self.certificate;
        let transforms: [&dyn Transform; 2] =
            [&ManagerCert { certificate }, &ManagerKey { key: &self.key }];
        let changed = transforms.iter().filter(|edit| plan.edit(secret, **edit));
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
        let objects = select(inventory, plan, |resource| self.role(resource));
        let of = |role: Role| objects.iter().filter(move |object| object.role == role);
        let whole = |file: usize| of(Role::Workload).any(|object| object.place.file == file);
        for workload in of(Role::Workload) {
            let names = &self.names;
            plan.edit(workload, &ManagerMounts { names });
            // Another whole manifest's Secret is that one's.
            let secrets = of(Role::Secret).filter(|secret| {
                let file = secret.place.file;
                secret.same_namespace(workload) && (file == workload.place.file || !whole(file))
            });
            let changed = self.fill(workload, &secrets.collect::<Vec<_>>(), plan);
            plan.roll_out(workload, &self.certificate, changed);
        }
        for secret in of(Role::Secret) {
            if of(Role::Workload).any(|workload| workload.same_namespace(secret)) {
                continue;
            }
            // By itself, as when the certificate is replaced later on.
            if self.set(secret, plan) {
                let id = ResourceId {
                    kind: "Deployment".to_owned(),
                    name: self.names.deployment.clone(),
                    ..secret.resource.id.clone()
                };
                plan.restarts.push(Restart::of(&id));
            }
        }
        plan.find(of(Role::Service).map(|service| address::explain(service, &self.hosts)));
        plan.new_keys.push(self.key.to_base64());
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
        }]
    }
}
