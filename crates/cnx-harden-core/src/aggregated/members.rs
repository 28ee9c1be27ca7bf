//! The APIServices that are asked for, each followed to the container that serves it.

use std::collections::BTreeMap;

use super::server::{self, certificate_named, left_alone};
use super::{ApiService, ApiServices, trust};
use crate::finding::{Code, Finding};
use crate::inventory::{Inventory, Known, ObjectId, ServiceRef, Serving};
use crate::objects::Object;
use crate::place::Place;
use crate::plan::Plan;
use crate::resource::Resource;
use crate::suggest::nearest;

/// An APIService of the input that is asked for.
pub(super) struct Member<'a, 't> {
    pub(super) object: Object<'a, 't, ()>,
    pub(super) service: ServiceRef,
    /// Its number among those that are asked for.
    pub(super) asked: usize,
    /// Whether somebody else writes its caBundle already.
    pub(super) injected: bool,
    /// cert-manager's Certificate for it, where the APIService names one in the input.
    pub(super) certificate: Option<ObjectId>,
}

impl Member<'_, '_> {
    /// The TLS server name that kube-apiserver asks for, whatever the port
    /// (kube-aggregator's resolver).
    pub(super) fn server_name(&self) -> String {
        format!("{}.{}.svc", self.service.name, self.service.namespace)
    }
}

impl ApiServices {
    /// The APIServices that are asked for, by the container that serves them.
    pub(super) fn servers<'a, 't>(
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
