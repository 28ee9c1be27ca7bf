//! How browsers reach the Manager, in words: its certificate must have the name
//! that they are given.

use super::Role;
use crate::finding::{Code, Finding};
use crate::objects::Object;
use cnx_certs::{Setting, help};

/// Explains the Service.
pub(super) fn explain(service: &Object<'_, '_, Role>, hosts: &[String]) -> Finding {
    let resource = &service.resource;
    let text = |keys: &[&str]| resource.text(keys).ok().flatten().unwrap_or_default();
    let port = |field: &str| {
        let ports = resource.route(&["spec", "ports"]);
        let found = resource.tree().text_at(&ports.index(0).key(field));
        found.ok().flatten().map(|port| format!(":{port}"))
    };
    let message = match text(&["spec", "type"]) {
        "NodePort" => format!(
            "browsers reach the Manager at https://<a node>{}: the certificate has to have the \
             name or the IP address that is given for the node there",
            port("nodePort").unwrap_or_else(|| ":<the node port>".to_owned())
        ),
        "LoadBalancer" => format!(
            "browsers reach the Manager at https://<the load balancer>{}: the certificate has to \
             have its DNS name or IP address, unless the load balancer ends TLS itself",
            port("port").unwrap_or_default()
        ),
        "ExternalName" => "the Service is but a name for another one: the certificate has to have \
                           the name that is in the address bar"
            .to_owned(),
        _ => "the Service is reached inside of the cluster alone: by an Ingress, whose host the \
              certificate has to have if it passes TLS through, or by `kubectl port-forward`, \
              where it is localhost"
            .to_owned(),
    };
    let help = match hosts {
        [] => help![
            "say with ",
            Setting::ManagerHost,
            " which names are used, so that they are checked"
        ],
        hosts => format!("the names that were given: {}", hosts.join(", ")).into(),
    };
    let finding = service.finding(Code::ManagerAddress, message, help);
    finding.info()
}
